package plan_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/internal/plan"
	"wsdoctor/internal/run"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// goldenInside are the plans of a run inside a WorkSpace.
var goldenInside = []struct {
	name   string
	change func(*plan.InsideInput)
}{
	{"linux", func(*plan.InsideInput) {}},
	{"windows", func(in *plan.InsideInput) { in.OS = "windows" }},
	{"no-domain", func(in *plan.InsideInput) { in.Directory.Domain = "" }},
	{"foreign-resolver", func(in *plan.InsideInput) { in.Facts.Resolvers.Servers = resolvers("10.60.0.2", "10.60.1.10") }},
	{"no-eth0", func(in *plan.InsideInput) { in.Management = probe.ManagementDetail{} }},
	{"no-egress", func(in *plan.InsideInput) { in.Options.NoEgress = true }},
	{"own-third", func(in *plan.InsideInput) {
		own := netip.MustParseAddr("10.60.1.20")
		in.Facts.Own, in.Directory.DNS = []netip.Addr{own}, append(in.Directory.DNS, own)
	}},
	{"no-agent", func(in *plan.InsideInput) { in.Listeners.Listeners = in.Listeners.Listeners[:3] }},
	{"proxy", func(in *plan.InsideInput) { in.ProxyFor = proxyForHTTPS }},
}

func insideInput(t *testing.T) plan.InsideInput {
	in := plan.InsideInput{Input: input(t, "us-east-1")}
	in.Facts.Resolvers.Servers = resolvers("10.60.1.10", "10.60.2.10")
	in.Management.Interfaces = []probe.ManagedInterface{{Name: "eth0", Address: netip.MustParsePrefix("198.19.5.10/20")}}
	in.Directory = probe.DirectoryDetail{Domain: "corp.example.com", DNS: []netip.Addr{netip.MustParseAddr("10.60.1.10"), netip.MustParseAddr("10.60.2.10")}}
	in.Listeners.Listeners = []probe.Listener{
		{Transport: probe.TCP, Address: netip.IPv4Unspecified(), Port: 4172},
		{Transport: probe.TCP, Address: netip.IPv6Unspecified(), Port: 4172, Both: true},
		{Transport: probe.UDP, Address: netip.IPv4Unspecified(), Port: 4172},
		{Transport: probe.TCP, Address: netip.MustParseAddr("127.0.0.1"), Port: 8200},
		{Transport: probe.TCP, Address: netip.MustParseAddr("198.19.5.10"), Port: 8201},
	}
	return in
}

func TestInsidePlansAreAsReviewed(t *testing.T) {
	plain := show(plan.Inside(insideInput(t)))
	for _, g := range goldenInside {
		t.Run(g.name, func(t *testing.T) {
			in := insideInput(t)
			g.change(&in)
			p := plan.Inside(in)
			runnable(t, p)
			got := show(p)
			if g.name != "linux" {
				got = differences(plain, got)
			}
			file := filepath.Join("testdata", "inside-"+g.name+".txt")
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
	}
}

func TestNameServersThatAreNotAskedAreTold(t *testing.T) {
	in := insideInput(t)
	for _, more := range []string{"10.60.3.10", "10.60.4.10", "10.60.5.10"} {
		in.Directory.DNS = append(in.Directory.DNS, netip.MustParseAddr(more))
	}
	const want = "Of the directory's 5 name servers only the first 4 are asked."
	if notes := plan.Inside(in).In(words.English()).Notes; !slices.Contains(notes, want) {
		t.Errorf("notes %q, want %q among them", notes, want)
	}
}

// Where eth1 has IPv6 alone, IPv4 addresses of domain controllers are nobody's to
// be accused of.
func TestControllersAreSoughtInTheFamilyThereIs(t *testing.T) {
	in := insideInput(t)
	in.Facts.HasIPv4, in.Facts.HasIPv6 = false, true
	asked := 0
	for _, s := range plan.Inside(in).Steps {
		if service := plan.ControllerService("corp.example.com"); plan.InAnySite(s.Target.Host) == service && s.Probe == "dns" {
			asked++
			if !slices.Equal(s.Target.Types, []string{"SRV", "AAAA"}) {
				t.Errorf("%s asks for %s", s.ID, s.Target.Types)
			}
		}
	}
	if asked != 4 {
		t.Errorf("%d questions, want 4", asked)
	}
}

// runnable: every prober exists, every reason is given, and nothing waits for
// what is not planned or for itself.
func runnable(t *testing.T, p plan.Plan) {
	t.Helper()
	probers := run.Probers()
	steps := map[string]plan.Step{}
	for _, s := range p.Steps {
		if _, twice := steps[s.ID]; twice {
			t.Errorf("two steps %q", s.ID)
		}
		steps[s.ID] = s
		if probers[s.Probe] == nil {
			t.Errorf("step %q: no prober %q", s.ID, s.Probe)
		}
		if said := words.English().Tell(s.Why); said == "" || said[0] == '[' {
			t.Errorf("step %q says no reason", s.ID)
		}
		if s.Timeout <= 0 || s.Timeout > p.Timeout {
			t.Errorf("step %q: timeout %d of %d", s.ID, s.Timeout, p.Timeout)
		}
	}
	for _, s := range p.Steps {
		for _, id := range slices.Concat(s.After, s.InSite, s.Better) {
			if _, planned := steps[id]; !planned {
				t.Errorf("step %q waits for %q, which is not planned", s.ID, id)
			}
		}
		if circle := waitsForItself(steps, s.ID); circle != "" {
			t.Errorf("step %q waits for itself: %s", s.ID, circle)
		}
	}
}
