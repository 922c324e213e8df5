package socket

import (
	"testing"
	"time"
)

func TestSpanOfTicks(t *testing.T) {
	const year = 365 * 24 * time.Hour
	for _, test := range []struct {
		ticks, perSecond int64
		want             time.Duration
	}{
		{4_321, 10_000_000, 432_100 * time.Nanosecond}, // a router within one step of the clock
		{25, 24_000_000, 1_041 * time.Nanosecond},
		{10_000_000*int64(year/time.Second) + 1, 10_000_000, year + 100*time.Nanosecond},
		{3_000_000_000*int64(year/time.Second) + 2_999_999_999, 3_000_000_000, year + 999_999_999*time.Nanosecond},
		{5, 0, 0}, // a counter that is not there
	} {
		if got := span(test.ticks, test.perSecond); got != test.want {
			t.Errorf("%d ticks, %d a second: %v, want %v", test.ticks, test.perSecond, got, test.want)
		}
	}
}

func TestStopwatchSeesTheShortestMoment(t *testing.T) {
	w := startWatch()
	for range 1_000_000 {
		if d := w.elapsed(); d > 0 {
			if d > time.Second {
				t.Errorf("%v", d)
			}
			return
		}
	}
	t.Error("no time passed")
}
