package dns

import (
	"context"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	miekg "github.com/miekg/dns"
	"go.uber.org/goleak"

	"wsdoctor/probe"
)

const (
	host     = "drp-iad.example.com"
	resolver = "192.0.2.53:53"
)

var equateAddr = cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{})

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ask probes and insists on the number of observations.
func ask(t *testing.T, ctx context.Context, n probe.Network, target probe.Target, want int) []probe.Observation {
	t.Helper()
	if target.Host == "" {
		target.Host = host
	}
	got := Prober{}.Probe(ctx, n, target)
	if len(got) != want {
		t.Fatalf("%d observations, want %d: %+v", len(got), want, got)
	}
	for _, o := range got {
		if o.Operation != probe.DNSQuery {
			t.Errorf("operation %q", o.Operation)
		}
	}
	return got
}

func detail(t *testing.T, o probe.Observation) probe.DNSDetail {
	t.Helper()
	d, is := o.Detail.(probe.DNSDetail)
	if !is {
		t.Fatalf("detail is a %T", o.Detail)
	}
	return d
}

func check(t *testing.T, o probe.Observation, outcome probe.Outcome, failure probe.Failure) {
	t.Helper()
	if o.Outcome != outcome || o.Failure != failure {
		t.Errorf("got %s %q, want %s %q (detail %+v)", o.Outcome, o.Failure, outcome, failure, o.Detail)
	}
}

func diff(t *testing.T, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got, equateAddr, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// records parses zone-file lines and panics on a bad one.
func records(lines ...string) []miekg.RR {
	var list []miekg.RR
	for _, line := range lines {
		rr, err := miekg.NewRR(line)
		if err != nil {
			panic(err)
		}
		list = append(list, rr)
	}
	return list
}

// answer makes the datagram that answers query with records.
func answer(query []byte, rcode int, answers ...miekg.RR) []byte {
	var q, m miekg.Msg
	if err := q.Unpack(query); err != nil {
		panic(err)
	}
	m.SetRcode(&q, rcode)
	m.Answer = answers
	m.Compress = true
	b, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return b
}

// answerA is answer with one address.
func answerA(query []byte) []byte {
	return answer(query, miekg.RcodeSuccess, records(host+". 60 IN A 3.209.215.252")...)
}

// one makes a single-datagram script function.
func one(f func([]byte) []byte) func([]byte) [][]byte {
	return func(query []byte) [][]byte { return [][]byte{f(query)} }
}

func addrs(list ...string) []netip.Addr {
	var out []netip.Addr
	for _, s := range list {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}
