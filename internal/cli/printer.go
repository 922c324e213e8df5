package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/plan"
	"wsdoctor/internal/report"
	"wsdoctor/internal/run"
	"wsdoctor/internal/userfile"
	"wsdoctor/internal/words"
	"wsdoctor/ui/text"
)

// printer brings a run to the user: the report to standard output or a file,
// progress to standard error while it is a terminal.
type printer struct {
	output
	env      Env
	out      io.Writer
	file     *userfile.Writer // for --output-file
	metrics  *userfile.Writer // for --metrics-file
	printed  *report.Report   // what was printed, if it was one
	progress *text.Progress
	lines    *report.Encoder  // for ndjson
	redactor *report.Redactor // for --redact
}

// openOutput opens the output before anything is sent, so that a file that
// cannot be written costs no run.
func openOutput(ctx context.Context, env Env, o output) (*printer, error) {
	p := &printer{output: o, env: env, out: env.Stdout}
	var err error
	if p.redactor, err = o.redacts(ctx); err != nil {
		return nil, err
	}
	if o.file != "" {
		file, err := userfile.Create(ctx, o.file)
		switch {
		case errors.Is(err, context.Canceled):
			return nil, exitError(layer.ExitInterrupted)
		case err != nil:
			return nil, badInput(
				words.Say("cli.hint.output-file"),
				words.Say("cli.bad.output-file", words.Args{"why": reason(err)}),
			)
		}
		p.file, p.out = file, file
	}
	if err := p.openMetrics(ctx); err != nil {
		return nil, err
	}
	if o.format == "ndjson" {
		p.lines = report.NewEncoder(p.out, p.redactor)
	}
	return p, nil
}

// redacts is who redacts what is printed; nil: nobody.
func (o output) redacts(ctx context.Context) (*report.Redactor, error) {
	key, err := pseudonymKey(ctx, o.redactKey)
	if err != nil || !o.redact && o.redactKey == "" {
		return nil, err
	}
	return report.NewKeyedRedactor(report.LocalNames(), key), nil
}

// onlyDiagnosis: nothing failed; an error carries the exit code of a diagnosis.
func onlyDiagnosis(err error) bool {
	var diagnosis exitError
	return err == nil || errors.As(err, &diagnosis)
}

// pseudonymKey reads a company's key, if one was named.
func pseudonymKey(ctx context.Context, name string) (report.PseudonymKey, error) {
	if name == "" {
		return report.PseudonymKey{}, nil
	}
	refuse := func(why words.Text) (report.PseudonymKey, error) {
		about := words.Args{"file": argument(name), "why": why}
		return report.PseudonymKey{}, badInput(words.Say("cli.hint.redact-key"), words.Say("cli.bad.redact-key", about))
	}
	file, err := userfile.Open(ctx, name)
	if err != nil {
		return refuse(words.Raw(err.Error()))
	}
	defer file.Close()
	key, err := report.ReadPseudonymKey(file)
	switch {
	case errors.Is(err, report.ErrKey):
		return refuse(words.Say("cli.bad.redact-key-short"))
	case err != nil:
		return refuse(words.Raw(err.Error()))
	}
	return key, nil
}

// close ends the output of what came to err, and gives the error of both. A file
// counts only if what was to be in it could be made: err is nil, or is nothing but
// the diagnosis. That it could not be written is worse news than a diagnosis.
func (p *printer) close(err error) error {
	if p.progress != nil {
		p.progress.Stop() // a run that could not be made left it
	}
	if p.file == nil {
		return err
	}
	if !onlyDiagnosis(err) {
		return errors.Join(err, p.file.Discard())
	}
	if lost := p.file.Commit(); lost != nil {
		return words.Fail(words.Say("cli.bad.lost", words.Args{"why": reason(lost)})).Because(lost)
	}
	return err
}

func (p *printer) line(l report.Line) {
	if p.lines != nil {
		p.lines.Write(l) // a broken pipe shows at the last line, in done
	}
}

func (p *printer) start(tool report.Tool, r report.Run, t report.Target) {
	p.line(report.StartLine(tool, r, t))
}

// note tells people, on standard error, what scripts find among the gaps.
func (p *printer) note(text string) {
	if !p.quiet && !p.silent() {
		fmt.Fprintln(p.env.Stderr, p.env.words().Tell(words.Say("cli.note-line", words.Args{"note": text})))
	}
}

// expect tells how many steps the plan has, and begins to show progress.
func (p *printer) expect(steps int) {
	width, isTerminal := terminal(p.env.Stderr)
	if !isTerminal || p.quiet || p.env.bare() {
		return
	}
	p.progress = text.NewProgress(
		p.env.Stderr,
		text.ProgressOptions{Terminal: true, Width: width, Unicode: p.env.drawn(p.env.Stderr), Words: p.env.words()},
	)
	p.progress.Expect(steps)
}

// event tells one event of the run.
func (p *printer) event(e run.Event) {
	switch e.Kind {
	case run.StepStarted:
		why := p.env.words().Tell(e.Step.Why)
		p.line(report.StepStartedLine(e.Step.ID, why))
		if p.progress != nil {
			p.progress.StepStarted(e.Step.ID, why)
		}
	case run.Observed:
		p.line(report.ObservationLine(e.Observation))
	case run.StepDone:
		p.line(report.StepDoneLine(e.Step.ID))
		if p.progress != nil {
			p.progress.StepDone(e.Step.ID)
		}
	}
}

// done prints the report, and its metrics where they are wanted.
func (p *printer) done(r report.Report) error {
	p.printed = &r
	err := p.print(r)
	if p.redactor != nil {
		r = p.redactor.Report(r)
	}
	return errors.Join(err, p.publish(r))
}

func (p *printer) print(r report.Report) error {
	if p.progress != nil {
		p.progress.Stop()
	}
	for _, f := range r.Findings {
		p.line(report.FindingLine(f))
	}
	if p.lines != nil {
		return p.lines.Write(report.DoneLine(r))
	}
	if p.redactor != nil {
		r = p.redactor.Report(r)
	}
	if write := p.wholly(); write != nil {
		b, err := write(p.env.words(), r)
		if err != nil {
			return err
		}
		_, err = p.out.Write(b)
		return err
	}
	return text.Render(p.out, r, p.style())
}

// style decides colours, width and characters: colours only on a terminal.
func (p *printer) style() text.Options {
	o := text.Options{Verbose: p.verbose, Quiet: p.quiet, Unicode: p.env.drawn(p.out), Words: p.env.words()}
	o.Bare = p.env.bareOn(p.out)
	width, isTerminal := terminal(p.out)
	o.OneLine = !isTerminal
	if isTerminal {
		o.Width = width
		o.Color = !p.noColor && p.env.Getenv("NO_COLOR") == "" && !p.env.bare()
	}
	return o
}

// plan prints a plan instead of a report.
func (p *printer) plan(v plan.Plan) error {
	if p.format == "text" {
		return writePlan(p.env.words(), p.out, v)
	}
	e := json.NewEncoder(p.out)
	e.SetEscapeHTML(false)
	if p.format == "json" {
		e.SetIndent("", "  ")
	}
	return e.Encode(v.In(p.env.words()))
}

// terminal says whether an output is one, and how wide it is.
func terminal(stream any) (width int, isTerminal bool) {
	if !isTerminalStream(stream) {
		return 0, false
	}
	width, _, err := term.GetSize(int(stream.(*os.File).Fd()))
	return width, err == nil
}

// isTerminalStream is for inputs too, which on Windows have no size of their own.
func isTerminalStream(stream any) bool {
	file, isFile := stream.(*os.File)
	return isFile && term.IsTerminal(int(file.Fd()))
}

// unicodeLocale: the locale says UTF-8, or says nothing on a system whose
// terminals all speak it.
func unicodeLocale(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := getenv(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true
}
