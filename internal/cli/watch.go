package cli

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/run"
	"wsdoctor/internal/service"
	"wsdoctor/internal/systemlog"
	"wsdoctor/internal/watch"
	"wsdoctor/internal/words"
)

// watchFlags are what watch is asked, beside the flags of a run.
type watchFlags struct {
	flags
	every, long, spread time.Duration
	spreads             bool // --spread was given
	untilChange         bool
	keep                string
	log                 string
	logsAt              systemlog.Places
	asService, noWindow bool // started by Windows, as a service or a task
}

const (
	defaultEvery = 5 * time.Minute
	// keepNothing is --keep for nobody who wants reports.
	keepNothing = "none"
	// longestWatch is a year: who wants longer wants no end.
	longestWatch = 366 * 24 * time.Hour
)

// watchCommand is the same run again and again, without anybody at a terminal.
func watchCommand(env Env) *cobra.Command {
	var f watchFlags
	cmd := &cobra.Command{
		Use:     "watch",
		Short:   "cli.help.watch.short",
		Long:    "cli.help.watch.long",
		Example: "  wsdoctor watch --region tokyo --for 8h\n  wsdoctor watch --region tokyo --every 1m --until-change\n  wsdoctor watch --region tokyo --every 15m -q -o ndjson --output-file desk.ndjson",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.spreads = cmd.Flags().Changed("spread")
			return f.started(cmd.Context(), env)
		},
	}
	f.register(cmd, env)
	s := cmd.Flags()
	s.BoolVar(&f.asService, service.AsService, false, "cli.flag.as-service")
	s.BoolVar(&f.noWindow, service.NoWindow, false, "cli.flag.no-window")
	for _, flag := range []string{service.AsService, service.NoWindow} {
		s.Lookup(flag).Hidden = true // for what install lays down
	}
	cmd.AddCommand(watchInstallCommand(env), watchUninstallCommand(env))
	return cmd
}

// register adds the flags of a watch.
func (f *watchFlags) register(cmd *cobra.Command, env Env) {
	f.of = aWatch
	f.flags.register(cmd, env)
	s := cmd.Flags()
	for flag, usage := range map[string]string{
		"quiet": "cli.flag.quiet-watch", "verbose": "cli.flag.verbose-watch", "output-file": "cli.flag.output-file-watch",
	} {
		s.Lookup(flag).Usage = usage
	}
	s.DurationVar(&f.every, "every", defaultEvery, "cli.flag.every")
	s.DurationVar(&f.long, "for", 0, "cli.flag.for")
	s.BoolVar(&f.untilChange, "until-change", false, "cli.flag.until-change")
	s.StringVar(&f.keep, "keep", "", "cli.flag.keep")
	s.DurationVar(&f.spread, "spread", 0, "cli.flag.spread")
	s.StringVar(&f.log, "log", "", "cli.flag.log")
	f.logsAt = systemlog.Usual
}

// started carries a watch out, however the system started it.
func (f watchFlags) started(ctx context.Context, env Env) error {
	if f.noWindow {
		service.CloseWindow()
	}
	if !f.asService {
		return watchDesk(ctx, env, f)
	}
	var how error
	_, err := service.Run(func(ctx context.Context) int {
		if how = watchDesk(ctx, env, f); onlyDiagnosis(how) {
			return layer.ExitOK
		}
		return layer.ExitInternal
	})
	if err != nil {
		return badInput(words.Raw("wsdoctor watch install --kind service"), words.Reason(err))
	}
	return how
}

// checkWatch looks at what only watch is asked.
func (f *watchFlags) checkWatch() error {
	switch {
	case f.every < watch.Least || f.every > watch.Most:
		return badInput(
			words.Raw("--every 5m"),
			words.Say("cli.bad.every", words.Args{"given": f.every, "least": watch.Least, "most": watch.Most}),
		)
	case f.long < 0 || f.long > longestWatch || f.long > 0 && f.long < f.every:
		return badInput(
			words.Raw("--every 5m --for 8h"),
			words.Say("cli.bad.for", words.Args{"given": f.long, "every": f.every, "most": longestWatch}),
		)
	case f.spread < 0 || f.spread > watch.Most:
		return badInput(
			words.Raw("--spread 5m"),
			words.Say("cli.bad.spread", words.Args{"given": f.spread, "most": watch.Most}),
		)
	}
	return f.checkLog()
}

// pace spreads the runs of those that were started together. Whoever sits before a
// terminal is one, and wants to see something.
func (f *watchFlags) pace(env Env) watch.Pace {
	if _, seen := terminal(env.Stdout); !f.spreads && !seen {
		f.spread = f.every
	}
	host, _ := os.Hostname()
	home, _ := os.UserHomeDir()
	return watch.Pace{Every: f.every, Spread: f.spread, Place: watch.PlaceOf(host, home)}
}

// watchDesk validates everything first, so that bad input costs no packet.
func watchDesk(ctx context.Context, env Env, f watchFlags) error {
	if err := f.checkWatch(); err != nil {
		return err
	}
	d, err := atDesk(ctx, env, f.flags)
	if err != nil {
		return err
	}
	if f.planOnly {
		d.every = f.every
		return d.carryOut(ctx)
	}
	w, err := newWatcher(ctx, env, f)
	if err != nil {
		return err
	}
	w.loop.Run = func(ctx context.Context) (report.Report, error) { return d.again(ctx, w.side) }
	return w.do(ctx)
}

// again does the run anew: as a check would be now.
func (d deskRun) again(ctx context.Context, out *printer) (report.Report, error) {
	d.started, d.network = time.Now(), d.env.sockets(nil)
	limited, cancel := withLimit(ctx, d.started, d.options)
	defer cancel()
	s := d.session(limited)
	var c caught
	if err := s.conduct(ctx, limited, &c); !onlyDiagnosis(err) {
		return report.Report{}, err
	}
	if out.printed = &c.report; !c.report.Run.Interrupted {
		s.collector(d.env, out).export(ctx, out)
	}
	return c.report, nil
}

// caught is an audience that only wants the report.
type caught struct{ report report.Report }

func (*caught) start(report.Tool, report.Run, report.Target) {}
func (*caught) note(string)                                  {} // it is among the report's gaps
func (*caught) expect(int)                                   {}
func (*caught) event(run.Event)                              {}
func (c *caught) done(r report.Report) error {
	c.report = r
	return nil
}

// reportFolder is where reports are kept if nobody says where: the folder of this system
// for what programs remember of a user.
func reportFolder(env Env) (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	base := ""
	switch runtime.GOOS {
	case "windows":
		base = cmp.Or(env.Getenv("LOCALAPPDATA"), filepath.Join(home, "AppData", "Local"))
	case "darwin":
		base = filepath.Join(home, "Library", "Application Support")
	default:
		base = cmp.Or(env.Getenv("XDG_STATE_HOME"), filepath.Join(home, ".local", "state"))
	}
	if !filepath.IsAbs(base) {
		base = filepath.Join(home, base)
	}
	return filepath.Join(base, "wsdoctor", "watch"), nil
}

// openKeep opens the folder for reports; nil: none are kept. One that was named must be
// usable, without the usual one the watch goes on and says so.
func (w *watcher) openKeep(env Env, f watchFlags) error {
	if f.keep == keepNothing {
		return nil
	}
	dir, err := f.keep, error(nil)
	if dir == "" {
		dir, err = reportFolder(env)
	}
	if err == nil {
		w.folder, err = watch.OpenFolder(dir)
	}
	switch {
	case err == nil:
		return nil
	case f.keep != "":
		return badInput(
			words.Raw("--keep reports, --keep "+keepNothing),
			words.Say("cli.bad.keep", words.Args{"why": reason(err)}),
		)
	}
	w.side.note(env.words().Tell(words.Say("watch.not-kept", words.Args{"why": reason(err)})))
	return nil
}

// watchEnd gives the exit code of a watch that ended so.
func watchEnd(err error, last *report.Report) error {
	switch {
	case errors.Is(err, watch.ErrTime) || errors.Is(err, watch.ErrEnough):
		if last != nil {
			return exitOf(*last)
		}
		return exitError(layer.ExitInconclusive) // it slept all the time
	case errors.Is(err, context.Canceled):
		return exitError(layer.ExitInterrupted)
	}
	return err
}
