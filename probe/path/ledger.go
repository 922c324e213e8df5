package path

import (
	"net/netip"
	"sync"
	"time"

	"wsdoctor/probe"
)

// ledger is what the sweeps of one run tell each other while they run: routers
// send few ICMP errors to one computer, and all its sweeps share them. What one
// heard of a router, another need not ask; where one was heard and another was
// not, the router may have had no answer left.
type ledger struct {
	mu   sync.Mutex
	runs []*entry
}

// entry is one sweep as the others see it.
type entry struct {
	address   netip.Addr
	transport probe.Transport
	control   bool
	begun     bool // every hop of its window was asked once
	over      bool // nothing more is sent or awaited
	end, last int
	hops      [maxTTL + 1]tally
}

// tally is what a sweep has to say of one TTL.
type tally struct {
	sent   int       // probes in all
	latest time.Time // when the last one left
	open   bool      // one of them is still awaited
	router bool      // a router answered
	shows  bool      // of a control that followed: the router had answers to give, to whoever came just before
}

// join enters a sweep. A nil ledger knows of no others.
func (l *ledger) join(s *sweep) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s.entry = &entry{address: s.to.Addr(), transport: s.transport, control: s.confirm}
	l.runs = append(l.runs, s.entry)
}

// update changes a sweep's own entry.
func (l *ledger) update(change func()) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

// others gives the other sweeps towards the same address.
func (l *ledger) others(s *sweep) []entry {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []entry
	for _, e := range l.runs {
		if e != s.entry && e.address == s.entry.address {
			list = append(list, *e)
		}
	}
	return list
}

// rivals are the others of the same transport: the targets of a control, or the
// control and the other ports of a target.
func (l *ledger) rivals(s *sweep) []entry {
	var list []entry
	for _, e := range l.others(s) {
		if e.transport == s.transport {
			list = append(list, e)
		}
	}
	return list
}
