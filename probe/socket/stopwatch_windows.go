package socket

import (
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// The performance counter does not depend on the timer interrupt and counts at
// 10 MHz on most machines; neither function fails since Windows XP (Microsoft,
// "Acquiring high-resolution time stamps").
var (
	kernel32                  = windows.NewLazySystemDLL("kernel32.dll")
	queryPerformanceCounter   = kernel32.NewProc("QueryPerformanceCounter")
	queryPerformanceFrequency = kernel32.NewProc("QueryPerformanceFrequency")
)

func ticks() (n int64) {
	_, _, _ = queryPerformanceCounter.Call(uintptr(unsafe.Pointer(&n)))
	return n
}

var ticksPerSecond = sync.OnceValue(func() (n int64) {
	_, _, _ = queryPerformanceFrequency.Call(uintptr(unsafe.Pointer(&n)))
	return n
})

// finerClock asks that the clock of package time step every millisecond, for the
// round trips that probers take with it and for timers. It holds until the process
// ends (Microsoft, timeBeginPeriod). A system that refuses keeps its steps.
var finerClock = sync.OnceFunc(func() { _ = windows.TimeBeginPeriod(1) })
