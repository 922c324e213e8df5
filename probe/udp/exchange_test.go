package udp

import (
	"context"
	"encoding/binary"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const ms = time.Millisecond

var (
	at       = netip.MustParseAddrPort("192.0.2.10:4172")
	router   = probe.ICMPError{Offender: netip.MustParseAddr("10.20.0.1"), Type: 3, Code: 13}
	rejected = probetest.ICMP(10*ms, probe.AdministrativelyProhibited, router)
)

// numbered asks "q<i>" and takes "a<i>" for an answer.
func numbered() Question {
	return Question{
		Spacing: 30 * ms,
		Payload: func(i int) []byte { return binary.BigEndian.AppendUint16([]byte("q"), uint16(i)) },
		Match: func(b []byte) (int, bool) {
			if len(b) != 3 || b[0] != 'a' {
				return 0, false
			}
			return int(binary.BigEndian.Uint16(b[1:])), true
		},
	}
}

// reply answers properly; echo sends the question back.
func reply(b []byte) [][]byte { return [][]byte{append([]byte("a"), b[1:]...)} }
func echo(b []byte) [][]byte  { return [][]byte{b} }

// ask runs one exchange against a script and gives how long it took.
func ask(t *testing.T, q Question, s probetest.Script) (n *probetest.Net, d probe.ExchangeDetail, o probe.Outcome, f probe.Failure, took time.Duration) {
	t.Helper()
	n = probetest.New().On(probe.UDP, at.String(), s)
	start := time.Now()
	d, o, f = Exchange(t.Context(), n, at, q)
	return n, d, o, f, time.Since(start)
}

func outcomes(d probe.ExchangeDetail) []probe.Outcome {
	var list []probe.Outcome
	for _, a := range d.Attempts {
		list = append(list, a.Outcome)
	}
	return list
}

func TestEnds(t *testing.T) {
	const ok, failed, silent, notRun = probe.OK, probe.Failed, probe.Silent, probe.NotRun
	type outcomeList = []probe.Outcome
	seq := probetest.Sequence
	answer := probetest.Answer(10*ms, reply)
	tests := []struct {
		name    string
		script  probetest.Script
		change  func(*Question)
		outcome probe.Outcome
		failure probe.Failure
		took    time.Duration
		each    outcomeList
		garbage int
		icmp    *probe.ICMPError
	}{
		{name: "first answer ends it", script: answer, outcome: ok, took: 10 * ms, each: outcomeList{ok}},
		{name: "late answers of all are awaited in a sample", script: answer, change: func(q *Question) { q.StopAtFirst = false },
			outcome: ok, took: 70 * ms, each: outcomeList{ok, ok, ok}},
		{name: "a lost first datagram is not decided when the second is answered", script: seq(probetest.Silent(), answer),
			outcome: ok, took: 40 * ms, each: outcomeList{notRun, ok}},
		{name: "a lost datagram of a sample is silent", script: seq(answer, probetest.Silent(), answer), change: func(q *Question) { q.StopAtFirst = false },
			outcome: ok, took: 225 * ms, each: outcomeList{ok, silent, ok}}, // 60 + 150, at the next look
		{name: "silence takes the patience of an unknown path after the last", script: probetest.Silent(),
			outcome: silent, failure: probe.Timeout, took: 1575 * ms, each: outcomeList{silent, silent, silent}}, // 60 + 1500
		{name: "a router that rejects is asked once more and named, without a wait", script: rejected,
			outcome: failed, failure: probe.AdministrativelyProhibited, took: 40 * ms, each: outcomeList{failed, failed}, icmp: &router},
		{name: "an answer outweighs a refusal", script: seq(rejected, answer),
			outcome: ok, took: 40 * ms, each: outcomeList{failed, ok}, icmp: &router},
		{name: "two of a router's refusals end a sample", script: rejected, change: func(q *Question) { q.Attempts, q.StopAtFirst = 40, false },
			outcome: failed, failure: probe.AdministrativelyProhibited, took: 40 * ms, each: outcomeList{failed, failed}, icmp: &router},
		{name: "a local refusal is asked three times", script: probetest.Deny(),
			outcome: failed, failure: probe.LocalPolicyDenied, took: 60 * ms, each: outcomeList{failed, failed, failed}},
		{name: "an echo is garbage", script: probetest.Answer(10*ms, echo),
			outcome: failed, failure: probe.MalformedReply, took: 1575 * ms, each: outcomeList{silent, silent, silent}, garbage: 3},
		{name: "a duplicate counts once", script: probetest.Answer(10*ms, func(b []byte) [][]byte { return append(reply(b), reply(b)...) }), change: func(q *Question) { q.StopAtFirst = false },
			outcome: ok, took: 70 * ms, each: outcomeList{ok, ok, ok}},
		{name: "a datagram that was not sent cannot be answered", script: probetest.Answer(10*ms, func([]byte) [][]byte { return [][]byte{{'a', 0, 9}, {'a', 255, 255}} }),
			outcome: failed, failure: probe.MalformedReply, took: 1575 * ms, each: outcomeList{silent, silent, silent}, garbage: 6},
		{name: "fresh sockets know which datagram was refused", script: seq(probetest.Silent(), rejected, probetest.Silent()), change: func(q *Question) { q.Fresh = true },
			outcome: failed, failure: probe.AdministrativelyProhibited, took: 1575 * ms, each: outcomeList{silent, failed, silent}, icmp: &router},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := numbered()
				q.StopAtFirst = true
				if test.change != nil {
					test.change(&q)
				}
				_, d, o, f, took := ask(t, q, test.script)
				if o != test.outcome || f != test.failure || took != test.took || d.Garbage != test.garbage {
					t.Errorf("%s %q after %v with %d garbage, want %s %q after %v with %d", o, f, took, d.Garbage, test.outcome, test.failure, test.took, test.garbage)
				}
				if diff := cmp.Diff(test.each, outcomes(d)); diff != "" {
					t.Errorf("attempts (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(test.icmp, d.ICMP, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
					t.Errorf("ICMP (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestDatagramsAreSpacedOnOneSocketUnlessFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for fresh, want := range map[bool][]int{false: {1, 1, 1}, true: {1, 2, 3}} {
			q := numbered()
			q.Fresh, q.Spacing = fresh, 50*ms
			start := time.Now()
			n, d, _, _, _ := ask(t, q, probetest.Answer(10*ms, reply))
			var sockets []int
			for i, s := range n.Sent() {
				sockets = append(sockets, s.Socket)
				if s.At.Sub(start) != time.Duration(i)*50*ms {
					t.Errorf("datagram %d left at %v", i, s.At.Sub(start))
				}
			}
			if diff := cmp.Diff(want, sockets); diff != "" || d.Sent != 3 || d.Answered != 3 {
				t.Errorf("fresh %v: sent %d, answered %d, sockets (-want +got):\n%s", fresh, d.Sent, d.Answered, diff)
			}
			if diff := cmp.Diff([]float64{10, 10, 10}, d.RTTMS); diff != "" {
				t.Errorf("round trips (-want +got):\n%s", diff)
			}
		}
	})
}

func TestPatienceShrinksWhenAnotherProbeLearnsTheRoundTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New()
		time.AfterFunc(310*ms, func() { n.RTT().Learn(20 * ms) })
		start := time.Now()
		_, o, _ := Exchange(t.Context(), n, at, numbered())
		if took := time.Since(start); o != probe.Silent || took != 325*ms {
			t.Errorf("%s after %v, want silent once the path is known to be fast", o, took)
		}
	})
}

func TestAnswersTeachTheRoundTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, _, _, _, _ := ask(t, numbered(), probetest.Answer(40*ms, reply))
		if srtt, known := n.RTT().Smoothed(); !known || srtt != 40*ms {
			t.Errorf("%v %v", srtt, known)
		}
	})
}

func TestContextEndsAnExchange(t *testing.T) {
	tests := []struct {
		name    string
		end     func(context.Context) (context.Context, context.CancelFunc)
		outcome probe.Outcome
		failure probe.Failure
		each    probe.Outcome
	}{
		{"deadline", func(c context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(c, 100*ms) }, probe.Silent, probe.Timeout, probe.Silent},
		{"interrupt", func(c context.Context) (context.Context, context.CancelFunc) {
			c, cancel := context.WithCancel(c)
			time.AfterFunc(100*ms, cancel)
			return c, cancel
		}, probe.NotRun, "", probe.NotRun},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := test.end(t.Context())
				defer cancel()
				start := time.Now()
				d, o, f := Exchange(ctx, probetest.New(), at, numbered())
				if o != test.outcome || f != test.failure || time.Since(start) != 100*ms || len(d.Attempts) != 3 || d.Attempts[2].Outcome != test.each {
					t.Errorf("%s %q after %v: %+v", o, f, time.Since(start), d)
				}
			})
		})
	}
	t.Run("before it began", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		n := probetest.New()
		if d, o, f := Exchange(ctx, n, at, numbered()); o != probe.NotRun || f != "" || d.Sent != 0 || len(n.Sent()) != 0 {
			t.Errorf("%s %q %+v", o, f, d)
		}
	})
}

func TestAFloodIsReadOnlySoFar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		flood := func([]byte) [][]byte {
			list := make([][]byte, 300)
			for i := range list {
				list[i] = make([]byte, 4000)
			}
			return list
		}
		_, d, o, f, took := ask(t, numbered(), probetest.Answer(ms, flood))
		if d.Garbage != DefaultAttempts+maxExtra || o != probe.Failed || f != probe.MalformedReply || took != 1575*ms {
			t.Errorf("%d datagrams read, %s %s after %v", d.Garbage, o, f, took)
		}
	})
}

func TestTheLargestDatagramLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for size, want := range map[int]probe.Outcome{maxSize: probe.OK, maxSize + 1: probe.Failed} {
			q := numbered()
			q.Attempts = 1
			q.Match = func(b []byte) (int, bool) { return 0, true }
			_, _, o, _, _ := ask(t, q, probetest.Answer(ms, func([]byte) [][]byte { return [][]byte{make([]byte, size)} }))
			if o != want {
				t.Errorf("%d bytes: %s, want %s", size, o, want)
			}
		}
	})
}

func TestProbeAsksEveryAddressInParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target := probe.Target{Endpoint: "health", Host: "h", Port: 4172, Transport: probe.UDP}
		for i := range 3 {
			target.Addresses = append(target.Addresses, netip.AddrFrom4([4]byte{192, 0, 2, byte(10 + i)}))
		}
		n := probetest.New().On(probe.UDP, "192.0.2.11:4172", rejected)
		start := time.Now()
		list := Probe(t.Context(), n, target, probe.STUNBinding, func() (Question, func(*probe.ExchangeDetail)) { return numbered(), nil })
		if took := time.Since(start); took != 1575*ms {
			t.Errorf("took %v", took)
		}
		for i, want := range []probe.Outcome{probe.Silent, probe.Failed, probe.Silent} {
			if o := list[i]; o.Outcome != want || o.Addr() != target.Addresses[i] || o.Target != "h:4172/udp" || o.Endpoint != "health" {
				t.Errorf("observation %d: %+v", i, o)
			}
		}
	})
}

func TestNoAddressIsSkipped(t *testing.T) {
	list := Probe(t.Context(), probetest.New(), probe.Target{Host: "h", Port: 1, Transport: probe.UDP}, probe.QUICVersion, nil)
	if len(list) != 1 || list[0].Outcome != probe.Skipped || list[0].Failure != probe.NoAddress {
		t.Errorf("%+v", list)
	}
}

func TestTargetDecidesAttempts(t *testing.T) {
	for _, test := range []struct {
		target probe.Target
		want   Question
	}{
		{probe.Target{}, Question{StopAtFirst: true}},
		{probe.Target{Attempts: 3, Spacing: probe.Millis(5 * ms)}, Question{Attempts: 3, Spacing: 5 * ms, StopAtFirst: true}},
		{probe.Target{Attempts: 20}, Question{Attempts: 20}},
	} {
		got := Question{}.Ask(test.target)
		if got.Attempts != test.want.Attempts || got.Spacing != test.want.Spacing || got.StopAtFirst != test.want.StopAtFirst {
			t.Errorf("%+v, want %+v", got, test.want)
		}
	}
}
