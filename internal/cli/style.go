package cli

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"wsdoctor/internal/words"
	"wsdoctor/ui/ticket"
)

// styleFlag is --style: the markup of the system that a ticket goes to.
type styleFlag struct {
	ticket.Style
	typed string
}

// styles are the names of all there are.
func styles() (names []string) {
	for _, s := range ticket.Styles {
		names = append(names, string(s))
	}
	return names
}

func (f *styleFlag) register(cmd *cobra.Command) {
	f.Style = ticket.Text
	cmd.Flags().StringVar(&f.typed, "style", "", "cli.flag.style")
	complete := cobra.FixedCompletions(styles(), cobra.ShellCompDirectiveNoFileComp)
	if err := cmd.RegisterFlagCompletionFunc("style", complete); err != nil {
		panic(err) // there is no such flag, or it was completed twice
	}
}

// check takes what was typed, where the format has styles at all.
func (f *styleFlag) check(name string) error {
	if f.typed == "" {
		return nil
	}
	i := slices.IndexFunc(formats, func(row format) bool { return row.name == name })
	if i < 0 || formats[i].styled == nil {
		return badInput(words.Raw("-o ticket --style "+strings.Join(styles(), "|")), words.Say("cli.bad.style-only"))
	}
	if !slices.Contains(styles(), f.typed) {
		var options []string
		for _, name := range styles() {
			options = append(options, "--style "+name)
		}
		return badInput(listed(options), words.Say("cli.bad.style", words.Args{"style": strconv.Quote(f.typed)}))
	}
	f.Style = ticket.Style(f.typed)
	return nil
}
