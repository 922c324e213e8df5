package architecture

import (
	"slices"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// IDs of the boxes that links join and layers mean.
const (
	atUser      = "user"
	atInternet  = "internet"
	atIPGroups  = "ip-groups"
	atSignIn    = "sign-in"
	atStreaming = "streaming"
	atWorkspace = "workspace"
	atEth0      = "eth0"
	atEth1      = "eth1"
	atSubnet    = "subnet"
	atTable     = "table"
	atGateway   = "gateway"
	atEndpoint  = "endpoint"
	atDirectory = "directory"
	atVPC       = "vpc"
	atRole      = "role"
)

func say(id string, args ...words.Args) words.Text { return words.Say("architecture."+id, args...) }

// numbered gives the places of a list their IDs: the first has the name alone.
func numbered(place string, i int) string {
	if i == 0 {
		return place
	}
	return place + string(rune('a'+min(i, 25)))
}

// Of draws the account that a report tells of.
func Of(r report.Report) Drawing {
	a := account{r.Observations}
	p := picture{account: a, report: r}
	p.directory, p.known = a.directory()
	if p.known {
		p.service, p.serves = a.service(p.directory.ID)
	}
	if asked := a.asked(); len(asked) > 0 {
		p.mine, p.has = asked[0], true
	}
	p.card, p.wired = find(a.interfaces(), func(i probe.ENI) bool {
		return p.has && p.mine.Address.IsValid() && i.Address == p.mine.Address &&
			(p.mine.Subnet == "" || i.Subnet == p.mine.Subnet)
	})
	d := Drawing{
		Title: say("title"), real: true,
		Rows:  [][]*Box{{p.outside(), p.ipGroups(), p.aws()}, {p.own()}},
		Links: p.links(),
	}
	d.mark(r)
	d.Notes = p.notes()
	return d
}

// Generic draws the same without an account, to explain it.
func Generic() Drawing {
	p := picture{}
	d := Drawing{
		Title: say("generic"),
		Rows:  [][]*Box{{p.outside(), p.ipGroups(), p.aws()}, {p.own()}},
		Links: p.links(),
	}
	d.walk(func(b *Box) {
		b.Name, b.Codes, b.Why = "", nil, nil
		if b.State != Unseen {
			b.State = Known
		}
		b.Facts = nil
		if id := "architecture.about." + b.ID; words.English().Has(id) {
			b.Facts = []words.Text{words.Say(id)}
		}
	})
	return d
}

// picture is a drawing under construction.
type picture struct {
	account
	report    report.Report
	directory probe.RegisteredDirectory
	service   probe.ServiceDirectory
	mine      probe.AccountWorkspace
	card      probe.ENI
	// known, serves, has and wired: there is such a one.
	known, serves, has, wired bool
}

// endpoint is the VPC endpoint by which DCV streams.
func (p picture) endpoint() (id string, has bool) {
	a, has := find(p.directory.Endpoints, func(a probe.AccessEndpoint) bool { return a.ID != "" })
	return a.ID, has
}

// real: there is an account.
func (p picture) real() bool { return p.seen != nil }

func (p picture) links() []Link {
	links := []Link{
		{atUser, atInternet, SignIn}, {atInternet, atIPGroups, SignIn}, {atIPGroups, atSignIn, SignIn},
		{atWorkspace, atEth1, Same}, {atSubnet, atTable, Own}, {atTable, atGateway, Own},
	}
	if _, private := p.endpoint(); private && !slices.Contains(p.mine.Protocols, "PCOIP") {
		return append(links, Link{atEndpoint, atStreaming, Stream}, Link{atStreaming, atEth0, Stream})
	}
	return append(links, Link{atIPGroups, atStreaming, Stream}, Link{atStreaming, atEth0, Stream})
}

func (p picture) notes() (list []words.Text) {
	if _, private := p.endpoint(); private {
		list = append(list, say("note.endpoint"))
	}
	return append(list, say("note.eth0"), say("note.groups"))
}

// homes are the boxes that findings of a layer mean where they name no thing that is
// drawn.
var homes = map[layer.ID]string{
	layer.IPAccessControl: atIPGroups, layer.AuthGateway: atSignIn, layer.StreamingGateway: atStreaming,
	layer.Directory: atDirectory, layer.DirectoryDNS: atDirectory, layer.ManagementInterface: atEth0,
	layer.WorkspaceFirewall: atWorkspace, layer.StreamingHost: atWorkspace, layer.PrimaryInterface: atEth1,
	layer.VPCEgress: atTable, layer.InternetPath: atInternet,
}

// home is the box of a layer; what is before the internet is the user's.
func home(id layer.ID) string {
	if place, known := homes[id]; known {
		return place
	}
	return atUser
}
