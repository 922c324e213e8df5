package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"runtime"
	"slices"
	"strconv"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/plan"
	"wsdoctor/internal/policy"
	"wsdoctor/internal/report"
	"wsdoctor/internal/run"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/probe/host"
)

// audience is who follows a run: the printer, or the terminal UI.
type audience interface {
	start(tool report.Tool, r report.Run, t report.Target)
	note(text string) // something to know before the result
	expect(steps int)
	event(e run.Event)
	done(r report.Report) error
}

// session is a run that is ready to start, at the desk or inside a WorkSpace.
type session struct {
	words   *words.Catalogue // of the language that it is told in
	policy  *policy.Policy   // the company's; nil for none
	vantage probe.Vantage
	started time.Time    // when the command began: the time limit counts from here
	demo    string       // the simulated scenario, if it is one
	about   report.About // what the user says of it
	target  report.Target
	network probe.Network
	plan    plan.Plan
	facts   []probe.Observation
	last    func(context.Context) []probe.Observation // facts that only the run could change; nil for none
	// beside gives facts that no plan depends on, read while the run goes on; nil for none.
	beside func(context.Context) besideFacts
	gaps   []string
	notes  []string // told at once, for people
	// walk asks an account instead of carrying out the plan; nil for a run that sends packets.
	walk func(context.Context, func(run.Event)) (gaps []words.Text, err error)
	most int // of the plan's steps that are carried out; 0: all
}

// withLimit gives a run its time, which counts from when its command began.
func withLimit(ctx context.Context, started time.Time, opt plan.Options) (context.Context, context.CancelFunc) {
	return context.WithDeadline(ctx, started.Add(opt.Timeout))
}

// carryOut prints the plan where that is asked for; else it does the run and
// prints its report. The error carries the exit code.
func (s session) carryOut(ctx, limited context.Context, env Env, f flags) error {
	out, err := openOutput(ctx, env, f.output)
	if err != nil {
		return err
	}
	collector := s.collector(env, out)
	if f.planOnly {
		s.plan.Notes = append(s.plan.Notes, policyNote(s.policy)...)
		s.plan.Notes = append(s.plan.Notes, collector.note()...)
		return out.close(out.plan(s.plan))
	}
	err = s.conduct(ctx, limited, out)
	collector.export(ctx, out)
	return out.close(out.ends(err))
}

// conduct does the run, judges it and hands the report over. The error carries
// the exit code. ctx is the user's: its end is an interrupt.
func (s session) conduct(ctx, limited context.Context, to audience) error {
	header := s.header()
	b := report.New(version(), header, s.target)
	b.About(s.about)
	b.Policy(s.policy.Mark())
	for _, gap := range slices.Concat(heard(s.words, s.gaps), s.words.All(s.plan.Notes)) {
		b.Gap(gap)
	}
	to.start(version(), header, s.target)
	for _, text := range s.notes {
		to.note(text)
	}
	to.expect(cmp.Or(s.most, len(s.plan.Steps)))
	later := startBeside(limited, s.beside)
	tell := func(e run.Event) {
		if e.Kind == run.Observed {
			b.Observe(e.Observation)
		}
		to.event(e)
	}
	var unseen []words.Text
	if s.walk != nil {
		var err error
		if unseen, err = s.walk(limited, s.numbered(tell)); err != nil {
			return err
		}
	} else {
		run.Run(limited, run.Options{
			Network: s.network,
			Plan:    s.plan,
			Probers: run.Probers(),
			Started: s.started,
			Facts:   s.facts,
			Last:    later.after(s.last),
			Load:    host.Load,
		}, tell)
	}
	for _, gap := range slices.Concat(heard(s.words, later.gaps), s.words.All(unseen)) {
		b.Gap(gap)
	}
	for _, gap := range run.Gaps(b.Observations()) {
		b.Gap(s.words.Tell(gap))
	}
	interrupted := ctx.Err() != nil
	result := report.Tell(s.words, judged(s.vantage, s.target, interrupted, b.Observations()))
	s.policy.Speak(s.words, &result.Verdict)
	r := b.Finish(result, time.Since(s.started), interrupted)
	if err := to.done(r); err != nil {
		return err
	}
	return exitOf(r)
}

// numbered gives the observations of a walk their IDs and their place in time, as a run
// does.
func (s session) numbered(tell func(run.Event)) func(run.Event) {
	count := 0
	return func(e run.Event) {
		if o := &e.Observation; e.Kind == run.Observed {
			count++
			o.ID, o.Step = "o"+strconv.Itoa(count), e.Step.ID
			o.StartedMS, o.ElapsedMS = probe.Milliseconds(o.Start.Sub(s.started)), probe.Milliseconds(o.Elapsed)
		}
		tell(e)
	}
}

// heard tells in a language what probes said in English, or what a report said in
// another one.
func heard(c *words.Catalogue, said []string) []string {
	told := make([]string, 0, len(said))
	for _, s := range said {
		told = append(told, c.Tell(words.Heard(s)))
	}
	return told
}

func (s session) header() report.Run {
	var id [8]byte
	rand.Read(id[:])
	return report.Run{
		ID: hex.EncodeToString(id[:]), Vantage: s.vantage, StartedAt: s.started.UTC().Round(time.Millisecond),
		OS: runtime.GOOS, Arch: runtime.GOARCH, Privileged: privileged(), Demo: s.demo,
	}
}

// exitOf turns a report into its exit code; nil is 0.
func exitOf(r report.Report) error {
	code := layer.ExitInconclusive
	switch v := r.Verdict; {
	case r.Run.Interrupted:
		code = layer.ExitInterrupted
	case v.AsFarAsSeen():
		code = layer.ExitAsFarAsSeen
	case v.Status == finding.StatusOK:
		return nil
	case v.Status == finding.StatusDegraded:
		code = layer.ExitDegraded
	case v.Status == finding.StatusFault && v.Layer != nil:
		if l, known := layer.Get(*v.Layer); known {
			code = l.Exit
		}
	}
	return exitError(code)
}
