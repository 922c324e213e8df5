package firewall

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	"wsdoctor/probe"
)

func at(s string) clock {
	t, err := time.Parse("2006-01-02 15:04:05", s)
	if err != nil {
		panic(err)
	}
	return clock{now: t}
}

// Friday is the 27th of November 2026.
func TestTimeMatchIsTheKernels(t *testing.T) {
	office := timeMatch{to: 1<<32 - 1, start: 7 * 3600, stop: 19 * 3600, monthdays: allMonthdays, weekdays: allWeekdays}
	night := office
	night.start, night.stop = 22*3600, 6*3600
	friday, monthday := office, office
	friday.weekdays, monthday.monthdays = 1<<5, 1<<27
	fridayNight := night
	fridayNight.weekdays = 1 << 5
	onward := fridayNight
	onward.contiguous = true
	zoned := office
	zoned.zone = true
	past, future := office, office
	past.to, future.from = 1_600_000_000, 1_900_000_000
	east := at("2026-11-27 06:30:00")
	east.west = -60
	for _, c := range []struct {
		name string
		rule timeMatch
		at   clock
		want truth
	}{
		{"in the hours", office, at("2026-11-27 12:00:00"), yes},
		{"at the first second", office, at("2026-11-27 07:00:00"), yes},
		{"at the last second, which is included", office, at("2026-11-27 19:00:00"), yes},
		{"a second later", office, at("2026-11-27 19:00:01"), no},
		{"a night, before midnight", night, at("2026-11-27 23:00:00"), yes},
		{"a night, after midnight", night, at("2026-11-27 05:59:59"), yes},
		{"a night, at noon", night, at("2026-11-27 12:00:00"), no},
		{"on its day", friday, at("2026-11-27 12:00:00"), yes},
		{"on another", friday, at("2026-11-28 12:00:00"), no},
		{"on its day of the month", monthday, at("2026-11-27 12:00:00"), yes},
		{"on another of the month", monthday, at("2026-11-26 12:00:00"), no},
		{"Friday's night on Saturday morning", fridayNight, at("2026-11-28 05:00:00"), no},
		{"Friday's night on Friday morning", fridayNight, at("2026-11-27 05:00:00"), yes},
		{"Friday's night that goes on, on Saturday morning", onward, at("2026-11-28 05:00:00"), yes},
		{"Friday's night that goes on, on Friday morning", onward, at("2026-11-27 05:00:00"), no},
		{"in UTC, whatever the kernel's zone", office, east, no},
		{"in the kernel's zone", zoned, east, yes},
		{"after its last date", past, at("2026-11-27 12:00:00"), no},
		{"before its first date", future, at("2026-11-27 12:00:00"), no},
		{"without a clock", office, clock{}, maybe},
	} {
		m := &machine{facts: &facts{clock: c.at}}
		if got := c.rule.run(m); got != c.want || !m.timed {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestClockIsLoadedAsTheKernelDoes(t *testing.T) {
	c := at("2026-11-27 23:30:05")
	for _, x := range []struct {
		name      string
		key, west int
		want      []uint32
	}{
		{"seconds of the day in UTC", metaTimeHour, 300, []uint32{host(23*3600 + 30*60 + 5)}},
		{"Friday", metaTimeDay, 0, []uint32{5 << 24}},
		{"Saturday in the kernel's zone", metaTimeDay, -60, []uint32{6 << 24}},
		{"Friday in the kernel's zone", metaTimeDay, 60, []uint32{5 << 24}},
	} {
		c.west = x.west
		m := &machine{facts: &facts{clock: c}}
		if (&loadClock{x.key, 0}).run(m) != yes || m.regs[0] != exact(x.want[0]) {
			t.Errorf("%s: %+v", x.name, m.regs[0])
		}
	}
	m := &machine{facts: &facts{clock: c}}
	(&loadClock{metaTimeNS, 0}).run(m)
	var b [8]byte
	binary.BigEndian.PutUint32(b[:], m.regs[0].val)
	binary.BigEndian.PutUint32(b[4:], m.regs[1].val)
	if binary.NativeEndian.Uint64(b[:]) != uint64(c.now.UnixNano()) {
		t.Errorf("%x", b)
	}
}

// clocked are rules about the time, when they are asked, and the answer for TCP 4172:
// the verdict, until when, and what then.
var clocked = []struct {
	name, rules, now, want string
}{
	{"open by day, at noon", filter("DROP", office), "2026-11-27 12:00:00", "accept until 2026-11-27T19:00:01Z then drop"},
	{"open by day, at night", filter("DROP", office), "2026-11-27 22:00:00", "drop until 2026-11-28T07:00:00Z then accept"},
	{"open by day, soon over", filter("DROP", office), "2026-11-27 18:58:30", "unknown until 2026-11-27T19:00:01Z then drop"},
	{"open by day, just begun", filter("DROP", office), "2026-11-27 07:00:01", "accept until 2026-11-27T19:00:01Z then drop"},
	{"open on working days, on Friday's evening", filter("DROP", "-A INPUT -m time --timestart 07:00:00 --timestop 19:00:00 --weekdays Mon,Tue,Wed,Thu,Fri --datestop 2038-01-19T03:14:07 -j ACCEPT"), "2026-11-27 20:00:00", "drop until 2026-11-30T07:00:00Z then accept"},
	{"shut on the first of the month", filter("ACCEPT", "-A INPUT -m time --monthdays 1 -j DROP"), "2026-11-27 20:00:00", "accept until 2026-12-01T00:00:00Z then drop"},
	{"shut all day on Saturday", filter("ACCEPT", "-A INPUT -m time ! --weekdays Mon,Tue,Wed,Thu,Fri,Sun -j REJECT"), "2026-11-27 20:00:00", "accept until 2026-11-28T00:00:00Z then reject"},
	{"until a day of next year", filter("DROP", "-A INPUT -m time --datestop 2027-11-30T12:00:00 -j ACCEPT"), "2026-11-27 20:00:00", "accept until 2027-11-30T12:00:01Z then drop"},
	{"always since a day", filter("DROP", "-A INPUT -m time --datestart 2020-01-01T00:00:00 --datestop 2038-01-19T03:14:07 -j ACCEPT"), "2026-11-27 20:00:00", "accept until 2038-01-19T03:14:08Z then drop"},
	{"never any more", filter("DROP", "-A INPUT -m time --datestop 2020-01-01T00:00:00 -j ACCEPT"), "2026-11-27 20:00:00", "drop"},
	{"about another port", filter("DROP", "-A INPUT -p tcp -m tcp --dport 22 -m time --timestart 07:00:00 --timestop 19:00:00 -j ACCEPT", "-A INPUT -p tcp -j ACCEPT"), "2026-11-27 12:00:00", "accept"},
	{"that changes nothing", filter("DROP", office, "-A INPUT -p tcp -j ACCEPT"), "2026-11-27 12:00:00", "accept"},
	{"that is not understood", filter("DROP", "-A INPUT -m time --timestart noon -j ACCEPT"), "2026-11-27 12:00:00", "unknown"},
}

const office = "-A INPUT -m time --timestart 07:00:00 --timestop 19:00:00 --datestop 2038-01-19T03:14:07 -j ACCEPT"

func TestAnswersSayUntilWhenTheyHold(t *testing.T) {
	for _, c := range clocked {
		t.Run(c.name, func(t *testing.T) {
			s, err := parseSave(strings.NewReader(c.rules), false, ipsetSource{})
			if err != nil {
				t.Fatal(err)
			}
			f := onEth0
			f.clock = at(c.now)
			list := evaluate(s, f, Ask{Interface: "eth0", Address: eth0, Sources: management, Ports: []Port{probe.Eth0PCoIP}})
			if got := untilOf(list[0]); got != c.want {
				t.Errorf("got  %s\nwant %s\n%+v", got, c.want, list[0])
			}
			if a := list[0]; a.until.IsZero() != (len(a.thenBy) == 0) {
				t.Errorf("then by %q", a.thenBy)
			}
		})
	}
}

func TestMoreTimesThanAreFollowedAreNotJudged(t *testing.T) {
	var rules []string
	for i := range maxMoments + 1 {
		rules = append(rules, "-A INPUT -m time --timestart 07:00:00 --timestop "+ofDay(uint32(8*3600+i))+" -j ACCEPT")
	}
	s, err := parseSave(strings.NewReader(filter("DROP", rules...)), false, ipsetSource{})
	if err != nil {
		t.Fatal(err)
	}
	f := onEth0
	f.clock = at("2026-11-27 12:00:00")
	if got := summary(evaluate(s, f, Ask{Interface: "eth0", Address: eth0, Sources: management, Ports: ports})); got != allUnknown {
		t.Error(got)
	}
}

func untilOf(a answer) string {
	s := string(a.verdict)
	if !a.until.IsZero() {
		s += " until " + a.until.UTC().Format(time.RFC3339) + " then " + string(a.then)
	}
	return s
}

// What is let in on a condition is not known to be let in; what is stopped on one is
// stopped now.
func TestObservationsTellTheirConditions(t *testing.T) {
	until := at("2026-11-27 19:00:01").now
	to := netip.MustParseAddrPort("198.19.5.10:9999")
	for _, c := range []struct {
		name    string
		answer  answer
		verdict probe.FirewallVerdict
		given   probe.FirewallVerdict
		unknown string
	}{
		{"none", answer{verdict: probe.FirewallAccept}, probe.FirewallAccept, "", ""},
		{"until a time", answer{verdict: probe.FirewallAccept, until: until, then: probe.FirewallDrop, thenBy: []string{"two"}}, probe.FirewallUnknown, probe.FirewallAccept, "accept until 2026-11-27T19:00:01Z by this computer's clock, then drop by two"},
		{"stopped until a time", answer{verdict: probe.FirewallDrop, until: until, then: probe.FirewallAccept, thenBy: []string{"two"}}, probe.FirewallDrop, probe.FirewallDrop, ""},
		{"below a limit of new connections", answer{verdict: probe.FirewallAccept, atRest: []string{"three"}}, probe.FirewallAccept, "", ""},
		{"at rest", answer{verdict: probe.FirewallAccept, atRest: []string{"three"}, counted: true}, probe.FirewallUnknown, probe.FirewallAccept, "accept so long as a limit is not reached: three"},
		{"sent on", answer{verdict: probe.FirewallAccept, redirected: to}, probe.FirewallUnknown, probe.FirewallAccept, "packets are sent on to 198.19.5.10:9999"},
		{"unknown anyway", answer{verdict: probe.FirewallUnknown, until: until, then: probe.FirewallDrop, thenBy: []string{"two"}, unknown: []string{"four"}}, probe.FirewallUnknown, "", "four"},
	} {
		c.answer.transport, c.answer.first, c.answer.last, c.answer.rules = probe.TCP, 4172, 4172, []string{"one"}
		list := observations(Ask{Interface: "eth0", Address: eth0}, engineNFT, []answer{c.answer})
		d := list[0].Detail.(probe.FirewallDetail)
		if d.Verdict != c.verdict || d.Given != c.given || strings.Join(d.Unknown, "; ") != c.unknown || d.Rule != "one" {
			t.Errorf("%s: %+v", c.name, d)
		}
		if (d.Until != "") != !c.answer.until.IsZero() || (d.Then == "") != c.answer.until.IsZero() || (d.Redirected != nil) != c.answer.redirected.IsValid() || len(d.AtRest) != len(c.answer.atRest) {
			t.Errorf("%s: %+v", c.name, d)
		}
		if ok := list[0].Outcome == probe.OK; ok != (c.verdict == probe.FirewallAccept) {
			t.Errorf("%s: %s", c.name, list[0].Outcome)
		}
	}
}
