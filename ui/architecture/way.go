package architecture

import (
	"net/netip"
	"slices"
	"time"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/chart"
)

// Most of a list that is shown; the rest is counted.
const (
	mostGroups   = 6
	mostSubnets  = 4
	mostNetworks = 3
	mostRoutes   = 4
	mostCards    = 4
	mostOthers   = 4
)

// some gives the first of a list as facts, and how many more there are.
func some(list []string, most int) (facts []words.Text) {
	for _, s := range list[:min(len(list), most)] {
		facts = append(facts, words.Raw(s))
	}
	if left := len(list) - most; left > 0 {
		facts = append(facts, say("more", words.Args{"n": left}))
	}
	return facts
}

func texts[T interface{ String() string }](list []T) (all []string) {
	for _, v := range list {
		all = append(all, v.String())
	}
	return all
}

// joined writes a list on one line, its end counted where it is long.
func joined[T interface{ String() string }](list []T, most int) words.List {
	return shortened(texts(list), most)
}

// shortened does the same with texts.
func shortened(list []string, most int) words.List {
	var all words.List
	for _, s := range list[:min(len(list), most)] {
		all = append(all, words.Raw(s))
	}
	if left := len(list) - most; left > 0 {
		all = append(all, say("more", words.Args{"n": left}))
	}
	return all
}

// ipGroups are the lists of addresses from which users may come.
func (p picture) ipGroups() *Box {
	b := &Box{ID: atIPGroups, Title: say("ip-groups"), apart: true}
	if b.State, b.Why = p.look(probe.AccountDirectories); !p.known {
		return b
	}
	if _, private := p.endpoint(); private {
		b.Facts = append(b.Facts, say("ip-not-private"))
	}
	if len(p.directory.IPGroups) == 0 {
		b.Facts = append(b.Facts, say("ip-none"))
		return b
	}
	read := p.ipGroupsRead()
	for i, id := range p.directory.IPGroups {
		if i == mostGroups {
			b.Facts = append(b.Facts, say("more", words.Args{"n": len(p.directory.IPGroups) - i}))
			break
		}
		one := &Box{ID: numbered("ip-group", i), Title: say("ip-group"), Name: id}
		g, is := find(read, func(g probe.IPGroup) bool { return g.ID == id })
		if one.State, one.Why = p.look(probe.AccountIPGroups); is {
			one.Facts = append(one.Facts, words.Raw(g.Name))
			one.Facts = append(one.Facts, some(append(texts(g.Rules), g.Unread...), mostNetworks)...)
			if len(g.Rules)+len(g.Unread) == 0 {
				one.Facts = append(one.Facts, say("ip-empty"))
			}
		} else if one.State == Verified {
			one.State, one.Facts = Absent, []words.Text{say("missing")}
		}
		b.Rows = append(b.Rows, []*Box{one})
	}
	return b
}

// aws is what AWS keeps in accounts of its own.
func (p picture) aws() *Box {
	signIn := &Box{ID: atSignIn, Title: say("sign-in"), State: Unseen, Facts: []words.Text{say("sign-in-port")}}
	if p.directory.Encryption == "FIPS_VALIDATED" {
		signIn.Facts = append(signIn.Facts, words.Raw("FIPS"))
	}
	if p.directory.SAML == "ENABLED" {
		signIn.Facts = append(signIn.Facts, words.Raw("SAML"))
	}
	signIn.Facts = append(signIn.Facts, p.tried(chart.DeskSignIn, layer.AuthGateway)...)
	streaming := &Box{ID: atStreaming, Title: say("streaming"), State: Unseen, Facts: p.ports()}
	if tried := p.tried(chart.DeskStreaming, layer.StreamingGateway); len(tried) > 0 {
		streaming.Facts = tried
		if p.onInternet() {
			streaming.Facts = append(streaming.Facts, say("ports-dcv"))
		}
	}
	if p.directory.Accelerator != "" && p.directory.Accelerator != "DISABLED" {
		streaming.Facts = append(streaming.Facts, words.Raw("Global Accelerator"))
	}
	managed := &Box{
		ID: "management", Title: say("management-vpc"), State: Unseen, share: 9, Rows: [][]*Box{{p.workspace()}},
	}
	if t, is := one[probe.TenancyDetail](p.account, probe.AccountTenancy); is && t.Management.IsValid() {
		managed.Facts = append(managed.Facts, say("range", words.Args{"range": t.Management.String()}))
	}
	b := &Box{
		ID: "aws", Title: say("aws"), State: Unseen, share: 60, apart: true,
		Rows: [][]*Box{{
			{ID: "gateways", column: true, share: 2, Rows: [][]*Box{{signIn}, {streaming}}}, managed,
		}},
	}
	if p.desk == nil && p.inside == nil {
		b.Facts = []words.Text{say("aws-unseen")}
	}
	return b
}

// ports are those that the WorkSpace's protocols need, of all if that is not known.
func (p picture) ports() (list []words.Text) {
	for _, protocol := range []struct{ called, says string }{{"PCOIP", "ports-pcoip"}, {"WSP", "ports-dcv"}} {
		if len(p.mine.Protocols) == 0 || slices.Contains(p.mine.Protocols, protocol.called) {
			list = append(list, say(protocol.says))
		}
	}
	return list
}

// workspace is the computer itself, with eth0, of which nobody in the account sees
// anything, and with what the inside saw.
func (p picture) workspace() *Box {
	b := &Box{ID: atWorkspace, Title: say("workspace"), Rows: p.parts()}
	b.State, b.Why = p.look(probe.AccountWorkspaces)
	switch q := p.question(); {
	case p.has:
	case !p.real():
		b.State, b.Why = Known, nil // its parts say what was seen of it
		return b
	case q.User == "" && q.WorkspaceID == "":
		b.State, b.Why = Unread, []words.Text{say("nobody")}
		return b
	case b.State == Verified:
		b.State, b.Facts = Absent, []words.Text{say("none-found")}
		return b
	default:
		return b
	}
	w := p.mine
	b.Name = w.ID
	for _, fact := range []string{listed(w.State, protocols(w), w.RunningMode), listed(w.User, w.Computer), w.OS} {
		b.Facts = append(b.Facts, words.Raw(fact))
	}
	c, known := find(
		p.connections(),
		func(c probe.WorkspaceConnection) bool { return c.WorkspaceID == w.ID })
	switch {
	case known && c.State == "CONNECTED":
		b.Facts = append(b.Facts, say("connected"))
	case known && !c.LastAt.IsZero():
		b.Facts = append(b.Facts, say("last", words.Args{"time": c.LastAt.UTC().Format(time.DateOnly + " 15:04 UTC")}))
	}
	return b
}

func protocols(w probe.AccountWorkspace) string {
	var list []string
	for _, p := range w.Protocols {
		list = append(list, map[string]string{"PCOIP": "PCoIP", "WSP": "DCV"}[p])
	}
	return listed(list...)
}

// listed joins what there is.
func listed(parts ...string) string {
	text := ""
	for _, p := range parts {
		if p == "" {
			continue
		}
		if text != "" {
			text += " · "
		}
		text += p
	}
	return text
}

func valid(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
