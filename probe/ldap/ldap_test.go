package ldap

import (
	"context"
	"io"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"wsdoctor/internal/lab/servers"
	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ms     = time.Millisecond
	server = "172.16.0.10:389"
	domain = "corp.example.com"
)

// controller is the domain controller of the lab, seven minutes ahead.
var controller = &servers.Directory{Host: "dc1." + domain, Domain: domain, Site: "Berlin Mitte", Ahead: 7 * time.Minute}

func target(transport probe.Transport) probe.Target {
	return probe.Target{Endpoint: "dc", Host: "dc1." + domain, Port: 389, Transport: transport, Domain: domain, Addresses: []netip.Addr{netip.MustParseAddr("172.16.0.10")}}
}

// ask probes the one address of the target.
func ask(t *testing.T, ctx context.Context, n probe.Network, target probe.Target) (probe.Observation, probe.LDAPDetail) {
	t.Helper()
	list := Prober{}.Probe(ctx, n, target)
	if len(list) != 1 || list[0].Operation != probe.LDAPRoot {
		t.Fatalf("%+v", list)
	}
	d, is := list[0].Detail.(probe.LDAPDetail)
	if !is {
		t.Fatalf("detail is a %T", list[0].Detail)
	}
	return list[0], d
}

func diff(t *testing.T, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// datagram makes a script of a responder.
func datagram(delay time.Duration, r servers.Responder) probetest.Script {
	return probetest.Answer(delay, func(b []byte) [][]byte {
		if reply := r(b, netip.AddrPort{}); reply != nil {
			return [][]byte{reply}
		}
		return nil
	})
}

func TestDomainControllerDescribesItself(t *testing.T) {
	offset := probe.Milliseconds(20*ms - 7*time.Minute) // asked 20 ms after a full second
	for transport, want := range map[probe.Transport]probe.LDAPDetail{
		probe.TCP: {Transport: probe.TCP, Host: "dc1." + domain, Domain: domain, Context: "DC=corp,DC=example,DC=com", Time: "2000-01-01T00:07:00Z", ClockMS: &offset},
		probe.UDP: {Transport: probe.UDP, Host: "dc1." + domain, Domain: domain, Site: "Berlin Mitte", ClientSite: "Berlin Mitte", Sent: 1, RTTMS: 20},
	} {
		t.Run(string(transport), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := probetest.New().On(probe.TCP, server, probetest.Accept(20*ms, controller.Client)).On(probe.UDP, server, datagram(20*ms, controller.Datagram))
				o, d := ask(t, t.Context(), n, target(transport))
				if o.Outcome != probe.OK || o.Failure != "" || o.Elapsed != 20*ms || o.Address != "172.16.0.10" || len(n.Sent()) != 1 {
					t.Errorf("%+v, %d sent", o, len(n.Sent()))
				}
				diff(t, want, d)
				if srtt, known := n.RTT().Smoothed(); !known || srtt != 20*ms {
					t.Errorf("learnt %v", srtt)
				}
			})
		})
	}
}

func TestAClockOffIsMeasuredAtTheMiddleOfTheQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := probetest.Accept(0, func(c net.Conn) {
			near, far := net.Pipe()
			go controller.Client(far)
			defer near.Close()
			b := make([]byte, 4096)
			k, err := c.Read(b)
			if err != nil {
				return
			}
			time.Sleep(300 * ms)
			near.Write(b[:k])
			k, _ = near.Read(b)
			time.Sleep(100 * ms)
			c.Write(b[:k])
		})
		o, d := ask(t, t.Context(), probetest.New().On(probe.TCP, server, slow), target(probe.TCP))
		if want := probe.Milliseconds(200*ms - 7*time.Minute); d.ClockMS == nil || *d.ClockMS != want || d.RTTMS != 400 {
			t.Errorf("%+v %+v", o, d)
		}
	})
}

// How long the wait may take: 100 ms of attempts and 1.5 s on an unknown path;
// after a connect, that takes no time here, the least patience and the time to
// think.
func TestSilenceIsSaidInTime(t *testing.T) {
	mute := *controller
	mute.Mode = "mute"
	for name, test := range map[string]struct {
		transport probe.Transport
		script    probetest.Script
		floor     time.Duration
		sent      []time.Duration
		took      time.Duration
		says      string
	}{
		"nobody, tcp":         {probe.TCP, probetest.Silent(), 0, []time.Duration{0, 50 * ms, 100 * ms}, 1600 * ms, ""},
		"nobody, udp":         {probe.UDP, probetest.Silent(), 0, []time.Duration{0, 50 * ms, 100 * ms}, 1600 * ms, ""},
		"accepts and is mute": {probe.TCP, probetest.Accept(ms, mute.Client), 0, []time.Duration{0}, 651 * ms, "it accepted the connection and did not answer the question"},
		"a floor of patience": {probe.TCP, probetest.Accept(ms, mute.Client), 600 * ms, []time.Duration{0}, 1101 * ms, "it accepted the connection and did not answer the question"},
		"mute, udp":           {probe.UDP, datagram(0, mute.Datagram), 0, []time.Duration{0, 50 * ms, 100 * ms}, 1600 * ms, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, start := probetest.New().On(test.transport, server, test.script), time.Now()
				n.RTT().Floor = test.floor
				o, d := ask(t, t.Context(), n, target(test.transport))
				if o.Outcome != probe.Silent || o.Failure != probe.Timeout || o.Elapsed != test.took || d.Error != test.says {
					t.Errorf("%+v", o)
				}
				var sent []time.Duration
				for _, s := range n.Sent() {
					sent = append(sent, s.At.Sub(start))
				}
				diff(t, test.sent, sent)
			})
		})
	}
}

func TestEndOfTheContextEndsTheQuestion(t *testing.T) {
	mute := probetest.Accept(ms, func(c net.Conn) { io.Copy(io.Discard, c) })
	for name, test := range map[string]struct {
		transport probe.Transport
		script    probetest.Script
	}{
		"while connecting": {probe.TCP, probetest.Silent()},
		"while reading":    {probe.TCP, mute},
		"datagrams":        {probe.UDP, probetest.Silent()},
	} {
		for _, cut := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ctx, cancel := context.WithTimeout(t.Context(), 130*ms)
					defer cancel()
					outcome, failure := probe.Silent, probe.Timeout
					if cut {
						ctx, cancel = context.WithCancel(t.Context())
						time.AfterFunc(130*ms, cancel)
						outcome, failure = probe.NotRun, ""
					}
					o, _ := ask(t, ctx, probetest.New().On(test.transport, server, test.script), target(test.transport))
					if o.Outcome != outcome || o.Failure != failure || o.Elapsed != 130*ms {
						t.Errorf("cut %v: %+v", cut, o)
					}
				})
			})
		}
	}
}

func TestContextThatIsOverSendsNothing(t *testing.T) {
	for _, transport := range []probe.Transport{probe.TCP, probe.UDP} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			n := probetest.New()
			if o, _ := ask(t, ctx, n, target(transport)); o.Outcome != probe.NotRun || len(n.Sent()) != 0 {
				t.Errorf("%+v, %d sent", o, len(n.Sent()))
			}
		})
	}
}

func TestAddressesAreAskedInParallelAndReportedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New().On(probe.TCP, "172.16.0.11:389", probetest.Accept(20*ms, controller.Client))
		many := target(probe.TCP)
		many.Addresses = append(many.Addresses, netip.MustParseAddr("172.16.0.11"))
		start := time.Now()
		list := Prober{}.Probe(t.Context(), n, many)
		if len(list) != 2 || list[0].Outcome != probe.Silent || list[1].Outcome != probe.OK || list[1].Address != "172.16.0.11" || time.Since(start) > 300*ms {
			t.Errorf("%v %+v", time.Since(start), list) // the answer next door made the run less patient
		}
	})
	none := target(probe.UDP)
	none.Addresses = nil
	if o, d := ask(t, t.Context(), probetest.New(), none); o.Outcome != probe.Skipped || o.Failure != probe.NoAddress || d.Transport != probe.UDP {
		t.Errorf("%+v", o)
	}
}
