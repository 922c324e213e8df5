package fleet

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
)

var nine = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)

// office is a site as it really is: floors whose routers lead to a firewall, and that
// to a provider.
type office struct {
	name, egress       string
	floors             []string // routers, each the first device of its desks
	firewall, provider string
}

func (o office) way(floor int) []string { return []string{o.floors[floor], o.firewall, o.provider} }

// desk is a well computer on a floor.
func (o office) desk(n, floor int, at time.Time) Record {
	return Record{
		Schema: Schema, Run: fmt.Sprintf("%s-%d-%d", o.name, n, at.Unix()), At: at, Vantage: "desk", OS: "windows",
		Status: finding.StatusOK, Code: "all_measured_passes", Source: fmt.Sprintf("10.%d.%d.%d", floor, n/200, n%200+2), Egress: []string{o.egress},
		Ports:   map[string]string{"tcp/443": "ok", "tcp/4172": "ok", "udp/4172": "ok", "tcp/4195": "ok", "udp/4195": "ok"},
		Devices: []string{o.floors[floor]},
		Labels:  map[string]string{"site": o.name, "host": fmt.Sprintf("%s-%d", o.name, n)},
	}
}

// dropped is what the computer reports if a port is dropped between two devices.
func dropped(r Record, from, to string, ports ...string) Record {
	r.Status, r.Layer, r.Code, r.Confidence = finding.StatusFault, layer.NetworkFirewall, "path_located", finding.Likely
	r.Where = &finding.Where{Kind: finding.Between, From: from, To: to, Ports: ports}
	for _, p := range ports {
		r.Ports[p] = "silent"
	}
	return r
}

func of(o Options, records ...Record) Result {
	f := New(o)
	for _, r := range records {
		f.Add(r, r.Run)
	}
	return f.Result()
}

var osaka = office{"Osaka", "203.0.113.10", []string{"10.20.1.1", "10.20.2.1"}, "10.20.0.1", "198.51.100.1"}

// Twenty desks see packets end between their router and the firewall. A desk on the
// other floor has the firewall as its next device, and passes: then it is the router.
func TestADeskBehindTheSecondDeviceClearsIt(t *testing.T) {
	var records []Record
	for n := range 20 {
		records = append(records, dropped(osaka.desk(n, 0, nine.Add(time.Duration(n)*time.Minute)), "10.20.1.1", "10.20.0.1", "udp/4172"))
	}
	well := osaka.desk(30, 1, nine.Add(time.Hour))
	well.Devices = osaka.way(1)
	r := of(Options{}, append(records, well)...)
	g := r.Groups[0]
	if g.Desks != 20 || g.Where.From != "10.20.1.1" || g.Where.To != "" || len(g.Cleared) != 1 || g.Cleared[0] != (Cleared{"10.20.0.1", 1}) || g.Contradict != 0 {
		t.Errorf("%+v %+v", g, g.Where)
	}
	if !g.Since.Equal(nine) || r.Desks != 21 || r.Sites != 1 {
		t.Errorf("since %v, %d desks, %d sites", g.Since, r.Desks, r.Sites)
	}
}

// What passed before it broke clears nothing, nor what passes another port.
func TestOnlyWhatPassesNowClears(t *testing.T) {
	fault := dropped(osaka.desk(1, 0, nine), "10.20.1.1", "10.20.0.1", "udp/4172")
	before := osaka.desk(2, 1, nine.Add(-time.Hour))
	before.Devices = osaka.way(1)
	other := dropped(osaka.desk(3, 1, nine.Add(time.Hour)), osaka.provider, "", "udp/4172")
	other.Devices = osaka.way(1)
	r := of(Options{}, fault, before, other)
	for _, g := range r.Groups {
		if len(g.Cleared) > 0 || g.Contradict > 0 {
			t.Errorf("%+v", g)
		}
	}
}

// Two desks that see it end on either side of a device leave that device.
func TestTwoIntervalsLeaveWhatTheyShare(t *testing.T) {
	r := of(Options{},
		dropped(osaka.desk(1, 0, nine), "10.20.1.1", "10.20.0.1", "udp/4172"),
		dropped(osaka.desk(2, 0, nine), "10.20.0.1", "198.51.100.1", "udp/4172"))
	if len(r.Groups) != 1 || r.Groups[0].Desks != 2 || r.Groups[0].Where.Kind != finding.OnDevice || r.Groups[0].Where.From != "10.20.0.1" {
		t.Errorf("%+v", r.Groups)
	}
}

// Where every device that is left is passed by somebody who is well, nobody is cleared
// and they contradict.
func TestWhoContradictsIsCounted(t *testing.T) {
	fault := dropped(osaka.desk(1, 0, nine), "10.20.1.1", "10.20.0.1", "udp/4172")
	well := osaka.desk(2, 0, nine.Add(time.Minute))
	well.Devices = osaka.way(0)
	g := of(Options{}, fault, well).Groups[0]
	if g.Contradict != 1 || len(g.Cleared) != 0 || !slices.Equal(g.Against, []string{well.Run}) || g.Where.To != "10.20.0.1" {
		t.Errorf("%+v %+v", g, g.Where)
	}
}

// One private address in two offices is two devices; a public one is one.
func TestOfficesAreNotJoinedByPrivateAddresses(t *testing.T) {
	nagoya := osaka
	nagoya.name, nagoya.egress = "Nagoya", "203.0.113.20"
	private := of(Options{}, dropped(osaka.desk(1, 0, nine), "10.20.1.1", "10.20.0.1", "udp/4172"), dropped(nagoya.desk(1, 0, nine), "10.20.1.1", "10.20.0.1", "udp/4172"))
	public := of(Options{}, dropped(osaka.desk(1, 0, nine), "198.51.100.1", "198.51.100.2", "udp/4172"), dropped(nagoya.desk(1, 0, nine), "198.51.100.1", "198.51.100.2", "udp/4172"))
	if len(private.Groups) != 2 || len(public.Groups) != 1 || len(public.Groups[0].Sites) != 2 {
		t.Errorf("%d groups of private addresses, %d of public ones", len(private.Groups), len(public.Groups))
	}
}

// Pseudonyms of one report mean nothing beside another's; those of one key do.
func TestPseudonymsAreNotJoined(t *testing.T) {
	redacted := func(n int, level string) Record {
		r := dropped(osaka.desk(n, 0, nine), "192.0.2.1", "198.51.100.7", "udp/4172")
		r.Redacted, r.Labels, r.Egress = level, nil, []string{"198.51.100.1"}
		return r
	}
	if r := of(Options{}, redacted(1, report.RunPseudonyms), redacted(2, report.RunPseudonyms)); len(r.Groups) != 2 || r.Desks != 2 || r.Sites != 2 {
		t.Errorf("%d groups, %d desks, %d sites of single pseudonyms", len(r.Groups), r.Desks, r.Sites)
	}
	if r := of(Options{}, redacted(1, "key:a"), redacted(2, "key:a"), redacted(3, "key:b")); len(r.Groups) != 2 {
		t.Errorf("%d groups of two keys", len(r.Groups))
	}
	far := func(n int, level string) Record {
		r := redacted(n, level)
		r.Where.From, r.Where.To = "203.0.113.4", "203.0.113.5"
		return r
	}
	if r := of(Options{}, far(1, "key:a"), far(2, "key:b")); len(r.Groups) != 2 {
		t.Errorf("%d groups of public addresses under two keys", len(r.Groups))
	}
}

// A desk counts once, as it is now, and since when it has been so.
func TestADeskCountsOnce(t *testing.T) {
	at := func(minute int, fault bool) Record {
		r := osaka.desk(1, 0, nine.Add(time.Duration(minute)*time.Minute))
		if fault {
			r = dropped(r, "10.20.1.1", "10.20.0.1", "udp/4172")
		}
		return r
	}
	for name, order := range map[string][]Record{
		"in order":     {at(0, false), at(10, true), at(20, true)},
		"not in order": {at(20, true), at(0, false), at(10, true)},
	} {
		r := of(Options{}, order...)
		if r.Desks != 1 || len(r.Groups) != 1 || r.Groups[0].Reports != 3 || !r.Groups[0].Since.Equal(nine.Add(10*time.Minute)) {
			t.Errorf("%s: %+v", name, r.Groups)
		}
	}
}

func TestWhatIsNotCountedIsSaid(t *testing.T) {
	future, old, demo := osaka.desk(1, 0, nine.Add(time.Hour)), osaka.desk(2, 0, nine.Add(-48*time.Hour)), osaka.desk(3, 0, nine)
	demo.Demo = "healthy"
	now := osaka.desk(4, 0, nine)
	r := of(Options{Now: nine, Since: nine.Add(-24 * time.Hour)}, future, old, demo, now, now)
	got := map[Reason]int{}
	for _, s := range r.Skipped {
		got[s.Reason] = s.Count
	}
	if r.Reports != 1 || got[Future] != 1 || got[Old] != 1 || got[Demo] != 1 || got[Twice] != 1 {
		t.Errorf("%d counted, %v", r.Reports, got)
	}
}

// Two devices at once, each on another floor's way or behind the floors, look like the one
// that their intervals share. Both stay, unless a desk tells them apart.
func TestTwoFaultsAreNotToldAsTheDeviceBetweenThem(t *testing.T) {
	near := dropped(osaka.desk(1, 0, nine), "10.20.1.1", "10.20.0.1", "udp/4172")
	far := dropped(osaka.desk(2, 1, nine), "10.20.0.1", "198.51.100.1", "udp/4172")
	office := osaka
	office.floors = append(slices.Clone(osaka.floors), "10.20.3.1")
	passes := office.desk(3, 2, nine.Add(time.Hour))
	passes.Devices = []string{"10.20.3.1", "10.20.0.1"}
	for name, c := range map[string]struct {
		records []Record
		want    [][]string
	}{
		"nobody tells them apart": {[]Record{near, far}, [][]string{{"10.20.0.1", "10.20.1.1", "198.51.100.1"}}},
		// Somebody well passes what they share: then it is both of the others.
		"a third floor passes": {[]Record{near, far, passes}, [][]string{{"10.20.1.1"}, {"198.51.100.1"}}},
		// The packets of one who sees it end behind the firewall passed the router.
		"one way for both": {
			[]Record{near, dropped(osaka.desk(4, 0, nine), "10.20.0.1", "198.51.100.1", "udp/4172")},
			[][]string{{"10.20.0.1"}},
		},
		"somebody names it": {
			[]Record{near, far, said(osaka.desk(5, 1, nine), "10.20.0.1", "udp/4172")}, [][]string{{"10.20.0.1"}},
		},
	} {
		var got [][]string
		for _, g := range of(Options{}, c.records...).Groups {
			if g.Status == finding.StatusFault {
				got = append(got, placesOf(g.Where))
				if g.Contradict > 0 {
					t.Errorf("%s: somebody contradicts: %+v", name, g)
				}
			}
		}
		slices.SortFunc(got, slices.Compare)
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// said is what the computer reports if a device itself says that it drops a port.
func said(r Record, by string, ports ...string) Record {
	r = dropped(r, by, "", ports...)
	r.Where.Kind, r.Confidence = finding.OnDevice, finding.Proven
	return r
}

// drawn is a random office with up to two devices at fault, and what its desks report. The
// truth is, for each run, those of them that it leaves: a device at fault right behind
// another one is nothing that anybody could tell before the first is mended.
func drawn(rnd *rand.Rand, i int) (records []Record, truth map[string][]string) {
	o := office{
		fmt.Sprintf("site%d", i), fmt.Sprintf("203.0.113.%d", i+1), nil, "10.0.0.1", fmt.Sprintf("198.51.100.%d", i+1),
	}
	for floor := range 1 + rnd.IntN(3) {
		o.floors = append(o.floors, fmt.Sprintf("10.0.%d.1", floor+1))
	}
	devices := append(slices.Clone(o.floors), o.firewall, o.provider)
	bad := []string{o.way(0)[rnd.IntN(3)]} // the router of floor 0, the firewall, the provider
	if rnd.IntN(2) == 0 {
		bad = append(bad, devices[rnd.IntN(len(devices))])
	}
	truth = map[string][]string{}
	for n := range 1 + rnd.IntN(12) {
		floor := rnd.IntN(len(o.floors))
		r := o.desk(n, floor, nine.Add(time.Duration(rnd.IntN(60))*time.Minute))
		way := o.way(floor)
		at := slices.IndexFunc(way, func(device string) bool { return slices.Contains(bad, device) })
		switch {
		case at >= 0 && rnd.IntN(2) == 0: // it answers for itself, and drops what is to pass
			after := ""
			if at < 2 {
				after = way[at+1]
			}
			r = dropped(r, way[at], after, "udp/4172")
		case at >= 0:
			before := ""
			if at > 0 {
				before = way[at-1]
			}
			r = dropped(r, before, way[at], "udp/4172")
		case rnd.IntN(2) == 0: // its way is known
			r.Devices = way
		}
		if at >= 0 {
			truth[r.Run] = common(placesOf(r.Where), bad)
		}
		records = append(records, r)
	}
	return records, truth
}

// Random offices with up to two devices at fault in each: whatever desks see, the device
// that keeps a desk away is the one that its group blames, or among those that are left; no
// desk is counted twice or lost; the order in which reports come does not matter.
func TestRandomOffices(t *testing.T) {
	alone, several := 0, 0
	for seed := range uint64(3000) {
		rnd := rand.New(rand.NewPCG(seed, 13))
		var records []Record
		truth := map[string][]string{} // by run
		for i := range 1 + rnd.IntN(3) {
			more, at := drawn(rnd, i)
			records = append(records, more...)
			maps.Copy(truth, at)
		}
		r := of(Options{}, records...)
		rnd.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		again := of(Options{}, records...)
		one, _ := r.JSON()
		two, _ := again.JSON()
		if string(one) != string(two) {
			t.Errorf("seed %d: the order matters:\n%s\n%s", seed, one, two)
		}
		desks := 0
		for _, g := range r.Groups {
			desks += g.Desks
			if g.Where == nil {
				continue
			}
			left := placesOf(g.Where)
			if alone++; len(left) > 1 {
				alone, several = alone-1, several+1
			}
			for _, run := range g.Runs {
				if len(common(left, truth[run])) == 0 {
					t.Errorf("seed %d: %v is left for %s, and it is %v", seed, left, run, truth[run])
				}
			}
			if g.Contradict > 0 {
				t.Errorf("seed %d: nobody contradicts: %+v", seed, g)
			}
		}
		if desks != len(records) || r.Desks != desks {
			t.Errorf("seed %d: %d desks of %d", seed, desks, len(records))
		}
	}
	// Whoever never says which one says nothing wrong either.
	if t.Logf("%d groups blame one device, %d several", alone, several); alone < several {
		t.Error("most groups leave several devices")
	}
}
