package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"wsdoctor/internal/policy/template"
	"wsdoctor/internal/spelling"
	"wsdoctor/internal/words"
)

// policyCommand says which company policy holds on this computer, and prints what hands
// one out.
func policyCommand(env Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "policy",
		Short:   "cli.help.policy.short",
		Long:    "cli.help.policy.long",
		Example: "  wsdoctor policy\n  wsdoctor policy template json\n  wsdoctor policy template admx",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			notes := policyNote(env.Policy)
			if len(notes) == 0 {
				notes = []words.Text{words.Say("policy.none")}
			}
			_, err := fmt.Fprintln(env.Stdout, wrapped(env.words().Tell(notes[0]), explainWidth))
			return err
		},
	}
	offerPolicy(cmd)
	cmd.AddCommand(policyTemplateCommand(env))
	return cmd
}

func policyTemplateCommand(env Env) *cobra.Command {
	kinds := template.Kinds()
	all := strings.Join(kinds, "|")
	return &cobra.Command{
		Use:       "template " + all,
		Short:     "cli.help.policy-template.short",
		ValidArgs: kinds,
		RunE: func(_ *cobra.Command, args []string) error {
			hint := words.Raw("wsdoctor policy template " + all)
			if len(args) != 1 {
				return badInput(hint, words.Say("cli.bad.policy-template-one", words.Args{"n": len(args)}))
			}
			text, known := template.Text(args[0])
			if !known {
				if near := spelling.Nearest(args[0], kinds); len(near) > 0 {
					hint = words.Raw("wsdoctor policy template " + near[0])
				}
				return badInput(hint, words.Say("cli.bad.policy-template", words.Args{"kind": strconv.Quote(args[0])}))
			}
			_, err := io.WriteString(env.Stdout, text)
			return err
		},
	}
}
