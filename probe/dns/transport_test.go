package dns

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	miekg "github.com/miekg/dns"

	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

const service = "_ldap._tcp.dc._msdcs.corp.example.com"

// Both resolvers of a directory may be dead, and a run has little time for it.
func TestASilentResolverIsLeftWithinTwoSeconds(t *testing.T) {
	for _, transport := range []probe.Transport{probe.UDP, probe.TCP} {
		synctest.Test(t, func(t *testing.T) {
			n, start := probetest.New(), time.Now()
			got := ask(t, t.Context(), n, probe.Target{Host: service, Types: []string{"SRV"}, Resolver: resolver, Transport: transport}, 1)
			check(t, got[0], probe.Silent, probe.Timeout)
			diff(t, []time.Duration{0, 100 * ms, 300 * ms}, times(n, start))
			if d := detail(t, got[0]); got[0].Elapsed != 1800*ms || d.Transport != transport || d.Attempts != 3 {
				t.Errorf("%+v", got[0])
			}
			for _, s := range n.Sent() {
				if s.Transport != transport {
					t.Errorf("%v over %s", s.At, s.Transport)
				}
			}
		})
	}
}

func TestAFloorOfPatienceHoldsForResolversToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New()
		n.RTT().Floor = 700 * ms
		n.RTT().Learn(ms)
		got := ask(t, t.Context(), n, probe.Target{Resolver: resolver, Transport: probe.UDP}, 1)
		diff(t, time.Second, got[0].Elapsed)
	})
}

func TestOnlyTCP(t *testing.T) {
	mute := probetest.Accept(ms, nil)
	right := probetest.Accept(20*ms, serveTCP(answerA))
	formerr := probetest.Accept(20*ms, serveTCP(func(q []byte) []byte {
		var m miekg.Msg
		if m.Unpack(q) == nil && m.IsEdns0() == nil {
			return answerA(q)
		}
		return answer(q, miekg.RcodeFormatError)
	}))
	for name, tc := range map[string]struct {
		script   probetest.Script
		outcome  probe.Outcome
		failure  probe.Failure
		attempts int
		took     time.Duration
	}{
		"answer":                   {right, probe.OK, "", 1, 20 * ms},
		"first SYN lost":           {probetest.Sequence(probetest.Silent(), right), probe.OK, "", 2, 120 * ms},
		"refused":                  {probetest.Refuse(ms), probe.Failed, probe.ConnectionRefused, 3, 301 * ms},
		"refused once":             {probetest.Sequence(probetest.Refuse(ms), right), probe.OK, "", 2, 120 * ms},
		"accepts and says nothing": {mute, probe.Silent, probe.Timeout, 3, 1800 * ms},
		"server without EDNS0":     {formerr, probe.OK, "", 2, 40 * ms},
		"somebody else's answer":   {probetest.Accept(ms, serveTCP(func(q []byte) []byte { q[0]++; return answerA(q) })), probe.Failed, probe.MalformedReply, 3, 301 * ms},
		"truncated all the same": {probetest.Accept(ms, serveTCP(func(q []byte) []byte {
			b := answerA(q)
			b[2] |= 0x02
			return b
		})), probe.Failed, probe.DNSMisbehaving, 1, ms},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := probetest.New().On(probe.TCP, resolver, tc.script).On(probe.UDP, resolver, probetest.Answer(0, one(answerA)))
				o := ask(t, t.Context(), n, probe.Target{Resolver: resolver, Transport: probe.TCP}, 1)[0]
				check(t, o, tc.outcome, tc.failure)
				if d := detail(t, o); d.Transport != probe.TCP || d.Attempts != tc.attempts || o.Elapsed != tc.took || d.Truncated {
					t.Errorf("after %v: %+v", o.Elapsed, d)
				}
			})
		})
	}
}

func TestOnlyUDPGoesOverForWhatDoesNotFit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New().On(probe.TCP, resolver, probetest.Accept(20*ms, serveTCP(answerA))).
			On(probe.UDP, resolver, probetest.Answer(ms, one(func(q []byte) []byte {
				b := answerA(q)
				b[2] |= 0x02
				return b
			})))
		o := ask(t, t.Context(), n, probe.Target{Resolver: resolver, Transport: probe.UDP}, 1)[0]
		check(t, o, probe.OK, "")
		if d := detail(t, o); !d.Truncated || d.Transport != probe.TCP || d.Attempts != 2 {
			t.Errorf("%+v", d)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		garbage := probetest.Answer(ms, func([]byte) [][]byte { return [][]byte{[]byte("no DNS")} })
		n := probetest.New().On(probe.TCP, resolver, probetest.Accept(ms, serveTCP(answerA))).On(probe.UDP, resolver, garbage)
		o := ask(t, t.Context(), n, probe.Target{Resolver: resolver, Transport: probe.UDP}, 1)[0]
		check(t, o, probe.Failed, probe.MalformedReply)
	})
}

func TestEndOfTheContextEndsOnlyTCP(t *testing.T) {
	for name, script := range map[string]probetest.Script{"connecting": probetest.Silent(), "reading": probetest.Accept(ms, nil)} {
		for _, cut := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ctx, cancel := context.WithTimeout(t.Context(), 150*ms)
					defer cancel()
					outcome, failure := probe.Silent, probe.Timeout
					if cut {
						ctx, cancel = context.WithCancel(t.Context())
						time.AfterFunc(150*ms, cancel)
						outcome, failure = probe.NotRun, ""
					}
					n := probetest.New().On(probe.TCP, resolver, script)
					o := ask(t, ctx, n, probe.Target{Resolver: resolver, Transport: probe.TCP}, 1)[0]
					check(t, o, outcome, failure)
					if o.Elapsed != 150*ms {
						t.Errorf("ended after %v", o.Elapsed)
					}
				})
			})
		}
	}
}

// The connections of attempts that came too late are closed: goleak sees the
// server's end otherwise.
func TestOnlyTCPOverRealSockets(t *testing.T) {
	at := serve(t, respond(0, nil, records(host+" 60 IN A 3.5.7.9")...))
	target := patient(at)
	target.Transport = probe.TCP
	o := ask(t, t.Context(), &loopback{}, target, 1)[0]
	check(t, o, probe.OK, "")
	diff(t, addrs("3.5.7.9"), detail(t, o).Addresses)

	closed, listener := listen(t)
	at = listener.Addr().String()
	closed.Close()
	listener.(*net.TCPListener).Close()
	o = ask(t, t.Context(), &loopback{}, probe.Target{Resolver: at, Transport: probe.TCP, Spacing: 1}, 1)[0]
	check(t, o, probe.Failed, probe.ConnectionRefused)
}
