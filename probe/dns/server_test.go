package dns

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode"

	miekg "github.com/miekg/dns"

	"wsdoctor/probe"
)

// respond answers with records, in full whatever their size.
func respond(rcode int, extra func(*miekg.Msg), answers ...miekg.RR) miekg.HandlerFunc {
	return func(w miekg.ResponseWriter, q *miekg.Msg) {
		var m miekg.Msg
		m.SetRcode(q, rcode)
		m.Answer, m.Compress = answers, true
		if extra != nil {
			extra(&m)
		}
		w.WriteMsg(&m)
	}
}

// patient is a target whose second attempt comes long after the answer to the
// first, however busy this computer is.
func patient(at string, types ...string) probe.Target {
	return probe.Target{Resolver: at, Types: types, Spacing: probe.Millis(20 * time.Second)}
}

// raw writes datagrams of any kind.
func raw(w miekg.ResponseWriter, b []byte) { w.Write(b) }

// blocked adds an extended DNS error.
func blocked(text string) func(*miekg.Msg) {
	return func(m *miekg.Msg) {
		m.SetEdns0(1232, false)
		opt := m.IsEdns0()
		opt.Option = append(opt.Option, &miekg.EDNS0_EDE{InfoCode: miekg.ExtendedErrorCodeBlocked, ExtraText: text})
	}
}

func TestRealServerAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		recordType string
		handler    miekg.HandlerFunc
		outcome    probe.Outcome
		failure    probe.Failure
		want       probe.DNSDetail
	}{
		"address": {"A", respond(0, nil, records(host+" 60 IN A 3.5.7.9", host+" 60 IN A 3.5.7.10")...), probe.OK, "",
			probe.DNSDetail{RCode: "NOERROR", Addresses: addrs("3.5.7.9", "3.5.7.10")}},
		"IPv6 address": {"AAAA", respond(0, nil, records(host+" 60 IN AAAA 2600:1f18::1")...), probe.OK, "",
			probe.DNSDetail{RCode: "NOERROR", Addresses: addrs("2600:1f18::1")}},
		"registration text": {"TXT", respond(0, nil, records(host+` 60 IN TXT "wsca-12" "34 \"x\" \\ \195\164"`)...), probe.OK, "",
			probe.DNSDetail{RCode: "NOERROR", Texts: []string{`wsca-1234 "x" \ ä`}}},
		"directory services": {"SRV", respond(0, nil, records(host+" 60 IN SRV 0 100 389 dc1.corp.example.com.", host+" 60 IN SRV 0 0 0 .")...), probe.OK, "",
			probe.DNSDetail{RCode: "NOERROR", Services: []string{"dc1.corp.example.com:389"}}},
		"alias": {"A", respond(0, nil, records("b.example.net 60 IN A 3.5.7.9", strings.ToUpper(host)+" 60 IN CNAME a.example.net.",
			"a.example.net 60 IN CNAME b.example.net.", "other.example.net 60 IN A 6.6.6.6")...), probe.OK, "",
			probe.DNSDetail{RCode: "NOERROR", CNAME: "b.example.net", Addresses: addrs("3.5.7.9")}},
		"NXDOMAIN": {"A", respond(miekg.RcodeNameError, nil), probe.Failed, probe.DNSNXDomain, probe.DNSDetail{RCode: "NXDOMAIN"}},
		"SERVFAIL with a reason": {"A", respond(miekg.RcodeServerFailure, blocked("no\x1b[31m way\u202e")), probe.Failed, probe.DNSServfail,
			probe.DNSDetail{RCode: "SERVFAIL", Extended: "Blocked: no[31m way"}},
		"REFUSED":    {"A", respond(miekg.RcodeRefused, nil), probe.Failed, probe.DNSRefused, probe.DNSDetail{RCode: "REFUSED"}},
		"other code": {"A", respond(miekg.RcodeNotImplemented, nil), probe.Failed, probe.DNSMisbehaving, probe.DNSDetail{RCode: "NOTIMP"}},
		"no data":    {"AAAA", respond(0, nil), probe.Failed, probe.DNSNoAnswer, probe.DNSDetail{RCode: "NOERROR"}},
		"record of another type": {"A", respond(0, nil, records(host+" 60 IN AAAA 2600:1f18::1")...), probe.Failed, probe.DNSNoAnswer,
			probe.DNSDetail{RCode: "NOERROR"}},
		"record of another name": {"A", respond(0, nil, records("evil.example.net 60 IN A 6.6.6.6")...), probe.Failed, probe.DNSNoAnswer,
			probe.DNSDetail{RCode: "NOERROR"}},
		"circle of aliases": {"A", respond(0, nil, records(host+" 60 IN CNAME a.example.net.", "a.example.net 60 IN CNAME "+host+".")...),
			probe.Failed, probe.DNSMisbehaving, probe.DNSDetail{RCode: "NOERROR", CNAME: "a.example.net", Error: "more than 16 aliases in a row"}},
		"refused without the question": {"A", func(w miekg.ResponseWriter, q *miekg.Msg) {
			raw(w, []byte{byte(q.Id >> 8), byte(q.Id), 0x81, 0x05, 0, 0, 0, 0, 0, 0, 0, 0})
		}, probe.Failed, probe.DNSRefused, probe.DNSDetail{RCode: "REFUSED"}},
	} {
		t.Run(name, func(t *testing.T) {
			at := serve(t, tc.handler)
			o := ask(t, t.Context(), &loopback{}, patient(at, tc.recordType), 1)[0]
			check(t, o, tc.outcome, tc.failure)
			want := tc.want
			want.Resolver, want.Transport, want.Name, want.Type, want.Attempts = at, probe.UDP, host, tc.recordType, 1
			diff(t, want, detail(t, o))
			if o.Address != at || o.Elapsed <= 0 {
				t.Errorf("address %q after %v", o.Address, o.Elapsed)
			}
		})
	}
}

func TestEndlessAliasesEnd(t *testing.T) {
	lines := []string{host + " 60 IN CNAME 0.example.net."}
	for i := range 2000 {
		lines = append(lines, fmt.Sprintf("%d.example.net 60 IN CNAME %d.example.net.", i, i+1))
	}
	chain := records(append(lines, "2000.example.net 60 IN A 3.5.7.9")...)
	at := serve(t, func(w miekg.ResponseWriter, q *miekg.Msg) {
		respond(0, func(m *miekg.Msg) {
			if !overTCP(w) {
				m.Truncated, m.Answer = true, nil
			}
		}, chain...)(w, q)
	})
	o := ask(t, t.Context(), &loopback{}, patient(at), 1)[0]
	check(t, o, probe.Failed, probe.DNSMisbehaving)
	if d := detail(t, o); len(d.Addresses) != 0 || d.CNAME != "16.example.net" {
		t.Errorf("%+v", d)
	}
}

func TestLargestAnswerComesOverTCPAndLittleOfItIsKept(t *testing.T) {
	var many []miekg.RR
	for i := range 4000 { // 16 bytes each, compressed: just under 64 KiB
		many = append(many, &miekg.A{Hdr: miekg.RR_Header{Name: host + ".", Rrtype: miekg.TypeA, Class: miekg.ClassINET},
			A: []byte{3, 0, byte(i >> 8), byte(i)}})
	}
	at := serve(t, func(w miekg.ResponseWriter, q *miekg.Msg) {
		respond(0, func(m *miekg.Msg) {
			if !overTCP(w) {
				m.Truncated, m.Answer = true, m.Answer[:10] // not to be believed
			}
		}, many...)(w, q)
	})
	o := ask(t, t.Context(), &loopback{}, patient(at), 1)[0]
	check(t, o, probe.OK, "")
	d := detail(t, o)
	if len(d.Addresses) != maxRecords || !d.Truncated || d.Transport != probe.TCP || d.Attempts != 2 {
		t.Errorf("%+v", d)
	}
	if d.Addresses[0] != netip.MustParseAddr("3.0.0.0") {
		t.Errorf("first address %v", d.Addresses[0])
	}
}

func TestWrongAnswersAreIgnoredAndCounted(t *testing.T) {
	for name, spoil := range map[string]func(right []byte, i int) []byte{
		"wrong ID":       func(b []byte, i int) []byte { b[0] += byte(i%255) + 1; return b },
		"wrong question": func(b []byte, i int) []byte { b[13] ^= 0x01; return b },
		"wrong type":     func(b []byte, i int) []byte { b[12+len(host)+3] = 28; return b },
		"a question":     func(b []byte, i int) []byte { b[2] &^= 0x80; return b },
		"an update":      func(b []byte, i int) []byte { b[2] |= 0x28; return b },
		"two questions":  func(b []byte, i int) []byte { b[5] = 2; return b },
		"no question":    func(b []byte, i int) []byte { b[5] = 0; return b },
		"cut in a record": func(b []byte, i int) []byte {
			return b[:len(b)-1-i%10]
		},
		"noise": func(b []byte, i int) []byte { return []byte(strings.Repeat("\xff", i*7)) },
	} {
		t.Run(name, func(t *testing.T) {
			const flood = 100
			at := serve(t, func(w miekg.ResponseWriter, q *miekg.Msg) {
				query, err := q.Pack()
				if err != nil {
					t.Error(err)
				}
				for i := range flood {
					raw(w, spoil(answerA(query), i))
				}
				raw(w, answerA(query))
			})
			o := ask(t, t.Context(), &loopback{}, patient(at), 1)[0]
			check(t, o, probe.OK, "")
			d := detail(t, o)
			diff(t, addrs("3.209.215.252"), d.Addresses)
			if d.Garbage != flood || d.Attempts != 1 {
				t.Errorf("%d of %d counted in %d attempts", d.Garbage, flood, d.Attempts)
			}
		})
	}
}

func TestTerminalEscapesDoNotSurvive(t *testing.T) {
	const evil = `\027[31m\155\226\128\174evil.example.net.`
	for recordType, answers := range map[string][]miekg.RR{
		"A":   records(host+" 60 IN CNAME "+evil, evil+" 60 IN A 3.5.7.9"),
		"TXT": records(host + ` 60 IN TXT "\027]0;title\007\000 \226\128\174 \255"`),
		"SRV": records(host + " 60 IN SRV 0 0 389 " + evil),
	} {
		t.Run(recordType, func(t *testing.T) {
			at := serve(t, respond(0, nil, answers...))
			o := ask(t, t.Context(), &loopback{}, patient(at, recordType), 1)[0]
			check(t, o, probe.OK, "")
			clean(t, detail(t, o))
		})
	}
}

// clean insists that nothing in d can move a terminal.
func clean(t *testing.T, d probe.DNSDetail) {
	t.Helper()
	texts := append([]string{d.RCode, d.CNAME, d.Extended, d.Error}, d.Texts...)
	for _, s := range append(texts, d.Services...) {
		for _, r := range s {
			if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp) {
				t.Errorf("%q holds %U", s, r)
			}
		}
	}
}

func TestClosedPortRefuses(t *testing.T) {
	packets, listener := listen(t)
	at := listener.Addr().String()
	packets.Close()
	listener.Close()
	o := ask(t, t.Context(), &loopback{}, probe.Target{Resolver: at, Attempts: 2, Spacing: 1}, 1)[0]
	check(t, o, probe.Failed, probe.ConnectionRefused)
}
