package sweep

import (
	"fmt"
	"strings"
)

// Sentence says it in words, without a full stop.
func (o Odds) Sentence() string {
	return fmt.Sprintf("%d %s unanswered, of %d to what does answer %d lost: plain loss explains that with a chance of %s",
		o.Probes, probes(o.Probes), o.ControlProbes, o.ControlLost, Percent(o.Chance))
}

// Percent writes a chance for people.
func Percent(p float64) string {
	if p < 0.0001 {
		return "less than 0.01 %"
	}
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", 100*p), "0"), ".") + " %"
}

func probes(n int) string {
	if n == 1 {
		return "probe"
	}
	return "probes"
}
