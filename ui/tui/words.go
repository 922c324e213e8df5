package tui

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"wsdoctor/probe"
	"wsdoctor/ui/chart"
	"wsdoctor/ui/text"
)

var outcomeLooks = map[probe.Outcome]chart.State{
	probe.OK:      chart.StateOK,
	probe.Failed:  chart.StateFault,
	probe.Silent:  chart.StateSuspect,
	probe.Skipped: chart.StateUntested,
	probe.NotRun:  chart.StateUntested,
}

// drawn are the looks of the states.
var drawn = [...]style{
	chart.StateUnseen: muted, chart.StateUntested: muted, chart.StateWaiting: muted, chart.StateOK: good,
	chart.StateUnclear: muted, chart.StateLimited: limited, chart.StateSuspect: doubtful, chart.StateFault: bad,
}

// stateWords are a state in a few words.
func (m *Model) stateWords(s chart.State) string { return m.speak.Say("tui.state." + s.Called()) }

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
