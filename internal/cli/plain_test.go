package cli

import (
	"testing"

	"github.com/spf13/cobra"
)

func TestEveryCommandCanBePlain(t *testing.T) {
	seen := 0
	everyCommand(func(cmd *cobra.Command) {
		cmd.InheritedFlags() // gathers them
		if cmd.Flags().Lookup("plain") == nil && cmd.PersistentFlags().Lookup("plain") == nil {
			t.Errorf("%s: no %s", cmd.CommandPath(), plainFlag)
		}
		seen++
	})
	if seen < 15 {
		t.Errorf("only %d commands", seen)
	}
}

func TestWhoAsksForPlainLines(t *testing.T) {
	for _, c := range []struct {
		args     []string
		variable string
		want     bool
	}{
		{nil, "", false},
		{[]string{"check"}, "1", true},
		{[]string{"check"}, "true", true},
		{[]string{"check"}, "yes", true},
		{[]string{"check"}, "0", false},
		{[]string{"check"}, "false", false},
		{[]string{"check", "--plain"}, "", true},
		{[]string{"--plain=true", "check"}, "0", true},
		{[]string{"--plain=false", "check"}, "1", false},
		{[]string{"explain", "--", "--plain"}, "", false},
		{[]string{"explain", "--", "--plain"}, "1", true},
		{[]string{"--plain=perhaps"}, "", false}, // the library refuses it
	} {
		getenv := func(name string) string {
			if name == accessible {
				return c.variable
			}
			return ""
		}
		if got := plainly(c.args, getenv); got != c.want {
			t.Errorf("%q, %s=%q: %v", c.args, accessible, c.variable, got)
		}
	}
}
