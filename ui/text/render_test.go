package text_test

import (
	"bytes"
	"flag"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"wsdoctor/internal/account/world"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/text"
)

var update = flag.Bool("update", false, "write golden files")

// variants are the ways every sample is printed, each a folder of golden files.
var variants = map[string]text.Options{
	"plain":   {Unicode: true},
	"verbose": {Unicode: true, Verbose: true},
	"quiet":   {Unicode: true, Quiet: true, Verbose: true},
	"narrow":  {Unicode: true, Width: 10},
	"ascii":   {},
	"ja":      {Unicode: true, Verbose: true, Words: japanese},
}

var japanese, _ = words.In("ja")

func render(t testing.TB, r report.Report, o text.Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := text.Render(&out, r, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestGolden(t *testing.T) {
	for variant, o := range variants {
		for name, r := range reporttest.Samples() {
			file := filepath.Join("testdata", variant, name+".txt")
			got := render(t, r, o)
			if *update {
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		}
	}
}

// inOrder fails unless out is clean, ends in a newline, and keeps to its width.
func inOrder(t testing.TB, name, out string, o text.Options) {
	t.Helper()
	width := o.Width
	switch {
	case width == 0:
		width = 80
	case width < 40:
		width = 40
	}
	if o.Color {
		out = ansi.Strip(out)
	}
	for _, line := range strings.Split(strings.TrimSuffix(out, "\n"), "\n") {
		if w := ansi.StringWidth(line); w > width {
			t.Errorf("%s: %d columns: %q", name, w, line)
		}
		if strings.TrimRight(line, " ") != line {
			t.Errorf("%s: trailing space: %q", name, line)
		}
	}
	for _, r := range out {
		if r != '\n' && (r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x202e || r == 0x2028 || r > 0x7e && !o.Unicode) {
			t.Fatalf("%s: %U in %q", name, r, out)
		}
	}
	if !strings.HasSuffix(out, "\n") {
		t.Errorf("%s: no newline at the end", name)
	}
}

func TestEveryPageIsCleanAndKeepsItsWidth(t *testing.T) {
	for name, r := range reporttest.Samples() {
		for _, width := range []int{-5, 0, 40, 41, 63, 64, 80, 132, 500} {
			for i := range 16 {
				o := text.Options{Width: width, Unicode: i&1 != 0, Verbose: i&2 != 0, Color: i&4 != 0, Quiet: i&8 != 0}
				inOrder(t, name, render(t, r, o), o)
			}
		}
	}
}

func TestColourAddsNothingButColour(t *testing.T) {
	for name, r := range reporttest.Samples() {
		coloured := render(t, r, text.Options{Unicode: true, Verbose: true, Color: true})
		if !strings.Contains(coloured, "\x1b[") {
			t.Errorf("%s: no colour", name)
		}
		if diff := cmp.Diff(render(t, r, text.Options{Unicode: true, Verbose: true}), ansi.Strip(coloured)); diff != "" {
			t.Errorf("%s (-without +with):\n%s", name, diff)
		}
	}
}

func TestVerdictComesFirst(t *testing.T) {
	for name, r := range reporttest.Samples() {
		summary := probe.Clean(r.Verdict.Summary, 20)
		first, _, _ := strings.Cut(render(t, r, text.Options{Unicode: true, Width: 500}), "\n")
		if !strings.Contains(first, strings.TrimSuffix(summary, "…")) {
			t.Errorf("%s begins with %q", name, first)
		}
	}
}

func TestEveryClosedListHasItsWord(t *testing.T) {
	r := reporttest.Samples()["healthy"]
	words := map[string]bool{}
	for i, s := range report.LayerStatuses {
		r.Layers[i] = finding.LayerState{ID: layer.All[i].ID, Status: s}
	}
	r.Layers = r.Layers[:len(report.LayerStatuses)]
	out := render(t, r, text.Options{Unicode: true})
	for _, want := range []string{"✓ this computer ", "ok", "! this computer's firewall", "limited", "✗ name resolution", "fault", "? sign-in page", "suspect", "– web proxy", "unclear", "Not tested: HTTPS inspection"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	for _, state := range report.ProtocolStates {
		r.Verdict.Protocols.PCoIP = state
		for line := range strings.Lines(render(t, r, text.Options{})) {
			if label, word, found := strings.Cut(strings.TrimSpace(line), " "); found && label == "PCoIP" {
				words[strings.TrimSpace(word)] = true
			}
		}
	}
	if len(words) != len(report.ProtocolStates) {
		t.Errorf("protocol states in words: %v", slices.Sorted(maps.Keys(words)))
	}
}

func TestEveryDetailIsDescribed(t *testing.T) {
	seen := map[probe.Operation]string{}
	var all []probe.Observation
	for _, r := range reporttest.Samples() {
		all = append(all, r.Observations...)
	}
	all = append(all,
		probe.Observation{Operation: probe.HostVPN, Detail: probe.VPNDetail{Interfaces: []probe.VPNInterface{{Name: "tun0", Why: "a tunnel", Carries: true}}}},
		probe.Observation{Operation: probe.HostNeighbour, Detail: probe.NeighbourDetail{Interface: "eth0", State: "stale"}},
		probe.Observation{Operation: probe.PathSweep, Detail: probe.SweepDetail{Hops: []probe.Hop{{TTL: 1, Kind: probe.HopExpired, From: netip.MustParseAddr("192.168.50.1")}, {TTL: 2, Kind: probe.HopSilent}}}},
		probe.Observation{Operation: probe.PathMTU, Detail: probe.MTUDetail{Sizes: []probe.MTUProbe{{Bytes: 1280, Sent: 1, Answered: 1}}, BlackHole: true}},
		probe.Observation{Operation: probe.HostCounters, Detail: probe.CountersDetail{Interface: "lan0", Sent: 32, Flat: true}},
		probe.Observation{Operation: probe.HostPauses, Detail: probe.PausesDetail{Pauses: []probe.Pause{{AtMS: 5, LengthMS: 90}}, TotalMS: 90, Load: "8.1 4.0 2.0"}},
		probe.Observation{Operation: probe.HostNames, Detail: probe.HostNamesDetail{Source: "/etc/hosts", Entries: []probe.HostNameEntry{{Name: "broker.example.com", Address: netip.MustParseAddr("192.0.2.1")}}}},
		probe.Observation{Operation: probe.HostWorkspace, Detail: probe.WorkspaceDetail{Signs: []string{"no sign"}}},
		probe.Observation{Operation: probe.HostSoftware, Detail: probe.SoftwareDetail{Looked: []string{"processes"}, Products: []probe.Product{{Name: "Tailscale", Version: "1.90.6", Running: true, Kinds: []probe.SoftwareKind{probe.VPN}, Signs: []probe.SoftwareSign{{In: "process", Name: "tailscaled"}}}}}},
		probe.Observation{Operation: probe.HostWireless, Detail: probe.WirelessDetail{Links: []probe.WirelessLink{{Interface: "wlan0", SignalDBM: -61, MHz: 5180, Band: "5 GHz"}}}},
		probe.Observation{Operation: probe.HostNetworkState, Detail: probe.NetworkStateDetail{Categories: []string{"public"}, IPv4: "internet"}},
		probe.Observation{Operation: probe.HostNamePolicy, Detail: probe.NamePolicyDetail{Source: "local", Rules: 3, Holds: []probe.NamePolicyRule{{Namespace: ".amazonaws.com", Names: []string{"a.amazonaws.com"}, Servers: []string{"10.0.0.2"}}}}},
	)
	all = append(all, world.Observations()...)
	for _, o := range all {
		o.ID, o.Step, o.Target, o.Address = "o1", "", "", ""
		r := report.Report{Observations: []probe.Observation{o}}
		out := render(t, r, text.Options{Unicode: true, Verbose: true, Width: 2000})
		for line := range strings.Lines(out) {
			if _, detail, found := strings.Cut(line, " after "); found {
				if _, detail, found = strings.Cut(detail, "; "); found {
					seen[o.Operation] = detail
				}
			}
		}
	}
	for _, op := range probe.Operations() {
		if seen[op] == "" && op != probe.NothingOperation {
			t.Errorf("the detail of %s is not shown", op)
		}
	}
}

// Inside a WorkSpace the layers of the desk are what cannot be seen.
func TestInsideReportShowsItsOwnLayersFirst(t *testing.T) {
	r := reporttest.Samples()["inside-broken"]
	r.Layers[2].Status = finding.LayerOK // name resolution, as this computer's tools use it
	out := render(t, r, text.Options{Unicode: true, Width: 200})
	at := func(s string) int {
		i := strings.Index(out, s)
		if i < 0 {
			t.Errorf("no %q in\n%s", s, out)
		}
		return i
	}
	order := []int{at("view from inside the WorkSpace"), at("Layer by layer, from inside"), at("management interface (eth0) "), at("✓ internet access of the VPC"), at("✓ name resolution (DNS)"), at("Not visible from here: this computer, ")}
	if !slices.IsSorted(order) || strings.Contains(out, "Not tested:") || !strings.Contains(out, ", directory.\n") {
		t.Errorf("%v\n%s", order, out)
	}
	r.Layers[13].Status = finding.LayerNotTested
	if out := render(t, r, text.Options{Unicode: true, Width: 200}); !strings.Contains(out, "Not tested: firewall inside the WorkSpace.") {
		t.Errorf("what was left out is not told apart from what cannot be seen:\n%s", out)
	}
}

// What an account tells nothing of is apart from what this run did not come to.
func TestAccountReportTellsWhatNoCallShows(t *testing.T) {
	r := reporttest.Samples()["inside-broken"]
	r.Run.Vantage = probe.InAccount
	for i := range r.Layers {
		r.Layers[i].Status = finding.LayerNotTested
	}
	out := render(t, r, text.Options{Unicode: true, Width: 200})
	_, rest, _ := strings.Cut(strings.Join(strings.Fields(out), " "), "Not tested: ")
	left, hidden, _ := strings.Cut(rest, "Not visible from here: ")
	for _, l := range []string{"primary interface (eth1)", "internet access of the VPC", "streaming service inside", "directory DNS"} {
		if !strings.Contains(left, l) || strings.Contains(hidden, l) {
			t.Errorf("%s: calls of an account show it", l)
		}
	}
	for _, l := range []string{"this computer", "network firewall", "management interface (eth0)", "firewall inside the WorkSpace"} {
		if strings.Contains(left, l) || !strings.Contains(hidden, l) {
			t.Errorf("%s: no call of an account shows it", l)
		}
	}
}

func TestLongListsAreCut(t *testing.T) {
	var d probe.RoutingDetail
	for i := range 40 {
		d.Routes = append(d.Routes, probe.RouteEntry{Destination: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i)}), 16), Interface: "eth1"})
	}
	out := render(t, report.Report{Observations: []probe.Observation{{ID: "o1", Operation: probe.HostRoutes, Detail: d}}}, text.Options{Verbose: true, Width: 2000})
	if !strings.Contains(out, "40 routes; 10.0.0.0/16 by eth1, ") || !strings.Contains(out, "10.11.0.0/16 by eth1, and 28 more") || strings.Contains(out, "10.12.0.0") {
		t.Error(out)
	}
}

func TestForeignReportsDoNotBreakThePage(t *testing.T) {
	unknown := layer.ID("moon\x1b[31m")
	for name, r := range map[string]report.Report{
		"empty":       {},
		"no findings": {Layers: []finding.LayerState{{ID: layer.DNS, Status: finding.LayerFault, Findings: []int{-1, 0, 99}}}},
		"unknown words": {
			Verdict: report.Verdict{Status: "sunny", Layer: &unknown, Confidence: "sure", Suspects: []report.Suspect{{Layer: unknown}}},
			Layers:  []finding.LayerState{{ID: unknown, Status: "x"}}, Findings: []report.Finding{{Layer: unknown, Severity: "y"}},
			Observations: []probe.Observation{{Operation: "telepathy\x1b"}, {Operation: probe.DNSQuery, Detail: probe.LinksDetail{}}, {Operation: probe.TCPConnect}},
		},
	} {
		o := text.Options{Unicode: true, Verbose: true}
		inOrder(t, name, render(t, r, o), o)
	}
}

// What is said of a protocol is what the verdict says, whatever the findings and the
// observations of the same report hold.
func TestProtocolsAreTheVerdicts(t *testing.T) {
	for name, r := range reporttest.Samples() {
		bare := r
		bare.Findings, bare.Observations = nil, nil
		lines := func(r report.Report) (list []string) {
			for line := range strings.Lines(render(t, r, text.Options{Width: 200})) {
				if strings.HasPrefix(line, "  PCoIP ") || strings.HasPrefix(line, "  DCV ") {
					list = append(list, line)
				}
			}
			return list
		}
		if got, want := lines(r), lines(bare); len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%s: %q, and without findings %q", name, got, want)
		}
	}
}

// Whoever looks at the page alone must not take it for a good run's.
func TestAsFarAsSeenDoesNotLookOK(t *testing.T) {
	r := reporttest.Samples()["as-far-as-seen"]
	good := reporttest.Samples()["healthy"]
	first := func(r report.Report, o text.Options) string {
		line, _, _ := strings.Cut(render(t, r, o), "\n")
		return line
	}
	for _, o := range []text.Options{{Unicode: true}, {}, {Color: true, Unicode: true}} {
		bad, ok := first(r, o), first(good, o)
		if bad[:3] == ok[:3] && !o.Color || o.Color && bad[:8] == ok[:8] {
			t.Errorf("begins like a good run's: %q, %q", bad, ok)
		}
	}
	out := render(t, r, text.Options{})
	for _, want := range []string{"was not shown to work", "reaches the last router that can be seen; the host did not", "DCV           works"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

func TestWhatWasRuledOutIsPrintedWithItsEvidence(t *testing.T) {
	r := reporttest.Samples()["rivals"]
	out := render(t, r, text.Options{Verbose: true, Width: 2000})
	for _, want := range []string{"not this computer's firewall: a device farther away received the packets (o13)", "It could also be", "internet path (possible): A provider's device"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if brief := render(t, r, text.Options{Width: 2000}); strings.Contains(brief, "(o13)") {
		t.Errorf("evidence without -v in\n%s", brief)
	}
}

func TestASilenceIsPrintedWithItsOdds(t *testing.T) {
	r := reporttest.Hops()
	const want = "9 probes got no answer, 34 of 34 to open ports did: random packet loss is ruled out (chance 0.1 %)"
	if out := render(t, r, text.Options{Verbose: true, Width: 2000}); !strings.Contains(out, want) {
		t.Errorf("no odds in\n%s", out)
	}
}

func TestRenderGivesTheWritersError(t *testing.T) {
	if err := text.Render(broken{}, report.Report{}, text.Options{}); err == nil {
		t.Error("no error")
	}
}

func FuzzRenderStoredReport(f *testing.F) {
	for _, r := range reporttest.Samples() {
		r.Observations = r.Observations[len(r.Observations)-1:]
		r.Layers = r.Layers[:2]
		for i := range r.Layers {
			r.Layers[i].Findings = nil
		}
		b, err := r.JSON()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, byte(3), 60)
	}
	f.Fuzz(func(t *testing.T, b []byte, flags byte, width int) {
		r, err := report.Parse(bytes.NewReader(b))
		if err != nil {
			return
		}
		o := text.Options{Unicode: flags&1 != 0, Verbose: flags&2 != 0, Color: flags&4 != 0, Quiet: flags&8 != 0, Width: width % 300}
		inOrder(t, "fuzz", render(t, r, o), o)
	})
}
