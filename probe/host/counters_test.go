package host

import (
	"context"
	"errors"
	"net/netip"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

const ms = time.Millisecond

func TestCounters(t *testing.T) {
	target := netip.MustParseAddrPort("192.0.2.10:4172")
	// device counts every datagram of n whose port the filter lets through.
	device := func(n *probetest.Net, passes func(port uint16) bool) counter {
		return func(string) (uint64, error) {
			count := uint64(1000)
			for _, s := range n.Sent() {
				if passes(s.To.Port()) {
					count++
				}
			}
			return count, nil
		}
	}
	all, none := func(uint16) bool { return true }, func(uint16) bool { return false }
	for name, test := range map[string]struct {
		counter func(*probetest.Net) counter
		flat    bool
		moved   [2]int // target, control
	}{
		"everything leaves":           {func(n *probetest.Net) counter { return device(n, all) }, false, [2]int{32, 32}},
		"the target is swallowed":     {func(n *probetest.Net) counter { return device(n, func(p uint16) bool { return p != 4172 }) }, true, [2]int{0, 32}},
		"the control is swallowed":    {func(n *probetest.Net) counter { return device(n, func(p uint16) bool { return p == 4172 }) }, false, [2]int{32, 0}},
		"a counter that stands still": {func(n *probetest.Net) counter { return device(n, none) }, false, [2]int{0, 0}},
		"a counter that is brought up to date once, in a turn of the control": {func(n *probetest.Net) counter {
			reads := 0
			return func(string) (uint64, error) {
				if reads++; reads < 3 {
					return 0, nil
				}
				return 64, nil
			}
		}, false, [2]int{0, 64}},
		"other programs send more than we do": {func(n *probetest.Net) counter {
			start := time.Now()
			return func(string) (uint64, error) { return uint64(time.Since(start) / ms), nil }
		}, false, [2]int{62, 62}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := probetest.New()
				o := countSent(t.Context(), n, target, "lan0", 32, test.counter(n))
				d := o.Detail.(probe.CountersDetail)
				if o.Outcome != probe.OK || o.Failure != "" || o.Target != "192.0.2.10:4172/udp" || o.Address != "192.0.2.10" || d.Interface != "lan0" {
					t.Errorf("%+v", o)
				}
				if d.Flat != test.flat || [2]int{d.Moved, d.ControlMoved} != test.moved || d.Sent != 32 || d.ControlSent != 32 || d.ControlPort != 443 || d.After-d.Before != uint64(d.Moved+d.ControlMoved) {
					t.Errorf("%+v", d)
				}
				if o.Elapsed > 130*ms || len(n.Sent()) != 64 {
					t.Errorf("%d datagrams in %v", len(n.Sent()), o.Elapsed)
				}
				for _, s := range n.Sent() {
					if s.To.Addr() != target.Addr() || len(s.Payload) != 20 {
						t.Errorf("%d bytes to %s", len(s.Payload), s.To)
					}
				}
			})
		})
	}
}

func TestCountersThatTellNothing(t *testing.T) {
	still := func(string) (uint64, error) { return 7, nil }
	target := netip.MustParseAddrPort("192.0.2.10:443")
	for name, test := range map[string]struct {
		read    counter
		script  probetest.Script
		outcome probe.Outcome
		failure probe.Failure
	}{
		"the system does not tell":        {nil, probetest.Silent(), probe.Skipped, probe.Unsupported},
		"the interface is gone":           {func(string) (uint64, error) { return 0, errors.New("gone") }, probetest.Silent(), probe.Skipped, probe.Unsupported},
		"this computer refuses to send":   {still, probetest.Deny(), probe.Failed, probe.LocalPolicyDenied},
		"a closed port is not our matter": {still, probetest.Refuse(ms), probe.OK, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := probetest.New().On(probe.UDP, target.String(), test.script)
			o := countSent(t.Context(), n, target, "lan0", 32, test.read)
			if d := o.Detail.(probe.CountersDetail); o.Outcome != test.outcome || o.Failure != test.failure || d.Flat || d.ControlPort == 443 {
				t.Errorf("%s: %s %q %+v", name, o.Outcome, o.Failure, d)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		full := probetest.Script{Local: true, Fail: &probe.NetError{Op: "send", Failure: probe.UnknownFailure, Err: syscall.ENOBUFS}}
		n := probetest.New().On(probe.UDP, target.String(), full)
		if o := countSent(t.Context(), n, target, "lan0", 32, still); o.Outcome != probe.OK || o.Detail.(probe.CountersDetail).Sent != 32 || o.Detail.(probe.CountersDetail).Dropped != 32 {
			t.Errorf("a queue that drops: %+v", o)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(40*ms, cancel)
		if o := countSent(ctx, probetest.New(), target, "lan0", 32, still); o.Outcome != probe.NotRun || o.Failure != "" || o.Elapsed > 41*ms || o.Detail.(probe.CountersDetail).Flat {
			t.Errorf("interrupted: %+v", o)
		}
	})
	if o := (Counters{}).Probe(t.Context(), probetest.New(), probe.Target{Host: "h", Port: 4172, Transport: probe.UDP})[0]; o.Outcome != probe.Skipped || o.Failure != probe.NoAddress {
		t.Errorf("without an address: %+v", o)
	}
}
