package socket

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"time"

	"wsdoctor/probe"
)

// past is a deadline that wakes whoever waits for a socket.
var past = time.Unix(1, 0)

// immediate is how soon a connect must fail for its error to be this
// computer's own word where no error queue tells: no answer from outside can be
// meant, because a local rule is looked up before anything is sent.
const immediate = 5 * time.Millisecond

// noAddress is the error of a connect to what is no address and port.
func noAddress(to netip.AddrPort) *probe.NetError {
	return &probe.NetError{
		Op:      "connect",
		Failure: probe.AddressNotAvailable,
		Err:     errors.New("no address and port: " + to.String()),
	}
}

// tcpConn is a TCP connection whose errors are *probe.NetError, io.EOF apart.
// They unwrap to what the system said.
type tcpConn struct{ *net.TCPConn }

func (c *tcpConn) Read(b []byte) (int, error) {
	n, err := c.TCPConn.Read(b)
	return n, explain("receive", err)
}

func (c *tcpConn) Write(b []byte) (int, error) {
	n, err := c.TCPConn.Write(b)
	return n, explain("send", err)
}

func explain(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return fault(context.Background(), op, err, false)
}
