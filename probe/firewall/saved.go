package firewall

import (
	"math"
	"strconv"
	"strings"
	"time"

	"wsdoctor/probe"
)

// savedTargets are targets of iptables-save whose options matter.
var savedTargets = map[string]func(t *translation, words []string) []op{
	"MARK":       func(_ *translation, w []string) []op { return savedMark(w) },
	"CONNMARK":   func(_ *translation, w []string) []op { return savedConnmark(w) },
	"CT":         func(_ *translation, w []string) []op { return savedCT(w) },
	"NFQUEUE":    func(_ *translation, w []string) []op { return saveQueue(w) },
	"REDIRECT":   func(_ *translation, w []string) []op { return saveTranslate("REDIRECT", w) },
	"DNAT":       func(_ *translation, w []string) []op { return saveTranslate("DNAT", w) },
	"SNAT":       func(*translation, []string) []op { return []op{&hideSource{name: "SNAT"}} },
	"MASQUERADE": func(*translation, []string) []op { return []op{&hideSource{name: "MASQUERADE"}} },
	"SYNPROXY":   func(*translation, []string) []op { return synproxy() },
	"SET":        func(t *translation, w []string) []op { return t.savedSet(w) },
}

// valueMask reads 0x1/0xff; without a mask all bits are meant.
func valueMask(s string) (value, mask uint32, err error) {
	of, in, masked := strings.Cut(s, "/")
	if !masked {
		in = "0xffffffff"
	}
	v, err := strconv.ParseUint(of, 0, 32)
	if err != nil {
		return 0, 0, errNotUnderstood
	}
	m, err := strconv.ParseUint(in, 0, 32)
	if err != nil {
		return 0, 0, errNotUnderstood
	}
	return uint32(v), uint32(m), nil
}

func savedMark(words []string) []op {
	if len(words) == 2 && words[0] == "--set-xmark" {
		if value, mask, err := valueMask(words[1]); err == nil {
			return []op{&markTarget{value, mask}}
		}
	}
	return []op{&spoilMarks{"MARK"}}
}

func savedConnmark(words []string) []op {
	o := &connmarkTarget{mode: -1, ctmask: math.MaxUint32, nfmask: math.MaxUint32}
	spoils := []op{&connmarkTarget{mode: -1}}
	for i := 0; i < len(words); i++ {
		value := ""
		if i+1 < len(words) {
			value = words[i+1]
		}
		var err error
		switch words[i] {
		case "--set-xmark":
			o.mode = connmarkSet
			o.value, o.ctmask, err = valueMask(value)
			i++
		case "--save-mark":
			o.mode = connmarkSave
		case "--restore-mark":
			o.mode = connmarkRestore
		case "--nfmask":
			o.nfmask, _, err = valueMask(value)
			i++
		case "--ctmask":
			o.ctmask, _, err = valueMask(value)
			i++
		case "--mask":
			o.ctmask, _, err = valueMask(value)
			o.nfmask = o.ctmask
			i++
		default: // a shift
			return spoils
		}
		if err != nil {
			return spoils
		}
	}
	return []op{o}
}

func savedCT(words []string) []op {
	for _, w := range words {
		if w == "--notrack" {
			return []op{&untrack{"CT --notrack"}}
		}
	}
	return []op{&inert{"CT"}}
}

// savedSet notes which sets are filled, and whether a mark may come of one.
func (t *translation) savedSet(words []string) []op {
	marks := false
	for i, w := range words {
		switch {
		case (w == "--add-set" || w == "--del-set") && i+1 < len(words) && t.sets.byName != nil:
			t.sets.byName(words[i+1]).fill(0)
		case w == "--map-mark" || w == "--map-set":
			marks = true
		}
	}
	if marks {
		return []op{&spoilMarks{"SET"}}
	}
	return []op{&inert{"SET"}}
}

func reversePathNamed(o map[string]string) ([]op, error) {
	p := &reversePath{}
	for name := range o {
		switch name {
		case "--loose":
			p.loose = true
		case "--invert":
			p.not = true
		case "--validmark", "--accept-local":
		default:
			return nil, errNotUnderstood
		}
	}
	return []op{p}, nil
}

func (t *translation) setNamed(o map[string]string) ([]op, error) {
	m := &setMatch{}
	text := ""
	for name, value := range o {
		switch name {
		case "--match-set", "!--match-set":
			text, m.not = value, name[0] == '!'
		case "!--update-counters", "!--update-subcounters":
		default: // counters, nomatch
			return nil, errNotUnderstood
		}
	}
	name, ends, _ := strings.Cut(text, " ")
	for end := range strings.SplitSeq(ends, ",") {
		if end != "src" && end != "dst" {
			return nil, errNotUnderstood
		}
		m.source = append(m.source, end == "src")
	}
	if t.sets.byName == nil {
		return nil, errNotUnderstood
	}
	m.set = t.sets.byName(name)
	return []op{m}, nil
}

func connlimitNamed(o map[string]string) ([]op, error) {
	var ops []op
	for name, value := range o {
		over := false
		switch name {
		case "--connlimit-above":
			over = true
		case "--connlimit-upto":
		case "--connlimit-mask", "--connlimit-saddr", "--connlimit-daddr":
			continue
		default:
			return nil, errNotUnderstood
		}
		n, err := strconv.ParseUint(value, 10, 32)
		if err != nil {
			return nil, errNotUnderstood
		}
		ops = append(
			ops,
			connections(
				"connlimit "+probe.Clean(strings.TrimPrefix(name, "--connlimit-")+" "+value, 40),
				uint32(n),
				over,
			),
		)
	}
	if len(ops) != 1 {
		return nil, errNotUnderstood
	}
	return ops, nil
}

func limitNamed(o map[string]string) ([]op, error) {
	const usual = 5 // XT_LIMIT_BURST, which is not saved
	rate, burst := "3/hour", uint64(usual)
	for name, value := range o {
		switch name {
		case "--limit":
			rate = value
		case "--limit-burst":
			n, err := strconv.ParseUint(value, 10, 32)
			if err != nil {
				return nil, errNotUnderstood
			}
			burst = n
		default:
			return nil, errNotUnderstood
		}
	}
	return rateNamed("limit", false, rate, burst)
}

func hashlimitNamed(o map[string]string) ([]op, error) {
	var ops []op
	for name, value := range o {
		switch name {
		case "--hashlimit-above", "--hashlimit-upto":
			some, err := rateNamed("hashlimit", name == "--hashlimit-above", value, manyPackets)
			if err != nil {
				return nil, err
			}
			ops = append(ops, some...)
		case "--hashlimit-burst", "--hashlimit-mode", "--hashlimit-name", "--hashlimit-srcmask", "--hashlimit-dstmask",
			"--hashlimit-htable-size", "--hashlimit-htable-max", "--hashlimit-htable-expire", "--hashlimit-htable-gcinterval":
		default:
			return nil, errNotUnderstood
		}
	}
	if len(ops) != 1 {
		return nil, errNotUnderstood
	}
	return ops, nil
}

// timeNamed reads the options of "time", which iptables-save writes in UTC.
func timeNamed(o map[string]string) ([]op, error) {
	t := &timeMatch{to: math.MaxUint32, stop: secondsPerDay - 1, monthdays: allMonthdays, weekdays: allWeekdays}
	var err error
	second := func(s string) uint32 {
		at, wrong := time.Parse("15:04:05", s)
		if wrong != nil {
			err = errNotUnderstood
		}
		return uint32(at.Hour()*3600 + at.Minute()*60 + at.Second())
	}
	date := func(s string) uint32 {
		at, wrong := time.Parse("2006-01-02T15:04:05", s)
		if wrong != nil || at.Unix() < 0 || at.Unix() > math.MaxUint32 {
			err = errNotUnderstood
		}
		return uint32(at.Unix())
	}
	for name, value := range o {
		plain := strings.TrimPrefix(name, "!")
		switch plain {
		case "--timestart":
			t.start = second(value)
		case "--timestop":
			t.stop = second(value)
		case "--datestart":
			t.from = date(value)
		case "--datestop":
			t.to = date(value)
		case "--kerneltz":
			t.zone = true
		case "--contiguous":
			t.contiguous = true
		case "--weekdays", "--monthdays":
			var bits uint32
			for word := range strings.SplitSeq(value, ",") {
				n := dayNumber(plain, word)
				if n == 0 {
					return nil, errNotUnderstood
				}
				bits |= 1 << n
			}
			if plain != name {
				bits = ^bits
			}
			if plain == "--weekdays" {
				t.weekdays = uint8(bits) & allWeekdays
			} else {
				t.monthdays = bits & allMonthdays
			}
			continue
		default:
			return nil, errNotUnderstood
		}
		if plain != name {
			return nil, errNotUnderstood
		}
	}
	return []op{t}, err
}

// dayNumber is that of a day of the week, from Monday 1 on, or of the month; 0 for
// none.
func dayNumber(of, word string) int {
	if of == "--weekdays" {
		return map[string]int{"Mon": 1, "Tue": 2, "Wed": 3, "Thu": 4, "Fri": 5, "Sat": 6, "Sun": 7}[word]
	}
	n, err := strconv.Atoi(strings.TrimRight(word, "stndrh"))
	if err != nil || n < 1 || n > 31 {
		return 0
	}
	return n
}
