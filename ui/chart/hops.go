package chart

import (
	"fmt"
	"slices"

	"wsdoctor/probe"
)

// HopLine is one sweep on one line.
type HopLine struct {
	Label string
	Hops  []string
	Lost  bool // packets do not arrive
	Of    probe.Observation
}

// EndOf is what is drawn at the end of a sweep. That datagrams are not answered
// says nothing by itself.
func (b Board) EndOf(s *Scheme, l HopLine) State {
	if !l.Lost {
		return StateOK
	}
	if d, _ := l.Of.Detail.(probe.SweepDetail); d.Control {
		return StateSuspect // it is there to be compared with, and no port that is needed
	}
	if l.Of.Transport() == probe.UDP {
		for i, p := range s.Spokes {
			if p.Match.Port == l.Of.Port() && p.Match.Transport == probe.UDP && b.Spokes[i] != StateFault {
				return StateSuspect
			}
		}
	}
	return StateFault
}

// HopLines are the shortest sweep that did not arrive and its control, which is one
// of the same transport.
func HopLines(sweeps []probe.Observation) []HopLine {
	var target, control *probe.Observation
	for i := range sweeps {
		d := sweeps[i].Detail.(probe.SweepDetail)
		switch {
		case !slices.ContainsFunc(d.Hops, func(h probe.Hop) bool { return h.Kind != probe.HopLocal }):
			// nothing left this computer
		case d.Control:
		case !d.Control && d.Distance == 0 && (target == nil || d.Last < target.Detail.(probe.SweepDetail).Last || d.Last == target.Detail.(probe.SweepDetail).Last && sweeps[i].Transport() == probe.TCP && target.Transport() != probe.TCP):
			target = &sweeps[i]
		}
	}
	if target == nil {
		return nil
	}
	for i := range sweeps {
		if d := sweeps[i].Detail.(probe.SweepDetail); d.Control && control == nil &&
			sweeps[i].Transport() == target.Transport() {
			control = &sweeps[i]
		}
	}
	var lines []HopLine
	beyond := target.Detail.(probe.SweepDetail).Last + 1 // the first hop that only the control reached
	for _, o := range []*probe.Observation{target, control} {
		if o == nil {
			continue
		}
		d := o.Detail.(probe.SweepDetail)
		line := HopLine{Label: fmt.Sprintf("hops %-4d", o.Port()), Lost: d.Distance == 0, Of: *o}
		for _, h := range d.Hops {
			if h.TTL > max(d.Last, d.Distance) {
				break
			}
			if h.TTL > beyond && d.Distance != 0 {
				line.Hops = append(line.Hops, "…")
				break
			}
			word := AddressText(h.From)
			switch {
			case word == "" && h.Kind == probe.HopExpired:
				word = "?" // a router whose address this system does not tell
			case word == "":
				word = "*"
			}
			line.Hops = append(line.Hops, word)
		}
		lines = append(lines, line)
	}
	return lines
}
