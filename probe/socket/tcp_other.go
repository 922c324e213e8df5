//go:build !linux && !windows

package socket

import (
	"context"
	"net"
	"net/netip"

	"wsdoctor/probe"
)

// DialTCP opens a TCP connection. This system does not tell who sent an ICMP
// error, so ICMP is never set. It gives the number of a reset for some of these
// errors too (XNU, bsd/netinet/tcp_subr.c, tcp_ctlinput: a port that is unreachable
// and a filter that forbids), so a refusal is Unclear.
//
// The connection's own errors are *probe.NetError too, io.EOF apart.
func (n *Net) DialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	suffix, to := family(to)
	start := startWatch()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp"+suffix, to.String())
	if err != nil {
		e := fault(ctx, "connect", err, start.elapsed() < immediate)
		e.Unclear = e.Failure == probe.ConnectionRefused
		return nil, e
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		conn.Close()
		return nil, &probe.NetError{Op: "connect", Failure: probe.UnknownFailure, Err: net.UnknownNetworkError("tcp")}
	}
	return &tcpConn{tcp}, nil
}
