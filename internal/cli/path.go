package cli

import (
	"context"
	"encoding/json"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wsdoctor/internal/diagnose/desk"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/plan"
	"wsdoctor/internal/report"
	"wsdoctor/internal/run"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/probe/host"
)

// pathCommand sweeps the way to one port, next to a control port.
func pathCommand(env Env) *cobra.Command {
	o := struct {
		format  string
		control uint16
		six     bool
		plan    bool
		timeout time.Duration
		aboutFlags
	}{control: 443}
	cmd := &cobra.Command{
		Use:     "path HOST PORT",
		Short:   "cli.help.path.short",
		Long:    "cli.help.path.long",
		Example: "  wsdoctor path drp-iad.amazonworkspaces.com 4172\n  wsdoctor path 192.0.2.10 4195 -o json",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return badInput(words.Raw(pathHint(args)), words.Say("cli.bad.path", words.Args{"n": len(args)}))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			port, err := pathPort(args, o.control)
			if err != nil {
				return err
			}
			if err := pathHost(args, o.six); err != nil {
				return err
			}
			if err := aValue.refuse(o.format); err != nil {
				return err
			}
			if err := o.checkAbout(nil); err != nil {
				return err
			}
			f := flags{timeout: o.timeout}
			if err := f.checkTimeout(nil); err != nil {
				return err
			}
			limited, cancel := context.WithTimeout(cmd.Context(), o.timeout)
			defer cancel()
			facts := host.Gather(limited, host.Ask{Environ: env.Getenv})
			six := o.six || facts.HasIPv6 && !facts.HasIPv4 // there is nothing else
			p := plan.Path(
				plan.PathOptions{
					Host:    args[0],
					Port:    port,
					Control: o.control,
					IPv6:    six,
					OS:      runtime.GOOS,
					Timeout: o.timeout,
				},
			)
			to := &printer{env: env, out: env.Stdout, output: output{format: o.format}}
			if o.plan {
				return to.plan(p)
			}
			r := sweepPath(limited, env, facts, p)
			r.Host, r.Port, r.Control, r.About = args[0], port, o.control, o.about
			r.Policy = env.Policy.Mark()
			if o.format == "json" {
				e := json.NewEncoder(env.Stdout)
				e.SetEscapeHTML(false)
				e.SetIndent("", "  ")
				err = e.Encode(r)
			} else {
				err = r.write(env.words(), env.Stdout)
			}
			if err != nil {
				return err
			}
			return r.exit(cmd.Context())
		},
	}
	o.aboutFlags.register(cmd)
	offerPolicy(cmd)
	s := cmd.Flags()
	aValue.offer(cmd, env, &o.format)
	s.Uint16Var(&o.control, "control", 443, "cli.flag.control")
	s.BoolVar(&o.plan, "plan", false, "cli.flag.plan")
	s.BoolVarP(&o.six, "ipv6", "6", false, "cli.flag.ipv6")
	s.DurationVar(&o.timeout, "timeout", defaultTimeout, "cli.flag.timeout")
	return cmd
}

// PathReport is what `path` prints: a sweep per transport and one for the
// control, and what they say together.
type PathReport struct {
	Schema   string        `json:"schema"`
	Host     string        `json:"host"`
	Port     uint16        `json:"port"`
	Control  uint16        `json:"control_port"`
	Address  string        `json:"address"` // empty if the name gave none
	Sweeps   []PathSweep   `json:"sweeps"`
	Hops     []PathHop     `json:"hops"` // the routers met, and what they are
	Verdicts []PathVerdict `json:"verdicts"`
	Gaps     []string      `json:"gaps"`
	report.About
	Policy *report.PolicyMark `json:"policy,omitempty"`
}

// PathHop is a router that some sweep met, told; see desk.NamedHop.
type PathHop struct {
	TTL     int        `json:"ttl"`
	Address netip.Addr `json:"address"`
	What    string     `json:"what"`
}

// PathVerdict is what one sweep and its control say, told; see desk.Located.
type PathVerdict struct {
	Transport  probe.Transport    `json:"transport"`
	Port       uint16             `json:"port"`
	Control    bool               `json:"control"`
	Kind       sweep.Kind         `json:"kind"`
	Path       finding.Path       `json:"path"`
	Layer      layer.ID           `json:"layer,omitempty"`
	Confidence finding.Confidence `json:"confidence"`
	Summary    string             `json:"summary"`
	Suspects   []report.Suspect   `json:"suspects"`
	Where      *finding.Where     `json:"where,omitempty"`
	Owner      string             `json:"owner,omitempty"`  // with a layer: who fixes it
	Remedy     []string           `json:"remedy,omitempty"` // what the company wants done first
}

func tellLocated(env Env, v desk.Located) PathVerdict {
	c := env.words()
	told := PathVerdict{
		Transport:  v.Transport,
		Port:       v.Port,
		Control:    v.Control,
		Kind:       v.Kind,
		Path:       v.Path,
		Layer:      v.Layer,
		Confidence: v.Confidence,
		Summary:    c.Tell(v.Summary),
		Suspects:   []report.Suspect{},
		Where:      v.Where,
	}
	if l, known := layer.Get(v.Layer); known {
		told.Owner = c.Tell(words.Owner(l.Owner))
		env.Policy.SpeakOf(c, l.ID, &told.Owner, &told.Remedy)
	}
	for _, s := range v.Suspects {
		told.Suspects = append(
			told.Suspects,
			report.Suspect{Layer: s.Layer, Confidence: s.Confidence, Why: c.Tell(s.Why)},
		)
	}
	return told
}

// PathSweep is what became of one sweep.
type PathSweep struct {
	Transport probe.Transport `json:"transport"`
	Port      uint16          `json:"port"`
	Outcome   probe.Outcome   `json:"outcome"`
	Failure   probe.Failure   `json:"failure"`
	probe.SweepDetail
}

// sweepPath runs the plan and judges its sweeps.
func sweepPath(ctx context.Context, env Env, facts probe.HostFacts, p plan.Plan) PathReport {
	started := time.Now()
	r := PathReport{
		Schema:   PathSchema,
		Sweeps:   []PathSweep{},
		Hops:     []PathHop{},
		Verdicts: []PathVerdict{},
		Gaps:     []string{},
	}
	var seen []probe.Observation
	run.Run(ctx, run.Options{
		Network: env.sockets(
			nil,
		),
		Plan:    p,
		Probers: run.Probers(),
		Started: started,
		Facts:   host.Observations(facts, started),
	}, func(e run.Event) {
		if e.Kind != run.Observed {
			return
		}
		o := e.Observation
		seen = append(seen, o)
		d, isSweep := o.Detail.(probe.SweepDetail)
		switch {
		case isSweep:
			r.Address = o.Address
			r.Sweeps = append(r.Sweeps, PathSweep{o.Transport(), o.Port(), o.Outcome, o.Failure, d})
			if o.Outcome == probe.Skipped {
				r.Gaps = append(r.Gaps, pathGap(env.words(), o))
			}
		case o.Operation == probe.DNSQuery && o.Outcome != probe.OK:
			r.Gaps = append(r.Gaps, pathGap(env.words(), o))
		}
	})
	seen = append(seen, routesTo(ctx, facts, r)...)
	// TCP, UDP, and the control last, whichever was over first.
	slices.SortStableFunc(r.Sweeps, func(a, b PathSweep) int {
		if a.SweepDetail.Control != b.SweepDetail.Control {
			if b.SweepDetail.Control {
				return -1
			}
			return 1
		}
		return strings.Compare(string(a.Transport), string(b.Transport))
	})
	for _, v := range desk.LocateAll(seen) {
		r.Verdicts = append(r.Verdicts, tellLocated(env, v))
	}
	for _, h := range desk.NamedHops(seen) {
		r.Hops = append(r.Hops, PathHop{h.TTL, h.Address, env.words().Tell(h.What)})
	}
	return r
}

// pathGap says what of the way could not be looked at.
func pathGap(c *words.Catalogue, o probe.Observation) string {
	return c.Tell(
		words.Say("path.gap", words.Args{"target": o.Target, "why": words.Sentence(words.Failure(o.Failure))}),
	)
}

// routesTo asks which way packets to the address take, now that it is known: a
// VPN may carry them and not the rest.
func routesTo(ctx context.Context, facts probe.HostFacts, r PathReport) []probe.Observation {
	a, err := netip.ParseAddr(r.Address)
	if err != nil {
		return nil
	}
	// The run's own time may be up, and this takes microseconds.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 100*time.Millisecond)
	defer cancel()
	routes := host.Routes(ctx, facts, []host.RouteQuery{{Endpoint: "target", Addr: a}})
	list := host.Observations(probe.HostFacts{Routes: routes}, time.Now())
	return slices.DeleteFunc(list, func(o probe.Observation) bool { return o.Operation != probe.HostRoute })
}

// exit is 0 where every sweep reached its port, the layer's code where a
// verdict names one, and inconclusive otherwise.
func (r PathReport) exit(ctx context.Context) error {
	if ctx.Err() != nil {
		return exitError(layer.ExitInterrupted)
	}
	code := layer.ExitOK
	if len(r.Verdicts) == 0 {
		code = layer.ExitInconclusive
	}
	for _, v := range r.Verdicts {
		switch {
		case v.Control:
		case v.Layer != "":
			if l, known := layer.Get(v.Layer); known {
				return exitError(l.Exit)
			}
		case v.Kind != sweep.Reached:
			code = layer.ExitInconclusive
		}
	}
	if code == layer.ExitOK {
		return nil
	}
	return exitError(code)
}
