package cli

import (
	"bytes"
	"context"
	"os"
	"strings"

	"wsdoctor/internal/fleet"
	"wsdoctor/internal/words"
	"wsdoctor/ui/text"
	"wsdoctor/ui/tui"
)

// browseFleet shows a fleet on a terminal: its groups, the desks of one, and the report
// of one desk.
func browseFleet(ctx context.Context, env Env, f fleetFlags, r fleet.Result) error {
	o := text.Options{Unicode: env.drawn(env.Stdout), Words: env.words()}
	root := tui.Sheet{Title: text.FleetHead(r, o)}
	for _, g := range r.Groups {
		root.Entries = append(root.Entries, tui.Entry{
			Label: text.FleetLine(g, r.Desks, o), Status: g.Status,
			Open: func(width int) (tui.Sheet, error) { return groupSheet(ctx, env, g, r.Desks, wide(o, width)), nil },
		})
	}
	if len(r.Skipped) > 0 {
		root.Entries = append(root.Entries, tui.Entry{
			Label: env.words().Tell(words.Say("fleet.skipped.title")),
			Open: func(width int) (tui.Sheet, error) {
				return tui.Sheet{Title: root.Title, Text: linesOf(text.FleetSkipped(r, wide(o, width)))}, nil
			},
		})
	}
	looks := tui.Options{Words: env.words(), Unicode: o.Unicode, NoColor: f.noColor || env.Getenv("NO_COLOR") != ""}
	return tui.Browse(ctx, root, looks, env.Stdin, env.Stdout, os.Environ())
}

func wide(o text.Options, width int) text.Options {
	o.Width = width
	return o
}

func linesOf(text string) []string { return strings.Split(strings.TrimRight(text, "\n"), "\n") }

// groupSheet is a group with the reports of its desks.
func groupSheet(ctx context.Context, env Env, g fleet.Group, of int, o text.Options) tui.Sheet {
	s := tui.Sheet{Title: text.FleetLine(g, of, o), Text: append(linesOf(text.FleetGroup(g, of, o)), "")}
	for i, file := range g.Files {
		s.Entries = append(s.Entries, tui.Entry{
			Label: file, Status: g.Status,
			Open: func(width int) (tui.Sheet, error) { return reportSheet(ctx, env, file, g.Runs[i], wide(o, width)) },
		})
	}
	return s
}

// reportSheet is a desk's report as it is printed. A file of many reports, or of records,
// holds none that can be shown.
func reportSheet(ctx context.Context, env Env, file, run string, o text.Options) (tui.Sheet, error) {
	r, err := readReport(ctx, env, file)
	if err != nil || r.Run.ID != run {
		return tui.Sheet{}, words.Fail(words.Say("fleet.not-whole", words.Args{"file": file}))
	}
	var page bytes.Buffer
	o.Verbose = true
	if err := text.Render(&page, r, o); err != nil {
		return tui.Sheet{}, err
	}
	return tui.Sheet{Title: file, Text: linesOf(page.String())}, nil
}
