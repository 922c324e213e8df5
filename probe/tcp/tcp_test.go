package tcp

import (
	"context"
	"crypto/tls"
	"crypto/x509/pkix"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"wsdoctor/probe"
	"wsdoctor/probe/chain/chaintest"
	"wsdoctor/probe/probetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ms = time.Millisecond
	at = "192.0.2.10:4172"
)

var (
	target = probe.Target{Endpoint: "health", Host: "drp.example", Port: 4172, Transport: probe.TCP, Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.10")}}
	router = probe.ICMPError{Offender: netip.MustParseAddr("10.20.0.1"), Type: 3, Code: 13}
)

func run(ctx context.Context, s probetest.Script, t probe.Target) (*probetest.Net, []probe.Observation) {
	n := probetest.New().On(probe.TCP, at, s)
	return n, Prober{}.Probe(ctx, n, t)
}

func TestEnds(t *testing.T) {
	const ok, failed, silent, notRun = probe.OK, probe.Failed, probe.Silent, probe.NotRun
	rejected := probetest.ICMP(20*ms, probe.AdministrativelyProhibited, router)
	unreachable := probetest.ICMP(20*ms, probe.ConnectionRefused, router)
	accept := func(d time.Duration) probetest.Script { return probetest.Accept(d, nil) }
	seq := probetest.Sequence
	tests := []struct {
		name    string
		script  probetest.Script
		outcome probe.Outcome
		failure probe.Failure
		took    time.Duration
		each    []probe.Outcome
		starts  []float64
		icmp    *probe.ICMPError
	}{
		{"an answer ends it", accept(40 * ms), ok, "", 40 * ms, []probe.Outcome{ok}, []float64{0}, nil},
		{"a slow answer finds the others on their way", accept(120 * ms), ok, "", 120 * ms, []probe.Outcome{ok, notRun, notRun}, []float64{0, 50, 100}, nil},
		{"a lost SYN costs 50 ms, not a second", seq(probetest.Silent(), accept(40*ms)), ok, "", 90 * ms, []probe.Outcome{notRun, ok}, []float64{0, 50}, nil},
		{"silence is said after the last and not before", probetest.Silent(), silent, probe.Timeout, 1600 * ms, []probe.Outcome{silent, silent, silent}, []float64{0, 50, 100}, nil},
		{"a refusal is asked once more", probetest.Refuse(10 * ms), failed, probe.ConnectionRefused, 40 * ms, []probe.Outcome{failed, failed}, []float64{0, 30}, nil},
		{"a refusal on a slow path has its second on the way", probetest.Refuse(80 * ms), failed, probe.ConnectionRefused, 130 * ms, []probe.Outcome{failed, failed}, []float64{0, 50}, nil},
		{"one odd refusal does not stand against an answer", seq(probetest.Refuse(10*ms), accept(10*ms)), ok, "", 40 * ms, []probe.Outcome{failed, ok}, []float64{0, 30}, nil},
		{"a refusal and then silence is a refusal", seq(probetest.Refuse(10*ms), probetest.Silent()), failed, probe.ConnectionRefused, 1550 * ms, []probe.Outcome{failed, silent}, []float64{0, 30}, nil},
		{"a refusal after a lost SYN is asked once more", seq(probetest.Silent(), probetest.Refuse(10*ms)), failed, probe.ConnectionRefused, 90 * ms, []probe.Outcome{notRun, failed, failed}, []float64{0, 50, 80}, nil},
		{"a router that rejects is named at once", rejected, failed, probe.AdministrativelyProhibited, 20 * ms, []probe.Outcome{failed}, []float64{0}, &router},
		{"an ICMP refusal names its sender and needs no second", unreachable, failed, probe.ConnectionRefused, 20 * ms, []probe.Outcome{failed}, []float64{0}, &router},
		{"this computer's no is certain", probetest.Deny(), failed, probe.LocalPolicyDenied, 0, []probe.Outcome{failed}, []float64{0}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, list := run(t.Context(), test.script, target)
				if len(list) != 1 {
					t.Fatalf("%d observations", len(list))
				}
				o, d := list[0], list[0].Detail.(probe.ConnectDetail)
				if o.Operation != probe.TCPConnect || o.Outcome != test.outcome || o.Failure != test.failure || o.Elapsed != test.took || o.Address != "192.0.2.10" {
					t.Errorf("%s %q after %v, want %s %q after %v", o.Outcome, o.Failure, o.Elapsed, test.outcome, test.failure, test.took)
				}
				var each []probe.Outcome
				var starts []float64
				for _, a := range d.Attempts {
					each, starts = append(each, a.Outcome), append(starts, a.AtMS)
				}
				if diff := cmp.Diff(test.each, each); diff != "" {
					t.Errorf("attempts (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(test.starts, starts); diff != "" || len(n.Sent()) != len(starts) {
					t.Errorf("%d SYNs at (-want +got):\n%s", len(n.Sent()), diff)
				}
				if diff := cmp.Diff(test.icmp, d.ICMP, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
					t.Errorf("ICMP (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestRoundTripIsLearntFromAFirstSYN(t *testing.T) {
	for delay, learnt := range map[time.Duration]bool{40 * ms: true, 899 * ms: true, 1090 * ms: false} {
		synctest.Test(t, func(t *testing.T) {
			once := target
			once.Attempts = 1
			n, list := run(t.Context(), probetest.Accept(delay, nil), once)
			srtt, known := n.RTT().Smoothed()
			if list[0].Outcome != probe.OK || known != learnt || (known && srtt != delay) || (list[0].Detail.(probe.ConnectDetail).RTTMS != 0) != learnt {
				t.Errorf("connect of %v: %s, learnt %v %v", delay, list[0].Outcome, srtt, known)
			}
		})
	}
}

func TestPatienceShrinksWhenAnotherProbeLearnsTheRoundTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New()
		time.AfterFunc(310*ms, func() { n.RTT().Learn(20 * ms) })
		if o := (Prober{}).Probe(t.Context(), n, target)[0]; o.Outcome != probe.Silent || o.Elapsed != 325*ms {
			t.Errorf("%s after %v", o.Outcome, o.Elapsed)
		}
	})
}

func TestContextEndsAConnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 70*ms)
		defer cancel()
		_, list := run(ctx, probetest.Silent(), target)
		if o := list[0]; o.Outcome != probe.Silent || o.Failure != probe.Timeout || o.Elapsed != 70*ms {
			t.Errorf("deadline: %s %q after %v", o.Outcome, o.Failure, o.Elapsed)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(70*ms, cancel)
		_, list := run(ctx, probetest.Silent(), target)
		o := list[0]
		if d := o.Detail.(probe.ConnectDetail); o.Outcome != probe.NotRun || o.Failure != "" || o.Elapsed != 70*ms || d.Attempts[0].Outcome != probe.NotRun {
			t.Errorf("interrupt: %s %q after %v, %+v", o.Outcome, o.Failure, o.Elapsed, d.Attempts)
		}
		if n, list := run(ctx, probetest.Silent(), target); list[0].Outcome != probe.NotRun || len(n.Sent()) != 0 {
			t.Errorf("before it began: %s, %d sent", list[0].Outcome, len(n.Sent()))
		}
	})
}

func TestAddressesAreAskedInParallelEightAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		many := target
		many.Addresses = nil
		for i := range 10 {
			many.Addresses = append(many.Addresses, netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}))
		}
		n := probetest.New()
		start := time.Now()
		list := Prober{}.Probe(t.Context(), n, many)
		if len(list) != 10 || time.Since(start) != 3200*ms {
			t.Errorf("%d observations after %v", len(list), time.Since(start))
		}
		first := 0
		for _, s := range n.Sent() {
			if s.At.Equal(start) {
				first++
			}
		}
		if first != maxParallel {
			t.Errorf("%d SYNs at once", first)
		}
		for i, o := range list {
			if o.Addr() != many.Addresses[i] {
				t.Errorf("observation %d is of %s", i, o.Address)
			}
		}
	})
}

func TestNoAddressIsSkipped(t *testing.T) {
	list := Prober{}.Probe(t.Context(), probetest.New(), probe.Target{Host: "h", Port: 443, Transport: probe.TCP})
	if len(list) != 1 || list[0].Outcome != probe.Skipped || list[0].Failure != probe.NoAddress {
		t.Errorf("%+v", list)
	}
}

func TestWhatAPortSpeaks(t *testing.T) {
	var authority *chaintest.Authority
	var certificate tls.Certificate
	hello := func(c net.Conn) { c.Read(make([]byte, 4096)) }
	tests := []struct {
		name      string
		serve     func(net.Conn)
		spoke     string
		handshake probe.Outcome // of the second observation, "" for none
	}{
		{"TLS", func(c net.Conn) { tls.Server(c, &tls.Config{Certificates: []tls.Certificate{certificate}}).Handshake() }, "tls", probe.OK},
		{"a TLS alert", func(c net.Conn) { hello(c); c.Write([]byte{21, 3, 3, 0, 2, 2, 40}) }, "tls", ""},
		{"a banner", func(c net.Conn) { hello(c); c.Write([]byte("SSH-2.0-x\r\n")) }, "bytes", ""},
		{"one byte", func(c net.Conn) { hello(c); c.Write([]byte{22}) }, "bytes", ""},
		{"a close", hello, "closed", ""},
		{"a reset", func(c net.Conn) { hello(c); probetest.Reset(c) }, "reset", ""},
		{"nothing", nil, "nothing", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				authority = chaintest.New(t, pkix.Name{CommonName: "Test Root"}) // dated by the bubble's clock
				certificate = authority.Issue(t, chaintest.Options{}, "drp.example")
				n := probetest.New().On(probe.TCP, at, probetest.Accept(10*ms, test.serve))
				n.CAs = authority.Pool()
				asTLS := target
				asTLS.Expect = ExpectTLS
				start := time.Now()
				list := Prober{}.Probe(t.Context(), n, asTLS)
				o, d := list[0], list[0].Detail.(probe.ConnectDetail)
				if o.Outcome != probe.OK || o.Elapsed != 10*ms || d.Spoke != test.spoke {
					t.Errorf("%s after %v, spoke %q, want %q", o.Outcome, o.Elapsed, d.Spoke, test.spoke)
				}
				if took := time.Since(start); took > 10*ms+150*ms+signing {
					t.Errorf("looked for %v", took)
				}
				var second probe.Outcome
				if len(list) == 2 && list[1].Operation == probe.TLSHandshake && list[1].Address == o.Address && list[1].Target == o.Target {
					second = list[1].Outcome
				}
				if second != test.handshake || len(list) > 2 {
					t.Errorf("handshake %q, want %q, of %d observations", second, test.handshake, len(list))
				}
			})
		})
	}
}

// The certificate of a stranger is data: the connect is as good as any.
func TestUntrustedCertificateIsASecondObservation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		certificate := chaintest.New(t, pkix.Name{CommonName: "Office Proxy CA"}).Issue(t, chaintest.Options{}, "drp.example")
		trusted := chaintest.New(t, pkix.Name{CommonName: "Test Root"})
		serve := func(c net.Conn) { tls.Server(c, &tls.Config{Certificates: []tls.Certificate{certificate}}).Handshake() }
		n := probetest.New().On(probe.TCP, at, probetest.Accept(10*ms, serve))
		n.CAs = trusted.Pool()
		asTLS := target
		asTLS.Expect = ExpectTLS
		list := Prober{}.Probe(t.Context(), n, asTLS)
		if len(list) != 2 || list[0].Outcome != probe.OK || list[1].Failure != probe.TLSUnknownAuthority {
			t.Errorf("%+v", list)
		}
	})
}

func TestAnInterruptedLookSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*ms, cancel)
		asTLS := target
		asTLS.Expect = ExpectTLS
		_, list := run(ctx, probetest.Accept(10*ms, nil), asTLS)
		if d := list[0].Detail.(probe.ConnectDetail); list[0].Outcome != probe.OK || d.Spoke != "" {
			t.Errorf("%s, spoke %q", list[0].Outcome, d.Spoke)
		}
	})
}
