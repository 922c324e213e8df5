package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/client"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/probe/host"
	"wsdoctor/ui/text"
	"wsdoctor/ui/tui"
)

// looks are the flags of the terminal interface as typed.
type looks struct {
	ascii bool
	watch int    // seconds; 0 means not given
	title string // above the map
}

func (l *looks) register(cmd *cobra.Command) {
	s := cmd.Flags()
	s.BoolVar(&l.ascii, "ascii", false, "cli.flag.ascii")
	s.StringVar(&l.title, "title", "", "cli.flag.title")
	s.IntVar(&l.watch, "watch", 0, "cli.flag.watch")
}

// Bounds of --watch, in seconds. A run may take ten, and its packets are seen by
// others.
const leastWatch, mostWatch = 5, 3600

func (l *looks) check() error {
	if l.watch != 0 && (l.watch < leastWatch || l.watch > mostWatch) {
		return badInput(
			words.Raw("--watch 10"),
			words.Say("cli.bad.watch", words.Args{"least": leastWatch, "most": mostWatch, "given": l.watch}),
		)
	}
	return nil
}

// rootCommand is wsdoctor without a command: the terminal interface on a
// terminal, and a check everywhere else.
func rootCommand(env Env) *cobra.Command {
	var f insideFlags // it shows what there is to see: the way from a desk, or the inside
	var l looks
	cmd := &cobra.Command{
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := l.check(); err != nil {
				return err
			}
			s, err := f.goByAccount(cmd, env)
			if err != nil {
				return err
			}
			if !interactive(env, f.output) || f.planOnly {
				if l.watch != 0 {
					return badInput(words.Say("cli.hint.watch"), words.Say("cli.bad.watch-terminal"))
				}
				if own := f.ownFlags(); len(own) > 0 {
					return badInput(
						words.Raw("wsdoctor inside "+strings.Join(own, " ")),
						words.Say("cli.bad.interface-only", words.Args{"flag": own[0]}),
					)
				}
				return check(cmd.Context(), env, f.flags)
			}
			if s.Management.IsValid() && len(f.management) == 0 && f.withinWorkspace(cmd.Context(), env) {
				f.management = []string{s.Management.String()}
			}
			return show(cmd.Context(), env, f, l)
		},
	}
	f.register(cmd, env)
	f.offerAccount(cmd)
	f.registerOwn(cmd, "cli.flag.force-interface")
	l.register(cmd)
	return cmd
}

// interactive says whether a person sits there and wants to see things: both
// ends are a terminal, and no flag asks for a report to be printed.
func interactive(env Env, o output) bool {
	_, out := terminal(env.Stdout)
	return isTerminalStream(env.Stdin) && out && o.printsNothing()
}

// printsNothing: no flag asks for a report to be printed, or to be put into a file.
func (o output) printsNothing() bool {
	return o.format == "text" && o.file == "" && o.metricsFile == "" && !o.quiet && !o.verbose
}

// show runs the interface and leaves the verdict on the screen.
func show(ctx context.Context, env Env, f insideFlags, l looks) error {
	o, d, err := interfaceOf(ctx, env, f, l)
	if err != nil {
		return err
	}
	return showWith(ctx, env, f.output, o, d)
}

func showWith(ctx context.Context, env Env, out output, o tui.Options, d tui.Deps) error {
	// A terminal that goes away takes a run with it; one that is still there gets
	// its normal screen back.
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP)
	defer stop()
	env.Words = o.Words // what is left on the screen is told as it was
	redactor, err := out.redacts(ctx)
	if err != nil {
		return err
	}
	if redactor != nil { // perhaps with a company's key
		o.Redact, d.Redact = true, redactor.Report
	}
	var result tui.Result
	if env.bare() {
		result, err = tui.Plain(ctx, d, o, env.Stdin, env.Stdout)
	} else {
		result, err = tui.Run(ctx, d, o, env.Stdin, env.Stdout, os.Environ())
	}
	if err != nil {
		return err
	}
	return leave(env, out, result, !o.Unicode)
}

// leave prints the verdict of the last run; the error carries the exit code.
func leave(env Env, o output, result tui.Result, ascii bool) error {
	switch left := result.Err == nil || errors.Is(result.Err, tui.ErrLeft) || errors.Is(result.Err, context.Canceled); {
	case result.Report != nil:
	case left:
		return exitError(layer.ExitInterrupted) // before anything was measured
	default:
		return result.Err
	}
	style := (&printer{output: o, env: env, out: env.Stdout}).style()
	style.Unicode, style.Brief = style.Unicode &&
		!ascii, true // what was seen must not scroll away under what was shown
	if err := text.Render(env.Stdout, *result.Report, style); err != nil {
		return err
	}
	return exitOf(*result.Report)
}

// interfaceOf validates the flags, which costs no packet, and gives the
// interface what it needs.
func interfaceOf(ctx context.Context, env Env, f insideFlags, l looks) (tui.Options, tui.Deps, error) {
	o := screenOf(env, f.output, l.ascii)
	env.Words = o.Words
	o.Vantage, o.Known = probe.AtDesk, f.region != "" || f.registration != ""
	o.Watch, o.Watching, o.Title = time.Duration(l.watch)*time.Second, l.watch != 0, l.title
	o.Choice = tui.Choice{Symptom: f.symptom}
	opt, err := f.check()
	if err == nil {
		err = f.checkManagement(&opt)
	}
	if err != nil {
		return o, tui.Deps{}, err
	}
	o.Protocol = opt.Protocol
	cidrs, err := f.cidrs(ctx)
	if err != nil {
		return o, tui.Deps{}, err
	}
	c, err := catalog.Load()
	if err != nil {
		return o, tui.Deps{}, err
	}
	if f.region != "" {
		if _, err := c.Find(f.region); err != nil {
			return o, tui.Deps{}, regionError(err)
		}
	}
	if f.registration != "" {
		if _, err := c.ParseRegistration(f.registration); err != nil {
			return o, tui.Deps{}, registrationError(err)
		}
	}
	within := f.withinWorkspace(ctx, env)
	switch {
	case within:
		o.Vantage, o.Known = probe.InWorkspace, true // what is missing the run tells
	case len(f.management) > 0:
		return o, tui.Deps{}, badInput(
			words.Say("cli.hint.force", words.Args{"command": "wsdoctor --force " + strings.Join(f.ownFlags(), " ")}),
			words.Say("cli.bad.management"),
		)
	}
	o.Known = o.Known || clientKnows(env, c)
	d := depsOf(env, c, func(ctx context.Context, choice tui.Choice, tell func(tui.Event)) (report.Report, error) {
		g := f
		if choice.Region != "" || choice.Registration != "" {
			g.region, g.registration = choice.Region, choice.Registration
		}
		g.symptom = choice.Symptom
		if within {
			return runInside(ctx, env, c, g, &viewer{words: env.words(), tell: tell})
		}
		return runAtDesk(ctx, env, c, g.flags, cidrs, &viewer{words: env.words(), tell: tell})
	})
	if f.beside != nil {
		d.Draw = drawnWith(env, *f.beside)
	}
	return o, d, nil
}

// withinWorkspace says whether the interface looks at a WorkSpace from inside.
func (f insideFlags) withinWorkspace(ctx context.Context, env Env) bool {
	return f.force || host.Gather(ctx, host.Ask{Environ: env.Getenv}).Workspace.Agent
}

// screenOf says how the interface shows things on this terminal.
func screenOf(env Env, out output, ascii bool) tui.Options {
	o := tui.Options{
		Words:    env.words(),
		Unicode:  !ascii && drawsUnicode(env.Getenv),
		NoColor:  out.noColor || env.Getenv("NO_COLOR") != "",
		Redact:   out.redact,
		Suspends: jobControl(),
	}
	if !o.Unicode {
		o.Words = words.English() // no other language can be drawn in ASCII
	}
	return o
}

// clientKnows says whether the installed client's settings tell the Region.
func clientKnows(env Env, c *catalog.Catalog) bool {
	home, err := os.UserHomeDir()
	if err != nil {
		return false
	}
	entries, _ := client.Registrations(home, env.Getenv, runtime.GOOS)
	_, err = client.Default(c, entries)
	return err == nil
}

// dumb: nothing can be drawn on the terminal, or nobody says what it is. Windows'
// consoles have no name.
func dumb(getenv func(string) string) bool {
	term := getenv("TERM")
	return term == "dumb" || term == "" && runtime.GOOS != "windows"
}

// drawsUnicode: the terminal's font has the pictures' characters. The Linux
// console and the console that Windows had before its Terminal do not.
func drawsUnicode(getenv func(string) string) bool {
	switch {
	case getenv("TERM") == "linux" || dumb(getenv):
		return false
	case runtime.GOOS == "windows":
		return getenv("WT_SESSION") != "" || getenv("TERM_PROGRAM") != "" || getenv("TERM") != ""
	}
	return unicodeLocale(getenv)
}

// demoTitle tells above the map what is simulated.
func demoTitle(scenario string) string { return "demo: " + scenario }

// showDemo runs the interface over loopback servers. There is one Region, and
// no other is asked for its round trip: nothing may leave this computer.
func showDemo(ctx context.Context, env Env, c *catalog.Catalog, d deskRun, title string) error {
	o, deps, err := interfaceOf(ctx, env, insideFlags{flags: d.flags}, looks{title: demoTitle(title)})
	if err != nil {
		return err
	}
	deps.Run = func(ctx context.Context, choice tui.Choice, tell func(tui.Event)) (report.Report, error) {
		now := d
		now.started, now.flags.symptom = time.Now(), choice.Symptom
		v := &viewer{words: env.words(), tell: tell}
		return v.ended(now.run(ctx, v))
	}
	o.Vantage, deps.MeasureRegions = probe.AtDesk, nil
	deps.Regions = []tui.Region{{ID: d.target.region.ID, Name: env.words().Tell(d.target.region.Named())}}
	return showWith(ctx, env, d.flags.output, o, deps)
}
