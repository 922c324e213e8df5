package tui

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/chart"
	"wsdoctor/ui/ticket"
)

// Messages from commands.
type (
	interruptedMsg struct{}
	eventsMsg      struct {
		run  int
		list []Event
	}
	finishedMsg struct {
		run    int
		result result
		err    error
	}
	tickMsg      int // number of the run
	againMsg     int // number of the run after which to run again
	noticeMsg    notice
	explainedMsg struct{ title, body string }
	pingsMsg     struct {
		box  *inbox
		list []Ping
		over bool
	}
)

const (
	// gather is how long events are collected before the screen is drawn: an eye
	// cannot follow more, and a run must not wait for a screen.
	gather = 40 * time.Millisecond
	// spin is how often the spinner turns: ten times a second.
	spin = 100 * time.Millisecond
)

// inbox takes what a run or a measurement tells, without ever making it wait.
type inbox struct {
	mu     sync.Mutex
	events []Event
	pings  []Ping
	over   bool
	filled chan struct{} // holds one token while there is something to read
}

func newInbox() *inbox { return &inbox{filled: make(chan struct{}, 1)} }

func (b *inbox) add(f func()) {
	b.mu.Lock()
	f()
	b.mu.Unlock()
	select {
	case b.filled <- struct{}{}:
	default:
	}
}

// take waits for something and gives all of it.
func (b *inbox) take() (events []Event, pings []Ping, over bool) {
	<-b.filled
	time.Sleep(gather)
	b.mu.Lock()
	defer b.mu.Unlock()
	events, pings = b.events, b.pings
	b.events, b.pings = nil, nil
	return events, pings, b.over
}

// drain gives the events that are there, without waiting.
func (b *inbox) drain() []Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	events := b.events
	b.events = nil
	return events
}

// untilInterrupted waits for the program to be asked to end.
func (m *Model) untilInterrupted() tea.Cmd {
	ctx := m.ctx
	return func() tea.Msg {
		<-ctx.Done()
		return interruptedMsg{}
	}
}

// measure asks every Region for its round trip.
func (m *Model) measure() tea.Cmd {
	if m.deps.MeasureRegions == nil || m.start.box != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(m.ctx)
	m.start.cancel, m.start.box = cancel, newInbox()
	box, ask := m.start.box, m.deps.MeasureRegions
	return tea.Batch(func() tea.Msg {
		ask(ctx, func(p Ping) { box.add(func() { box.pings = append(box.pings, p) }) })
		box.add(func() { box.over = true })
		return nil
	}, listenPings(box))
}

// giveUp ends a measurement of the Regions that is not over: a run does not share
// the line with it, and who comes back for another Region gets a new one.
func (m *Model) giveUp() {
	if m.start.cancel == nil {
		return
	}
	m.start.cancel()
	if !m.start.over {
		m.start.box, m.start.cancel = nil, nil
	}
}

func listenPings(box *inbox) tea.Cmd {
	return func() tea.Msg {
		_, pings, over := box.take()
		return pingsMsg{box, pings, over}
	}
}

// begin starts a run; the commands are the run, its events and its spinner.
func (m *Model) begin() tea.Cmd {
	if m.run.on {
		return nil
	}
	m.giveUp()
	m.watch.next = time.Time{}
	ctx, cancel := context.WithCancel(m.ctx)
	number, box := m.run.number+1, newInbox()
	m.run = running{
		on: true, number: number, cancel: cancel, inbox: box, began: m.deps.Now(), facts: chart.NewFacts(m.scheme),
		protocol: m.opt.Protocol, region: m.choice.Region,
	}
	if m.run.protocol == "" {
		m.run.protocol = probe.BothProtocols
	}
	m.notice, m.err = notice{}, nil
	if m.screen == screenStart || m.screen == screenSymptoms {
		m.screen, m.back, m.scroll = screenMap, nil, 0
	}
	choice := m.choice
	return tea.Batch(func() tea.Msg {
		r, err := m.deps.run(ctx, choice, func(e Event) { box.add(func() { box.events = append(box.events, e) }) })
		box.drain()                         // the report holds them
		box.add(func() { box.over = true }) // the listener may go
		return finishedMsg{number, r, err}
	}, listen(box, number), m.nextTick())
}

func listen(box *inbox, number int) tea.Cmd {
	return func() tea.Msg {
		events, _, over := box.take()
		if over && len(events) == 0 {
			return nil
		}
		return eventsMsg{number, events}
	}
}

func (m *Model) nextTick() tea.Cmd {
	number := m.run.number
	return tea.Tick(spin, func(time.Time) tea.Msg { return tickMsg(number) })
}

// explain asks what topics mean, and shows that under some words of its own, if
// there are any; topics that are not known are left out.
func (m *Model) explain(title, words string, topics ...string) tea.Cmd {
	do := m.deps.Explain
	if do == nil || len(topics) == 0 {
		return nil
	}
	return func() tea.Msg {
		var parts []string
		if words != "" {
			parts = append(parts, words)
		}
		for _, topic := range topics {
			if s, err := do(topic); err == nil {
				parts = append(parts, strings.TrimSpace(s))
			}
		}
		if len(parts) == 0 {
			return noticeMsg{m.speak.Say("tui.notice.no-explanation"), true}
		}
		return explainedMsg{title, strings.Join(parts, "\n\n\n")}
	}
}

// save writes the report as it is shown.
func (m *Model) save() tea.Cmd {
	if m.shown == nil || m.deps.Save == nil {
		m.notice = notice{m.speak.Say("tui.notice.no-report"), true}
		return nil
	}
	r, do := *m.shown, m.deps.Save
	return func() tea.Msg {
		paths, err := do(r)
		if err != nil {
			return noticeMsg{m.speak.Say("tui.notice.not-saved", words.Args{"error": words.Reason(err)}), true}
		}
		return noticeMsg{m.saved(paths), false}
	}
}

// saved names the files, and their folder once.
func (m *Model) saved(paths []string) string {
	if len(paths) == 0 {
		return m.speak.Say("tui.notice.saved")
	}
	dir := filepath.Dir(paths[0])
	var names []string
	for _, p := range paths {
		if filepath.Dir(p) != dir {
			return m.speak.Say("tui.notice.saved-files", words.Args{"files": paths})
		}
		names = append(names, filepath.Base(p))
	}
	return m.speak.Say("tui.notice.saved-in", words.Args{"files": names, "folder": dir})
}

// copies puts the ticket text on the clipboard. Nobody tells whether the
// terminal took it, so the text is kept in a file too.
func (m *Model) copies() tea.Cmd {
	if m.shown == nil {
		m.notice = notice{m.speak.Say("tui.notice.no-report"), true}
		return nil
	}
	r, keep := *m.shown, m.deps.Keep
	b, err := ticket.Report(m.opt.Words, r, ticket.Text)
	if err != nil {
		m.notice = notice{m.speak.Say("tui.notice.not-saved", words.Args{"error": words.Reason(err)}), true}
		return nil
	}
	told := string(b)
	return tea.Batch(tea.SetClipboard(told), func() tea.Msg {
		if keep == nil {
			return noticeMsg{m.speak.Say("tui.notice.copied"), false}
		}
		path, err := keep(r, told)
		if err != nil {
			return noticeMsg{m.speak.Say("tui.notice.copied-only", words.Args{"error": words.Reason(err)}), true}
		}
		return noticeMsg{m.speak.Say("tui.notice.copied-file", words.Args{"file": path}), false}
	})
}
