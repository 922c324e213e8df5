//go:build linux

package main

import (
	"bytes"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wsdoctor/internal/lab"
)

func TestSpread(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   spread
	}{
		{nil, spread{}},
		{[]float64{3}, spread{3, 3, 3}},
		{[]float64{9, 1, 2}, spread{2, 1, 9}},
		{[]float64{4, 1, 2, 9}, spread{3, 1, 9}},
	} {
		if diff := cmp.Diff(test.want, over(test.values)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", test.values, diff)
		}
	}
}

func TestRatiosPairRoundsAndNotMedians(t *testing.T) {
	// A slow machine in the first round hits both; the ratio does not see it.
	got := over(ratios([]float64{400, 100, 100}, []float64{800, 200, 100})).Median
	if got != 0.5 {
		t.Errorf("%v, want 0.5", got)
	}
}

// good is a race in which every aim is met, just.
func good() outcome {
	run := func(wall, first time.Duration, packets uint64, memory int64) []lab.Result {
		return []lab.Result{{Wall: wall * time.Millisecond, FirstPacket: first * time.Millisecond, TxPackets: packets, MaxRSS: memory}}
	}
	o := outcome{
		Rounds: 1, rulers: []ruler{{RTT: 40, Chain: 120}},
		Worlds: []heat{
			{Name: healthy, Title: "Nothing is wrong", Reference: nmapTold, Rows: []row{{Name: wsdoctor, runs: run(200, 29, 150, 39e6)}, {Name: nmapTold, Root: true, runs: run(201, 50, 12, 20e6)}}},
			{Name: black, Reference: nmapRoot, Rows: []row{{Name: wsdoctor, runs: run(10500, 29, 500, 39e6)}, {Name: wsdoctorOneS, runs: run(1500, 29, 50, 39e6)}, {Name: nmapRoot, runs: run(6000, 50, 12, 20e6)}}},
			{Name: near, Reference: nmapRoot, Rows: []row{{Name: wsdoctor, runs: run(1500, 29, 250, 39e6)}, {Name: nmapRoot, runs: run(2900, 50, 12, 20e6)}}},
			{Name: far, Reference: nmapRoot, Rows: []row{{Name: wsdoctor, runs: run(3000, 29, 250, 39e6)}, {Name: nmapRoot, runs: run(3900, 50, 12, 20e6)}}},
			{Name: within, Reference: nmapDirectory, Rows: []row{{Name: wsdoctorIn, runs: run(1500, 29, 120, 39e6)}, {Name: nmapDirectory, runs: run(60, 50, 16, 20e6)}}},
			{Name: without, Reference: nmapDirectory, Rows: []row{{Name: wsdoctorIn, runs: run(4000, 29, 170, 39e6)}, {Name: nmapDirectory, runs: run(3000, 50, 64, 20e6)}}},
			{Name: mute, Reference: nmapRoot, Rows: []row{{Name: wsdoctor, runs: run(600, 29, 250, 39e6)}, {Name: nmapRoot, runs: run(1400, 50, 12, 20e6)}}},
			{Name: fifth, Reference: wsdoctorOnce, Rows: []row{
				{Name: wsdoctor, runs: run(900, 29, 260, 39e6), Verdicts: []string{"fault network-firewall"}},
				{Name: wsdoctorOnce, runs: run(750, 29, 210, 39e6), Verdicts: []string{"fault network-firewall"}}}},
		},
	}
	return o
}

func finish(o outcome) outcome {
	for i := range o.Worlds {
		o.Worlds[i].sum()
	}
	o.conclude()
	return o
}

func TestEveryAimCanBeMissedByItself(t *testing.T) {
	if o := finish(good()); !o.allMet() {
		t.Fatalf("%+v", o.Aims)
	}
	first := func(o *outcome, world, row int) *lab.Result { return &o.Worlds[world].Rows[row].runs[0] }
	for _, test := range []struct {
		aim   string
		spoil func(*outcome)
	}{
		{"the floor", func(o *outcome) { o.rulers[0].RTT = 39.9 }},
		{"ahead of nmap", func(o *outcome) { first(o, 0, 1).Wall = 200 * time.Millisecond }},
		{"first packet", func(o *outcome) { first(o, 0, 0).FirstPacket = 30 * time.Millisecond }},
		{"memory", func(o *outcome) { first(o, 1, 1).MaxRSS = 40e6 }},
		{"any healthy run", func(o *outcome) { first(o, 0, 0).TxPackets = 151 }},
		{"at 40 ms", func(o *outcome) { first(o, 2, 0).Wall = 1501 * time.Millisecond }},
		{"at 200 ms", func(o *outcome) { first(o, 3, 0).Wall = 3001 * time.Millisecond }},
		{"run that locates", func(o *outcome) { first(o, 3, 0).TxPackets = 251 }},
		{"deadline of 1 s", func(o *outcome) { first(o, 1, 1).Wall = 1501 * time.Millisecond }},
		{"healthy WorkSpace", func(o *outcome) { first(o, 4, 0).Wall = 1501 * time.Millisecond }},
		{"directory silent", func(o *outcome) { first(o, 5, 0).Wall = 4001 * time.Millisecond }},
		{"answers no datagram", func(o *outcome) { first(o, 6, 0).Wall = 601 * time.Millisecond }},
		{"fifth run", func(o *outcome) { o.Worlds[7].Rows[0].Verdicts[0] = "inconclusive" }},
		{"fifth run", func(o *outcome) { o.Worlds[7].Rows[0].Verdicts, o.Worlds[7].Rows[1].Verdicts = nil, nil }},
		{"within 10 s", func(o *outcome) { first(o, 1, 0).Wall = 10501 * time.Millisecond }},
	} {
		o := good()
		test.spoil(&o)
		o = finish(o)
		for _, a := range o.Aims {
			if a.Met == strings.Contains(a.Aim, test.aim) {
				t.Errorf("%s spoilt: %+v", test.aim, a)
			}
		}
	}
}

func TestTextNamesWorldsRacersFloorAndAims(t *testing.T) {
	var b bytes.Buffer
	if err := finish(good()).print(&b, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Nothing is wrong (healthy)", "wsdoctor check  ", "200 (200–200)", "× 1.00", "are 160 ms; wsdoctor takes 1.25 ×", "takes 120 ms; wsdoctor takes 1.67 ×",
		"(as root)", "met  healthy run at most 1.25 × the floor", "another one in 0 of 1 rounds; 0.90 s and 260 packets, the first 0.75 s and 210",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestWhatIsMissingIsNamedWithItsPackage(t *testing.T) {
	gone := func(string) (string, error) { return "", errors.New("not found") }
	noFile := func(string) (os.FileInfo, error) { return nil, fs.ErrNotExist }
	err := needed(gone, noFile)
	if err == nil {
		t.Fatal("nothing was missed")
	}
	for _, pkg := range []string{"recommends nmap", "recommends ncat", "recommends mtr-tiny", "recommends traceroute", "recommends ca-certificates"} {
		if !strings.Contains(err.Error(), pkg) {
			t.Errorf("%v does not name %q", err, pkg)
		}
	}
	there := func(string) (string, error) { return "/usr/bin/x", nil }
	aFile := func(string) (os.FileInfo, error) { return nil, nil }
	if err := needed(there, aFile); err != nil {
		t.Error(err)
	}
}

// TestTableOfRacers keeps the tables together: every world's reference and
// wsdoctor run in it.
func TestTableOfRacers(t *testing.T) {
	list, err := racers("wsdoctor")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range worlds {
		h := newHeat(w, list)
		if h.row(w.reference).Name == "" || h.row(wsdoctor).Name+h.row(wsdoctorIn).Name == "" {
			t.Errorf("%s: %q or wsdoctor does not run there", w.name, w.reference)
		}
		if w.known != "" && w.scenario("").Name != w.known {
			t.Errorf("the lab has no scenario %s", w.known)
		}
	}
	for _, r := range list {
		for name := range r.proof {
			if !slices.ContainsFunc(worlds, func(w world) bool { return w.name == name }) {
				t.Errorf("%s runs in %q, which is no world", r.name, name)
			}
		}
	}
}

func TestOnlyTheFifthRunHasRunsBeforeIt(t *testing.T) {
	w := worlds[slices.IndexFunc(worlds, func(w world) bool { return w.name == fifth })]
	earlier := lab.Fault{Kind: lab.EarlierRuns, Count: 4}
	before, _ := lab.Find(near)
	if diff := cmp.Diff(append(slices.Clone(before.Faults), earlier), w.scenario(wsdoctor).Faults, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Errorf("the fifth (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before.Faults, w.scenario(wsdoctorOnce).Faults, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Errorf("the first (-want +got):\n%s", diff)
	}
	if after, _ := lab.Find(near); len(after.Faults) != len(before.Faults) {
		t.Error("the lab's own scenario was changed")
	}
}

func TestVerdictsAreReadFromReportsOnly(t *testing.T) {
	for said, want := range map[string]string{
		`{"schema": "wsdoctor.report/v1", "verdict": {"status": "fault", "layer": "dns"}}` + "\nprogress": "fault dns",
		`{"schema": "wsdoctor.report/v1", "verdict": {"status": "ok", "layer": null}}`:                    "ok",
		`{"verdict": {"status": "fault"}}`: "",
		"Nmap scan report":                 "",
	} {
		if got, given := verdictOf([]byte(said)); got != want || given != (want != "") {
			t.Errorf("%s: %q %v, want %q", said, got, given, want)
		}
	}
}

func TestDifferingVerdictsAreCountedAndQuoted(t *testing.T) {
	got := differing([]string{"fault dns", "ok", "ok"}, []string{"fault dns", "inconclusive", "fault dns"})
	if want := `another one in 2 of 3 rounds ("ok", then "inconclusive")`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestWorldsAreChosenByNameInTheTablesOrder(t *testing.T) {
	all, err := choose("")
	if err != nil || len(all) != len(worlds) {
		t.Errorf("%v %v", all, err)
	}
	two, err := choose(far + "," + dropped)
	if err != nil || len(two) != 2 || two[0].name != dropped || two[1].name != far {
		t.Errorf("%v %v", two, err)
	}
}

func TestAimsOfWorldsLeftOutAreLeftOut(t *testing.T) {
	o := good()
	o.Worlds, o.rulers = o.Worlds[2:3], nil
	o = finish(o)
	var got []string
	for _, a := range o.Aims {
		got = append(got, a.Aim)
	}
	want := []string{"peak memory under 40 MB in every run", "every other run over within 10 s plus 0.5 s", "silent drop located within 1.5 s at 40 ms"}
	if diff := cmp.Diff(want, got); diff != "" || !o.allMet() {
		t.Errorf("%+v (-want +got):\n%s", o.Aims, diff)
	}
	var b bytes.Buffer
	if err := o.print(&b, false); err != nil || strings.Contains(b.String(), "ms away") {
		t.Errorf("a distance that was not measured: %v\n%s", err, b.String())
	}
}

func TestOnlyTheTrueLastHopIsProof(t *testing.T) {
	if place, _ := lab.PlaceOf(lastHop); place != lab.Firewall {
		t.Errorf("%s is %q", lastHop, place)
	}
	const mtrHead = "HOST: vm    Loss%   Snt\n  1.|-- 192.168.50.1   0.0%   1\n"
	const traceHead = "traceroute to 3.209.215.252 (3.209.215.252), 8 hops max, 60 byte packets\n 1  192.168.50.1  0.066 ms\n"
	for _, test := range []struct {
		name  string
		proof proof
		said  string
		right bool
	}{
		{"wsdoctor", located, `{"findings": [{"code": "rtt_high"}, {"code": "path_located", "path": {"after": "10.20.0.1"}}]}`, true},
		{"wsdoctor at another hop", located, `{"findings": [{"code": "path_located", "path": {"after": "192.168.50.1"}}]}`, false},
		{"wsdoctor with another finding there", located, `{"findings": [{"code": "answer_forged", "path": {"after": "10.20.0.1"}}]}`, false},
		{"wsdoctor without a report", located, `no such Region`, false},
		{"mtr", lastInMtr, mtrHead + "  2.|-- 10.20.0.1   0.0%   1\n  3.|-- ???   100.0   1\n", true},
		{"mtr that missed the hop", lastInMtr, mtrHead + "  2.|-- ???   100.0   1\n", false},
		{"mtr that saw one more", lastInMtr, mtrHead + "  2.|-- 10.20.0.1   0.0%   1\n  3.|-- 203.0.113.9   0.0%   1\n", false},
		{"traceroute", lastInTraceroute, traceHead + " 2  10.20.0.1  0.029 ms\n 3  *\n 4  *\n", true},
		{"traceroute that missed the hop", lastInTraceroute, traceHead + " 2  *\n 3  *\n", false},
		{"traceroute that saw one more", lastInTraceroute, traceHead + " 2  10.20.0.1  0.029 ms\n 3  *\n 4  52.94.0.2  40.1 ms\n", false},
	} {
		if err := test.proof([]byte(test.said)); (err == nil) != test.right {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestWrongUsage(t *testing.T) {
	for _, args := range [][]string{{"x"}, {"-n", "0"}, {"-worlds", "healthy,grey"}, {"-worlds", "healthy,"}} {
		if code, err := run(t.Context(), args, nil, nil); code != exitNotRun || err == nil {
			t.Errorf("%q: %d %v", args, code, err)
		}
	}
}
