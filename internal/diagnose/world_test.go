package diagnose

import (
	"net/netip"
	"strconv"
	"strings"

	"wsdoctor/probe"
)

// world is a run at a healthy desk that a case then spoils: one observation for
// everything a plan would have asked, all answered after 40 ms.
type world struct {
	in   Input
	made int // observations so far, those that were taken away among them: IDs are unique
}

const (
	brokerHost = "ws-broker-service.us-east-1.amazonaws.com"
	healthHost = "drp-iad.amazonworkspaces.com"
	resolver   = "192.168.50.1:53"
	egress     = "203.0.113.10"
)

var (
	gateways = []string{"3.209.215.252", "3.212.50.30", "3.225.55.35"}
	webHosts = map[string]string{
		"broker": brokerHost, "session-broker": "skylight-cm.us-east-1.amazonaws.com", "login": "us-east-1.signin.aws",
		"directory-settings": "d21ui22avrxoh6.cloudfront.net", "pre-login": "d32i4gd7pg4909.cloudfront.net", "connectivity": "connectivity.amazonworkspaces.com",
	}
	webOrder = []string{"broker", "session-broker", "login", "directory-settings", "pre-login", "connectivity"}
	udpRoles = map[string]uint16{"pcoip-udp": 4172, "dcv-udp": 4195}
	tcpRoles = map[string]uint16{"pcoip-tcp": 4172, "dcv-tcp": 4195}
)

func healthy() *world {
	w := &world{in: Input{Vantage: "desk", Protocol: "both", Region: "us-east-1"}}
	w.add("host", "", probe.HostLinks, "", "", probe.OK, "", probe.LinksDetail{})
	w.add("host", "", probe.HostRoute, "3.209.215.252", "", probe.OK, "", probe.RouteDetail{
		Family: "ip4", Interface: "eth0", Gateway: netip.MustParseAddr("192.168.50.1"),
	})
	w.add("host", "", probe.HostResolvers, "", "", probe.OK, "", probe.ResolversDetail{})
	for i, id := range webOrder {
		address := "52.94.0." + strconv.Itoa(10+i)
		w.name(webHosts[id], address)
		w.web(id, address, false)
	}
	w.name(healthHost, gateways...)
	for _, role := range []string{"pcoip-tcp", "dcv-tcp"} {
		for _, a := range gateways {
			w.add(role+"/tcp", role, probe.TCPConnect, target(healthHost, tcpRoles[role], "tcp"), a, probe.OK, "", connected(40))
		}
	}
	for _, role := range []string{"pcoip-udp", "dcv-udp"} {
		op := probe.STUNBinding
		if role == "dcv-udp" {
			op = probe.QUICVersion
		}
		for _, a := range gateways {
			w.add(role+"/stun", role, op, target(healthHost, udpRoles[role], "udp"), a, probe.OK, "", answered(3, 3))
		}
	}
	for range 2 {
		d := answered(12, 12)
		d.Mapped = netip.MustParseAddrPort(egress + ":40000")
		w.add("stun/stun/1", "stun", probe.STUNBinding, "stun.kinesisvideo.us-east-1.amazonaws.com:443/udp", "3.4.5.6", probe.OK, "", d)
		w.add("address-echo/https/direct/1", "address-echo", probe.HTTPGet, "checkip.amazonaws.com:80/tcp", "3.4.5.7", probe.OK, "", probe.HTTPDetail{Status: 200, Healthy: true, Egress: netip.MustParseAddr(egress), ClockMS: ms(120)})
	}
	w.add("portal-http/https/direct", "portal-http", probe.HTTPGet, "clients.amazonworkspaces.com:80/tcp", "3.4.5.8", probe.OK, "", probe.HTTPDetail{Status: 301, ClockMS: ms(80)})
	return w
}

func (w *world) add(step, endpoint string, op probe.Operation, target, address string, outcome probe.Outcome, failure probe.Failure, d probe.Detail) {
	w.made++
	w.in.Observations = append(w.in.Observations, probe.Observation{
		ID: "o" + strconv.Itoa(w.made), Step: step, Endpoint: endpoint, Operation: op, Target: target, Address: address,
		ElapsedMS: 40, Outcome: outcome, Failure: failure, Detail: d,
	})
}

// name adds the system resolver's and the configured resolver's answer.
func (w *world) name(host string, addresses ...string) {
	var list []netip.Addr
	for _, a := range addresses {
		list = append(list, netip.MustParseAddr(a))
	}
	d := probe.DNSDetail{Resolver: "system", Name: host, Type: "A", RCode: "NOERROR", Addresses: list, Attempts: 1}
	w.add("dns/system/"+host+"/A", "name", probe.DNSQuery, host, "", probe.OK, "", d)
	d.Resolver, d.Transport = resolver, probe.UDP
	w.add("dns/"+resolver+"/"+host+"/A", "name", probe.DNSQuery, host, resolver, probe.OK, "", d)
}

// web adds a conversation that went well, directly or through the proxy.
func (w *world) web(id, address string, proxy bool) {
	step, host := id+"/https/direct", webHosts[id]
	t := target(host, 443, "tcp")
	if proxy {
		step = id + "/https/proxy"
		w.add(step, id, probe.ProxyConnect, t, "10.30.0.10", probe.OK, "", probe.ProxyConnectDetail{Proxy: "10.30.0.10:3128", Status: 200, Reached: "target"})
	} else {
		w.add(step, id, probe.TCPConnect, t, address, probe.OK, "", connected(40))
	}
	w.add(step, id, probe.TLSHandshake, t, address, probe.OK, "", probe.TLSDetail{ServerName: host, Root: probe.RootAmazon, SystemTrust: true, HostnameFits: true, Issuer: "Amazon Root CA 1", Chain: []probe.Certificate{{Subject: host}}})
	w.add(step, id, probe.HTTPGet, t, address, probe.OK, "", probe.HTTPDetail{Status: 200, Healthy: id == "broker", ClockMS: ms(100)})
}

// each changes every observation that fits.
func (w *world) each(fits func(probe.Observation) bool, change func(*probe.Observation)) *world {
	for i := range w.in.Observations {
		if fits(w.in.Observations[i]) {
			change(&w.in.Observations[i])
		}
	}
	return w
}

// drop takes observations away.
func (w *world) drop(fits func(probe.Observation) bool) *world {
	var kept []probe.Observation
	for _, o := range w.in.Observations {
		if !fits(o) {
			kept = append(kept, o)
		}
	}
	w.in.Observations = kept
	return w
}

// endsAt lets conversations with web hosts end at this operation with a failure.
func (w *world) endsAt(op probe.Operation, outcome probe.Outcome, failure probe.Failure, d probe.Detail, ids ...string) *world {
	order := []probe.Operation{probe.TCPConnect, probe.ProxyConnect, probe.TLSHandshake, probe.HTTPGet}
	rank := func(op probe.Operation) int {
		for i, o := range order {
			if o == op {
				return i
			}
		}
		return -1
	}
	is := at(ids...)
	w.drop(func(o probe.Observation) bool { return is(o) && rank(o.Operation) > rank(op) })
	return w.each(func(o probe.Observation) bool { return is(o) && o.Operation == op }, func(o *probe.Observation) {
		o.Outcome, o.Failure = outcome, failure
		if d != nil {
			o.Detail = d
		}
	})
}

// silence makes ports give no answer.
func (w *world) silence(ids ...string) *world {
	return w.each(at(ids...), func(o *probe.Observation) {
		o.Outcome, o.Failure = probe.Silent, probe.Timeout
		switch d := o.Detail.(type) {
		case probe.ConnectDetail:
			o.Detail = probe.ConnectDetail{Attempts: attempts(3, probe.Silent)}
		case probe.ExchangeDetail:
			o.Detail = probe.ExchangeDetail{Sent: d.Sent, Attempts: attempts(d.Sent, probe.Silent)}
		}
	})
}

// refuse makes ports answer with a failure after some milliseconds.
func (w *world) refuse(failure probe.Failure, after float64, icmp *probe.ICMPError, ids ...string) *world {
	return w.each(at(ids...), func(o *probe.Observation) {
		o.Outcome, o.Failure = probe.Failed, failure
		list := []probe.Attempt{{ElapsedMS: after, Outcome: probe.Failed, Failure: failure}}
		switch o.Detail.(type) {
		case probe.ConnectDetail:
			o.Detail = probe.ConnectDetail{Attempts: list, ICMP: icmp}
		case probe.ExchangeDetail:
			o.Detail = probe.ExchangeDetail{Sent: 1, Attempts: list, ICMP: icmp}
		}
	})
}

// dark silences everything beyond this computer.
func (w *world) dark() *world {
	w.drop(func(o probe.Observation) bool {
		return o.Operation == probe.TLSHandshake || o.Operation == probe.HTTPGet
	})
	w.silence(append(append(append([]string{}, webOrder...), allPorts...), "stun")...)
	return w.each(func(o probe.Observation) bool { return o.Operation == probe.DNSQuery }, func(o *probe.Observation) {
		d := o.Detail.(probe.DNSDetail)
		o.Outcome, o.Failure, o.Detail = probe.Silent, probe.Timeout, probe.DNSDetail{Resolver: d.Resolver, Name: d.Name, Type: d.Type}
	})
}

var allPorts = []string{"pcoip-tcp", "pcoip-udp", "dcv-tcp", "dcv-udp"}

func at(ids ...string) func(probe.Observation) bool {
	return func(o probe.Observation) bool {
		for _, id := range ids {
			if o.Endpoint == id {
				return true
			}
		}
		return false
	}
}

func is(op probe.Operation) func(probe.Observation) bool {
	return func(o probe.Observation) bool { return o.Operation == op }
}

func target(host string, port uint16, transport string) string {
	return host + ":" + strconv.Itoa(int(port)) + "/" + transport
}

func connected(rtt float64) probe.ConnectDetail {
	return probe.ConnectDetail{RTTMS: rtt, Spoke: "tls", Attempts: []probe.Attempt{{ElapsedMS: rtt, Outcome: probe.OK}}}
}

func answered(sent, got int) probe.ExchangeDetail {
	d := probe.ExchangeDetail{Sent: sent, Answered: got, Attempts: append(attempts(got, probe.OK), attempts(sent-got, probe.Silent)...)}
	for range got {
		d.RTTMS = append(d.RTTMS, 40)
	}
	return d
}

func attempts(n int, outcome probe.Outcome) []probe.Attempt {
	var list []probe.Attempt
	for range n {
		a := probe.Attempt{ElapsedMS: 40, Outcome: outcome}
		if outcome == probe.Silent {
			a.ElapsedMS, a.Failure = 300, probe.Timeout
		}
		list = append(list, a)
	}
	return list
}

func ms(v float64) *float64 { return &v }

// dnsSays makes every question end with a failure.
func (w *world) dnsSays(failure probe.Failure, which func(string) bool) *world {
	return w.each(func(o probe.Observation) bool {
		return o.Operation == probe.DNSQuery && which(o.Detail.(probe.DNSDetail).Resolver)
	}, func(o *probe.Observation) {
		d := o.Detail.(probe.DNSDetail)
		d.RCode, d.Addresses = strings.ToUpper(string(failure)), nil
		o.Outcome, o.Failure, o.Detail = probe.Failed, failure, d
	})
}

func anyResolver(string) bool { return true }
