package probe

import "net"

// TCPInfo is what this computer's own TCP tells of one connection (Linux:
// tcp(7), TCP_INFO).
type TCPInfo struct {
	Sent        uint64 // bytes of data put on the wire, each counted once
	Unsent      uint64 // bytes of data that wait to be sent
	Acked       uint64 // bytes of data that the other end's TCP acknowledged
	Unacked     int    // segments under way
	Repeats     int    // segments sent again in the connection's life, the SYN among them
	Timeouts    int    // how often in a row the retransmission timer ran out
	Outstanding int    // repeats now under way; a repeat that the own computer swallowed is not counted
}

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
