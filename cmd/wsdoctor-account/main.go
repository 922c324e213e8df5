// Command wsdoctor-account is wsdoctor with the account's side linked in: it reads what
// the AWS account knows of a WorkSpace. It is a program of its own because the SDK that
// this takes makes it a third larger, and no desk needs it; `wsdoctor account` starts it.
package main

import (
	"context"
	"os"

	"wsdoctor/internal/account/aws"
	"wsdoctor/internal/attention"
	"wsdoctor/internal/cli"
)

func main() {
	playHost()
	ctx, stop := attention.Context(context.Background())
	os.Exit(cli.Main(ctx, stop, &aws.Side))
}
