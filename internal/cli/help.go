package cli

import (
	"fmt"
	"strconv"
	"strings"

	mango "github.com/muesli/mango-cobra"
	"github.com/muesli/roff"
	"github.com/spf13/cobra"

	"wsdoctor/internal/spelling"
	"wsdoctor/internal/words"
)

// helpCommand shows the help of a command, and does not take any word for one.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show the help of a command",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd := root
			for _, word := range args {
				next := subcommand(cmd, word)
				if next == nil {
					return noSuchTopic(cmd, word)
				}
				cmd = next
			}
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		},
	}
}

func subcommand(cmd *cobra.Command, name string) *cobra.Command {
	for _, c := range cmd.Commands() {
		if c.Name() == name {
			return c
		}
	}
	return nil
}

// commandNames lists the commands below cmd that are shown.
func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return names
}

func noSuchTopic(cmd *cobra.Command, word string) error {
	hint := words.Say("cli.hint.commands", words.Args{"command": cmd.CommandPath()})
	if near := spelling.Nearest(word, commandNames(cmd)); len(near) > 0 {
		hint = words.Raw(cmd.CommandPath() + " " + near[0] + " --help")
	}
	return badInput(hint, words.Say("cli.bad.help", words.Args{"topic": strconv.Quote(word)}))
}

// completionHelp makes the completion command refuse a shell it does not know.
func completionHelp(cmd *cobra.Command) {
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return badInput(words.Raw(cmd.CommandPath()+" "+strings.Join(commandNames(cmd), ", "+cmd.CommandPath()+" ")),
			words.Say("cli.bad.completion", words.Args{"shell": strconv.Quote(args[0])}))
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	for _, shell := range cmd.Commands() {
		shell.Args = noArguments
	}
}

// manCommand writes the manual page. It is for packagers and therefore hidden.
func manCommand(env Env) *cobra.Command {
	return &cobra.Command{
		Use: "man", Short: "Write the manual page", Hidden: true, Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			page, err := mango.NewManPage(1, cmd.Root())
			if err != nil {
				return fmt.Errorf("write the manual page: %w", err)
			}
			_, err = fmt.Fprint(env.Stdout, page.Build(roff.NewDocument()))
			return err
		},
	}
}
