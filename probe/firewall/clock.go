package firewall

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"wsdoctor/probe"
)

// clock is the time by which rules are judged. West is what the kernel itself takes
// for this computer's zone, in minutes west of Greenwich (sys_tz): mostly none,
// because it keeps time in UTC, and programs convert what users write.
type clock struct {
	now  time.Time // zero: not known
	west int
}

// Keys of meta about the time.
const (
	metaTimeNS   = 30
	metaTimeDay  = 31
	metaTimeHour = 32
)

const secondsPerDay = 24 * 60 * 60

// loadClock loads the time as nf_tables does (nft_meta_get_eval_time): nanoseconds
// and seconds of the day in UTC, the day of the week in the kernel's zone.
type loadClock struct{ key, reg int }

func (o *loadClock) run(m *machine) truth {
	m.timed = true
	c := m.facts.clock
	if c.now.IsZero() {
		m.forget(o.reg)
		return maybe
	}
	seconds := c.now.Unix()
	switch o.key {
	case metaTimeNS:
		var b [8]byte
		binary.NativeEndian.PutUint64(b[:], uint64(c.now.UnixNano()))
		m.write(o.reg, exact(binary.BigEndian.Uint32(b[:])), exact(binary.BigEndian.Uint32(b[4:])))
	case metaTimeDay:
		day := (4 + (seconds-60*int64(c.west))/secondsPerDay) % 7 // 1970 began with a Thursday
		m.write(o.reg, exact(uint32(day)<<24))
	case metaTimeHour:
		m.write(o.reg, exact(host(uint32(seconds%secondsPerDay))))
	}
	return yes
}

// timeMatch is the "time" match of iptables (struct xt_time_info).
type timeMatch struct {
	from, to    uint32 // seconds since 1970
	start, stop uint32 // seconds of the day, both included
	monthdays   uint32 // bits, from 1 on
	weekdays    uint8  // bits, from Monday 1 to Sunday 7
	zone        bool   // the kernel's, not UTC
	contiguous  bool   // a night counts for the day on which it began
}

const (
	allMonthdays = 0xfffffffe
	allWeekdays  = 0xfe
)

// run does as time_mt of net/netfilter/xt_time.c.
func (o *timeMatch) run(m *machine) truth {
	m.timed = true
	c := m.facts.clock
	if c.now.IsZero() {
		return maybe
	}
	stamp := c.now.Unix()
	if o.zone {
		stamp -= 60 * int64(c.west)
	}
	if stamp < int64(o.from) || stamp > int64(o.to) {
		return no
	}
	second := uint32(stamp % secondsPerDay)
	switch {
	case o.start < o.stop && (second < o.start || second > o.stop):
		return no
	case o.start >= o.stop && second < o.start && second > o.stop:
		return no
	case o.start >= o.stop && o.contiguous && second <= o.stop:
		stamp -= secondsPerDay
	}
	day := time.Unix(stamp, 0).UTC()
	weekday := int(day.Weekday())
	if weekday == 0 {
		weekday = 7
	}
	return split(o.weekdays&(1<<weekday) != 0 && (o.monthdays == allMonthdays || o.monthdays&(1<<day.Day()) != 0), true)
}

func (o *timeMatch) text(*printer) string {
	return fmt.Sprintf("time %s-%s", ofDay(o.start), ofDay(o.stop))
}

func ofDay(seconds uint32) string {
	return fmt.Sprintf("%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}

// xtTime is struct xt_time_info.
func xtTime(_ *decoding, _ int, b []byte) ([]op, error) {
	const zone, contiguous = 1, 2
	if len(b) < 22 {
		return nil, short("xt_time_info")
	}
	n := binary.NativeEndian
	o := &timeMatch{
		from:       n.Uint32(b),
		to:         n.Uint32(b[4:]),
		start:      n.Uint32(b[8:]),
		stop:       n.Uint32(b[12:]),
		monthdays:  n.Uint32(b[16:]),
		weekdays:   b[20],
		zone:       b[21]&zone != 0,
		contiguous: b[21]&contiguous != 0,
	}
	if b[21]&^(zone|contiguous) != 0 {
		return nil, fmt.Errorf("time with flags %x", b[21])
	}
	return []op{o}, nil
}

// moments are the seconds of the day, and the seconds since 1970, at which what a
// rule says of the time may change.
type moments struct {
	daily  []uint32
	single []int64
	full   bool // there are more than are kept
}

// maxMoments bounds how many are kept of each.
const maxMoments = 256

func (t *moments) day(second uint32) {
	if second < secondsPerDay && !slices.Contains(t.daily, second) {
		t.full = t.full || len(t.daily) >= maxMoments
		t.daily = append(t.daily[:min(len(t.daily), maxMoments-1)], second)
	}
}

func (t *moments) once(second int64) {
	if !slices.Contains(t.single, second) {
		t.full = t.full || len(t.single) >= maxMoments
		t.single = append(t.single[:min(len(t.single), maxMoments-1)], second)
	}
}

// of notes the moments of a rule that asks for the time. Numbers are taken for what
// they may be, in either order of bytes: one too many costs nothing.
func (t *moments) of(r *rule) {
	clock := map[int]bool{} // registers that hold the time
	for _, o := range r.ops {
		switch o := o.(type) {
		case *loadClock:
			clock[o.reg] = true
		case *timeMatch:
			t.day(o.start)
			t.day((o.stop + 1) % secondsPerDay)
			t.once(int64(o.from))
			t.once(int64(o.to) + 1)
		case *payload:
			delete(clock, o.reg)
		case *loadMeta:
			delete(clock, o.reg)
		case *loadCT:
			delete(clock, o.reg)
		case *byteOrder:
			clock[o.to] = clock[o.from]
		case *bitwise:
			clock[o.to] = clock[o.from]
		case *compare:
			if clock[o.reg] {
				t.numbers(o.data)
			}
		case *interval:
			if clock[o.reg] {
				t.numbers(o.from)
				t.numbers(o.to)
			}
		case *lookup:
			for reg := range clock {
				if !clock[reg] || reg < o.reg || reg >= o.reg+(o.set.size+3)/4 {
					continue
				}
				for _, e := range o.set.elements {
					t.numbers(bytesOf(e.from, o.set.size))
					t.numbers(bytesOf(e.to, o.set.size))
				}
			}
		}
	}
}

func (t *moments) numbers(b []byte) {
	for i := 0; i+4 <= len(b); i += 4 {
		for _, v := range []uint32{binary.BigEndian.Uint32(b[i:]), binary.LittleEndian.Uint32(b[i:])} {
			t.day(v)
			t.day(v + 1)
		}
	}
	for i := 0; i+8 <= len(b); i += 4 {
		for _, v := range []uint64{binary.BigEndian.Uint64(b[i:]), binary.LittleEndian.Uint64(b[i:])} {
			if s := int64(v / 1e9); s > 0 && s < 1<<33 {
				t.once(s)
				t.once(s + 1)
			}
		}
	}
}

// maxAhead is how far ahead a change is looked for by days; single moments count
// whenever they are. A month holds every day of the week and of the month.
const maxAhead = 32

// after gives all moments after now, soonest first, midnights among them.
func (t *moments) after(c clock) (list []time.Time) {
	now := c.now.Unix()
	midnight := now - now%secondsPerDay
	zone := 60 * int64(c.west)
	for day := range int64(maxAhead) {
		for _, second := range append([]uint32{0}, t.daily...) {
			at := midnight + day*secondsPerDay + int64(second)
			list = append(list, time.Unix(at, 0))
			if zone != 0 {
				list = append(list, time.Unix(at+zone, 0))
			}
		}
	}
	for _, at := range t.single {
		list = append(list, time.Unix(at, 0), time.Unix(at+zone, 0))
	}
	list = slices.DeleteFunc(list, func(at time.Time) bool { return !at.After(c.now) })
	slices.SortFunc(list, time.Time.Compare)
	return slices.Compact(list)
}

// closeToChange is how near a change of the rules' answer may be for the answer not
// to be given any more: a user's next try would meet the other one.
const closeToChange = 3 * time.Minute

// Bounds of the search for the next change.
const (
	maxLookAhead = 200 // evaluations
	lookAhead    = 300 * time.Millisecond
)

// byTheClock finds until when answers hold that rest on the time: each is looked for at
// every moment at which a rule may change its mind.
func byTheClock(list []answer, t *moments, f facts, again func(facts) []answer) {
	open := 0
	for _, a := range list {
		if a.timed {
			open++
		}
	}
	if open == 0 || f.clock.now.IsZero() {
		return
	}
	if t.full {
		for j := range list {
			if a := &list[j]; a.timed {
				a.verdict, a.unknown = probe.FirewallUnknown, append(
					slices.Clone(a.unknown),
					"rules about more times than are followed",
				)
			}
		}
		return
	}
	now, began := f.clock.now, time.Now()
	for i, at := range t.after(f.clock) {
		if open == 0 {
			break
		}
		enough := i == maxLookAhead || time.Since(began) > lookAhead
		var later []answer
		if !enough {
			f.clock.now = at
			later = again(f)
		}
		for j := range list {
			a := &list[j]
			if !a.timed || !a.until.IsZero() {
				continue
			}
			other, differs := a.changed(later)
			if differs || enough { // of what was not looked at no more is said than that it may change
				a.until, a.then, a.thenBy = at, other.verdict, other.rules
				open--
			}
		}
	}
	for j := range list {
		if a := &list[j]; !a.until.IsZero() && a.until.Sub(now) < closeToChange {
			a.unknown = append(
				[]string{
					fmt.Sprintf("%s, until %s by this computer's clock", a.verdict, a.until.UTC().Format(time.RFC3339)),
				},
				a.unknown...)
			a.verdict = probe.FirewallUnknown
		}
	}
}

// changed says whether the answer for these ports is another one later.
func (a answer) changed(later []answer) (answer, bool) {
	for _, b := range later {
		if b.transport != a.transport || b.first > a.last || a.first > b.last {
			continue
		}
		if b.verdict == a.verdict && b.redirected != a.redirected {
			b.verdict = probe.FirewallUnknown
		}
		if b.verdict != a.verdict {
			return b, true
		}
	}
	return answer{}, false
}
