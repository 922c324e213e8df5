package tui

import (
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/probe"
)

// facts is what the observations so far say of the map's boxes and spokes. It
// counts answers and names them; what they mean is the report's to say.
type facts struct {
	scheme  *scheme
	reached []bool // by node
	spokes  []spokeFacts
	sweeps  []probe.Observation
	near    float64 // ms to the first hop, 0 if not known

	own, router, public, management netip.Addr
}

// spokeFacts is what became of one spoke's probes, by the address they went to.
type spokeFacts struct {
	answered, refused map[string]bool
	failure           probe.Failure // the last one, a timeout only where there was no other
	tcp               bool          // not only datagrams were sent, whose silence says little
	rtt               float64       // ms, the smallest; 0 if none was measured
	lost              []string      // observations that got no good answer
}

func newFacts(s *scheme) *facts {
	return &facts{scheme: s, reached: make([]bool, len(s.nodes)), spokes: make([]spokeFacts, len(s.spokes))}
}

// foldFacts learns a list of observations.
func foldFacts(s *scheme, list []probe.Observation) *facts {
	f := newFacts(s)
	for _, o := range list {
		f.learn(o)
	}
	return f
}

// holds says whether an observation is one that the match is about.
func (m match) holds(o probe.Observation, port uint16, transport probe.Transport) bool {
	switch {
	case m.operations != nil && !slices.Contains(m.operations, o.Operation):
		return false
	case m.port != 0 && (m.port != port || m.transport != transport):
		return false
	case m.public && !isPublic(o.Addr()), m.outside && o.Addr().IsLoopback():
		return false
	case m.endpoints == nil:
		return true
	}
	return slices.ContainsFunc(m.endpoints, func(e string) bool {
		return e == o.Endpoint || strings.HasSuffix(e, "-") && strings.HasPrefix(o.Endpoint, e)
	})
}

// notPublic are addresses that look like the internet's and are answered nearer
// by: a provider's own (RFC 6598), and those that security software gives out in
// place of the real ones (RFC 2544).
var notPublic = []netip.Prefix{netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("198.18.0.0/15")}

func isPublic(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsGlobalUnicast() && !a.IsPrivate() && !slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(a) })
}

// learn takes one observation in.
func (f *facts) learn(o probe.Observation) {
	_, port, transport := probe.ParseTarget(o.Target)
	for i, n := range f.scheme.nodes {
		if !f.reached[i] && o.Outcome == probe.OK {
			f.reached[i] = slices.ContainsFunc(n.reached, func(m match) bool { return m.holds(o, port, transport) })
		}
	}
	for i, s := range f.scheme.spokes {
		if s.match.holds(o, port, transport) {
			f.spokes[i].learn(o)
		}
	}
	f.place(o)
}

func (s *spokeFacts) learn(o probe.Observation) {
	if s.answered == nil {
		s.answered, s.refused = map[string]bool{}, map[string]bool{}
	}
	s.tcp = s.tcp || o.Transport() != probe.UDP
	switch o.Outcome {
	case probe.OK:
		s.answered[o.Address] = true
		if rtt := roundTrip(o); rtt >= leastShown && (s.rtt == 0 || rtt < s.rtt) {
			s.rtt = rtt
		}
	case probe.Failed, probe.Silent:
		if o.Failure == probe.Interrupted {
			return // nobody waited for the answer
		}
		s.lost = append(s.lost, o.ID)
		s.refused[o.Address] = true
		if s.failure == "" || o.Outcome == probe.Failed {
			s.failure = o.Failure // a word outweighs silence
		}
	}
}

// leastShown is the least round trip, in ms, that is worth a number: less is
// written as 0.0 ms, and comes from this computer itself.
const leastShown = 0.05

// roundTrip is the measured round trip of an observation in ms, 0 for none.
func roundTrip(o probe.Observation) float64 {
	switch d := o.Detail.(type) {
	case probe.ConnectDetail:
		return d.RTTMS
	case probe.ExchangeDetail:
		if len(d.RTTMS) > 0 {
			return slices.Min(d.RTTMS)
		}
	}
	return 0
}

// place learns what the boxes show of addresses, and the sweeps.
func (f *facts) place(o probe.Observation) {
	switch d := o.Detail.(type) {
	case probe.RouteDetail:
		if o.Outcome == probe.OK && d.Gateway.IsValid() && (!f.router.IsValid() || d.Gateway.Is4() && !f.router.Is4()) {
			f.router = d.Gateway
		}
		if o.Outcome == probe.OK && d.Source.IsValid() && (!f.own.IsValid() || d.Source.Is4() && !f.own.Is4()) {
			f.own = d.Source
		}
	case probe.HTTPDetail:
		if d.Egress.IsValid() {
			f.public = d.Egress
		}
	case probe.ManagementDetail:
		if len(d.Interfaces) > 0 {
			f.management = d.Interfaces[0].Address.Addr()
		}
	case probe.SweepDetail:
		f.sweeps = append(f.sweeps, o)
		if len(d.Hops) > 0 && d.Hops[0].TTL == 1 && len(d.Hops[0].RTTMS) > 0 {
			if ms := slices.Min(d.Hops[0].RTTMS); f.near == 0 || ms < f.near {
				f.near = ms
			}
		}
	}
}

func (f *facts) ownAddress() string        { return addressText(f.own) }
func (f *facts) routerAddress() string     { return addressText(f.router) }
func (f *facts) publicAddress() string     { return addressText(f.public) }
func (f *facts) managementAddress() string { return addressText(f.management) }

func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.WithZone("").String()
}

// refusals are the words of the catalogue (tui.word) for a refusal on the map, where
// there is room for six columns. Whatever is not here is "failed".
var refusals = map[probe.Failure]string{
	probe.ConnectionRefused: "closed", probe.ConnectionReset: "reset", probe.Timeout: "silent", probe.HostUnreachable: "no-route",
	probe.NetworkUnreachable: "no-route", probe.LocalPolicyDenied: "denied", probe.AdministrativelyProhibited: "barred",
	probe.TLSUnknownAuthority: "cert", probe.TLSInvalidHostname: "cert", probe.TLSInvalid: "cert", probe.TLSExpired: "cert",
	probe.DNSNXDomain: "no-dns", probe.DNSNoAnswer: "no-dns", probe.NoRoute: "no-route", probe.NoAddress: "no-dns",
	probe.ProxyAuthRequired: "login", probe.ProxyRefused: "barred", probe.FirewallDenied: "denied", probe.HTTPRedirectedElsewhere: "portal",
}

// state gives a spoke's state and the word beside it, by the answers alone.
func (s *spokeFacts) state() (state, string) {
	open, shut := len(s.answered), 0
	for a := range s.refused {
		if !s.tcp && s.answered[a] {
			continue // one of several questions was answered
		}
		shut++
		if s.answered[a] {
			open--
		}
	}
	word, known := refusals[s.failure]
	switch {
	case open > 0 && shut == 0:
		return stateOK, ""
	case open > 0:
		return stateLimited, "partly"
	case shut == 0:
		return stateWaiting, ""
	case s.failure == probe.Timeout && !s.tcp:
		return stateSuspect, "silent"
	case !known:
		word = "failed"
	}
	return stateFault, word
}
