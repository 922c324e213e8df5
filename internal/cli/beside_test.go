package cli

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/probe"
)

func TestWhatIsReadBesideComesLastAndHoldsUpNobody(t *testing.T) {
	fact := func(op probe.Operation) []probe.Observation { return []probe.Observation{{Operation: op}} }
	last := func(context.Context) []probe.Observation { return fact(probe.HostNeighbour) }
	for name, c := range map[string]struct {
		takes time.Duration
		ops   []probe.Operation
		gap   string
	}{
		"at once":  {0, []probe.Operation{probe.HostNeighbour, probe.HostSoftware}, "hidden"},
		"in time":  {60 * time.Millisecond, []probe.Operation{probe.HostNeighbour, probe.HostSoftware}, "hidden"},
		"too late": {time.Minute, []probe.Operation{probe.HostNeighbour}, lateBeside},
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			l := startBeside(t.Context(), func(context.Context) besideFacts {
				time.Sleep(c.takes)
				return besideFacts{fact(probe.HostSoftware), []string{"hidden"}}
			})
			if time.Since(start) != 0 {
				t.Errorf("%s: the run waited", name)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			var ops []probe.Operation
			for _, o := range l.after(last)(ctx) {
				ops = append(ops, o.Operation)
			}
			if !slices.Equal(ops, c.ops) || !slices.Equal(l.gaps, []string{c.gap}) || time.Since(start) > 100*time.Millisecond {
				t.Errorf("%s: %q, gaps %q after %v", name, ops, l.gaps, time.Since(start))
			}
			time.Sleep(c.takes)
		})
	}
	l := startBeside(t.Context(), nil)
	if got := l.after(last)(t.Context()); len(got) != 1 || l.gaps != nil {
		t.Errorf("nothing is read beside, and this came: %+v", got)
	}
	if l.after(nil) != nil {
		t.Error("nothing is asked last, and something is called")
	}
}
