package lab

import (
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
)

const manySeeds = 2000

func TestASeedGivesTheSameWorldEveryTime(t *testing.T) {
	for seed := range uint64(manySeeds) {
		d, link := Draw(seed)
		again, linkAgain := Draw(seed)
		if diff := cmp.Diff(d, again, cmpopts.EquateComparable(netip.Prefix{})); diff != "" || link != linkAgain {
			t.Fatalf("seed %d: %s %v %v", seed, diff, link, linkAgain)
		}
	}
	a, _ := Draw(1)
	b, _ := Draw(2)
	if a.String() == b.String() {
		t.Error("two seeds give the same world")
	}
}

func TestEveryActTemperAndNuisanceIsDrawn(t *testing.T) {
	drawnActs, drawnTempers, drawnNuisances, drawnFlows, owners := map[Act]int{}, map[Temper]int{}, map[Nuisances]int{}, map[Flow]int{}, map[Owner]int{}
	healthy, two, slow, six, alone := 0, 0, 0, 0, 0
	for seed := range uint64(manySeeds) {
		d, link := Draw(seed)
		for _, h := range d.Hops {
			drawnTempers[h.Temper]++
			owners[h.Owner]++
		}
		for _, x := range d.Nuisances {
			drawnNuisances[x.Kind]++
		}
		for _, i := range d.Ills {
			drawnActs[i.Act]++
			drawnFlows[i.Flow]++
		}
		if len(d.Ills) == 0 {
			healthy++
		}
		if len(d.Ills) == 2 {
			two++
		}
		if link.RTT > affectedRTT {
			slow++
		}
		if d.IPv6 {
			six++
		}
		if d.SixOnly != "" {
			alone++
		}
	}
	if alone < manySeeds/50 {
		t.Errorf("only %d of %d worlds are IPv6-only", alone, manySeeds)
	}
	for a := range acts {
		if drawnActs[a] == 0 {
			t.Errorf("nobody ever %s", a)
		}
	}
	for a := range tempers {
		if drawnTempers[a] == 0 {
			t.Errorf("no router is ever %s", a)
		}
	}
	for a := range drawnNuisances {
		if nuisances[a] == nil {
			t.Errorf("%s injects nothing", a)
		}
	}
	for a := range nuisances {
		if drawnNuisances[a] == 0 {
			t.Errorf("%s never happens", a)
		}
	}
	for f := range flows {
		if drawnFlows[f] == 0 {
			t.Errorf("nothing is ever about %s", f)
		}
	}
	for _, o := range []Owner{UserNetwork, CarrierNAT, Transit, AWSBorder} {
		if owners[o] == 0 {
			t.Errorf("no hop is ever %s's", o)
		}
	}
	for what, n := range map[string]int{"healthy": healthy, "with two ills": two, "slow": slow, "with IPv6": six} {
		if n < manySeeds/20 {
			t.Errorf("only %d of %d worlds are %s", n, manySeeds, what)
		}
	}
	if n := drawnNuisances[StreamSilent]; n < manySeeds*4/10 || n > manySeeds*6/10 {
		t.Errorf("in %d of %d worlds the streaming hosts answer no datagram, half is meant", n, manySeeds)
	}
}

// A world must reach the host as it is, and every fault of it must be one that
// the lab knows.
func TestWorldsSurviveTheWayToTheHost(t *testing.T) {
	for seed := range uint64(manySeeds) {
		s := func() Scenario { d, link := Draw(seed); return d.Scenario(link) }()
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back Scenario
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, back, cmpopts.EquateEmpty(), cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})); diff != "" {
			t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
		}
	}
}

func TestWorldsAreWhole(t *testing.T) {
	for seed := range uint64(manySeeds) {
		d, link := Draw(seed)
		top := d.topology()
		held := map[string]Place{}
		for _, c := range append(slices.Clone(top.cables), top.wire) {
			for _, a := range append(slices.Clone(c.addrA), c.addrB...) {
				if other, twice := held[a]; twice {
					t.Errorf("seed %d: %s is at %s and between %s and %s", seed, a, other, c.a, c.b)
				}
				held[a] = c.a
			}
		}
		if len(top.cables)+1 != len(d.Hops)+len(drawnHosts) || top.wire.a == "" {
			t.Errorf("seed %d: %d cables and a wire from %q for %d hops and %d hosts", seed, len(top.cables), top.wire.a, len(d.Hops), len(drawnHosts))
		}
		public := d.Hops[slices.IndexFunc(d.Hops, func(h Hop) bool { return h.Owner == Transit })]
		if public.inner().String() != publicIP {
			t.Errorf("seed %d: leaves from %s", seed, public.inner())
		}
		inner, _ := d.hop(d.last(UserNetwork, CarrierNAT))
		if !inner.NAT {
			t.Errorf("seed %d: nobody translates to the public address", seed)
		}
		truth := d.Truth(link)
		if truth.Healthy() != (len(d.Ills) == 0) {
			t.Errorf("seed %d: %s: healthy is %v", seed, d, truth.Healthy())
		}
		for _, l := range truth.Layers {
			if !slices.Contains(truth.Same, l) {
				t.Errorf("seed %d: %s is at fault and does not look like it", seed, l)
			}
		}
	}
}

// plain is a small world by hand: a router, a provider's hop and AWS's border.
func plain(tempers string, ills ...Ill) Drawn {
	d := Drawn{Resolver: "router", Ills: ills, Hops: []Hop{
		{At: Router, Owner: UserNetwork, Link: netip.MustParsePrefix("192.168.50.0/30"), NAT: true},
		{At: "p1", Owner: Transit, Link: netip.MustParsePrefix("203.0.113.8/30")},
		{At: "p2", Owner: Transit, Link: netip.MustParsePrefix("198.51.100.8/30")},
		{At: "b1", Owner: AWSBorder, Link: netip.MustParsePrefix("52.93.24.0/30")},
	}, WireAfter: 2}
	for i, c := range tempers {
		d.Hops[i].Temper = map[rune]Temper{'m': Silent, 't': OnlyTCP, 'u': OnlyUDP, 'i': NotSeenAtAll, 's': OneASecond}[c]
	}
	return d
}

func TestTruthOfWorldsByHand(t *testing.T) {
	const (
		lf, nf, ip = layer.LocalFirewall, layer.NetworkFirewall, layer.InternetPath
		sg, ac, ag = layer.StreamingGateway, layer.IPAccessControl, layer.AuthGateway
	)
	type states struct{ pcoip, dcv State }
	both := states{Dead, Dead}
	for _, c := range []struct {
		name         string
		d            Drawn
		layers, same []layer.ID
		is           states
	}{
		{"nothing", plain(""), nil, nil, states{}},
		{"drop at the router", plain("", Ill{Act: Drops, At: Router, Flow: Streams}), []layer.ID{nf}, []layer.ID{nf, ip}, both},
		{"drop at the router, the next is mute and theirs as well", plain(".mm.", Ill{Act: Drops, At: Router, Flow: Streams}), []layer.ID{nf}, []layer.ID{nf, ip, sg, ac}, both},
		{"drop on arrival at the router", plain("", Ill{Act: DropsArrivals, At: Router, Flow: Streams}), []layer.ID{nf}, []layer.ID{lf, nf}, both},
		{"drop on arrival at the first provider's hop", plain("", Ill{Act: DropsArrivals, At: "p1", Flow: Streams}), []layer.ID{ip}, []layer.ID{nf, ip}, both},
		{"drop between provider's hops", plain("", Ill{Act: Drops, At: "p1", Flow: TCP4172}), []layer.ID{ip}, []layer.ID{ip}, states{Dead, Alive}},
		{"drop of UDP, hops speak of TCP only", plain(".tt.", Ill{Act: Drops, At: "p1", Flow: UDP4172}), []layer.ID{ip}, []layer.ID{nf, ip, sg, ac}, states{Dead, Alive}},
		{"drop at the border", plain("", Ill{Act: Drops, At: "b1", Flow: UDP4195}), []layer.ID{sg, ac}, []layer.ID{lf, nf, ip, sg, ac}, states{Alive, Impaired}},
		{"drop of 443 at the border", plain("", Ill{Act: Drops, At: "b1", Flow: WebAll}), []layer.ID{ag}, []layer.ID{lf, nf, ip, ag}, both},
		{"answers dropped", plain("", Ill{Act: DropsAnswers, At: Router, Flow: TCP4195}), []layer.ID{nf}, []layer.ID{lf, nf, ip, sg, ac}, states{Alive, Impaired}},
		{"prohibited by a provider", plain("", Ill{Act: Prohibits, At: "p2", Flow: AllDCV}), []layer.ID{ip}, []layer.ID{ip}, states{Alive, Dead}},
		{"reset by the router, the next speaks of UDP only", plain(".um.", Ill{Act: Resets, At: Router, Flow: NotWeb}), []layer.ID{nf}, []layer.ID{nf, ip, sg, ac}, states{Dead, Impaired}},
		{"dropped by this computer", plain("", Ill{Act: Drops, At: Client, Flow: AllUDP}), []layer.ID{lf}, []layer.ID{lf}, states{Dead, Impaired}},
		{"reset by this computer", plain("", Ill{Act: Resets, At: Client, Flow: Streams}), []layer.ID{lf}, []layer.ID{lf, nf}, states{Dead, Impaired}},
		{"queued behind a mute router", plain("m", Ill{Act: Queues, Flow: Streams}), []layer.ID{lf}, []layer.ID{lf, nf}, both},
		{"a share lost in the office", plain("", Ill{Act: LosesShare, At: Router, Flow: UDP4172, Share: .2}), []layer.ID{nf, ip}, []layer.ID{lf, nf, ip, sg, ac}, states{Impaired, Alive}},
		{"large packets lost", plain("", Ill{Act: SwallowsLarge, At: "p1", Size: 1300, Toward: "client"}), []layer.ID{ip}, []layer.ID{lf, nf, ip, sg, ac, ag}, both},
		{"no such name", plain("", Ill{Act: NoName, Name: signinHost}), []layer.ID{layer.DNS}, []layer.ID{layer.DNS}, both},
		{"no such name of PCoIP's broker", plain("", Ill{Act: NoName, Name: sessionHost}), []layer.ID{layer.DNS}, []layer.ID{layer.DNS}, states{Dead, Untried}},
		{"hosts file", plain("", Ill{Act: InHostsFile, Name: healthHost, Mode: "10.1.1.1"}), []layer.ID{layer.LocalDevice}, []layer.ID{layer.LocalDevice}, both},
		{"trusted inspection", plain("", Ill{Act: Resigns, At: Router, Mode: "trusted"}), []layer.ID{layer.TLSInspection}, []layer.ID{layer.TLSInspection}, states{}},
		{"antivirus", plain("", Ill{Act: Resigns, At: Client, Mode: "trusted", Name: inspectingPrograms[0]}), []layer.ID{lf}, []layer.ID{lf}, states{}},
		{"not allowed", plain("", Ill{Act: NotAllowed}), []layer.ID{ac}, []layer.ID{ac}, both},
	} {
		got := c.d.Truth(Link{})
		if diff := cmp.Diff([][]layer.ID{unique(c.layers), unique(c.same)}, [][]layer.ID{got.Layers, got.Same}, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if is := (states{got.PCoIP, got.DCV}); is != c.is {
			t.Errorf("%s: %v, want %v", c.name, is, c.is)
		}
	}
}

func TestASlowOrLossyLinkMayBeCalledSo(t *testing.T) {
	for l, want := range map[Link]int{{}: 0, {RTT: 80 * time.Millisecond}: 0, {RTT: 120 * time.Millisecond}: 1, {Loss: .01}: 1} {
		if got := plain("").Truth(l).MayDegrade; len(got) != want {
			t.Errorf("%v: %v", l, got)
		}
	}
}

func TestCategoriesOfVerdicts(t *testing.T) {
	const nf, ip, sg, ac, dns = layer.NetworkFirewall, layer.InternetPath, layer.StreamingGateway, layer.IPAccessControl, layer.DNS
	says := func(s finding.Status, l layer.ID, c finding.Confidence, suspects ...layer.ID) Judged {
		j := Judged{Verdict: report.Verdict{Status: s, Confidence: c, Owner: "somebody else"}}
		if l != "" {
			j.Layer = &l
		}
		for _, id := range suspects {
			j.Candidates = append(j.Candidates, report.Suspect{Layer: id})
		}
		return j
	}
	soFar := says(ok, "", "")
	soFar.Code = seenSoFar
	usual := says(isFault, dns, proven)
	row, _ := layer.Get(dns)
	usual.Owner = words.English().Tell(words.Owner(row.Owner))
	healthy, slow := plain("").Truth(Link{}), plain("").Truth(Link{RTT: 150 * time.Millisecond})
	near := plain("", Ill{Act: Drops, At: Router, Flow: Streams}).Truth(Link{})
	told := plain("", Ill{Act: Prohibits, At: Router, Flow: Streams}).Truth(Link{})
	far := plain("", Ill{Act: Drops, At: "b1", Flow: UDP4172}).Truth(Link{})
	half := plain("", Ill{Act: Drops, At: Router, Flow: UDP4195}).Truth(Link{})
	stub := plain("", Ill{Act: StubDead}).Truth(Link{})
	for _, c := range []struct {
		name  string
		truth Truth
		said  Judged
		want  Category
	}{
		{"healthy, ok", healthy, says(ok, "", ""), Right},
		{"healthy, as far as seen", healthy, soFar, Right},
		{"healthy, undecided", healthy, says(inconclusive, "", "", nf), Shy},
		{"healthy, degraded", healthy, says(isDegraded, ip, likely), FalseAlarm},
		{"healthy, fault", healthy, says(isFault, ip, possible), FalseAlarm},
		{"slow, degraded", slow, says(isDegraded, ip, likely), Right},
		{"slow, degraded by nobody in particular", slow, says(isDegraded, "", ""), Right},
		{"slow, degraded by another", slow, says(isDegraded, nf, likely), FalseAlarm},
		{"slow, fault", slow, says(isFault, ip, likely), FalseAlarm},
		{"dropped, named", near, says(isFault, nf, likely), Right},
		{"dropped, the other named", near, says(isFault, ip, likely, nf), FalseAccusation},
		{"dropped, the other named as possible", near, says(isFault, ip, possible, nf), Overstated},
		{"dropped, the other named as possible, and the true one not", near, says(isFault, ip, possible), FalseAccusation},
		{"dropped, undecided", near, says(inconclusive, "", "", nf, ip), Open},
		{"dropped, undecided without the true one", near, says(inconclusive, "", "", ip), Missed},
		{"dropped, ok", near, says(ok, "", ""), FalseClearance},
		{"dropped near, ok as far as seen", near, soFar, Missed},
		{"dropped at AWS, ok as far as seen", far, soFar, Open},
		{"dropped at AWS, the group named", far, says(isFault, ac, possible, sg), Right},
		{"prohibited, undecided", told, says(inconclusive, "", "", nf, ip), Shy},
		{"half of DCV dropped, ok", half, says(ok, "", ""), Missed},
		{"half of DCV dropped, degraded", half, says(isDegraded, nf, likely), Right},
		{"half of DCV dropped, degraded by nobody", half, says(isDegraded, "", "", nf), Open},
		{"stub dead, names accused with this computer's owner", stub, says(isFault, dns, likely), Right},
		{"stub dead, the network's names accused", stub, usual, FalseAccusation},
	} {
		if got := c.truth.Categorise(c.said); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestTheWitnessContradicts(t *testing.T) {
	every := func(changed Element, to Tried) map[Element]Tried {
		m := map[Element]Tried{ByProxy: {}, SignIn: {4, 4, 4, ""}, T4172: {3, 3, 3, ""}, T4195: {3, 3, 3, ""}, U4172: {40, 40, 40, ""}, U4195: {40, 40, 40, ""}}
		if changed != "" {
			m[changed] = to
		}
		return m
	}
	healthy := plain("").Truth(Link{})
	dropped := plain("", Ill{Act: Drops, At: Router, Flow: UDP4172}).Truth(Link{})
	lossy := plain("", Ill{Act: LosesShare, At: Router, Flow: UDP4172}).Truth(Link{})
	holed := plain("", Ill{Act: SwallowsLarge, At: Router}).Truth(Link{})
	for _, c := range []struct {
		name  string
		truth Truth
		found map[Element]Tried
		link  Link
		wrong int
	}{
		{"all is well", healthy, every("", Tried{}), Link{}, 0},
		{"a port that should live", healthy, every(T4195, Tried{0, 0, 3, ""}), Link{}, 1},
		{"losses without a cause", healthy, every(U4195, Tried{30, 30, 40, ""}), Link{}, 1},
		{"losses of the link", healthy, every(U4195, Tried{37, 37, 40, ""}), Link{Loss: .02}, 0},
		{"a port that should be dead", dropped, every("", Tried{}), Link{}, 1},
		{"a dead port", dropped, every(U4172, Tried{0, 0, 40, ""}), Link{}, 0},
		{"no loss", lossy, every("", Tried{}), Link{}, 1},
		{"loss", lossy, every(U4172, Tried{30, 30, 40, ""}), Link{}, 0},
		{"large packets pass", holed, every("", Tried{}), Link{}, 3},
	} {
		if wrong := c.truth.Contradiction(c.found, c.link); len(wrong) != c.wrong {
			t.Errorf("%s: %v", c.name, wrong)
		}
	}
}

func TestWilsonIntervals(t *testing.T) {
	// Reference: Newcombe 1998, table I, method 3: 81 of 263, and 15 of 148.
	for _, c := range [][4]float64{{81, 263, .2553, .3662}, {15, 148, .0624, .1605}} {
		low, high := wilson(int(c[0]), int(c[1]))
		if diff := cmp.Diff([]float64{c[2], c[3]}, []float64{low, high}, cmpopts.EquateApprox(0, 1e-4)); diff != "" {
			t.Errorf("%v: %s", c[:2], diff)
		}
	}
}

func TestEveryTableOfWorldsIsDrawnFromKnownRows(t *testing.T) {
	known := slices.Collect(maps.Keys(acts))
	for o, list := range placeActs {
		for i := 1; i < len(list); i += 2 {
			if !slices.Contains(known, list[i].(Act)) {
				t.Errorf("%s: no act is called %s", o, list[i])
			}
		}
	}
	for f := range flows {
		if len(flowElements[f]) == 0 {
			t.Errorf("%s carries nothing", f)
		}
	}
}
