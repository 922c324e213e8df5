package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/fleet"
	"wsdoctor/internal/service"
	"wsdoctor/internal/systemlog"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// values gives what can be typed for a flag or an argument, in a language.
type values func(*words.Catalogue) []cobra.Completion

// flagValues are the flags for whose values a shell has something to offer. For those
// in takesFile it offers files, and for all others nothing: a list of files would
// only be in the way.
var flagValues = map[string]values{
	"region":   regionIDs,
	"symptom":  symptomIDs,
	"protocol": protocolNames,
	"lang":     func(*words.Catalogue) []cobra.Completion { return words.Languages() },
	"group-by": dimensionNames,
	"system":   func(*words.Catalogue) []cobra.Completion { return systemNames() },
	"expect":   func(*words.Catalogue) []cobra.Completion { return []cobra.Completion{quickSetup} },
	"kind":     func(*words.Catalogue) []cobra.Completion { return service.Names() },
	"log":      func(*words.Catalogue) []cobra.Completion { return systemlog.Names() },
	"proxy":    func(*words.Catalogue) []cobra.Completion { return []cobra.Completion{noProxy} },
}

// takesFile are the flags whose value is a file's name, or may be one.
var takesFile = []string{"output-file", "metrics-file", "redact-key", "allowed-cidr", "keep", "policy"}

// completeFlags ties the table to the flags of a command and of those below it.
func completeFlags(c *words.Catalogue, cmd *cobra.Command) {
	tie := func(f *pflag.Flag) {
		if f.NoOptDefVal != "" || slices.Contains(takesFile, f.Name) {
			return // takes no value, or a file, which shells offer by themselves
		}
		if _, has := cmd.GetFlagCompletionFunc(f.Name); has {
			return
		}
		complete := cobra.NoFileCompletions
		if offer, known := flagValues[f.Name]; known {
			complete = func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
				list := offer(c)
				if f.Value.Type() == "stringSlice" {
					list = afterComma(typed, list)
				}
				return list, cobra.ShellCompDirectiveNoFileComp
			}
		}
		if err := cmd.RegisterFlagCompletionFunc(f.Name, complete); err != nil {
			panic(err) // it was offered twice
		}
	}
	cmd.Flags().VisitAll(tie)
	cmd.PersistentFlags().VisitAll(tie)
	for _, sub := range cmd.Commands() {
		completeFlags(c, sub)
	}
}

// afterComma puts what was typed of a list before each value that can come next.
func afterComma(typed string, list []cobra.Completion) []cobra.Completion {
	before := typed[:strings.LastIndexByte(typed, ',')+1]
	next := make([]cobra.Completion, 0, len(list))
	for _, v := range list {
		next = append(next, before+v)
	}
	return next
}

// oneOf completes a command's only argument.
func oneOf(c *words.Catalogue, offer values) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return offer(c), cobra.ShellCompDirectiveNoFileComp
	}
}

// described is a value and what it is, on the one line that a shell has for it.
func described(c *words.Catalogue, value string, is words.Text) cobra.Completion {
	const longest = 100 // runes
	return cobra.CompletionWithDesc(value, probe.Clean(c.Tell(is), longest))
}

func regionIDs(c *words.Catalogue) (list []cobra.Completion) {
	all, err := catalog.Load()
	if err != nil {
		return nil
	}
	for _, r := range all.Regions() {
		list = append(list, described(c, r.ID, r.Named()))
	}
	return list
}

func symptomIDs(c *words.Catalogue) (list []cobra.Completion) {
	for _, s := range diagnose.Symptoms() {
		list = append(list, described(c, s.ID, s.Shows()))
	}
	return list
}

func protocolNames(*words.Catalogue) (list []cobra.Completion) {
	for _, p := range probe.ProtocolChoices {
		list = append(list, cobra.Completion(p))
	}
	return list
}

func dimensionNames(*words.Catalogue) (list []cobra.Completion) {
	for _, d := range fleet.Dimensions {
		list = append(list, d.Name)
	}
	return append(list, "label:")
}

func topicNames(c *words.Catalogue) (list []cobra.Completion) {
	for _, t := range topics() {
		list = append(list, described(c, t, topicOf(t)))
	}
	return list
}

// commandTopics are what `help` is asked about.
func commandTopics(root *cobra.Command) values {
	return func(c *words.Catalogue) (list []cobra.Completion) {
		for _, cmd := range root.Commands() {
			if !cmd.Hidden {
				list = append(list, cobra.CompletionWithDesc(cmd.Name(), cmd.Short))
			}
		}
		return append(list, described(c, exitCodesTopic, words.Say("cli.exit.title")))
	}
}

// flaglessArguments completes nothing for a command that takes flags only: no files.
func flaglessArguments(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		flaglessArguments(sub)
	}
	if cmd.ValidArgsFunction == nil && !slices.Contains(readsFiles, cmd.Name()) {
		cmd.ValidArgsFunction = cobra.NoFileCompletions
	}
}

// readsFiles are the commands whose arguments are files.
var readsFiles = []string{"rejudge", "merge", "fleet"}
