package diagnose

import (
	"fmt"
	"slices"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/probe"
)

// Every limit that a judgement rests on, just below, at and above.

// knownLimit are rows that are wrong today, with the reason. One that is right again
// has to leave the list.
var knownLimit = map[string]string{}

// limitRow is a world at some distance of a limit, and what must come of it.
type limitRow struct {
	name   string
	w      *diagnosetest.World
	status finding.Status
	code   string
}

func judgeLimits(t *testing.T, rows []limitRow) {
	t.Helper()
	for _, row := range rows {
		v := Judge(row.w.In).Verdict
		right := v.Status == row.status && v.Code == row.code
		switch reason, known := knownLimit[row.name]; {
		case known && right:
			t.Errorf("%s: right, and still on the list of what is wrong", row.name)
		case known:
			t.Logf("%s: %s %s, a known fault: %s", row.name, v.Status, v.Code, reason)
		case !right:
			t.Errorf("%s: %s %s, want %s %s: %s", row.name, v.Status, v.Code, row.status, row.code, diagnosetest.Said(v.Summary))
		}
	}
}

// PCoIP: 100 ms affected, 200 degraded, beyond 375 the session ends. DCV: 250 to
// 400 degraded, and no end is documented.
func TestLimitsOfTheRoundTrip(t *testing.T) {
	const ok, limited, blocked = finding.ProtocolOK, finding.ProtocolDegraded, finding.ProtocolBlocked
	for _, row := range []struct {
		ms         float64
		pcoip, dcv finding.ProtocolState
		status     finding.Status // of a run for both
		told       bool           // the round trip is a finding of such a run
	}{
		{99.9, ok, ok, finding.StatusOK, false},
		{100, ok, ok, finding.StatusOK, true},
		{199.9, ok, ok, finding.StatusOK, true},
		{200, limited, ok, finding.StatusDegraded, true},
		{249.9, limited, ok, finding.StatusDegraded, true},
		{250, limited, limited, finding.StatusDegraded, true},
		{375, limited, limited, finding.StatusDegraded, true},
		{375.1, blocked, limited, finding.StatusFault, true},
		{399.9, blocked, limited, finding.StatusFault, true},
		{400, blocked, limited, finding.StatusFault, true},
		{400.1, blocked, limited, finding.StatusFault, true},
	} {
		r := Judge(diagnosetest.Healthy().Slow(row.ms).In)
		told := slices.ContainsFunc(r.Findings, func(f finding.Finding) bool { return f.Code == "rtt_high" })
		if r.Verdict.Status != row.status || r.Verdict.Protocols != (finding.Protocols{PCoIP: row.pcoip, DCV: row.dcv}) || told != row.told {
			t.Errorf("%.1f ms: %s %+v, told %v; want %s, PCoIP %s, DCV %s, told %v", row.ms, r.Verdict.Status, r.Verdict.Protocols, told, row.status, row.pcoip, row.dcv, row.told)
		}
		alone := diagnosetest.Healthy().Slow(row.ms)
		alone.In.Protocol = "dcv"
		if want := map[bool]finding.Status{true: finding.StatusDegraded, false: finding.StatusOK}[row.dcv == limited]; Judge(alone.In).Verdict.Status != want {
			t.Errorf("%.1f ms, DCV alone: want %s", row.ms, want)
		}
	}
}

// A local network that is slow itself may be the reason: an answer from near has to
// take less than a quarter.
func TestLimitOfTheNearControl(t *testing.T) {
	for near, want := range map[float64]finding.Confidence{69.9: finding.Likely, 70: finding.Possible} {
		v := Judge(diagnosetest.Healthy().Slow(280).NamesTake(near).In).Verdict
		if v.Code != "rtt_high" || v.Confidence != want {
			t.Errorf("the resolver takes %.1f ms of 280: %s %s, want %s", near, v.Code, v.Confidence, want)
		}
	}
}

func TestLimitOfJitter(t *testing.T) {
	for swing, want := range map[float64]bool{32.9: false, 33: true} {
		r := Judge(diagnosetest.Healthy().Jittery(swing).In)
		if got := slices.ContainsFunc(r.Findings, func(f finding.Finding) bool { return f.Code == "jitter_high" }); got != want || r.Verdict.Status != finding.StatusOK {
			t.Errorf("%.1f ms: told %v, %s", swing, got, r.Verdict.Status)
		}
	}
	// Three round trips are no sample.
	few := diagnosetest.Healthy().Jittery(70).Each(diagnosetest.Is(probe.STUNBinding), func(o *probe.Observation) {
		d := o.Detail.(probe.ExchangeDetail)
		d.RTTMS = d.RTTMS[:3]
		o.Detail = d
	})
	if r := Judge(few.In); len(r.Findings) > 0 {
		t.Errorf("three round trips are judged: %s", diagnosetest.Codes(r.Findings))
	}
}

// Streaming needs packets of 1200 bytes.
func TestLimitOfPacketSizes(t *testing.T) {
	judgeLimits(t, []limitRow{
		{"1199 bytes pass", diagnosetest.Healthy().MTU(1199, true), finding.StatusInconclusive, "mtu_black_hole"},
		{"1200 bytes pass", diagnosetest.Healthy().MTU(1200, true), finding.StatusDegraded, "mtu_black_hole"},
		{"1199 bytes, and routers say so", diagnosetest.Healthy().MTU(1199, false), finding.StatusOK, "all_measured_passes"},
		{"eth0 carries 1199 bytes", diagnosetest.HealthyInside().Card("eth0", func(i *probe.Interface) { i.MTU = 1199 }), finding.StatusDegraded, "eth0_narrow_mtu"},
		{"eth0 carries 1200 bytes", diagnosetest.HealthyInside().Card("eth0", func(i *probe.Interface) { i.MTU = 1200 }), finding.StatusOK, "all_measured_passes"},
	})
	// A greeting that is smaller than what passes was not lost for its size: 72
	// bytes of headers go with it.
	unacked := func(bytes int) probe.TLSDetail {
		return probe.TLSDetail{Root: probe.RootUnknown, Hello: probe.HelloSmall, HelloBytes: bytes, Phase: probe.HelloUnacked}
	}
	for bytes, want := range map[int]string{1328: "web_unreachable", 1329: "mtu_black_hole"} {
		w := diagnosetest.Healthy().MTU(1400, true).EndsAt(probe.TLSHandshake, probe.Silent, probe.Timeout, unacked(bytes), "broker")
		if v := Judge(w.In).Verdict; v.Code != want {
			t.Errorf("a greeting of %d bytes where 1400 pass: %s, want %s", bytes, v.Code, want)
		}
	}
}

// What comes in less than a quarter of the Region's round trip comes from nearer,
// in at least three quarters of it from as far, and between the two nobody knows.
func TestLimitsOfDistance(t *testing.T) {
	accepted := func(ms float64) limitRow {
		return limitRow{name: fmt.Sprintf("accepted after %.1f ms", ms), w: diagnosetest.Healthy().Accept(ms, "nothing", "pcoip-tcp")}
	}
	as := func(r limitRow, status finding.Status, code string) limitRow {
		r.status, r.code = status, code
		return r
	}
	judgeLimits(t, []limitRow{
		as(accepted(9.9), finding.StatusInconclusive, "port_accept_unreal"),
		as(accepted(10), finding.StatusInconclusive, "not_shown"),
		as(accepted(29.9), finding.StatusInconclusive, "not_shown"),
		as(accepted(30), finding.StatusOK, finding.CodeAsFarAsSeen),
	})
	// Where the Region is less than 12 ms away a fraction of that means scheduling.
	near := func(region float64) *diagnosetest.World {
		return diagnosetest.Healthy().Slow(region).Accept(1, "nothing", "pcoip-tcp")
	}
	judgeLimits(t, []limitRow{
		{"the Region is 11.9 ms away", near(11.9), finding.StatusInconclusive, "not_shown"},
		{"the Region is 12 ms away", near(12), finding.StatusInconclusive, "port_accept_unreal"},
	})
	// The end of a connection at the first data, by the handshake's own round trip.
	cut := func(region, after float64) *diagnosetest.World {
		return diagnosetest.Healthy().Slow(region).Cut(after, "pcoip-tcp")
	}
	judgeLimits(t, []limitRow{
		{"cut after 23.9 of 40 ms", cut(40, 23.9), finding.StatusInconclusive, "data_reset"},
		{"cut after 24 of 40 ms", cut(40, 24), finding.StatusOK, finding.CodeAsFarAsSeen},
		{"cut after 7.1 of 12 ms", cut(12, 7.1), finding.StatusInconclusive, "data_reset"},
		{"cut after 7.1 of 11.9 ms", cut(11.9, 7.1), finding.StatusInconclusive, "not_shown"},
	})
}

func TestLimitOfSlowNames(t *testing.T) {
	judgeLimits(t, []limitRow{
		{"names take 1499 ms", diagnosetest.Healthy().NamesTake(1499), finding.StatusOK, "all_measured_passes"},
		{"names take 1500 ms", diagnosetest.Healthy().NamesTake(1500), finding.StatusDegraded, "dns_slow"},
		{"a dead name server, and names take 1499 ms", diagnosetest.Healthy().Second("203.0.113.53:53").NamesTake(1499).DNSSilent(func(r string) bool { return r == "203.0.113.53:53" }), finding.StatusOK, "all_measured_passes"},
	})
	// Half of the names are enough, fewer are not.
	slowly := func(n int) finding.Verdict {
		w, seen := diagnosetest.Healthy(), 0
		w.Each(diagnosetest.Is(probe.DNSQuery), func(o *probe.Observation) {
			if o.Detail.(probe.DNSDetail).Resolver == "system" {
				if seen++; seen <= n {
					o.ElapsedMS = 1500
				}
			}
		})
		return Judge(w.In).Verdict
	}
	if v := slowly(3); v.Code != "all_measured_passes" {
		t.Errorf("three of seven names are slow: %s", v.Code)
	}
	if v := slowly(4); v.Code != "dns_slow" {
		t.Errorf("four of seven names are slow: %s", v.Code)
	}
}
