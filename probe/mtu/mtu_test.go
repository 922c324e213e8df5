package mtu

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/pion/stun/v3"
	"go.uber.org/goleak"

	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const ms = time.Millisecond

var (
	gateway  = probe.Target{Endpoint: "dcv-udp", Host: "gateway", Port: 4195, Transport: probe.UDP, Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.10")}}
	gateway6 = probe.Target{Endpoint: "dcv-udp", Host: "gateway", Port: 4195, Transport: probe.UDP, Addresses: []netip.Addr{netip.MustParseAddr("2001:db8::10")}}
	mirror   = probe.Target{Endpoint: STUNEndpoint, Host: "stun", Port: 4195, Transport: probe.UDP, Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.10")}}
	router   = probe.ICMPError{Offender: netip.MustParseAddr("10.20.0.1"), Type: 3, Code: 4, MTU: 1300}
)

// serve answers both kinds of question, whatever their size.
func serve(b []byte) [][]byte {
	if stun.IsMessage(b) {
		q := &stun.Message{Raw: b}
		if q.Decode() != nil {
			return nil
		}
		return [][]byte{stun.MustBuild(stun.NewTransactionIDSetter(q.TransactionID), stun.BindingSuccess).Raw}
	}
	r := append([]byte{0x80, 0, 0, 0, 0, 8}, b[15:23]...)
	r = append(append(r, 8), b[6:14]...)
	return [][]byte{append(r, 0, 0, 0, 1)}
}

// brief writes sizes as "1280:1/1", answered of sent, with a mark for an error.
func brief(d probe.MTUDetail) (list []string) {
	for _, s := range d.Sizes {
		mark := ""
		if s.ICMP != nil {
			mark = "!"
		}
		list = append(list, fmt.Sprintf("%d:%d/%d%s", s.Bytes, s.Answered, s.Sent, mark))
	}
	return list
}

func measure(ctx context.Context, t *testing.T, n *probetest.Net, target probe.Target) (probe.Observation, probe.MTUDetail) {
	t.Helper()
	for _, at := range []string{"192.0.2.10:4195", "[2001:db8::10]:4195"} {
		n.On(probe.UDP, at, probetest.Answer(20*ms, serve))
	}
	list := Prober{}.Probe(ctx, n, target)
	if len(list) != 1 || list[0].Operation != probe.PathMTU {
		t.Fatalf("%+v", list)
	}
	return list[0], list[0].Detail.(probe.MTUDetail)
}

func TestSizes(t *testing.T) {
	silence := func(n *probetest.Net, mtu int) { n.Path = probetest.Path{MTU: mtu} }
	for name, test := range map[string]struct {
		target probe.Target
		set    func(*probetest.Net)
		sizes  []string
		want   probe.MTUDetail // Sizes apart
		took   time.Duration
	}{
		"everything passes": {gateway, func(*probetest.Net) {},
			[]string{"1228:1/1", "1280:1/1", "1400:1/1", "1500:1/1"}, probe.MTUDetail{Question: "quic", Smallest: 1228, Largest: 1500}, 20 * ms},
		"everything passes over IPv6": {gateway6, func(*probetest.Net) {},
			[]string{"1248:1/1", "1280:1/1", "1400:1/1", "1500:1/1"}, probe.MTUDetail{Question: "quic", Smallest: 1248, Largest: 1500}, 20 * ms},
		"a router says too big": {gateway, func(n *probetest.Net) { n.Path = probetest.Path{MTU: 1300, ICMP: &router} },
			[]string{"1228:1/1", "1280:1/1", "1400:0/2!", "1500:0/2!"}, probe.MTUDetail{Question: "quic", Smallest: 1228, Largest: 1280, ReportedMTU: 1300, Offender: router.Offender}, 50 * ms},
		"the own interface is narrow": {gateway, func(n *probetest.Net) { n.Link = 1420 },
			[]string{"1228:1/1", "1280:1/1", "1400:1/1", "1500:0/0"}, probe.MTUDetail{Question: "quic", Smallest: 1228, Largest: 1400, LocalMTU: 1420}, 50 * ms},
		"a black hole is asked twice": {gateway, func(n *probetest.Net) { silence(n, 1300) },
			[]string{"1228:1/1", "1280:2/2", "1400:0/5", "1500:0/2"}, probe.MTUDetail{Question: "quic", Smallest: 1228, Largest: 1280, BlackHole: true}, 450 * ms},
		"a black hole behind a narrow interface": {gateway6, func(n *probetest.Net) { n.Link = 1420; silence(n, 1300) },
			[]string{"1248:1/1", "1280:2/2", "1400:0/5", "1500:0/0"}, probe.MTUDetail{Question: "quic", Smallest: 1248, Largest: 1280, LocalMTU: 1420, BlackHole: true}, 450 * ms},
		"a path too narrow for any size is silence": {gateway, func(n *probetest.Net) { silence(n, 1200) },
			[]string{"1228:0/2", "1280:0/2", "1400:0/2", "1500:0/2"}, probe.MTUDetail{Question: "quic"}, 1550 * ms},
		"small sizes are asked by STUN": {mirror, func(*probetest.Net) {},
			[]string{"56:1/1", "600:1/1", "1000:1/1"}, probe.MTUDetail{Question: "stun", Smallest: 56, Largest: 1000}, 20 * ms},
		"a black hole below what QUIC needs": {mirror, func(n *probetest.Net) { silence(n, 900) },
			[]string{"56:1/1", "600:2/2", "1000:0/5"}, probe.MTUDetail{Question: "stun", Smallest: 56, Largest: 600, BlackHole: true}, 450 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := probetest.New()
				test.set(n)
				o, d := measure(t.Context(), t, n, test.target)
				if diff := cmp.Diff(test.sizes, brief(d)); diff != "" {
					t.Errorf("sizes (-want +got):\n%s", diff)
				}
				outcome, failure := probe.OK, probe.Failure("")
				if test.want.Largest == 0 {
					outcome, failure = probe.Silent, probe.Timeout
				}
				if diff := cmp.Diff(test.want, d, cmpopts.IgnoreFields(probe.MTUDetail{}, "Sizes"), cmpopts.EquateComparable(netip.Addr{})); diff != "" || o.Outcome != outcome || o.Failure != failure {
					t.Errorf("%s %q, detail (-want +got):\n%s", o.Outcome, o.Failure, diff)
				}
				if o.Elapsed < test.took || o.Elapsed > test.took+50*ms || o.Address != test.target.Addresses[0].String() {
					t.Errorf("took %v at %s", o.Elapsed, o.Address)
				}
				if len(n.Sent()) > 16 {
					t.Errorf("%d packets", len(n.Sent()))
				}
				for _, s := range n.Sent() {
					if size := len(s.Payload) + overhead(s.To.Addr()); !listed(d, size) {
						t.Errorf("a packet of %d bytes", size)
					}
				}
			})
		})
	}
}

func listed(d probe.MTUDetail, size int) bool {
	for _, s := range d.Sizes {
		if s.Bytes == size {
			return true
		}
	}
	return false
}

// Two lost packets of one size look like a black hole until they are sent again.
func TestLossIsNoBlackHole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New()
		large := 0
		lossy := func(b []byte) [][]byte {
			if len(b) == 1472 {
				if large++; large <= 2 {
					return nil
				}
			}
			return serve(b)
		}
		n.On(probe.UDP, "192.0.2.10:4195", probetest.Answer(20*ms, lossy))
		o := Prober{}.Probe(t.Context(), n, gateway)[0]
		if d := o.Detail.(probe.MTUDetail); d.BlackHole || d.Largest != 1500 || o.Outcome != probe.OK {
			t.Errorf("%s %+v", o.Outcome, d)
		}
	})
}

// When the control is silent the second time, nothing is known of sizes.
func TestABlackHoleNeedsItsControl(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New()
		n.Path = probetest.Path{MTU: 1300}
		var asked atomic.Int32
		dying := func(b []byte) [][]byte {
			if asked.Add(1) > 2 {
				return nil
			}
			return serve(b)
		}
		n.On(probe.UDP, "192.0.2.10:4195", probetest.Answer(20*ms, dying))
		if d := (Prober{}).Probe(t.Context(), n, gateway)[0].Detail.(probe.MTUDetail); d.BlackHole || d.Largest != 1280 {
			t.Errorf("%+v", d)
		}
	})
}

func TestANoIsNoMatterOfSize(t *testing.T) {
	for name, test := range map[string]struct {
		script  probetest.Script
		failure probe.Failure
	}{
		"refused":       {probetest.Refuse(10 * ms), probe.ConnectionRefused},
		"prohibited":    {probetest.ICMP(10*ms, probe.AdministrativelyProhibited, probe.ICMPError{Type: 3, Code: 13}), probe.AdministrativelyProhibited},
		"not sent":      {probetest.Deny(), probe.LocalPolicyDenied},
		"not an answer": {probetest.Answer(10*ms, func(b []byte) [][]byte { return [][]byte{b} }), probe.MalformedReply},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := probetest.New().On(probe.UDP, "192.0.2.10:4195", test.script)
			o := Prober{}.Probe(t.Context(), n, gateway)[0]
			if d := o.Detail.(probe.MTUDetail); o.Outcome != probe.Failed || o.Failure != test.failure || d.BlackHole || d.ReportedMTU != 0 || d.Offender.IsValid() {
				t.Errorf("%s: %s %q %+v", name, o.Outcome, o.Failure, d)
			}
		})
	}
}

func TestWithoutTheMeansItIsSkipped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		poor := struct{ probe.Network }{probetest.New()} // no UDPDialer
		if o := (Prober{}).Probe(t.Context(), poor, gateway)[0]; o.Outcome != probe.Skipped || o.Failure != probe.Unsupported {
			t.Errorf("%s %q", o.Outcome, o.Failure)
		}
		nowhere := gateway
		nowhere.Addresses = nil
		if o := (Prober{}).Probe(t.Context(), probetest.New(), nowhere)[0]; o.Outcome != probe.Skipped || o.Failure != probe.NoAddress {
			t.Errorf("%s %q", o.Outcome, o.Failure)
		}
	})
}

func TestAnInterruptedMeasurementSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*ms, cancel)
		if o, d := measure(ctx, t, probetest.New(), gateway); o.Outcome != probe.NotRun || o.Failure != "" || d.BlackHole {
			t.Errorf("%s %q %+v", o.Outcome, o.Failure, d)
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(300*ms, cancel) // in the second asking
		n := probetest.New()
		n.Path = probetest.Path{MTU: 1300}
		if o, d := measure(ctx, t, n, gateway); o.Outcome != probe.OK || d.BlackHole {
			t.Errorf("%s %q %+v", o.Outcome, o.Failure, d)
		}
	})
}

func TestRequestsHaveTheSizeAskedFor(t *testing.T) {
	for size, want := range map[int]int{28: 28, 32: 32, 36: 36, 155: 152, 156: 156, 160: 160, 552: 552, 572: 572, 952: 952, 972: 972, 0: 28} {
		b := new(requests).next(size)
		m := &stun.Message{Raw: b}
		if len(b) != want || m.Decode() != nil || stun.Fingerprint.Check(m) != nil {
			t.Errorf("%d: %d bytes, %v", size, len(b), m)
		}
		for _, a := range m.Attributes {
			if a.Type == stun.AttrSoftware && len(a.Value) >= 128 {
				t.Errorf("%d: an attribute of %d bytes", size, len(a.Value))
			}
		}
	}
}

func FuzzMatch(f *testing.F) {
	request := new(requests).next(572)
	for _, seed := range [][]byte{request, serve(request)[0], serve(request)[0][:19], {}} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, reply []byte, ours bool) {
		r := new(requests)
		r.next(28)
		if ours && len(reply) >= 20 { // bring the fuzzer past the transaction ID
			copy(reply[8:20], r.ids[0][:])
		}
		before := bytes.Clone(reply)
		i, ok := r.match(reply)
		if !bytes.Equal(before, reply) {
			t.Error("the datagram was changed")
		}
		if ok && (i != 0 || !bytes.Equal(reply[8:20], r.ids[0][:]) || reply[0]&1 == 0) {
			t.Errorf("% x taken for an answer to request %d", reply, i)
		}
	})
}
