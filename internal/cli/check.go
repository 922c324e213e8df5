package cli

import (
	"cmp"
	"context"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/client"
	"wsdoctor/internal/plan"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/probe/host"
)

// checkCommand is one desk-side run.
func checkCommand(env Env) *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:     "check",
		Short:   "cli.help.check.short",
		Example: "  wsdoctor check --region us-east-1\n  wsdoctor check --registration SLiad+ABC123 --protocol dcv -o json",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := f.goByAccount(cmd, env); err != nil {
				return err
			}
			return check(cmd.Context(), env, f)
		},
	}
	f.register(cmd, env)
	f.offerAccount(cmd)
	return cmd
}

// check validates everything first, so that bad input costs no packet, then
// plans, runs, judges and prints.
func check(ctx context.Context, env Env, f flags) error {
	d, err := atDesk(ctx, env, f)
	if err != nil {
		return err
	}
	return d.carryOut(ctx)
}

// atDesk makes a run at the desk ready.
func atDesk(ctx context.Context, env Env, f flags) (deskRun, error) {
	d := deskRun{env: env, started: time.Now()}
	var err error
	if d.options, err = f.check(); err != nil {
		return d, err
	}
	if d.cidrs, err = f.cidrs(ctx); err != nil {
		return d, err
	}
	c, err := catalog.Load()
	if err != nil {
		return d, err
	}
	d.network = env.sockets(nil)
	d.target, err = findTarget(ctx, env, c, &f, d.network)
	d.flags = f
	return d, err
}

// deskRun is one run at the desk, ready to start.
type deskRun struct {
	env     Env
	started time.Time // when the command began: the time limit counts from here
	flags   flags
	options plan.Options
	target  target
	network probe.Network
	cidrs   []string
	demo    string                 // the simulated scenario, if it is one
	facts   func() probe.HostFacts // nil: gather them from this computer
	every   time.Duration          // that it is to be done anew, for the plan; 0: once
}

// gather asks this computer for its facts and lays out the plan.
func (d deskRun) gather(ctx context.Context) (probe.HostFacts, plan.Plan) {
	var facts probe.HostFacts
	if d.facts != nil {
		facts = d.facts()
	} else {
		facts = host.Gather(ctx, d.ask())
	}
	p := plan.Make(
		plan.Input{
			Region:   d.target.region,
			OS:       runtime.GOOS,
			Facts:    facts,
			Options:  d.options,
			ProxyFor: host.ProxyFor,
		},
	)
	if d.flags.planOnly && facts.Proxy.PAC != "" {
		p.Notes = append(p.Notes, words.Say("plan.note.script", words.Args{"script": facts.Proxy.PAC}))
	}
	if d.every > 0 {
		p.Notes = append(p.Notes, words.Say("plan.note.watch", words.Args{"time": d.every}))
	}
	return facts, p
}

// ask lists the routes worth looking at before anything is sent: a policy rule
// on a streaming port shows here without a packet.
func (d deskRun) ask() host.Ask {
	ask := host.Ask{
		Proxy:            d.flags.proxy,
		Environ:          d.env.Getenv,
		ManagementRanges: d.target.management,
		Script:           !d.flags.planOnly,
	}
	for _, e := range d.target.region.Endpoints {
		ask.Names = append(ask.Names, e.ForDirectory(d.options.DirectoryID).Host)
	}
	ask.Names = append(ask.Names, d.options.Gateway.Host)
	to := routeAddress(d.target.region)
	for _, id := range routeEndpoints {
		if e, known := d.target.region.Endpoint(id); known && e.Probe {
			ask.Targets = append(
				ask.Targets,
				host.RouteQuery{Endpoint: id, Addr: to, Transport: transportOf(e), Port: e.Port},
			)
		}
	}
	return ask
}

// carryOut prints the plan, or does the run and prints its report.
func (d deskRun) carryOut(ctx context.Context) error {
	limited, cancel := withLimit(ctx, d.started, d.options)
	defer cancel()
	return d.session(limited).carryOut(ctx, limited, d.env, d.flags)
}

// run does the run for an audience; the error carries the exit code.
func (d deskRun) run(ctx context.Context, to audience) error {
	limited, cancel := withLimit(ctx, d.started, d.options)
	defer cancel()
	return d.session(limited).conduct(ctx, limited, to)
}

// session gathers what a run needs. It sends nothing.
func (d deskRun) session(ctx context.Context) session {
	facts, p := d.gather(ctx)
	s := session{
		policy:  d.env.Policy,
		words:   d.env.words(),
		vantage: probe.AtDesk,
		started: d.started,
		demo:    cmp.Or(d.demo, simulated(d.env)),
		about:   d.flags.about,
		target:  d.targetOf(),
		network: d.network,
		plan:    p,
		facts: host.Observations(
			facts,
			d.started,
		),
		last: d.last(facts),
		gaps: append(append([]string{}, d.target.gaps...), facts.Gaps...),
	}
	s.gaps = append(s.gaps, s.words.All(d.flags.known)...)
	if d.facts == nil { // a simulated computer has no client
		installed := client.Installed(runtime.GOOS)
		old := s.words.All(clientAge(installed, runtime.GOOS, d.target.region))
		s.gaps, s.notes = append(s.gaps, old...), append(s.notes, old...)
		s.gaps = append(s.gaps, s.words.All(clientDefects(installed, runtime.GOOS))...)
		s.beside = beside(d.ask().Names)
	}
	if facts.Workspace.Inside {
		within := s.words.Tell(words.Say("cli.desk-in-workspace"))
		s.gaps, s.notes = append(s.gaps, within), append(s.notes, within)
	}
	return s
}

// last looks once more at what only the run could have changed: whether the
// default gateway answers on the local network.
func (d deskRun) last(facts probe.HostFacts) func(context.Context) []probe.Observation {
	if d.facts != nil {
		return nil // a simulated computer has no neighbours
	}
	return func(ctx context.Context) []probe.Observation { return host.Neighbours(ctx, facts, time.Now()) }
}

func (d deskRun) targetOf() report.Target {
	return report.Target{
		Region:       d.target.region.ID,
		Protocol:     d.options.Protocol,
		Gateway:      d.flags.gateway,
		DirectoryID:  d.options.DirectoryID,
		Registration: d.target.registration,
		Domain:       d.options.Domain,
		Symptom:      d.flags.symptom,
		AllowedCIDRs: d.cidrs,
	}
}
