package cli

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"wsdoctor/internal/fleet"
	"wsdoctor/internal/packed"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/architecture"
	"wsdoctor/ui/html"
	"wsdoctor/ui/monitor"
	"wsdoctor/ui/ticket"
)

// printed is what a command prints, which decides the formats it can print in.
type printed uint

// What commands print.
const (
	aReport printed = 1 << iota // of a run
	aPlan                       // or another list
	aValue                      // what is neither
	aFleet                      // of many reports
	aJoined                     // verdict of two reports
	aWatch                      // a line for each run
)

// format is a row of the table that -o, its help, the hint beside a wrong one and the
// completion of shells are made from.
type format struct {
	name  string // and cli.format.NAME says what it is for
	forms printed
	// whole writes a whole report at once, in a language. Text has none, because it has
	// a style, nor has ndjson, which is written while the run goes on.
	whole func(*words.Catalogue, report.Report) ([]byte, error)
	// styled does the same in one of several styles; see --style.
	styled func(*words.Catalogue, report.Report, ticket.Style) ([]byte, error)
	// exit gives the exit code that its readers expect; nil: that of the diagnosis. They
	// take what stands on standard error for a part of it, so that no notes do.
	exit func(report.Report) int
}

// formats are all there are, the default first.
var formats = []format{
	{name: "text", forms: aReport | aPlan | aValue | aFleet | aJoined | aWatch},
	{name: "json", forms: aReport | aPlan | aValue | aFleet | aJoined, whole: asJSON},
	{name: "ndjson", forms: aReport | aPlan | aWatch},
	{name: "html", forms: aReport | aFleet | aJoined, whole: html.Report},
	{name: "svg", forms: aReport | aJoined, whole: drawn},
	{name: "ticket", forms: aReport | aJoined, styled: ticket.Report},
	{name: "packed", forms: aReport, whole: packedReport},
	{name: "summary", forms: aReport, whole: summaryOf},
	{name: "nagios", forms: aReport | aJoined, whole: watched(monitor.Nagios), exit: monitor.NagiosExit},
	{name: "junit", forms: aReport | aJoined, whole: watched(monitor.JUnit)},
	{name: "intune", forms: aReport | aJoined, whole: watched(monitor.Intune), exit: monitor.IntuneExit},
	{name: "csv", forms: aFleet},
}

func asJSON(_ *words.Catalogue, r report.Report) ([]byte, error) { return r.JSON() }

// drawn writes the architecture as a picture.
func drawn(c *words.Catalogue, r report.Report) ([]byte, error) {
	return architecture.SVG(c, architecture.Of(r)), nil
}

// packedReport writes one line for people before the block: what stands in a ticket
// or a remote shell's answer should say by itself what was found.
func packedReport(_ *words.Catalogue, r report.Report) ([]byte, error) {
	block, err := r.Packed()
	if err != nil {
		return nil, err
	}
	const longest = 400 // runes: the room is short
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: %s\n", r.Verdict.Status, packed.Beside(probe.Clean(r.Verdict.Summary, longest)))
	b.Write(block)
	return b.Bytes(), nil
}

// summaryOf writes the line that databases and fleet read.
func summaryOf(_ *words.Catalogue, r report.Report) ([]byte, error) {
	record, err := fleet.Of(r)
	if err != nil {
		return nil, err
	}
	return record.Line()
}

// names are those of the formats that this is printed in.
func (p printed) names() (names []string) {
	for _, f := range formats {
		if f.forms&p != 0 {
			names = append(names, f.name)
		}
	}
	return names
}

// offer gives a command the flag for a format.
func (p printed) offer(cmd *cobra.Command, env Env, name *string) {
	cmd.Flags().StringVarP(name, "output", "o", formats[0].name, strings.Join(p.names(), " "))
	complete := func(*cobra.Command, []string, string) (list []cobra.Completion, _ cobra.ShellCompDirective) {
		for _, name := range p.names() {
			list = append(list, cobra.CompletionWithDesc(name, env.words().Tell(words.Say("cli.format."+name))))
		}
		return list, cobra.ShellCompDirectiveNoFileComp
	}
	if err := cmd.RegisterFlagCompletionFunc("output", complete); err != nil {
		panic(err) // there is no such flag, or it was offered twice
	}
}

// refuse gives an error for a format that this is not printed in.
func (p printed) refuse(name string) error {
	names := p.names()
	if slices.Contains(names, name) {
		return nil
	}
	var options []string
	for _, f := range names {
		options = append(options, "-o "+f)
	}
	return badInput(listed(options), words.Say("cli.bad.format", words.Args{"format": strconv.Quote(name)}))
}

// wholly is how a format writes a whole report at once; nil if it does not.
func (o output) wholly() func(*words.Catalogue, report.Report) ([]byte, error) {
	i := slices.IndexFunc(formats, func(f format) bool { return f.name == o.format })
	if i < 0 || formats[i].styled == nil {
		return formats[max(i, 0)].whole // text has none
	}
	return func(c *words.Catalogue, r report.Report) ([]byte, error) {
		return formats[i].styled(c, r, o.markup.Style)
	}
}

// listed writes alternatives for people.
func listed(list []string) words.Text {
	last := len(list) - 1
	return words.Say("cli.or", words.Args{"some": strings.Join(list[:last], ", "), "last": list[last]})
}
