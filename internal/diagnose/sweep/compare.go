// Package sweep reads sweeps by TTL: where on the way packets to a port end, next
// to a control, and what such a comparison is worth. It is pure and blames
// nobody: whose a device is, and what follows, is decided elsewhere.
//
// Start with Compare. A sweep is only ever compared with one of the same
// transport: some routers answer probes of one kind alone.
package sweep

import (
	"net/netip"
	"slices"

	"wsdoctor/probe"
)

// Path says where on the way packets to a port end, as an interval: the device
// at After is the last known to have passed or seen them, Before is the next one
// that a control packet reached. The device at fault is After or Before or lies
// between them, and never more precise than that: a router checks the TTL before
// it filters, so one that drops a port still answers for itself.
type Path struct {
	After  netip.Addr `json:"after,omitzero"`  // zero: this computer, or a device whose address the system does not tell
	Before netip.Addr `json:"before,omitzero"` // zero: the destination, or unknown
	// AfterTTL and BeforeTTL are their distances in hops (1 is the first router); 0
	// for this computer, and for an unknown end.
	AfterTTL  int `json:"after_ttl"`
	BeforeTTL int `json:"before_ttl"`
	Odds          // of the probes that were sent beyond After
}

// Kind is what a sweep and its control say together.
type Kind string

// The closed list of path kinds.
const (
	Bracketed Kind = "bracketed" // the target's packets end where the control's go on
	Forged    Kind = "forged"    // an answer came from nearer than the destination is
	Refused   Kind = "refused"   // the destination itself refused, at its own distance
	Passes    Kind = "passes"    // the target's packets come as far as the control's
	Unknown   Kind = "unknown"   // no hop answers, there is no control, or the two cannot be compared

	// What `path` says besides, of one port.
	Reached  Kind = "reached"  // the port answered
	Rejected Kind = "rejected" // a router on the way says that it refuses, or has no way on
	Local    Kind = "local"    // this computer refuses to send
)

// Kinds lists them, for the schema.
var Kinds = []Kind{Bracketed, Forged, Refused, Passes, Unknown, Reached, Rejected, Local}

// MinHopDifference is how many hops two sweeps must differ by before the difference means
// anything, if they took different ways: routers that share load send each packet
// of a sweep by another one, and such ways differ by a hop or two.
const MinHopDifference = 3

// NearHops is how many hops away nobody has more than one way yet, and AWS never
// is.
const NearHops = 2

// Compare compares a sweep of a port with a control sweep of the same transport
// towards the same address. lost and sent are what else is known of loss on this
// path, in probes; the control's own are added to them. The path means something
// for Bracketed, Forged and Refused; for Passes it names the last device that saw
// the packets, if any did.
func Compare(target, control probe.SweepDetail, lost, sent int) (Kind, Path) {
	if control.Echo || target.Echo {
		return Unknown, Path{} // the way of echo requests is no control of a port
	}
	far := max(control.Last, control.Distance)
	if far == 0 {
		return Unknown, Path{}
	}
	if target.End == probe.HopRST || target.End == probe.HopSYNACK {
		return answeredAt(target, control)
	}
	if target.Distance > 0 {
		return Passes, Path{}
	}
	if control.Last == 0 {
		return Unknown, Path{} // no router answers, so none can be missed
	}
	p := Path{After: HopAt(target, control, target.Last), AfterTTL: target.Last}
	p.BeforeTTL = nextHop(control, target.Last)
	if p.BeforeTTL == 0 && (AnsweredNear(control, target) || control.Distance == 0 && control.End == probe.HopICMP) {
		return Unknown, p // somebody nearer answers or refuses the control: it has not been farther
	}
	nameless := target.Last >= NearHops &&
		!HopAt(target, target, target.Last).IsValid() // nothing shows that both took one way
	if control.Last > target.Last && control.Last-target.Last < MinHopDifference &&
		(nameless || !SameWay(target, control, target.Last)) {
		return Unknown, p // the port's way may be shorter, and its packets at the destination
	}
	if p.BeforeTTL == 0 || (p.BeforeTTL == control.Distance && control.Last <= target.Last) {
		return Passes, p
	}
	if p.BeforeTTL != control.Distance {
		p.Before = HopAt(control, control, p.BeforeTTL)
	}
	controlLost, controlSent := sweepLoss(control)
	lost, sent = lost+controlLost, sent+controlSent
	for _, h := range target.Hops {
		if h.TTL > target.Last && passedOn(control, h.TTL) { // the destination itself may be silent for this port alone
			p.Probes += h.Sent
		}
	}
	p.Odds = OddsOf(p.Probes, lost, sent)
	if p.Probes == 0 {
		return Unknown, p
	}
	return Bracketed, p
}

// answeredAt judges a reset or an accept by the distance it came from. It is
// forged if a router at that distance or farther still had the control's packet
// in its hands: the destination is beyond. The control's own distance does not
// prove that, because after loss it may be told too large. Nor does a hop or two
// where the sweeps may have taken ways of different length.
func answeredAt(target, control probe.SweepDetail) (Kind, Path) {
	d := target.Distance
	p := Path{AfterTTL: d - 1, BeforeTTL: d, After: HopAt(control, target, d-1)}
	far := LastRouter(control, Destination(target))
	switch {
	case d > 0 && d <= far && far-d < MinHopDifference && !(d <= NearHops || SameWay(target, control, d-1) && sameHop(target, control, d-1)):
		return Unknown, p
	case d > 0 && d <= far:
		p.Before = HopAt(control, target, d)
		return Forged, p
	case control.Distance > 0 && d == control.Distance && target.End == probe.HopRST:
		return Refused, p
	case target.End == probe.HopRST:
		return Unknown, p // the reset may come from anywhere beyond the last hop
	}
	return Passes, p
}

// Destination is the address that the target's own answers came from, as far as
// they say.
func Destination(d probe.SweepDetail) netip.Addr {
	for _, h := range d.Hops {
		if h.TTL == d.Distance {
			return h.From.Unmap()
		}
	}
	return netip.Addr{}
}

// LastRouter is the largest TTL at which a router said that it had the packet; one
// without an address may be the destination, where that has one. A load balancer
// says so in the destination's own name for what it passes on to the servers behind
// it, and it is the destination.
func LastRouter(d probe.SweepDetail, destination netip.Addr) int {
	last := 0
	for _, h := range d.Hops {
		if h.Kind == probe.HopExpired && (!destination.IsValid() || h.From.IsValid() && h.From.Unmap() != destination) {
			last = max(last, h.TTL)
		}
	}
	return last
}

// AnsweredNear: the control itself was answered from nearer than its
// destination, as by a device that opens all HTTPS: a router at that distance
// or farther had another port's packets in its hands.
func AnsweredNear(control, other probe.SweepDetail) bool {
	return control.Distance > 0 && control.Distance <= LastRouter(other, Destination(control))
}

// SameWay: no hop up to a TTL shows that two sweeps took different ways.
func SameWay(a, b probe.SweepDetail, ttl int) bool {
	for i := 1; i <= ttl; i++ {
		if !sameHop(a, b, i) && HopAt(a, a, i).IsValid() && HopAt(b, b, i).IsValid() {
			return false
		}
	}
	return true
}

// sameHop: one router answered both sweeps at a TTL.
func sameHop(a, b probe.SweepDetail, ttl int) bool {
	one, other := HopAt(a, a, ttl), HopAt(b, b, ttl)
	return one.IsValid() && one == other
}

// nextHop gives the smallest TTL above last at which the control was heard of.
func nextHop(control probe.SweepDetail, last int) int {
	for _, h := range control.Hops {
		if h.TTL > last && h.Kind == probe.HopExpired {
			return h.TTL
		}
	}
	if control.Distance > last {
		return control.Distance
	}
	return 0
}

// passedOn: a router at this TTL answered, and every time it was asked. One that
// answered once of twice may give only one answer a second, to whoever asks
// first: then the target's silence there says nothing.
func passedOn(control probe.SweepDetail, ttl int) bool {
	return slices.ContainsFunc(control.Hops, func(h probe.Hop) bool {
		return h.TTL == ttl && h.Kind == probe.HopExpired && len(h.RTTMS) >= h.Sent
	})
}

// HopAt gives the router at a TTL, from the first sweep that heard of it.
func HopAt(first, second probe.SweepDetail, ttl int) netip.Addr {
	for _, d := range []probe.SweepDetail{first, second} {
		for _, h := range d.Hops {
			if h.TTL == ttl && h.Kind == probe.HopExpired && h.From.IsValid() {
				return h.From.Unmap()
			}
		}
	}
	return netip.Addr{}
}

// sweepLoss counts probes that stayed silent at hops which do answer.
func sweepLoss(d probe.SweepDetail) (lost, sent int) {
	for _, h := range d.Hops {
		if h.Kind != probe.HopSilent {
			lost += h.Sent - max(1, len(h.RTTMS))
			sent += h.Sent
		}
	}
	return lost, sent
}
