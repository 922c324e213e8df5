package reporttest

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// Addresses and names that every sample uses.
const (
	ownAddress  = "10.1.20.34"
	router      = "10.1.20.1"
	resolver    = "10.1.0.53"
	egress      = "203.0.113.77"
	brokerHost  = "ws-broker-service.eu-central-1.amazonaws.com"
	brokerAddr  = "52.59.127.20"
	healthHost  = "drp-fra.amazonworkspaces.com"
	healthAddr  = "52.59.127.106"
	echoHost    = "checkip.amazonaws.com"
	echoAddr    = "52.214.40.161"
	ownDomain   = "corp.example.org"
	brokerPing  = "https://" + brokerHost + "/ping"
	plainEchoIP = "https://" + echoHost + "/"
)

// sample is a report under construction. Observations get their IDs in order.
type sample struct {
	r  report.Report
	at float64 // ms since the start of the run
}

func begin(id string) *sample {
	return &sample{r: report.Report{
		Schema: report.Schema,
		Tool:   report.Tool{Version: "0.1.0", Commit: "0123abc", Go: "go1.26.8"},
		Run: report.Run{
			ID: id, Vantage: "desk", StartedAt: time.Date(2026, 11, 23, 14, 5, 6, 0, time.UTC),
			OS: "linux", Arch: "amd64", DurationMS: 412.7,
		},
		Target: report.Target{Region: "eu-central-1", Protocol: "both", Registration: "WSfra+******", DirectoryID: "d-9067012345"},
	}}
}

// see adds an observation that started 4 ms after the one before.
func (s *sample) see(step, endpoint string, op probe.Operation, target, address string, elapsed float64, outcome probe.Outcome, failure probe.Failure, d probe.Detail) string {
	s.at += 4
	id := fmt.Sprintf("o%d", len(s.r.Observations)+1)
	s.r.Observations = append(s.r.Observations, probe.Observation{
		ID: id, Step: step, Endpoint: endpoint, Operation: op, Target: target, Address: address,
		StartedMS: s.at, ElapsedMS: elapsed, Elapsed: time.Duration(elapsed * float64(time.Millisecond)),
		Outcome: outcome, Failure: failure, Detail: d,
	})
	return id
}

// hostFacts adds what the computer says of itself.
func (s *sample) hostFacts() {
	s.see("host/links", "", probe.HostLinks, "", "", 0.2, probe.OK, "", probe.LinksDetail{Interfaces: []probe.Interface{
		{Name: "lo", Index: 1, Up: true, Carrier: true, Loopback: true, MTU: 65536, Addresses: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8")}},
		{Name: "eth0", Index: 2, Up: true, Carrier: true, MTU: 1500, Addresses: []netip.Prefix{netip.MustParsePrefix(ownAddress + "/24")}},
	}})
	s.see("host/routes", "", probe.HostRoute, healthAddr, "", 0.1, probe.OK, "", probe.RouteDetail{
		Family: "ip4", Destination: addr(healthAddr), Interface: "eth0", Gateway: addr(router), Source: addr(ownAddress),
		Endpoint: "pcoip-tcp", Transport: probe.TCP, Port: 4172,
	})
	s.see("host/resolvers", "", probe.HostResolvers, "", "", 0.1, probe.OK, "", probe.ResolversDetail{
		Servers: []netip.AddrPort{netip.MustParseAddrPort(resolver + ":53")}, Search: []string{ownDomain}, Source: "/etc/resolv.conf",
	})
}

// name adds a resolved name.
func (s *sample) name(host, address string, ms float64) string {
	return s.see("name/"+host, "name", probe.DNSQuery, host, "", ms, probe.OK, "", probe.DNSDetail{
		Resolver: "system", Name: host, Type: "A", RCode: "NOERROR", Addresses: []netip.Addr{addr(address)}, Attempts: 1,
	})
}

func (s *sample) connect(endpoint, host string, port int, address string, ms float64) string {
	return s.see(endpoint+"/tcp", endpoint, probe.TCPConnect, fmt.Sprintf("%s:%d/tcp", host, port), address, ms, probe.OK, "", probe.ConnectDetail{
		Attempts: []probe.Attempt{{ElapsedMS: ms, Outcome: probe.OK}}, RTTMS: ms, Local: ownAddress,
	})
}

func (s *sample) connectFails(endpoint, host string, port int, address string, ms float64, outcome probe.Outcome, failure probe.Failure, icmp *probe.ICMPError, words string) string {
	tries := []probe.Attempt{{ElapsedMS: ms, Outcome: outcome, Failure: failure}}
	if outcome == probe.Silent {
		tries = append(tries, probe.Attempt{AtMS: 30, ElapsedMS: ms - 30, Outcome: outcome, Failure: failure})
	}
	return s.see(endpoint+"/tcp", endpoint, probe.TCPConnect, fmt.Sprintf("%s:%d/tcp", host, port), address, ms, outcome, failure, probe.ConnectDetail{
		Attempts: tries, Local: ownAddress, ICMP: icmp, Error: words,
	})
}

func (s *sample) udp(endpoint string, port int, ms float64) string {
	return s.see(endpoint+"/stun", endpoint, probe.STUNBinding, fmt.Sprintf("%s:%d/udp", healthHost, port), healthAddr, ms, probe.OK, "", probe.ExchangeDetail{
		Sent: 1, Answered: 1, Attempts: []probe.Attempt{{ElapsedMS: ms, Outcome: probe.OK}}, RTTMS: []float64{ms}, Local: ownAddress,
		Mapped: netip.MustParseAddrPort(egress + ":40112"),
	})
}

func (s *sample) udpSilent(endpoint string, port int) string {
	return s.see(endpoint+"/stun", endpoint, probe.STUNBinding, fmt.Sprintf("%s:%d/udp", healthHost, port), healthAddr, 250, probe.Silent, probe.Timeout, probe.ExchangeDetail{
		Sent: 3, Local: ownAddress, Attempts: []probe.Attempt{
			{ElapsedMS: 250, Outcome: probe.Silent, Failure: probe.Timeout},
			{AtMS: 30, ElapsedMS: 220, Outcome: probe.Silent, Failure: probe.Timeout},
			{AtMS: 60, ElapsedMS: 190, Outcome: probe.Silent, Failure: probe.Timeout},
		},
	})
}

func (s *sample) tls(endpoint, host, address string, ms float64) string {
	return s.see(endpoint+"/https", endpoint, probe.TLSHandshake, host+":443/tcp", address, ms, probe.OK, "", probe.TLSDetail{
		ServerName: host, Version: "TLS 1.3", ALPN: "http/1.1", Root: probe.RootAmazon, SystemTrust: true, HostnameFits: true,
		Issuer: "CN=Amazon Root CA 1,O=Amazon,C=US",
	})
}

func (s *sample) ping(ms float64) string {
	clock := 120.0
	return s.see("broker/https", "broker", probe.HTTPGet, brokerHost+":443/tcp", brokerAddr, ms, probe.OK, "", probe.HTTPDetail{
		URL: brokerPing, Status: 200, Date: "2026-11-23T14:05:06Z", ClockMS: &clock, BodyBytes: 7, Body: "healthy", Healthy: true,
	})
}

func (s *sample) echo(ms float64) string {
	return s.see("address-echo/https", "address-echo", probe.HTTPGet, echoHost+":443/tcp", echoAddr, ms, probe.OK, "", probe.HTTPDetail{
		URL: plainEchoIP, Status: 200, BodyBytes: 13, Body: egress, Healthy: true, Egress: addr(egress),
	})
}

// signIn adds a broker that answers as it should.
func (s *sample) signIn(ms float64) []string {
	return []string{
		s.name(brokerHost, brokerAddr, 8), s.connect("broker", brokerHost, 443, brokerAddr, ms),
		s.tls("broker", brokerHost, brokerAddr, 2*ms), s.ping(ms),
	}
}

// find adds a finding and gives it back for the verdict.
func (s *sample) find(code string, id layer.ID, severity finding.Severity, confidence finding.Confidence, summary string, supports, contradicts []string) report.Finding {
	f := report.Finding{Code: code, Layer: id, Severity: severity, Confidence: confidence, Summary: summary, Supports: supports, Contradicts: contradicts}
	s.r.Findings = append(s.r.Findings, f)
	return f
}

// hide marks the newest finding as a symptom of another.
func (s *sample) hide(code string) { s.r.Findings[len(s.r.Findings)-1].SuppressedBy = &code }

// decide sets a verdict that names a layer.
func (s *sample) decide(status finding.Status, f report.Finding, p finding.Protocols, remedy ...string) *report.Verdict {
	l, _ := layer.Get(f.Layer)
	s.r.Verdict = report.Verdict{
		Status: status, Layer: &l.ID, Code: f.Code, Confidence: f.Confidence, Summary: f.Summary, Owner: words.English().Tell(words.Owner(l.Owner)), Remedy: remedy, Protocols: p,
	}
	return &s.r.Verdict
}

// finish sets the layers: those named, and the rest of the desk's as they say.
func (s *sample) finish(states map[layer.ID]finding.LayerStatus) report.Report {
	v := &s.r.Verdict
	v.Split()
	if v.ProtocolsSeen == (finding.ProtocolsSeen{}) {
		v.ProtocolsSeen = finding.ProtocolsSeen{PCoIP: seen(v.Protocols.PCoIP), DCV: seen(v.Protocols.DCV)}
	}
	s.r.Layers = nil
	for _, l := range layer.All {
		state := finding.LayerState{ID: l.ID, Status: finding.LayerNotTested}
		if status, set := states[l.ID]; set {
			state.Status = status
		}
		for i, f := range s.r.Findings {
			if f.Layer == l.ID {
				state.Findings = append(state.Findings, i)
			}
		}
		s.r.Layers = append(s.r.Layers, state)
	}
	if s.r.Run.Vantage == "desk" {
		s.r.Gaps = slices.Concat([]string{"The system does not tell which firewall rules it has without administrator rights."}, s.r.Gaps)
	}
	return s.r
}

// seen is how far a protocol's way was shown where a sample does not say.
func seen(state finding.ProtocolState) finding.Seen {
	if state == finding.ProtocolOK || state == finding.ProtocolDegraded {
		return finding.SeenHost
	}
	return finding.SeenNothing
}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func text(s string) *string { return &s }
