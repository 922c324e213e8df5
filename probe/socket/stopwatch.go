package socket

import "time"

// stopwatch measures how long an answer took. The clock of package time steps with
// the timer interrupt on Windows, every 15.6 ms unless somebody asks for more, which
// is longer than the way to the nearest routers; so ticks are the finest that a
// system has.
type stopwatch int64

func startWatch() stopwatch { return stopwatch(ticks()) }

func (s stopwatch) elapsed() time.Duration { return span(ticks()-int64(s), ticksPerSecond()) }

// span is how long n ticks last. It multiplies only what is less than a second, so
// that no counter is large enough to overflow.
func span(n, perSecond int64) time.Duration {
	if perSecond <= 0 {
		return 0
	}
	whole, rest := n/perSecond, n%perSecond
	return time.Duration(whole)*time.Second + time.Duration(rest*int64(time.Second)/perSecond)
}
