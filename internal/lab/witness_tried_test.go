package lab

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"sync"

	"wsdoctor/internal/lab/servers"
)

// Tried is what the witness found of one element of a random world: how many
// of its tries came back whole, small and large.
type Tried struct {
	Small int    `json:"small"`
	Large int    `json:"large"` // of TCP elements
	Of    int    `json:"of"`    // tries of each size; 0: there was nothing to try
	Why   string `json:"why,omitempty"`
}

// State is what that says of the element.
func (f Tried) State() State {
	switch {
	case f.Of == 0:
		return Untried
	case f.Small == 0:
		return Dead
	case f.Large == 0:
		return Sized
	case f.Small*20 < f.Of*19:
		return Lossing
	}
	return Alive
}

// The witness's own message: a word, its length in four digits, padding. The
// hosts of a random world hand it back before any server sees it, so that what
// comes back says what the network did and not what a server likes to answer.
const (
	witnessWord  = "lab witness "
	witnessHead  = len(witnessWord) + 4
	witnessSmall = 64
	witnessLarge = 3000 // two full segments and a rest
)

func witnessMessage(size int) []byte {
	return append([]byte(fmt.Sprintf("%s%04d", witnessWord, size)), bytes.Repeat([]byte{'.'}, size-witnessHead)...)
}

// echoing is a Stack whose sockets hand the witness's messages back.
type echoing struct{ servers.Stack }

func (e echoing) Listen(at netip.AddrPort) (net.Listener, error) {
	l, err := e.Stack.Listen(at)
	if err != nil {
		return nil, err
	}
	return echoListener{l}, nil
}

func (e echoing) ListenPacket(at netip.AddrPort) (net.PacketConn, error) {
	c, err := e.Stack.ListenPacket(at)
	if err != nil {
		return nil, err
	}
	return echoPackets{c}, nil
}

type echoListener struct{ net.Listener }

func (l echoListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &echoConn{Conn: c}, nil
}

// echoConn looks at the first bytes of a connection.
type echoConn struct {
	net.Conn
	once sync.Once
}

func (c *echoConn) Read(b []byte) (n int, err error) {
	first := false
	c.once.Do(func() { first = true })
	n, err = c.Conn.Read(b)
	if !first || n < witnessHead || !bytes.HasPrefix(b[:n], []byte(witnessWord)) {
		return n, err
	}
	size, err := strconv.Atoi(string(b[len(witnessWord):witnessHead]))
	if err != nil || size < n || size > witnessLarge {
		return 0, io.ErrUnexpectedEOF
	}
	message := append([]byte(nil), b[:n]...)
	rest := make([]byte, size-n)
	if _, err := io.ReadFull(c.Conn, rest); err != nil {
		return 0, err
	}
	_, _ = c.Conn.Write(append(message, rest...))
	return 0, io.EOF
}

// SetLinger lets a server reset the connection.
func (c *echoConn) SetLinger(sec int) error {
	if t, ok := c.Conn.(interface{ SetLinger(int) error }); ok {
		return t.SetLinger(sec)
	}
	return nil
}

type echoPackets struct{ net.PacketConn }

func (c echoPackets) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.PacketConn.ReadFrom(b)
		if err != nil || !bytes.HasPrefix(b[:n], []byte(witnessWord)) {
			return n, from, err
		}
		_, _ = c.PacketConn.WriteTo(b[:n], from)
	}
}
