// Command wsdoctor answers one question for people who use Amazon WorkSpaces:
// why can't I get to my desktop, and who has to fix it?
package main

import (
	"context"
	"os"

	"wsdoctor/internal/attention"
	"wsdoctor/internal/cli"
	"wsdoctor/internal/lab"
)

func main() {
	if lab.IsHost() {
		attention.Ignore()
		lab.HostMain(lab.Hooks{}) // the demo's simulated network; never returns
	}
	os.Exit(cli.Main(attention.Context(context.Background())))
}
