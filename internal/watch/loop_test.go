package watch

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/internal/report"
)

// bench is a loop of runs that take no time, and when they began.
type bench struct {
	Loop
	began []time.Duration
	slept []bool
}

func newBench(p Pace) *bench {
	b := &bench{Loop: Loop{Pace: p, Now: Clocks()}}
	start := time.Now()
	b.Run = func(context.Context) (report.Report, error) {
		b.began = append(b.began, time.Since(start))
		return report.Report{}, nil
	}
	b.Tell = func(_ report.Report, slept bool) (bool, error) {
		b.slept = append(b.slept, slept)
		return false, nil
	}
	return b
}

// half is chance that is none.
func half() float64 { return 0.5 }

func minutes(list ...float64) (all []time.Duration) {
	for _, m := range list {
		all = append(all, time.Duration(m*float64(time.Minute)))
	}
	return all
}

func TestItRunsByThePaceUntilItsTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(Pace{Every: 5 * time.Minute})
		b.For = 20 * time.Minute
		if err := b.Do(t.Context()); !errors.Is(err, ErrTime) || !slices.Equal(b.began, minutes(0, 5, 10, 15, 20)) {
			t.Errorf("%v at %v", err, b.began)
		}
	})
}

func TestEnoughIsEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(Pace{Every: time.Minute})
		b.Tell = func(report.Report, bool) (bool, error) { return len(b.began) == 3, nil }
		if err := b.Do(t.Context()); !errors.Is(err, ErrEnough) || len(b.began) != 3 {
			t.Errorf("%v after %d", err, len(b.began))
		}
	})
}

// A run that takes longer than its interval is not overtaken by the next.
func TestRunsDoNotOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(Pace{Every: Least})
		b.For = 4 * time.Minute
		running := false
		run := b.Run
		b.Run = func(ctx context.Context) (report.Report, error) {
			if running {
				t.Error("two at once")
			}
			running = true
			defer func() { running = false }()
			r, err := run(ctx)
			time.Sleep(70 * time.Second)
			return r, err
		}
		b.Do(t.Context())
		if want := []time.Duration{
			0,
			71 * time.Second,
			142 * time.Second,
			213 * time.Second,
		}; !slices.Equal(
			b.began,
			want,
		) {
			t.Errorf("began %v", b.began)
		}
	})
}

func TestAnInterruptEndsItAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		b := newBench(Pace{Every: time.Hour})
		time.AfterFunc(90*time.Minute, cancel)
		began := time.Now()
		if err := b.Do(ctx); !errors.Is(err, context.Canceled) || time.Since(began) != 90*time.Minute ||
			len(b.began) != 2 {
			t.Errorf("%v after %v, %d runs", err, time.Since(began), len(b.began))
		}
	})
}

// asleepFor is the clocks of a computer that is suspended so long, at a moment of the
// clock that stands still meanwhile.
func asleepFor(long, at time.Duration) func() Instant {
	now := Clocks()
	return func() Instant {
		i := now()
		if i.Up >= at {
			i.Wall = i.Wall.Add(long)
		}
		return i
	}
}

// Whoever opens a computer in the morning gets a run soon, but not before the network
// is there; and only one, however many were missed.
func TestAfterASleepOneRunIsDueSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(Pace{Every: 10 * time.Minute})
		b.Now = asleepFor(8*time.Hour, 12*time.Minute)
		b.For = 8*time.Hour + 30*time.Minute
		b.Do(t.Context())
		if want := minutes(0, 10, 12+1.0/3, 22+1.0/3); !slices.Equal(b.began, want) {
			t.Errorf("began %v, want %v", b.began, want)
		}
		if slices.Contains(b.slept, true) {
			t.Errorf("no run was interrupted by it: %v", b.slept)
		}
	})
}

func TestARunThatSleptSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(Pace{Every: 10 * time.Minute})
		b.Now = asleepFor(time.Hour, 10*time.Minute+2*time.Second)
		b.For = 95 * time.Minute
		run := b.Run
		b.Run = func(ctx context.Context) (report.Report, error) {
			r, err := run(ctx)
			time.Sleep(4 * time.Second)
			return r, err
		}
		b.Do(t.Context())
		if !slices.Equal(b.slept, []bool{false, true, false, false, false}[:len(b.slept)]) || len(b.slept) < 3 {
			t.Errorf("%v", b.slept)
		}
	})
}

// A clock that is set back by an hour holds nothing up.
func TestAClockThatIsSetBackHoldsNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(Pace{Every: 10 * time.Minute})
		b.Now = asleepFor(-time.Hour, 12*time.Minute)
		b.For = 40 * time.Minute
		b.Do(t.Context())
		if !slices.Equal(b.began, minutes(0, 10, 20, 30, 40)) {
			t.Errorf("began %v", b.began)
		}
	})
}

// A thousand desks that are switched on together: in no second more than a few of
// them begin, neither with the first run nor with a later one.
func TestAThousandDesksDoNotProbeAtOnce(t *testing.T) {
	const every = 5 * time.Minute
	for run := range 4 {
		seconds := map[time.Duration]int{}
		for desk := range 1000 {
			p := Pace{
				Every:  every,
				Spread: every,
				Place:  PlaceOf("desk", string(rune('a'+desk%26)), string(rune(desk))),
			}
			at := p.First()
			for range run {
				at += p.Next()
			}
			seconds[at/time.Second]++
		}
		for at, n := range seconds {
			if n > 20 {
				t.Errorf("run %d: %d desks in second %d", run, n, at)
			}
		}
	}
}

func TestThePlaceOfAComputerIsItsOwnAndStays(t *testing.T) {
	p := Pace{Every: time.Hour, Spread: time.Hour, Place: PlaceOf("desk-1"), Random: func() float64 { return 0 }}
	q := p
	q.Place = PlaceOf("desk-2")
	first := p.First()
	if again := p.First(); first != again || first == q.First() || PlaceOf("a", "b") == PlaceOf("ab", "") {
		t.Errorf("%v, %v", p.First(), q.First())
	}
	p.Random = half
	if p.Next() != time.Hour {
		t.Errorf("in the mean %v", p.Next())
	}
	for _, chance := range []float64{0, 0.999999} {
		for _, p := range []Pace{{Every: Least, Spread: Least}, {Every: time.Hour, Spread: time.Hour}} {
			p.Random = func() float64 { return chance }
			p.Place = ^uint64(0)
			if first := p.First(); first < 0 || first >= p.Spread {
				t.Errorf("first after %v", first)
			}
			if next := p.Next(); next < Least || next > p.Every*11/10 {
				t.Errorf("next after %v", next)
			}
		}
	}
}
