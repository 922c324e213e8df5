package diagnosetest

import (
	"net/netip"
	"strconv"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/probe"
)

// World is a run at a healthy desk that a case then spoils: one observation for
// everything a plan would have asked, all answered after 40 ms.
type World struct {
	In   facts.Input
	made int // observations so far, those that were taken away among them: IDs are unique
}

const (
	BrokerHost = "ws-broker-service.us-east-1.amazonaws.com"
	HealthHost = "drp-iad.amazonworkspaces.com"
	Resolver   = "192.168.50.1:53"
	Egress     = "203.0.113.10"
)

var (
	Gateways = []string{"3.209.215.252", "3.212.50.30", "3.225.55.35"}
	WebHosts = map[string]string{
		"broker": BrokerHost, "session-broker": "skylight-cm.us-east-1.amazonaws.com", "login": "us-east-1.signin.aws",
		"directory-settings": "d21ui22avrxoh6.cloudfront.net", "pre-login": "d32i4gd7pg4909.cloudfront.net", "connectivity": "connectivity.amazonworkspaces.com",
	}
	WebOrder = []string{"broker", "session-broker", "login", "directory-settings", "pre-login", "connectivity"}
	udpRoles = map[string]uint16{"pcoip-udp": 4172, "dcv-udp": 4195}
	tcpRoles = map[string]uint16{"pcoip-tcp": 4172, "dcv-tcp": 4195}
)

func Healthy() *World {
	w := &World{In: facts.Input{Vantage: "desk", Protocol: "both", Region: "us-east-1"}}
	w.Add("host", "", probe.HostLinks, "", "", probe.OK, "", probe.LinksDetail{})
	w.Add("host", "", probe.HostRoute, "3.209.215.252", "", probe.OK, "", probe.RouteDetail{
		Family: "ip4", Interface: "eth0", Gateway: netip.MustParseAddr("192.168.50.1"),
	})
	w.Add("host", "", probe.HostResolvers, "", "", probe.OK, "", probe.ResolversDetail{})
	for i, id := range WebOrder {
		address := "52.94.0." + strconv.Itoa(10+i)
		w.Name(WebHosts[id], address)
		w.web(id, address, false)
	}
	w.Name(HealthHost, Gateways...)
	for _, role := range []string{"pcoip-tcp", "dcv-tcp"} {
		for _, a := range Gateways {
			w.Add(role+"/tcp", role, probe.TCPConnect, Target(HealthHost, tcpRoles[role], "tcp"), a, probe.OK, "", Connected(40))
		}
	}
	for _, role := range []string{"pcoip-udp", "dcv-udp"} {
		op := probe.STUNBinding
		if role == "dcv-udp" {
			op = probe.QUICVersion
		}
		for _, a := range Gateways {
			w.Add(role+"/stun", role, op, Target(HealthHost, udpRoles[role], "udp"), a, probe.OK, "", Answered(3, 3))
		}
	}
	for range 2 {
		d := Answered(12, 12)
		d.Mapped = netip.MustParseAddrPort(Egress + ":40000")
		w.Add("stun/stun/1", "stun", probe.STUNBinding, "stun.kinesisvideo.us-east-1.amazonaws.com:443/udp", "3.4.5.6", probe.OK, "", d)
		w.Add("address-echo/https/direct/1", "address-echo", probe.HTTPGet, "checkip.amazonaws.com:80/tcp", "3.4.5.7", probe.OK, "", probe.HTTPDetail{Status: 200, Healthy: true, Egress: netip.MustParseAddr(Egress), ClockMS: MS(120)})
	}
	w.Add("portal-http/https/direct", "portal-http", probe.HTTPGet, "clients.amazonworkspaces.com:80/tcp", "3.4.5.8", probe.OK, "", probe.HTTPDetail{Status: 301, ClockMS: MS(80)})
	return w
}

func (w *World) Add(step, endpoint string, op probe.Operation, target, address string, outcome probe.Outcome, failure probe.Failure, d probe.Detail) {
	w.made++
	w.In.Observations = append(w.In.Observations, probe.Observation{
		ID: "o" + strconv.Itoa(w.made), Step: step, Endpoint: endpoint, Operation: op, Target: target, Address: address,
		ElapsedMS: 40, Outcome: outcome, Failure: failure, Detail: d,
	})
}

// Name adds the system resolver's and the configured resolver's answer.
func (w *World) Name(host string, addresses ...string) {
	var list []netip.Addr
	for _, a := range addresses {
		list = append(list, netip.MustParseAddr(a))
	}
	d := probe.DNSDetail{Resolver: "system", Name: host, Type: "A", RCode: "NOERROR", Addresses: list, Attempts: 1}
	w.Add("dns/system/"+host+"/A", "name", probe.DNSQuery, host, "", probe.OK, "", d)
	d.Resolver, d.Transport = Resolver, probe.UDP
	w.Add("dns/"+Resolver+"/"+host+"/A", "name", probe.DNSQuery, host, Resolver, probe.OK, "", d)
}

// web adds a conversation that went well, directly or through the proxy.
func (w *World) web(id, address string, proxy bool) {
	step, host := id+"/https/direct", WebHosts[id]
	t := Target(host, 443, "tcp")
	if proxy {
		step = id + "/https/proxy"
		w.Add(step, id, probe.ProxyConnect, t, "10.30.0.10", probe.OK, "", probe.ProxyConnectDetail{Proxy: "10.30.0.10:3128", Status: 200, Reached: "target"})
	} else {
		w.Add(step, id, probe.TCPConnect, t, address, probe.OK, "", Connected(40))
	}
	w.Add(step, id, probe.TLSHandshake, t, address, probe.OK, "", probe.TLSDetail{ServerName: host, Root: probe.RootAmazon, SystemTrust: true, HostnameFits: true, Issuer: "Amazon Root CA 1", Chain: []probe.Certificate{{Subject: host}}})
	w.Add(step, id, probe.HTTPGet, t, address, probe.OK, "", probe.HTTPDetail{Status: 200, Healthy: id == "broker", ClockMS: MS(100)})
}

// Each changes every observation that fits.
func (w *World) Each(fits func(probe.Observation) bool, change func(*probe.Observation)) *World {
	for i := range w.In.Observations {
		if fits(w.In.Observations[i]) {
			change(&w.In.Observations[i])
		}
	}
	return w
}

// Drop takes observations away.
func (w *World) Drop(fits func(probe.Observation) bool) *World {
	var kept []probe.Observation
	for _, o := range w.In.Observations {
		if !fits(o) {
			kept = append(kept, o)
		}
	}
	w.In.Observations = kept
	return w
}

// EndsAt lets conversations with web hosts end at this operation with a failure.
func (w *World) EndsAt(op probe.Operation, outcome probe.Outcome, failure probe.Failure, d probe.Detail, ids ...string) *World {
	order := []probe.Operation{probe.TCPConnect, probe.ProxyConnect, probe.TLSHandshake, probe.HTTPGet}
	rank := func(op probe.Operation) int {
		for i, o := range order {
			if o == op {
				return i
			}
		}
		return -1
	}
	is := At(ids...)
	w.Drop(func(o probe.Observation) bool { return is(o) && rank(o.Operation) > rank(op) })
	return w.Each(func(o probe.Observation) bool { return is(o) && o.Operation == op }, func(o *probe.Observation) {
		o.Outcome, o.Failure = outcome, failure
		if d != nil {
			o.Detail = d
		}
	})
}

// Silence makes ports give no answer.
func (w *World) Silence(ids ...string) *World {
	return w.Each(At(ids...), func(o *probe.Observation) {
		o.Outcome, o.Failure = probe.Silent, probe.Timeout
		switch d := o.Detail.(type) {
		case probe.ConnectDetail:
			o.Detail = probe.ConnectDetail{Attempts: Attempts(3, probe.Silent)}
		case probe.ExchangeDetail:
			o.Detail = probe.ExchangeDetail{Sent: d.Sent, Attempts: Attempts(d.Sent, probe.Silent)}
		}
	})
}

// Refuse makes ports answer with a failure after some milliseconds.
func (w *World) Refuse(failure probe.Failure, after float64, icmp *probe.ICMPError, ids ...string) *World {
	return w.Each(At(ids...), func(o *probe.Observation) {
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

// Dark silences everything beyond this computer.
func (w *World) Dark() *World {
	return w.Unheard().Each(func(o probe.Observation) bool { return o.Operation == probe.DNSQuery }, func(o *probe.Observation) {
		d := o.Detail.(probe.DNSDetail)
		o.Outcome, o.Failure, o.Detail = probe.Silent, probe.Timeout, probe.DNSDetail{Resolver: d.Resolver, Name: d.Name, Type: d.Type}
	})
}

// Unheard lets nothing beyond the name servers answer.
func (w *World) Unheard() *World {
	w.Drop(func(o probe.Observation) bool {
		return o.Operation == probe.TLSHandshake || o.Operation == probe.HTTPGet
	})
	return w.Silence(append(append(append([]string{}, WebOrder...), AllPorts...), "stun")...)
}

var AllPorts = []string{"pcoip-tcp", "pcoip-udp", "dcv-tcp", "dcv-udp"}

func At(ids ...string) func(probe.Observation) bool {
	return func(o probe.Observation) bool {
		for _, id := range ids {
			if o.Endpoint == id {
				return true
			}
		}
		return false
	}
}

func Is(op probe.Operation) func(probe.Observation) bool {
	return func(o probe.Observation) bool { return o.Operation == op }
}

func Target(host string, port uint16, transport string) string {
	return host + ":" + strconv.Itoa(int(port)) + "/" + transport
}

func Connected(rtt float64) probe.ConnectDetail {
	return probe.ConnectDetail{RTTMS: rtt, Spoke: "tls", Attempts: []probe.Attempt{{ElapsedMS: rtt, Outcome: probe.OK}}}
}

func Answered(sent, got int) probe.ExchangeDetail {
	d := probe.ExchangeDetail{Sent: sent, Answered: got, Attempts: append(Attempts(got, probe.OK), Attempts(sent-got, probe.Silent)...)}
	for range got {
		d.RTTMS = append(d.RTTMS, 40)
	}
	return d
}

func Attempts(n int, outcome probe.Outcome) []probe.Attempt {
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

func MS(v float64) *float64 { return &v }

// dnsSays makes every question end with a failure.
func (w *World) dnsSays(failure probe.Failure, which func(string) bool) *World {
	return w.Each(func(o probe.Observation) bool {
		return o.Operation == probe.DNSQuery && which(o.Detail.(probe.DNSDetail).Resolver)
	}, func(o *probe.Observation) {
		d := o.Detail.(probe.DNSDetail)
		d.RCode, d.Addresses = strings.ToUpper(string(failure)), nil
		o.Outcome, o.Failure, o.Detail = probe.Failed, failure, d
	})
}

func AnyResolver(string) bool { return true }

func Codes(list []finding.Finding) string {
	var out []string
	for _, f := range list {
		s := f.Code + ":" + string(f.Severity)
		if f.SuppressedBy != nil {
			s += "<" + *f.SuppressedBy
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

// QuicControl adds what came of QUIC on UDP 443.
func (w *World) QuicControl(outcome probe.Outcome, failure probe.Failure, d probe.ExchangeDetail) *World {
	w.Add("quic-control/quic", "quic-control", probe.QUICVersion, Target(WebHosts["directory-settings"], 443, "udp"), "52.94.0.13", outcome, failure, d)
	return w
}
