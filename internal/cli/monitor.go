package cli

import (
	"context"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/report"
	"wsdoctor/internal/userfile"
	"wsdoctor/internal/words"
	"wsdoctor/ui/monitor"
)

// What monitoring systems read; see package monitor.

// snapshot computes the numbers of a report.
func snapshot(r report.Report) monitor.Snapshot {
	in, _ := input(r.Run.Vantage, r.Target, r.Run.Interrupted, r.Observations)
	return monitor.Of(r, facts.Gather(in).Measures())
}

// watched is a form of package monitor as an output format.
func watched(form func(monitor.Snapshot) []byte) func(*words.Catalogue, report.Report) ([]byte, error) {
	return func(_ *words.Catalogue, r report.Report) ([]byte, error) { return form(snapshot(r)), nil }
}

// openMetrics opens the file of --metrics-file before anything is sent, so that a name
// that cannot be written to costs no run.
func (p *printer) openMetrics(ctx context.Context) (err error) {
	if p.metricsFile == "" {
		return nil
	}
	if p.metrics, err = userfile.Publish(ctx, p.metricsFile); err != nil {
		return badInput(words.Say("cli.hint.metrics-file"), words.Say("cli.bad.metrics-file", words.Args{"why": err.Error()}))
	}
	return nil
}

// publish writes the metrics of a report; the file is put in its place when it is whole.
func (p *printer) publish(r report.Report) error {
	if p.metrics == nil {
		return nil
	}
	if _, err := p.metrics.Write(monitor.Metrics(snapshot(r))); err != nil {
		return err
	}
	if err := p.metrics.Commit(); err != nil {
		return words.Fail(words.Say("cli.bad.metrics-lost", words.Args{"why": reason(err)})).Because(err)
	}
	return nil
}

// exit is the exit code that the format's readers expect; nil: that of the diagnosis.
func (p *printer) exit() func(report.Report) int {
	i := slices.IndexFunc(formats, func(f format) bool { return f.name == p.format })
	if i < 0 {
		return nil
	}
	return formats[i].exit
}

// silent: its readers take what stands on standard error for a part of it.
func (p *printer) silent() bool { return p.exit() != nil }

// ends gives a run the exit code of its format's readers; what is no diagnosis is passed on.
func (p *printer) ends(err error) error {
	if p.printed == nil || p.exit() == nil || !onlyDiagnosis(err) {
		return err
	}
	if code := p.exit()(*p.printed); code != 0 {
		return exitError(code)
	}
	return nil
}

// unknownToNagios is what a plugin ends with that could not look.
const unknownToNagios = 3

// nagiosFormat is what is typed for a plugin of Nagios. Whoever calls one takes every exit
// code but 0 to 3 for a broken plugin, and 2 for the worst news: that the command line is
// wrong, or that the program failed, is "unknown" there.
func nagiosFormat(args []string) bool {
	for i, arg := range args {
		if arg == "--" {
			return false
		}
		value, flagged := strings.CutPrefix(arg, "--output=")
		if !flagged {
			value, flagged = strings.CutPrefix(arg, "-o")
			value = strings.TrimPrefix(value, "=")
		}
		if (arg == "-o" || arg == "--output") && i+1 < len(args) {
			value, flagged = args[i+1], true
		}
		if flagged && value == "nagios" {
			return true
		}
	}
	return false
}
