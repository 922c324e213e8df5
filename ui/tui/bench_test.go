package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/ui/chart"
)

// large is a report of so many observations.
func large(n int) report.Report {
	r := reporttest.Hops()
	few := r.Observations
	for i := len(few); i < n; i++ {
		o := few[i%len(few)]
		o.ID = fmt.Sprintf("o%d", i+1)
		r.Observations = append(r.Observations, o)
	}
	return r
}

// frameLimit is what a frame of 200 by 60 with 500 observations may take.
const frameLimit = 5 * time.Millisecond

func BenchmarkFrame(b *testing.B) {
	for name, keys := range map[string][]string{"map": nil, "evidence": {"e"}, "layers": {"tab"}, "help": {"?"}, "architecture": {"a"}} {
		b.Run(name, func(b *testing.B) {
			r := large(500)
			m, _ := at(200, 60, &r, Options{Unicode: true})
			press(m, keys...)
			b.ReportAllocs()
			for b.Loop() {
				m.View()
			}
			if per := b.Elapsed() / time.Duration(b.N); b.N > 100 && per > frameLimit {
				b.Errorf("%s for a frame, more than %s", per, frameLimit)
			}
		})
	}
	b.Run("account", func(b *testing.B) {
		m := seen("faults", "a")(200, 60, Options{Unicode: true})
		for b.Loop() {
			press(m, "esc")
			m.View()
			press(m, "a")
			m.View()
		}
		if per := b.Elapsed() / time.Duration(2*b.N); b.N > 100 && per > frameLimit {
			b.Errorf("%s for a frame, more than %s", per, frameLimit)
		}
	})
	// The floor: as much text, copied.
	b.Run("copy", func(b *testing.B) {
		r := large(500)
		m, _ := at(200, 60, &r, Options{Unicode: true})
		s := m.View().Content
		for b.Loop() {
			_ = strings.Clone(s)
		}
	})
}

func BenchmarkEvents(b *testing.B) {
	r := large(500)
	for b.Loop() {
		chart.FoldFacts(&chart.DeskScheme, r.Observations)
	}
}
