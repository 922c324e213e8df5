package socket

import (
	"context"
	"encoding/binary"
	"errors"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"wsdoctor/probe"
)

// The functions of the IP Helper library that send an echo request with a
// lifetime, which every user may (Microsoft, icmpapi.h).
var (
	ipHelper        = windows.NewLazySystemDLL("iphlpapi.dll")
	icmpCreateFile  = ipHelper.NewProc("IcmpCreateFile")
	icmp6CreateFile = ipHelper.NewProc("Icmp6CreateFile")
	icmpCloseHandle = ipHelper.NewProc("IcmpCloseHandle")
	icmpSendEcho2Ex = ipHelper.NewProc("IcmpSendEcho2Ex")
	icmp6SendEcho2  = ipHelper.NewProc("Icmp6SendEcho2")
)

// longestEcho bounds the library's own waiting where the context does not.
const longestEcho = 4 * time.Second

// ipOptions is IP_OPTION_INFORMATION (Microsoft, ipexport.h).
type ipOptions struct {
	ttl, tos, flags, size uint8
	data                  uintptr
}

// hopEcho asks with an ICMP echo request. The library's call cannot be broken
// off; it ends by itself when its time is over, and nobody waits for it then.
func hopEcho(ctx context.Context, q probe.HopQuestion) (probe.HopAnswer, bool) {
	wait := longestEcho
	if until, has := ctx.Deadline(); has {
		wait = min(wait, max(time.Until(until), time.Millisecond))
	}
	type result struct {
		answer probe.HopAnswer
		ok     bool
	}
	done := make(chan result, 1)
	go func() {
		a, ok := sendEcho(q, wait)
		done <- result{a, ok}
	}()
	select {
	case r := <-done:
		return r.answer, r.ok
	case <-ctx.Done():
		return probe.HopAnswer{Kind: probe.HopSilent, Echo: true}, true
	}
}

func sendEcho(q probe.HopQuestion, wait time.Duration) (probe.HopAnswer, bool) {
	to, create := q.To.Addr(), icmpCreateFile
	if to.Is6() {
		create = icmp6CreateFile
	}
	handle, _, _ := create.Call()
	if windows.Handle(handle) == windows.InvalidHandle {
		return probe.HopAnswer{}, false
	}
	defer icmpCloseHandle.Call(handle)
	data, reply, options := [8]byte{}, [512]byte{}, ipOptions{ttl: uint8(q.TTL)}
	start := startWatch()
	var n uintptr
	var err error
	// A pointer may become a number in the list of arguments only: there the
	// compiler keeps what it points to in its place until the call is over.
	if to.Is6() {
		anybody := windows.RawSockaddrInet6{Family: windows.AF_INET6}
		target := windows.RawSockaddrInet6{Family: windows.AF_INET6, Addr: to.As16()}
		n, _, err = icmp6SendEcho2.Call(handle, 0, 0, 0, uintptr(unsafe.Pointer(&anybody)), uintptr(unsafe.Pointer(&target)),
			uintptr(unsafe.Pointer(&data)), unsafe.Sizeof(data), uintptr(unsafe.Pointer(&options)),
			uintptr(unsafe.Pointer(&reply)), unsafe.Sizeof(reply), uintptr(wait.Milliseconds()))
	} else {
		b := to.As4() // IPAddr holds the bytes as they are sent
		n, _, err = icmpSendEcho2Ex.Call(handle, 0, 0, 0, 0, uintptr(binary.LittleEndian.Uint32(b[:])),
			uintptr(unsafe.Pointer(&data)), unsafe.Sizeof(data), uintptr(unsafe.Pointer(&options)),
			uintptr(unsafe.Pointer(&reply)), unsafe.Sizeof(reply), uintptr(wait.Milliseconds()))
	}
	if n == 0 {
		return probe.HopAnswer{Kind: probe.HopSilent, Echo: true}, errors.Is(err, windows.Errno(echoTimedOut))
	}
	return echoAnswer(reply[:], to.Is6(), start.elapsed())
}
