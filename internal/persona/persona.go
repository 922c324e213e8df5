// Command persona is wsdoctor as it would be on another system: the same commands
// over sockets that can do no more than the ones there. The lab runs it in its
// Linux namespaces, so that its scenarios and random worlds also judge what a
// Windows PC or a Mac would say:
//
//	go test ./internal/lab -run 'TestWorlds$' -worlds 300 -persona windows -v
//
// It stands at the seam of sockets (probe.Network) only. What this computer says of
// itself, its interfaces, routes, resolvers and counters, stays Linux's.
package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"wsdoctor/internal/attention"
	"wsdoctor/internal/cli"
	"wsdoctor/probe"
	"wsdoctor/probe/socket"
)

// system is whose abilities the program has: a key of the table systems. It is set
// when the program is built (-ldflags "-X main.system=windows"), so that the program
// takes the place of wsdoctor without a word on the command line.
var system string

func main() {
	s, known := systems[system]
	if !known {
		fmt.Fprintf(os.Stderr, "persona: no system %q; build with -ldflags \"-X main.system=NAME\", NAME one of %s\n",
			system, strings.Join(slices.Sorted(maps.Keys(systems)), ", "))
		os.Exit(2)
	}
	ctx, stop := attention.Context(context.Background())
	context.AfterFunc(ctx, stop)
	os.Exit(cli.Execute(ctx, cli.Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
		Network: func(rtt *probe.RTT) probe.Network { return s.over(socket.New(socket.Options{RTT: rtt})) },
	}, os.Args[1:]))
}
