package cli

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"wsdoctor/internal/report"
	"wsdoctor/probe"
)

// slow is a scenario of the loopback variant in which nothing ever comes back, so
// that its run takes seconds unless it is interrupted.
const slow = "firewall-drops-all"

// nothingGoesOn wants no goroutine but those that were there before. Package net takes
// its time to give up a name that nobody waits for any more, the more so beside other work.
func nothingGoesOn(t *testing.T, before goleak.Option) {
	t.Helper()
	var err error
	for began := time.Now(); time.Since(began) < 10*time.Second; time.Sleep(50 * time.Millisecond) {
		if err = goleak.Find(before); err == nil {
			return
		}
	}
	t.Error(err)
}

// Whenever a run is interrupted, it ends at once with a report, and nothing goes
// on behind its back.
func TestAnInterruptedRunLeavesNothingBehind(t *testing.T) {
	for _, after := range []time.Duration{0, 20 * time.Millisecond, 250 * time.Millisecond} {
		t.Run(after.String(), func(t *testing.T) {
			defer nothingGoesOn(t, goleak.IgnoreCurrent())
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			began := time.Now()
			if after == 0 {
				cancel()
			}
			time.AfterFunc(after, cancel)
			r := execute(ctx, "demo", "--loopback", slow, "-o", "json")
			if took := time.Since(began); took > after+3*time.Second { // without the interrupt it is five
				t.Errorf("took %s", took)
			}
			if r.code != 130 {
				t.Errorf("exit code %d\n%s", r.code, r.stderr)
			}
			stored, err := report.Parse(strings.NewReader(r.out))
			if err != nil {
				t.Fatal(err)
			}
			notRun := 0
			for _, o := range stored.Observations {
				if o.Outcome == probe.NotRun {
					notRun++
				}
			}
			if !stored.Run.Interrupted || notRun == 0 {
				t.Errorf("interrupted %v, %d of %d observations are not-run", stored.Run.Interrupted, notRun, len(stored.Observations))
			}
		})
	}
}

func TestAFinishedRunLeavesNothingBehind(t *testing.T) {
	defer nothingGoesOn(t, goleak.IgnoreCurrent())
	r := execute(t.Context(), "demo", "--loopback", "healthy", "-q")
	if r.code != 0 || r.out == "" {
		t.Errorf("exit code %d: %s%s", r.code, r.out, r.stderr)
	}
}

func TestRegionsCanBeInterruptedInEveryFormat(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // before anything is sent
	for _, format := range []string{"text", "json"} {
		if r := execute(ctx, "regions", "-o", format); r.code != 130 || !strings.Contains(r.out, "us-east-1") {
			t.Errorf("%s: exit code %d\n%s", format, r.code, r.out)
		}
	}
}
