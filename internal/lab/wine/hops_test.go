//go:build wine && linux

package wine

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/lab"
	"wsdoctor/internal/lab/right"
	"wsdoctor/internal/layer"
)

// overHops are networks of several routers that the Windows build is run in. Where it
// sees enough, the verdict is what is expected of Linux. Wine passes nothing on of what
// routers say, so that what ends on the way stays open; but nobody may be accused falsely
// in any of them, and nothing dead be called fine.
var overHops = map[string]struct {
	open string // why it need not be what is expected of Linux; empty: it must
}{
	"healthy":                {},
	"healthy-udp-silent":     {"no sweep shows the way as far as its last router"},
	"dns-nxdomain":           {},
	"dns-silent":             {},
	"dns-one-dead":           {},
	"gateway-dead":           {"the neighbour table is not read"},
	"no-default-route":       {},
	"portal":                 {},
	"inspection":             {},
	"clock-ahead":            {},
	"firewall-rejects-pcoip": {"who rejects is not told"},
	"firewall-drops-pcoip":   {"no sweep shows where"},
	"firewall-drops-443":     {"no sweep shows where"},
	"firewall-drops-all":     {"no sweep shows where"},
	"firewall-resets":        {"no sweep shows where"},
	"provider-drops":         {"no sweep shows where"},
}

// bundle is where Wine looks for authorities when its server begins.
const bundle = "/etc/ssl/certs/ca-certificates.crt"

// inItsOwnNetwork runs a command of Windows with a server of its own, which ends with
// it: the sockets of Wine's programs lie in the network of their server.
const inItsOwnNetwork = `"$WINELOADER" "$@"; code=$?; "$WINESERVER" -k -w; exit $code`

func TestNetworksOfSeveralRouters(t *testing.T) {
	anew(t) // a server that ends writes the registry down; until then it is not in its folder
	prefix := filepath.Join(folder, "hops")
	if out, err := exec.Command("cp", "-a", os.Getenv("WINEPREFIX"), prefix).CombinedOutput(); err != nil {
		t.Fatalf("copy Wine's folder: %v\n%s", err, out)
	}
	answers, err := right.Load("../testdata/answers.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range overHops {
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
				Scenario: s, Command: command, Stdout: &out, Stderr: &errs, Store: bundle, Unprivileged: true, // Wine's folder is this user's
				Env: []string{
					"WINEPREFIX=" + prefix, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=", "HOME=" + folder,
					loaderVariable + "=" + os.Getenv(loaderVariable), serverVariable + "=" + os.Getenv(serverVariable),
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			var got struct{ Verdict right.Verdict }
			if err := json.Unmarshal(out.Bytes(), &got); err != nil {
				t.Fatalf("exit code %d, %v\n%.1000s\n%.1000s", r.ExitCode, err, out.String(), errs.String())
			}
			v, named := got.Verdict, layer.ID("")
			if v.Layer != nil {
				named = *v.Layer
			}
			wrong, accused := answers[name].Accepts(v)
			cleared := v.Status == finding.StatusOK && len(wrong) > 0 && !strings.HasPrefix(name, "healthy")
			if accused || cleared || c.open == "" && len(wrong) > 0 {
				t.Errorf("%s %s %s: %s (exit code %d): %q", v.Status, named, v.Confidence, v.Summary, r.ExitCode, wrong)
			}
			t.Logf("%s %q %s: %s", v.Status, named, v.Confidence, v.Summary)
		})
	}
}
