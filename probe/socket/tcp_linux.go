package socket

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

// DialTCP opens a TCP connection, and on failure reads the ICMP error behind it
// from the socket's error queue. net.Dialer cannot be used for this: it closes
// the socket, and the queue with it, before anybody can look.
//
// The connection's own errors are *probe.NetError too, io.EOF apart.
func (n *Net) DialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	return n.DialTCPSegments(ctx, to, systemSegments)
}

// DialTCPSegments is DialTCP with a maximum segment size of its own (tcp(7),
// TCP_MAXSEG): see probe.SegmentDialer.
func (n *Net) DialTCPSegments(ctx context.Context, to netip.AddrPort, mss int) (net.Conn, error) {
	c, err := connect(ctx, to, systemLifetime, mss)
	if err != nil {
		return nil, err
	}
	return c, nil
}

var _ probe.SegmentDialer = (*Net)(nil)

// systemSegments leaves the system's own maximum segment size.
const systemSegments = 0

// connect does the work of DialTCP and of Hop: packets leave with that TTL or
// hop limit, and in segments of at most that size. The error is a *probe.NetError.
func connect(ctx context.Context, to netip.AddrPort, lifetime, mss int) (*tcpConn, error) {
	_, to = family(to)
	v6 := to.Addr().Is6()
	fail := func(call string, err error, now bool) (*tcpConn, error) {
		return nil, fault(ctx, "connect", os.NewSyscallError(call, err), now)
	}
	if ctx.Err() != nil {
		return nil, fault(ctx, "connect", ctx.Err(), false)
	}
	if !to.IsValid() {
		return nil, noAddress(to)
	}
	domain := unix.AF_INET
	if v6 {
		domain = unix.AF_INET6
	}
	fd, err := unix.Socket(domain, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP)
	if err != nil {
		return fail("socket", err, false)
	}
	// A non-blocking descriptor is registered with Go's poller by os.NewFile.
	file := os.NewFile(uintptr(fd), "tcp")
	defer file.Close()
	if err := reliable(fd, v6); err != nil {
		return nil, fault(ctx, "connect", err, false)
	}
	if err := limit(fd, v6, lifetime); err != nil {
		return nil, fault(ctx, "connect", err, false)
	}
	if mss != systemSegments {
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_MAXSEG, mss); err != nil {
			return nil, fault(ctx, "connect", os.NewSyscallError("setsockopt", err), false)
		}
	}
	address, err := sockaddr(to)
	if err != nil {
		return nil, &probe.NetError{Op: "connect", Failure: probe.AddressNotAvailable, Err: err}
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, fault(ctx, "connect", err, false)
	}
	thrifty(fd)
	stop := context.AfterFunc(ctx, func() { _ = file.SetDeadline(past) })
	defer stop()

	var begun bool
	var end error
	waited := raw.Write(func(s uintptr) bool {
		if !begun {
			begun = true
			err := unix.Connect(int(s), address)
			if err == nil {
				return true
			}
			if errno, _ := err.(unix.Errno); errno != unix.EINPROGRESS && errno != unix.EINTR {
				end = refused(ctx, int(s), errno, true)
				return true
			}
		}
		var done bool
		done, end = settled(ctx, int(s))
		return done
	})
	if waited != nil {
		e := fault(ctx, "connect", waited, false)
		e.TCP = infoOf(fd)
		return nil, e
	}
	if end != nil {
		return nil, end
	}
	// From here on an ICMP error must not cut a connection that stands.
	_ = unreliable(fd, v6)
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	thrifty(fd) // the kernel acknowledges at once again after the handshake
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, fault(ctx, "connect", err, false)
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		conn.Close()
		return nil, &probe.NetError{Op: "connect", Failure: probe.UnknownFailure, Err: errors.New("not a TCP connection")}
	}
	return &tcpConn{tcp}, nil
}

// thrifty lets acknowledgements travel with what is sent next (tcp(7),
// TCP_QUICKACK): the first data carries that of the handshake. It saves about
// three packets of a connection's nine and delays nothing that is measured. A
// kernel that does not know it sends the packets.
func thrifty(fd int) { _ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_QUICKACK, 0) }

// settled looks whether a connect has ended. SO_ERROR is read before the error
// queue, because taking an ICMP entry from the queue clears it; and an entry is
// a result on its own, because the kernel keeps an ICMP error "soft" (SO_ERROR
// stays 0) when it arrives while connect still holds the socket.
func settled(ctx context.Context, fd int) (bool, error) {
	number, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return true, fault(ctx, "connect", os.NewSyscallError("getsockopt", err), false)
	}
	if number != 0 {
		return true, refused(ctx, fd, unix.Errno(number), false)
	}
	if _, err := unix.Getpeername(fd); err == nil {
		return true, nil
	}
	for _, e := range drain(fd) {
		return true, e.fault("connect")
	}
	return false, nil // woken for nothing, as the poller may
}

// refused is the error of a connect that failed with errno: the ICMP error if
// the queue holds one, else what the number says.
func refused(ctx context.Context, fd int, errno unix.Errno, now bool) error {
	for _, e := range drain(fd) {
		return e.fault("connect")
	}
	return fault(ctx, "connect", os.NewSyscallError("connect", errno), now)
}

// sockaddr turns an address into the system's form. A link-local address needs
// its zone: without one connect fails with the number that a blackhole route
// gives, and that must not be taken for a policy.
func sockaddr(to netip.AddrPort) (unix.Sockaddr, error) {
	a := to.Addr()
	if a.Is4() {
		return &unix.SockaddrInet4{Port: int(to.Port()), Addr: a.As4()}, nil
	}
	s := &unix.SockaddrInet6{Port: int(to.Port()), Addr: a.As16()}
	switch zone := a.Zone(); {
	case zone != "":
		index, err := strconv.ParseUint(zone, 10, 32)
		if err != nil {
			link, err := net.InterfaceByName(zone)
			if err != nil {
				return nil, err
			}
			index = uint64(link.Index)
		}
		s.ZoneId = uint32(index)
	case a.IsLinkLocalUnicast():
		return nil, errors.New("link-local address without an interface")
	}
	return s, nil
}
