package tui

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	pace "wsdoctor/internal/watch"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/chart"
	"wsdoctor/ui/labels"
)

// watch is the history of the runs.
type watch struct {
	on      bool
	next    time.Time // of the next run; zero while none is due
	samples []sample  // of all runs, watched or not, the newest last
	changes []change  // the newest last
	logged  int       // how many there ever were
}

// sample is one run in the history.
type sample struct {
	at     time.Time
	spokes []chart.State
	rtts   []float64
	status chart.State
	code   string
	said   said
}

// said is a sentence, as it is and redacted: which is shown may change later.
type said struct{ open, hidden string }

func (s said) text(redacted bool) string {
	if redacted {
		return s.hidden
	}
	return s.open
}

// change is one line of the log.
type change struct {
	at   time.Time
	said said
	now  chart.State
}

// Bounds of the history: an hour at the shortest sensible interval.
const (
	mostSamples = 720
	mostChanges = 500
)

// remember adds the last run to the history, and what changed to the log.
func (m *Model) remember() {
	v := m.report.Verdict
	now := sample{at: m.deps.Now(), spokes: m.board().Spokes, status: chart.OfVerdict(v), code: v.Code}
	now.said = said{v.Summary, m.hidden.Verdict.Summary}
	for _, s := range m.facts.Spokes {
		now.rtts = append(now.rtts, s.RTT)
	}
	w := &m.watch
	if n := len(w.samples); n > 0 && len(w.samples[n-1].spokes) == len(now.spokes) {
		m.compare(w.samples[n-1], now)
	}
	w.samples = append(w.samples, now)
	w.samples = w.samples[max(0, len(w.samples)-mostSamples):]
	w.changes = w.changes[max(0, len(w.changes)-mostChanges):]
}

func (m *Model) compare(before, now sample) {
	if before.code != now.code || before.status != now.status {
		m.log(change{now.at, now.said, now.status})
	}
	for i, p := range m.scheme.Spokes {
		if was, is := before.spokes[i], now.spokes[i]; was != is {
			says := m.speak.Say(
				"tui.changed",
				words.Args{"port": m.spokeLabel(p), "now": m.stateWords(is), "before": m.stateWords(was)},
			)
			m.log(change{now.at, said{says, says}, is})
		}
	}
}

func (m *Model) log(c change) {
	m.watch.changes = append(m.watch.changes, c)
	m.watch.logged++
}

// toggleWatch begins to repeat the run, or stops.
func (m *Model) toggleWatch() tea.Cmd {
	m.watch.on = !m.watch.on
	if !m.watch.on {
		m.watch.next = time.Time{}
		if m.tab == tabWatch {
			m.tab, m.scroll = tabVerdict, 0
		}
		return nil
	}
	m.tab, m.scroll = tabWatch, 0
	if m.run.on || m.run.number == 0 {
		return nil
	}
	return m.later()
}

// later sets the clock for the next run of a watch.
func (m *Model) later() tea.Cmd {
	if !m.watch.on || m.run.on {
		return nil
	}
	now := m.deps.Now()
	m.watch.next = pace.Due(m.run.began, now, m.opt.Watch)
	return m.wait()
}

// wait looks at the clock once a second, for the countdown, and then runs again.
func (m *Model) wait() tea.Cmd {
	number := m.run.number
	left := m.watch.next.Sub(m.deps.Now())
	pause := left % time.Second
	if pause <= 0 {
		pause = time.Second
	}
	return tea.Tick(min(pause, max(left, 0)), func(time.Time) tea.Msg { return againMsg(number) })
}

// again runs again if the watch is still on and nobody was faster.
func (m *Model) again(msg againMsg) tea.Cmd {
	if !m.watch.on || m.run.on || int(msg) != m.run.number || m.watch.next.IsZero() {
		return nil
	}
	now := m.deps.Now()
	if !now.Before(m.watch.next) && m.choosing() {
		m.watch.next = now.Add(pace.Breath) // nobody likes to be called away
	}
	if now.Before(m.watch.next) {
		return m.wait()
	}
	m.watch.next = time.Time{}
	return m.begin()
}

// choosing says whether the user is about to say what the next run is for.
func (m *Model) choosing() bool {
	return slices.ContainsFunc(
		append([]place{{screen: m.screen}}, m.back...),
		func(p place) bool { return p.screen == screenStart || p.screen == screenSymptoms },
	)
}

// watchLines are the strips and the log. The strips come first and always take
// the same lines, so that nothing moves when the log grows.
func (m *Model) watchLines(width int) []line {
	w := &m.watch
	if len(w.samples) == 0 {
		return []line{plainLine(m.speak.Say("tui.watch.empty"), muted)}
	}
	newest := w.samples[len(w.samples)-1]
	var lines []line
	room := width - 11 - 9
	for i, p := range m.scheme.Spokes {
		if i >= len(newest.spokes) {
			break
		}
		l := line{{padRight(m.spokeLabel(p), 9), plain}, {"  ", plain}}
		samples := w.samples[max(0, len(w.samples)-room):]
		for _, s := range samples {
			if i < len(s.spokes) {
				l = append(l, span{s.spokes[i].Mark(), drawn[s.spokes[i]]})
			}
		}
		if newest.rtts[i] > 0 {
			l = append(l, span{" " + labels.Milliseconds(newest.rtts[i]), muted})
		}
		lines = append(lines, l)
	}
	verdicts := line{{padRight(m.speak.Say("tui.watch.verdict"), 9), plain}, {"  ", plain}}
	for _, s := range w.samples[max(0, len(w.samples)-room):] {
		verdicts = append(verdicts, span{s.status.Mark(), drawn[s.status]})
	}
	lines = append(lines, verdicts, nil)
	if len(w.changes) == 0 {
		return append(
			lines,
			plainLine(
				m.prose(
					m.speak.Say(
						"tui.watch.no-change",
						words.Args{"n": len(w.samples), "time": w.samples[0].at.Format("15:04:05")},
					),
				),
				muted,
			),
		)
	}
	for i := len(w.changes) - 1; i >= 0; i-- {
		c := w.changes[i]
		head := c.at.Format("15:04:05") + " " + c.now.Mark() + " "
		for j, part := range m.wrap(probe.Clean(c.said.text(m.redact), 300), width-len("15:04:05 x ")) {
			if j == 0 {
				lines = append(lines, line{{head[:9], muted}, {head[9:], drawn[c.now]}, {part, plain}})
				continue
			}
			lines = append(lines, line{{padRight("", 11), plain}, {part, plain}})
		}
	}
	return lines
}

// board is the state of the map as it is shown now.
func (m *Model) board() chart.Board {
	protocol := m.run.protocol
	if m.shown != nil {
		protocol = m.shown.Target.Protocol
		return chart.NewBoard(m.scheme, m.facts, m.shown, protocol)
	}
	return chart.NewBoard(m.scheme, m.liveFacts(), nil, protocol)
}

// liveFacts are the facts to draw: of the run while there is no report.
func (m *Model) liveFacts() *chart.Facts {
	if m.shown == nil && m.run.facts != nil {
		return m.run.facts
	}
	return m.facts
}
