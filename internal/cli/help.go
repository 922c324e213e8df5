package cli

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"wsdoctor/internal/spelling"
	"wsdoctor/internal/words"
)

// helpCommand shows the help of a command, or what exit codes mean, and does not take any
// word for one.
func helpCommand(env Env, root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:               "help [COMMAND|" + exitCodesTopic + "]",
		Short:             "cli.help.help.short",
		ValidArgsFunction: oneOf(env.words(), commandTopics(root)),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 && args[0] == exitCodesTopic {
				return exitCodes(env)
			}
			cmd := root
			for _, word := range args {
				next := subcommand(cmd, word)
				if next == nil {
					return noSuchTopic(cmd, word)
				}
				cmd = next
			}
			tellOwnFlags(env.words(), cmd)
			return cmd.Help()
		},
	}
}

// wantsHelp: what the arguments ask for shows what commands and flags are for. Only then
// the words for all of them are looked up: a run should not wait for them.
func wantsHelp(args []string) bool {
	return slices.ContainsFunc(args, func(a string) bool {
		return a == "-h" || a == "--help" || a == "help" || a == "man" || a == "completion"
	}) || completes(args)
}

// completes: a shell asks what could be typed next.
func completes(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// tellHelp tells a language what the commands and flags name as a message. A flag for
// a format names the formats.
func tellHelp(c *words.Catalogue, cmd *cobra.Command) {
	told := func(id string) string {
		if !c.Has(id) {
			return id // the library's own
		}
		return c.Tell(words.Say(id, words.Args{"languages": strings.Join(words.Languages(), ", ")}))
	}
	tellLibrary(c, cmd)
	cmd.Short, cmd.Long = told(cmd.Short), told(cmd.Long)
	tellFlag := func(f *pflag.Flag) {
		if f.Usage = told(f.Usage); f.Name == "output" {
			f.Usage = c.Tell(listed(strings.Fields(f.Usage)))
		}
	}
	cmd.Flags().VisitAll(tellFlag)
	cmd.PersistentFlags().VisitAll(tellFlag)
	for _, sub := range cmd.Commands() {
		tellHelp(c, sub)
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
