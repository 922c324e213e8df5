package host

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"

	"wsdoctor/probe"
)

// burst is what became of some packets on their way into the system.
type burst struct {
	sent    int   // datagrams or connects that were not refused
	dropped int   // of them, dropped as the system itself says
	refused error // the first refusal
}

// send sends k datagrams from one socket and waits until they have left.
func send(ctx context.Context, n probe.Network, to netip.AddrPort, k int) (b burst) {
	c, err := n.DialUDP(ctx, to)
	if err != nil {
		b.refused = err
		return b
	}
	defer c.Close()
	tick := time.NewTicker(countSpacing)
	defer tick.Stop()
	for range k {
		if ctx.Err() != nil {
			return b
		}
		switch err := write(c); {
		case err == nil:
			b.sent++
		case errors.Is(err, syscall.ENOBUFS): // from a filter or a queue behind the socket
			b.sent++
			b.dropped++
		case b.refused == nil:
			b.refused = err
		}
		<-tick.C
	}
	wait(ctx, countSettle)
	return b
}

// knock opens k connections, says the first bytes of a greeting where one is
// accepted, and waits as long as send does. An answer is no matter here, only
// whether the system took the connect.
func knock(ctx context.Context, n probe.Network, to netip.AddrPort, k int) (b burst) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(k)*countSpacing+countSettle)
	defer cancel()
	errs := make(chan error, k)
	for range k {
		go func() {
			c, err := n.DialTCP(ctx, to)
			errs <- err
			if err == nil {
				// Some programs that accept here connect onwards only when there is
				// something to carry.
				_, _ = c.Write(firstBytes)
				<-ctx.Done()
				c.Close()
			}
		}()
		wait(ctx, countSpacing)
	}
	for range k {
		err := <-errs
		if failed := (*probe.NetError)(nil); errors.As(err, &failed) && failed.ICMP == nil && unsent[failed.Failure] {
			b.refused = cmp.Or(b.refused, err)
			continue
		}
		b.sent++
	}
	<-ctx.Done()
	return b
}

// firstBytes begin a TLS ClientHello (RFC 8446 sections 4 and 5.1): a record header
// and a handshake header, and no more.
var firstBytes = []byte{22, 3, 1, 0, 200, 1, 0, 0, 196}

// unsent are the failures of a connect for which, unless an ICMP message is
// behind them, nothing was sent.
var unsent = map[probe.Failure]bool{
	probe.LocalPolicyDenied:   true,
	probe.AddressNotAvailable: true,
	probe.NetworkUnreachable:  true,
	probe.NetworkDown:         true,
	probe.PermissionDenied:    true,
}

// rest sends nothing for as long as send takes.
func rest(ctx context.Context, _ probe.Network, _ netip.AddrPort, k int) burst {
	wait(ctx, time.Duration(k)*countSpacing+countSettle)
	return burst{}
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// write sends one STUN Binding request without attributes (RFC 8489 section 5),
// the smallest datagram that a stranger may be sent with good manners. Nobody
// waits for its answer.
func write(c net.Conn) error {
	const binding, cookie, size = 0x0001, 0x2112a442, 20
	b := make([]byte, size)
	rand.Read(b[8:]) // the transaction ID; never fails
	binary.BigEndian.PutUint16(b, binding)
	binary.BigEndian.PutUint32(b[4:], cookie)
	_, err := c.Write(b)
	return err
}
