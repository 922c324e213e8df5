package cli

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"wsdoctor/internal/layer"
)

const anyKey = "Press any key to close this window."

// A window that closes with the program must show what the program said last.
func TestAWindowOfItsOwnStaysUntilAKeyIsPressed(t *testing.T) {
	for name, c := range map[string]struct {
		own  func() bool
		args []string
		code int
		said string // on standard error, before the question
		asks bool
	}{
		"opened for it":               {func() bool { return true }, []string{"symptoms"}, 0, "", true},
		"opened for it, and an error": {func() bool { return true }, []string{"chek"}, layer.ExitUsage, "hint: wsdoctor check", true},
		"a shell's":                   {func() bool { return false }, []string{"chek"}, layer.ExitUsage, "hint: wsdoctor check", false},
		"no window":                   {nil, []string{"chek"}, layer.ExitUsage, "hint: wsdoctor check", false},
	} {
		keys := strings.NewReader("kk")
		var out, errs bytes.Buffer
		code := Execute(t.Context(), Env{Stdin: keys, Stdout: &out, Stderr: &errs, Getenv: getenv(), OwnWindow: c.own}, c.args)
		said, _, asked := strings.Cut(errs.String(), anyKey)
		if code != c.code || asked != c.asks || !strings.Contains(said, c.said) {
			t.Errorf("%s: exit code %d\n%s", name, code, errs.String())
		}
		if pressed := 2 - keys.Len(); (pressed == 1) != c.asks {
			t.Errorf("%s: %d keys were read", name, pressed)
		}
	}
}

// brokenStream panics when it is written to, as a defect would.
type brokenStream struct{}

func (brokenStream) Write([]byte) (int, error) { panic("a defect") }

func TestAWindowOfItsOwnShowsADefectToo(t *testing.T) {
	var errs bytes.Buffer
	code := Execute(t.Context(), Env{Stdin: strings.NewReader("k"), Stdout: brokenStream{}, Stderr: &errs, Getenv: getenv(), OwnWindow: func() bool { return true }}, []string{"symptoms"})
	before, _, asked := strings.Cut(errs.String(), anyKey)
	if code != layer.ExitInternal || !asked || !strings.Contains(before, "a defect") {
		t.Errorf("exit code %d\n%s", code, errs.String())
	}
}

// The library would print a text of its own and quit.
func TestADoubleClickIsNotSentAway(t *testing.T) {
	New(Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard, Getenv: getenv()})
	if cobra.MousetrapHelpText != "" {
		t.Errorf("started from Explorer it says %q", cobra.MousetrapHelpText)
	}
}
