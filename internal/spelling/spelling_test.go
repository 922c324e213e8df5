package spelling

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"tokio", "tokyo", 1},
		{"kitten", "sitting", 3}, {"größe", "grösse", 2}, {"ab", "ba", 2},
	} {
		if got := Distance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	words := []string{"--region", "--redact", "--symptom", "--output"}
	for word, want := range map[string][]string{
		"--regoin":                {"--region"},
		"--symptoms":              {"--symptom"},
		"--unheard-of":            nil,
		strings.Repeat("x", 10e6): nil,
	} {
		if diff := cmp.Diff(want, Nearest(word, words)); diff != "" {
			t.Errorf("%.20q (-want +got):\n%s", word, diff)
		}
	}
}
