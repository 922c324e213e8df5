//go:build !windows

package socket

import "time"

var epoch = time.Now()

func ticks() int64          { return int64(time.Since(epoch)) }
func ticksPerSecond() int64 { return int64(time.Second) }

// finerClock is not needed here: the clock counts nanoseconds.
func finerClock() {}
