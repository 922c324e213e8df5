package sweep

import (
	"fmt"
	"strings"
)

// Sentence says it in words, without a full stop.
func (o Odds) Sentence() string {
	loss := "random packet loss may explain that"
	if o.Chance <= ChanceLimit {
		loss = "random packet loss is ruled out"
	}
	return fmt.Sprintf("%d %s got no answer, %d of %d to open ports did: %s (chance %s)",
		o.Probes, probes(o.Probes), o.ControlProbes-o.ControlLost, o.ControlProbes, loss, Percent(o.Chance))
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
