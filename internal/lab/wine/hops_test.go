//go:build wine && linux

package wine

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/lab"
	"wsdoctor/internal/layer"
)

// overHops are networks of several routers that the Windows build is run in, and the
// layer that it names there, if any. Wine passes nothing on of what routers say, so that
// what ends on the way stays open; and it trusts no authority of ours, so that not even
// a healthy network is called so. Nobody may be accused falsely in any of them, and
// nothing dead be called fine.
var overHops = map[string]layer.ID{
	"healthy":                "",
	"healthy-udp-silent":     "",
	"dns-nxdomain":           layer.DNS,
	"dns-silent":             layer.DNS,
	"dns-one-dead":           "",
	"gateway-dead":           "",
	"no-default-route":       "",
	"portal":                 layer.CaptivePortal,
	"inspection":             layer.TLSInspection,
	"clock-ahead":            "",
	"firewall-rejects-pcoip": "",
	"firewall-drops-pcoip":   "",
	"firewall-drops-443":     "",
	"firewall-drops-all":     "",
	"firewall-resets":        "",
	"provider-drops":         "",
}

// inItsOwnNetwork runs a command of Windows with a server of its own, which ends with
// it: the sockets of Wine's programs lie in the network of their server.
const inItsOwnNetwork = `"$WINELOADER" "$@"; code=$?; "$WINESERVER" -k -w; exit $code`

func TestNetworksOfSeveralRouters(t *testing.T) {
	prefix := filepath.Join(folder, "hops")
	if out, err := exec.Command("cp", "-a", os.Getenv("WINEPREFIX"), prefix).CombinedOutput(); err != nil {
		t.Fatalf("copy Wine's folder: %v\n%s", err, out)
	}
	for name, names := range overHops {
		t.Run(name, func(t *testing.T) {
			s, known := lab.Find(name)
			if !known {
				t.Fatal("no such scenario")
			}
			ctx, cancel := context.WithTimeout(t.Context(), longest)
			defer cancel()
			var out, errs bytes.Buffer
			command := append([]string{"sh", "-c", inItsOwnNetwork, "sh", windowsBuild, s.Command(), "-o", "json"}, s.Flags()...)
			r, err := lab.Run(ctx, lab.Options{
				Scenario: s, Command: command, Stdout: &out, Stderr: &errs, Unprivileged: true, // Wine's folder is this user's
				Env: []string{
					"WINEPREFIX=" + prefix, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=", "HOME=" + folder,
					loaderVariable + "=" + os.Getenv(loaderVariable), serverVariable + "=" + os.Getenv(serverVariable),
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			var got struct{ Verdict lab.Verdict }
			if err := json.Unmarshal(out.Bytes(), &got); err != nil {
				t.Fatalf("exit code %d, %v\n%.1000s\n%.1000s", r.ExitCode, err, out.String(), errs.String())
			}
			v, named := got.Verdict, layer.ID("")
			if v.Layer != nil {
				named = *v.Layer
			}
			_, accused := s.Expect.Accepts(v)
			cleared := v.Status == finding.StatusOK && name != "healthy"
			if accused || cleared || names != "" && named != names {
				t.Errorf("%s %s %s: %s (exit code %d)", v.Status, named, v.Confidence, v.Summary, r.ExitCode)
			}
			t.Logf("%s %q %s: %s", v.Status, named, v.Confidence, v.Summary)
		})
	}
}
