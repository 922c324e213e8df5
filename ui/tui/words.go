package tui

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/probe"
	"wsdoctor/ui/text"
)

// certainty says in words what a confidence is worth.
var certainty = map[diagnose.Confidence]string{
	diagnose.Proven: "proven", diagnose.Likely: "likely, not proven", diagnose.Possible: "possible, not proven",
}

// verdictLooks are the looks and marks of the verdict's statuses.
var verdictLooks = map[diagnose.Status]state{
	diagnose.StatusOK: stateOK, diagnose.StatusDegraded: stateLimited, diagnose.StatusFault: stateFault, diagnose.StatusInconclusive: stateSuspect,
}

var severityLooks = map[diagnose.Severity]state{
	diagnose.SeverityFault: stateFault, diagnose.SeverityDegraded: stateLimited, diagnose.SeveritySuspect: stateSuspect, diagnose.SeverityInfo: stateUnclear,
}

var outcomeLooks = map[probe.Outcome]state{
	probe.OK: stateOK, probe.Failed: stateFault, probe.Silent: stateSuspect, probe.Skipped: stateUntested, probe.NotRun: stateUntested,
}

var protocolWords = map[diagnose.ProtocolState]string{
	diagnose.ProtocolOK: "works", diagnose.ProtocolDegraded: "works, with limits", diagnose.ProtocolBlocked: "blocked", diagnose.ProtocolUnknown: "not known",
}

var ofProtocol = map[diagnose.ProtocolState]state{
	diagnose.ProtocolOK: stateOK, diagnose.ProtocolDegraded: stateLimited, diagnose.ProtocolBlocked: stateFault, diagnose.ProtocolUnknown: stateUnclear,
}

// protocolState is one protocol that a run was about.
type protocolState struct {
	name  string
	state diagnose.ProtocolState
}

func protocolStates(r report.Report) (list []protocolState) {
	if r.Target.Protocol != "dcv" {
		list = append(list, protocolState{"PCoIP", r.Verdict.Protocols.PCoIP})
	}
	if r.Target.Protocol != "pcoip" {
		list = append(list, protocolState{"DCV", r.Verdict.Protocols.DCV})
	}
	return list
}

func title(id layer.ID) string {
	if l, known := layer.Get(id); known {
		return l.Title
	}
	return string(id)
}

func padRight(s string, n int) string {
	return s + strings.Repeat(" ", max(n-ansi.StringWidth(s), 0))
}

// count writes "1 thing" or "2 things".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
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
