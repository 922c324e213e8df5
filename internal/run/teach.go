package run

import (
	"maps"
	"slices"
	"time"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/plan"
	"wsdoctor/probe"
)

// portOperations are the operations whose end says whether a port is dead.
var portOperations = map[probe.Operation]bool{
	probe.TCPConnect:   true,
	probe.STUNBinding:  true,
	probe.QUICVersion:  true,
	probe.TLSHandshake: true,
	probe.PathSweep:    true,
}

// wouldTeach says whether a conditional step is worth its packets: one of the
// endpoints it names is dead in a way that a sweep can explain, or was accepted
// so fast that somebody nearer may have answered for it.
func (r *runner) wouldTeach(s plan.Step) bool {
	if !s.Conditional() {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refused[s.Target.Host] && s.Target.Expect != string(catalog.ExpectControl) {
		return false // the control still tells how far away the one that refuses is
	}
	one := func(endpoints []string, holds func([]probe.Observation) bool) bool {
		return slices.ContainsFunc(endpoints, func(endpoint string) bool { return holds(r.seen[endpoint]) })
	}
	return r.pending(s) || one(s.IfLost, lost) || one(s.IfNear, near) || one(s.IfDead, explainable) ||
		one(s.IfDead, r.tooFast) ||
		flaky(r.seenAt(s.IfFlaky))
}

// refusedBy: somebody on the way to a host says by ICMP that he refuses. Then a
// sweep towards that host teaches nothing more, and may mislead: the refusals
// use up the ICMP errors that the same router would answer the sweep with (six
// at once on Linux), so that it looks silent.
func refusedBy(o probe.Observation) bool {
	var m *probe.ICMPError
	switch d := o.Detail.(type) {
	case probe.ConnectDetail:
		m = d.ICMP
	case probe.ExchangeDetail:
		m = d.ICMP
	}
	return m != nil && !m.OwnHost && o.Outcome == probe.Failed
}

// explainable: the port was asked, nothing good came back, and not everything
// that came back already names who refused.
func explainable(seen []probe.Observation) bool {
	asked := false
	for _, o := range seen {
		switch {
		case o.Operation == probe.PathSweep:
		case o.Operation == probe.TLSHandshake:
			if o.Outcome == probe.Failed || o.Outcome == probe.Silent || resigned(o) {
				return true // whoever spoke TLS may sit nearer than the host
			}
		case o.Outcome == probe.OK && isMute(o):
			return true // it was accepted, and nothing is behind it: perhaps somebody nearer accepted
		case o.Outcome == probe.OK:
			return slices.ContainsFunc(seen, func(o probe.Observation) bool {
				return o.Operation == probe.TLSHandshake && o.Outcome != probe.OK || resigned(o)
			})
		case o.Outcome == probe.Silent, o.Outcome == probe.Failed && !named(o):
			asked = true
		}
	}
	return asked
}

// resigned: this computer trusts the chain, and it is not the vendor's.
func resigned(o probe.Observation) bool {
	d, isTLS := o.Detail.(probe.TLSDetail)
	return isTLS && d.Root == probe.RootOther
}

// isMute: a port accepted a connection and answered no TLS greeting.
func isMute(o probe.Observation) bool {
	d, isConnect := o.Detail.(probe.ConnectDetail)
	return isConnect && d.Spoke != "" && d.Spoke != "tls" && d.Spoke != "bytes"
}

// lost: a sweep was made, and nobody saw one of its packets; nor did this
// computer say outright that its policy forbids them.
func lost(seen []probe.Observation) bool {
	return slices.ContainsFunc(seen, func(o probe.Observation) bool {
		d, isSweep := o.Detail.(probe.SweepDetail)
		unheard := o.Outcome == probe.Silent || (d.End == probe.HopLocal && o.Failure != probe.LocalPolicyDenied)
		return isSweep && d.Packets > 0 && unheard && d.Last == 0 && d.Distance == 0
	})
}

// near: a sweep was reset or accepted, and from no farther than the first router:
// this computer may have answered itself.
func near(seen []probe.Observation) bool {
	return slices.ContainsFunc(seen, func(o probe.Observation) bool {
		d, isSweep := o.Detail.(probe.SweepDetail)
		return isSweep && d.Distance == 1 && (d.End == probe.HopRST || d.End == probe.HopSYNACK)
	})
}

// seenAt gives what was seen at some endpoints.
func (r *runner) seenAt(endpoints []string) (list []probe.Observation) {
	for _, e := range endpoints {
		list = append(list, r.seen[e]...)
	}
	return list
}

// flaky: of what went to one port something was lost, and something of its kind was
// answered. A port may well answer one kind of question and not another. Of several
// addresses one may be dead, so that one connect each tells nothing; a datagram costs
// too little not to ask again, and whoever lets a few of them pass lets pass the first.
func flaky(seen []probe.Observation) bool {
	silent, answered := map[probe.Operation]bool{}, map[probe.Operation]bool{}
	for _, o := range seen {
		d, isExchange := o.Detail.(probe.ExchangeDetail)
		if isExchange && o.Outcome == probe.Silent && d.Sent > 0 {
			silent[o.Operation] = true
		}
		if o.Outcome != probe.OK {
			continue
		}
		answered[o.Operation] = isExchange
		if lostSome(o) {
			return true
		}
	}
	return slices.ContainsFunc(slices.Collect(maps.Keys(silent)), func(op probe.Operation) bool { return answered[op] })
}

// lostSome: not every attempt of an observation that is ok was answered in time.
func lostSome(o probe.Observation) bool {
	var attempts []probe.Attempt
	rtt := 0.0
	switch d := o.Detail.(type) {
	case probe.ConnectDetail:
		attempts, rtt = d.Attempts, d.RTTMS
	case probe.ExchangeDetail:
		attempts = d.Attempts
		if len(d.RTTMS) > 0 {
			rtt = d.RTTMS[0]
		}
	}
	return slices.ContainsFunc(attempts, func(a probe.Attempt) bool {
		overdue := a.Outcome == probe.NotRun && a.Failure == "" && rtt > 0 && a.ElapsedMS > overdueFactor*rtt+overdueMS
		return a.Outcome == probe.Silent || overdue
	})
}

// An attempt that another's answer cut short was lost if by then it had waited so
// much longer than the round trip.
const (
	overdueFactor = 1.5
	overdueMS     = 20
)

// named: the refusal already says who refused, or nothing was sent.
func named(o probe.Observation) bool {
	if o.Failure == probe.LocalPolicyDenied || o.Failure == probe.NoAddress {
		return true
	}
	switch d := o.Detail.(type) {
	case probe.ConnectDetail:
		return d.ICMP != nil
	case probe.ExchangeDetail:
		return d.ICMP != nil
	}
	return false
}

// Somebody nearer may have answered when an accept took less than a quarter of
// the run's round trip, if that is long enough to mean distance. The rules use
// the same limits.
const (
	nearFraction = 4
	farEnough    = 12 * time.Millisecond
)

func (r *runner) tooFast(seen []probe.Observation) bool {
	rtt, known := r.Network.RTT().Smoothed()
	if !known || rtt < farEnough {
		return false
	}
	return slices.ContainsFunc(seen, func(o probe.Observation) bool {
		d, isConnect := o.Detail.(probe.ConnectDetail)
		return isConnect && o.Outcome == probe.OK && d.RTTMS > 0 && d.RTTMS < probe.Milliseconds(rtt/nearFraction)
	})
}
