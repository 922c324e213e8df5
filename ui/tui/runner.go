package tui

import (
	"cmp"
	"slices"

	"wsdoctor/internal/words"
	"wsdoctor/ui/chart"

	tea "charm.land/bubbletea/v2"
)

// slots is how many things that are tried keep a place of their own; a plan has
// fewer, and what is above is only counted.
const slots = 64

// heard takes in what the run told, and listens on.
func (m *Model) heard(msg eventsMsg) tea.Cmd {
	if msg.run != m.run.number || !m.run.on {
		return nil
	}
	for _, e := range msg.list {
		m.event(e)
	}
	m.run.settle(m.runningRows())
	return listen(m.run.inbox, msg.run)
}

func (m *Model) event(e Event) {
	r := &m.run
	switch e.Kind {
	case Planned:
		r.total, r.region = e.Total, e.Region
		if e.Protocol != "" {
			r.protocol = e.Protocol
		}
		if e.Vantage != "" && chart.SchemeFor(e.Vantage) != m.scheme {
			m.setScheme(e.Vantage)
			r.facts = chart.NewFacts(m.scheme)
		}
	case Started:
		r.started(e.Step, cmp.Or(e.Why, e.Step))
	case Observed:
		r.seen++
		r.facts.Learn(e.Observation)
	case Done:
		r.done++
		r.over(e.Step)
	}
}

// started gives what a step is for a place: that of the others which are for the
// same, else the first that is free.
func (r *running) started(id, why string) {
	if r.whys == nil {
		r.whys = map[string]string{}
	}
	r.whys[id] = why
	i := slices.IndexFunc(r.steps, func(s step) bool { return s.why == why })
	if i < 0 {
		i = slices.Index(r.steps, step{})
	}
	if i < 0 && len(r.steps) < slots {
		i = len(r.steps)
		r.steps = append(r.steps, step{})
	}
	if i >= 0 {
		r.steps[i] = step{why, r.steps[i].n + 1}
	}
}

// over frees the place of what a step was for, if it was the last one.
func (r *running) over(id string) {
	why := r.whys[id]
	delete(r.whys, id)
	i := slices.IndexFunc(r.steps, func(s step) bool { return s.why == why && s.n > 0 })
	if i < 0 {
		return
	}
	if r.steps[i].n--; r.steps[i].n == 0 {
		r.steps[i] = step{}
	}
}

// settle moves what stands below the rows that are seen into those that got free:
// a list must not look empty while something is tried.
func (r *running) settle(rows int) {
	rows = min(max(rows, 0), len(r.steps))
	for i, s := range r.steps[rows:] {
		if free := slices.Index(r.steps[:rows], step{}); free >= 0 && s.n > 0 {
			r.steps[free], r.steps[rows+i] = s, step{}
		}
	}
	for len(r.steps) > 0 && r.steps[len(r.steps)-1].n == 0 {
		r.steps = r.steps[:len(r.steps)-1]
	}
}

// finished takes the report in.
func (m *Model) finished(msg finishedMsg) tea.Cmd {
	if msg.run != m.run.number || !m.run.on {
		return nil
	}
	m.run.on = false
	m.run.cancel()
	m.run.elapsed = m.deps.Now().Sub(m.run.began)
	if m.err = msg.err; m.err != nil {
		return m.failed()
	}
	m.notice = notice{} // that there is no report yet, for one
	first := m.report == nil
	// Of a watch that is stopped in the middle of a run the last whole one counts.
	if !msg.result.open.Run.Interrupted || first {
		m.take(msg.result)
	}
	if m.quits {
		return tea.Quit
	}
	if b := m.board(); first && b.Broken >= 0 {
		m.selected = b.Broken
	}
	return m.later()
}

// failed tells why there is no report, and asks for the Region where that helps.
func (m *Model) failed() tea.Cmd {
	if m.quits || m.report == nil && m.lacks(OtherRegion) {
		return tea.Quit // whoever began the run is told
	}
	m.notice = notice{m.speak.Tell(words.Reason(m.err)), true}
	if m.report != nil {
		return m.later()
	}
	m.choice.Region, m.choice.Registration = "", ""
	m.screen, m.back = screenStart, nil
	return m.measure()
}

// tick turns the spinner while the run lasts.
func (m *Model) tick(msg tickMsg) tea.Cmd {
	if int(msg) != m.run.number || !m.run.on {
		return nil
	}
	m.run.frame++
	m.run.elapsed = m.deps.Now().Sub(m.run.began)
	return m.nextTick()
}

// quit ends the program: at once, or when the run has given what it has.
func (m *Model) quit() tea.Cmd {
	if !m.run.on || m.run.stopping {
		return tea.Quit
	}
	m.quits, m.run.stopping = true, true
	m.run.cancel()
	return nil
}

// interrupt is quit, asked for by a signal.
func (m *Model) interrupt() tea.Cmd {
	if m.run.on {
		m.quits, m.run.stopping = true, true
		return nil // the run's context has ended already
	}
	return tea.Quit
}

// restart runs again at once.
func (m *Model) restart() tea.Cmd {
	if m.run.on {
		return nil
	}
	return m.begin()
}
