//go:build linux

package netns

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Passing is a TCP or UDP packet over IPv4 that passes.
type Passing struct {
	Proto string // tcp or udp
	To    netip.AddrPort
}

// Forger waits for a packet and sends one ICMP error in its receiver's name.
type Forger struct {
	packets, raw int
	closed       atomic.Bool
}

// Forge looks at what arrives at an interface and answers the first packet over
// IPv4 that is wanted with an ICMP "port unreachable" (RFC 792) that claims to come
// from the packet's receiver. The packet itself goes on.
func (s *Space) Forge(iface string, wanted func(Passing) bool) (*Forger, error) {
	f := &Forger{packets: -1, raw: -1}
	err := s.Do(func() error { return f.open(iface) })
	if err != nil {
		f.shut()
		return nil, fmt.Errorf("%s/%s: forge: %w", s.Name, iface, err)
	}
	go f.look(wanted)
	return f, nil
}

func (f *Forger) open(iface string) (err error) {
	ifreq, err := unix.NewIfreq(iface)
	if err != nil {
		return err
	}
	if f.packets, err = unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0); err != nil {
		return err
	}
	if err := unix.IoctlIfreq(f.packets, unix.SIOCGIFINDEX, ifreq); err != nil {
		return err
	}
	wait := unix.NsecToTimeval(firstPoll.Nanoseconds())
	if err := unix.SetsockoptTimeval(f.packets, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		return err
	}
	if f.raw, err = unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_RAW); err != nil {
		return err
	}
	ip := binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, unix.ETH_P_IP))
	return unix.Bind(f.packets, &unix.SockaddrLinklayer{Protocol: ip, Ifindex: int(ifreq.Uint32())})
}

// The header without options (RFC 791), and what an ICMP error quotes behind it:
// the ports, and of TCP the sequence number too.
const ipHeader, quotedBytes, protocolAt, sourceAt, targetAt = 20, 8, 9, 12, 16

func (f *Forger) look(wanted func(Passing) bool) {
	defer f.shut()
	b := make([]byte, 2048)
	for !f.closed.Load() {
		n, from, err := unix.Recvfrom(f.packets, b, 0)
		if err != nil {
			continue // nothing came for a while
		}
		l, arrived := from.(*unix.SockaddrLinklayer)
		if !arrived || l.Pkttype == unix.PACKET_OUTGOING || n < ipHeader+quotedBytes || b[0] != 0x45 {
			continue
		}
		p := Passing{
			To: netip.AddrPortFrom(
				netip.AddrFrom4([4]byte(b[targetAt:targetAt+4])),
				binary.BigEndian.Uint16(b[ipHeader+2:]),
			),
		}
		switch b[protocolAt] {
		case unix.IPPROTO_TCP:
			p.Proto = "tcp"
		case unix.IPPROTO_UDP:
			p.Proto = "udp"
		default:
			continue
		}
		if !wanted(p) {
			continue
		}
		var sender unix.SockaddrInet4
		copy(sender.Addr[:], b[sourceAt:sourceAt+4])
		_ = unix.Sendto(f.raw, refusal(b[:ipHeader+quotedBytes]), 0, &sender)
		return
	}
}

// refusal is the packet: from the quoted one's receiver to its sender. The kernel
// fills in the lengths and the header's checksum.
func refusal(quoted []byte) []byte {
	const lifetime, unreachable, port = 64, 3, 3
	p := make([]byte, ipHeader)
	p[0], p[8], p[protocolAt] = 0x45, lifetime, unix.IPPROTO_ICMP
	copy(p[sourceAt:], quoted[targetAt:targetAt+4])
	copy(p[targetAt:], quoted[sourceAt:sourceAt+4])
	icmp := append([]byte{unreachable, port, 0, 0, 0, 0, 0, 0}, quoted...)
	binary.BigEndian.PutUint16(icmp[2:], ^sum(0, icmp))
	return append(p, icmp...)
}

// Close ends the wait.
func (f *Forger) Close() error { f.closed.Store(true); return nil }

func (f *Forger) shut() {
	_ = unix.Close(f.packets)
	_ = unix.Close(f.raw)
}
