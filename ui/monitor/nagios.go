package monitor

import (
	"fmt"
	"strconv"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/report"
	"wsdoctor/probe"
)

// states are Nagios's names for exit codes 0 to 3 (Monitoring Plugins development
// guidelines, "Plugin Return Codes").
var states = [...]string{"OK", "WARNING", "CRITICAL", "UNKNOWN"}

// NagiosExit is the plugin's exit code.
func NagiosExit(r report.Report) int { return severityOf(r.Verdict) }

// Nagios writes a plugin's answer: one line, the state and the sentence before the bar,
// performance data behind it. Of a port whose silence may mean nothing there is none.
func Nagios(s Snapshot) []byte {
	v := s.Report.Verdict
	said := nagiosText(v.Summary)
	var about []string
	for _, part := range []string{named(v), v.Owner} {
		if part != "" {
			about = append(about, nagiosText(part))
		}
	}
	if len(about) > 0 {
		said += " (" + strings.Join(about, ", ") + ")"
	}
	return fmt.Appendf(nil, "WORKSPACES %s - %s | %s\n", states[severityOf(v)], said, strings.Join(s.performance(), " "))
}

// NagiosFailed is the answer where there was no run to tell of.
func NagiosFailed(why string) []byte {
	return fmt.Appendf(nil, "WORKSPACES %s - %s\n", states[unknown], nagiosText(why))
}

// performance gives 'label'=value[unit];warn;crit;min;max for each number. Thresholds are
// the rules', and not repeated here.
func (s Snapshot) performance() []string {
	list := []string{fmt.Sprintf("'status'=%d;;;0;3", severityOf(s.Report.Verdict))}
	if s.Measures.RTTMS != nil {
		list = append(list, "'rtt'="+decimal(*s.Measures.RTTMS)+"ms;;;0")
	}
	if s.Measures.Sent > 0 {
		list = append(list, "'loss'="+decimal(100*s.loss())+"%;;;0;100")
	}
	for _, p := range s.Measures.Ports {
		if n, tells := open(p); tells {
			list = append(list, fmt.Sprintf("'%s_%d'=%d;;;0;1", p.Transport, p.Port, n))
		}
	}
	return list
}

// open is 1 of a port that answers, 0 of one that does not.
func open(p facts.PortMeasure) (n int, tells bool) {
	if p.State == facts.PortAnswers {
		return 1, true
	}
	return 0, p.State != facts.PortSilent || p.Transport != probe.UDP
}

// loss is the share of probes that were lost.
func (s Snapshot) loss() float64 { return float64(s.Measures.Lost) / float64(max(1, s.Measures.Sent)) }

// decimal writes a number without an exponent, as every locale reads it there.
func decimal(f float64) string {
	text := strconv.FormatFloat(f, 'f', 3, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// nagiosText keeps the bar for what it parts.
func nagiosText(s string) string { return strings.ReplaceAll(line(s), "|", "/") }
