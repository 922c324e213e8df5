package host

import (
	"context"
	"errors"
	"net"
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
	// once is a counter that is brought up to date in one turn of each round only.
	once := func(inner func(*probetest.Net) counter, turn int) func(*probetest.Net) counter {
		return func(n *probetest.Net) counter {
			reads, shown, count := 0, uint64(0), inner(n)
			return func(device string) (uint64, error) {
				if reads%3 == turn {
					shown, _ = count(device)
				}
				reads++
				return shown, nil
			}
		}
	}
	// busy adds other programs' packets, n at once, every so often.
	busy := func(inner func(*probetest.Net) counter, n int, every time.Duration) func(*probetest.Net) counter {
		return func(net *probetest.Net) counter {
			start, count := time.Now(), inner(net)
			return func(device string) (uint64, error) {
				own, err := count(device)
				return own + uint64(n)*uint64(time.Since(start)/every), err
			}
		}
	}
	leaves := func(n *probetest.Net) counter { return device(n, all) }
	stays := func(n *probetest.Net) counter { return device(n, func(p uint16) bool { return p != 4172 }) }
	for name, test := range map[string]struct {
		counter    func(*probetest.Net) counter
		flat, left bool
		sent       int // to each of the two
	}{
		"everything leaves":                                            {leaves, false, true, 32},
		"the target is swallowed":                                      {stays, true, false, 32},
		"the control is swallowed":                                     {func(n *probetest.Net) counter { return device(n, func(p uint16) bool { return p == 4172 }) }, false, false, 80},
		"a counter that stands still":                                  {func(n *probetest.Net) counter { return device(n, none) }, false, false, 80},
		"brought up to date in the turn of the target, and it leaves":  {once(leaves, 1), false, false, 80},
		"brought up to date in the turn of the control, and it leaves": {once(leaves, 2), false, false, 80},
		"brought up to date in the turn of nobody, and it leaves":      {once(leaves, 0), false, false, 80},
		"brought up to date in the turn of the target, and it stays":   {once(stays, 1), false, false, 80},
		"brought up to date in the turn of nobody, and it stays":       {once(stays, 0), false, false, 80},
		"others send a little, and it leaves":                          {busy(leaves, 1, 10*ms), false, true, 32},
		"others send a little, and it is swallowed":                    {busy(stays, 1, 10*ms), true, false, 32},
		"others send bursts all the time, and it is swallowed":         {busy(stays, 40, 40*ms), false, false, 80},
		"others send a burst now and then, and it is swallowed":        {busy(stays, 40, 170*ms), true, false, 48},
		"others send a burst now and then, and it leaves":              {busy(leaves, 40, 170*ms), false, true, 48},
		"other programs send more than we do":                          {busy(leaves, 1, ms), false, false, 80},
		"other programs send more, and it is swallowed":                {busy(stays, 1, ms), false, false, 80},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := probetest.New()
				o := countSent(t.Context(), n, probe.UDP, target, "lan0", 32, test.counter(n))
				d := o.Detail.(probe.CountersDetail)
				if o.Outcome != probe.OK || o.Failure != "" || o.Target != "192.0.2.10:4172/udp" || o.Address != "192.0.2.10" || d.Interface != "lan0" {
					t.Errorf("%+v", o)
				}
				if d.Flat != test.flat || d.Left != test.left || d.Sent != test.sent || d.ControlSent != test.sent || d.ControlPort != 443 || d.After-d.Before != uint64(d.Moved+d.ControlMoved+d.QuietMoved) {
					t.Errorf("%+v", d)
				}
				if o.Elapsed > time.Duration(test.sent/16)*100*ms || len(n.Sent()) != 2*test.sent {
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

// Over TCP each connect counts for one packet to four, and nobody waits for what
// does not answer.
func TestConnectsAreCounted(t *testing.T) {
	target := netip.MustParseAddrPort("192.0.2.10:443")
	for name, test := range map[string]struct {
		script      probetest.Script
		packets     int // that leave for each connect
		outcome     probe.Outcome
		failure     probe.Failure
		flat, left  bool
		connects    int
		controlSent int
	}{
		"silent, and they leave":     {probetest.Silent(), 1, probe.OK, "", false, true, 12, 12},
		"silent, and they stay":      {probetest.Silent(), 0, probe.OK, "", true, false, 12, 12},
		"reset, and they leave":      {probetest.Refuse(ms), 1, probe.OK, "", false, true, 12, 12},
		"reset, and they stay":       {probetest.Refuse(0), 0, probe.OK, "", true, false, 12, 12},
		"accepted, and they leave":   {probetest.Accept(ms, nil), 4, probe.OK, "", false, true, 12, 12},
		"accepted, and they stay":    {probetest.Accept(0, nil), 0, probe.OK, "", true, false, 12, 12},
		"accepted late":              {probetest.Accept(time.Second, nil), 1, probe.OK, "", false, true, 12, 12},
		"this computer refuses them": {probetest.Deny(), 0, probe.Failed, probe.LocalPolicyDenied, false, false, 6, 6},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := probetest.New().On(probe.TCP, target.String(), test.script)
				sent := func() (tcp, udp int) {
					for _, s := range n.Sent() {
						if s.Transport == probe.TCP {
							tcp++
						} else {
							udp++
						}
					}
					return tcp, udp
				}
				o := countSent(t.Context(), n, probe.TCP, target, "lan0", 12, func(string) (uint64, error) {
					tcp, udp := sent()
					return uint64(test.packets*tcp + udp), nil
				})
				d := o.Detail.(probe.CountersDetail)
				tcp, udp := sent()
				if o.Outcome != test.outcome || o.Failure != test.failure || d.Flat != test.flat || d.Left != test.left || o.Target != "192.0.2.10:443/tcp" || d.ControlPort != 443 {
					t.Errorf("%s %q %s: %+v", o.Outcome, o.Failure, o.Target, d)
				}
				if tcp != test.connects || udp != test.controlSent || o.Elapsed > 130*ms {
					t.Errorf("%d connects and %d datagrams in %v", tcp, udp, o.Elapsed)
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
			o := countSent(t.Context(), n, probe.UDP, target, "lan0", 32, test.read)
			if d := o.Detail.(probe.CountersDetail); o.Outcome != test.outcome || o.Failure != test.failure || d.Flat || d.Left || d.ControlPort == 443 {
				t.Errorf("%s: %s %q %+v", name, o.Outcome, o.Failure, d)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		full := probetest.Script{Local: true, Fail: &probe.NetError{Op: "send", Failure: probe.UnknownFailure, Err: syscall.ENOBUFS}}
		n := probetest.New().On(probe.UDP, target.String(), full)
		if o := countSent(t.Context(), n, probe.UDP, target, "lan0", 32, still); o.Outcome != probe.OK || o.Detail.(probe.CountersDetail).Sent != 80 || o.Detail.(probe.CountersDetail).Dropped != 80 {
			t.Errorf("a queue that drops: %+v", o)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(40*ms, cancel)
		if o := countSent(ctx, probetest.New(), probe.UDP, target, "lan0", 32, still); o.Outcome != probe.NotRun || o.Failure != "" || o.Elapsed > 41*ms || o.Detail.(probe.CountersDetail).Flat {
			t.Errorf("interrupted: %+v", o)
		}
	})
	if o := (Counters{}).Probe(t.Context(), probetest.New(), probe.Target{Host: "h", Port: 4172, Transport: probe.UDP})[0]; o.Outcome != probe.Skipped || o.Failure != probe.NoAddress {
		t.Errorf("without an address: %+v", o)
	}
}

// The system's own counter, without a packet: every interface has one.
func TestEveryInterfaceHasACounter(t *testing.T) {
	read := sentPackets()
	if read == nil {
		t.Skip("this system's counters are not read, as a run says among its gaps")
	}
	list, err := net.Interfaces()
	if err != nil || len(list) == 0 {
		t.Fatalf("%d interfaces: %v", len(list), err)
	}
	for _, i := range list {
		if _, err := read(i.Name); err != nil {
			t.Errorf("%s: %v", i.Name, err)
		}
	}
	if n, err := read("no such interface"); err == nil {
		t.Errorf("an interface that is not there has sent %d packets", n)
	}
}
