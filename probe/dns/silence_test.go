package dns

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	miekg "github.com/miekg/dns"

	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

const ms = time.Millisecond

// times gives when each packet was sent, since start.
func times(n *probetest.Net, start time.Time) []time.Duration {
	var list []time.Duration
	for _, s := range n.Sent() {
		list = append(list, s.At.Sub(start))
	}
	return list
}

func TestSilentServerIsAskedThreeTimesAndOnceOverTCP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, start := probetest.New(), time.Now()
		got := ask(t, t.Context(), n, probe.Target{Resolver: resolver}, 2)

		// 300 ms of attempts and 1.5 s on an unknown path; TCP has 1 s more.
		diff(t, []time.Duration{0, 100 * ms, 300 * ms, 1800 * ms}, times(n, start))
		check(t, got[0], probe.Silent, probe.Timeout)
		check(t, got[1], probe.Silent, probe.Timeout)
		diff(t, []time.Duration{1800 * ms, 2500 * ms}, []time.Duration{got[0].Elapsed, got[1].Elapsed})
		udp, tcp := detail(t, got[0]), detail(t, got[1])
		if udp.Transport != probe.UDP || udp.Attempts != 3 || tcp.Transport != probe.TCP || tcp.Attempts != 1 {
			t.Errorf("udp %+v, tcp %+v", udp, tcp)
		}
		ids, sockets := map[uint16]bool{}, map[int]bool{}
		for _, s := range n.Sent()[:3] {
			ids[binary.BigEndian.Uint16(s.Payload)], sockets[s.Socket] = true, true
		}
		if len(ids) != 3 || len(sockets) != 3 {
			t.Errorf("%d IDs and %d sockets for 3 attempts", len(ids), len(sockets))
		}
	})
}

func TestPatienceNeverFallsBelowRecursion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New()
		n.RTT().Learn(ms)
		got := ask(t, t.Context(), n, probe.Target{Resolver: resolver}, 2)
		diff(t, []time.Duration{800 * ms, 1500 * ms}, []time.Duration{got[0].Elapsed, got[1].Elapsed})
	})
}

func TestAttemptsAndSpacingOfTheTarget(t *testing.T) {
	for name, tc := range map[string]struct {
		attempts int
		spacing  time.Duration
		want     []time.Duration
	}{
		"one":            {1, 0, []time.Duration{0}},
		"even":           {3, 50 * ms, []time.Duration{0, 50 * ms, 100 * ms}},
		"never too many": {1000, 10 * ms, []time.Duration{0, 10 * ms, 20 * ms, 30 * ms, 40 * ms, 50 * ms}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, start := probetest.New(), time.Now()
				target := probe.Target{Resolver: resolver, Attempts: tc.attempts, Spacing: probe.Millis(tc.spacing)}
				ask(t, t.Context(), n, target, 2)
				diff(t, tc.want, times(n, start)[:len(n.Sent())-1])
			})
		})
	}
}

func TestAnswerOverTCPAfterSilentUDPIsItsOwnObservation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New().On(probe.TCP, resolver, probetest.Accept(20*ms, serveTCP(answerA)))
		got := ask(t, t.Context(), n, probe.Target{Resolver: resolver}, 2)
		check(t, got[0], probe.Silent, probe.Timeout)
		check(t, got[1], probe.OK, "")
		diff(t, addrs("3.209.215.252"), detail(t, got[1]).Addresses)
	})
}

func TestLateAnswerToTheFirstAttemptIsAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New().On(probe.UDP, resolver, probetest.Sequence(
			probetest.Answer(450*ms, one(answerA)), probetest.Silent()))
		got := ask(t, t.Context(), n, probe.Target{Resolver: resolver}, 1)
		check(t, got[0], probe.OK, "")
		if d := detail(t, got[0]); got[0].Elapsed != 450*ms || d.Attempts != 3 {
			t.Errorf("%v after %d attempts", got[0].Elapsed, d.Attempts)
		}
	})
}

func TestFirstAnswerEndsTheAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New().On(probe.UDP, resolver, probetest.Sequence(
			probetest.Silent(), probetest.Answer(20*ms, one(answerA))))
		got := ask(t, t.Context(), n, probe.Target{Resolver: resolver}, 1)
		check(t, got[0], probe.OK, "")
		if got[0].Elapsed != 120*ms || len(n.Sent()) != 2 {
			t.Errorf("%v, %d sent", got[0].Elapsed, len(n.Sent()))
		}
		if _, known := n.RTT().Smoothed(); known {
			t.Error("a resolver's time was taken for the path's")
		}
	})
}

func TestEndOfTheContextEndsTheWait(t *testing.T) {
	for name, tc := range map[string]struct {
		end     func(context.Context) (context.Context, context.CancelFunc)
		outcome probe.Outcome
		failure probe.Failure
	}{
		"deadline": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 150*ms)
		}, probe.Silent, probe.Timeout},
		"interrupted": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(150*ms, cancel)
			return ctx, cancel
		}, probe.NotRun, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := tc.end(t.Context())
				defer cancel()
				got := ask(t, ctx, probetest.New(), probe.Target{Resolver: resolver}, 1)
				check(t, got[0], tc.outcome, tc.failure)
				if got[0].Elapsed != 150*ms {
					t.Errorf("ended after %v", got[0].Elapsed)
				}
			})
		})
	}
}

func TestContextThatIsOverSendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), ms)
		defer cancel()
		time.Sleep(2 * ms)
		n := probetest.New()
		got := ask(t, ctx, n, probe.Target{Resolver: resolver}, 1)
		check(t, got[0], probe.NotRun, "")
		if len(n.Sent()) != 0 {
			t.Errorf("sent %d", len(n.Sent()))
		}
	})
}

func TestEndOfTheContextEndsTCP(t *testing.T) {
	for name, script := range map[string]probetest.Script{
		"while connecting": probetest.Silent(),
		"while reading":    probetest.Accept(ms, nil),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				defer cancel()
				n := probetest.New().On(probe.TCP, resolver, script)
				got := ask(t, ctx, n, probe.Target{Resolver: resolver}, 2)
				check(t, got[1], probe.Silent, probe.Timeout)
				if got[1].Elapsed != 200*ms {
					t.Errorf("ended after %v", got[1].Elapsed)
				}
			})
		})
	}
}

func TestTypesAreAskedInParallelAndReportedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New().On(probe.UDP, resolver, probetest.Answer(40*ms, one(func(q []byte) []byte {
			return answer(q, miekg.RcodeSuccess)
		})))
		start := time.Now()
		got := ask(t, t.Context(), n, probe.Target{Resolver: resolver, Types: []string{"SRV", "a", "AAAA", "TXT"}}, 4)
		var types []string
		for _, o := range got {
			check(t, o, probe.Failed, probe.DNSNoAnswer)
			types = append(types, detail(t, o).Type)
		}
		diff(t, []string{"SRV", "A", "AAAA", "TXT"}, types)
		if d := time.Since(start); d != 40*ms {
			t.Errorf("took %v", d)
		}
	})
}

// serveTCP reads one question and answers it.
func serveTCP(reply func(query []byte) []byte) func(net.Conn) {
	return func(c net.Conn) {
		var length [2]byte
		if _, err := io.ReadFull(c, length[:]); err != nil {
			return
		}
		query := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(c, query); err != nil {
			return
		}
		b := reply(query)
		c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...))
	}
}
