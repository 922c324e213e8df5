package architecture

import (
	"slices"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/chart"
)

// outside is what lies before AWS. Where the desk was looked from, its computer, the network
// around it and a proxy are told apart, and there is more to say of them.
func (p picture) outside() *Box {
	b := &Box{ID: "outside", column: true, small: p.desk == nil, short: true}
	for _, one := range []*Box{p.user(), p.network(), p.proxy(), p.internet()} {
		if one != nil {
			one.small = b.small
			b.Rows = append(b.Rows, []*Box{one})
		}
	}
	return b
}

// desks is what a desk's report tells; nothing where there is none.
func (p picture) desks() account {
	if p.desk == nil {
		return account{}
	}
	return account{p.desk.Observations}
}

func (p picture) user() *Box {
	b := &Box{ID: atUser, Title: say("user"), State: Unseen}
	q := p.question()
	if p.desk != nil {
		b.Title = say("computer")
		if own := chart.FoldFacts(&chart.DeskScheme, p.desk.Observations).Own; own.IsValid() {
			b.Facts = append(b.Facts, words.Raw(chart.AddressText(own)))
		}
		q.System, q.Egress = p.desk.Run.OS, nil
	}
	for _, a := range q.Egress[:min(len(q.Egress), mostNetworks)] {
		b.Facts = append(b.Facts, say("comes-from", words.Args{"address": a.String()}))
	}
	if q.System != "" {
		b.Facts = append(b.Facts, say("device", words.Args{"system": q.System}))
	}
	return b
}

// network is what is around the user's computer, as that computer sees it.
func (p picture) network() *Box {
	if p.desk == nil {
		return nil
	}
	b := &Box{ID: atNetwork, Title: say("user"), State: Unseen}
	routes := all(p.desks(), probe.HostRoute,
		func(d probe.RouteDetail) []probe.RouteDetail { return []probe.RouteDetail{d} })
	if r, is := find(routes, func(r probe.RouteDetail) bool { return r.Gateway.IsValid() }); is {
		b.Facts = append(b.Facts, say("router", words.Args{"address": chart.AddressText(r.Gateway)}))
	}
	if r, is := one[probe.ResolversDetail](p.desks(), probe.HostResolvers); is && len(r.Servers) > 0 {
		var servers []string
		for _, s := range r.Servers {
			servers = append(servers, chart.AddressText(s.Addr()))
		}
		slices.Sort(servers)
		b.Facts = append(b.Facts, say("dns", words.Args{"servers": shortened(slices.Compact(servers), mostNetworks)}))
	}
	return b
}

// proxied: the desk goes through a web proxy.
func (p picture) proxied() bool {
	d, _ := one[probe.ProxyDetail](p.desks(), probe.HostProxy)
	return d.HTTPS != "" || d.PAC != "" ||
		slices.ContainsFunc(d.Script, func(s probe.ScriptedProxy) bool { return s.Proxy != "" })
}

func (p picture) proxy() *Box {
	if !p.proxied() {
		return nil
	}
	d, _ := one[probe.ProxyDetail](p.desks(), probe.HostProxy)
	b := &Box{ID: atProxy, Title: say("proxy"), State: Unseen}
	names := []string{d.HTTPS, d.PAC}
	for _, s := range d.Script {
		names = append(names, s.Proxy)
	}
	names = slices.DeleteFunc(names, func(s string) bool { return s == "" })
	slices.Sort(names)
	b.Facts = some(slices.Compact(names), mostNetworks)
	return b
}

func (p picture) internet() *Box {
	b := &Box{ID: atInternet, Title: say("internet"), State: Unseen}
	if p.desk != nil {
		for _, a := range p.desk.Egress[:min(len(p.desk.Egress), mostNetworks)] {
			b.Facts = append(b.Facts, say("comes-from", words.Args{"address": a.String()}))
		}
	}
	return b
}

// onInternet: DCV comes over a VPC endpoint, and the desk tried the gateways on the internet,
// which shows nothing of that way.
func (p picture) onInternet() bool {
	private, _ := p.streams()
	return private && p.desk != nil && p.desk.Target.Gateway == ""
}

// tried says what became of the ports of a gateway, as the desk's map shows it. Nothing
// where the report leaves its layer out, as it does with another Region's gateways.
func (p picture) tried(gateway int, is layer.ID) (facts []words.Text) {
	if stated(p.desk, is) == finding.LayerNotTested {
		return nil
	}
	s := &chart.DeskScheme
	board := chart.NewBoard(s, chart.FoldFacts(s, p.desk.Observations), p.desk, p.desk.Target.Protocol)
	for i, spoke := range s.Spokes {
		streams, _ := probe.OfGateway(spoke.Match.Port)
		if spoke.To != gateway || board.Spokes[i] == chart.StateUntested || streams == probe.DCV && p.onInternet() {
			continue
		}
		became := board.Words[i]
		if became == "" {
			became = board.Spokes[i].Called()
		}
		facts = append(facts, say("port", words.Args{
			"protocol": string(streams), "transport": string(spoke.Match.Transport),
			"port": int(spoke.Match.Port), "became": became,
		}))
	}
	return facts
}
