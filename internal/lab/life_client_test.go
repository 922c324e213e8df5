//go:build linux

package lab

import (
	"net"
	"strconv"
	"syscall"
	"time"
)

// named connects or asks by name.
func named(how, host, port string) string {
	list, err := net.LookupHost(host)
	if err != nil || len(list) == 0 {
		return "no address " + errorText(err)
	}
	if to := net.JoinHostPort(list[0], port); how == "tcp" {
		return errorWord(dialTCP(to))
	} else {
		return askSTUN(to)
	}
}

// spin uses a processor for that many milliseconds and says how much of it, in
// percent, it got.
func spin(milliseconds string) string {
	n, err := strconv.Atoi(milliseconds)
	if err != nil {
		return err.Error()
	}
	used := func() time.Duration {
		var u syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before, whole := used(), time.Duration(n)*time.Millisecond
	for end := time.Now().Add(whole); time.Now().Before(end); {
	}
	return strconv.Itoa(int((used() - before) * 100 / whole))
}
