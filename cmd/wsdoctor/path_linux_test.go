package main

import (
	"encoding/json"
	"net/netip"
	"os"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/lab"
	"wsdoctor/probe"
)

// TestPathInTheLab asks `path` about one port, and reads the interval it tells
// from JSON: the routers of the simulated network are known.
func TestPathInTheLab(t *testing.T) {
	if os.Getenv(lab.Disable) == "1" {
		t.Skip(lab.Disable + "=1 is set")
	}
	program := build(t)
	const router, firewall, provider = "192.168.50.1", "10.20.0.1", "203.0.113.9"
	for _, c := range []struct {
		scenario      string
		host          string
		args          []string
		exit          int
		kind          diagnose.PathKind
		after, before string
	}{
		{"path-router-drops-40ms", "drp-iad.amazonworkspaces.com", nil, 16, diagnose.PathBracketed, router, firewall},
		{"path-firewall-drops-40ms", "3.209.215.252", nil, 16, diagnose.PathBracketed, firewall, provider},
		{"path-firewall-resets", "3.209.215.252", nil, 16, diagnose.PathForged, firewall, provider},
		{"path-gateway-refuses", "3.209.215.252", nil, 22, diagnose.PathRefused, "", ""},
		{"healthy-40ms", "drp-iad.amazonworkspaces.com", nil, 0, diagnose.PathReached, "", ""},
		{"healthy", "drp-workspaces.us-east-1.api.aws", []string{"-6"}, 0, diagnose.PathReached, "", ""},
		{"path-edge-drops", "3.209.215.252", nil, 3, diagnose.PathPasses, "", ""},
		{"path-mute-all-firewall-drops", "3.209.215.252", nil, 3, diagnose.PathUnknown, "", ""},
	} {
		t.Run(c.scenario, func(t *testing.T) {
			command := append([]string{program, "path", c.host, "4172", "-o", "json"}, c.args...)
			result, out := inLab(t, c.scenario, command...)
			var report struct {
				Verdicts []diagnose.Located `json:"verdicts"`
				Sweeps   []struct {
					Transport probe.Transport `json:"transport"`
					Packets   int             `json:"packets"`
				} `json:"sweeps"`
			}
			if err := json.Unmarshal(out, &report); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if result.ExitCode != c.exit || len(report.Sweeps) != 3 || len(report.Verdicts) != 2 {
				t.Fatalf("exit code %d, want %d; %d sweeps, %d verdicts\n%s", result.ExitCode, c.exit, len(report.Sweeps), len(report.Verdicts), out)
			}
			v := report.Verdicts[0]
			for _, other := range report.Verdicts {
				if other.Transport == probe.TCP {
					v = other
				}
			}
			if v.Kind != c.kind || v.Summary == "" {
				t.Errorf("%s (%s), want %s", v.Kind, v.Summary, c.kind)
			}
			if c.after != "" && (v.Path.After != netip.MustParseAddr(c.after) || v.Path.Before != netip.MustParseAddr(c.before)) {
				t.Errorf("between %s and %s, want %s and %s", v.Path.After, v.Path.Before, c.after, c.before)
			}
			_, table := inLab(t, c.scenario, append([]string{program, "path", c.host, "4172"}, c.args...)...)
			for _, want := range []string{"HOP", "tcp/4172", "udp/4172", "tcp/443 (control)", v.Summary} {
				if !strings.Contains(string(table), want) {
					t.Errorf("the table lacks %q:\n%s", want, table)
				}
			}
		})
	}
}
