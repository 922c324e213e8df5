// Command wsdoctor answers one question for people who use Amazon WorkSpaces:
// why can't I get to my desktop, and who has to fix it?
package main

import (
	"context"
	"os"

	"wsdoctor/internal/attention"
	"wsdoctor/internal/cli"
)

func main() {
	playHost()
	ctx, stop := attention.Context(context.Background())
	os.Exit(cli.Main(ctx, stop, nil))
}
