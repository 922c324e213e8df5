//go:build !linux

package socket

import (
	"context"
	"net"
	"net/netip"
	"time"

	"wsdoctor/probe"
)

// DialTCP opens a TCP connection. This system does not tell who sent an ICMP
// error, so ICMP is never set.
//
// The connection's own errors are *probe.NetError too, io.EOF apart.
func (n *Net) DialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	suffix, to := family(to)
	start := time.Now()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp"+suffix, to.String())
	if err != nil {
		return nil, fault(ctx, "connect", err, time.Since(start) < immediate)
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		conn.Close()
		return nil, &probe.NetError{Op: "connect", Failure: probe.UnknownFailure, Err: net.UnknownNetworkError("tcp")}
	}
	return &tcpConn{tcp}, nil
}
