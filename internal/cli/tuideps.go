package cli

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/plan"
	"wsdoctor/internal/report"
	"wsdoctor/internal/run"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/tui"
)

// depsOf ties the interface to the catalog, the runs and the file system.
func depsOf(
	env Env,
	c *catalog.Catalog,
	do func(context.Context, tui.Choice, func(tui.Event)) (report.Report, error),
) tui.Deps {
	names := sync.OnceValue(report.LocalNames)
	go names() // a computer in a domain may ask its network for them; nobody should wait for that at a key
	d := tui.Deps{
		Now: time.Now, Run: do,
		ParseRegistration: func(code string) (string, error) {
			r, err := c.ParseRegistration(code)
			return r.Region, err
		},
		MeasureRegions: func(ctx context.Context, tell func(tui.Ping)) {
			pingRegions(ctx, c, env.sockets(nil), tell)
		},
		Explain: func(topic string) (string, error) {
			var b bytes.Buffer
			err := explain(env, &b, topic)
			return b.String(), err
		},
		Save:   saveReport,
		Keep:   keepTicket,
		Redact: func(r report.Report) report.Report { return report.NewRedactor(names()).Report(r) },
	}
	for _, r := range c.Regions() {
		_, asked := r.Endpoint("broker")
		d.Regions = append(
			d.Regions,
			tui.Region{
				ID:         r.ID,
				Name:       env.words().Tell(r.Named()),
				Measurable: asked,
				Words:      append([]string{r.Name}, r.Aliases...),
			},
		)
	}
	for _, s := range diagnose.Symptoms() {
		d.Symptoms = append(d.Symptoms, tui.Symptom{ID: s.ID, Shows: env.words().Tell(s.Shows())})
	}
	return d
}

// runAtDesk does one run for the interface.
func runAtDesk(
	ctx context.Context,
	env Env,
	c *catalog.Catalog,
	f flags,
	cidrs []string,
	v *viewer,
) (report.Report, error) {
	started := time.Now()
	opt, err := f.check()
	if err != nil {
		return report.Report{}, err
	}
	network := env.sockets(nil)
	where, err := findTarget(ctx, env, c, &f, network)
	if err != nil {
		return report.Report{}, err
	}
	d := deskRun{env: env, started: started, flags: f, options: opt, target: where, network: network, cidrs: cidrs}
	return v.ended(d.run(ctx, v))
}

// runInside does one run inside a WorkSpace, where the symptom and the rules of
// the IP access control group say nothing.
func runInside(ctx context.Context, env Env, c *catalog.Catalog, f insideFlags, v *viewer) (report.Report, error) {
	started := time.Now()
	opt, err := f.checkInside()
	if err != nil {
		return report.Report{}, err
	}
	limited, cancel := withLimit(ctx, started, opt)
	defer cancel()
	s, err := survey(limited, env, c, f, opt, started)
	if err != nil {
		return report.Report{}, err
	}
	return v.ended(s.conduct(ctx, limited, v))
}

// viewer is the interface as a run's audience.
type viewer struct {
	words  *words.Catalogue
	tell   func(tui.Event)
	plan   tui.Event
	report *report.Report
}

func (v *viewer) start(_ report.Tool, r report.Run, t report.Target) {
	v.plan = tui.Event{Kind: tui.Planned, Region: t.Region, Protocol: t.Protocol, Vantage: r.Vantage}
}

func (v *viewer) note(string) {} // it is among the report's gaps

func (v *viewer) expect(steps int) {
	v.plan.Total = steps
	v.tell(v.plan)
}

func (v *viewer) event(e run.Event) {
	switch e.Kind {
	case run.StepStarted:
		v.tell(tui.Event{Kind: tui.Started, Step: e.Step.ID, Why: v.words.Tell(e.Step.Why)})
	case run.Observed:
		v.tell(tui.Event{Kind: tui.Observed, Observation: e.Observation})
	case run.StepDone:
		v.tell(tui.Event{Kind: tui.Done, Step: e.Step.ID})
	}
}

func (v *viewer) done(r report.Report) error {
	v.report = &r
	return nil
}

// ended gives the report of a run; an error that only carries its exit code is
// none.
func (v *viewer) ended(err error) (report.Report, error) {
	var code exitError
	if v.report != nil && (err == nil || errors.As(err, &code)) {
		return *v.report, nil
	}
	return report.Report{}, err
}

// pingTimeout is enough for the farthest Region, several times over.
const pingTimeout = 5 * time.Second

// pingRegions asks every Region's broker at once and tells each round trip.
func pingRegions(asked context.Context, c *catalog.Catalog, n probe.Network, tell func(tui.Ping)) {
	ctx, cancel := context.WithTimeout(asked, pingTimeout)
	defer cancel()
	p := plan.Plan{Timeout: probe.Millis(pingTimeout)}
	answered := map[string]bool{}
	for _, r := range c.Regions() {
		p.Steps = append(p.Steps, plan.Regions(r)...)
	}
	run.Run(ctx, run.Options{Network: n, Plan: p, Probers: run.Probers(), Started: time.Now()}, func(e run.Event) {
		id := plan.RegionOf(e.Step.ID)
		d, is := e.Observation.Detail.(probe.ConnectDetail)
		if e.Kind == run.Observed && is && e.Observation.Outcome == probe.OK && !answered[id] {
			answered[id] = true
			tell(tui.Ping{Region: id, RTTMS: d.RTTMS})
		}
	})
	if asked.Err() != nil {
		return // given up: whoever has not answered yet might have
	}
	for _, r := range c.Regions() {
		if !answered[r.ID] {
			tell(tui.Ping{Region: r.ID})
		}
	}
}
