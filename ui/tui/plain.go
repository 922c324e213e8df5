package tui

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	pace "wsdoctor/internal/watch"
	"wsdoctor/internal/words"
	"wsdoctor/ui/chart"
	"wsdoctor/ui/labels"
)

// Plain tells a run in lines for screen readers: nothing is drawn over, no
// colour is used, and questions are plain lines. It asks only what the options
// leave open, and returns when the run is over; watching, when ctx ends.
func Plain(ctx context.Context, d Deps, o Options, in io.Reader, out io.Writer) (Result, error) {
	p := &teller{m: newModel(ctx, d, o), in: bufio.NewReader(in), out: out}
	if o.Problem != "" {
		p.say("%s", o.Problem)
	}
	for !o.Known {
		again, err := p.ask(ctx)
		if err != nil {
			return Result{Err: err}, nil
		}
		if !again {
			break
		}
	}
	for {
		err := p.run(ctx)
		r := Result{Report: p.m.shown, Err: err}
		if err != nil && r.Report != nil && ctx.Err() == nil {
			p.say("%s %s", p.m.deps.Now().Format("15:04:05"), err) // a watch goes on
			err = nil
		}
		if err != nil || p.failed != nil || !p.m.watch.on || ctx.Err() != nil || p.wait(ctx) != nil {
			return r, p.failed
		}
	}
}

// teller is the plain view: the model, never drawn, and where its words go.
type teller struct {
	m       *Model
	in      *bufio.Reader
	out     io.Writer
	failed  error // of out
	told    []chart.State
	changes int
}

// plainWidth is a comfortable line, aloud too.
const plainWidth = 78

// say writes one line, or several of a comfortable length.
func (p *teller) say(format string, args ...any) {
	for _, l := range p.m.wrap(fmt.Sprintf(format, args...), plainWidth) {
		if _, err := io.WriteString(p.out, l+"\n"); err != nil && p.failed == nil {
			p.failed = words.Fail(words.Say("tui.error.write", words.Args{"why": words.Reason(err)})).Because(err)
		}
	}
}

// ErrLeft is the Err of a Result where the user left before anything was measured.
var ErrLeft error = words.Fail(words.Say("tui.error.left"))

// ask puts the questions of the start screen; again says that the answer was
// none that can be used.
func (p *teller) ask(ctx context.Context) (again bool, err error) {
	m := p.m
	p.say("%s", m.speak.Say("tui.plain.ask"))
	if m.start.text, err = p.line(ctx); err != nil || m.start.text == "" {
		return false, errors.Join(ErrLeft, err)
	}
	if _, is := m.registration(); is {
		m.choice.Registration = m.start.text
	} else {
		m.filter()
		exact := slices.IndexFunc(m.start.rows, func(r Region) bool { return strings.EqualFold(r.ID, m.start.text) })
		switch n := len(m.start.rows); {
		case exact >= 0:
			m.choice.Region = m.start.rows[exact].ID
		case n == 1:
			m.choice.Region = m.start.rows[0].ID
		case n == 0:
			p.say("%s", m.speak.Say("tui.notice.neither"))
			return true, nil
		default:
			p.say("%s", m.speak.Say("tui.plain.several"))
			for _, r := range m.start.rows {
				p.say("%s, %s", r.ID, r.Name)
			}
			return true, nil
		}
	}
	p.say("%s", m.speak.Say("tui.plain.symptom"))
	for i, s := range m.deps.Symptoms {
		p.say("%d: %s", i+1, s.Shows)
	}
	answer, err := p.line(ctx)
	if err != nil {
		return false, errors.Join(ErrLeft, err)
	}
	if n, err := strconv.Atoi(answer); err == nil && n >= 1 && n <= len(m.deps.Symptoms) {
		m.choice.Symptom = m.deps.Symptoms[n-1].ID
	}
	return false, nil
}

// line reads an answer, or gives up when ctx ends.
func (p *teller) line(ctx context.Context) (string, error) {
	type answer struct {
		text string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		b, _, err := p.in.ReadLine() // a longer line than its buffer comes in parts, which are no answer either
		got <- answer{string(b), err}
	}()
	select {
	case a := <-got:
		return strings.TrimSpace(cut(harmless(a.text), longestInput)), a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// run does one run and tells what it hears.
func (p *teller) run(ctx context.Context) error {
	m := p.m
	m.begin() // its commands are for the screen
	box, over := newInbox(), make(chan error, 1)
	var got result
	go func() {
		var err error
		got, err = m.deps.run(ctx, m.choice, func(e Event) { box.add(func() { box.events = append(box.events, e) }) })
		over <- err
	}()
	first := m.report == nil
	p.told = nil
	last := m.deps.Now()
	for {
		select {
		case <-box.filled:
			last = p.hear(box.drain(), first, last)
		case err := <-over:
			p.hear(box.drain(), first, last)
			m.run.on = false
			m.run.cancel()
			if err != nil {
				return err
			}
			if !got.open.Run.Interrupted || first {
				m.take(got)
			}
			p.judge(first)
			return nil
		}
	}
}

// patienceOfEars is how often a long run says that it goes on.
const patienceOfEars = 2 * time.Second

// hear tells each way once it is known, and now and then how far the run is.
func (p *teller) hear(events []Event, first bool, last time.Time) time.Time {
	m := p.m
	for _, e := range events {
		m.event(e)
		if e.Kind == Planned && first {
			p.say(
				"%s",
				m.speak.Say(
					"tui.plain.checking",
					words.Args{
						"what":   m.speak.Say("tui.title." + m.scheme.Name),
						"region": e.Region,
						"known":  e.Region != "",
						"n":      e.Total,
					},
				),
			)
			last = m.deps.Now()
		}
	}
	if !first || m.run.total == 0 {
		return last
	}
	b := chart.NewBoard(m.scheme, m.run.facts, nil, m.run.protocol)
	if len(p.told) != len(b.Spokes) {
		p.told = make([]chart.State, len(b.Spokes))
	}
	for i, st := range b.Spokes {
		if st == p.told[i] || st <= chart.StateWaiting {
			continue
		}
		p.told[i] = st
		id := map[chart.State]string{chart.StateOK: "tui.plain.answers", chart.StateLimited: "tui.plain.in-part", chart.StateSuspect: "tui.plain.no-answer"}[st]
		so := words.Args{"port": m.spokeLabel(m.scheme.Spokes[i]), "time": "", "timed": false}
		if id == "" {
			id, so["how"] = "tui.plain.fails", m.word(b.Words[i])
		}
		if rtt := m.run.facts.Spokes[i].RTT; rtt > 0 {
			so["time"], so["timed"] = labels.Milliseconds(rtt), true
		}
		p.say("%s", m.speak.Say(id, so))
		last = m.deps.Now()
	}
	if now := m.deps.Now(); now.Sub(last) >= patienceOfEars {
		p.say("%s", m.speak.Say("tui.plain.done", words.Args{"done": m.run.done, "total": m.run.total}))
		last = now
	}
	return last
}

// judge tells what changed since the run before. The verdict of a run that is
// not watched is for whoever called Plain to print.
func (p *teller) judge(first bool) {
	if !p.m.watch.on || p.m.shown == nil {
		return
	}
	now := p.m.deps.Now().Format("15:04:05")
	if first {
		p.say("%s %s", now, p.m.shown.Verdict.Summary)
		p.say("%s", p.m.speak.Say("tui.plain.watching", words.Args{"seconds": int(p.m.opt.Watch.Seconds())}))
	}
	all := p.m.watch.changes
	for _, c := range all[max(len(all)-(p.m.watch.logged-p.changes), 0):] {
		p.say("%s %s", now, c.said.text(p.m.redact))
	}
	p.changes = p.m.watch.logged
}

// wait waits for the next run of a watch.
func (p *teller) wait(ctx context.Context) error {
	now := p.m.deps.Now()
	pause := pace.Due(p.m.run.began, now, p.m.opt.Watch).Sub(now)
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
