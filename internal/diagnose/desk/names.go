package desk

import (
	"net/netip"
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/known"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// named is one host's name: what programs of this computer are told, and what
// every name server says itself.
type named struct {
	host   string
	system probe.Observation // zero if it was not asked
	direct []probe.Observation
}

// named gathers the questions for the hosts of the plan, in the family in use.
func (e evidence) named() []named {
	var list []named
	at := map[string]int{}
	for _, o := range e.At("name", probe.DNSQuery) {
		d := facts.Detail[probe.DNSDetail](o)
		if !facts.Sent(o) || (d.Type == "AAAA") != e.OnlyIPv6() {
			continue
		}
		i, have := at[o.Host()]
		if !have {
			i = len(list)
			at[o.Host()] = i
			list = append(list, named{host: o.Host()})
		}
		if d.Resolver == "system" {
			list[i].system = o
		} else {
			list[i].direct = append(list[i].direct, o)
		}
	}
	return list
}

func (n named) all() []probe.Observation {
	list := slices.Clone(n.direct)
	if n.system.ID != "" {
		list = append(list, n.system)
	}
	return list
}

// answered gives the servers' own answers with addresses.
func (n named) answered() []probe.Observation { return facts.Where(n.direct, facts.IsOK) }

// servers are the name servers that were asked for it by themselves: those beyond
// this computer, where one is known.
func (n named) servers() []probe.Observation {
	if far := facts.Where(n.direct, notOurs); len(far) > 0 {
		return far
	}
	return n.direct
}

// notOurs: the name server that was asked is none of this computer's own.
func notOurs(o probe.Observation) bool { return !isLoopbackResolver(o) }

// ownNames: something on this computer says it in the name servers' place. It is
// contradicted by a server elsewhere that says the same when it is asked itself, and
// less common where nobody but the system was asked, or its service only forwards.
func ownNames(same, otherwise []probe.Observation) finding.Rival {
	invents := func(o probe.Observation) bool { return isLoopbackResolver(o) && resolverOf(o) != forwarder }
	return finding.Rival{
		Layer: layer.LocalDevice,
		Out:   facts.IDs(facts.Where(same, notOurs)...),
		Rare:  len(otherwise) == 0 && !slices.ContainsFunc(same, invents),
		Why:   words.Say("desk.own-names.why"),
		By:    words.Say("desk.own-names.by"),
		Next:  words.Say("desk.own-names.next"),
	}
}

// forwarder is where systemd-resolved listens, which passes questions on and makes up
// no answers for names of the internet.
var forwarder = netip.MustParseAddr("127.0.0.53")

// signInPage: a hotspot's name server leads every name to its sign-in page on purpose.
// It is contradicted by plain web requests that met none; where they do, see
// portal_answers.
func (e evidence) signInPage() finding.Rival {
	return finding.Rival{
		Layer: layer.CaptivePortal,
		Rare:  true,
		Out: facts.IDs(
			facts.Where(
				slices.Concat(e.Endpoint("portal-http"), e.Endpoint("address-echo")),
				func(o probe.Observation) bool { return facts.Direct(o) && facts.Sent(o) },
			)...),
		Why: words.Say("desk.sign-in-page.why"),
		By:  words.Say("desk.sign-in-page.by"),
	}
}

// silent: nobody who was asked said anything about this name.
func (n named) silent() bool {
	return len(n.all()) > 0 &&
		!slices.ContainsFunc(n.all(), func(o probe.Observation) bool { return !unansweredName(o) })
}

// unansweredName: no name server said anything, or not that it is one.
func unansweredName(o probe.Observation) bool {
	switch o.Failure {
	case probe.ConnectionRefused,
		probe.AdministrativelyProhibited,
		probe.HostUnreachable,
		probe.NetworkUnreachable,
		probe.DNSTemporary,
		probe.LocalPolicyDenied:
		return true
	}
	return facts.IsSilent(o)
}

// addresses are what this computer takes the name for.
func (n named) addresses() []netip.Addr {
	if a := facts.Detail[probe.DNSDetail](n.system).Addresses; len(a) > 0 {
		return a
	}
	for _, o := range n.answered() {
		return facts.Detail[probe.DNSDetail](o).Addresses
	}
	return nil
}

// reached: somebody genuine answered for a host, whatever its address: Amazon's
// certificate, or a streaming port behind which somebody spoke.
func (e evidence) reached(n named) bool {
	return slices.ContainsFunc(e.Observations, func(o probe.Observation) bool {
		// The run itself takes any server's answer; programs take the system's.
		asTold := n.system.ID == "" || facts.IsOK(n.system) && slices.Contains(n.addresses(), o.Addr())
		if o.Host() != n.host || !facts.IsOK(o) || !asTold && facts.Direct(o) {
			return false
		}
		switch d := o.Detail.(type) {
		case probe.TLSDetail:
			return d.Root == probe.RootAmazon || d.Root == probe.RootAmazonNamed
		case probe.ConnectDetail:
			return d.Spoke == "tls" && o.Port() != probe.HTTPSPort
		case probe.HTTPDetail:
			return o.Port() == 80
		}
		return false
	})
}

// standIn says why an address cannot be the AWS host's own; empty if it can.
func standIn(a netip.Addr) words.Text {
	a = a.Unmap()
	switch {
	case facts.BenchmarkSpace.Contains(a):
		return words.Say("desk.stand-in.proxy")
	case a.IsPrivate():
		return words.Say("desk.stand-in.private")
	case facts.SharedSpace.Contains(a):
		return words.Say("desk.stand-in.shared")
	}
	return words.Text{}
}

// blockPage names the filter whose published block page an address is.
func blockPage(list []netip.Addr) (known.Network, bool) {
	for _, a := range list {
		if n, found := known.NetworkOf(known.BlockPage, a); found {
			return n, true
		}
	}
	return known.Network{}, false
}

// byProxy: the web proxy reaches this host, and so looks its name up itself. What the
// name servers of this computer say of it keeps nobody from anything.
func (e evidence) byProxy(endpoint string) bool {
	w, asked := e.Web(endpoint)
	return asked && w.Proxy && w.OK()
}

// isSide: one of the hosts that the client can do without for a while.
func (e evidence) isSide(host string) bool {
	return slices.ContainsFunc([]string{"directory-settings", "pre-login", "connectivity"}, func(endpoint string) bool {
		return !e.byProxy(endpoint) &&
			slices.ContainsFunc(e.Endpoint(endpoint), func(o probe.Observation) bool { return o.Host() == host })
	})
}

// costOf is what the loss of some names takes from the user, and false where it is
// nothing: a host of comparison only.
func (e evidence) costOf(list []named) (severity finding.Severity, blocks []probe.Protocol, costs bool) {
	for _, n := range list {
		for _, p := range e.namesBlock(n.all()[:1]) {
			blocks = appendNew(blocks, p)
		}
		costs = costs || e.isSide(n.host)
	}
	if len(blocks) > 0 {
		return finding.SeverityFault, blocks, true
	}
	return finding.SeverityDegraded, nil, costs
}

// isLoopbackResolver: the name server is at an address of this computer itself.
func isLoopbackResolver(o probe.Observation) bool {
	ap, err := netip.ParseAddrPort(facts.Detail[probe.DNSDetail](o).Resolver)
	return err == nil && ap.Addr().IsLoopback()
}

// resolverOf gives the address of the name server that was asked.
func resolverOf(o probe.Observation) netip.Addr {
	ap, err := netip.ParseAddrPort(facts.Detail[probe.DNSDetail](o).Resolver)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr()
}
