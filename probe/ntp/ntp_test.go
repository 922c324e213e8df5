package ntp

import (
	"context"
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"wsdoctor/internal/lab/servers"
	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ms     = time.Millisecond
	server = "172.16.0.10:123"
)

var target = probe.Target{Endpoint: "clock", Host: "dc1.corp.example.com", Port: 123, Transport: probe.UDP, Addresses: []netip.Addr{netip.MustParseAddr("172.16.0.10")}}

func observe(t *testing.T, ctx context.Context, n probe.Network, target probe.Target) (probe.Observation, probe.NTPDetail) {
	t.Helper()
	list := Prober{}.Probe(ctx, n, target)
	if len(list) != 1 || list[0].Operation != probe.NTPTime {
		t.Fatalf("%+v", list)
	}
	d, is := list[0].Detail.(probe.NTPDetail)
	if !is {
		t.Fatalf("detail is a %T", list[0].Detail)
	}
	return list[0], d
}

// answers makes a script of a responder, whose replies change may spoil.
func answers(delay time.Duration, c servers.Clock, change func([]byte) []byte) probetest.Script {
	return probetest.Answer(delay, func(b []byte) [][]byte {
		reply := servers.NTP(c)(b, netip.AddrPort{})
		if change != nil {
			reply = change(reply)
		}
		return [][]byte{reply}
	})
}

func set(at int, to byte) func([]byte) []byte {
	return func(b []byte) []byte { b[at] = to; return b }
}

func TestClockOffsetIsThisComputersMinusTheServers(t *testing.T) {
	for ahead, want := range map[time.Duration]float64{
		7 * time.Minute:           -420_000,
		-7 * time.Minute:          420_000,
		0:                         0,
		37 * 365 * 24 * time.Hour: -37 * 365 * 24 * 3600 * 1000, // past 2036, where NTP's count begins anew
	} {
		synctest.Test(t, func(t *testing.T) {
			// The fake server reads the clock as the request leaves, the answer
			// takes 40 ms: all of that is on the way back.
			n := probetest.New().On(probe.UDP, server, answers(40*ms, servers.Clock{Ahead: ahead}, nil))
			o, d := observe(t, t.Context(), n, target)
			if o.Outcome != probe.OK || d.ClockMS == nil || *d.ClockMS < want+19.99 || *d.ClockMS > want+20.01 || d.RTTMS != 40 || d.Stratum != 2 || d.Sent != 1 {
				t.Errorf("%v ahead: %+v", ahead, o)
			}
			if srtt, known := n.RTT().Smoothed(); !known || srtt != 40*ms {
				t.Errorf("learnt %v", srtt)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	icmp := probe.ICMPError{Offender: netip.MustParseAddr("172.16.0.1"), Type: 3, Code: 13}
	garbage := "3 datagrams that are no answer"
	for name, test := range map[string]struct {
		script  probetest.Script
		outcome probe.Outcome
		failure probe.Failure
		says    string
	}{
		"answer":                 {answers(ms, servers.Clock{}, nil), probe.OK, "", ""},
		"answer with extensions": {answers(ms, servers.Clock{}, func(b []byte) []byte { return append(b, make([]byte, 20)...) }), probe.OK, "", ""},
		"older version":          {answers(ms, servers.Clock{}, set(0, 3<<3|4)), probe.OK, "", ""},
		"stratum 15":             {answers(ms, servers.Clock{Stratum: 15}, nil), probe.OK, "", ""},
		"stratum 16":             {answers(ms, servers.Clock{Stratum: 16}, nil), probe.Failed, probe.MalformedReply, "the server is not synchronised (stratum 16)"},
		"kiss-o'-death":          {answers(ms, servers.Clock{Kiss: "RATE"}, nil), probe.Failed, probe.MalformedReply, `the server sends a kiss-o'-death, code "RATE"`},
		"kiss of a terminal":     {answers(ms, servers.Clock{Kiss: "\x1b[3m"}, nil), probe.Failed, probe.MalformedReply, `the server sends a kiss-o'-death, code "[3m"`},
		"not synchronised":       {answers(ms, servers.Clock{Unsynchronised: true}, nil), probe.Failed, probe.MalformedReply, "the server says that its clock is not synchronised"},
		"no time":                {answers(ms, servers.Clock{}, func(b []byte) []byte { return append(b[:40], make([]byte, 8)...) }), probe.Failed, probe.MalformedReply, "the server's answer holds no time"},
		"sent before received": {answers(ms, servers.Clock{}, func(b []byte) []byte {
			binary.BigEndian.PutUint32(b[40:], binary.BigEndian.Uint32(b[40:])-1)
			return b
		}), probe.Failed, probe.MalformedReply, "the server answered before it was asked, by its own clock"},
		"a client's request":       {answers(ms, servers.Clock{}, set(0, clientRequest)), probe.Failed, probe.MalformedReply, garbage},
		"version 0":                {answers(ms, servers.Clock{}, set(0, 4)), probe.Failed, probe.MalformedReply, garbage},
		"somebody else's question": {answers(ms, servers.Clock{}, func(b []byte) []byte { b[31] ^= 2; return b }), probe.Failed, probe.MalformedReply, garbage},
		"cut short":                {answers(ms, servers.Clock{}, func(b []byte) []byte { return b[:47] }), probe.Failed, probe.MalformedReply, garbage},
		"echo":                     {probetest.Answer(ms, func(b []byte) [][]byte { return [][]byte{b} }), probe.Failed, probe.MalformedReply, garbage},
		"nothing":                  {probetest.Silent(), probe.Silent, probe.Timeout, ""},
		"closed port":              {probetest.Refuse(ms), probe.Failed, probe.ConnectionRefused, "connect: connection refused"},
		"router refuses":           {probetest.ICMP(ms, probe.AdministrativelyProhibited, icmp), probe.Failed, probe.AdministrativelyProhibited, "receive: unreachable (ICMP 3/13 from 172.16.0.1)"},
		"this computer forbids":    {probetest.Deny(), probe.Failed, probe.LocalPolicyDenied, "send: operation not permitted"},
		"first lost":               {probetest.Sequence(probetest.Silent(), answers(ms, servers.Clock{}, nil)), probe.OK, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, d := observe(t, t.Context(), probetest.New().On(probe.UDP, server, test.script), target)
				if o.Outcome != test.outcome || o.Failure != test.failure || d.Error != test.says || (d.ClockMS != nil) != (o.Outcome == probe.OK) {
					t.Errorf("%s %q %+v", o.Outcome, o.Failure, d)
				}
				if (d.ICMP != nil) != (o.Failure == probe.AdministrativelyProhibited) {
					t.Errorf("ICMP %v", d.ICMP)
				}
			})
		})
	}
}

func TestRequestsTellNothingAndAreSpaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, start, nonces := probetest.New(), time.Now(), map[string]bool{}
		o, d := observe(t, t.Context(), n, target)
		for i, s := range n.Sent() {
			if s.At.Sub(start) != time.Duration(i)*50*ms || len(s.Payload) != headerSize || s.Payload[0] != 0x23 || strings.Trim(string(s.Payload[1:40]), "\x00") != "" {
				t.Errorf("request %d at %v: %x", i, s.At.Sub(start), s.Payload)
			}
			nonces[string(s.Payload[40:])] = true
		}
		if len(nonces) != 3 || d.Sent != 3 || o.Elapsed != 1600*ms { // the last at 100 ms, and 1.5 s on an unknown path
			t.Errorf("%d nonces, %+v", len(nonces), o)
		}
	})
}

func TestOfASampleTheShortestRoundTripTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		many := target
		many.Attempts = 4
		n := probetest.New().On(probe.UDP, server, probetest.Sequence(
			answers(90*ms, servers.Clock{Ahead: time.Hour}, nil), answers(10*ms, servers.Clock{Kiss: "RATE"}, nil),
			answers(30*ms, servers.Clock{Ahead: time.Minute}, nil), answers(60*ms, servers.Clock{Ahead: time.Hour}, nil)))
		o, d := observe(t, t.Context(), n, many)
		if o.Outcome != probe.OK || d.RTTMS != 30 || d.ClockMS == nil || *d.ClockMS > -59_000 || *d.ClockMS < -60_000 || d.Sent != 4 {
			t.Errorf("%+v", o)
		}
	})
}

func TestEndOfTheContextEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 130*ms)
		defer cancel()
		if o, _ := observe(t, ctx, probetest.New(), target); o.Outcome != probe.Silent || o.Elapsed != 130*ms {
			t.Errorf("deadline: %+v", o)
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(130*ms, cancel)
		if o, _ := observe(t, ctx, probetest.New(), target); o.Outcome != probe.NotRun || o.Elapsed != 130*ms {
			t.Errorf("interrupted: %+v", o)
		}
	})
	none := target
	none.Addresses = nil
	if o, _ := observe(t, t.Context(), probetest.New(), none); o.Outcome != probe.Skipped || o.Failure != probe.NoAddress {
		t.Errorf("%+v", o)
	}
}

func TestTimestampsOfBothEras(t *testing.T) {
	for _, want := range []time.Time{
		time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 2, 3, 4, 5, 500_000_000, time.UTC),
		time.Date(2036, 2, 7, 6, 28, 15, 0, time.UTC), time.Date(2036, 2, 7, 6, 28, 16, 0, time.UTC), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		stamp := uint64(want.Unix()-era0)<<32 | uint64(want.Nanosecond())<<32/uint64(time.Second)
		if got := when(stamp); !got.Equal(want) {
			t.Errorf("%v: %v", want, got)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	for _, c := range []servers.Clock{{}, {Kiss: "DENY"}, {Unsynchronised: true}, {Ahead: 20 * time.Hour * 24 * 365}} {
		f.Add(servers.NTP(c)(new(exchange).request(0), netip.AddrPort{}))
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		var x exchange
		x.request(0)
		if len(b) >= headerSize { // bring the fuzzer past the nonce
			binary.BigEndian.PutUint64(b[24:], x.requests[0].nonce)
		}
		i, ok := x.match(b)
		best, took := x.best([]probe.Attempt{{ElapsedMS: 1}})
		switch {
		case ok != best.answered || i != 0 || ok && took != ms:
			t.Errorf("%d %v %+v after %v", i, ok, best, took)
		case ok && best.usable() == nil:
			if offset := best.offset(took); offset < -150*365*24*time.Hour || offset > 150*365*24*time.Hour {
				t.Errorf("offset %v", offset)
			}
		case ok:
			if why := best.usable().Error(); strings.ContainsAny(why, "\x1b\n") {
				t.Errorf("%q", why)
			}
		}
	})
}
