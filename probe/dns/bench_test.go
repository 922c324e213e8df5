package dns

import (
	"testing"
	"time"

	miekg "github.com/miekg/dns"

	"wsdoctor/probe"
)

// BenchmarkLoopbackQuery asks a loopback server for one address, by turns
// through Prober and through the library's own client, so that both meet the
// same state of the machine. ratio is Prober's time over the client's.
func BenchmarkLoopbackQuery(b *testing.B) {
	at := serve(b, respond(0, nil, records(host+" 60 IN A 3.5.7.9")...))
	n, target := &loopback{}, probe.Target{Host: host, Resolver: at}
	var client miekg.Client
	var own, plain time.Duration
	for b.Loop() {
		start := time.Now()
		if o := (Prober{}).Probe(b.Context(), n, target); o[0].Outcome != probe.OK {
			b.Fatalf("%+v", o)
		}
		middle := time.Now()
		var m miekg.Msg
		m.SetQuestion(host+".", miekg.TypeA)
		m.SetEdns0(ednsSize, false)
		if _, _, err := client.ExchangeContext(b.Context(), &m, at); err != nil {
			b.Fatal(err)
		}
		own, plain = own+middle.Sub(start), plain+time.Since(middle)
	}
	b.ReportMetric(float64(own)/float64(plain), "ratio")
	b.ReportMetric(float64(own.Microseconds())/float64(b.N), "probe-µs")
	b.ReportMetric(float64(plain.Microseconds())/float64(b.N), "client-µs")
}

// BenchmarkProbe is for the allocations of one query.
func BenchmarkProbe(b *testing.B) {
	at := serve(b, respond(0, nil, records(host+" 60 IN A 3.5.7.9")...))
	n, target := &loopback{}, probe.Target{Host: host, Resolver: at}
	b.ReportAllocs()
	for b.Loop() {
		if o := (Prober{}).Probe(b.Context(), n, target); o[0].Outcome != probe.OK {
			b.Fatalf("%+v", o)
		}
	}
}

// BenchmarkGarbage is one datagram of a flood.
func BenchmarkGarbage(b *testing.B) {
	m, err := pack(host, miekg.TypeA)
	if err != nil {
		b.Fatal(err)
	}
	raw := answerA(m.query(1, true))
	s := &server{message: m}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := s.receive(raw, 2); ok {
			b.Fatal("accepted")
		}
	}
}
