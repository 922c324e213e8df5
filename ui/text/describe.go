package text

import (
	"fmt"
	"net/netip"
	"strings"

	"wsdoctor/probe"
)

// describers write the detail of each operation in one line.
var describers = map[probe.Operation]func(probe.Detail) string{
	probe.HostLinks:        as(describeLinks),
	probe.HostRoute:        as(describeRoute),
	probe.HostResolvers:    as(describeResolvers),
	probe.HostProxy:        as(describeProxy),
	probe.HostVPN:          as(describeVPN),
	probe.HostNeighbour:    as(describeNeighbour),
	probe.HostWorkspace:    as(describeWorkspace),
	probe.DNSQuery:         as(describeDNS),
	probe.TCPConnect:       as(describeConnect),
	probe.TLSHandshake:     as(describeTLS),
	probe.HTTPGet:          as(describeHTTP),
	probe.ProxyConnect:     as(describeProxyConnect),
	probe.STUNBinding:      as(describeExchange),
	probe.QUICVersion:      as(describeExchange),
	probe.PathSweep:        as(describeSweep),
	probe.PathMTU:          as(describeMTU),
	probe.HostCounters:     as(describeCounters),
	probe.HostPauses:       as(describePauses),
	probe.HostNames:        as(describeHostNames),
	probe.HostSoftware:     as(describeSoftware),
	probe.HostWireless:     as(describeWireless),
	probe.HostNetworkState: as(describeNetworkState),
	probe.HostNamePolicy:   as(describeNamePolicy),
	probe.HostRoutes:       as(describeRouting),
	probe.HostManagement:   as(describeManagement),
	probe.HostDirectory:    as(describeDirectory),
	probe.HostServices:     as(describeServices),
	probe.HostListeners:    as(describeListeners),
	probe.HostFirewall:     as(describeFirewall),
	probe.LDAPRoot:         as(describeLDAP),
	probe.NTPTime:          as(describeNTP),
	probe.NothingOperation: as(func(probe.NoDetail) string { return "" }),
}

// as fits a describer of one detail type into the table. An observation that
// ended early has no detail, and nothing to say.
func as[D probe.Detail](f func(D) string) func(probe.Detail) string {
	return func(d probe.Detail) string {
		if typed, is := d.(D); is {
			return f(typed)
		}
		return ""
	}
}

func describe(o probe.Observation) string {
	if f := describers[o.Operation]; f != nil {
		return f(o.Detail)
	}
	return ""
}

func describeLinks(d probe.LinksDetail) string {
	var list []string
	for _, i := range d.Interfaces {
		if i.Loopback {
			continue
		}
		state := "up"
		switch {
		case !i.Up:
			state = "down"
		case !i.Carrier:
			state = "no link"
		}
		list = append(list, join(" ", i.Name, state, joined(i.Addresses), prefixed("VPN: ", i.VPN)))
	}
	return join("; ", strings.Join(list, ", "), prefixed("inside ", d.Around))
}

func describeRoute(d probe.RouteDetail) string {
	return join(" ", prefixed("to ", address(d.Destination)), prefixed("by ", d.Interface), prefixed("through ", address(d.Gateway)),
		prefixed("from ", address(d.Source)), prefixed("VPN: ", d.VPN), d.Error)
}

func describeResolvers(d probe.ResolversDetail) string {
	return join("; ", joined(d.Servers), prefixed("search ", strings.Join(d.Search, " ")), prefixed("from ", d.Source))
}

func describeProxy(d probe.ProxyDetail) string {
	direct := ""
	if d.HTTPS == "" && d.HTTP == "" && d.PAC == "" && len(d.Script) == 0 && !d.Undiscovered {
		direct = "no proxy"
	}
	discovered := ""
	if d.Undiscovered {
		discovered = "discovery (WPAD), not done"
	}
	login := ""
	if d.Credentials {
		login = "with a login (not recorded)"
	}
	return join("; ", direct, prefixed("https: ", d.HTTPS), prefixed("http: ", d.HTTP), prefixed("not for ", d.NoProxy), prefixed("script ", d.PAC), describeScript(d.Script), discovered, prefixed("for the instance metadata: ", d.Metadata), login, prefixed("from ", d.Source))
}

// describeScript counts what the system answered: "it says http://proxy:3128 for 5 names".
func describeScript(list []probe.ScriptedProxy) string {
	var ways []string
	names := map[string]int{}
	for _, s := range list {
		way := s.Proxy
		if way == "" {
			way = "directly"
		}
		if names[way]++; names[way] == 1 {
			ways = append(ways, way)
		}
	}
	for i, way := range ways {
		ways[i] = way + " for " + count(names[way], "name")
	}
	return prefixed("the system's choice: ", strings.Join(ways, ", "))
}

func describeVPN(d probe.VPNDetail) string {
	var list []string
	for _, i := range d.Interfaces {
		carries := ""
		if i.Carries {
			carries = ", carries the traffic"
		}
		list = append(list, i.Name+" ("+i.Why+carries+")")
	}
	return strings.Join(list, ", ")
}

func describeNeighbour(d probe.NeighbourDetail) string {
	return join(" ", address(d.Gateway), prefixed("on ", d.Interface), d.State)
}

func describeWorkspace(d probe.WorkspaceDetail) string {
	if d.Inside {
		return "inside a WorkSpace: " + strings.Join(d.Signs, ", ")
	}
	return join("; ", "not inside a WorkSpace", strings.Join(d.Signs, ", "))
}

func describeDNS(d probe.DNSDetail) string {
	return join("; ", join(" ", d.Type, "by", d.Resolver, prefixed("over ", string(d.Transport))), prefixed("named by ", d.Service), d.RCode, joined(d.Addresses), prefixed("alias ", d.CNAME),
		strings.Join(d.Texts, " "), strings.Join(d.Services, " "), prefixed("extended error ", d.Extended), icmp(d.Offender), d.Error)
}

func describeConnect(d probe.ConnectDetail) string {
	rtt := ""
	if d.RTTMS > 0 {
		rtt = "round trip " + milliseconds(d.RTTMS)
	}
	tries := ""
	if len(d.Attempts) > 1 {
		tries = count(len(d.Attempts), "attempt")
	}
	swallowed := ""
	if d.HostDropped != nil && *d.HostDropped {
		swallowed = "not sent by this computer"
	}
	return join("; ", tries, rtt, prefixed("then ", d.Spoke), string(d.Phase), swallowed, icmp(d.ICMP), d.Error)
}

func describeTLS(d probe.TLSDetail) string {
	names := ""
	if len(d.Chain) > 0 {
		names = "for " + d.Chain[0].Subject
	}
	hello := ""
	if d.Phase != "" {
		hello = fmt.Sprintf("%s (%s ClientHello, %d bytes)", d.Phase, d.Hello, d.HelloBytes)
	}
	return join("; ", d.Version, prefixed("through ", d.Via), prefixed("vouched for by ", d.Issuer), names, hello, d.Error)
}

func describeHTTP(d probe.HTTPDetail) string {
	status := ""
	if d.Status != 0 {
		status = fmt.Sprintf("status %d", d.Status)
	}
	clock := ""
	if d.ClockMS != nil {
		clock = fmt.Sprintf("clock %+.0f s", *d.ClockMS/1000)
	}
	return join("; ", d.URL, prefixed("through ", d.Via), status, prefixed("to ", d.Location), prefixed("page ", d.Title), prefixed("body ", d.Body),
		prefixed("seen from ", address(d.Egress)), clock, d.Error)
}

func describeProxyConnect(d probe.ProxyConnectDetail) string {
	status := ""
	if d.Status != 0 {
		status = join(" ", fmt.Sprintf("status %d", d.Status), d.Reason)
	}
	return join("; ", prefixed("through ", d.Proxy), status, prefixed("wants ", strings.Join(d.AuthSchemes, ", ")), prefixed("reached ", d.Reached), icmp(d.ICMP), d.Error)
}

func describeExchange(d probe.ExchangeDetail) string {
	rtt := ""
	if len(d.RTTMS) > 0 {
		lowest, highest := d.RTTMS[0], d.RTTMS[0]
		for _, ms := range d.RTTMS {
			lowest, highest = min(lowest, ms), max(highest, ms)
		}
		if rtt = "round trip " + milliseconds(lowest); highest > lowest {
			rtt += " to " + milliseconds(highest)
		}
	}
	mapped, garbage := "", ""
	if d.Mapped.IsValid() {
		mapped = "seen from " + d.Mapped.String()
	}
	if d.Garbage > 0 {
		garbage = count(d.Garbage, "wrong answer")
	}
	return join("; ", fmt.Sprintf("%d of %d answered", d.Answered, d.Sent), rtt, mapped, prefixed("versions ", strings.Join(d.Versions, " ")), garbage, icmp(d.ICMP), d.Error)
}

// describeSweep lists the hops by TTL: "1 192.168.50.1, 2 10.20.0.1, 3 nothing".
func describeSweep(d probe.SweepDetail) string {
	var hops []string
	for _, h := range d.Hops {
		word := address(h.From)
		switch h.Kind {
		case probe.HopExpired:
			if word == "" {
				word = "a router"
			}
		case probe.HopSilent:
			word = "nothing"
		default:
			word = join(" ", string(h.Kind), word)
		}
		hops = append(hops, fmt.Sprintf("%d %s", h.TTL, word))
	}
	what := "sweep"
	switch {
	case d.Echo:
		what = "way of ICMP echo requests"
	case d.Control:
		what = "control sweep"
	}
	return join("; ", fmt.Sprintf("%s, %s", what, count(d.Packets, "packet")), strings.Join(hops, ", "), icmp(d.ICMP))
}

// describeMTU lists the sizes: "answered 1280 bytes: 1 of 1, 1400 bytes: 0 of 5".
func describeMTU(d probe.MTUDetail) string {
	var sizes []string
	for _, s := range d.Sizes {
		sizes = append(sizes, fmt.Sprintf("%d bytes: %d of %d", s.Bytes, s.Answered, s.Sent))
	}
	local, reported, hole := "", "", ""
	if d.LocalMTU > 0 {
		local = fmt.Sprintf("own interface carries %d bytes", d.LocalMTU)
	}
	if d.Offender.IsValid() {
		reported = fmt.Sprintf("%s carries %d bytes", d.Offender, d.ReportedMTU)
	}
	if d.BlackHole {
		hole = "larger packets vanish"
	}
	return join("; ", prefixed("answered ", strings.Join(sizes, ", ")), local, reported, hole, d.Error)
}

func describeCounters(d probe.CountersDetail) string {
	if d.Interface == "" {
		return d.Error
	}
	says := ""
	switch {
	case d.Flat:
		says = "they do not leave this computer"
	case d.Left:
		says = "packets left this computer meanwhile"
	case d.Sent > 0:
		says = "whether they leave this computer cannot be told"
	}
	return join("; ", fmt.Sprintf("%s given to %s, which sent %d; %d for port %d, which sent %d; none, %d", count(d.Sent, "probe"), d.Interface, d.Moved, d.ControlSent, d.ControlPort, d.ControlMoved, d.QuietMoved), says, d.Error)
}

func describePauses(d probe.PausesDetail) string {
	return join("; ", fmt.Sprintf("this computer was too busy or suspended %s, %.0f ms in all", count(len(d.Pauses), "time"), d.TotalMS), prefixed("load ", d.Load))
}

func describeHostNames(d probe.HostNamesDetail) string {
	var list []string
	for _, e := range d.Entries {
		list = append(list, e.Name+" is "+address(e.Address))
	}
	return join(": ", d.Source, strings.Join(list, ", "))
}

func icmp(e *probe.ICMPError) string {
	if e == nil {
		return ""
	}
	who := join(" ", "ICMP", fmt.Sprintf("%d/%d", e.Type, e.Code), prefixed("from ", address(e.Offender)))
	if e.OwnHost {
		who += ", this computer"
	}
	return who
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

func address(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func joined[T fmt.Stringer](list []T) string {
	var out []string
	for _, v := range list {
		out = append(out, v.String())
	}
	return strings.Join(out, " ")
}

// count writes "1 thing" or "2 things".
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return itoa(n) + " " + thing
}
