//go:build nodemo

package cli

import (
	"github.com/spf13/cobra"

	"wsdoctor/internal/words"
)

// demoCommand says that this build has no simulated network: with the build tag nodemo
// it is left out, for those who count megabytes or want nothing in it that listens.
func demoCommand(Env) *cobra.Command {
	return &cobra.Command{
		Use:                "demo",
		Short:              "cli.help.demo.short",
		Long:               "cli.help.demo.long",
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true},
		RunE: func(*cobra.Command, []string) error {
			return badInput(words.Say("cli.hint.no-demo"), words.Say("cli.bad.no-demo"))
		},
	}
}
