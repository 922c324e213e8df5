package main

import (
	"encoding/json"
	"net/netip"
	"os"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/sweep"
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
	const gateway = "3.209.215.252"
	for _, c := range []struct {
		scenario      string
		host          string
		args          []string
		exit          int
		kind          sweep.Kind // of TCP
		after, before string
		says          string // in the text
	}{
		{"path-router-drops-40ms", "drp-iad.amazonworkspaces.com", nil, 16, sweep.Bracketed, router, firewall, "At fault: network firewall (likely)."},
		{"path-firewall-drops-40ms", gateway, nil, 16, sweep.Bracketed, firewall, provider, "Odds: 8 probes got no answer,"},
		{"path-provider-drops-40ms", gateway, nil, 17, sweep.Bracketed, provider, "52.94.0.2", "Perhaps: streaming gateway"},
		{"path-firewall-resets", gateway, nil, 16, sweep.Forged, firewall, provider, "are refused, not by the host"},
		{"path-gateway-refuses", gateway, nil, 22, sweep.Refused, "", "", "The host itself refuses"},
		{"gateway-rejects", gateway, nil, 22, sweep.Refused, "", "", "that it forbids packets to TCP port 4172"},
		{"router-rejects", gateway, nil, 16, sweep.Rejected, router, "", "Your router 192.168.50.1 answers packets to TCP port 4172 by ICMP 3/13: it forbids them."},
		{"router-unreachable", gateway, nil, 3, sweep.Rejected, router, "", "by ICMP 3/1: it has no route"},
		{"healthy-40ms", "drp-iad.amazonworkspaces.com", nil, 0, sweep.Reached, "", "", "TCP port 4172 answers at hop 5."},
		{"healthy", "drp-workspaces.us-east-1.api.aws", []string{"-6"}, 0, sweep.Reached, "", "", "UDP port 4172 answers at hop 5."},
		{"path-ipv6-only-router-drops", "drp-workspaces.us-east-1.api.aws", nil, 16, sweep.Bracketed, "2001:db8:50::1", "2001:db8:50:20::1", "an address of this network"},
		{"path-edge-drops", gateway, nil, 3, sweep.Passes, "", "", "pass every device that can be seen"},
		{"path-mute-all-firewall-drops", gateway, nil, 3, sweep.Unknown, "", "", "no device on the way answers for the control"},
		{"host-policy", gateway, nil, 11, sweep.Local, "", "", "This computer's own firewall or security software refuses to send to TCP port 4172."},
		{"host-rejects", gateway, nil, 11, sweep.Local, "", "", "At fault: this computer's firewall (proven)."},
		{"host-drops-pcoip", gateway, nil, 11, sweep.Bracketed, "", router, "which refuses to send to that port over another protocol"},
		{"path-host-swallows", gateway, nil, 3, sweep.Bracketed, "", router, "Perhaps: this computer's firewall"},
		{"gateway-dead", gateway, nil, 3, sweep.Unknown, "", "", "no device on the way answers for the control"},
		{"inspection", gateway, nil, 0, sweep.Reached, "", "", "TCP port 443 are answered, not by the host but by a device between your router 192.168.50.1 and 10.20.0.1"},
	} {
		t.Run(c.scenario, func(t *testing.T) {
			command := append([]string{program, "path", c.host, "4172", "-o", "json"}, c.args...)
			result, out := inLab(t, c.scenario, command...)
			if err := fitsSchema(out); err != nil {
				t.Errorf("%v in\n%s", err, out)
			}
			var report struct {
				Verdicts []struct {
					Transport probe.Transport `json:"transport"`
					Control   bool            `json:"control"`
					Kind      sweep.Kind      `json:"kind"`
					Path      sweep.Path      `json:"path"`
					Summary   string          `json:"summary"`
				} `json:"verdicts"`
				Sweeps []struct {
					Transport probe.Transport `json:"transport"`
					Packets   int             `json:"packets"`
				} `json:"sweeps"`
			}
			if err := json.Unmarshal(out, &report); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			asked := report.Verdicts[:0:0]
			for _, v := range report.Verdicts {
				if !v.Control {
					asked = append(asked, v)
				}
			}
			if result.ExitCode != c.exit || len(report.Sweeps) != 4 || len(asked) != 2 {
				t.Fatalf("exit code %d, want %d; %d sweeps, %d verdicts\n%s", result.ExitCode, c.exit, len(report.Sweeps), len(report.Verdicts), out)
			}
			v := asked[0]
			for _, other := range asked {
				if other.Transport == probe.TCP {
					v = other
				}
			}
			if v.Kind != c.kind || v.Summary == "" {
				t.Errorf("%s (%s), want %s", v.Kind, v.Summary, c.kind)
			}
			word := func(a netip.Addr) string {
				if !a.IsValid() {
					return ""
				}
				return a.String()
			}
			if (c.after != "" || c.before != "") && (word(v.Path.After) != c.after || word(v.Path.Before) != c.before) {
				t.Errorf("between %s and %s, want %s and %s", v.Path.After, v.Path.Before, c.after, c.before)
			}
			_, table := inLab(t, c.scenario, append([]string{program, "path", c.host, "4172"}, c.args...)...)
			for _, want := range []string{"HOP", "tcp/4172", "udp/4172", "tcp/443 (control)", "WHAT", v.Summary, c.says} {
				if !strings.Contains(string(table), want) {
					t.Errorf("the table lacks %q:\n%s", want, table)
				}
			}
		})
	}
}

// TestPathInterrupted: Ctrl-C while nothing answers still gives what was seen.
func TestPathInterrupted(t *testing.T) {
	if os.Getenv(lab.Disable) == "1" {
		t.Skip(lab.Disable + "=1 is set")
	}
	program := build(t)
	result, out := inLab(t, "path-mute-all-firewall-drops", "timeout", "--preserve-status", "--signal=INT", "0.5",
		program, "path", "3.209.215.252", "4172", "-o", "json")
	if err := fitsSchema(out); err != nil || result.ExitCode != 130 {
		t.Errorf("exit code %d, want 130; %v in\n%s", result.ExitCode, err, out)
	}
}
