//go:build linux || darwin

package socket

import (
	"context"
	"net/netip"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

// An ear is one socket that gets every ICMP message that reaches this computer,
// for those who wait for one about a packet of theirs. macOS gives an ordinary
// user such a socket (see hop_darwin.go). On Linux it takes root and is opened
// by the tests alone, which so try all of this but the kind of the socket.
type ear struct {
	v6   bool
	file *os.File
	done chan struct{} // closed when nobody listens any more
	mu   sync.Mutex
	wait map[*waiter]bool
}

// waiter is one probe.
type waiter struct {
	to    netip.AddrPort
	proto uint8
	heard chan quote // about packets to that place, of any socket
}

// Bounds on what strangers can make an ear do.
const (
	maxHeard   = 64   // quotations kept for one waiter: three sweeps at once
	maxMessage = 2048 // bytes of a message looked at
)

// openEar starts to listen on the socket that open makes.
func openEar(v6 bool, open func(v6 bool) (int, error)) (*ear, error) {
	fd, err := open(v6)
	if err != nil {
		return nil, err
	}
	e := &ear{v6: v6, file: os.NewFile(uintptr(fd), "icmp"), done: make(chan struct{}), wait: map[*waiter]bool{}}
	raw, err := e.file.SyscallConn()
	if err != nil {
		e.file.Close()
		return nil, err
	}
	go func() {
		defer close(e.done)
		for b := make([]byte, maxMessage); ; {
			var n int
			var from unix.Sockaddr
			var failed error
			err := raw.Read(func(fd uintptr) bool {
				n, from, failed = unix.Recvfrom(int(fd), b, 0)
				return failed != unix.EAGAIN && failed != unix.EINTR
			})
			if err != nil {
				return // closed
			}
			if failed == nil {
				e.hear(from, b[:n])
			}
		}
	}()
	return e, nil
}

// close stops listening.
func (e *ear) close() {
	e.file.Close()
	<-e.done
}

// hear hands a message to those it may be for.
func (e *ear) hear(from unix.Sockaddr, b []byte) {
	q, ok := quote{}, false
	switch a := from.(type) {
	case *unix.SockaddrInet4:
		q, ok = parseQuote4(netip.AddrFrom4(a.Addr), b)
	case *unix.SockaddrInet6:
		q, ok = parseQuote6(netip.AddrFrom16(a.Addr), b)
	}
	if !ok {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for w := range e.wait {
		if w.to != q.to || w.proto != q.proto {
			continue
		}
		select {
		case w.heard <- q:
		default: // somebody floods
		}
	}
}

// listen asks for messages about packets to the target of q.
func (e *ear) listen(q probe.HopQuestion) (w *waiter, stop func()) {
	w = &waiter{proto: protoTCP, heard: make(chan quote, maxHeard)}
	if q.Transport == probe.UDP {
		w.proto = protoUDP
	}
	_, w.to = family(q.To)
	w.to = netip.AddrPortFrom(w.to.Addr().WithZone(""), w.to.Port())
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wait[w] = true
	return w, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.wait, w)
	}
}

// await waits for a message about the socket with that port.
func (w *waiter) await(ctx context.Context, port uint16) (quote, bool) {
	for {
		select {
		case q := <-w.heard:
			if q.port == port {
				return q, true
			}
		case <-ctx.Done():
			return quote{}, false
		}
	}
}

// ears are shared by all who ask at the same time: one socket for each family,
// closed when the last is done.
type ears struct {
	mu    sync.Mutex
	ear   map[bool]*ear
	users map[bool]int
}

// lend gives the ear of a family, and what the caller must call when done. open
// makes its socket, non-blocking.
func (s *ears) lend(v6 bool, open func(v6 bool) (int, error)) (e *ear, back func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ear == nil {
		s.ear, s.users = map[bool]*ear{}, map[bool]int{}
	}
	if s.users[v6] == 0 {
		if s.ear[v6], err = openEar(v6, open); err != nil {
			return nil, nil, err
		}
	}
	s.users[v6]++
	return s.ear[v6], func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.users[v6]--; s.users[v6] == 0 {
			s.ear[v6].close()
		}
	}, nil
}
