package socket

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"

	"wsdoctor/probe"
)

// DialTCP opens a TCP connection. A plain connect of this system fails for a reset
// and for its own reasons only, and hears no ICMP error, so ICMP is never set.
//
// The connection's own errors are *probe.NetError too, io.EOF apart.
func (n *Net) DialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	conn, err := persist(ctx, func(ctx context.Context) (*tcpConn, error) { return n.connectOnce(ctx, to) })
	if err != nil {
		return nil, err
	}
	return conn, nil
}

func (n *Net) connectOnce(ctx context.Context, to netip.AddrPort) (*tcpConn, error) {
	suffix, to := family(to)
	d := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		var refused error
		err := raw.Control(func(fd uintptr) { refused = singleSYN(winRTOPatient)(handle(fd)) })
		if errors.Join(err, refused) != nil {
			n.insists.Store(true)
		}
		return nil
	}}
	start := startWatch()
	conn, err := d.DialContext(ctx, "tcp"+suffix, to.String())
	if err != nil {
		after := start.elapsed()
		e := fault(ctx, "connect", err, after < immediate)
		n.learn(e.Failure, after)
		return nil, e
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		conn.Close()
		return nil, &probe.NetError{Op: "connect", Failure: probe.UnknownFailure, Err: net.UnknownNetworkError("tcp")}
	}
	return &tcpConn{tcp}, nil
}
