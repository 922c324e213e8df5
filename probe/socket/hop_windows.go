package socket

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"wsdoctor/probe"
)

// hopper keeps nothing: the socket itself says who sent an ICMP error.
//
// It is written after Microsoft's documents and has never run on a real machine.
type hopper struct{}

// What x/sys/windows does not name (Microsoft, ws2ipdef.h, winsock2.h).
const (
	tcpICMPErrorInfo = 19 // ICMP_ERROR_INFO of a connect that failed, Windows 10 2004
	soError          = 0x1007
	pollWritable     = 0x0010
)

// lookEvery is how often a waiting connect looks whether its context has ended.
const lookEvery = 10 * time.Millisecond

// hop gives ok false where the system refuses the options, unless an echo request
// will do.
func (hopper) hop(ctx context.Context, n *Net, q probe.HopQuestion) (probe.HopAnswer, bool) {
	if q.Transport == probe.UDP {
		return n.hopUDP(ctx, q)
	}
	s, err := hopSocket(q)
	if err != nil {
		if q.AnyPacket {
			return hopEcho(ctx, q)
		}
		return probe.HopAnswer{}, false
	}
	defer windows.Closesocket(s)
	start := startWatch()
	err = windows.Connect(s, hopAddress(q))
	if errors.Is(err, windows.WSAEWOULDBLOCK) {
		err = hopWait(ctx, s)
	}
	rtt := start.elapsed()
	switch {
	case err == nil:
		_ = windows.SetsockoptLinger(s, windows.SOL_SOCKET, windows.SO_LINGER, &windows.Linger{Onoff: 1}) // see cut
		return hopReached(q.To, probe.HopSYNACK, rtt), true
	case ctx.Err() != nil:
		return probe.HopAnswer{Kind: probe.HopSilent}, true
	}
	e := fault(ctx, "connect", os.NewSyscallError("connect", err), rtt < immediate)
	info, size := [infoSize]byte{}, int32(infoSize)
	if windows.Getsockopt(s, windows.IPPROTO_TCP, tcpICMPErrorInfo, &info[0], &size) == nil {
		if icmp, failure, ok := parseErrorInfo(info[:max(0, min(size, infoSize))]); ok {
			icmp.OwnHost = isOwnAddress(icmp.Offender)
			e.ICMP, e.Failure = &icmp, failure
		}
	}
	return hopFailed(q, e, rtt), true
}

// hopUDP hears that some router gave a datagram up (WSAENETRESET), or that somebody
// said the port is shut (WSAECONNRESET), and not who.
func (n *Net) hopUDP(ctx context.Context, q probe.HopQuestion) (probe.HopAnswer, bool) {
	start := startWatch()
	failed := func(err error) (probe.HopAnswer, bool) {
		var e *probe.NetError
		if !errors.As(err, &e) {
			e = fault(ctx, "connect", err, false)
		}
		return hopFailed(q, e, start.elapsed()), true
	}
	conn, err := n.DialUDP(ctx, q.To)
	if err != nil {
		return failed(err)
	}
	defer conn.Close()
	raw, err := conn.(*udpConn).SyscallConn()
	if err != nil {
		return failed(err)
	}
	var refused error
	err = raw.Control(func(fd uintptr) { refused = tell(handle(fd), udpHopOptions(q.To.Addr().Is6(), q.TTL)) })
	if errors.Join(err, refused) != nil {
		return probe.HopAnswer{}, false
	}
	start = startWatch()
	a, err := exchange(ctx, conn, q)
	if err != nil {
		return failed(err)
	}
	return a, true
}

// hopSocket makes a non-blocking socket that sends one SYN with that lifetime
// and fails on an ICMP error.
func hopSocket(q probe.HopQuestion) (windows.Handle, error) {
	domain, v6 := int32(windows.AF_INET), q.To.Addr().Is6()
	if v6 {
		domain = windows.AF_INET6
	}
	s, err := windows.WSASocket(
		domain,
		windows.SOCK_STREAM,
		windows.IPPROTO_TCP,
		nil,
		0,
		windows.WSA_FLAG_OVERLAPPED|windows.WSA_FLAG_NO_HANDLE_INHERIT,
	)
	if err != nil {
		return windows.InvalidHandle, err
	}
	if err := tell(handle(s), hopOptions(v6, q.TTL)); err != nil {
		windows.Closesocket(s)
		return windows.InvalidHandle, err
	}
	return s, nil
}

// handle is a socket that can be told what to do.
type handle windows.Handle

func (h handle) set(level, option, value int) error {
	return windows.SetsockoptInt(windows.Handle(h), level, option, value)
}

func (h handle) control(code uint32, in []byte) error {
	size := uint32(0)
	return windows.WSAIoctl(windows.Handle(h), code, &in[0], uint32(len(in)), nil, 0, &size, nil, 0)
}

func hopAddress(q probe.HopQuestion) windows.Sockaddr {
	if a := q.To.Addr(); a.Is6() {
		return &windows.SockaddrInet6{Port: int(q.To.Port()), Addr: a.As16()}
	}
	return &windows.SockaddrInet4{Port: int(q.To.Port()), Addr: q.To.Addr().As4()}
}

// pollFD is WSAPOLLFD (Microsoft, winsock2.h).
type pollFD struct {
	socket          windows.Handle
	events, revents int16
}

// hopWait waits until the connect has ended, and gives its error. WSAPoll shows
// a failed connect since Windows 10 2004, as the options do.
func hopWait(ctx context.Context, s windows.Handle) error {
	poll := windows.NewLazySystemDLL("ws2_32.dll").NewProc("WSAPoll")
	for ctx.Err() == nil {
		fd := pollFD{socket: s, events: pollWritable}
		n, _, err := poll.Call(uintptr(unsafe.Pointer(&fd)), 1, uintptr(lookEvery.Milliseconds()))
		switch {
		case int32(n) < 0:
			return err
		case n == 0:
			continue
		}
		number, err := windows.GetsockoptInt(s, windows.SOL_SOCKET, soError)
		if err != nil {
			return err
		}
		if number != 0 {
			return syscall.Errno(number)
		}
		return nil
	}
	return ctx.Err()
}
