package diagnose

import (
	"net/netip"
	"slices"
	"strconv"
	"wsdoctor/probe"
)

// What spoils a healthy world for the cases of the desk.

func (w *world) counters(role string, flat bool) *world {
	return w.counted(role, probe.CountersDetail{Sent: 32, ControlSent: 32, ControlMoved: 32, Flat: flat})
}

func (w *world) counted(role string, d probe.CountersDetail) *world {
	w.add(role+"/counters", role, probe.HostCounters, target(healthHost, udpRoles[role], "udp"), gateways[0], probe.OK, "", d)
	return w
}

// answered443 lets the broker's port be accepted from no farther than the first
// router, and says what the packet counter did meanwhile.
func (w *world) answered443(d probe.CountersDetail) *world {
	swept := probe.SweepDetail{Distance: 1, End: probe.HopSYNACK, Packets: 1, Hops: []probe.Hop{{TTL: 1, Sent: 1, Kind: probe.HopSYNACK, RTTMS: []float64{0.1}}}}
	w.add("broker/sweep", "broker", probe.PathSweep, target(brokerHost, 443, "tcp"), "52.94.0.10", probe.OK, "", swept)
	w.add("broker/counters", "broker", probe.HostCounters, target(brokerHost, 443, "tcp"), "52.94.0.10", probe.OK, "", d)
	return w
}

// knocked is the packet counter while connections to a port were opened.
func (w *world) knocked(role string, d probe.CountersDetail) *world {
	w.add(role+"/counters", role, probe.HostCounters, target(healthHost, tcpRoles[role], "tcp"), gateways[0], probe.OK, "", d)
	return w
}

// hello adds a handshake of this size that got no answer, before the good one.
func (w *world) hello(id string, size probe.HelloSize, phase probe.HelloPhase) *world {
	w.each(func(o probe.Observation) bool { return o.Endpoint == id && o.Operation == probe.TLSHandshake }, func(o *probe.Observation) {
		d := o.Detail.(probe.TLSDetail)
		d.Hello = probe.HelloSmall
		o.Detail = d
	})
	w.add(id+"/https/direct", "elsewhere", probe.TLSHandshake, target(webHosts[id], 443, "tcp"), "52.94.0.12", probe.Silent, probe.Timeout, probe.TLSDetail{Hello: size, Phase: phase})
	return w
}

func (w *world) mtu(largest int, blackHole bool) *world {
	w.add("stun/mtu", "stun", probe.PathMTU, "stun.example:443/udp", "3.4.5.6", probe.OK, "", probe.MTUDetail{Smallest: 600, Largest: largest, BlackHole: blackHole})
	return w
}

func (w *world) fromSourcePort(outcome probe.Outcome) *world {
	failure := probe.Failure("")
	if outcome == probe.Silent {
		failure = probe.Timeout
	}
	w.add("pcoip-source/stun/50002", "pcoip-source", probe.STUNBinding, target(healthHost, 4172, "udp"), gateways[0], outcome, failure, probe.ExchangeDetail{Sent: 3, Local: "192.168.50.10:50002"})
	return w
}

// pathHops are the routers of the way, from TTL 1; the destination is at TTL 5.
var pathHops = []string{"192.168.50.1", "10.20.0.1", "203.0.113.9", "52.93.0.1"}

// sweep adds a sweep whose packets were heard of up to this many hops; end is
// the answer that came at the next TTL, if one did.
func (w *world) sweep(endpoint string, last int, end probe.HopKind) *world {
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
			h = probe.Hop{TTL: ttl, Sent: 1, Kind: probe.HopExpired, From: netip.MustParseAddr(pathHops[ttl-1]), RTTMS: []float64{10}}
		case end != "":
			h = probe.Hop{TTL: ttl, Sent: 1, Kind: end, From: netip.MustParseAddr(gateways[0]), RTTMS: []float64{10}}
			if d.Distance == 0 {
				d.Distance, d.End = ttl, end
			}
		}
		d.Hops = append(d.Hops, h)
	}
	w.add(endpoint+"/sweep", endpoint, probe.PathSweep, target(healthHost, port, transport), gateways[0], probe.Silent, probe.Timeout, d)
	return w
}

// controlSweep adds the control: every hop answers, and the destination at this
// distance.
func (w *world) controlSweep(distance int) *world {
	d := probe.SweepDetail{Control: true, Distance: distance, Last: distance - 1, End: probe.HopRST, Packets: distance}
	for ttl := 1; ttl < distance; ttl++ {
		d.Hops = append(d.Hops, probe.Hop{TTL: ttl, Sent: 1, Kind: probe.HopExpired, From: netip.MustParseAddr(pathHops[ttl-1]), RTTMS: []float64{10}})
	}
	d.Hops = append(d.Hops, probe.Hop{TTL: distance, Sent: 1, Kind: probe.HopRST, From: netip.MustParseAddr(gateways[0]), RTTMS: []float64{40}})
	w.add("control/sweep", "control", probe.PathSweep, target(healthHost, 443, "tcp"), gateways[0], probe.OK, "", d)
	d.End, d.Distance, d.Hops = probe.HopSilent, 0, slices.Clone(d.Hops)
	d.Hops[distance-1] = probe.Hop{TTL: distance, Sent: 2, Kind: probe.HopSilent}
	w.add("control-udp/sweep", "control-udp", probe.PathSweep, target(healthHost, 443, "udp"), gateways[0], probe.Silent, probe.Timeout, d)
	return w
}

// cut ends connections after the handshake: so many milliseconds after the first
// data was sent.
func (w *world) cut(after float64, roles ...string) *world {
	return w.each(at(roles...), func(o *probe.Observation) {
		d := o.Detail.(probe.ConnectDetail)
		d.Spoke, d.SpokeMS = "reset", after
		o.Detail = d
	})
}

// sampled adds a port's own sample, of which some were lost.
func (w *world) sampled(role string, sent, lost int) *world {
	w.add(role+"-sample/tcp", role+"-sample", probe.TCPConnect, target(healthHost, tcpRoles[role], "tcp"), gateways[0], probe.OK, "",
		probe.ConnectDetail{Sent: sent, Answered: sent - lost, Attempts: append(attempts(sent-lost, probe.OK), attempts(lost, probe.Silent)...)})
	return w
}

func (w *world) fact(op probe.Operation, failure probe.Failure) *world {
	return w.each(is(op), func(o *probe.Observation) { o.Outcome, o.Failure = probe.Failed, failure })
}

func (w *world) also(step string, op probe.Operation, address string, outcome probe.Outcome, failure probe.Failure, d probe.Detail) *world {
	endpoint, _, _ := cutStep(step)
	w.add(step, endpoint, op, target("host.example", 4195, "tcp"), address, outcome, failure, d)
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

// withoutWeb: names failed, so nothing that needs one was tried.
func (w *world) withoutWeb() *world {
	return w.drop(func(o probe.Observation) bool {
		return slices.Contains(webOrder, o.Endpoint) && o.Operation != probe.TCPConnect
	}).
		endsAt(probe.TCPConnect, probe.Skipped, probe.NoAddress, nil, webOrder...)
}

func (w *world) clock(offset float64, hosts ...string) *world {
	return w.each(func(o probe.Observation) bool {
		return o.Operation == probe.HTTPGet && slices.Contains(hosts, o.Host())
	}, func(o *probe.Observation) {
		d := o.Detail.(probe.HTTPDetail)
		d.ClockMS = &offset
		o.Detail = d
	})
}

func (w *world) nameSays(failure probe.Failure, name string) *world {
	return w.each(func(o probe.Observation) bool { return o.Operation == probe.DNSQuery && o.Host() == name }, func(o *probe.Observation) {
		o.Outcome, o.Failure = probe.Failed, failure
	})
}

func (w *world) oneAddress(address string) *world {
	return w.each(is(probe.DNSQuery), func(o *probe.Observation) {
		d := o.Detail.(probe.DNSDetail)
		d.Addresses = []netip.Addr{netip.MustParseAddr(address)}
		o.Detail = d
	})
}

func (w *world) dnsSilent(which func(string) bool) *world {
	return w.each(func(o probe.Observation) bool {
		return o.Operation == probe.DNSQuery && which(o.Detail.(probe.DNSDetail).Resolver)
	}, func(o *probe.Observation) {
		d := o.Detail.(probe.DNSDetail)
		o.Outcome, o.Failure, o.Detail = probe.Silent, probe.Timeout, probe.DNSDetail{Resolver: d.Resolver, Name: d.Name, Type: d.Type}
	})
}

// second adds another resolver that answers everything.
func (w *world) second(server string) *world {
	for _, o := range slices.Clone(w.in.Observations) {
		if d, isDNS := o.Detail.(probe.DNSDetail); isDNS && d.Resolver == resolver {
			d.Resolver = server
			w.add("dns/"+server+"/"+d.Name, "name", probe.DNSQuery, d.Name, server, probe.OK, "", d)
		}
	}
	return w
}

func (w *world) plain(failure probe.Failure, status int, location string) *world {
	return w.each(at("portal-http", "address-echo"), func(o *probe.Observation) {
		o.Outcome, o.Failure, o.Detail = probe.Failed, failure, probe.HTTPDetail{Status: status, Location: location}
	})
}

// proxied: the client's HTTPS goes through a proxy, and direct HTTPS is shut.
func (w *world) proxied() *world {
	w.endsAt(probe.TCPConnect, probe.Silent, probe.Timeout, nil, webOrder...)
	for i, id := range webOrder {
		w.web(id, "52.94.0."+strconv.Itoa(10+i), true)
	}
	return w
}

func (w *world) accept(after float64, spoke string, ids ...string) *world {
	return w.each(at(ids...), func(o *probe.Observation) {
		d := connected(after)
		d.Spoke = spoke
		o.Detail = d
	})
}

func (w *world) slow(rtt float64) *world {
	return w.each(is(probe.TCPConnect), func(o *probe.Observation) { o.Detail = connected(rtt) }).
		each(is(probe.DNSQuery), func(o *probe.Observation) { o.ElapsedMS = 2 })
}

func (w *world) lossy(sent, lost int) *world {
	return w.each(is(probe.STUNBinding), func(o *probe.Observation) {
		d := answered(sent, sent-lost)
		d.Mapped = o.Detail.(probe.ExchangeDetail).Mapped
		o.Detail = d
	})
}

func (w *world) jittery(swing float64) *world {
	return w.each(at("stun"), func(o *probe.Observation) {
		d := o.Detail.(probe.ExchangeDetail)
		for i := range d.RTTMS {
			d.RTTMS[i] = 40 + swing*float64(i%2)
		}
	})
}

func (w *world) allow(cidrs ...string) *world {
	w.in.AllowedCIDRs = cidrs
	return w
}

func (w *world) egress(op probe.Operation, address string) *world {
	return w.each(func(o probe.Observation) bool { return o.Endpoint == "stun" && o.Operation == op }, func(o *probe.Observation) {
		d := o.Detail.(probe.ExchangeDetail)
		d.Mapped = netip.AddrPortFrom(netip.MustParseAddr(address), 4000)
		o.Detail = d
	})
}

func (w *world) oneDead(role string) *world {
	return w.each(func(o probe.Observation) bool { return o.Endpoint == role && o.Address == gateways[0] }, func(o *probe.Observation) {
		o.Outcome, o.Failure, o.Detail = probe.Silent, probe.Timeout, probe.ConnectDetail{Attempts: attempts(3, probe.Silent)}
	})
}

// closedUDP: every address says itself that the port is closed.
func (w *world) closedUDP(role string) *world {
	return w.each(at(role), func(o *probe.Observation) {
		o.Outcome, o.Failure = probe.Failed, probe.ConnectionRefused
		o.Detail = probe.ExchangeDetail{Sent: 1, ICMP: &probe.ICMPError{Offender: o.Addr(), Type: 3, Code: 3}}
	})
}

func (w *world) directory(outcome probe.Outcome, failure probe.Failure) *world {
	w.add("directory-dns/10.20.5.10:53/x", "directory-dns", probe.DNSQuery, "_ldap._tcp.corp.example.com", "10.20.5.10:53", outcome, failure,
		probe.DNSDetail{Resolver: "10.20.5.10:53", Name: "_ldap._tcp.corp.example.com", Type: "SRV"})
	return w
}
