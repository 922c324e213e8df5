package diagnosetest

import (
	"net/netip"
	"slices"
	"strconv"

	"wsdoctor/internal/diagnose/sweep/sweeptest"
	"wsdoctor/probe"
)

// What spoils a healthy world for the cases of the desk.

func (w *World) Counters(role string, flat bool) *World {
	return w.Counted(role, probe.CountersDetail{Sent: 32, ControlSent: 32, ControlMoved: 32, Flat: flat})
}

func (w *World) Counted(role string, d probe.CountersDetail) *World {
	w.Add(role+"/counters", role, probe.HostCounters, Target(HealthHost, udpRoles[role], "udp"), Gateways[0], probe.OK, "", d)
	return w
}

// answered443 lets the broker's port be accepted from no farther than the first
// router, and says what the packet counter did meanwhile.
func (w *World) answered443(d probe.CountersDetail) *World {
	swept := probe.SweepDetail{Distance: 1, End: probe.HopSYNACK, Packets: 1, Hops: []probe.Hop{{TTL: 1, Sent: 1, Kind: probe.HopSYNACK, RTTMS: []float64{0.1}}}}
	w.Add("broker/sweep", "broker", probe.PathSweep, Target(BrokerHost, 443, "tcp"), "52.94.0.10", probe.OK, "", swept)
	w.Add("broker/counters", "broker", probe.HostCounters, Target(BrokerHost, 443, "tcp"), "52.94.0.10", probe.OK, "", d)
	return w
}

// Knocked is the packet counter while connections to a port were opened.
func (w *World) Knocked(role string, d probe.CountersDetail) *World {
	w.Add(role+"/counters", role, probe.HostCounters, Target(HealthHost, tcpRoles[role], "tcp"), Gateways[0], probe.OK, "", d)
	return w
}

// Hello adds a handshake of this size that got no answer, before the good one.
func (w *World) Hello(id string, size probe.HelloSize, phase probe.HelloPhase) *World {
	w.Each(func(o probe.Observation) bool { return o.Endpoint == id && o.Operation == probe.TLSHandshake }, func(o *probe.Observation) {
		d := o.Detail.(probe.TLSDetail)
		d.Hello = probe.HelloSmall
		o.Detail = d
	})
	w.Add(id+"/https/direct", "elsewhere", probe.TLSHandshake, Target(WebHosts[id], 443, "tcp"), "52.94.0.12", probe.Silent, probe.Timeout, probe.TLSDetail{Hello: size, Phase: phase})
	return w
}

func (w *World) MTU(largest int, blackHole bool) *World {
	w.Add("stun/mtu", "stun", probe.PathMTU, "stun.example:443/udp", "3.4.5.6", probe.OK, "", probe.MTUDetail{Smallest: 600, Largest: largest, BlackHole: blackHole})
	return w
}

func (w *World) fromSourcePort(outcome probe.Outcome) *World {
	failure := probe.Failure("")
	if outcome == probe.Silent {
		failure = probe.Timeout
	}
	w.Add("pcoip-source/stun/50002", "pcoip-source", probe.STUNBinding, Target(HealthHost, 4172, "udp"), Gateways[0], outcome, failure, probe.ExchangeDetail{Sent: 3, Local: "192.168.50.10:50002"})
	return w
}

// PathHops are the routers of the way, from TTL 1; the destination is at TTL 5.
var PathHops = []string{"192.168.50.1", "10.20.0.1", "203.0.113.9", "52.93.0.1"}

// Sweep adds a sweep whose packets were heard of up to this many hops; end is
// the answer that came at the next TTL, if one did.
func (w *World) Sweep(endpoint string, last int, end probe.HopKind) *World {
	transport, port := "tcp", uint16(4172)
	if endpoint[:3] == "dcv" {
		port = 4195
	}
	if endpoint[len(endpoint)-3:] == "udp" {
		transport = "udp"
	}
	d := probe.SweepDetail{Last: last, End: probe.HopSilent, Packets: 8}
	for ttl := 1; ttl <= 6; ttl++ {
		h := probe.Hop{TTL: ttl, Sent: 2, Kind: probe.HopSilent}
		switch {
		case ttl <= last:
			h = probe.Hop{TTL: ttl, Sent: 1, Kind: probe.HopExpired, From: netip.MustParseAddr(PathHops[ttl-1]), RTTMS: []float64{10}}
		case end != "":
			h = probe.Hop{TTL: ttl, Sent: 1, Kind: end, From: netip.MustParseAddr(Gateways[0]), RTTMS: []float64{10}}
			if d.Distance == 0 {
				d.Distance, d.End = ttl, end
			}
		}
		d.Hops = append(d.Hops, h)
	}
	w.Add(endpoint+"/sweep", endpoint, probe.PathSweep, Target(HealthHost, port, transport), Gateways[0], probe.Silent, probe.Timeout, d)
	return w
}

// ControlSweep adds the control: every hop answers, and the destination at this
// distance.
func (w *World) ControlSweep(distance int) *World {
	d := probe.SweepDetail{Control: true, Distance: distance, Last: distance - 1, End: probe.HopRST, Packets: distance}
	for ttl := 1; ttl < distance; ttl++ {
		d.Hops = append(d.Hops, probe.Hop{TTL: ttl, Sent: 1, Kind: probe.HopExpired, From: netip.MustParseAddr(PathHops[ttl-1]), RTTMS: []float64{10}})
	}
	d.Hops = append(d.Hops, probe.Hop{TTL: distance, Sent: 1, Kind: probe.HopRST, From: netip.MustParseAddr(Gateways[0]), RTTMS: []float64{40}})
	w.Add("control/sweep", "control", probe.PathSweep, Target(HealthHost, 443, "tcp"), Gateways[0], probe.OK, "", d)
	d.End, d.Distance, d.Hops = probe.HopSilent, 0, slices.Clone(d.Hops)
	d.Hops[distance-1] = probe.Hop{TTL: distance, Sent: 2, Kind: probe.HopSilent}
	w.Add("control-udp/sweep", "control-udp", probe.PathSweep, Target(HealthHost, 443, "udp"), Gateways[0], probe.Silent, probe.Timeout, d)
	return w
}

// Cut ends connections after the handshake: so many milliseconds after the first
// data was sent.
func (w *World) Cut(after float64, roles ...string) *World {
	return w.Each(At(roles...), func(o *probe.Observation) {
		d := o.Detail.(probe.ConnectDetail)
		d.Spoke, d.SpokeMS = "reset", after
		o.Detail = d
	})
}

// Sampled adds a port's own sample, of which some were lost.
func (w *World) Sampled(role string, sent, lost int) *World {
	w.Add(role+"-sample/tcp", role+"-sample", probe.TCPConnect, Target(HealthHost, tcpRoles[role], "tcp"), Gateways[0], probe.OK, "",
		probe.ConnectDetail{Sent: sent, Answered: sent - lost, Attempts: append(Attempts(sent-lost, probe.OK), Attempts(lost, probe.Silent)...)})
	return w
}

func (w *World) Fact(op probe.Operation, failure probe.Failure) *World {
	return w.Each(Is(op), func(o *probe.Observation) { o.Outcome, o.Failure = probe.Failed, failure })
}

func (w *World) Also(step string, op probe.Operation, address string, outcome probe.Outcome, failure probe.Failure, d probe.Detail) *World {
	endpoint, _, _ := cutStep(step)
	w.Add(step, endpoint, op, Target("host.example", 4195, "tcp"), address, outcome, failure, d)
	return w
}

func cutStep(step string) (endpoint, rest string, found bool) {
	for i := range step {
		if step[i] == '/' {
			return step[:i], step[i+1:], true
		}
	}
	if step == "host" {
		return "", "", false
	}
	return step, "", false
}

// WithoutWeb: names failed, so nothing that needs one was tried.
func (w *World) WithoutWeb() *World {
	return w.Drop(func(o probe.Observation) bool {
		return slices.Contains(WebOrder, o.Endpoint) && o.Operation != probe.TCPConnect
	}).
		EndsAt(probe.TCPConnect, probe.Skipped, probe.NoAddress, nil, WebOrder...)
}

func (w *World) Clock(offset float64, hosts ...string) *World {
	return w.Each(func(o probe.Observation) bool {
		return o.Operation == probe.HTTPGet && slices.Contains(hosts, o.Host())
	}, func(o *probe.Observation) {
		d := o.Detail.(probe.HTTPDetail)
		d.ClockMS = &offset
		o.Detail = d
	})
}

func (w *World) NameSays(failure probe.Failure, name string) *World {
	return w.Each(func(o probe.Observation) bool { return o.Operation == probe.DNSQuery && o.Host() == name }, func(o *probe.Observation) {
		o.Outcome, o.Failure = probe.Failed, failure
	})
}

func (w *World) OneAddress(address string) *World {
	return w.Each(Is(probe.DNSQuery), func(o *probe.Observation) {
		d := o.Detail.(probe.DNSDetail)
		d.Addresses = []netip.Addr{netip.MustParseAddr(address)}
		o.Detail = d
	})
}

func (w *World) DNSSilent(which func(string) bool) *World {
	return w.Each(func(o probe.Observation) bool {
		return o.Operation == probe.DNSQuery && which(o.Detail.(probe.DNSDetail).Resolver)
	}, func(o *probe.Observation) {
		d := o.Detail.(probe.DNSDetail)
		o.Outcome, o.Failure, o.Detail = probe.Silent, probe.Timeout, probe.DNSDetail{Resolver: d.Resolver, Name: d.Name, Type: d.Type}
	})
}

// Second adds another resolver that answers everything.
func (w *World) Second(server string) *World {
	for _, o := range slices.Clone(w.In.Observations) {
		if d, isDNS := o.Detail.(probe.DNSDetail); isDNS && d.Resolver == Resolver {
			d.Resolver = server
			w.Add("dns/"+server+"/"+d.Name, "name", probe.DNSQuery, d.Name, server, probe.OK, "", d)
		}
	}
	return w
}

func (w *World) plain(failure probe.Failure, status int, location string) *World {
	return w.Each(At("portal-http", "address-echo"), func(o *probe.Observation) {
		o.Outcome, o.Failure, o.Detail = probe.Failed, failure, probe.HTTPDetail{Status: status, Location: location}
	})
}

// Proxied: the client's HTTPS goes through a proxy, and direct HTTPS is shut.
func (w *World) Proxied() *World {
	w.EndsAt(probe.TCPConnect, probe.Silent, probe.Timeout, nil, WebOrder...)
	for i, id := range WebOrder {
		w.web(id, "52.94.0."+strconv.Itoa(10+i), true)
	}
	return w
}

func (w *World) Accept(after float64, spoke string, ids ...string) *World {
	return w.Each(At(ids...), func(o *probe.Observation) {
		d := Connected(after)
		d.Spoke = spoke
		o.Detail = d
	})
}

func (w *World) Slow(rtt float64) *World {
	takes := func(o *probe.Observation) { o.ElapsedMS = max(o.ElapsedMS, rtt) }
	return w.WakesUp(rtt).Each(Is(probe.TLSHandshake), takes).Each(Is(probe.HTTPGet), takes)
}

// WakesUp lets a line carry nothing at first, so that all handshakes, which begin together,
// take as long.
func (w *World) WakesUp(rtt float64) *World {
	return w.Each(Is(probe.TCPConnect), func(o *probe.Observation) { o.Detail = Connected(rtt) }).
		Each(Is(probe.DNSQuery), func(o *probe.Observation) { o.ElapsedMS = 2 })
}

func (w *World) Lossy(sent, lost int) *World {
	return w.Each(Is(probe.STUNBinding), func(o *probe.Observation) {
		d := Answered(sent, sent-lost)
		d.Mapped = o.Detail.(probe.ExchangeDetail).Mapped
		o.Detail = d
	})
}

func (w *World) Jittery(swing float64) *World {
	return w.Each(At("stun"), func(o *probe.Observation) {
		d := o.Detail.(probe.ExchangeDetail)
		for i := range d.RTTMS {
			d.RTTMS[i] = 40 + swing*float64(i%2)
		}
	})
}

func (w *World) Allow(cidrs ...string) *World {
	w.In.AllowedCIDRs = cidrs
	return w
}

func (w *World) Egress(op probe.Operation, address string) *World {
	return w.Each(func(o probe.Observation) bool { return o.Endpoint == "stun" && o.Operation == op }, func(o *probe.Observation) {
		d := o.Detail.(probe.ExchangeDetail)
		d.Mapped = netip.AddrPortFrom(netip.MustParseAddr(address), 4000)
		o.Detail = d
	})
}

func (w *World) oneDead(role string) *World {
	return w.Each(func(o probe.Observation) bool { return o.Endpoint == role && o.Address == Gateways[0] }, func(o *probe.Observation) {
		o.Outcome, o.Failure, o.Detail = probe.Silent, probe.Timeout, probe.ConnectDetail{Attempts: Attempts(3, probe.Silent)}
	})
}

// ClosedUDP: every address says itself that the port is closed.
func (w *World) ClosedUDP(role string) *World {
	return w.Each(At(role), func(o *probe.Observation) {
		o.Outcome, o.Failure = probe.Failed, probe.ConnectionRefused
		o.Detail = probe.ExchangeDetail{Sent: 1, ICMP: &probe.ICMPError{Offender: o.Addr(), Type: 3, Code: 3}}
	})
}

func (w *World) Directory(outcome probe.Outcome, failure probe.Failure) *World {
	w.Add("directory-dns/10.20.5.10:53/x", "directory-dns", probe.DNSQuery, "_ldap._tcp.corp.example.com", "10.20.5.10:53", outcome, failure,
		probe.DNSDetail{Resolver: "10.20.5.10:53", Name: "_ldap._tcp.corp.example.com", Type: "SRV"})
	return w
}

// First changes the observations of a role that went to one of the health host's
// addresses alone.
func (w *World) First(role string, change func(*probe.Observation)) *World {
	return w.Each(func(o probe.Observation) bool { return o.Endpoint == role && o.Address == Gateways[0] }, change)
}

func Fails(failure probe.Failure, icmp *probe.ICMPError) func(*probe.Observation) {
	return func(o *probe.Observation) {
		o.Outcome, o.Failure = probe.Failed, failure
		o.Detail = probe.ConnectDetail{ICMP: icmp, Attempts: []probe.Attempt{{ElapsedMS: 40, Outcome: probe.Failed, Failure: failure}}}
	}
}

// Unclear: the system does not tell whether a reset or an ICMP error refused.
func (w *World) Unclear(role string) *World {
	return w.Each(At(role), func(o *probe.Observation) {
		d := o.Detail.(probe.ConnectDetail)
		d.Unclear = true
		o.Detail = d
	})
}

// SweptTo adds a sweep of TCP 4172, which a router may have ended.
func (w *World) SweptTo(hops string, by *probe.ICMPError) *World {
	d := sweeptest.Heard(false, hops)
	outcome, failure := probe.OK, probe.Failure("")
	if by != nil {
		d.End, d.ICMP, outcome, failure = probe.HopICMP, by, probe.Failed, probe.AdministrativelyProhibited
	}
	w.Add("pcoip-tcp/sweep", "pcoip-tcp", probe.PathSweep, Target(HealthHost, 4172, "tcp"), Gateways[0], outcome, failure, d)
	return w
}

// Nameless makes the sweeps of a transport those of a system that does not tell who
// gave a packet up.
func (w *World) Nameless(transports ...probe.Transport) *World {
	return w.Each(func(o probe.Observation) bool {
		return o.Operation == probe.PathSweep && slices.Contains(transports, o.Transport())
	}, func(o *probe.Observation) {
		d := o.Detail.(probe.SweepDetail)
		d.Hops = slices.Clone(d.Hops)
		for i := range d.Hops {
			if d.Hops[i].Kind == probe.HopExpired {
				d.Hops[i].From = netip.Addr{}
			}
		}
		o.Detail = d
	})
}

// PublishedHop is an address of a range that AWS publishes for PCoIP gateways.
const PublishedHop = "3.217.228.9"

// Hop gives the router at a TTL another address, in every sweep.
func (w *World) Hop(ttl int, address string) *World {
	return With(w, probe.PathSweep, func(d *probe.SweepDetail) {
		for i := range d.Hops {
			if d.Hops[i].TTL == ttl && d.Hops[i].Kind == probe.HopExpired {
				d.Hops[i].From = netip.MustParseAddr(address)
			}
		}
	})
}

// Leaves gives this computer other addresses on its routes.
func (w *World) Leaves(family, source, gateway string) *World {
	return w.Each(Is(probe.HostRoute), func(o *probe.Observation) {
		o.Detail = probe.RouteDetail{Family: family, Interface: "eth0", Source: netip.MustParseAddr(source), Gateway: netip.MustParseAddr(gateway)}
	})
}

// Dropped is a world in which a port's packets end behind this hop of a way of
// these routers.
func Dropped(behind int, routers ...string) *World {
	w := Healthy().Silence("pcoip-tcp").Sweep("pcoip-tcp", behind, "").ControlSweep(5)
	for i, r := range routers {
		w.Hop(i+1, r)
	}
	return w
}

// Hidden makes the router at a TTL silent in every sweep.
func (w *World) Hidden(ttl int) *World {
	return With(w, probe.PathSweep, func(d *probe.SweepDetail) {
		for i := range d.Hops {
			if d.Hops[i].TTL == ttl {
				d.Hops[i] = probe.Hop{TTL: ttl, Sent: 2, Kind: probe.HopSilent}
			}
		}
	})
}

// Within puts this system into another computer.
func (w *World) Within(what string) *World {
	return With(w, probe.HostLinks, func(d *probe.LinksDetail) { d.Around = what })
}

// Vpn lets a VPN carry the traffic, by an interface that has no gateway.
func (w *World) Vpn() *World {
	w.Each(Is(probe.HostRoute), func(o *probe.Observation) {
		o.Detail = probe.RouteDetail{Family: "ip4", Interface: "tun0", VPN: "a TUN interface"}
	})
	w.Add("host", "", probe.HostVPN, "", "", probe.OK, "", probe.VPNDetail{Interfaces: []probe.VPNInterface{{Name: "tun0", Why: "a TUN interface", Carries: true}}})
	return w
}

func (w *World) StoodStill() *World {
	w.Add("host", "", probe.HostPauses, "", "", probe.OK, "", probe.PausesDetail{TotalMS: 500})
	return w
}

// Neighbour lets the router of the local network answer.
func (w *World) Neighbour() *World {
	return w.Also("host", probe.HostNeighbour, "192.168.50.1", probe.OK, "", probe.NeighbourDetail{State: "reachable"})
}

// ClosedAfter lets the hosts of a port say that it is closed, after this time.
func (w *World) ClosedAfter(role string, times ...float64) *World {
	i := 0
	return w.ClosedUDP(role).Each(At(role), func(o *probe.Observation) {
		d := o.Detail.(probe.ExchangeDetail)
		d.Attempts = []probe.Attempt{{ElapsedMS: times[i%len(times)], Outcome: probe.Failed, Failure: probe.ConnectionRefused}}
		o.Detail, i = d, i+1
	})
}

// NamedGatewayCloses lets the user's own gateway say that UDP 4172 is closed.
func (w *World) NamedGatewayCloses() *World {
	return w.Also("gateway-pcoip-udp/stun", probe.STUNBinding, "3.227.4.9", probe.Failed, probe.ConnectionRefused,
		probe.ExchangeDetail{Sent: 1, ICMP: &probe.ICMPError{Offender: netip.MustParseAddr("3.227.4.9"), Type: 3, Code: 3}}).
		Drop(func(o probe.Observation) bool { return o.Endpoint == "pcoip-udp" && o.Address != Gateways[0] })
}
