package firewall

import (
	"encoding/binary"
	"fmt"
	"strconv"

	"wsdoctor/probe"
)

// share is a match that holds for a part of all packets, by chance or by counting them:
// which ones nobody can tell. One of none or of all of them can be told.
func share(name string, part float64, not bool) []op {
	if not {
		part = 1 - part
	}
	if part <= 0 || part >= 1 {
		return always(part >= 1, name)
	}
	return []op{&opaque{name: fmt.Sprintf("%s (%.3g %% of packets)", name, 100*part), reg: -1}}
}

// xtStatistic is struct xt_statistic_info: at random the share in parts of 1<<31, else
// one packet of so many, which are told less one.
func xtStatistic(_ *decoding, _ int, b []byte) ([]op, error) {
	const random, nth, inverted = 0, 1, 1
	if len(b) < 16 {
		return nil, short("xt_statistic_info")
	}
	n := binary.NativeEndian
	not := n.Uint16(b[2:])&inverted != 0
	switch n.Uint16(b) {
	case random:
		return share("statistic at random", float64(n.Uint32(b[4:]))/(1<<31), not), nil
	case nth:
		return share("statistic by turns", 1/(float64(n.Uint32(b[4:]))+1), not), nil
	}
	return nil, errNotUnderstood
}

func statisticNamed(o map[string]string) ([]op, error) {
	not, part, name := false, -1.0, ""
	for option, value := range o {
		var err error
		switch option {
		case "--mode":
			name = map[string]string{"random": "statistic at random", "nth": "statistic by turns"}[value]
		case "--probability", "!--probability":
			part, err = strconv.ParseFloat(value, 64)
			not = option[0] == '!'
		case "--every", "!--every":
			var every uint64
			if every, err = strconv.ParseUint(value, 10, 32); every > 0 {
				part = 1 / float64(every)
			}
			not = option[0] == '!'
		case "--packet":
		default:
			return nil, errNotUnderstood
		}
		if err != nil {
			return nil, errNotUnderstood
		}
	}
	if name == "" || part < 0 || part > 1 {
		return nil, errNotUnderstood
	}
	return share(name, part, not), nil
}

// numberGenerator loads a number between two others, by chance or by turns.
type numberGenerator struct {
	reg         int
	first, last uint32
	name        string
}

// maxNumbers is how many numbers are tried one by one.
const maxNumbers = 64

func (o *numberGenerator) run(m *machine) truth {
	w := between(o.first, o.last)
	m.write(o.reg, partly(host(w.val), host(w.known)))
	if o.last-o.first < maxNumbers {
		for v := o.first; ; v++ {
			m.oneOf = append(m.oneOf, host(v))
			if v == o.last {
				break
			}
		}
		m.oneOfR = o.reg
	}
	return yes
}

func (o *numberGenerator) text(p *printer) string {
	defer p.inHostOrder(o.reg, true)
	return p.load(o.reg, o.name, hostDecimal)
}

// decodeNumgen reads attributes of enum nft_ng_attributes.
func decodeNumgen(_ *decoding, f *fields) ([]op, error) {
	const random = 1
	reg, err := f.register(1)
	modulus, offset := uint32(f.number(2)), uint32(f.number(4))
	if err != nil || modulus == 0 || offset+(modulus-1) < offset {
		return nil, errAttribute
	}
	o := &numberGenerator{reg: reg, first: offset, last: offset + (modulus - 1), name: "numgen inc"}
	if f.number(3) == random {
		o.name = "numgen random"
	}
	o.name += fmt.Sprintf(" mod %d", modulus)
	return []op{o}, nil
}

// What "recent" does with the list of senders.
const (
	recentCheck  = 1
	recentSet    = 2
	recentUpdate = 4
	recentRemove = 8
)

// recent asks how often, and how lately, a sender was put into a list. Whoever is put
// in is there; of one that comes alone it is not yet many times. Whether somebody is in
// it at all nobody can tell.
func recent(name string, does, hits uint32, not bool) []op {
	switch {
	case does&recentSet != 0:
		return always(!not, name)
	case does&(recentCheck|recentUpdate) != 0 && hits > 1:
		return []op{&limiter{name: name, rest: split(not, true)}}
	}
	return []op{&opaque{name: name, reg: -1}}
}

// xtRecent is struct xt_recent_mtinfo and, with a mask behind it, its revision 1.
func xtRecent(_ *decoding, revision int, b []byte) ([]op, error) {
	if revision < 0 || revision > 1 || len(b) < 211 {
		return nil, short("xt_recent_mtinfo")
	}
	n := binary.NativeEndian
	seconds, hits, does := n.Uint32(b), n.Uint32(b[4:]), uint32(b[8])
	return recent(recentName(trimName(b[10:210]), seconds, hits), does, hits, b[9] != 0), nil
}

func recentName(list string, seconds, hits uint32) string {
	s := "recent " + probe.Clean(list, 40)
	if hits > 0 {
		s += fmt.Sprintf(", %d times", hits)
	}
	if seconds > 0 {
		s += fmt.Sprintf(" in %d s", seconds)
	}
	return s
}

func recentNamed(o map[string]string) ([]op, error) {
	var does, seconds, hits uint32
	list, not := "DEFAULT", false
	for option, value := range o {
		plain := option
		if option[0] == '!' {
			plain, not = option[1:], true
		}
		switch plain {
		case "--set":
			does |= recentSet
		case "--rcheck":
			does |= recentCheck
		case "--update":
			does |= recentUpdate
		case "--remove":
			does |= recentRemove
		case "--seconds", "--hitcount":
			n, err := strconv.ParseUint(value, 10, 32)
			if err != nil {
				return nil, errNotUnderstood
			}
			if plain == "--seconds" {
				seconds = uint32(n)
			} else {
				hits = uint32(n)
			}
		case "--name":
			list = value
		case "--mask", "--rsource", "--rdest", "--rttl", "--reap":
		default:
			return nil, errNotUnderstood
		}
	}
	return recent(recentName(list, seconds, hits), does, hits, not), nil
}
