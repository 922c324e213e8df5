//go:build linux

package netns

import (
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// First looks for the first IP packet that leaves a namespace through one
// interface. It reads a packet socket and takes the time that the kernel noted
// on the packet, so it does not matter when the reader gets to run.
type First struct {
	fd   int
	at   atomic.Int64 // nanoseconds since 1970; 0: none yet
	stop atomic.Bool
	done chan struct{}
}

// firstPoll is how long the reader waits before it looks whether to stop.
const firstPoll = 20 * time.Millisecond

// WatchFirst starts to look. The caller must Stop it.
func (s *Space) WatchFirst(iface string) (*First, error) {
	f := &First{fd: -1, done: make(chan struct{})}
	err := s.Do(func() error { return f.open(iface) })
	if err != nil {
		if f.fd >= 0 {
			unix.Close(f.fd)
		}
		return nil, fmt.Errorf("%s/%s: watch: %w", s.Name, iface, err)
	}
	go f.look()
	return f, nil
}

func (f *First) open(iface string) (err error) {
	ifreq, err := unix.NewIfreq(iface)
	if err != nil {
		return err
	}
	if f.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0); err != nil {
		return err
	}
	if err := unix.IoctlIfreq(f.fd, unix.SIOCGIFINDEX, ifreq); err != nil {
		return err
	}
	if err := unix.SetsockoptInt(f.fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return err
	}
	wait := unix.NsecToTimeval(firstPoll.Nanoseconds())
	if err := unix.SetsockoptTimeval(f.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		return err
	}
	all := binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, unix.ETH_P_ALL))
	return unix.Bind(f.fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: int(ifreq.Uint32())})
}

// look reads until the first IP packet or Stop.
func (f *First) look() {
	defer close(f.done)
	defer unix.Close(f.fd)
	var frame [128]byte
	control := make([]byte, unix.CmsgSpace(16))
	for !f.stop.Load() {
		n, oob, _, from, err := unix.Recvmsg(f.fd, frame[:], control, 0)
		if err == unix.EINTR || err == unix.EAGAIN {
			continue
		}
		if err != nil {
			return
		}
		ll, known := from.(*unix.SockaddrLinklayer)
		if !known || ll.Pkttype != unix.PACKET_OUTGOING || !isIP(frame[:n]) || isMulticastReport(frame[:n]) {
			continue
		}
		f.at.Store(stamp(control[:oob]))
		return
	}
}

// isMulticastReport tells the kernel's own reports of IPv6 multicast
// membership, which leave a new interface unasked: they follow a hop-by-hop
// header (RFC 3810 section 5).
func isMulticastReport(b []byte) bool {
	const next = ethernetHeader + 6
	return binary.BigEndian.Uint16(b[12:]) == unix.ETH_P_IPV6 && len(b) > next && b[next] == 0
}

// stamp reads the kernel's time of a packet, or the present if it noted none.
func stamp(control []byte) int64 {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return time.Now().UnixNano()
	}
	for _, m := range messages {
		if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SCM_TIMESTAMPNS && len(m.Data) >= 16 {
			return int64(binary.NativeEndian.Uint64(m.Data))*1e9 + int64(binary.NativeEndian.Uint64(m.Data[8:]))
		}
	}
	return time.Now().UnixNano()
}

// Stop ends the looking and gives the wall-clock time at which the first packet
// left; the zero time if none did.
func (f *First) Stop() time.Time {
	f.stop.Store(true)
	<-f.done
	if ns := f.at.Load(); ns != 0 {
		return time.Unix(0, ns)
	}
	return time.Time{}
}
