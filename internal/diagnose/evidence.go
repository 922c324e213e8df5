package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"sync"

	"wsdoctor/probe"
)

// Evidence is the observations of a run, indexed for the rules. It answers
// questions of fact; it never blames.
type Evidence struct {
	Input
	byOperation map[probe.Operation][]probe.Observation
	byEndpoint  map[string][]probe.Observation
	judged      *judged
}

// judged is what several rules ask and one computation tells.
type judged struct {
	flows func() []flow
	ways  func() []explanation
}

func gather(in Input) Evidence {
	e := Evidence{Input: in, byOperation: map[probe.Operation][]probe.Observation{}, byEndpoint: map[string][]probe.Observation{}}
	for _, o := range in.Observations {
		e.byOperation[o.Operation] = append(e.byOperation[o.Operation], o)
		e.byEndpoint[o.Endpoint] = append(e.byEndpoint[o.Endpoint], o)
	}
	e.judged = &judged{}
	e.judged.flows = sync.OnceValue(func() []flow { return e.weighFlows() })
	e.judged.ways = sync.OnceValue(func() []explanation { return e.explanations(e.flows()) })
	return e
}

// Of gives the observations of one operation.
func (e Evidence) Of(op probe.Operation) []probe.Observation { return e.byOperation[op] }

// At gives the observations of one endpoint and operation.
func (e Evidence) At(endpoint string, op probe.Operation) []probe.Observation {
	var list []probe.Observation
	for _, o := range e.byEndpoint[endpoint] {
		if o.Operation == op {
			list = append(list, o)
		}
	}
	return list
}

// detail gives an observation's detail as the type of its operation; the zero
// value where a stored report lacks it.
func detail[D probe.Detail](o probe.Observation) D {
	d, _ := o.Detail.(D)
	return d
}

// IDs lists observation IDs, for Supports and Contradicts.
func IDs(list ...probe.Observation) []string {
	ids := make([]string, 0, len(list))
	for _, o := range list {
		if o.ID != "" && !slices.Contains(ids, o.ID) {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

// where keeps the observations that fit.
func where(list []probe.Observation, fits func(probe.Observation) bool) []probe.Observation {
	var out []probe.Observation
	for _, o := range list {
		if fits(o) {
			out = append(out, o)
		}
	}
	return out
}

func isOK(o probe.Observation) bool     { return o.Outcome == probe.OK }
func isSilent(o probe.Observation) bool { return o.Outcome == probe.Silent }

// sent says that a packet left for the network, or was tried to.
func sent(o probe.Observation) bool {
	return o.Outcome == probe.OK || o.Outcome == probe.Silent || (o.Outcome == probe.Failed && o.Failure != probe.NoAddress)
}

// direct keeps what did not go through a proxy.
func direct(o probe.Observation) bool { return !strings.HasSuffix(o.Step, "/proxy") }

// Role is a streaming port or web host as the user needs it.
type Role struct {
	Endpoint string // catalog endpoint ID without a family suffix
	Protocol string // pcoip, dcv or "" for both
	Title    string // in words
}

// StreamingRoles are the ports of the streaming gateway, TCP first.
var StreamingRoles = []Role{
	{"pcoip-tcp", "pcoip", "TCP port 4172"},
	{"pcoip-udp", "pcoip", "UDP port 4172"},
	{"dcv-tcp", "dcv", "TCP port 4195"},
	{"dcv-udp", "dcv", "UDP port 4195"},
}

// webRoles are the HTTPS hosts, those the client cannot work without first.
var webRoles = []Role{
	{"broker", "", "the WorkSpaces broker"},
	{"session-broker", "pcoip", "the PCoIP session broker"},
	{"login", "", "the login page"},
	{"directory-settings", "", "the directory settings"},
	{"pre-login", "", "the login settings"},
	{"connectivity", "", "the connectivity check"},
}

// requiredWeb are the ones without which nobody signs in.
var requiredWeb = []string{"broker", "session-broker", "login"}

// port gathers what was sent to a streaming port: the named gateway's and the
// health hosts' observations over IPv4, or over IPv6 where that is all there is.
func (e Evidence) port(role string) []probe.Observation {
	list := where(e.byEndpoint[role], onPort)
	if !slices.ContainsFunc(list, sent) || e.onlyIPv6() {
		if v6 := where(e.byEndpoint[role+"-v6"], onPort); slices.ContainsFunc(v6, sent) {
			return v6
		}
	}
	return list
}

// wantedPort is port for what the user wants to reach: the gateway that was named,
// or the health hosts that stand for it.
func (e Evidence) wantedPort(role string) []probe.Observation {
	if named := e.port("gateway-" + role); slices.ContainsFunc(named, sent) {
		return named
	}
	return e.port(role)
}

// onPort: an observation of the port itself, not of the TLS spoken behind it.
func onPort(o probe.Observation) bool {
	switch o.Operation {
	case probe.TCPConnect, probe.STUNBinding, probe.QUICVersion:
		return true
	}
	return false
}

// routes are those to the internet and to its hosts, without the ones to name
// servers.
func (e Evidence) routes() []probe.Observation {
	return where(e.Of(probe.HostRoute), func(o probe.Observation) bool { return detail[probe.RouteDetail](o).Endpoint != "resolver" })
}

// onlyIPv6: this computer has a route for IPv6 and none for IPv4.
func (e Evidence) onlyIPv6() bool {
	v4, v6 := false, false
	for _, o := range e.routes() {
		if o.Outcome != probe.OK {
			continue
		}
		switch detail[probe.RouteDetail](o).Family {
		case "ip4":
			v4 = true
		case "ip6":
			v6 = true
		}
	}
	return v6 && !v4
}

// byAddress groups observations by the address they went to.
func byAddress(list []probe.Observation) map[netip.Addr][]probe.Observation {
	m := map[netip.Addr][]probe.Observation{}
	for _, o := range list {
		if a := o.Addr(); a.IsValid() {
			m[a] = append(m[a], o)
		}
	}
	return m
}

// portState is what can be said of a streaming port over all its addresses.
type portState struct {
	all, ok, silent, failed []probe.Observation
}

func stateOf(list []probe.Observation) portState {
	s := portState{all: where(list, sent)}
	s.ok = where(list, isOK)
	s.silent = where(list, isSilent)
	s.failed = where(list, func(o probe.Observation) bool { return o.Outcome == probe.Failed })
	return s
}

// passes: some address answered as it should. dead: every address was tried
// and none did.
func (s portState) passes() bool { return len(s.ok) > 0 }
func (s portState) dead() bool   { return len(s.all) > 0 && len(s.ok) == 0 }

// onlySilent: every address was tried and nothing at all came back.
func (s portState) onlySilent() bool { return s.dead() && len(s.silent) == len(s.all) }

// control is a probe known to pass: an AWS host that answered over TCP
// directly, which shows that packets leave this network and come back.
func (e Evidence) control() []probe.Observation {
	var list []probe.Observation
	for _, o := range e.Of(probe.TCPConnect) {
		if isOK(o) && direct(o) && o.Addr().Is4() != e.onlyIPv6() {
			list = append(list, o)
		}
	}
	return list
}

// answeredUDP gives datagram probes that a far host answered.
func (e Evidence) answeredUDP() []probe.Observation {
	return where(append(slices.Clone(e.Of(probe.STUNBinding)), e.Of(probe.QUICVersion)...), isOK)
}

// regionalRTT is the smallest round trip to the Region's own hosts in
// milliseconds, and the observation that measured it.
func (e Evidence) regionalRTT() (float64, probe.Observation, bool) {
	return e.leastRTT("broker", "session-broker", "pcoip-tcp", "dcv-tcp")
}

// leastRTT is the smallest round trip, in milliseconds, to some endpoints.
func (e Evidence) leastRTT(endpoints ...string) (float64, probe.Observation, bool) {
	best, found := probe.Observation{}, false
	var ms float64
	for _, endpoint := range endpoints {
		for _, o := range e.At(endpoint, probe.TCPConnect) {
			rtt := detail[probe.ConnectDetail](o).RTTMS
			if isOK(o) && direct(o) && rtt > 0 && (!found || rtt < ms) {
				ms, best, found = rtt, o, true
			}
		}
	}
	return ms, best, found
}

// icmp gives the ICMP error an observation carries, nil if none.
func icmp(o probe.Observation) *probe.ICMPError {
	switch d := o.Detail.(type) {
	case probe.ConnectDetail:
		return d.ICMP
	case probe.ExchangeDetail:
		return d.ICMP
	case probe.ProxyConnectDetail:
		return d.ICMP
	case probe.DNSDetail:
		return d.Offender
	case probe.SweepDetail:
		if d.End == probe.HopICMP {
			return d.ICMP
		}
	}
	return nil
}

// web is how far the conversation with one HTTPS host came.
type web struct {
	role  Role
	last  probe.Observation // the furthest observation
	all   []probe.Observation
	proxy bool
}

func (w web) ok() bool { return w.last.Operation == probe.HTTPGet && isOK(w.last) }

// webOperations are the stages of a conversation with a web host.
var webOperations = map[probe.Operation]bool{
	probe.TCPConnect: true, probe.ProxyConnect: true, probe.TLSHandshake: true, probe.HTTPGet: true,
}

// webs gives the state of every HTTPS host that was tried, directly or through
// the proxy.
func (e Evidence) webs(proxy bool) []web {
	var list []web
	for _, role := range webRoles {
		w := web{role: role, proxy: proxy}
		endpoint := role.Endpoint
		if e.onlyIPv6() && !slices.ContainsFunc(e.byEndpoint[endpoint], sent) {
			endpoint += "-v6" // without DNS64 the IPv4 name has no address here
		}
		for _, o := range e.byEndpoint[endpoint] {
			if detail[probe.TLSDetail](o).MSS > 0 {
				break // what follows went in small packets, which no client does
			}
			if direct(o) != proxy && sent(o) && webOperations[o.Operation] {
				w.all = append(w.all, o)
			}
		}
		if len(w.all) > 0 {
			w.last = w.all[len(w.all)-1]
			list = append(list, w)
		}
	}
	return list
}

// proxied says whether the client's HTTPS goes through a configured proxy.
func (e Evidence) proxied() bool { return len(e.webs(true)) > 0 }

// clientWebs gives the HTTPS hosts the way the client reaches them.
func (e Evidence) clientWebs() []web { return e.webs(e.proxied()) }

// web gives one host's state the way the client reaches it.
func (e Evidence) web(endpoint string) (web, bool) {
	for _, w := range e.clientWebs() {
		if w.role.Endpoint == endpoint {
			return w, true
		}
	}
	return web{}, false
}

// egress gives the public IPv4 addresses seen over a transport, with the
// observations that saw them.
func (e Evidence) egress(transport probe.Transport) (map[netip.Addr][]probe.Observation, []probe.Observation) {
	seen := map[netip.Addr][]probe.Observation{}
	var all []probe.Observation
	add := func(a netip.Addr, o probe.Observation) {
		if a.Is4() && isPublic(a) {
			seen[a] = append(seen[a], o)
			all = append(all, o)
		}
	}
	if transport == probe.UDP {
		for _, o := range e.At("stun", probe.STUNBinding) {
			add(detail[probe.ExchangeDetail](o).Mapped.Addr().Unmap(), o)
		}
		return seen, all
	}
	for _, o := range e.At("address-echo", probe.HTTPGet) {
		// With a proxy set, sign-in leaves from the proxy's address.
		if direct(o) != e.proxied() {
			add(detail[probe.HTTPDetail](o).Egress.Unmap(), o)
		}
	}
	return seen, all
}

// isPublic: an address that AWS may see. Whoever is told another one was told by
// something on the way that rewrites answers.
func isPublic(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !sharedSpace.Contains(a) && !protocolSpace.Contains(a) && !benchmarkSpace.Contains(a) && a.As4()[0] < 240
}

// benchmarkSpace (RFC 2544) is what proxy programs give names as stand-ins.
var benchmarkSpace = netip.MustParsePrefix("198.18.0.0/15")

// rewritten gives the answers that name an address which cannot be this network's
// public one.
func (e Evidence) rewritten() []probe.Observation {
	var list []probe.Observation
	for _, o := range e.At("stun", probe.STUNBinding) {
		if a := detail[probe.ExchangeDetail](o).Mapped.Addr().Unmap(); a.Is4() && !isPublic(a) {
			list = append(list, o)
		}
	}
	for _, o := range e.At("address-echo", probe.HTTPGet) {
		if a := detail[probe.HTTPDetail](o).Egress.Unmap(); a.Is4() && !isPublic(a) {
			list = append(list, o)
		}
	}
	return list
}

// wants says whether the run is about a protocol.
func (e Evidence) wants(protocol string) bool {
	return protocol == "" || e.Protocol == protocol || e.Protocol == "both" || e.Protocol == ""
}

// attemptsOf are the probes of a connect or an exchange of datagrams.
func attemptsOf(o probe.Observation) []probe.Attempt {
	switch d := o.Detail.(type) {
	case probe.ConnectDetail:
		return d.Attempts
	case probe.ExchangeDetail:
		return d.Attempts
	}
	return nil
}

// paused: this computer stood still or was too busy during the run, for long enough
// to spoil what rests on time.
func (e Evidence) paused() bool {
	for _, o := range e.Of(probe.HostPauses) {
		return detail[probe.PausesDetail](o).TotalMS > 0
	}
	return false
}
