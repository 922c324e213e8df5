package cli

import (
	"fmt"
	"strconv"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
)

// exitCodesTopic is the help that is about no command: `wsdoctor help exit-codes`.
const exitCodesTopic = "exit-codes"

// plainExits are the exit codes that name no layer; the catalogue says what each means.
var plainExits = []int{
	layer.ExitOK,
	layer.ExitDegraded,
	layer.ExitUsage,
	layer.ExitInconclusive,
	layer.ExitInternal,
	layer.ExitAsFarAsSeen,
	layer.ExitInterrupted,
}

// exitCodes prints what each exit code means, and who fixes what is wrong there.
func exitCodes(env Env) error {
	c := env.words()
	lines := c.Tell(words.Say("cli.exit.title")) + "\n\n"
	for _, code := range plainExits {
		lines += fmt.Sprintf("  %3d  %s\n", code, c.Tell(words.Say("cli.exit."+strconv.Itoa(code))))
	}
	lines += "\n"
	for _, l := range layer.All {
		lines += fmt.Sprintf(
			"  %3d  %s\n",
			l.Exit,
			c.Tell(
				words.Say(
					"cli.exit.layer",
					words.Args{"layer": words.Title(l.ID), "id": string(l.ID), "owner": words.Owner(l.Owner)},
				),
			),
		)
	}
	_, err := fmt.Fprint(env.Stdout, lines)
	return err
}
