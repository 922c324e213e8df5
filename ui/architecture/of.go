package architecture

import (
	"slices"

	"wsdoctor/internal/merge"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// IDs of the boxes that links join and layers mean.
const (
	atUser         = "user"
	atNetwork      = "network"
	atProxy        = "proxy"
	atInternet     = "internet"
	atIPGroups     = "ip-groups"
	atSignIn       = "sign-in"
	atStreaming    = "streaming"
	atWorkspace    = "workspace"
	atEth0         = "eth0"
	atFirewall     = "firewall"
	atServices     = "services"
	atEth1         = "eth1"
	atSubnet       = "subnet"
	atTable        = "table"
	atGateway      = "gateway"
	atEgress       = "egress"
	atEndpoint     = "endpoint"
	atDirectory    = "directory"
	atDirectoryDNS = "directory-dns"
	atAccount      = "account"
	atVPC          = "vpc"
	atRole         = "role"
)

func say(id string, args ...words.Args) words.Text { return words.Say("architecture."+id, args...) }

// numbered gives the places of a list their IDs: the first has the name alone.
func numbered(place string, i int) string {
	if i == 0 {
		return place
	}
	return place + string(rune('a'+min(i, 25)))
}

// Of draws what a report tells, of whatever vantage.
func Of(r report.Report) Drawing { return drawn(r.Verdict, r) }

// Joined draws what the reports of a joined verdict tell. There are none, and it is false,
// where the verdict was read from a file.
func Joined(r merge.Result) (Drawing, bool) {
	if len(r.Reports) == 0 {
		return Drawing{}, false
	}
	return drawn(r.Verdict, r.Reports...), true
}

// drawn draws up to one report of each vantage, and marks what one verdict says of all.
func drawn(v report.Verdict, reports ...report.Report) Drawing {
	p := picture{}
	for i, r := range reports {
		switch r.Run.Vantage {
		case probe.InAccount:
			p.read(&reports[i])
		case probe.InWorkspace:
			p.inside = &reports[i]
		default:
			p.desk = &reports[i]
		}
	}
	d := p.put()
	if !p.real() {
		d.unasked()
	}
	d.Title, d.real = say(p.title()), true
	d.only = p.desk == nil && p.inside == nil
	p.judged(d)
	for _, r := range reports {
		d.mark(r)
	}
	d.decide(v)
	d.Notes = p.notes()
	return d
}

// Generic draws the same without an account, to explain it.
func Generic() Drawing {
	d := picture{}.put()
	d.Title = say("generic")
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
	report       *report.Report // of the account
	desk, inside *report.Report // of the ends
	directory    probe.RegisteredDirectory
	service      probe.ServiceDirectory
	mine         probe.AccountWorkspace
	card         probe.ENI
	// known, serves, has and wired: there is such a one.
	known, serves, has, wired bool
}

// read takes in what a report of the account tells.
func (p *picture) read(r *report.Report) {
	p.report, p.account = r, account{r.Observations}
	p.directory, p.known = p.account.directory()
	if p.known {
		p.service, p.serves = p.account.service(p.directory.ID)
	}
	if asked := p.asked(); len(asked) > 0 {
		p.mine, p.has = asked[0], true
	}
	p.card, p.wired = find(p.interfaces(), func(i probe.ENI) bool {
		return p.has && p.mine.Address.IsValid() && i.Address == p.mine.Address &&
			(p.mine.Subnet == "" || i.Subnet == p.mine.Subnet)
	})
}

// put puts the boxes where they belong, and joins them.
func (p picture) put() Drawing {
	return Drawing{
		Rows:  [][]*Box{{p.outside(), p.ipGroups(), p.aws()}, {p.own()}},
		Links: p.links(),
	}
}

// unasked says once, and not at every box, that no account was asked.
func (d Drawing) unasked() {
	d.walk(func(b *Box) {
		b.Why = nil
		if b.State == Known && b.ID != atWorkspace {
			b.State = Unread
		}
	})
	d.box(atAccount).Why = []words.Text{say("no-account")}
}

// title is the message that says whose picture it is.
func (p picture) title() string {
	switch {
	case p.desk == nil && p.inside == nil:
		return "title"
	case p.inside == nil && p.report == nil:
		return "title-desk"
	case p.desk == nil && p.report == nil:
		return "title-inside"
	}
	return "title-joined"
}

// endpoint is the VPC endpoint by which DCV streams.
func (p picture) endpoint() (id string, has bool) {
	a, has := find(p.directory.Endpoints, func(a probe.AccessEndpoint) bool { return a.ID != "" })
	return a.ID, has
}

// streams say by which ways the stream comes: DCV over the VPC endpoint where there is one,
// and PCoIP over the internet; of a WorkSpace whose protocol is not known, where the
// directory lets PCoIP come there.
func (p picture) streams() (private, public bool) {
	_, private = p.endpoint()
	speaks := func(protocol string) bool { return slices.Contains(p.mine.Protocols, protocol) }
	unknown := len(p.mine.Protocols) == 0
	public = !private || speaks("PCOIP") || unknown && slices.Contains(p.directory.Fallback, "PCOIP")
	return private && (unknown || speaks("WSP")), public
}

// real: there is an account.
func (p picture) real() bool { return p.report != nil }

func (p picture) links() (links []Link) {
	way := []string{atUser}
	for _, place := range []struct {
		id string
		is bool
	}{{atNetwork, p.desk != nil}, {atProxy, p.proxied()}, {atInternet, true}, {atIPGroups, true}, {atSignIn, true}} {
		if place.is {
			links = append(links, Link{way[len(way)-1], place.id, SignIn})
			way = append(way, place.id)
		}
	}
	links = append(links, Link{atWorkspace, atEth1, Same}, Link{atSubnet, atTable, Own}, Link{atTable, atGateway, Own})
	if p.inside != nil {
		links = append(links, Link{atGateway, atEgress, Own})
	}
	private, public := p.streams()
	if public {
		links = append(links, Link{atIPGroups, atStreaming, Stream})
	}
	links = append(links, Link{atStreaming, atEth0, Stream})
	if p.inside != nil {
		links = append(links, Link{atEth0, atFirewall, Stream}, Link{atFirewall, atServices, Stream})
	}
	if private { // the user's network reaches it by a way of the company's own
		from := atUser
		if p.desk != nil {
			from = atNetwork
		}
		links = append(links, Link{from, atEndpoint, Private}, Link{atEndpoint, atStreaming, Private})
	}
	return links
}

func (p picture) notes() (list []words.Text) {
	if _, private := p.endpoint(); private {
		list = append(list, say("note.endpoint"))
	}
	if p.inside == nil {
		list = append(list, say("note.eth0"))
	}
	return append(list, say("note.groups"))
}
