package watch

import (
	"context"
	"errors"
	"time"

	"wsdoctor/internal/report"
)

const (
	// look is how often the clocks are looked at while nothing is due.
	look = 10 * time.Second
	// asleep is by how much the wall clock must run ahead of the other, which stops while
	// the computer is suspended; corrections of a clock are smaller.
	asleep = 5 * time.Second
	// settle is how long a network gets after the computer was woken: until it has an
	// address, a run would tell of nothing else.
	settle = 20 * time.Second
)

// Instant is a moment by both clocks.
type Instant struct {
	Wall time.Time
	Up   time.Duration // without the time in which the computer was suspended
}

// since is the time since another moment. Whichever clock ran farther is right: one
// stands still in a suspended computer, the other may be set back.
func (i Instant) since(before Instant) time.Duration {
	return max(i.Wall.Sub(before.Wall), i.Up-before.Up)
}

// slept says whether the computer was suspended since another moment.
func (i Instant) slept(before Instant) bool {
	return i.Wall.Sub(before.Wall)-(i.Up-before.Up) >= asleep
}

// Clocks gives the moments of this computer.
func Clocks() func() Instant {
	began := time.Now()
	return func() Instant {
		now := time.Now()
		return Instant{now.Round(0), now.Sub(began)}
	}
}

// Loop is runs by a pace.
type Loop struct {
	Pace Pace
	For  time.Duration // 0: without end
	Now  func() Instant
	Run  func(context.Context) (report.Report, error)
	// Tell takes a report; slept says whether the computer was suspended meanwhile.
	Tell func(r report.Report, slept bool) (enough bool, err error)
}

// ErrTime says that the time is over, ErrEnough that Tell said so.
var (
	ErrTime   = errors.New("time over")
	ErrEnough = errors.New("enough")
)

// Do runs until something ends it: ErrTime, ErrEnough, the error of a run, or that
// of the context.
func (l Loop) Do(ctx context.Context) error {
	began := l.Now()
	if err := l.wait(ctx, began, l.Pace.First()); err != nil {
		return err
	}
	for {
		start := l.Now()
		r, err := l.Run(ctx)
		if err != nil {
			return err
		}
		now := l.Now()
		enough, err := l.Tell(r, now.slept(start))
		switch next := l.Pace.Next(); {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case enough:
			return ErrEnough
		case l.For > 0 && start.since(began)+next > l.For:
			return ErrTime // the next one would come too late
		default:
			if err := l.wait(ctx, start, max(next, now.since(start)+Breath)); err != nil {
				return err
			}
		}
		if l.For > 0 && l.Now().since(began) > l.For {
			return ErrTime // it slept beyond it
		}
	}
}

// wait waits until so long after a moment, by whichever clock is there first.
func (l Loop) wait(ctx context.Context, from Instant, long time.Duration) error {
	before := l.Now()
	for left := long - before.since(from); left > 0; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(left, look)):
		}
		now := l.Now()
		if left = long - now.since(from); now.slept(before) && left < settle {
			left, from, long = settle, now, settle
		}
		before = now
	}
	return ctx.Err()
}
