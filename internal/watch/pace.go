package watch

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// Bounds of the time between two runs. A run takes seconds, and others see its packets.
const (
	Least = 30 * time.Second
	Most  = 24 * time.Hour
	// Breath is the least pause between the end of a run and the next.
	Breath = time.Second
)

// Due is when the next run begins after one that began then: never at once, however
// long that one took.
func Due(began, now time.Time, every time.Duration) time.Time {
	due := began.Add(every)
	if soonest := now.Add(Breath); due.Before(soonest) {
		return soonest
	}
	return due
}

// Pace says when runs are due.
type Pace struct {
	Every time.Duration
	// Spread is the time over which the first runs of many computers are spread, and what
	// the wavering of later ones is taken from; 0: to the second, for one computer.
	Spread time.Duration
	// Place is this computer's among the others; see PlaceOf.
	Place uint64
	// Random gives a number from 0 to 1, without 1; nil: any.
	Random func() float64
}

// PlaceOf turns what tells computers apart into a place: always the same for one, so
// that it does not pile up with others after each restart.
func PlaceOf(names ...string) uint64 {
	h := fnv.New64a()
	for _, n := range names {
		h.Write([]byte(n))
		h.Write([]byte{0})
	}
	return h.Sum64()
}

// waver is the part of the time that is left to chance. The place alone would keep
// apart only those whose names differ.
const waver = 10

func (p Pace) random() float64 {
	if p.Random != nil {
		return p.Random()
	}
	return rand.Float64()
}

// First is how long the first run waits, less than Spread.
func (p Pace) First() time.Duration {
	if p.Spread <= 0 {
		return 0
	}
	place := time.Duration(p.Place % uint64(p.Spread))
	return (place + time.Duration(p.random()*float64(p.Spread/waver))) % p.Spread
}

// Next is the time from the beginning of a run to that of the next: Every in the
// mean, and never less than Least.
func (p Pace) Next() time.Duration {
	most := min(p.Spread, p.Every) / waver
	return max(Least, p.Every+time.Duration((2*p.random()-1)*float64(most)))
}
