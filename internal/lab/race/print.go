//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
)

// print writes the race as tables or as JSON.
func (o outcome) print(w io.Writer, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(o)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d rounds on %d processors. Median (fastest–slowest).\n%s\n", o.Rounds, o.Processors, o.Nmap)
	if len(o.rulers) > 0 {
		fmt.Fprintf(&b, "AWS is %.1f ms away where nothing else is said.\n", o.RTT.Median)
	}
	for _, h := range o.Worlds {
		h.table(&b)
		if h.Name == healthy {
			fmt.Fprintf(
				&b,
				"\nFloor: 4 round trips (name, TCP, TLS 1.3, HTTP) are %.0f ms; wsdoctor takes %.2f × that.\n",
				o.Floor.Median,
				o.ToFloor.Median,
			)
			fmt.Fprintf(
				&b,
				"The simulated name server is nearer than AWS: the bare chain takes %.0f ms; wsdoctor takes %.2f × that.\n",
				o.Chain.Median,
				o.ToChain.Median,
			)
		}
	}
	b.WriteString("\nWhat each run checks\n")
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	seen := map[string]bool{}
	for _, h := range o.Worlds {
		for _, r := range h.Rows {
			if !seen[r.Name] {
				seen[r.Name] = true
				fmt.Fprintf(t, "  %s\t%s%s\n", r.Name, r.Checks, asRoot(r.Root))
			}
		}
	}
	t.Flush()
	b.WriteString("\nAims\n")
	for _, a := range o.Aims {
		fmt.Fprintf(t, "  %s\t%s\t%s\n", map[bool]string{true: "met", false: "MISSED"}[a.Met], a.Aim, a.Measured)
	}
	t.Flush()
	_, err := w.Write(b.Bytes())
	return err
}

func asRoot(root bool) string {
	if root {
		return " (as root)"
	}
	return ""
}

func (h heat) table(w io.Writer) {
	fmt.Fprintf(w, "\n%s (%s)\n", h.Title, h.Name)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "  \twall, ms\tfirst packet, ms\tpackets sent\tmemory, MB\ttime of %s\n", h.Reference)
	for _, r := range h.Rows {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\t× %.2f\n", r.Name, r.Wall, r.First, r.Packets, r.Memory, r.Ratio)
	}
	t.Flush()
}

// String is "median (fastest–slowest)".
func (s spread) String() string { return fmt.Sprintf("%.0f (%.0f–%.0f)", s.Median, s.Min, s.Max) }
