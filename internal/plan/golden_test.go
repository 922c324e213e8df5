package plan_test

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/plan"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

var update = flag.Bool("update", false, "write the golden plans anew")

// golden are the plans worth reading in a review: the plain one, and one for
// everything that shapes a plan. Those of us-east-1 are kept as what differs from
// the plain one.
var golden = []struct {
	name   string
	region string
	change func(*plan.Input)
}{
	{"both", "us-east-1", func(*plan.Input) {}},
	{"dcv", "us-east-1", func(in *plan.Input) { in.Options.Protocol = "dcv" }},
	{"pcoip", "us-east-1", func(in *plan.Input) { in.Options.Protocol = "pcoip" }},
	{"ipv6", "us-east-1", func(in *plan.Input) { in.Facts.HasIPv6 = true }},
	{"ipv6-only", "us-east-1", func(in *plan.Input) { in.Facts.HasIPv4, in.Facts.HasIPv6 = false, true }},
	{"windows", "us-east-1", func(in *plan.Input) { in.OS = "windows" }},
	{"proxy", "us-east-1", func(in *plan.Input) { in.ProxyFor = proxyForHTTPS }},
	{"no-resolvers", "us-east-1", func(in *plan.Input) { in.Facts.Resolvers.Servers = nil }},
	{"three-resolvers", "us-east-1", func(in *plan.Input) {
		in.Facts.Resolvers.Servers = resolvers("192.168.50.1", "2001:db8::53", "fe80::1%eth0", "10.9.9.9")
	}},
	{"resolver-twice", "us-east-1", func(in *plan.Input) { in.Facts.Resolvers.Servers = resolvers("192.168.50.1", "192.168.50.1") }},
	{"gateway-host", "us-east-1", func(in *plan.Input) { in.Options.Gateway = plan.Gateway{Host: "gw.corp.example.com"} }},
	{"gateway-literal", "us-east-1", func(in *plan.Input) { in.Options.Gateway = plan.Gateway{Host: "2001:db8::7", Port: 4195} }},
	{"gateway-dcv-only", "us-east-1", func(in *plan.Input) {
		in.Options.Protocol, in.Options.Gateway = "dcv", plan.Gateway{Host: "10.1.2.3"}
	}},
	{"directory-dns", "us-east-1", func(in *plan.Input) {
		in.Options.Domain = "corp.example.com"
		in.Options.DirectoryDNS = []netip.Addr{netip.MustParseAddr("10.0.0.10"), netip.MustParseAddr("10.0.1.10"), netip.MustParseAddr("10.0.0.10")}
	}},
	{"directory-id", "eu-central-1", func(in *plan.Input) { in.Options.DirectoryID = "d-906734e1b2" }},
	{"no-egress", "us-east-1", func(in *plan.Input) { in.Options.NoEgress = true }},
	{"thin-region", "us-east-2", func(*plan.Input) {}},
	{"no-endpoints", "cn-northwest-1", func(*plan.Input) {}},
	{"govcloud", "us-gov-west-1", func(*plan.Input) {}},
}

func load(t *testing.T) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// input is an ordinary computer: IPv4, one resolver, no proxy, nothing asked for.
func input(t *testing.T, region string) plan.Input {
	t.Helper()
	r, err := load(t).Find(region)
	if err != nil {
		t.Fatal(err)
	}
	return plan.Input{
		Region:  r,
		OS:      "linux",
		Facts:   probe.HostFacts{HasIPv4: true, Resolvers: probe.ResolversDetail{Servers: resolvers("192.168.50.1")}},
		Options: plan.Options{Protocol: "both", Timeout: 10 * time.Second},
	}
}

func resolvers(addresses ...string) (list []netip.AddrPort) {
	for _, a := range addresses {
		list = append(list, netip.AddrPortFrom(netip.MustParseAddr(a), 53))
	}
	return list
}

func proxyForHTTPS(_ probe.ProxyDetail, scheme, _ string, _ uint16) string {
	if scheme == "https" {
		return "http://proxy.example.com:3128"
	}
	return ""
}

func TestPlansAreAsReviewed(t *testing.T) {
	plain := show(plan.Make(input(t, "us-east-1")))
	expected := map[string]bool{}
	for _, g := range golden {
		t.Run(g.name, func(t *testing.T) {
			in := input(t, g.region)
			g.change(&in)
			got := show(plan.Make(in))
			if g.region == "us-east-1" && g.name != "both" {
				got = differences(plain, got)
			}
			file := filepath.Join("testdata", g.name+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v; go test ./internal/plan -update writes it", err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("the plan changed (-want +got); if that is meant, go test ./internal/plan -update:\n%s", diff)
			}
		})
		expected[g.name+".txt"] = true
	}
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range goldenInside {
		expected["inside-"+g.name+".txt"] = true
	}
	for _, f := range files {
		if !expected[f.Name()] {
			t.Errorf("testdata/%s belongs to no golden plan", f.Name())
		}
	}
}

// differences are the lines that only one of two plans has: a plan's lines are
// unique, because the IDs of its steps are.
func differences(plain, other string) string {
	var b strings.Builder
	for _, side := range []struct{ mark, of, without string }{{"- ", plain, other}, {"+ ", other, plain}} {
		without := map[string]bool{}
		for line := range strings.Lines(side.without) {
			without[line] = true
		}
		for line := range strings.Lines(side.of) {
			if !without[line] {
				b.WriteString(side.mark + line)
			}
		}
	}
	if b.Len() == 0 {
		return "no difference\n"
	}
	return b.String()
}

// show writes a plan in one line per step:
//
//	ID target options timeout < steps waited for
//
// Of the steps waited for, those that resolve the step's own name are counted
// only.
func show(p plan.Plan) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s within %s, %d steps\n", p.Region, time.Duration(p.Timeout), len(p.Steps))
	for _, s := range p.Steps {
		fmt.Fprintf(&b, "%s", s.ID)
		t := s.Target
		if s.Probe == "dns" {
			fmt.Fprintf(&b, " %s", strings.Join(t.Types, ","))
		} else {
			fmt.Fprintf(&b, " %s", t.String())
		}
		for _, o := range []struct {
			set  bool
			text string
		}{
			{t.Scheme != "", t.Scheme + t.Path},
			{t.Expect != "", "=" + t.Expect},
			{t.Proxy != "", "via " + t.Proxy},
			{len(t.Addresses) > 0, fmt.Sprintf("or at %d addresses", len(t.Addresses))},
			{t.Attempts > 0, fmt.Sprintf("%d×%s", t.Attempts, time.Duration(t.Spacing))},
			{t.Extend > 0, fmt.Sprintf("+%d", t.Extend)},
			{t.Patience > 0, fmt.Sprintf("patience %s", time.Duration(t.Patience))},
			{s.Early, "early"},
		} {
			if o.set {
				b.WriteString(" " + o.text)
			}
		}
		fmt.Fprintf(&b, " %s", time.Duration(s.Timeout))
		if n := len(s.After); n > 0 {
			fmt.Fprintf(&b, " < %d", n)
			for _, id := range s.After {
				if !strings.HasPrefix(id, "dns/") || !strings.Contains(id, "/"+t.Host+"/") {
					b.WriteString(" " + id)
				}
			}
		}
		for _, c := range []struct {
			when      string
			endpoints []string
		}{{"dead", s.IfDead}, {"lost", s.IfLost}, {"near", s.IfNear}, {"flaky", s.IfFlaky}} {
			if len(c.endpoints) > 0 {
				fmt.Fprintf(&b, " if %s: %s", c.when, strings.Join(c.endpoints, ","))
			}
		}
		if n := len(s.InSite); n > 0 {
			fmt.Fprintf(&b, " of %s, told by %d", t.Host, n)
		}
		if n := len(s.Better); n > 0 {
			fmt.Fprintf(&b, " << %d", n)
		}
		b.WriteString("\n")
	}
	for _, n := range p.In(words.English()).Notes {
		b.WriteString("note: " + n + "\n")
	}
	return b.String()
}
