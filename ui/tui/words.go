package tui

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/report"
	"wsdoctor/probe"
	"wsdoctor/ui/text"
)

// verdictLooks are the looks and marks of the verdict's statuses.
var verdictLooks = map[finding.Status]state{
	finding.StatusOK: stateOK, finding.StatusDegraded: stateLimited, finding.StatusFault: stateFault, finding.StatusInconclusive: stateSuspect,
}

// lookOf is the look of a verdict. One that found nothing wrong and could not show
// everything is no plain "ok".
func lookOf(v report.Verdict) state {
	if v.AsFarAsSeen() {
		return stateUnclear
	}
	return verdictLooks[v.Status]
}

var severityLooks = map[finding.Severity]state{
	finding.SeverityFault: stateFault, finding.SeverityDegraded: stateLimited, finding.SeveritySuspect: stateSuspect, finding.SeverityInfo: stateUnclear,
}

var outcomeLooks = map[probe.Outcome]state{
	probe.OK: stateOK, probe.Failed: stateFault, probe.Silent: stateSuspect, probe.Skipped: stateUntested, probe.NotRun: stateUntested,
}

var ofProtocol = map[finding.ProtocolState]state{
	finding.ProtocolOK: stateOK, finding.ProtocolDegraded: stateLimited, finding.ProtocolBlocked: stateFault, finding.ProtocolUnknown: stateUnclear,
}

func padRight(s string, n int) string {
	return s + strings.Repeat(" ", max(n-ansi.StringWidth(s), 0))
}

// seconds writes a time that passes, always as wide: "  1.2 s".
func seconds(d time.Duration) string { return fmt.Sprintf("%5.1f s", d.Seconds()) }

// prose makes text fit to be wrapped and shown here.
func (m *Model) prose(s string) string {
	s = harmless(s)
	if !m.opt.Unicode {
		s = text.Plain(s, false)
	}
	return s
}

// wrap breaks text for n columns.
func (m *Model) wrap(s string, n int) []string { return text.Wrap(m.prose(s), max(n, 1)) }
