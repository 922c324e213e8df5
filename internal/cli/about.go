package cli

import (
	"strconv"

	"github.com/spf13/cobra"

	"wsdoctor/internal/plan"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// aboutFlags are what the user says of a report, as typed and as read.
type aboutFlags struct {
	labels []string
	ticket string
	about  report.About
}

func (a *aboutFlags) register(cmd *cobra.Command) {
	s := cmd.Flags()
	s.StringArrayVar(&a.labels, "label", nil, "cli.flag.label")
	s.StringVar(&a.ticket, "ticket", "", "cli.flag.ticket")
}

// checkAbout reads them. Of two labels of one key the later one counts.
func (a *aboutFlags) checkAbout(*plan.Options) error {
	a.about = report.About{Ticket: a.ticket}
	if a.ticket != "" && !report.ReadTicket(a.ticket) {
		about := words.Args{"text": shownText(a.ticket), "most": report.LongestLabel}
		return badInput(words.Raw("--ticket INC-4711"), words.Say("cli.bad.ticket", about))
	}
	for _, text := range a.labels {
		key, value, ok := report.ReadLabel(text)
		if !ok {
			hint := words.Say("cli.hint.label", words.Args{"most": report.LongestLabel})
			return badInput(hint, words.Say("cli.bad.label", words.Args{"text": shownText(text)}))
		}
		if a.about.Labels == nil {
			a.about.Labels = map[string]string{}
		}
		a.about.Labels[key] = value
		if len(a.about.Labels) > report.MostLabels {
			return badInput(words.Say("cli.hint.labels"), words.Say("cli.bad.labels", words.Args{"most": report.MostLabels}))
		}
	}
	return nil
}

// shownText is as much of what was typed as an error shows.
func shownText(s string) string { return strconv.Quote(probe.Clean(s, longestRule)) }
