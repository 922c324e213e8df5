package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/probe"
)

// Every limit that a judgement rests on, just below, at and above.

// knownLimit are rows that are wrong today, with the reason. One that is right again
// has to leave the list.
var knownLimit = map[string]string{}

// limitRow is a world at some distance of a limit, and what must come of it.
type limitRow struct {
	name   string
	w      *world
	status Status
	code   string
}

func judgeLimits(t *testing.T, rows []limitRow) {
	t.Helper()
	for _, row := range rows {
		v := Judge(row.w.in).Verdict
		right := v.Status == row.status && v.Code == row.code
		switch reason, known := knownLimit[row.name]; {
		case known && right:
			t.Errorf("%s: right, and still on the list of what is wrong", row.name)
		case known:
			t.Logf("%s: %s %s, a known fault: %s", row.name, v.Status, v.Code, reason)
		case !right:
			t.Errorf("%s: %s %s, want %s %s: %s", row.name, v.Status, v.Code, row.status, row.code, v.Summary)
		}
	}
}

// PCoIP: 100 ms affected, 200 degraded, beyond 375 the session ends. DCV: 250 to
// 400 degraded, and no end is documented.
func TestLimitsOfTheRoundTrip(t *testing.T) {
	const ok, limited, blocked = ProtocolOK, ProtocolDegraded, ProtocolBlocked
	for _, row := range []struct {
		ms         float64
		pcoip, dcv ProtocolState
		status     Status // of a run for both
		told       bool   // the round trip is a finding of such a run
	}{
		{99.9, ok, ok, StatusOK, false},
		{100, ok, ok, StatusOK, true},
		{199.9, ok, ok, StatusOK, true},
		{200, limited, ok, StatusDegraded, true},
		{249.9, limited, ok, StatusDegraded, true},
		{250, limited, limited, StatusDegraded, true},
		{375, limited, limited, StatusDegraded, true},
		{375.1, blocked, limited, StatusFault, true},
		{399.9, blocked, limited, StatusFault, true},
		{400, blocked, limited, StatusFault, true},
		{400.1, blocked, limited, StatusFault, true},
	} {
		r := Judge(healthy().slow(row.ms).in)
		told := slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Code == "rtt_high" })
		if r.Verdict.Status != row.status || r.Verdict.Protocols != (Protocols{row.pcoip, row.dcv}) || told != row.told {
			t.Errorf("%.1f ms: %s %+v, told %v; want %s, PCoIP %s, DCV %s, told %v", row.ms, r.Verdict.Status, r.Verdict.Protocols, told, row.status, row.pcoip, row.dcv, row.told)
		}
		alone := healthy().slow(row.ms)
		alone.in.Protocol = "dcv"
		if want := map[bool]Status{true: StatusDegraded, false: StatusOK}[row.dcv == limited]; Judge(alone.in).Verdict.Status != want {
			t.Errorf("%.1f ms, DCV alone: want %s", row.ms, want)
		}
	}
}

// A local network that is slow itself may be the reason: an answer from near has to
// take less than a quarter.
func TestLimitOfTheNearControl(t *testing.T) {
	for near, want := range map[float64]Confidence{69.9: Likely, 70: Possible} {
		v := Judge(healthy().slow(280).namesTake(near).in).Verdict
		if v.Code != "rtt_high" || v.Confidence != want {
			t.Errorf("the resolver takes %.1f ms of 280: %s %s, want %s", near, v.Code, v.Confidence, want)
		}
	}
}

// lostOf is a run with one sample of probes only.
func lostOf(sent, lost int) Evidence {
	w := &world{in: Input{Vantage: "desk", Protocol: "both"}}
	w.add("stun/stun/1", "stun", probe.STUNBinding, "stun.example:443/udp", "3.4.5.6", probe.OK, "", answered(sent, sent-lost))
	return gather(w.in)
}

// The share is above 8 % with 99 % certainty (Wilson's interval), which is more of
// few probes than of many.
func TestLimitOfLoss(t *testing.T) {
	for _, row := range []struct {
		sent, lost int
		high       bool
	}{
		{24, 5, false}, {24, 6, true}, {100, 14, false}, {100, 15, true}, {400, 45, false}, {400, 46, true}, {400, 0, false},
	} {
		if _, fired := lossyPath.Check(lostOf(row.sent, row.lost)); fired != row.high {
			t.Errorf("%d of %d lost: high is %v, want %v", row.lost, row.sent, fired, row.high)
		}
		if row.sent > 24 {
			continue
		}
		if _, fired := lossyPort.Check(gather(healthy().sampled("pcoip-tcp", row.sent, row.lost).in)); fired != row.high {
			t.Errorf("%d of a port's %d lost: high is %v, want %v", row.lost, row.sent, fired, row.high)
		}
	}
}

// A probe that was given up sooner than twice what an answer takes is not lost.
func TestAnAttemptGivenUpEarlyIsNoLoss(t *testing.T) {
	for waited, want := range map[float64]int{79.9: 0, 80: 1} {
		e := lostOf(10, 0)
		d := e.Observations[0].Detail.(probe.ExchangeDetail)
		d.Attempts = append(d.Attempts, probe.Attempt{ElapsedMS: waited, Outcome: probe.Silent})
		e.Observations[0].Detail = d
		if lost, total, _ := e.loss(); lost != want || total != 10+want {
			t.Errorf("given up after %.1f ms where answers take 40: %d of %d lost, want %d", waited, lost, total, want)
		}
	}
}

func TestLimitOfJitter(t *testing.T) {
	for swing, want := range map[float64]bool{32.9: false, 33: true} {
		r := Judge(healthy().jittery(swing).in)
		if got := slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Code == "jitter_high" }); got != want || r.Verdict.Status != StatusOK {
			t.Errorf("%.1f ms: told %v, %s", swing, got, r.Verdict.Status)
		}
	}
	// Three round trips are no sample.
	few := healthy().jittery(70).each(is(probe.STUNBinding), func(o *probe.Observation) {
		d := o.Detail.(probe.ExchangeDetail)
		d.RTTMS = d.RTTMS[:3]
		o.Detail = d
	})
	if r := Judge(few.in); len(r.Findings) > 0 {
		t.Errorf("three round trips are judged: %s", codes(r.Findings))
	}
}

// Five minutes, and two servers that agree within half of that.
func TestLimitOfTheClock(t *testing.T) {
	const minute, hosts = 60_000.0, 2
	for _, row := range []struct {
		name        string
		first, next float64
		wrong       bool
	}{
		{"4:59 fast", 5*minute - 1000, 5*minute - 1000, false},
		{"5:01 fast", 5*minute + 1000, 5*minute + 1000, true},
		{"4:59 slow", -5*minute + 1000, -5*minute + 1000, false},
		{"5:01 slow", -5*minute - 1000, -5*minute - 1000, true},
		{"one server within, one beyond", 5*minute - 1000, 5*minute + 1000, false},
		{"servers that differ by 2:29", 6 * minute, 8.5*minute - 1000, true},
		{"servers that differ by 2:31", 6 * minute, 8.5*minute + 1000, false},
		{"servers on both sides", -6 * minute, 6 * minute, false},
	} {
		w := healthy().drop(func(o probe.Observation) bool {
			return o.Operation == probe.HTTPGet && slices.Contains(webOrder, o.Endpoint)
		})
		w.clock(row.first, "clients.amazonworkspaces.com").clock(row.next, "checkip.amazonaws.com")
		if _, wrong := wrongClock.Check(gather(w.in)); wrong != row.wrong {
			t.Errorf("%s, told by %d servers: wrong is %v", row.name, hosts, wrong)
		}
	}
}

// Streaming needs packets of 1200 bytes.
func TestLimitOfPacketSizes(t *testing.T) {
	judgeLimits(t, []limitRow{
		{"1199 bytes pass", healthy().mtu(1199, true), StatusInconclusive, "mtu_black_hole"},
		{"1200 bytes pass", healthy().mtu(1200, true), StatusDegraded, "mtu_black_hole"},
		{"1199 bytes, and routers say so", healthy().mtu(1199, false), StatusOK, "all_measured_passes"},
		{"eth0 carries 1199 bytes", healthyInside().card("eth0", func(i *probe.Interface) { i.MTU = 1199 }), StatusDegraded, "eth0_narrow_mtu"},
		{"eth0 carries 1200 bytes", healthyInside().card("eth0", func(i *probe.Interface) { i.MTU = 1200 }), StatusOK, "all_measured_passes"},
	})
	// A greeting that is smaller than what passes was not lost for its size: 72
	// bytes of headers go with it.
	unacked := func(bytes int) probe.TLSDetail {
		return probe.TLSDetail{Root: probe.RootUnknown, Hello: probe.HelloSmall, HelloBytes: bytes, Phase: probe.HelloUnacked}
	}
	for bytes, want := range map[int]string{1328: "web_unreachable", 1329: "mtu_black_hole"} {
		w := healthy().mtu(1400, true).endsAt(probe.TLSHandshake, probe.Silent, probe.Timeout, unacked(bytes), "broker")
		if v := Judge(w.in).Verdict; v.Code != want {
			t.Errorf("a greeting of %d bytes where 1400 pass: %s, want %s", bytes, v.Code, want)
		}
	}
}

// What comes in less than a quarter of the Region's round trip comes from nearer,
// in at least three quarters of it from as far, and between the two nobody knows.
func TestLimitsOfDistance(t *testing.T) {
	accepted := func(ms float64) limitRow {
		return limitRow{name: fmt.Sprintf("accepted after %.1f ms", ms), w: healthy().accept(ms, "nothing", "pcoip-tcp")}
	}
	as := func(r limitRow, status Status, code string) limitRow {
		r.status, r.code = status, code
		return r
	}
	judgeLimits(t, []limitRow{
		as(accepted(9.9), StatusInconclusive, "port_accept_unreal"),
		as(accepted(10), StatusInconclusive, "not_shown"),
		as(accepted(29.9), StatusInconclusive, "not_shown"),
		as(accepted(30), StatusOK, CodeAsFarAsSeen),
	})
	// Where the Region is less than 12 ms away a fraction of that means scheduling.
	near := func(region float64) *world {
		return healthy().slow(region).accept(1, "nothing", "pcoip-tcp")
	}
	judgeLimits(t, []limitRow{
		{"the Region is 11.9 ms away", near(11.9), StatusInconclusive, "not_shown"},
		{"the Region is 12 ms away", near(12), StatusInconclusive, "port_accept_unreal"},
	})
	// The end of a connection at the first data, by the handshake's own round trip.
	cut := func(region, after float64) *world { return healthy().slow(region).cut(after, "pcoip-tcp") }
	judgeLimits(t, []limitRow{
		{"cut after 23.9 of 40 ms", cut(40, 23.9), StatusInconclusive, "data_reset"},
		{"cut after 24 of 40 ms", cut(40, 24), StatusOK, CodeAsFarAsSeen},
		{"cut after 7.1 of 12 ms", cut(12, 7.1), StatusInconclusive, "data_reset"},
		{"cut after 7.1 of 11.9 ms", cut(11.9, 7.1), StatusInconclusive, "not_shown"},
	})
}

// A device that is heard of later than four times the answer's time and 20 ms more
// did not give that answer; routers answer late, but not so late.
func TestLimitOfTheFarthestDevice(t *testing.T) {
	for ms, want := range map[float64]candidates.Place{24: 4, 24.1: 2} {
		w := healthy().accept(1, "nothing", "pcoip-tcp").controlSweep(5)
		with(w, probe.PathSweep, func(d *probe.SweepDetail) {
			for i := range d.Hops {
				if d.Hops[i].TTL == 3 {
					d.Hops[i].RTTMS = []float64{ms}
				}
			}
		})
		f, _ := gather(w.in).flow("health", "pcoip-tcp", "pcoip-tcp")
		i := slices.IndexFunc(f.clues, func(c candidates.Clue) bool { return c.Look == candidates.TooSoon })
		if i < 0 {
			t.Fatalf("hop 3 after %.1f ms: the answer is not said to come too soon", ms)
		}
		// The control's reset may be a device's that speaks for the host: 6.
		if got := min(f.clues[i].To, 4); got != want {
			t.Errorf("hop 3 after %.1f ms, the answer after 1 ms: from place %d at the farthest, want %d", ms, got, want)
		}
	}
}

func TestLimitOfSlowNames(t *testing.T) {
	judgeLimits(t, []limitRow{
		{"names take 1499 ms", healthy().namesTake(1499), StatusOK, "all_measured_passes"},
		{"names take 1500 ms", healthy().namesTake(1500), StatusDegraded, "dns_slow"},
		{"a dead name server, and names take 1499 ms", healthy().second("203.0.113.53:53").namesTake(1499).dnsSilent(func(r string) bool { return r == "203.0.113.53:53" }), StatusOK, "all_measured_passes"},
	})
	// Half of the names are enough, fewer are not.
	slowly := func(n int) Verdict {
		w, seen := healthy(), 0
		w.each(is(probe.DNSQuery), func(o *probe.Observation) {
			if o.Detail.(probe.DNSDetail).Resolver == "system" {
				if seen++; seen <= n {
					o.ElapsedMS = 1500
				}
			}
		})
		return Judge(w.in).Verdict
	}
	if v := slowly(3); v.Code != "all_measured_passes" {
		t.Errorf("three of seven names are slow: %s", v.Code)
	}
	if v := slowly(4); v.Code != "dns_slow" {
		t.Errorf("four of seven names are slow: %s", v.Code)
	}
}

// Plain loss explains a silence with a chance of 2 % at most, or nobody is told
// apart by it. The chances are reckoned by hand: (lost + ½) / (sent + 1), to the
// power of the probes that were silent.
func TestLimitOfChance(t *testing.T) {
	for lost, want := range map[int]bool{39: true, 40: false} { // 1.94 %, 2.14 %: four probes, 5·lost of 523
		w := healthy().lossy(100, lost).silence("pcoip-tcp").sweep("pcoip-tcp", 2, "").controlSweep(5)
		f, _ := gather(w.in).flow("health", "pcoip-tcp", "pcoip-tcp")
		got := slices.ContainsFunc(f.clues, func(c candidates.Clue) bool { return c.Look == candidates.Swept })
		if got != want {
			t.Errorf("%d of 100 lost: the sweep counts %v, chance %.4f", lost, got, f.path.Chance)
		}
	}
	silent := probe.ConnectDetail{Attempts: attempts(3, probe.Silent)}
	for lost, undecided := range map[int]bool{28: false, 29: true} { // 1.95 %, 2.17 %: three connects, 5·lost of 521
		w := healthy().lossy(100, lost).also("gateway-dcv-tcp/tcp", probe.TCPConnect, "3.227.4.9", probe.Silent, probe.Timeout, silent)
		list := gather(w.in).ways()
		i := slices.IndexFunc(list, func(f Finding) bool { return f.Code == "gateway_only_dead" })
		if i < 0 || list[i].Undecided != undecided {
			t.Errorf("%d of 100 lost: %s, odds %+v", lost, codes(list), list[max(i, 0)].Odds)
		}
	}
}

// How much of an address is a site's, and how much may be an organisation's.
func TestLimitsOfTheNeighbourhood(t *testing.T) {
	v6 := gather(healthy().leaves("ip6", "2001:db8:50::10", "fe80::1").in)
	v4 := gather(healthy().leaves("ip4", "141.20.1.10", "141.20.1.1").in)
	for _, row := range []struct {
		e                  Evidence
		address            string
		neighbour, ownable bool
	}{
		{v6, "2001:db8:50:ffff::1", true, true}, // 48 bits
		{v6, "2001:db8:51::1", false, true},     // 47
		{v6, "2001:db8:ffff::1", false, true},   // 32
		{v6, "2001:db9:50::1", false, false},    // 31
		{v4, "141.20.255.1", false, true},       // 16
		{v4, "141.21.1.10", false, false},       // 15
		{v4, "2001:db8:50::1", false, false},    // another family
		{v6, "141.20.1.1", false, false},        //
		{gather(healthy().leaves("ip4", "10.1.1.1", "10.1.1.254").in), "10.1.1.2", false, false}, // marks nothing
	} {
		a := netip.MustParseAddr(row.address)
		if row.e.isNeighbour(a) != row.neighbour || row.e.mayBeOwn(a) != row.ownable {
			t.Errorf("%s: a neighbour %v, may be own %v", a, row.e.isNeighbour(a), row.e.mayBeOwn(a))
		}
	}
}
