package facts

import (
	"net/netip"
	"slices"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// Named is a fact under the name by which `rejudge --facts` prints it.
type Named struct {
	Name    string   `json:"name" redact:"keep"`
	Meaning string   `json:"meaning" redact:"keep"`
	Value   any      `json:"value" redact:"text"` // null where nothing was observed that tells
	By      []string `json:"by" redact:"keep"`    // observation IDs

	Means words.Text `json:"-" redact:"keep"`
}

// PortCount is how many addresses of a port did what.
type PortCount struct {
	Answered int `json:"answered"`
	Silent   int `json:"silent"`
	Failed   int `json:"failed"`
}

// named is the table of what is printed. Each gives a value, or nil, and what it rests
// on.
var named = []struct {
	name string
	of   func(Evidence) (any, []probe.Observation)
}{
	{"stood_still", func(e Evidence) (any, []probe.Observation) {
		return told(e.Paused(), e.Of(probe.HostPauses))
	}},
	{"only_ipv6", func(e Evidence) (any, []probe.Observation) { return told(e.OnlyIPv6(), e.Routes()) }},
	{"default_gateways", func(e Evidence) (any, []probe.Observation) {
		var list []netip.Addr
		var by []probe.Observation
		for _, o := range e.Routes() {
			if g := Detail[probe.RouteDetail](o).Gateway.Unmap(); g.IsValid() {
				by = append(by, o)
				if !slices.Contains(list, g) {
					list = append(list, g)
				}
			}
		}
		return told(list, by)
	}},
	{"proxied", func(e Evidence) (any, []probe.Observation) {
		if !e.Proxied() {
			return told(false, e.Of(probe.TCPConnect))
		}
		return told(true, e.Of(probe.ProxyConnect))
	}},
	{"proxy_untried", func(e Evidence) (any, []probe.Observation) {
		list := e.UntriedProxy()
		return told(len(list) > 0, append(slices.Clone(e.Of(probe.HostProxy)), list...))
	}},
	{"public_addresses_tcp", func(e Evidence) (any, []probe.Observation) { return e.publicOver(probe.TCP) }},
	{"public_addresses_udp", func(e Evidence) (any, []probe.Observation) { return e.publicOver(probe.UDP) }},
	{"answers_rewritten", func(e Evidence) (any, []probe.Observation) {
		list := e.Rewritten()
		return told(
			len(list) > 0,
			append(slices.Clone(e.At("stun", probe.STUNBinding)), e.At("address-echo", probe.HTTPGet)...),
		)
	}},
	{"regional_rtt_ms", func(e Evidence) (any, []probe.Observation) {
		ms, o, measured := e.WayAndBack()
		if !measured {
			return nil, nil
		}
		return ms, []probe.Observation{o}
	}},
	{"controls", func(e Evidence) (any, []probe.Observation) {
		list := e.Control()
		return told(len(list), list)
	}},
}

// told is a value that something was observed of.
func told(value any, by []probe.Observation) (any, []probe.Observation) {
	if len(by) == 0 {
		return nil, nil
	}
	return value, by
}

func (e Evidence) publicOver(t probe.Transport) (any, []probe.Observation) {
	seen, by := e.Egress(t)
	var list []netip.Addr
	for a := range seen {
		list = append(list, a)
	}
	slices.SortFunc(list, netip.Addr.Compare)
	return told(list, by)
}

// Named lists the facts of a run: those of the table, then every streaming port and
// every web host that was asked.
func (e Evidence) Named() []Named {
	var list []Named
	for _, row := range named {
		value, by := row.of(e)
		list = append(list, Named{Name: row.name, Value: value, By: IDs(by...), Means: words.Say("fact." + row.name)})
	}
	for _, role := range StreamingRoles {
		if s := StateOf(e.WantedPort(role.Endpoint)); len(s.All) > 0 {
			list = append(list, Named{
				Name:  "port_" + role.Endpoint,
				Value: PortCount{len(s.OK), len(s.Silent), len(s.Failed)},
				By:    IDs(s.All...),
				Means: words.Say("fact.port." + role.Endpoint),
			})
		}
	}
	for _, w := range e.ClientWebs() {
		said := "ok"
		if !w.OK() {
			said = string(w.Last.Operation) + " " + string(w.Last.Outcome)
			if w.Last.Failure != "" {
				said += " " + string(w.Last.Failure)
			}
		}
		list = append(
			list,
			Named{
				Name:  "web_" + w.Role.Endpoint,
				Value: said,
				By:    IDs(w.All...),
				Means: words.Say("fact.web." + w.Role.Endpoint),
			},
		)
	}
	return list
}
