package chart

import (
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/probe"
)

// Facts is what the observations so far say of the map's boxes and spokes. It
// counts answers and names them; what they mean is the report's to say.
type Facts struct {
	scheme  *Scheme
	Reached []bool // by node
	Spokes  []SpokeFacts
	Sweeps  []probe.Observation
	Near    float64 // ms to the first hop, 0 if not known
	Parts   []Part  // of a report of the account; nil: there is none

	Own, router, public, management netip.Addr
	workspace                       string // its state, if one alone was told of
}

// SpokeFacts is what became of one spoke's probes, by the address they went to.
type SpokeFacts struct {
	answered, refused map[string]bool
	failure           probe.Failure // the last one, a timeout only where there was no other
	tcp               bool          // not only datagrams were sent, whose silence says little
	RTT               float64       // ms, the smallest; 0 if none was measured
	lost              []string      // observations that got no good answer
}

// NewFacts knows nothing yet.
func NewFacts(s *Scheme) *Facts {
	return &Facts{scheme: s, Reached: make([]bool, len(s.Nodes)), Spokes: make([]SpokeFacts, len(s.Spokes))}
}

// FoldFacts learns a list of observations.
func FoldFacts(s *Scheme, list []probe.Observation) *Facts {
	f := NewFacts(s)
	for _, o := range list {
		f.Learn(o)
	}
	return f
}

// holds says whether an observation is one that the match is about.
func (m match) holds(o probe.Observation, port uint16, transport probe.Transport) bool {
	switch {
	case m.operations != nil && !slices.Contains(m.operations, o.Operation):
		return false
	case m.Port != 0 && (m.Port != port || m.Transport != transport):
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
	return a.IsGlobalUnicast() && !a.IsPrivate() &&
		!slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(a) })
}

// Learn takes one observation in.
func (f *Facts) Learn(o probe.Observation) {
	_, port, transport := probe.ParseTarget(o.Target)
	for i, n := range f.scheme.Nodes {
		if !f.Reached[i] && o.Outcome == probe.OK {
			f.Reached[i] = slices.ContainsFunc(n.reached, func(m match) bool { return m.holds(o, port, transport) })
		}
	}
	for i, s := range f.scheme.Spokes {
		if s.Match.holds(o, port, transport) {
			f.Spokes[i].Learn(o)
		}
	}
	f.place(o)
}

func (s *SpokeFacts) Learn(o probe.Observation) {
	if s.answered == nil {
		s.answered, s.refused = map[string]bool{}, map[string]bool{}
	}
	s.tcp = s.tcp || o.Transport() != probe.UDP
	switch o.Outcome {
	case probe.OK:
		s.answered[o.Address] = true
		if rtt := roundTrip(o); rtt >= leastShown && (s.RTT == 0 || rtt < s.RTT) {
			s.RTT = rtt
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
func (f *Facts) place(o probe.Observation) {
	switch d := o.Detail.(type) {
	case probe.RouteDetail:
		if o.Outcome == probe.OK && d.Gateway.IsValid() && (!f.router.IsValid() || d.Gateway.Is4() && !f.router.Is4()) {
			f.router = d.Gateway
		}
		if o.Outcome == probe.OK && d.Source.IsValid() && (!f.Own.IsValid() || d.Source.Is4() && !f.Own.Is4()) {
			f.Own = d.Source
		}
	case probe.HTTPDetail:
		if d.Egress.IsValid() {
			f.public = d.Egress
		}
	case probe.ManagementDetail:
		if len(d.Interfaces) > 0 {
			f.management = d.Interfaces[0].Address.Addr()
		}
	case probe.WorkspacesDetail:
		if len(d.Workspaces) == 1 {
			f.workspace = d.Workspaces[0].State
		}
	case probe.SweepDetail:
		f.Sweeps = append(f.Sweeps, o)
		if len(d.Hops) > 0 && d.Hops[0].TTL == 1 && len(d.Hops[0].RTTMS) > 0 {
			if ms := slices.Min(d.Hops[0].RTTMS); f.Near == 0 || ms < f.Near {
				f.Near = ms
			}
		}
	}
}

func (f *Facts) ownAddress() string        { return AddressText(f.Own) }
func (f *Facts) routerAddress() string     { return AddressText(f.router) }
func (f *Facts) publicAddress() string     { return AddressText(f.public) }
func (f *Facts) managementAddress() string { return AddressText(f.management) }

func AddressText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.WithZone("").String()
}

// refusals are the words of the catalogue (tui.word) for a refusal on the map, where
// there is room for six columns. Whatever is not here is "failed".
var refusals = map[probe.Failure]string{
	probe.ConnectionRefused:          "closed",
	probe.ConnectionReset:            "reset",
	probe.Timeout:                    "silent",
	probe.HostUnreachable:            "no-route",
	probe.NetworkUnreachable:         "no-route",
	probe.LocalPolicyDenied:          "denied",
	probe.AdministrativelyProhibited: "barred",
	probe.TLSUnknownAuthority:        "cert",
	probe.TLSInvalidHostname:         "cert",
	probe.TLSInvalid:                 "cert",
	probe.TLSExpired:                 "cert",
	probe.DNSNXDomain:                "no-dns",
	probe.DNSNoAnswer:                "no-dns",
	probe.NoRoute:                    "no-route",
	probe.NoAddress:                  "no-dns",
	probe.ProxyAuthRequired:          "login",
	probe.ProxyRefused:               "barred",
	probe.FirewallDenied:             "denied",
	probe.HTTPRedirectedElsewhere:    "portal",
}

// State gives a spoke's state and the word beside it, by the answers alone.
func (s *SpokeFacts) State() (State, string) {
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
		return StateOK, ""
	case open > 0:
		return StateLimited, "partly"
	case shut == 0:
		return StateWaiting, ""
	case s.failure == probe.Timeout && !s.tcp:
		return StateSuspect, "silent"
	case !known:
		word = "failed"
	}
	return StateFault, word
}
