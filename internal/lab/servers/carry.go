package servers

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"
)

// CarryOn serves a port that accepts at once, connects to the place behind the
// connection, and carries everything both ways: what looks like a false
// acceptor and harms nobody.
func CarryOn(s Stack, at netip.AddrPort, behind func(net.Conn) (netip.AddrPort, bool)) error {
	l, err := s.Listen(at)
	if err != nil {
		return err
	}
	go accept(l, func(c net.Conn) {
		to, known := behind(c)
		if !known {
			reset(c)
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		up, err := s.Dial(ctx, "tcp", netip.AddrPortFrom(to.Addr().Unmap(), to.Port()))
		if err != nil {
			reset(c)
			return
		}
		splice(c, up)
	})
	return nil
}

// associationLife is how long an idle association of datagrams is remembered.
const associationLife = 30 * time.Second

// CarryDatagrams carries datagrams between those who send to an address and the
// place behind it.
func CarryDatagrams(s Stack, at, behind netip.AddrPort) error {
	pc, err := s.ListenPacket(at)
	if err != nil {
		return err
	}
	go func() {
		var mu sync.Mutex
		known := map[string]net.Conn{}
		b := make([]byte, 65536)
		for {
			n, from, err := pc.ReadFrom(b)
			if err != nil {
				return
			}
			mu.Lock()
			up := known[from.String()]
			mu.Unlock()
			if up == nil {
				if up, err = s.Dial(context.Background(), "udp", behind); err != nil {
					continue
				}
				mu.Lock()
				known[from.String()] = up
				mu.Unlock()
				go func() {
					defer up.Close()
					answer := make([]byte, 65536)
					for {
						_ = up.SetReadDeadline(time.Now().Add(associationLife))
						n, err := up.Read(answer)
						if err != nil {
							break
						}
						_, _ = pc.WriteTo(answer[:n], from)
					}
					mu.Lock()
					delete(known, from.String())
					mu.Unlock()
				}()
			}
			_, _ = up.Write(b[:n])
		}
	}()
	return nil
}
