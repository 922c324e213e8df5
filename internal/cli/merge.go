package cli

import (
	"cmp"
	"context"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/merge"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/architecture"
	"wsdoctor/ui/html"
	"wsdoctor/ui/monitor"
	"wsdoctor/ui/text"
	"wsdoctor/ui/ticket"
)

// Commands that make the reports, for hints.
var (
	makeDesk   = words.Say("cli.hint.merge.desk")
	makeInside = words.Say("cli.hint.merge.inside")
	makeAgain  = map[merge.End]words.Text{
		merge.Desk: makeDesk, merge.Inside: makeInside, merge.Account: words.Say("cli.hint.merge.account"),
	}
)

// mergeCommand joins a desk's report, one from inside the WorkSpace and one of the
// account, or any two of them.
func mergeCommand(env Env) *cobra.Command {
	var o output
	var said aboutFlags
	var opt merge.Options
	cmd := &cobra.Command{
		Use:     "merge DESK.json INSIDE.json [ACCOUNT.json]",
		Short:   "cli.help.merge.short",
		Long:    "cli.help.merge.long",
		Example: "  wsdoctor merge desk.json inside.json\n  wsdoctor merge desk.json - -o json\n  wsdoctor merge desk.json inside.json account.json -o svg",
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) != 2 && len(args) != 3:
				return badInput(
					words.Raw("wsdoctor merge desk.json inside.json"),
					words.Say("cli.bad.merge-two", words.Args{"n": len(args)}),
				)
			case count(args, "-") > 1:
				return badInput(words.Raw("wsdoctor merge desk.json -"), words.Say("cli.bad.merge-stdin"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := said.checkAbout(nil); err != nil {
				return err
			}
			opt.About = said.about
			return mergeReports(cmd.Context(), env, o, opt, args)
		},
	}
	o.registerOf(cmd, env, aJoined)
	said.register(cmd)
	offerPolicy(cmd)
	cmd.Flags().BoolVar(&opt.AnyAge, "any-age", false, "cli.flag.any-age")
	cmd.Flags().BoolVar(&opt.AnyRegion, "any-region", false, "cli.flag.any-region")
	return cmd
}

func mergeReports(ctx context.Context, env Env, o output, opt merge.Options, names []string) error {
	if err := o.check(); err != nil {
		return err
	}
	if err := keepsBoth(o.file, names); err != nil {
		return err
	}
	reports := make([]report.Report, len(names))
	for i, name := range names {
		r, err := readReport(ctx, env, name)
		if err != nil {
			return readHint(err, i)
		}
		reports[i] = rejudged(env.words(), r)
		if !thisBuild().Modified && edited(r, reports[i], version()) {
			return badInput(
				makeAgain[merge.Ends[i]],
				words.Say("cli.bad.changed", words.Args{"report": argument(name)}),
			)
		}
	}
	joined, err := merge.Merge(reports, joining(env, opt))
	if err != nil {
		return refusal(err, names, joinable(reports))
	}
	env.Policy.Speak(env.words(), &joined.Verdict)
	for i := range joined.Also {
		a := &joined.Also[i]
		env.Policy.SpeakOf(env.words(), a.Layer, &a.Owner, &a.Remedy)
	}
	joined.Policy = env.Policy.Mark()
	out, err := openOutput(ctx, env, o)
	if err != nil {
		return err
	}
	if err := out.close(out.merged(joined, reports)); err != nil {
		return err
	}
	return out.ends(exitOf(report.Report{Verdict: joined.Verdict}))
}

// joining completes the options of a merge by this program.
func joining(env Env, opt merge.Options) merge.Options {
	opt.Tool, opt.Words = version(), env.words()
	opt.Judge = func(r report.Report) report.Report { return rejudged(env.words(), r) }
	return opt
}

// asReport is what monitors are told of a joined verdict, as if one run had found it: they
// have no place for the legs of the way.
func asReport(r merge.Result) report.Report {
	var run report.Run
	for _, end := range merge.Ends {
		if s := r.Source(end); s != nil {
			took := run.DurationMS
			run = cmp.Or(run, s.Run)
			run.DurationMS = took + s.Run.DurationMS
		}
	}
	return report.Report{
		Tool: r.Tool, Run: run, About: r.About, Verdict: r.Verdict,
		Target: report.Target{Region: r.Region, Protocol: r.Protocol},
	}
}

// monitored writes a joined verdict in a form of monitors.
func monitored(form func(monitor.Snapshot) []byte) joinedForm {
	return func(_ *words.Catalogue, r merge.Result, _ ticket.Style) ([]byte, error) {
		return form(monitor.Of(asReport(r), facts.Measures{})), nil
	}
}

func count(list []string, what string) (n int) {
	for _, s := range list {
		if s == what {
			n++
		}
	}
	return n
}

// edited: the very build that now judges a report wrote it, and gave another verdict.
// Judging depends on the report alone, but for what was redacted of it.
func edited(stored, again report.Report, by report.Tool) bool {
	if stored.Tool != by || by.Commit == "" || stored.IsRedacted() {
		return false
	}
	was, is := stored.Verdict, again.Verdict
	return was.Status != is.Status || was.Code != is.Code || (was.Layer == nil) != (is.Layer == nil) ||
		was.Layer != nil && *was.Layer != *is.Layer
}

// keepsBoth refuses to write the verdict over one of the reports it is made of:
// there is no way back from the verdict to the report.
func keepsBoth(file string, names []string) error {
	to, err := os.Stat(file)
	if err != nil {
		return nil // it is not there yet
	}
	for _, name := range names {
		if from, err := os.Stat(name); err == nil && to.Mode().IsRegular() && os.SameFile(to, from) {
			return badInput(
				words.Raw("--output-file merged.json"),
				words.Say("cli.bad.over-report", words.Args{"file": argument(file)}),
			)
		}
	}
	return nil
}

// merged prints a joined verdict. It is redacted by what both reports tell of
// the user.
func (p *printer) merged(r merge.Result, of []report.Report) error {
	if p.redactor != nil {
		for _, r := range of {
			p.redactor.Learn(r)
		}
		r = report.Redact(p.redactor, r)
		if !slices.ContainsFunc(r.Gaps, report.IsRedactionGap) {
			r.Gaps = append(r.Gaps, p.redactor.Gap(p.env.words()))
		}
	}
	as := asReport(r)
	p.printed = &as
	write, is := joinedForms[p.format]
	if !is {
		return text.RenderMerge(p.out, r, p.style())
	}
	b, err := write(p.env.words(), r, p.markup.Style)
	if err != nil {
		return err
	}
	_, err = p.out.Write(b)
	return err
}

// joinedForms write a joined verdict as a whole; text has a style besides.
var joinedForms = map[string]joinedForm{
	"json": func(_ *words.Catalogue, r merge.Result, _ ticket.Style) ([]byte, error) { return r.JSON() },
	"html": func(c *words.Catalogue, r merge.Result, _ ticket.Style) ([]byte, error) { return html.Joined(c, r) },
	"svg": func(c *words.Catalogue, r merge.Result, _ ticket.Style) ([]byte, error) {
		d, _ := architecture.Joined(r) // it was joined right now, so that its reports are there
		return architecture.SVG(c, d), nil
	},
	"ticket": func(c *words.Catalogue, r merge.Result, s ticket.Style) ([]byte, error) {
		return ticket.Joined(c, r, s), nil
	},
	"nagios": monitored(monitor.Nagios),
	"junit":  monitored(monitor.JUnit),
	"intune": monitored(monitor.Intune),
}

type joinedForm func(*words.Catalogue, merge.Result, ticket.Style) ([]byte, error)

// readHint names the command that makes the report which cannot be read.
func readHint(err error, which int) error {
	var usage *usageError
	if errors.As(err, &usage) && strings.Contains(words.English().Tell(usage.hint), "wsdoctor check") {
		usage.hint = makeAgain[merge.Ends[which]]
	}
	return err
}

// joinable is the Region that all reports would have to be about, if one names it.
func joinable(reports []report.Report) string {
	for _, r := range reports {
		if id := r.Target.Region; r.Run.Vantage != probe.AtDesk && plainWord.MatchString(id) {
			return id
		}
	}
	return "REGION"
}

// plainWord is what a file may put into a command that is shown to be typed.
var plainWord = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// refusal turns reports that cannot be merged into a usage error with
// the corrected command.
func refusal(err error, names []string, region string) error {
	var no *merge.Refusal
	if !errors.As(err, &no) {
		return err
	}
	var typed []string
	for _, name := range names {
		typed = append(typed, argument(name))
	}
	first, all := typed[0], strings.Join(typed, " ")
	again := makeAgain[no.End]
	hints := map[merge.Reason]words.Text{
		merge.TwoDesks: words.Say(
			"cli.hint.merge.then",
			words.Args{"make": makeInside, "merge": "wsdoctor merge " + first + " inside.json"},
		),
		merge.TwoInsides: words.Say(
			"cli.hint.merge.then",
			words.Args{"make": makeDesk, "merge": "wsdoctor merge desk.json " + first},
		),
		merge.TwoAccounts: words.Say(
			"cli.hint.merge.then",
			words.Args{"make": makeDesk, "merge": "wsdoctor merge desk.json " + first},
		),
		merge.UnknownVantage: again,
		merge.Interrupted:    words.Say("cli.hint.merge.finish", words.Args{"make": again}),
		merge.DemoMixed:      again,
		merge.OtherRegion: words.Say(
			"cli.hint.merge.region",
			words.Args{
				"make":   makeDesk,
				"region": region,
				"merge":  "wsdoctor merge --any-region " + all,
			},
		),
		merge.OtherDirectory:    words.Say("cli.hint.merge.directory", words.Args{"make": makeInside}),
		merge.OtherRegistration: words.Say("cli.hint.merge.registration", words.Args{"make": makeDesk}),
		merge.OtherProtocol:     words.Say("cli.hint.merge.protocol", words.Args{"make": makeDesk}),
		merge.TooFarApart: words.Say(
			"cli.hint.merge.age",
			words.Args{"merge": "wsdoctor merge --any-age " + all},
		),
	}
	return badInput(hints[no.Reason], no.Problem)
}

// argument is a file name as it can be typed again.
func argument(name string) string {
	if bareName.MatchString(name) {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}

var bareName = regexp.MustCompile(`^[\pL\pN_@%+=:,./\\-]+$`)
