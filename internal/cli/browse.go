package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"wsdoctor/internal/account"
	"wsdoctor/internal/catalog"
	"wsdoctor/internal/plan"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/tui"
)

// offerBrowse gives a command the flag that shows its report in the terminal interface.
func offerBrowse(cmd *cobra.Command, browse *bool) {
	cmd.Flags().BoolVar(browse, "browse", false, "cli.flag.browse")
}

// browsable gives an error where nothing can be drawn, or where something is to be printed;
// instead is the command for that.
func browsable(env Env, o output, instead words.Text) error {
	if interactive(env, o) && !env.bare() {
		return nil
	}
	return badInput(instead, words.Say("cli.bad.browse"))
}

// browseReport shows a stored report as it is told today. Nothing can be run again, because
// it tells of another time, and perhaps of another place.
func browseReport(ctx context.Context, env Env, out output, r report.Report, said aboutFlags) error {
	c, err := catalog.Load()
	if err != nil {
		return err
	}
	o := screenOf(env, out, false)
	env.Words = o.Words
	r = retold(env, r, said)
	o.Vantage, o.Protocol, o.Known = r.Run.Vantage, r.Target.Protocol, true
	o.Lacks = tui.Again | tui.Watching | tui.OtherRegion
	return showWith(ctx, env, out, o, depsOf(env, c,
		func(context.Context, tui.Choice, func(tui.Event)) (report.Report, error) { return r, nil }))
}

// browseAccount walks through an account in front of the user. Whom it is about is said
// on the command line; the symptom may be chosen.
func browseAccount(ctx context.Context, env Env, f accountFlags, opt plan.Options, where target, api account.API) error {
	c, err := catalog.Load()
	if err != nil {
		return err
	}
	o := screenOf(env, f.output, false)
	env.Words = o.Words
	o.Vantage, o.Protocol, o.Known, o.Choice = probe.InAccount, opt.Protocol, true, tui.Choice{Symptom: f.symptom}
	o.Lacks = tui.Watching | tui.OtherRegion
	walk := func(ctx context.Context, choice tui.Choice, tell func(tui.Event)) (report.Report, error) {
		now, started := f, time.Now()
		now.symptom, now.question.Symptom = choice.Symptom, choice.Symptom
		limited, cancel := withLimit(ctx, started, opt)
		defer cancel()
		v := &viewer{words: env.words(), tell: tell}
		return v.ended(now.session(env, opt, where, started).walking(api, now.question).conduct(ctx, limited, v))
	}
	return showWith(ctx, env, f.output, o, depsOf(env, c, walk))
}
