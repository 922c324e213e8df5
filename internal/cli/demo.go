//go:build !nodemo

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/lab"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/spelling"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// defaultLoopback takes its place where only loopback servers can be had.
const defaultLoopback = "inspection-untrusted"

// demoCommand runs the same check against a simulated internet with one fault.
func demoCommand(env Env) *cobra.Command {
	var o output
	var list, loopback, watched bool
	cmd := &cobra.Command{
		Use:               "demo [SCENARIO]",
		Short:             "cli.help.demo.short",
		Long:              "cli.help.demo.long",
		Example:           "  wsdoctor demo\n  wsdoctor demo --list\n  wsdoctor demo --list all\n  wsdoctor demo host-drops-udp -v",
		ValidArgsFunction: oneOf(env.words(), scenarioNames),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return badInput(
					words.Raw("wsdoctor demo "+args[0]),
					words.Say("cli.bad.demo-one", words.Args{"n": len(args)}),
				)
			}
			if list && len(args) > 0 && args[0] != everyScenario {
				return badInput(
					words.Say("cli.hint.demo-list", words.Args{"scenario": args[0]}),
					words.Say("cli.bad.demo-list", words.Args{"given": strconv.Quote(args[0])}),
				)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			if list {
				if err := aPlan.refuse(o.format); err != nil {
					return err
				}
				return listScenarios(cmd.Context(), env, o, len(args) > 0)
			}
			reason := error(words.Fail(words.Say("cli.demo-reason")))
			if !loopback {
				reason = lab.Supported()
			}
			name := defaultScenario
			if reason != nil {
				name = defaultLoopback
			}
			if len(args) == 1 {
				name = args[0]
			}
			s, known := lab.Find(name)
			if !known {
				return unknownScenario(name)
			}
			if watched && !interactive(env, o) {
				return badInput(words.Say("cli.hint.no-tui"), words.Say("cli.bad.tui"))
			}
			if reason == nil {
				return demoLab(cmd.Context(), env, o, s, watched)
			}
			fmt.Fprintf(
				env.Stderr,
				"demo: %s\ndemo: %s\n\n",
				titleOf(env.words(), s.Name),
				env.words().Tell(words.Say("cli.demo-loopback", words.Args{"why": words.Reason(reason)})),
			)
			return demoLoopback(cmd.Context(), env, o, s, reason, watched)
		},
	}
	o.registerOf(cmd, env, aReport)
	offerPolicy(cmd)
	cmd.Flags().BoolVar(&list, "list", false, "cli.flag.list-scenarios")
	cmd.Flags().BoolVar(&loopback, "loopback", false, "cli.flag.loopback")
	cmd.Flags().BoolVar(&watched, "tui", false, "cli.flag.tui")
	return cmd
}

func scenarioNames(c *words.Catalogue) (list []cobra.Completion) {
	for _, s := range lab.Scenarios() {
		list = append(list, described(c, s.Name, words.Say("scenario."+s.Name)))
	}
	return list
}

func unknownScenario(name string) error {
	var names []string
	for _, s := range lab.Scenarios() {
		names = append(names, s.Name)
	}
	hint := words.Say("cli.hint.scenarios")
	if near := spelling.Nearest(name, names); len(near) > 0 {
		hint = words.Say("cli.hint.either", words.Args{"one": "wsdoctor demo " + near[0], "other": hint})
	}
	return badInput(hint, words.Say("cli.bad.scenario", words.Args{"scenario": strconv.Quote(name)}))
}

func listScenarios(ctx context.Context, env Env, o output, every bool) error {
	out, err := openOutput(ctx, env, o)
	if err != nil {
		return err
	}
	return out.close(writeScenarios(env.words(), out.out, o.format, every))
}

// demoRegion is the Region that the lab plays.
const demoRegion = "us-east-1"

// demoLab runs this very program, unprivileged, on the simulated computer.
func demoLab(ctx context.Context, env Env, o output, s lab.Scenario, watched bool) error {
	self, err := os.Executable()
	if err != nil {
		return words.Fail(words.Say("cli.bad.find-self", words.Args{"why": words.Reason(err)})).Because(err)
	}
	command := append([]string{self, s.Command()}, s.Flags()...)
	arguments := append(command[1:], o.flags()...)
	policy, clean, err := ownersFile(env)
	if err != nil {
		return err
	}
	defer clean()
	if name := env.words().Name(); name != words.Default {
		arguments = append(arguments, langFlag, name)
	}
	if env.Plain {
		arguments = append(arguments, plainFlag)
	}
	if watched {
		arguments = arguments[1:] // without a command: the terminal interface
	}
	command = append([]string{self}, arguments...)
	if watched {
		command = append(command, "--title", demoTitle(titleOf(env.words(), s.Name)))
	}
	fmt.Fprintf(
		env.Stderr,
		"demo: %s\ndemo: %s\n\n",
		titleOf(env.words(), s.Name),
		env.words().Tell(words.Say("cli.demo-lab", words.Args{"command": "wsdoctor " + strings.Join(arguments, " ")})),
	)
	out, err := openOutput(ctx, env, o)
	if err != nil {
		return err
	}
	run := lab.Options{
		Scenario: s,
		Command:  append(command, "--"+policyFlag, policy),
		Stdout:   out.out,
		Stderr:   env.Stderr,
		Env:      []string{simulatedVariable + "=" + s.Name},
	}
	if watched {
		run.Stdin = env.Stdin
	}
	if !unicodeLocale(env.Getenv) {
		run.Env = append(run.Env, "LC_ALL=C") // what the terminal cannot show here it cannot show there
	}
	result, err := lab.Run(ctx, run)
	switch {
	case ctx.Err() != nil && (err != nil || result.Killed) && !watched:
		err = stoppedEarly(env.words(), s).conduct(ctx, ctx, out)
	case ctx.Err() != nil && err != nil:
		err = exitError(layer.ExitInterrupted)
	case err == nil && result.ExitCode != 0:
		err = exitError(result.ExitCode)
	}
	return out.close(err)
}

// ownersFile lays down what of the company's policy a simulation goes by: the owners. Its
// network has a Region and name servers of its own. The program in the simulation has no
// rights, so that everybody may read it; clean takes it away.
func ownersFile(env Env) (name string, clean func(), err error) {
	text := env.Policy.Owned()
	if text == nil {
		return noPolicy, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "wsdoctor-policy-")
	if err != nil {
		return "", nil, err
	}
	clean = func() { os.RemoveAll(dir) }
	name = filepath.Join(dir, "policy.json")
	if err = errors.Join(os.Chmod(dir, 0o755), os.WriteFile(name, text, 0o644)); err != nil {
		clean()
	}
	return name, clean, err
}

// stoppedEarly is the run of a demo that was interrupted before the simulated
// network stood, or before the program in it could hear of that: nothing was
// looked at, and the report says so.
func stoppedEarly(c *words.Catalogue, s lab.Scenario) session {
	vantage := probe.AtDesk
	if s.World == lab.Inside {
		vantage = probe.InWorkspace
	}
	return session{
		words:   c,
		vantage: vantage,
		started: time.Now(),
		demo:    s.Name,
		target:  report.Target{Region: demoRegion, Protocol: probe.BothProtocols},
		gaps:    []string{c.Tell(words.Say("cli.gap.demo"))},
	}
}

// flags gives the output options as they would be typed. The output file is
// opened here and not by the unprivileged program in the simulation.
func (o output) flags() []string {
	list := []string{"-o", o.format}
	if o.redactKey != "" { // the program in the simulation stands in another folder
		if at, err := filepath.Abs(o.redactKey); err == nil {
			list = append(list, "--redact-key", at)
		}
	}
	for _, f := range []struct {
		set  bool
		name string
	}{{o.redact, "--redact"}, {o.quiet, "-q"}, {o.verbose, "-v"}, {o.noColor, "--no-color"}} {
		if f.set {
			list = append(list, f.name)
		}
	}
	return list
}

// demoLoopback runs the same pipeline in this process over loopback servers.
func demoLoopback(ctx context.Context, env Env, o output, s lab.Scenario, reason error, watched bool) error {
	if !s.Loopback {
		var names []string
		for _, other := range lab.Scenarios() {
			if other.Loopback {
				names = append(names, other.Name)
			}
		}
		return badInput(
			words.Say("cli.hint.demo-here", words.Args{"scenarios": strings.Join(names, ", ")}),
			words.Say("cli.bad.demo-lab", words.Args{"scenario": strconv.Quote(s.Name), "why": words.Reason(reason)}),
		)
	}
	network, stop, err := lab.NewLoopback(s)
	if err != nil {
		return err
	}
	defer stop()
	c, err := catalog.Load()
	if err != nil {
		return err
	}
	var f flags
	cmd := &cobra.Command{}
	f.register(cmd, env)
	if err := cmd.ParseFlags(s.Args); err != nil {
		return err
	}
	f.region, f.output = demoRegion, o
	opt, err := f.check()
	if err != nil {
		return err
	}
	cidrs, err := f.cidrs(ctx)
	if err != nil {
		return err
	}
	where, err := findTarget(ctx, env, c, &f, network)
	if err != nil {
		return err
	}
	d := deskRun{
		env: env, started: time.Now(), flags: f, options: opt, target: where, network: network, cidrs: cidrs,
		demo: s.Name, facts: s.Facts,
	}
	if watched {
		return showDemo(ctx, env, c, d, titleOf(env.words(), s.Name))
	}
	return d.carryOut(ctx)
}
