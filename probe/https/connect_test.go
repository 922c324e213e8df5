package https_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

const ms = time.Millisecond

// racing runs a plain http probe against scripted addresses inside a bubble;
// whatever connects answers 200. It gives the first observation, how long the
// probe took and the times at which sockets were opened, in milliseconds.
func racing(t *testing.T, limit time.Duration, known time.Duration, scripts ...[2]any) (o probe.Observation, took time.Duration, opened []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New()
		asked := probe.Target{Scheme: "http", Host: "h.example", Path: "/"}
		for _, s := range scripts {
			address := netip.MustParseAddr(s[0].(string))
			asked.Addresses = append(asked.Addresses, address)
			n.On(probe.TCP, netip.AddrPortFrom(address, 80).String(), s[1].(probetest.Script))
		}
		if known > 0 {
			for range 30 {
				n.RTT().Learn(known)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		start := time.Now()
		seen := ask(ctx, n, asked)
		took = time.Since(start)
		checkStored(t, seen)
		o = seen[0]
		for _, s := range n.Sent() {
			opened = append(opened, fmt.Sprintf("%s@%d", s.To.Addr(), s.At.Sub(start).Milliseconds()))
		}
	})
	return o, took, opened
}

func serve200(conn net.Conn) { saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")(conn) }

func TestTheRaceOfFreshSockets(t *testing.T) {
	accept := func(d time.Duration) probetest.Script { return probetest.Accept(d, serve200) }
	unreachable := probetest.Script{Local: true, Fail: &probe.NetError{Op: "connect", Failure: probe.NetworkUnreachable, Err: fmt.Errorf("no route")}}
	prohibited := probetest.ICMP(5*ms, probe.AdministrativelyProhibited, probe.ICMPError{Offender: netip.MustParseAddr("10.0.0.1"), Type: 3, Code: 13})
	const a, b, six, seven = "192.0.2.1", "192.0.2.2", "2001:db8::6", "2001:db8::7"
	for _, c := range []struct {
		name    string
		known   time.Duration
		scripts [][2]any
		outcome probe.Outcome
		failure probe.Failure
		address string
		opened  string
		took    time.Duration
	}{
		{"the first socket answers", 0, [][2]any{{a, accept(20 * ms)}}, probe.OK, "", a, "[192.0.2.1@0]", 20 * ms},
		{"a slow path gets more sockets and the first still wins", 0, [][2]any{{a, accept(120 * ms)}}, probe.OK, "", a, "[192.0.2.1@0 192.0.2.1@50 192.0.2.1@100]", 120 * ms},
		{"one lost SYN costs 50 ms", 0, [][2]any{{a, probetest.Sequence(probetest.Silent(), accept(20*ms))}}, probe.OK, "", a, "[192.0.2.1@0 192.0.2.1@50]", 70 * ms},
		{"three lost SYNs cost 150 ms", 0, [][2]any{{a, probetest.Sequence(probetest.Silent(), probetest.Silent(), probetest.Silent(), accept(20*ms))}}, probe.OK, "", a, "[192.0.2.1@0 192.0.2.1@50 192.0.2.1@100 192.0.2.1@150]", 170 * ms},
		{"silence on an unknown path", 0, [][2]any{{a, probetest.Silent()}}, probe.Silent, probe.Timeout, a, "[192.0.2.1@0 192.0.2.1@50 192.0.2.1@100 192.0.2.1@150]", 1650 * ms},
		{"silence on a path of 40 ms", 40 * ms, [][2]any{{a, probetest.Silent()}}, probe.Silent, probe.Timeout, a, "[192.0.2.1@0 192.0.2.1@50 192.0.2.1@100 192.0.2.1@150]", 325 * ms},
		{"a refusal is final", 0, [][2]any{{a, probetest.Refuse(20 * ms)}}, probe.Failed, probe.ConnectionRefused, a, "[192.0.2.1@0]", 20 * ms},
		{"a slow refusal is final while later sockets wait", 0, [][2]any{{a, probetest.Refuse(120 * ms)}}, probe.Failed, probe.ConnectionRefused, a, "[192.0.2.1@0 192.0.2.1@50 192.0.2.1@100]", 120 * ms},
		{"this computer refuses", 0, [][2]any{{a, probetest.Deny()}}, probe.Failed, probe.LocalPolicyDenied, a, "[192.0.2.1@0]", 0},
		{"a router forbids", 0, [][2]any{{a, prohibited}}, probe.Failed, probe.AdministrativelyProhibited, a, "[192.0.2.1@0]", 5 * ms},
		{"one dead address of two is passed over at once", 0, [][2]any{{a, probetest.Refuse(10 * ms)}, {b, accept(10 * ms)}}, probe.OK, "", b, "[192.0.2.1@0 192.0.2.2@10]", 20 * ms},
		{"one silent address of two costs one step", 0, [][2]any{{a, probetest.Silent()}, {b, accept(10 * ms)}}, probe.OK, "", b, "[192.0.2.1@0 192.0.2.2@50]", 60 * ms},
		{"a missing family does not use up the attempts", 0, [][2]any{{six, unreachable}, {seven, unreachable}, {a, accept(10 * ms)}}, probe.OK, "", a, "[2001:db8::6@0 192.0.2.1@0]", 10 * ms},
		{"silence outweighs a missing family", 40 * ms, [][2]any{{six, unreachable}, {a, probetest.Silent()}}, probe.Silent, probe.Timeout, a, "[2001:db8::6@0 192.0.2.1@0 192.0.2.1@50 192.0.2.1@100]", 275 * ms},
		{"an answer outweighs silence", 40 * ms, [][2]any{{a, probetest.Silent()}, {b, prohibited}}, probe.Failed, probe.AdministrativelyProhibited, b, "[192.0.2.1@0 192.0.2.2@50 192.0.2.1@100 192.0.2.1@150]", 325 * ms},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, took, opened := racing(t, 10*time.Second, c.known, c.scripts...)
			if o.Operation != probe.TCPConnect || o.Outcome != c.outcome || o.Failure != c.failure || o.Address != c.address {
				t.Errorf("%s %q at %s", o.Outcome, o.Failure, o.Address)
			}
			if fmt.Sprint(opened) != c.opened || took < c.took || took > c.took+25*ms {
				t.Errorf("opened %v in %v, want %s in %v", opened, took, c.opened, c.took)
			}
			d := o.Detail.(probe.ConnectDetail)
			if len(d.Attempts) != len(opened) || (d.ICMP != nil) != (c.failure == probe.AdministrativelyProhibited) {
				t.Errorf("%+v", d)
			}
		})
	}
}

func TestPatienceIsLookedUpAgainWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New()
		start := time.Now()
		time.AfterFunc(300*ms, func() {
			for range 30 {
				n.RTT().Learn(20 * ms) // another prober got an answer
			}
		})
		seen := ask(t.Context(), n, probe.Target{Scheme: "http", Host: "192.0.2.1"})
		if took := time.Since(start); seen[0].Outcome != probe.Silent || took > 330*ms {
			t.Errorf("%s after %v", seen[0].Outcome, took)
		}
	})
}

func TestAttemptsAreCountedHonestly(t *testing.T) {
	o, _, _ := racing(t, time.Second, 20*ms, [2]any{"192.0.2.1", probetest.Sequence(probetest.Silent(), probetest.Accept(120*ms, serve200))})
	d := o.Detail.(probe.ConnectDetail)
	var got []probe.Outcome
	for _, a := range d.Attempts {
		got = append(got, a.Outcome)
	}
	// The first had 170 ms and the path needs at most 150; the others were cut off.
	if fmt.Sprint(got) != "[silent ok skipped skipped]" || d.RTTMS != 120 {
		t.Errorf("%v, round trip %v ms", got, d.RTTMS)
	}
}

func TestTheRetransmittedSYNTeachesNoRoundTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New().On(probe.TCP, "192.0.2.1:80", probetest.Accept(1080*ms, serve200))
		seen := ask(t.Context(), n, probe.Target{Scheme: "http", Host: "192.0.2.1"})
		if _, known := n.RTT().Smoothed(); known || seen[0].Outcome != probe.OK || seen[0].Detail.(probe.ConnectDetail).RTTMS != 0 {
			t.Errorf("learnt: %v; %+v", known, seen[0])
		}
	})
}

func TestADeadlineBeforeThePatienceIsSilence(t *testing.T) {
	o, took, _ := racing(t, 200*ms, 0, [2]any{"192.0.2.1", probetest.Silent()})
	if o.Outcome != probe.Silent || o.Failure != probe.Timeout || took != 200*ms {
		t.Errorf("%s %q after %v", o.Outcome, o.Failure, took)
	}
}

func TestAnInterruptedRaceIsNotRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*ms, cancel)
		seen := ask(ctx, probetest.New(), probe.Target{Scheme: "http", Host: "192.0.2.1"})
		if len(seen) != 1 || seen[0].Outcome != probe.NotRun || seen[0].Failure != "" {
			t.Errorf("%+v", seen)
		}
		checkStored(t, seen)
	})
}

func TestWithoutAnAddressNothingIsSent(t *testing.T) {
	n := probetest.New()
	d := want[probe.ConnectDetail](t, ask(t.Context(), n, probe.Target{Host: host}), "tcp_connect skipped no_address")
	if len(d.Attempts) != 0 || len(n.Sent()) != 0 {
		t.Errorf("%+v, sent %v", d, n.Sent())
	}
}

// The peer of a connection that is left open waits for ever, and the bubble
// then ends in a deadlock.
func TestALoserThatConnectsIsClosed(t *testing.T) {
	for range 20 {
		o, _, opened := racing(t, time.Second, 0,
			[2]any{"192.0.2.1", probetest.Accept(60*ms, serve200)}, [2]any{"192.0.2.2", probetest.Accept(10*ms, serve200)})
		if o.Outcome != probe.OK || len(opened) != 2 {
			t.Errorf("%s, opened %v", o.Outcome, opened)
		}
	}
}
