package facts

import (
	"strings"

	"wsdoctor/probe"
)

// Measures are the numbers of a run, for systems that keep them over time.
type Measures struct {
	RTTMS      *float64 // the least round trip to the Region's hosts; nil: none was measured
	Lost, Sent int      // probes to hosts that did answer
	Ports      []PortMeasure
}

// PortMeasure is what became of one streaming port, over all addresses of its host.
type PortMeasure struct {
	Transport probe.Transport
	Port      uint16
	State     PortWord
}

// PortWord says it in one word.
type PortWord string

// The closed list of what a port does.
const (
	PortAnswers PortWord = "answers" // at one address at least
	PortFails   PortWord = "fails"   // refused, reset or rejected, by whomever
	PortSilent  PortWord = "silent"  // nothing came back, which of UDP may mean nothing
)

// Measures gives them, of every streaming port that was asked, TCP first.
func (e Evidence) Measures() Measures {
	var m Measures
	if ms, _, measured := e.WayAndBack(); measured {
		m.RTTMS = &ms
	}
	m.Lost, m.Sent, _ = e.Loss()
	for _, role := range StreamingRoles {
		s := StateOf(e.WantedPort(role.Endpoint))
		if len(s.All) == 0 {
			continue
		}
		p := PortMeasure{s.All[0].Transport(), s.All[0].Port(), PortFails}
		switch {
		case s.Passes():
			p.State = PortAnswers
		case s.OnlySilent():
			p.State = PortSilent
		}
		m.Ports = append(m.Ports, p)
	}
	return m
}

// Primary: the observation is of the family in use.
func (e Evidence) Primary(o probe.Observation) bool {
	return e.OnlyIPv6() || !strings.HasSuffix(o.Endpoint, "-v6")
}

// Loss counts probes lost at targets that did answer: attempts that stayed
// silent although another attempt of the same observation was answered.
func (e Evidence) Loss() (lost, total int, list []probe.Observation) {
	for _, o := range e.Observations {
		attempts := AttemptsOf(o)
		if !IsOK(o) || !e.Primary(o) || strings.Contains(o.Endpoint, "-sample") {
			continue // a port's own loss is not the line's
		}
		answeredMS := 0.0
		for _, a := range attempts {
			if a.Outcome == probe.OK {
				answeredMS = a.ElapsedMS
			}
		}
		before := lost
		for _, a := range attempts {
			// An attempt that was given up sooner than an answer takes is no loss.
			if a.Outcome == probe.Silent && a.ElapsedMS >= 2*max(answeredMS, clockStepMS) {
				lost++
				total++
			} else if a.Outcome == probe.OK {
				total++
			}
		}
		if lost > before {
			list = append(list, o)
		}
	}
	return lost, total, list
}

// clockStepMS is how far the coarsest clock steps, Windows' own: an answer may have
// taken so much longer than it says.
const clockStepMS = 15.6
