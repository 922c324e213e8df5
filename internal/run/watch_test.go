package run

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

const ms = time.Millisecond

func TestTheWatchdogSeesAStandstill(t *testing.T) {
	for _, c := range []struct {
		name  string
		gaps  []time.Duration
		stood time.Duration
	}{
		{"in time", []time.Duration{10 * ms, 10 * ms, 12 * ms}, 0},
		{"a little late", []time.Duration{10 * ms, 69 * ms, 10 * ms}, 0},
		{"late", []time.Duration{10 * ms, 70 * ms, 10 * ms}, 60 * ms},
		{"stopped", []time.Duration{10 * ms, 4 * time.Second}, 4*time.Second - 10*ms},
		{"again and again", []time.Duration{100 * ms, 100 * ms, 100 * ms}, 270 * ms},
	} {
		synctest.Test(t, func(t *testing.T) {
			var w watchdog
			w.look(time.Now())
			began := time.Now()
			for _, gap := range c.gaps {
				time.Sleep(gap)
				w.look(time.Now())
			}
			stood, last := late(w.all(), began, time.Now())
			if stood != c.stood || last.Lost {
				t.Errorf("%s: stood still for %v, want %v (%+v)", c.name, stood, c.stood, last)
			}
		})
	}
}

func TestALaterIntervalIsNotLate(t *testing.T) {
	began := time.Now()
	at := func(d time.Duration) time.Time { return began.Add(d) }
	pauses := []Pause{{From: at(100 * ms), To: at(200 * ms)}, {From: at(300 * ms), To: at(400 * ms), Lost: true}}
	for _, c := range []struct {
		from, to, want time.Duration
		lost           bool
	}{{0, 100 * ms, 0, false}, {0, 150 * ms, 50 * ms, false}, {150 * ms, 350 * ms, 100 * ms, true}, {200 * ms, 300 * ms, 0, false}, {400 * ms, time.Second, 0, false}} {
		if got, last := late(pauses, at(c.from), at(c.to)); got != c.want || last.Lost != c.lost {
			t.Errorf("%v to %v: %v, want %v (%+v)", c.from, c.to, got, c.want, last)
		}
	}
}

// A step's own limit is time in which it could do something.
func TestAStretchedLimitDoesNotCountAStandstill(t *testing.T) {
	for _, c := range []struct {
		name        string
		stood, hard time.Duration
		want        time.Duration
	}{
		{"none", 0, time.Minute, time.Second},
		{"half a second", 500 * ms, time.Minute, 1500 * ms},
		{"the run's own limit is above it", 500 * ms, 1200 * ms, 1200 * ms},
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			hard, release := context.WithTimeout(t.Context(), c.hard)
			defer release()
			ctx, cancel := stretch(hard, time.Second, func(time.Time, time.Time) time.Duration { return c.stood })
			defer cancel()
			child, free := context.WithTimeout(ctx, time.Hour)
			defer free()
			<-child.Done()
			if took := time.Since(began); took != c.want || !errors.Is(ctx.Err(), context.DeadlineExceeded) || !errors.Is(child.Err(), context.DeadlineExceeded) {
				t.Errorf("%s: %v after %v, want %v", c.name, ctx.Err(), took, c.want)
			}
		})
	}
}

func TestAStretchedContextEndsWithItsParent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, interrupt := context.WithCancel(t.Context())
		ctx, cancel := stretch(parent, time.Second, func(time.Time, time.Time) time.Duration { return 0 })
		defer cancel()
		if deadline, limited := ctx.Deadline(); !limited || time.Until(deadline) != time.Second {
			t.Errorf("deadline %v %v", deadline, limited)
		}
		interrupt()
		<-ctx.Done()
		if !errors.Is(ctx.Err(), context.Canceled) {
			t.Error(ctx.Err())
		}
	})
}
