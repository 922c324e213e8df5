package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"
)

// slots is how many running steps keep a place of their own; a plan has fewer
// that run at the same time, and what is above is only counted.
const slots = 64

// heard takes in what the run told, and listens on.
func (m *Model) heard(msg eventsMsg) tea.Cmd {
	if msg.run != m.run.number || !m.run.on {
		return nil
	}
	for _, e := range msg.list {
		m.event(e)
	}
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
		if e.Vantage != "" && schemeFor(e.Vantage) != m.scheme {
			m.setScheme(e.Vantage)
			r.facts = newFacts(m.scheme)
		}
	case Started:
		free := slices.Index(r.steps, step{})
		switch {
		case free >= 0:
			r.steps[free] = step{e.Step, e.Why}
		case len(r.steps) < slots:
			r.steps = append(r.steps, step{e.Step, e.Why})
		}
	case Observed:
		r.seen++
		r.facts.learn(e.Observation)
	case Done:
		r.done++
		for i, s := range r.steps {
			if s.id == e.Step {
				r.steps[i] = step{}
				break
			}
		}
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
	first := m.report == nil
	// Of a watch that is stopped in the middle of a run the last whole one counts.
	if !msg.report.Run.Interrupted || first {
		m.report = &msg.report
		m.show()
		m.remember(*m.report)
	}
	if m.quits {
		return tea.Quit
	}
	if b := m.board(); first && b.broken >= 0 {
		m.selected = b.broken
	}
	return m.later()
}

// failed tells why there is no report, and asks for the Region where that helps.
func (m *Model) failed() tea.Cmd {
	if m.quits {
		return tea.Quit
	}
	m.notice = notice{m.err.Error(), true}
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
