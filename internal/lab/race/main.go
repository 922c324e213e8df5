//go:build linux

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"wsdoctor/internal/lab"
)

// Exit codes.
const (
	exitMet = iota
	exitMissed
	exitNotRun
)

// defaultRounds is enough for a median that one slow run does not move.
const defaultRounds = 7

// options are the command's flags.
type options struct {
	rounds  int
	json    bool
	program string // wsdoctor; empty: build it
	worlds  []world
}

func main() {
	if lab.IsHost() {
		lab.HostMain(lab.Hooks{}) // never returns
	}
	if isRuler() {
		os.Exit(rulerMain(os.Stdout))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code, err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "race:", err)
	}
	os.Exit(code)
}

func run(ctx context.Context, args []string, out, progress io.Writer) (int, error) {
	var o options
	flags := flag.NewFlagSet("race", flag.ContinueOnError)
	flags.IntVar(&o.rounds, "n", defaultRounds, "rounds")
	flags.BoolVar(&o.json, "json", false, "print JSON")
	flags.StringVar(&o.program, "wsdoctor", "", "race this wsdoctor instead of building one")
	names := flags.String("worlds", "", "`names` of the worlds to race in, with commas between; all if empty")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitMet, nil
	} else if err != nil {
		return exitNotRun, nil // flags has said what is wrong
	}
	var err error
	if o.worlds, err = choose(*names); err != nil {
		return exitNotRun, err
	}
	if flags.NArg() > 0 || o.rounds < 1 {
		return exitNotRun, fmt.Errorf("race takes flags only, and at least one round")
	}
	if os.Geteuid() != 0 {
		return exitNotRun, fmt.Errorf("nmap's raw sockets need root; run: sudo go run ./internal/lab/race")
	}
	if err := needed(exec.LookPath, os.Stat); err != nil {
		return exitNotRun, err
	}
	if o.program == "" {
		dir, err := os.MkdirTemp("", "race")
		if err != nil {
			return exitNotRun, err
		}
		defer os.RemoveAll(dir)
		if o.program, err = build(ctx, dir, progress); err != nil {
			return exitNotRun, err
		}
	}
	result, err := race(ctx, o, progress)
	if err != nil {
		return exitNotRun, err
	}
	if err := result.print(out, o.json); err != nil {
		return exitNotRun, err
	}
	if !result.allMet() {
		return exitMissed, nil
	}
	return exitMet, nil
}

// choose gives the worlds of these names in the table's order, or all.
func choose(names string) ([]world, error) {
	if names == "" {
		return worlds, nil
	}
	list := strings.Split(names, ",")
	var chosen []world
	var all []string
	for _, w := range worlds {
		all = append(all, w.name)
		if slices.Contains(list, w.name) {
			chosen = append(chosen, w)
		}
	}
	for _, name := range list {
		if !slices.Contains(all, name) {
			return nil, fmt.Errorf("there is no world %q; there are %s", name, strings.Join(all, ", "))
		}
	}
	return chosen, nil
}

// trustStore is a real computer's certificate authorities. wsdoctor reads them
// beside the simulated one, as it would have to.
const trustStore = "/etc/ssl/certs"

// needed says what is missing, and in which Debian package it is.
func needed(find func(string) (string, error), stat func(string) (os.FileInfo, error)) error {
	var missing []error
	for _, peer := range []struct{ program, pkg string }{{"nmap", "nmap"}, {"ncat", "ncat"}, {"mtr", "mtr-tiny"}, {"traceroute", "traceroute"}} {
		if _, err := find(peer.program); err != nil {
			missing = append(
				missing,
				fmt.Errorf(
					"%s is not installed; run: apt-get install -y --no-install-recommends %s",
					peer.program,
					peer.pkg,
				),
			)
		}
	}
	if _, err := stat(filepath.Join(trustStore, "ca-certificates.crt")); err != nil {
		missing = append(
			missing,
			fmt.Errorf(
				"there are no certificate authorities in %s; run: apt-get install -y --no-install-recommends ca-certificates",
				trustStore,
			),
		)
	}
	return errors.Join(missing...)
}

// build makes the program that users get.
func build(ctx context.Context, dir string, progress io.Writer) (string, error) {
	program := filepath.Join(dir, "wsdoctor")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", program, "wsdoctor/cmd/wsdoctor")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stdout, cmd.Stderr = progress, progress
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("build wsdoctor: %w", err)
	}
	return program, nil
}
