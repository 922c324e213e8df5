package report_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

func TestNoReportHoldsSecrets(t *testing.T) {
	for in, want := range map[string]string{
		"code SLiad+ABC123, wsdub%2babcdef":                          "code SLiad+******, wsdub+******",
		"workspaces://jane@WSpdx+ABC123?MFACode=123456":              "workspaces://WSpdx+******",
		"http://user:p%40ss@proxy.example:3128/x":                    "http://proxy.example:3128/x",
		"https://login.example/a?token=abc#frag then":                "https://login.example/a then",
		"dcv://h.a2z.com:4195?gatewayToken=eyABC.def#console":        "dcv://h.a2z.com:4195",
		"h:4195 gatewayToken=s3cr3t&x=1":                             "h:4195 gatewayToken=******&x=1",
		`{"gatewayToken":"s3cr3t","a":1}`:                            `{"gatewayToken":"******","a":1}`,
		"Proxy-Authorization: Basic dXNlcjpwYXNz":                    "Proxy-Authorization: ******",
		"got Authorization: Negotiate YII=":                          "got Authorization: ******",
		"Set-Cookie: sid=1; path=/":                                  "Set-Cookie: ******",
		"bearer abcdefghijklmnopqrstuvwxyz":                          "bearer ******",
		"password: hunter2 was wrong":                                "password: ****** was wrong",
		"eyJhbGciOiJI.eyJzdWIiOiIx.c2ln":                             "******",
		"key AKIAABCDEFGHIJKLMNOP":                                   "key AKIA******",
		"the proxy wants basic authentication":                       "the proxy wants basic authentication",
		"https://ws-broker-service.eu-central-1.amazonaws.com/ping":  "https://ws-broker-service.eu-central-1.amazonaws.com/ping",
		"Sign-in works; is the clock right? Yes: https://a.example.": "Sign-in works; is the clock right? Yes: https://a.example.",
	} {
		r := report.Report{Gaps: []string{in}}
		once := r.Scrubbed()
		if once.Gaps[0] != want {
			t.Errorf("%q became %q, want %q", in, once.Gaps[0], want)
		}
		if again := once.Scrubbed(); again.Gaps[0] != once.Gaps[0] {
			t.Errorf("%q scrubbed twice became %q", once.Gaps[0], again.Gaps[0])
		}
		if r.Gaps[0] != in {
			t.Error("the original was changed")
		}
	}
}

// TestRedactedReportHoldsNoneOfTheSecrets plants random secrets in typed fields
// and in prose of random samples, and looks for them in the JSON.
func TestRedactedReportHoldsNoneOfTheSecrets(t *testing.T) {
	_, s := schema(t)
	samples := reporttest.Samples()
	kinds := []string{"healthy", "tls-inspection", "ip-access-control", "tcp-only", "captive-portal"}
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 7))
		word := func(n int) string {
			b := make([]byte, n)
			for i := range b {
				b[i] = "bcdfghjkqvwxz"[rng.IntN(13)] // no vowels: no chance hit on a word
			}
			return string(b)
		}
		ip4 := func(first ...byte) netip.Addr {
			b := [4]byte{11, byte(rng.IntN(256)), byte(rng.IntN(256)), byte(1 + rng.IntN(250))}
			copy(b[:], first)
			return netip.AddrFrom4(b)
		}
		ip6 := func(first byte) netip.Addr {
			b := [16]byte{first, 0x0a}
			for i := 2; i < 16; i++ {
				b[i] = byte(1 + rng.IntN(255))
			}
			return netip.AddrFrom16(b)
		}
		host, user, domain, proxy := word(8), word(6), word(7)+"."+word(3), word(9)+"."+word(5)
		dcHost := word(6)
		private, own, hop, own6, ula := ip4(10), ip4(23), ip4(87), ip6(0x2a), ip6(0xfd)
		directory := fmt.Sprintf("d-%010x", rng.Uint64N(1<<40))

		r := samples[kinds[rng.IntN(len(kinds))]].Scrubbed() // a copy
		r.Target.DirectoryID, r.Target.Domain = directory, domain
		r.Target.AllowedCIDRs = []string{own.String() + "/32"}
		prose := fmt.Sprintf("%s's %s (%s, [%s]:443, %s) reached %s.%s through %s:3128; login at https://%s.awsapps.com; files in C:\\Users\\%s\\x; from:%s, via %s, added:%s; host ip-%s.%s",
			user, strings.ToUpper(host), private, own6, own, dcHost, domain, proxy, directory, user, own, hop, ula, strings.ReplaceAll(private.String(), ".", "-"), domain)
		r.Verdict.Summary += " " + prose
		r.Findings = append(r.Findings, r.Findings...)
		for i := range r.Findings {
			r.Findings[i].Summary += " " + prose
		}
		r.Observations = append(r.Observations,
			probe.Observation{ID: "x1", Step: "host/links", Operation: probe.HostLinks, Outcome: probe.OK, Detail: probe.LinksDetail{Interfaces: []probe.Interface{
				{Name: "eth0", Addresses: []netip.Prefix{netip.PrefixFrom(private, 24), netip.PrefixFrom(own6, 64), netip.PrefixFrom(ula, 64)}}}}},
			probe.Observation{ID: "x2", Step: "host/proxy", Operation: probe.HostProxy, Outcome: probe.OK, Detail: probe.ProxyDetail{
				HTTPS: "http://" + proxy + ":3128", PAC: "http://wpad." + domain + "/p.pac", Script: []probe.ScriptedProxy{{Host: "a.amazonaws.com", Proxy: "http://" + proxy + ":3128"}}, NoProxy: "." + domain + "," + private.String()}},
			probe.Observation{ID: "x3", Step: "stun", Operation: probe.STUNBinding, Target: "stun.example.net:3478/udp", Address: hop.String(), Outcome: probe.OK,
				Detail: probe.ExchangeDetail{Local: private.String() + ":5000", Mapped: netip.AddrPortFrom(own, 5000), ICMP: &probe.ICMPError{Offender: hop}}},
			probe.Observation{ID: "x4", Step: "dns/" + private.String(), Operation: probe.DNSQuery, Target: "_ldap._tcp." + domain, Outcome: probe.OK, Detail: probe.DNSDetail{
				Resolver: private.String() + ":53", Name: "_ldap._tcp." + domain, Services: []string{dcHost + "." + domain + ":389"}}},
			probe.Observation{ID: "x5", Step: "host", Operation: probe.HostNamePolicy, Outcome: probe.OK, Detail: probe.NamePolicyDetail{Source: "local", Rules: 2, Holds: []probe.NamePolicyRule{
				{Namespace: "." + domain, Names: []string{dcHost + "." + domain}, Servers: []string{private.String(), host + "." + domain}}}}},
		)
		b := encoded(t, report.NewRedactor(report.Names{Hosts: []string{host + "." + domain}, Users: []string{user}}).Report(r))
		if err := s.Validate(object(t, b)); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for name, secret := range map[string]string{
			"host": host, "user": user, "domain": domain, "proxy": proxy, "host in the domain": dcHost, "directory": directory, "private address": private.String(),
			"own address": own.String(), "router": hop.String(), "own IPv6": own6.String(), "unique local": ula.String(),
			"dashed address": strings.ReplaceAll(private.String(), ".", "-"),
		} {
			if at := bytes.Index(bytes.ToLower(b), []byte(secret)); at >= 0 {
				t.Fatalf("seed %d: %s %q in ...%s...", seed, name, secret, b[max(0, at-60):min(len(b), at+60)])
			}
		}
		if !strings.Contains(string(b), "_ldap._tcp.domain-") {
			t.Fatalf("seed %d: the kind of the SRV record is gone", seed)
		}
	}
}

// This is how reports were redacted before there were languages.
const firstRedactionGap = "Names and addresses of this computer, its user and its network were replaced on request. " +
	"Where an address must stand, private-N is written 192.0.2.N or 2001:db8:1::N, egress-N 198.51.100.N or 2001:db8:2::N, " +
	"and public-N 203.0.113.N or 2001:db8:3::N. Rules that depend on these addresses cannot be run on this report again."

func TestAReportThatWasRedactedIsKnownInEveryLanguage(t *testing.T) {
	if !report.IsRedactionGap(firstRedactionGap) {
		t.Error("stored reports are no longer known as redacted")
	}
	seen := map[string]bool{}
	for _, name := range words.Languages() {
		c, _ := words.In(name)
		r := reporttest.Samples()["healthy"]
		r.Lang = name
		r = report.NewRedactor(report.Names{Users: []string{"n"}}).Report(r)
		if !r.IsRedacted() || !slices.Contains(r.Gaps, report.RedactionGap(c)) || seen[report.RedactionGap(c)] {
			t.Errorf("%s: %q", name, r.Gaps)
		}
		seen[report.RedactionGap(c)] = true
		r.Lang = words.Default // as when it is told again
		if again := report.NewRedactor(report.Names{}).Report(r); len(again.Gaps) != len(r.Gaps) || !again.IsRedacted() {
			t.Errorf("%s: redacted twice it says %q", name, again.Gaps)
		}
	}
}

// The name server that somebody's provider or company runs is not AWS's, although the
// route to it is asked for as those to AWS's hosts are.
func TestANameServersRouteDoesNotTellWhoseItIs(t *testing.T) {
	r := reporttest.Samples()["healthy"]
	server := netip.MustParseAddr("87.65.43.21")
	r.Observations = append(r.Observations,
		probe.Observation{ID: "x1", Step: "host", Operation: probe.HostRoute, Target: server.String(), Outcome: probe.OK, Detail: probe.RouteDetail{
			Family: "ip4", Destination: server, Endpoint: "resolver", Interface: "eth0"}},
		probe.Observation{ID: "x2", Step: "host", Operation: probe.HostRoute, Target: "52.1.2.3:4172/tcp", Outcome: probe.OK, Detail: probe.RouteDetail{
			Family: "ip4", Destination: netip.MustParseAddr("52.1.2.3"), Endpoint: "pcoip-tcp", Interface: "eth0"}},
	)
	b := string(encoded(t, report.NewRedactor(report.Names{}).Report(r)))
	if strings.Contains(b, server.String()) || !strings.Contains(b, `"destination": "52.1.2.3"`) {
		t.Error(b)
	}
}

// A version may look like an address; it is nobody's, in prose neither.
func TestVersionsOfProductsStay(t *testing.T) {
	r := reporttest.Samples()["host-firewall"]
	r.Observations = append(r.Observations, probe.Observation{ID: "x1", Step: "host", Operation: probe.HostSoftware, Outcome: probe.OK, Detail: probe.SoftwareDetail{
		Looked: []string{"processes"}, Products: []probe.Product{{Name: "Zscaler Client Connector", Version: "4.3.0.190", Running: true, Kinds: []probe.SoftwareKind{probe.VPN},
			Signs: []probe.SoftwareSign{{In: "process", Name: "ZSATunnel"}}}}}})
	r.Verdict.Summary += " Zscaler Client Connector 4.3.0.190 runs here."
	out := report.NewRedactor(report.Names{Users: []string{"zsatunnel"}}).Report(r)
	b := string(encoded(t, out))
	for _, want := range []string{`"version": "4.3.0.190"`, "Connector 4.3.0.190 runs here.", `"name": "ZSATunnel"`} {
		if !strings.Contains(b, want) {
			t.Errorf("no %s in\n%s", want, b)
		}
	}
}

func TestRedactedReportKeepsWhatHelps(t *testing.T) {
	r := reporttest.Samples()["tls-inspection"]
	r.Observations = append(r.Observations, reporttest.Samples()["ip-access-control"].Observations...)
	r.Gaps = []string{`cannot read /home/wxyz or C:\Users\Jane Doe\x.json, so nothing is known`}
	r.Verdict.Summary = "Your public address 203.0.113.77 is new to 8.8.8.8; 10.1.20.34 is private. Again 203.0.113.77."
	out := report.NewRedactor(report.Names{Users: []string{"broker", "root"}}).Report(r)
	b := string(encoded(t, out))
	for _, want := range []string{
		"52.59.127.20", "ws-broker-service.eu-central-1.amazonaws.com", `"name": "eth0"`, `"endpoint": "broker"`, "127.0.0.1/8",
		"Your public address egress-1 is new to 8.8.8.8; private-1 is private. Again egress-1.", `"egress": "198.51.100.1"`, `"body": "198.51.100.1"`,
		`"mapped": "198.51.100.1:40112"`, "http://proxy-1.example:3128", "CN=Example Web Security CA",
		`cannot read /home/user or C:\\Users\\user\\x.json, so nothing is known`,
	} {
		if !strings.Contains(b, want) {
			t.Errorf("no %s in\n%s", want, b)
		}
	}
	if !out.IsRedacted() {
		t.Error("the report does not say that it was redacted")
	}
	if n := strings.Count(string(encoded(t, report.NewRedactor(names).Report(out))), "replaced on request"); n != 1 {
		t.Errorf("redacted twice, it says so %d times", n)
	}
}

func TestRedactedStreamUsesTheReportsPseudonyms(t *testing.T) {
	r := reporttest.Samples()["ip-access-control"]
	var out bytes.Buffer
	e := report.NewEncoder(&out, report.NewRedactor(names))
	for _, o := range r.Observations {
		if err := e.Write(report.ObservationLine(o)); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Write(report.DoneLine(r)); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	done := object(t, []byte(lines[len(lines)-1]))["report"].(map[string]any)["observations"].([]any)
	for i, line := range lines[:len(lines)-1] {
		alone, inReport := object(t, []byte(line))["observation"], done[i]
		if fmt.Sprint(alone) != fmt.Sprint(inReport) {
			t.Errorf("observation %d differs:\n%v\n%v", i, alone, inReport)
		}
	}
	for _, secret := range []string{"10.1.20.34", "203.0.113.77", "10.1.0.53"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%s in the stream", secret)
		}
	}
}
