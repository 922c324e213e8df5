package tui

import (
	"context"
	"errors"
	"io"

	"wsdoctor/internal/words"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// framesPerSecond is how often the terminal is written to at most. Slow remote
// terminals keep up with it, and no eye sees the difference.
const framesPerSecond = 25

// Run shows the interface on a terminal until the user leaves, or ctx ends. The
// terminal is as it was before when it returns, whatever happened. The error
// says that the interface itself failed.
func Run(ctx context.Context, d Deps, o Options, in io.Reader, out io.Writer, environ []string) (Result, error) {
	return runWith(
		ctx,
		d,
		o,
		func(*tea.Program, *Model) {},
		tea.WithInput(in),
		tea.WithOutput(out),
		tea.WithEnvironment(environ),
	)
}

// runWith is Run; made is told the program before it starts.
func runWith(
	ctx context.Context,
	d Deps,
	o Options,
	made func(*tea.Program, *Model),
	options ...tea.ProgramOption,
) (Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m := newModel(ctx, d, o)
	options = append(options, tea.WithoutSignalHandler(), tea.WithFPS(framesPerSecond))
	if o.NoColor {
		options = append(options, tea.WithColorProfile(colorprofile.Ascii))
	}
	p := tea.NewProgram(m, options...)
	made(p, m)
	_, err := p.Run()
	result := Result{Report: m.shown, Err: m.err}
	if err != nil && !errors.Is(err, tea.ErrInterrupted) {
		return result, words.Fail(words.Say("tui.error.show", words.Args{"why": words.Reason(err)})).Because(err)
	}
	return result, nil
}
