//go:build linux

package netns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// threadNS is the network namespace of the calling thread. It is not
// /proc/<pid>/task/<tid>, which names the wrong process where /proc belongs to
// another process namespace.
const threadNS = "/proc/thread-self/ns/net"

// Space is one network namespace with a thread of its own that lives in it.
type Space struct {
	Name string
	fd   *os.File
	jobs chan func()
	nl   *netlink.Handle
}

// New makes an empty namespace with its loopback interface up.
func New(name string) (*Space, error) {
	s := &Space{Name: name, jobs: make(chan func())}
	ready := make(chan error, 1)
	go s.live(ready)
	if err := <-ready; err != nil {
		return nil, fmt.Errorf("make network namespace %s: %w", name, err)
	}
	return s, nil
}

// live is the thread of the namespace. It is never unlocked, so the thread
// ends with the goroutine instead of going back to the runtime's pool.
func (s *Space) live(ready chan<- error) {
	runtime.LockOSThread()
	err := unix.Unshare(unix.CLONE_NEWNET)
	if err == nil {
		s.fd, err = os.Open(threadNS)
	}
	if err == nil {
		s.nl, err = netlink.NewHandle(unix.NETLINK_ROUTE)
	}
	if err == nil {
		err = s.linkUp("lo")
	}
	ready <- err
	if err != nil {
		return
	}
	for job := range s.jobs {
		job()
	}
}

// Do runs f on the namespace's thread. Calls are run one after the other; f
// must not block for long and must not call Do of the same Space.
func (s *Space) Do(f func() error) error {
	done := make(chan error, 1)
	s.jobs <- func() { done <- f() }
	return <-done
}

// FD is the namespace's file descriptor, valid until Close.
func (s *Space) FD() int { return int(s.fd.Fd()) }

// Enter moves the calling thread into the namespace. The caller must have
// locked it with runtime.LockOSThread and must not unlock it afterwards.
func (s *Space) Enter() error { return unix.Setns(s.FD(), unix.CLONE_NEWNET) }

// Close ends the namespace's thread. The kernel removes the namespace when the
// last socket in it is closed.
func (s *Space) Close() {
	close(s.jobs)
	s.nl.Close()
	s.fd.Close()
}

// Listen opens a TCP listener in the namespace.
func (s *Space) Listen(at netip.AddrPort) (net.Listener, error) {
	var l net.Listener
	err := s.Do(func() (err error) { l, err = net.ListenTCP("tcp", net.TCPAddrFromAddrPort(at)); return })
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	return l, nil
}

// ListenPacket opens a UDP socket in the namespace.
func (s *Space) ListenPacket(at netip.AddrPort) (net.PacketConn, error) {
	var c net.PacketConn
	err := s.Do(func() (err error) { c, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(at)); return })
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	return c, nil
}

// Dial connects from the namespace to a literal address. A TCP connect uses a
// thread of its own, because it may take long.
func (s *Space) Dial(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
	return s.DialFrom(ctx, network, netip.Addr{}, to)
}

// DialFrom is Dial from one of the namespace's own addresses; the zero address
// leaves the choice to the kernel.
func (s *Space) DialFrom(ctx context.Context, network string, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	return s.DialFromPort(ctx, network, from, 0, to)
}

// DialFromPort is DialFrom from one port; 0 leaves the choice to the kernel.
func (s *Space) DialFromPort(
	ctx context.Context,
	network string,
	from netip.Addr,
	port uint16,
	to netip.AddrPort,
) (net.Conn, error) {
	if network == "udp" && !from.IsValid() {
		var c net.Conn
		err := s.Do(func() (err error) { c, err = net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(to)); return })
		return c, err
	}
	type result struct {
		c   net.Conn
		err error
	}
	done := make(chan result, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread is in the wrong namespace
		if err := s.Enter(); err != nil {
			done <- result{nil, err}
			return
		}
		d := net.Dialer{}
		if from.IsValid() || port != 0 {
			d.LocalAddr = &net.TCPAddr{IP: from.AsSlice(), Port: int(port)}
			if network == "udp" {
				d.LocalAddr = &net.UDPAddr{IP: from.AsSlice(), Port: int(port)}
			}
		}
		c, err := d.DialContext(ctx, network, to.String())
		done <- result{c, err}
	}()
	r := <-done
	return r.c, r.err
}

// Sysctl writes one kernel setting of the namespace, for example
// Sysctl("net/ipv4/ip_forward", "1"). A setting this kernel does not have is no
// error: a kernel without IPv6 has none of its settings.
func (s *Space) Sysctl(key, value string) error {
	return s.Do(func() error {
		err := os.WriteFile("/proc/sys/"+key, []byte(value), 0)
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	})
}

// Forward makes the namespace a router for both families. It answers ICMP with
// the kernel's own rate limit, as real routers do.
func (s *Space) Forward() error {
	for _, key := range strings.Fields("net/ipv4/ip_forward net/ipv6/conf/all/forwarding") {
		if err := s.Sysctl(key, "1"); err != nil {
			return err
		}
	}
	return s.Sysctl("net/ipv4/conf/all/rp_filter", "0")
}
