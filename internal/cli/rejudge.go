package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/report"
	"wsdoctor/internal/userfile"
	"wsdoctor/internal/words"
)

// rejudgeCommand runs today's rules over yesterday's observations.
func rejudgeCommand(env Env) *cobra.Command {
	var o output
	var said aboutFlags
	var facts, browse bool
	cmd := &cobra.Command{
		Use:     "rejudge REPORT.json",
		Short:   "cli.help.rejudge.short",
		Example: "  wsdoctor rejudge report.json\n  wsdoctor check --region us-east-1 -o json | wsdoctor rejudge -\n  wsdoctor rejudge --facts report.json\n  wsdoctor rejudge --browse report.json",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return badInput(
					words.Say("cli.hint.rejudge"),
					words.Say("cli.bad.rejudge-one", words.Args{"n": len(args)}),
				)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			if err := said.checkAbout(nil); err != nil {
				return err
			}
			if facts && aValue.refuse(o.format) != nil {
				return badInput(
					words.Raw("wsdoctor rejudge --facts -o json "+args[0]),
					words.Say("cli.bad.facts-format", words.Args{"format": o.format}),
				)
			}
			if browse {
				if facts {
					return badInput(
						words.Raw("wsdoctor rejudge --browse "+args[0]),
						words.Say("cli.bad.facts-browse"),
					)
				}
				if err := browsable(env, o, words.Raw("wsdoctor rejudge -v "+args[0])); err != nil {
					return err
				}
			}
			r, err := readReport(cmd.Context(), env, args[0])
			if err != nil {
				return err
			}
			if browse {
				return browseReport(cmd.Context(), env, o, r, said)
			}
			out, err := openOutput(cmd.Context(), env, o)
			if err != nil {
				return err
			}
			if facts {
				return out.close(out.facts(r))
			}
			r = retold(env, r, said)
			out.start(r.Tool, r.Run, r.Target)
			if err := out.close(out.done(r)); err != nil {
				return err
			}
			return out.ends(exitOf(r))
		},
	}
	o.register(cmd, env)
	said.register(cmd)
	offerPolicy(cmd)
	offerBrowse(cmd, &browse)
	cmd.Flags().BoolVar(&facts, "facts", false, "cli.flag.facts")
	return cmd
}

// readReport reads a stored report from a file or, for "-", standard input.
func readReport(ctx context.Context, env Env, name string) (report.Report, error) {
	in := env.Stdin
	if name != "-" {
		file, err := userfile.Open(ctx, name)
		if err != nil {
			return report.Report{}, badInput(
				words.Say("cli.hint.make-one"),
				words.Say("cli.bad.report-file", words.Args{"why": reason(err)}),
			)
		}
		defer file.Close()
		in = file
	}
	r, err := report.Parse(in)
	if err != nil {
		hint := words.Say("cli.hint.make-report")
		var bad *report.ParseError
		if errors.As(err, &bad) {
			hint = bad.Hint()
		}
		return r, badInput(hint, words.Say("cli.bad.report", words.Args{"file": name, "why": words.Reason(err)}))
	}
	return r, nil
}

// retold is a stored report under this version's rules and today's policy, in the language
// of the program, with what the user says of it.
func retold(env Env, r report.Report, said aboutFlags) report.Report {
	r = rejudged(env.words(), r)
	env.Policy.Speak(env.words(), &r.Verdict)
	r.Policy = env.Policy.Mark() // the stored one speaks no more
	r.About = said.about.Or(r.About)
	return r
}

// rejudged is a stored report under this version's rules, told in a language.
func rejudged(c *words.Catalogue, r report.Report) report.Report {
	result := judged(r.Run.Vantage, r.Target, r.Run.Interrupted, r.Observations)
	told := report.Tell(c, result)
	r.Lang, r.Verdict, r.Layers, r.Findings = told.Lang, told.Verdict, told.Layers, told.Findings
	r.Gaps = slices.Concat(heard(c, probesGaps(r.Gaps, result)), told.Gaps)
	r.Egress = told.Egress
	return r
}

// probesGaps leaves of a stored report's gaps what the probes say. What the judge said,
// in whatever language, it says again.
func probesGaps(stored []string, result diagnose.Result) []string {
	var judges []string
	for _, name := range words.Languages() {
		c, _ := words.In(name)
		judges = append(judges, c.All(result.Gaps)...)
	}
	return slices.DeleteFunc(slices.Clone(stored), func(gap string) bool { return slices.Contains(judges, gap) })
}
