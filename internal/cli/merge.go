package cli

import (
	"context"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"wsdoctor/internal/merge"
	"wsdoctor/internal/report"
	"wsdoctor/ui/text"
)

// Commands that make the two reports, for hints.
const (
	makeDesk   = "at the user's desk: wsdoctor check -o json --output-file desk.json"
	makeInside = "in the WorkSpace: wsdoctor inside -o json --output-file inside.json"
)

// mergeCommand joins a desk's report and one from inside the WorkSpace.
func mergeCommand(env Env) *cobra.Command {
	var o output
	var opt merge.Options
	cmd := &cobra.Command{
		Use:     "merge DESK.json INSIDE.json",
		Short:   "Join a report of the desk and one from inside the WorkSpace into one verdict, leg by leg",
		Long:    "Join a report of the desk and one from inside the WorkSpace into one verdict,\nleg by leg of the way: desk to gateway, gateway to eth0, inside, directory.\nBoth are judged again by this version's rules first; nothing is sent.",
		Example: "  wsdoctor merge desk.json inside.json\n  wsdoctor merge desk.json - -o json",
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) != 2:
				return badInput("wsdoctor merge desk.json inside.json", "merge needs two stored reports, the desk's first, got %d", len(args))
			case args[0] == "-" && args[1] == "-":
				return badInput("wsdoctor merge desk.json -", "only one of the two reports can come from standard input")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return mergeReports(cmd.Context(), env, o, opt, args)
		},
	}
	o.register(cmd)
	cmd.Flags().Lookup("output").Usage = listed(valueFormats)
	cmd.Flags().BoolVar(&opt.AnyAge, "any-age", false, "take reports that are more than two hours apart")
	cmd.Flags().BoolVar(&opt.AnyRegion, "any-region", false, "take a desk's report of another Region, for what it says of the desk's own network")
	return cmd
}

func mergeReports(ctx context.Context, env Env, o output, opt merge.Options, names []string) error {
	if err := oneOf(o.format, valueFormats); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	if err := keepsBoth(o.file, names); err != nil {
		return err
	}
	var reports [2]report.Report
	for i, name := range names {
		r, err := readReport(ctx, env, name)
		if err != nil {
			return readHint(err, i)
		}
		reports[i] = rejudged(env.words(), r)
		if !thisBuild().Modified && edited(r, reports[i], version()) {
			return badInput([]string{makeDesk, makeInside}[i], "%s was changed after it was written: its verdict does not follow from what it holds", argument(name))
		}
	}
	opt.Tool, opt.Words = version(), env.words()
	opt.Narrow = func(desk report.Report, protocol string) report.Report {
		desk.Target.Protocol = protocol
		return rejudged(env.words(), desk)
	}
	joined, err := merge.Merge(reports[0], reports[1], opt)
	if err != nil {
		return refusal(err, names, joinable(reports))
	}
	out, err := openOutput(ctx, env, o)
	if err != nil {
		return err
	}
	if err := out.close(out.merged(joined, reports[:])); err != nil {
		return err
	}
	return exitOf(report.Report{Verdict: joined.Verdict})
}

// edited: the very build that now judges a report wrote it, and gave another verdict.
// Judging depends on the report alone, but for what was redacted of it.
func edited(stored, again report.Report, by report.Tool) bool {
	if stored.Tool != by || by.Commit == "" || slices.Contains(stored.Gaps, report.RedactionGap) {
		return false
	}
	was, is := stored.Verdict, again.Verdict
	return was.Status != is.Status || was.Code != is.Code || (was.Layer == nil) != (is.Layer == nil) || was.Layer != nil && *was.Layer != *is.Layer
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
			return badInput("--output-file merged.json", "the output file %s is one of the two reports", argument(file))
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
		if !slices.Contains(r.Gaps, report.RedactionGap) {
			r.Gaps = append(r.Gaps, report.RedactionGap)
		}
	}
	if p.format == "json" {
		b, err := r.JSON()
		if err != nil {
			return err
		}
		_, err = p.out.Write(b)
		return err
	}
	return text.RenderMerge(p.out, r, p.style())
}

// readHint names the command that makes the report which cannot be read.
func readHint(err error, which int) error {
	var usage *usageError
	if errors.As(err, &usage) && strings.Contains(usage.hint, "wsdoctor check") {
		usage.hint = []string{makeDesk, makeInside}[which]
	}
	return err
}

// joinable is the Region both reports would have to be about, if one names it.
func joinable(reports [2]report.Report) string {
	if id := reports[1].Target.Region; plainWord.MatchString(id) {
		return id
	}
	return "REGION"
}

// plainWord is what a file may put into a command that is shown to be typed.
var plainWord = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// refusal turns a pair of reports that cannot be merged into a usage error with
// the corrected command.
func refusal(err error, names []string, region string) error {
	var no *merge.Refusal
	if !errors.As(err, &no) {
		return err
	}
	desk, inside := argument(names[0]), argument(names[1])
	again := map[merge.End]string{merge.Desk: makeDesk, merge.Inside: makeInside}[no.End]
	hints := map[merge.Reason]string{
		merge.Swapped:           "wsdoctor merge " + inside + " " + desk,
		merge.TwoDesks:          makeInside + "\nthen: wsdoctor merge " + desk + " inside.json",
		merge.TwoInsides:        makeDesk + "\nthen: wsdoctor merge desk.json " + inside,
		merge.UnknownVantage:    again,
		merge.Interrupted:       again + ", and let it finish",
		merge.DemoMixed:         again,
		merge.OtherRegion:       makeDesk + " --region " + region + ", if that is the WorkSpace's\nor, for the desk's own network only: wsdoctor merge --any-region " + desk + " " + inside,
		merge.OtherDirectory:    "take the report of the WorkSpace that this user is assigned\n" + makeInside,
		merge.OtherRegistration: makeDesk + " --registration CODE, with the code of that WorkSpace's directory",
		merge.OtherProtocol:     makeDesk + ", without --protocol",
		merge.TooFarApart:       "wsdoctor merge --any-age " + desk + " " + inside + "\nor make both again, one right after the other",
	}
	return badInput(hints[no.Reason], "%v", no)
}

// argument is a file name as it can be typed again.
func argument(name string) string {
	if bareName.MatchString(name) {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}

var bareName = regexp.MustCompile(`^[\pL\pN_@%+=:,./\\-]+$`)
