package probe

import (
	"context"
	"net"
	"net/netip"
	"time"
)

// TCPInfo is what this computer's own TCP tells of one connection (Linux:
// tcp(7), TCP_INFO).
type TCPInfo struct {
	Sent        uint64        // bytes of data put on the wire, each counted once
	Unsent      uint64        // bytes of data that wait to be sent
	Acked       uint64        // bytes of data that the other end's TCP acknowledged
	Unacked     int           // segments under way
	Repeats     int           // segments sent again in the connection's life, the SYN among them
	Timeouts    int           // how often in a row the retransmission timer ran out
	Outstanding int           // repeats now under way; a repeat that the own computer swallowed is not counted
	RTT         time.Duration // smoothed; right after the handshake the SYN's own, 0 if that was sent again
}

// RTTInspector is a Network that knows the round trip of a connection as the own
// TCP measured it, and need not know more; see TCPInspector. ok is false where it was
// not measured, or the SYN was sent again.
type RTTInspector interface {
	SystemRTT(c net.Conn) (rtt time.Duration, ok bool)
}

// KernelRTT is the round trip of a connection's handshake as the own TCP measured
// it, however late this program reads it; false where the system does not tell.
func KernelRTT(n Network, c net.Conn) (time.Duration, bool) {
	if inspector, can := n.(RTTInspector); can {
		if rtt, told := inspector.SystemRTT(c); told && rtt > 0 {
			return rtt, true
		}
	}
	inspector, can := n.(TCPInspector)
	if !can {
		return 0, false
	}
	i, told := inspector.TCPInfo(c)
	return i.RTT, told && i.RTT > 0 && i.Repeats == 0
}

// SYNRepeated is when a system has sent the SYN of a connect again for certain (RFC
// 6298 section 2.1: after a second), or has found that it cannot.
const SYNRepeated = 1100 * time.Millisecond

// HostDropped says that the system wanted to send a segment again and could
// not: its own firewall or a filter on it takes the packets away. What is
// dropped later, anywhere else, leaves a repeat under way.
func (i TCPInfo) HostDropped() bool { return i.Timeouts > 0 && i.Outstanding == 0 }

// TCPInspector is a Network that can look into the connections DialTCP gave. ok
// is false where the system does not tell. A connection that was cut can still
// be inspected until it is closed.
type TCPInspector interface {
	TCPInfo(c net.Conn) (info TCPInfo, ok bool)
}

// SegmentDialer is a Network that can open a TCP connection which tells the other
// end a small maximum segment size (RFC 9293 section 3.7.1), so that no packet of
// it is larger than mss bytes and headers, in either direction.
type SegmentDialer interface {
	DialTCPSegments(ctx context.Context, to netip.AddrPort, mss int) (net.Conn, error)
}

// SmallMSS is what every host must take (RFC 9293 section 3.7.1): 576 bytes of an
// IPv4 packet.
const SmallMSS = 536

// HelloSize is how large a TLS ClientHello is.
type HelloSize string

// The sizes. A large one is what browsers send today: with a post-quantum key
// share it does not fit one segment. Some middleboxes cannot read it, and a path
// with a small MTU may lose it.
const (
	HelloSmall HelloSize = "small" // about 300 bytes, one segment; the default
	HelloLarge HelloSize = "large" // about 1.5 kB, two segments
)

// HelloPhase is how far a TLS handshake came that got no answer at all.
type HelloPhase string

// The phases. All of them mean that not one byte came back; of silence on a
// system that does not tell about acknowledgements there is no phase.
const (
	HelloUnacked    HelloPhase = "hello-unacked"      // silence, and the ClientHello was not acknowledged: lost on the way, by its size or content
	HelloUnanswered HelloPhase = "hello-unanswered"   // silence, although the other end's TCP acknowledged the ClientHello
	HelloReset      HelloPhase = "reset-after-hello"  // a reset came back for it
	HelloClosed     HelloPhase = "closed-after-hello" // the connection was closed in answer to it
)

// HelloPhases lists every phase, for the schema.
var HelloPhases = []HelloPhase{HelloUnacked, HelloUnanswered, HelloReset, HelloClosed}
