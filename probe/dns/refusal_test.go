package dns

import (
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	miekg "github.com/miekg/dns"

	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

var prohibited = probe.ICMPError{Offender: netip.MustParseAddr("10.20.0.1"), Type: 3, Code: 13}

func TestRefusalIsToldWithItsSender(t *testing.T) {
	for name, tc := range map[string]struct {
		script  probetest.Script
		failure probe.Failure
		icmp    *probe.ICMPError
	}{
		"icmp":         {probetest.ICMP(10*ms, probe.AdministrativelyProhibited, prohibited), probe.AdministrativelyProhibited, &prohibited},
		"closed port":  {probetest.Refuse(10 * ms), probe.ConnectionRefused, nil},
		"local policy": {probetest.Deny(), probe.LocalPolicyDenied, nil},
		"icmp outranks what says less": {probetest.Sequence(probetest.Refuse(ms),
			probetest.ICMP(ms, probe.AdministrativelyProhibited, prohibited), probetest.Silent()), probe.AdministrativelyProhibited, &prohibited},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := probetest.New().On(probe.UDP, resolver, tc.script)
				got := ask(t, t.Context(), n, probe.Target{Resolver: resolver}, 1)
				check(t, got[0], probe.Failed, tc.failure)
				d := detail(t, got[0])
				diff(t, tc.icmp, d.Offender)
				if d.Attempts != 3 || d.Error == "" || got[0].Address != resolver {
					t.Errorf("address %q, detail %+v", got[0].Address, d)
				}
			})
		})
	}
}

func TestOneRefusalDoesNotOutweighAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New().On(probe.UDP, resolver, probetest.Sequence(
			probetest.ICMP(ms, probe.HostUnreachable, prohibited), probetest.Answer(ms, one(answerA))))
		got := ask(t, t.Context(), n, probe.Target{Resolver: resolver}, 1)
		check(t, got[0], probe.OK, "")
		if d := detail(t, got[0]); d.Offender != nil || d.Error != "" || got[0].Elapsed != 101*ms {
			t.Errorf("%v, %+v", got[0].Elapsed, d)
		}
	})
}

func TestServerWithoutEDNSIsAskedAgainPlainly(t *testing.T) {
	plain := func(query []byte) []byte {
		var q miekg.Msg
		if err := q.Unpack(query); err != nil {
			t.Errorf("question: %v", err)
		}
		if q.IsEdns0() != nil {
			return append(query[:2:2], 0x80, 0x01, 0, 0, 0, 0, 0, 0, 0, 0) // FORMERR, header only
		}
		return answerA(query)
	}
	synctest.Test(t, func(t *testing.T) {
		// At 150 ms two attempts are under way before the first FORMERR.
		for _, delay := range []time.Duration{5 * ms, 150 * ms} {
			n := probetest.New().On(probe.UDP, resolver, probetest.Answer(delay, one(plain)))
			got := ask(t, t.Context(), n, probe.Target{Resolver: resolver}, 1)
			check(t, got[0], probe.OK, "")
			if got[0].Elapsed != 2*delay {
				t.Errorf("took %v, want two round trips of %v", got[0].Elapsed, delay)
			}
		}
	})
}

func TestFormatErrorToEverythingIsMisbehaviour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New().On(probe.UDP, resolver, probetest.Answer(5*ms, one(func(q []byte) []byte {
			return answer(q, miekg.RcodeFormatError)
		})))
		got := ask(t, t.Context(), n, probe.Target{Resolver: resolver}, 1)
		check(t, got[0], probe.Failed, probe.DNSMisbehaving)
		if d := detail(t, got[0]); d.RCode != "FORMERR" || got[0].Elapsed != 10*ms {
			t.Errorf("%v %+v", got[0].Elapsed, d)
		}
	})
}

func TestNothingButGarbageIsMalformedAndTriedOverTCP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New().On(probe.UDP, resolver, probetest.Answer(5*ms, func(q []byte) [][]byte {
			unpackable := answerA(q)
			return [][]byte{nil, q, {1, 2, 3}, unpackable[:len(unpackable)-3]} // q: no response bit
		}))
		got := ask(t, t.Context(), n, probe.Target{Resolver: resolver}, 2)
		check(t, got[0], probe.Failed, probe.MalformedReply)
		check(t, got[1], probe.Silent, probe.Timeout)
		if d := detail(t, got[0]); d.Garbage != 12 || detail(t, got[1]).Garbage != 0 {
			t.Errorf("%+v", d)
		}
	})
}

func TestTruncatedAnswerMeetsTroubleOverTCP(t *testing.T) {
	cut := func(q []byte) []byte {
		b := answerA(q)
		b[2] |= 0x02
		return b
	}
	for name, tc := range map[string]struct {
		tcp     probetest.Script
		outcome probe.Outcome
		failure probe.Failure
	}{
		"dropped":       {probetest.Silent(), probe.Silent, probe.Timeout},
		"refused":       {probetest.Refuse(ms), probe.Failed, probe.ConnectionRefused},
		"says nothing":  {probetest.Accept(ms, nil), probe.Silent, probe.Timeout},
		"closes":        {probetest.Accept(ms, func(c net.Conn) { c.Read(make([]byte, 99)) }), probe.Failed, probe.EOF},
		"resets":        {probetest.Accept(ms, func(c net.Conn) { c.Read(make([]byte, 99)); probetest.Reset(c) }), probe.Failed, probe.ConnectionReset},
		"cuts again":    {probetest.Accept(ms, serveTCP(cut)), probe.Failed, probe.DNSMisbehaving},
		"wrong answers": {probetest.Accept(ms, serveTCP(func(q []byte) []byte { return answerA(append([]byte{^q[0]}, q[1:]...)) })), probe.Failed, probe.MalformedReply},
		"no message":    {probetest.Accept(ms, serveTCP(func([]byte) []byte { return nil })), probe.Failed, probe.MalformedReply},
		"half an answer": {probetest.Accept(ms, func(c net.Conn) {
			c.Read(make([]byte, 99))
			c.Write([]byte{0xff, 0xff, 1, 2, 3})
		}), probe.Failed, probe.EOF},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := probetest.New().On(probe.UDP, resolver, probetest.Answer(ms, one(cut))).On(probe.TCP, resolver, tc.tcp)
				got := ask(t, t.Context(), n, probe.Target{Resolver: resolver}, 1)
				check(t, got[0], tc.outcome, tc.failure)
				if d := detail(t, got[0]); !d.Truncated || d.Transport != probe.TCP || d.Attempts != 2 || len(d.Addresses) != 0 {
					t.Errorf("%+v", d)
				}
				if got[0].Elapsed > 2600*ms {
					t.Errorf("took %v", got[0].Elapsed)
				}
			})
		})
	}
}
