package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"wsdoctor/internal/words"
)

// plainFlag asks any command for lines that a screen reader can read out: nothing is
// drawn, coloured or written over. It is looked for before any command is built, as
// langFlag is, because the help is shown so too.
const plainFlag = "--plain"

// accessible is the environment variable that asks for the same in programs for
// terminals.
const accessible = "ACCESSIBLE"

// plainly says whether it was asked for. A flag wins over the environment.
func plainly(args []string, getenv func(string) string) bool {
	for _, a := range args {
		value, joined := strings.CutPrefix(a, plainFlag+"=")
		switch asked, err := strconv.ParseBool(value); {
		case a == "--":
			return wished(getenv(accessible))
		case a == plainFlag:
			return true
		case joined && err == nil:
			return asked
		}
	}
	return wished(getenv(accessible))
}

// wished: a variable that is set to anything but a no.
func wished(value string) bool {
	no, err := strconv.ParseBool(value)
	return value != "" && (err != nil || no)
}

// bare: nothing but lines may be written to the terminal, because that was asked for
// or because the terminal knows nothing else.
func (e Env) bare() bool { return e.Plain || dumb(e.Getenv) }

// bareOn: nothing is drawn on an output, because it is read out, or shown by such a terminal.
func (e Env) bareOn(out io.Writer) bool {
	_, shown := terminal(out)
	return e.Plain || shown && dumb(e.Getenv)
}

// carryOut runs the command line. What prints the help otherwise asks a terminal for
// its colours first; where the terminal is bare, nobody asks it.
func carryOut(ctx context.Context, env Env, root *cobra.Command) error {
	if _, shown := terminal(env.Stdout); !env.Plain && !(shown && dumb(env.Getenv)) {
		return fang.Execute(ctx, root,
			fang.WithVersion(version().Version),
			fang.WithCommit(version().Commit),
			// complain prints errors, with hints and without decoration
			fang.WithErrorHandler(func(io.Writer, fang.Styles, error) {}),
			fang.WithoutManpage(), // manCommand writes it, to Env.Stdout
		)
	}
	root.Version = version().Version
	if commit := version().Commit; commit != "" {
		root.Version += " (" + commit[:min(len(commit), 7)] + ")" // as the other one writes it
	}
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { plainHelp(env.words(), cmd.OutOrStdout(), cmd) })
	return root.ExecuteContext(ctx)
}

// plainHelp writes the help of a command line by line, with no columns.
func plainHelp(c *words.Catalogue, w io.Writer, cmd *cobra.Command) {
	heading := func(id string) { fmt.Fprintf(w, "\n%s\n", c.Tell(words.Say(id))) }
	fmt.Fprintln(w, cmp.Or(cmd.Long, cmd.Short))
	heading("cli.heading.usage")
	fmt.Fprintf(w, "  %s\n", cmd.UseLine())
	if cmd.Example != "" {
		heading("cli.heading.examples")
		fmt.Fprintln(w, cmd.Example)
	}
	if cmd.HasAvailableSubCommands() {
		heading("cli.heading.commands")
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				fmt.Fprintf(w, "  %s\n      %s\n", strings.TrimPrefix(sub.UseLine(), cmd.CommandPath()+" "), sub.Short)
			}
		}
	}
	if cmd.HasAvailableFlags() {
		heading("cli.heading.flags")
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				fmt.Fprintf(w, "  %s\n      %s\n", flagOf(f), f.Usage)
			}
		})
	}
}
