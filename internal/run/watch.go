package run

import (
	"context"
	"sync"
	"time"
)

// How a standstill is noticed.
const (
	// watchTick is how often the watchdog wakes: so late must it be once to be sure
	// that nobody else in this process had any time either.
	watchTick = 10 * time.Millisecond
	// standstill is a wake-up so late that it is written down. A collector of
	// garbage or an ordinary scheduler stays far below; probes are patient for
	// 150 ms and more.
	standstill = 60 * time.Millisecond
	// asleep is by how much the wall clock must run ahead of the monotonic one, which
	// stops while the computer is suspended; corrections of a clock are smaller.
	asleep = time.Second
	// maxPauses are kept one by one; of more, the last ones grow together.
	maxPauses = 4096
)

func (p Pause) length() time.Duration { return p.To.Sub(p.From) }

// watchdog writes down when this process stood still: stopped, suspended with the
// computer, or without its share of a busy processor.
type watchdog struct {
	mu     sync.Mutex
	last   time.Time
	pauses []Pause
}

// watch looks until ctx ends.
func (w *watchdog) watch(ctx context.Context) {
	w.look(time.Now())
	tick := time.NewTicker(watchTick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			w.look(time.Now())
		}
	}
}

// look compares a moment with the one before. Whoever wants to know about the
// moment just past calls it too, and need not wait for the next tick.
func (w *watchdog) look(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := w.last
	if w.last = now; last.IsZero() {
		return
	}
	gap, wall := now.Sub(last), now.Round(0).Sub(last.Round(0))
	switch {
	case wall-gap >= asleep:
		w.note(Pause{From: last, To: now, Lost: true})
	case gap-watchTick >= standstill:
		w.note(Pause{From: last.Add(watchTick), To: now})
	}
}

// note keeps a pause. The caller holds mu.
func (w *watchdog) note(p Pause) {
	if n := len(w.pauses); n == maxPauses {
		w.pauses[n-1].To = p.To
		return
	}
	w.pauses = append(w.pauses, p)
}

// all gives the pauses so far.
func (w *watchdog) all() []Pause {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Pause(nil), w.pauses...)
}

// late is for how long of an interval this process stood still, and the last of
// those pauses, which is zero if there was none.
func late(pauses []Pause, from, to time.Time) (total time.Duration, last Pause) {
	for _, p := range pauses {
		begin, end := p.From, p.To
		if begin.Before(from) {
			begin = from
		}
		if end.After(to) {
			end = to
		}
		if end.After(begin) {
			total, last = total+end.Sub(begin), p
		}
	}
	return total, last
}

// stretched is a context with a time limit that does not count the time in which
// this process stood still. Its parent's end is above it.
type stretched struct {
	context.Context
	done chan struct{}

	mu    sync.Mutex
	until time.Time
	err   error
}

// stretch gives one. limit is asked when the time may be over, which is not before
// first. Calling the function releases what it holds.
func stretch(
	parent context.Context,
	first time.Duration,
	limit func() time.Duration,
	stood func(from, to time.Time) time.Duration,
) (context.Context, context.CancelFunc) {
	began := time.Now()
	s := &stretched{Context: parent, done: make(chan struct{}), until: began.Add(first)}
	over := make(chan struct{})
	go func() {
		timer := time.NewTimer(first)
		defer timer.Stop()
		for {
			select {
			case <-parent.Done():
				s.end(parent.Err())
				return
			case <-over:
				s.end(context.Canceled)
				return
			case <-timer.C:
				now := time.Now()
				until := began.Add(limit() + stood(began, now))
				if !until.After(now) {
					s.end(context.DeadlineExceeded)
					return
				}
				s.mu.Lock()
				s.until = until
				s.mu.Unlock()
				timer.Reset(until.Sub(now))
			}
		}
	}()
	return s, sync.OnceFunc(func() { close(over); <-s.done })
}

func (s *stretched) end(err error) {
	s.mu.Lock()
	s.err = err
	s.mu.Unlock()
	close(s.done)
}

func (s *stretched) Done() <-chan struct{} { return s.done }

func (s *stretched) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

func (s *stretched) Deadline() (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if above, limited := s.Context.Deadline(); limited && above.Before(s.until) {
		return above, true
	}
	return s.until, true
}
