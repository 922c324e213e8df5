//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"wsdoctor/internal/lab"
)

// patience bounds one run; the slowest peer takes about six seconds.
const patience = time.Minute

// race runs every racer in every world, round after round.
func race(ctx context.Context, o options, progress io.Writer) (outcome, error) {
	list, err := racers(o.program)
	if err != nil {
		return outcome{}, err
	}
	result := outcome{Rounds: o.rounds, Processors: runtime.NumCPU(), Nmap: nmapVersion(ctx)}
	for _, w := range o.worlds {
		done := newHeat(w, list)
		for round := range o.rounds {
			fmt.Fprintf(progress, "%s: round %d of %d\n", w.name, round+1, o.rounds)
			if w.name == healthy {
				r, err := runRuler(ctx, w)
				if err != nil {
					return outcome{}, fmt.Errorf("%s, measure the round trip: %w", w.name, err)
				}
				result.rulers = append(result.rulers, r)
			}
			for i := range done.Rows {
				row := &done.Rows[i]
				r, said, err := runOne(ctx, w, findRacer(list, row.Name))
				if err != nil {
					return outcome{}, fmt.Errorf("%s, %s: %w", w.name, row.Name, err)
				}
				row.runs = append(row.runs, r)
				if v, given := verdictOf(said); given {
					row.Verdicts = append(row.Verdicts, v)
				}
			}
		}
		done.sum()
		result.Worlds = append(result.Worlds, done)
	}
	result.conclude()
	return result, nil
}

// runOne is one run, in a network of its own, and what it said.
func runOne(ctx context.Context, w world, r racer) (lab.Result, []byte, error) {
	var out, errs bytes.Buffer
	result, err := lab.Run(ctx, lab.Options{
		Scenario: w.scenario(r.name), Command: r.command, Privileged: r.root, Timeout: patience,
		Env: []string{"SSL_CERT_DIR=" + trustStore}, Stdout: &out, Stderr: &errs,
	})
	said := slices.Concat(out.Bytes(), errs.Bytes())
	switch {
	case err != nil:
		return result, said, err
	case ctx.Err() != nil:
		return result, said, context.Cause(ctx)
	}
	wrong := r.proof[w.name](said)
	switch {
	case wrong != nil:
		return result, said, fmt.Errorf("exit code %d, and %w:\n%s", result.ExitCode, wrong, said)
	case result.FirstPacket == 0:
		return result, said, fmt.Errorf("no packet was seen to leave")
	}
	return result, said, nil
}

func runRuler(ctx context.Context, w world) (ruler, error) {
	var out, errs bytes.Buffer
	_, err := lab.Run(ctx, lab.Options{
		Scenario: w.scenario(
			"",
		),
		Command: []string{"/proc/self/exe", rulerArgument},
		Timeout: patience,
		Stdout:  &out,
		Stderr:  &errs,
	})
	if err != nil {
		return ruler{}, err
	}
	var r ruler
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.RTT <= 0 {
		return ruler{}, fmt.Errorf("no measurement: %v %s", err, errs.String())
	}
	return r, nil
}

func nmapVersion(ctx context.Context) string {
	out, _ := exec.CommandContext(ctx, "nmap", "--version").Output()
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}
