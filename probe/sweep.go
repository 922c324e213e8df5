package probe

import (
	"context"
	"net/netip"
	"time"
)

// HopKind is what came back for one packet with a limited lifetime.
type HopKind string

// What can come back. Only TTLExpired is a router passing the word on that the
// packet came as far as it; the others are somebody's answer to the packet
// itself, which may be forged when it comes from nearer than its host.
const (
	HopExpired HopKind = "ttl-exceeded" // ICMP 11/0 or ICMPv6 3/0 from From
	HopICMP    HopKind = "icmp"         // another ICMP error; ICMP says which
	HopSYNACK  HopKind = "syn-ack"      // TCP: accepted
	HopRST     HopKind = "rst"          // TCP: refused by a reset
	HopReply   HopKind = "reply"        // UDP: a datagram came back; an echo request's answer
	HopSilent  HopKind = "silent"       // nothing in time
	HopLocal   HopKind = "local"        // this computer refused to send
)

// HopKinds lists every kind, for the schema.
var HopKinds = []HopKind{HopExpired, HopICMP, HopSYNACK, HopRST, HopReply, HopSilent, HopLocal}

// Hop is what the probes with one TTL brought.
type Hop struct {
	TTL   int        `json:"ttl"`
	Sent  int        `json:"sent"`
	Kind  HopKind    `json:"kind"`          // the best of its probes' ends: an answer outweighs silence
	From  netip.Addr `json:"from,omitzero"` // who answered; none where the system does not tell
	RTTMS []float64  `json:"rtt_ms,omitempty"`
	ICMP  *ICMPError `json:"icmp,omitempty"` // for HopICMP and HopExpired
}

// SweepDetail is one sweep of a port by TTL: the hops that saw its packets.
// Linux checks the TTL before it forwards, so a router that drops a port in
// forwarding still answers for its own TTL: the dropping device is the last hop
// that answered or the next one, never more precise than that.
type SweepDetail struct {
	Control  bool       `json:"control"`        // a sweep of a port known to pass, for comparison
	Hops     []Hop      `json:"hops"`           // by TTL, from 1
	Last     int        `json:"last"`           // largest TTL at which a router answered "ttl-exceeded"; 0 for none
	Distance int        `json:"distance"`       // smallest TTL at which the destination's own answer came; 0 for none
	End      HopKind    `json:"end"`            // how the sweep ended: the answer at Distance, else the router's error or this computer's refusal, else silent
	Packets  int        `json:"packets"`        // sent
	ICMP     *ICMPError `json:"icmp,omitempty"` // the error that ended it, if one did
	// Echo: ICMP echo requests were sent, because this system does not tell of
	// others. They show the way to the host, and nothing of a port.
	Echo bool `json:"echo,omitempty"`
}

func (SweepDetail) detail() {}

// HopQuestion is one packet with a limited lifetime.
type HopQuestion struct {
	To        netip.AddrPort
	Transport Transport
	TTL       int    // IPv4 TTL or IPv6 hop limit, 1 to 255
	Payload   []byte // UDP
	// AnyPacket: only the way is asked for. Where the system does not tell of this
	// packet, an ICMP echo request with that lifetime will do.
	AnyPacket bool
}

// HopAnswer is what came back for it before the context ended.
type HopAnswer struct {
	Kind    HopKind
	From    netip.Addr // not valid where the system does not tell who answered
	ICMP    *ICMPError
	RTT     time.Duration
	Failure Failure // what the error means, for HopExpired, HopICMP, HopRST and HopLocal
	Echo    bool    // it is about an ICMP echo request
}

// HopAsker is a Network that can send with a limited lifetime and hear what
// routers say about it. Not every system lets an ordinary user do that; one that
// does not gives ok false for everything, and the sweep becomes a gap.
type HopAsker interface {
	Hop(ctx context.Context, q HopQuestion) (answer HopAnswer, ok bool)
}
