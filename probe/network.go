package probe

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Prober sends one kind of probe. A network failure is data, so Probe has no
// error to return: it must give at least one observation for its target, must
// return soon after ctx ends, and must not leave a goroutine behind.
type Prober interface {
	Probe(ctx context.Context, n Network, t Target) []Observation
}

// Network is the only door to sockets. It is a value passed in, never a global,
// so that a test can hand over a network of its own making.
type Network interface {
	// DialTCP opens a TCP connection. The error is a *NetError.
	DialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error)
	// DialUDP opens a connected UDP socket. Errors of the connection's Write and
	// Read are *NetError too and carry the ICMP sender where the system tells.
	DialUDP(ctx context.Context, to netip.AddrPort) (net.Conn, error)
	// Resolve asks the system resolver for the addresses of host; network is
	// "ip4" or "ip6". The error is a *net.DNSError.
	Resolve(ctx context.Context, network, host string) ([]netip.Addr, error)
	// ResolveTXT asks the system resolver for TXT records.
	ResolveTXT(ctx context.Context, host string) ([]string, error)
	// Roots are the trusted certificate authorities; nil means the system's.
	Roots() *x509.CertPool
	// RTT is the round-trip time learnt so far in this run, shared by all probers.
	RTT() *RTT
}

// ICMPError is what the socket error queue tells of an ICMP error message.
type ICMPError struct {
	Offender netip.Addr `json:"offender" redact:"own,if=OwnHost"` // who sent it
	Type     int        `json:"type"`
	Code     int        `json:"code"`
	MTU      int        `json:"mtu,omitempty"` // bytes, for "packet too big"
	OwnHost  bool       `json:"own_host"`      // the offender is an address of this computer
}

// NetError is a failed socket call: the classified failure, the system's error
// and, where the system tells, the ICMP message behind it.
type NetError struct {
	Op      string // "connect", "send", "receive"
	Failure Failure
	ICMP    *ICMPError // nil where no ICMP error was seen or the system cannot say
	TCP     *TCPInfo   // of a connect that was given up, where the system tells
	// Unclear: of a refused connect the system does not tell a reset from a router's
	// ICMP error, so that it is not known who refused, nor for whom.
	Unclear bool
	Err     error
}

func (e *NetError) Error() string {
	if e.ICMP != nil {
		return fmt.Sprintf("%s: %v (ICMP %d/%d from %s)", e.Op, e.Err, e.ICMP.Type, e.ICMP.Code, e.ICMP.Offender)
	}
	return fmt.Sprintf("%s: %v", e.Op, e.Err)
}

func (e *NetError) Unwrap() error { return e.Err }

// Timeout and Temporary make a NetError a net.Error, so that code which reads
// from these connections (TLS, HTTP, DNS) sees a deadline as one.
func (e *NetError) Timeout() bool { return e.Failure == Timeout }

// Temporary is always false: what may be tried again is the prober's decision.
func (e *NetError) Temporary() bool { return false }

// RTT is the smoothed round-trip time of a run (RFC 6298 section 2: SRTT and
// RTTVAR), fed by every answered probe. The zero value is ready and unknown.
type RTT struct {
	// Floor is the least patience of this run: Silence is never shorter. It is
	// for runs whose targets are not all at one place, as inside a WorkSpace: the
	// metadata service answers in microseconds, and by that time alone a domain
	// controller behind a VPN, 300 ms away, would be called silent. Zero asks for
	// nothing. Set it before the first probe and leave it alone afterwards.
	Floor time.Duration

	mu           sync.Mutex
	srtt, rttvar time.Duration
	known        bool
}

// Learn adds one measured round trip.
func (r *RTT) Learn(d time.Duration) {
	if d <= 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.known {
		r.srtt, r.rttvar, r.known = d, d/2, true
		return
	}
	diff := r.srtt - d
	if diff < 0 {
		diff = -diff
	}
	r.rttvar += (diff - r.rttvar) / 4
	r.srtt += (d - r.srtt) / 8
}

// Smoothed gives the SRTT, and false if nothing was measured yet.
func (r *RTT) Smoothed() (time.Duration, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.srtt, r.known
}

// How long to wait before "nothing came" may be said.
const (
	// patienceFloor keeps a LAN-fast path from being called silent because of
	// one scheduling pause or a Wi-Fi power-save interval of about 100 ms.
	patienceFloor = 150 * time.Millisecond
	// patienceUnknown is for a run in which nothing has answered so far: more
	// than a geostationary link's 600 ms and its one retransmission.
	patienceUnknown = 1500 * time.Millisecond
)

// Silence is how long after the last of several probes an answer may still be
// awaited: max(4×SRTT + 2×RTTVAR, 150 ms, Floor), or max(1.5 s, Floor) while no
// round trip is known.
func (r *RTT) Silence() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.known {
		return max(patienceUnknown, r.Floor)
	}
	return max(4*r.srtt+2*r.rttvar, patienceFloor, r.Floor)
}
