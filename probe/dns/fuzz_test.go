package dns

import (
	"encoding/binary"
	"strings"
	"testing"

	miekg "github.com/miekg/dns"

	"wsdoctor/probe"
)

// FuzzAnswer feeds bytes as the answer to a question: the first byte picks the
// type, and the ID and question are made to fit, so that every input gets past
// the cheap checks.
func FuzzAnswer(f *testing.F) {
	seed := func(qtype uint16, rcode int, rrs ...miekg.RR) {
		m, err := pack(host, qtype)
		if err != nil {
			f.Fatal(err)
		}
		b := answer(m.query(7, true), rcode, rrs...)
		f.Add(append([]byte{byte(qtype)}, b[headerSize+len(m.question()):]...), b[2:headerSize])
	}
	seed(miekg.TypeA, 0, records(host+" 60 IN CNAME a.example.net.", "a.example.net 60 IN A 3.5.7.9")...)
	seed(miekg.TypeA, 0, records(host+" 60 IN CNAME "+host+".")...)
	seed(miekg.TypeAAAA, 0, records(host+" 60 IN AAAA ::1")...)
	seed(miekg.TypeTXT, 0, records(host+` 60 IN TXT "\027[31m\\" "\255"`)...)
	seed(miekg.TypeSRV, 0, records(host+" 60 IN SRV 0 0 389 dc1.example.com.")...)
	seed(miekg.TypeSRV, 0, records(host+" 60 IN SRV 9 0 389 a.example.", host+" 60 IN SRV 0 0 389 A.example.", "a.example. 60 IN A 3.5.7.9")...)
	seed(miekg.TypeA, miekg.RcodeRefused)
	f.Add([]byte{1, 0xc0, 0x0c}, []byte{0x81, 0x80, 0, 1, 0xff, 0xff, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, rest, header []byte) {
		if len(rest) == 0 || len(header) != headerSize-2 {
			return
		}
		q := question{target: probe.Target{Host: host, Expect: ExpectPublic}, name: "A", qtype: miekg.TypeA}
		for _, known := range recordTypes {
			if byte(known.qtype) == rest[0] {
				q.name, q.qtype = known.name, known.qtype
			}
		}
		m, err := pack(host, q.qtype)
		if err != nil {
			t.Fatal(err)
		}
		raw := append(binary.BigEndian.AppendUint16(nil, 7), header...)
		raw = append(append(raw, m.question()...), rest[1:]...)
		s := &server{question: &q, message: m}
		r, ok := s.receive(raw, 7)
		if !ok {
			if s.garbage.Load() != 1 {
				t.Error("garbage was not counted")
			}
			return
		}
		if _, ok := s.receive(raw, 8); ok {
			t.Error("an answer to another ID was accepted")
		}
		if len(r.hosts) > maxHosts {
			t.Errorf("%d hosts", len(r.hosts))
		}
		for _, h := range r.hosts {
			if _, problem := newQuestion(nil, probe.Target{Host: h.name, Resolver: resolver}, "A"); problem != nil && !strings.Contains(problem.Error(), "needs no resolving") || probe.Clean(h.name, maxName) != h.name || len(h.known["A"])+len(h.known["AAAA"]) > 2*maxRecords {
				t.Errorf("host %q: %v", h.name, problem)
			}
		}
		d := q.detail()
		outcome, failure := s.answer(&d, r)
		clean(t, d)
		n := len(d.Addresses) + len(d.Texts) + len(d.Services)
		if n > maxRecords || (outcome == probe.OK) != (failure == "") || outcome == probe.OK && n == 0 {
			t.Errorf("%s %q with %d records", outcome, failure, n)
		}
	})
}
