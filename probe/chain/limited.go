package chain

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"wsdoctor/probe"
)

// limitedConn counts what is read and stops at a limit, counts the ClientHello,
// and looks into the connection's TCP at the last moment before it is closed:
// the library closes it on its own when the context ends.
type limitedConn struct {
	net.Conn
	limit int // bytes that may be read; 0 is no limit. Not changed while a call runs
	read  atomic.Int64
	hello atomic.Int64 // bytes written before any were read

	mu      sync.Mutex
	greeted time.Time     // when the ClientHello was written
	ended   time.Duration // from there to the end of the connection, as a read met it

	inspect func() (probe.TCPInfo, bool)
	before  probe.TCPInfo // at the start: a proxy has been spoken to already
	once    sync.Once
	end     probe.TCPInfo // when it was closed
	seen    bool          // before and end hold something
}

func newLimitedConn(conn net.Conn, inspect func() (probe.TCPInfo, bool)) *limitedConn {
	c := &limitedConn{Conn: conn, limit: maxHandshakeBytes, inspect: inspect}
	if inspect != nil {
		var ok bool
		if c.before, ok = inspect(); !ok {
			c.inspect = nil
		}
	}
	return c
}

func (c *limitedConn) Read(p []byte) (int, error) {
	if c.limit > 0 {
		left := c.limit - int(c.read.Load())
		if left <= 0 {
			return 0, ErrTooLarge
		}
		p = p[:min(len(p), left)]
	}
	n, err := c.Conn.Read(p)
	c.read.Add(int64(n))
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil && c.ended == 0 && !c.greeted.IsZero() {
		c.ended = time.Since(c.greeted)
	}
	return n, err
}

func (c *limitedConn) Write(p []byte) (int, error) {
	first := c.read.Load() == 0
	c.mu.Lock()
	if c.greeted.IsZero() {
		c.greeted = time.Now()
	}
	c.mu.Unlock()
	n, err := c.Conn.Write(p)
	if first {
		c.hello.Add(int64(n))
	}
	return n, err
}

// Close also ends what Handshake handed back, where nobody asks any more.
func (c *limitedConn) Close() error {
	c.once.Do(func() {
		if c.inspect != nil {
			c.end, c.seen = c.inspect()
		}
	})
	return c.Conn.Close()
}

// unanswered describes a handshake that got nothing back. It is called after
// Close.
func (c *limitedConn) unanswered(d *probe.TLSDetail, outcome probe.Outcome, failure probe.Failure) {
	if d.ReplyBytes > 0 || d.HelloBytes == 0 || outcome == probe.NotRun {
		return
	}
	if c.seen {
		due := c.before.Sent + c.before.Unsent + uint64(d.HelloBytes)
		acked := c.end.Acked >= due
		d.HelloAcked = &acked
		d.Retransmits = c.end.Repeats - c.before.Repeats
	}
	switch {
	case failure == probe.ConnectionReset:
		d.Phase, d.EndMS = probe.HelloReset, c.endMS()
	case failure == probe.EOF:
		d.Phase, d.EndMS = probe.HelloClosed, c.endMS()
	case outcome != probe.Silent || d.HelloAcked == nil:
	case *d.HelloAcked:
		d.Phase = probe.HelloUnanswered
	default:
		d.Phase = probe.HelloUnacked
	}
}

// endMS is from the ClientHello to the end of the connection, in milliseconds.
func (c *limitedConn) endMS() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return probe.Milliseconds(c.ended)
}
