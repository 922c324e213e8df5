package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/report"
	"wsdoctor/internal/systemlog"
	"wsdoctor/internal/userfile"
	"wsdoctor/internal/watch"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/text"
)

// watchSchema names the form of the lines of -o ndjson.
const watchSchema = "wsdoctor.watch/v1"

// watcher tells of one run after another.
type watcher struct {
	env         Env
	flags       output
	untilChange bool
	loop        watch.Loop
	history     watch.History
	folder      *watch.Folder  // nil: no reports are kept
	out         io.Writer      // for the lines
	side        *printer       // for notes, metrics and the collector
	last        *report.Report // that counted
	log         systemlog.Log  // nil: there is none to be written into
	lost        bool           // the last report to be kept was not
	unlogged    bool           // the last change was not written into the log
	stale       bool           // the last metrics were not written
}

// watchLine is one line of -o ndjson.
type watchLine struct {
	Schema   string             `json:"schema"`
	Event    string             `json:"event"` // an event of package watch, "skipped" or "end"
	At       time.Time          `json:"at"`
	Run      string             `json:"run,omitempty"` // the report's ID
	Status   finding.Status     `json:"status,omitempty"`
	Layer    string             `json:"layer,omitempty"`
	Code     string             `json:"code,omitempty"`
	Owner    string             `json:"owner,omitempty"`
	Summary  string             `json:"summary,omitempty"`
	Where    *finding.Where     `json:"where,omitempty"`
	Works    *finding.Protocols `json:"protocols,omitempty"`
	Spell    *watch.Spell       `json:"spell,omitempty"`
	Before   *watch.Spell       `json:"before,omitempty"`
	Kept     string             `json:"kept,omitempty"`
	Labels   map[string]string  `json:"labels,omitempty"`
	Ticket   string             `json:"ticket,omitempty"`
	Totals   *watch.Totals      `json:"totals,omitempty"`
	sentence string             // what is told of the turn
}

// newWatcher opens whatever is written to, before anything is sent.
func newWatcher(ctx context.Context, env Env, f watchFlags) (*watcher, error) {
	w := &watcher{
		env: env, flags: f.output, untilChange: f.untilChange, out: env.Stdout,
		loop: watch.Loop{Pace: f.pace(env), For: f.long, Now: watch.Clocks()},
		side: &printer{output: f.output, env: env},
	}
	var err error
	if w.side.redactor, err = f.redacts(ctx); err != nil {
		return nil, err
	}
	if err := w.side.openMetrics(ctx); err != nil {
		return nil, err
	}
	if err := w.openLog(f); err != nil {
		return nil, err
	}
	if err := w.openKeep(env, f); err != nil {
		return nil, err
	}
	if f.file != "" {
		file, err := userfile.Append(ctx, f.file)
		if err != nil {
			return nil, badInput(
				words.Say("cli.hint.output-file"),
				words.Say("cli.bad.output-file", words.Args{"why": reason(err)}),
			)
		}
		w.out = file
	}
	w.loop.Tell = func(r report.Report, slept bool) (bool, error) { return w.tell(ctx, r, slept) }
	return w, nil
}

// do runs until something ends it, and sums up.
func (w *watcher) do(ctx context.Context) error {
	if first := w.loop.Pace.Spread; first > 0 {
		w.side.note(w.say(words.Say("watch.spread", words.Args{"time": first})))
	}
	err := w.loop.Do(ctx)
	t := w.history.Totals()
	end := watchLine{Event: "end", At: time.Now(), Totals: &t, sentence: w.say(words.Say("watch.nothing"))}
	if t.Runs > 0 {
		about := words.Args{
			"runs":    t.Runs,
			"time":    t.Last.Sub(t.From).Round(time.Second),
			"changes": t.Changes,
			"ok":      t.States[string(finding.StatusOK)],
			"once":    t.Classes[watch.OneOff],
			"lasting": t.Classes[watch.Sustained],
			"again":   t.Classes[watch.Recurring],
		}
		end.sentence = w.say(words.Say("watch.end", about))
	}
	if lost := w.write(end); lost != nil && err != nil {
		return lost
	}
	if file, is := w.out.(*userfile.Writer); is {
		if lost := file.Commit(); lost != nil {
			return words.Fail(words.Say("cli.bad.lost", words.Args{"why": reason(lost)})).Because(lost)
		}
	}
	return watchEnd(err, w.last)
}

func (w *watcher) say(t words.Text) string { return w.env.words().Tell(t) }

// tell puts one run into the history and tells of it. enough: nobody wants more.
func (w *watcher) tell(ctx context.Context, r report.Report, slept bool) (enough bool, err error) {
	if r.Run.Interrupted {
		return false, nil // it was cut off, and the watch ends
	}
	shown := r
	if w.side.redactor != nil {
		shown = w.side.redactor.Report(r)
	}
	line := lineOf(shown)
	if slept {
		line.Event, line.sentence = "skipped", w.say(words.Say("watch.slept"))
		return false, w.write(line)
	}
	w.last = &r
	turn := w.history.Add(r.Run.StartedAt.Local(), watch.StateOf(r))
	line.Event, line.Spell, line.Before = string(turn.Event), &turn.Spell, turn.Before
	line.sentence = w.say(turnSays(turn))
	w.publish(ctx, shown)
	news := turn.Event != watch.Same
	if news && turn.Event != watch.Classed {
		line.Kept = w.keep(ctx, shown)
	}
	if news {
		w.enter(line)
	}
	if news || !w.flags.quiet {
		if err := w.write(line); err != nil {
			return false, err
		}
	}
	if news && w.flags.verbose && w.flags.format == "text" {
		o := text.Options{Verbose: true, Unicode: w.env.drawn(w.out), Words: w.env.words()}
		if err := text.Render(w.out, shown, o); err != nil {
			return false, err
		}
	}
	return w.untilChange && turn.Event == watch.Changed, nil
}

func lineOf(r report.Report) watchLine {
	v := r.Verdict
	line := watchLine{
		At:      r.Run.StartedAt,
		Run:     r.Run.ID,
		Status:  v.Status,
		Code:    v.Code,
		Owner:   v.Owner,
		Summary: v.Summary,
		Where:   v.Where,
		Works:   &v.Protocols,
		Labels:  r.Labels,
		Ticket:  r.Ticket,
	}
	if v.Layer != nil {
		line.Layer = string(*v.Layer)
	}
	return line
}

// turnSays is what is told of a turn, beside the verdict; of one that brings no news
// nothing.
func turnSays(t watch.Turn) words.Text {
	since := t.Spell.From.Format(time.TimeOnly)
	switch {
	case t.Event == watch.First:
		return words.Say("watch.first")
	case t.Event == watch.Classed:
		return words.Say("watch.classed", words.Args{"runs": t.Spell.Runs, "time": since})
	case t.Event == watch.Changed:
		what, b := words.Say("watch.new"), t.Before
		if t.Spell.Class == watch.Recurring {
			what = words.Say("watch.recurring", words.Args{"times": t.Spell.Times})
		}
		return words.Say("watch.changed", words.Args{
			"what":   what,
			"before": string(b.State.Status),
			"class":  string(b.Class),
			"runs":   b.Runs,
			"time":   b.From.Format(time.TimeOnly),
		})
	}
	return words.Text{}
}

// write writes a line, by itself: whoever reads along sees it whole.
func (w *watcher) write(l watchLine) error {
	var b []byte
	if w.flags.format == "ndjson" {
		l.Schema = watchSchema
		var err error
		if b, err = json.Marshal(l); err != nil {
			return err
		}
	} else {
		const longest = 500
		told := fmt.Sprintf(
			"%s  %-12s  %-20s  %s",
			l.At.Local().Format(time.DateTime),
			l.Status,
			l.Layer,
			probe.Clean(l.Summary, longest),
		)
		if l.Event == "end" {
			told = l.At.Local().Format(time.DateTime) + "  " + l.sentence
		} else if l.sentence != "" {
			told += "  [" + l.sentence + "]"
		}
		b = []byte(strings.TrimRight(told, " "))
	}
	_, err := w.out.Write(append(b, '\n'))
	return err
}

// keep keeps the report of a change. That one could not be kept is said once.
func (w *watcher) keep(ctx context.Context, r report.Report) string {
	if w.folder == nil {
		return ""
	}
	b, err := r.JSON()
	name := ""
	if err == nil {
		name, err = w.folder.Keep(ctx, r.Run.StartedAt, b)
	}
	if err != nil && !w.lost {
		w.side.note(w.say(words.Say("watch.not-kept", words.Args{"why": reason(err)})))
	}
	if w.lost = err != nil; w.lost {
		return ""
	}
	return name
}

// publish writes the metrics anew. That they could not be written is said once.
func (w *watcher) publish(ctx context.Context, r report.Report) {
	err := w.side.openMetrics(ctx)
	if err == nil {
		err = w.side.publish(r)
	}
	if err != nil && !w.stale {
		w.side.note(told(w.env.words(), err))
	}
	w.stale = err != nil
}
