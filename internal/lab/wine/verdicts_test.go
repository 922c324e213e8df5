//go:build wine && linux

package wine

import (
	"encoding/json"
	"fmt"
	"testing"

	"wsdoctor/internal/lab"
)

// otherwise are the scenarios whose verdict cannot be Linux's, and why. Elsewhere
// the two are equal.
var otherwise = map[string]struct{ verdict, why string }{
	"gateway-refuses":       {"inconclusive  port_refused  3", "a refused UDP port is told without who refused it"},
	"gateway-refuses-pcoip": {"inconclusive  port_refused  3", "a refused UDP port is told without who refused it"},
}

// tries is how often the two are compared: on a busy computer a verdict that rests on
// who answers in time may come out either way, on both systems.
const tries = 3

// verdict is what scripts go by.
func verdict(t *testing.T, s said) string {
	t.Helper()
	var r struct {
		Schema  string
		Verdict struct{ Status, Layer, Code, Confidence string }
	}
	if err := json.Unmarshal([]byte(s.out), &r); err != nil || r.Schema == "" {
		t.Fatalf("exit code %d, %v\n%.500s\n%s", s.code, err, s.out, s.err)
	}
	v := r.Verdict
	return fmt.Sprintf("%s %s %s %s %d", v.Status, v.Layer, v.Code, v.Confidence, s.code)
}

func TestLoopbackVerdictsAreLinuxs(t *testing.T) {
	seen := 0
	for _, s := range lab.Scenarios() {
		if !s.Loopback {
			continue
		}
		seen++
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			args := []string{"demo", "--loopback", s.Name, "-o", "json"}
			var want, got string
			for range tries {
				want, got = verdict(t, linux(t, args...)), verdict(t, windows(t, args...))
				if got == want {
					break
				}
			}
			if o, known := otherwise[s.Name]; known {
				if got != o.verdict {
					t.Errorf("%q, and not %q (%s); on Linux %q", got, o.verdict, o.why, want)
				}
				return
			}
			if got != want {
				t.Errorf("%q, on Linux %q", got, want)
			}
		})
	}
	if seen < 60 {
		t.Errorf("only %d scenarios can be shown on loopback", seen)
	}
}
