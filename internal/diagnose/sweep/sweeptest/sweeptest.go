// Package sweeptest draws sweeps as short texts, for the tests of everybody who
// compares or judges them.
package sweeptest

import (
	"net/netip"

	"wsdoctor/probe"
)

// Heard builds a sweep: one letter per TTL. "." a router answered, "*" silence,
// "R" a reset, "A" an accept, "r" a UDP reply. The router at TTL n is 10.0.0.n;
// answers take a millisecond.
func Heard(control bool, hops string) probe.SweepDetail {
	d := probe.SweepDetail{Control: control, End: probe.HopSilent, Packets: len(hops)}
	kinds := map[rune]probe.HopKind{
		'.': probe.HopExpired,
		'*': probe.HopSilent,
		'R': probe.HopRST,
		'A': probe.HopSYNACK,
		'r': probe.HopReply,
	}
	for i, c := range hops {
		h := probe.Hop{TTL: i + 1, Sent: 1, Kind: kinds[c]}
		switch h.Kind {
		case probe.HopSilent:
			h.Sent = 2
		case probe.HopExpired:
			h.From, h.RTTMS, d.Last = netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), []float64{1}, i+1
		default:
			h.RTTMS = []float64{1}
			if d.Distance == 0 {
				d.Distance, d.End = i+1, h.Kind
			}
		}
		d.Hops = append(d.Hops, h)
	}
	return d
}

// Nameless is a sweep of a system that does not tell who gave a packet up.
func Nameless(d probe.SweepDetail) probe.SweepDetail {
	for i := range d.Hops {
		if d.Hops[i].Kind == probe.HopExpired {
			d.Hops[i].From = netip.Addr{}
		}
	}
	return d
}

// Way gives a sweep's hops, from TTL 1, other addresses: 10.0.0.x; 0 leaves one as
// it is.
func Way(d probe.SweepDetail, last ...byte) probe.SweepDetail {
	for i := range d.Hops {
		if i < len(last) && last[i] > 0 {
			d.Hops[i].From = netip.AddrFrom4([4]byte{10, 0, 0, last[i]})
		}
	}
	return d
}
