package stun

import (
	"bytes"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/stun/v3"
	"go.uber.org/goleak"

	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
	"wsdoctor/probe/udp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const ms = time.Millisecond

// respond answers a request with setters, in its transaction.
func respond(setters ...stun.Setter) func([]byte) [][]byte {
	return func(b []byte) [][]byte {
		q := &stun.Message{Raw: b}
		if q.Decode() != nil || q.Type != stun.BindingRequest {
			return nil
		}
		all := append([]stun.Setter{stun.NewTransactionIDSetter(q.TransactionID)}, setters...)
		return [][]byte{stun.MustBuild(all...).Raw}
	}
}

func xor(ip string, port int) stun.Setter {
	return &stun.XORMappedAddress{IP: net.ParseIP(ip), Port: port}
}

func damage(at int) func([]byte) [][]byte {
	return func(b []byte) [][]byte {
		r := respond(stun.BindingSuccess, xor("203.0.113.7", 40000), stun.Fingerprint)(b)[0]
		r[len(r)+at] ^= 0xff
		return [][]byte{r}
	}
}

func TestReplies(t *testing.T) {
	otherTransaction := func([]byte) [][]byte {
		return [][]byte{stun.MustBuild(stun.TransactionID, stun.BindingSuccess, xor("203.0.113.7", 40000)).Raw}
	}
	tests := []struct {
		name    string
		answer  func([]byte) [][]byte
		outcome probe.Outcome
		failure probe.Failure
		mapped  string
	}{
		{"success", respond(stun.BindingSuccess, xor("203.0.113.7", 40000), stun.Fingerprint), probe.OK, "", "203.0.113.7:40000"},
		{"success over IPv6", respond(stun.BindingSuccess, xor("2001:db8::7", 40000)), probe.OK, "", "[2001:db8::7]:40000"},
		{"old server", respond(stun.BindingSuccess, &stun.MappedAddress{IP: net.ParseIP("203.0.113.7"), Port: 40000}), probe.OK, "", "203.0.113.7:40000"},
		{"error response is an answer", respond(stun.BindingError, stun.CodeUnauthorized), probe.OK, "", ""},
		{"an error's address is not believed", respond(stun.BindingError, xor("203.0.113.7", 40000)), probe.OK, "", ""},
		{"success without an address is an answer", respond(stun.BindingSuccess), probe.OK, "", ""},
		{"unspecified address is none", respond(stun.BindingSuccess, xor("0.0.0.0", 40000)), probe.OK, "", ""},
		{"echo of the request", func(b []byte) [][]byte { return [][]byte{b} }, probe.Failed, probe.MalformedReply, ""},
		{"somebody else's transaction", otherTransaction, probe.Failed, probe.MalformedReply, ""},
		{"another method", respond(stun.NewType(stun.MethodAllocate, stun.ClassSuccessResponse)), probe.Failed, probe.MalformedReply, ""},
		{"indication", respond(stun.NewType(stun.MethodBinding, stun.ClassIndication)), probe.Failed, probe.MalformedReply, ""},
		{"wrong fingerprint", damage(-1), probe.Failed, probe.MalformedReply, ""},
		{"damaged address", damage(-9), probe.Failed, probe.MalformedReply, ""},
		{"cut short", func(b []byte) [][]byte {
			return [][]byte{respond(stun.BindingSuccess, xor("203.0.113.7", 1))(b)[0][:24]}
		}, probe.Failed, probe.MalformedReply, ""},
		{"no STUN at all", func([]byte) [][]byte { return [][]byte{[]byte("HTTP/1.1 400 Bad Request\r\n\r\n"), {}} }, probe.Failed, probe.MalformedReply, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := probetest.New().On(probe.UDP, "192.0.2.10:3478", probetest.Answer(20*ms, test.answer))
				list := Prober{}.Probe(t.Context(), n, probe.Target{Host: "stun", Port: 3478, Transport: probe.UDP, Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.10")}})
				if len(list) != 1 {
					t.Fatalf("%d observations", len(list))
				}
				o, d := list[0], list[0].Detail.(probe.ExchangeDetail)
				var got string
				if d.Mapped.IsValid() {
					got = d.Mapped.String()
				}
				if o.Operation != probe.STUNBinding || o.Outcome != test.outcome || o.Failure != test.failure || got != test.mapped {
					t.Errorf("%s %q mapped %q, want %s %q %q", o.Outcome, o.Failure, got, test.outcome, test.failure, test.mapped)
				}
			})
		})
	}
}

func TestEveryRequestHasItsOwnTransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New()
		list := Prober{}.Probe(t.Context(), n, probe.Target{Host: "stun", Port: 3478, Transport: probe.UDP, Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.10")}})
		sent := n.Sent()
		if list[0].Outcome != probe.Silent || len(sent) != 3 {
			t.Fatalf("%s, %d sent", list[0].Outcome, len(sent))
		}
		for i, s := range sent {
			if len(s.Payload) != 28 || s.At.Sub(sent[0].At) != time.Duration(i)*udp.DefaultSpacing {
				t.Errorf("request %d: %d bytes at %v", i, len(s.Payload), s.At.Sub(sent[0].At))
			}
			if i > 0 && bytes.Equal(s.Payload[8:20], sent[i-1].Payload[8:20]) {
				t.Error("a transaction ID was used twice")
			}
		}
	})
}

func TestASampleIsNotCutShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New().On(probe.UDP, "192.0.2.10:3478", probetest.Answer(20*ms, respond(stun.BindingSuccess)))
		list := Prober{}.Probe(t.Context(), n, probe.Target{Host: "stun", Port: 3478, Transport: probe.UDP, Attempts: 20, Spacing: probe.Millis(5 * ms), Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.10")}})
		if d := list[0].Detail.(probe.ExchangeDetail); d.Sent != 20 || d.Answered != 20 || list[0].Elapsed != 115*ms {
			t.Errorf("%d of %d in %v", d.Answered, d.Sent, list[0].Elapsed)
		}
	})
}

func FuzzMatch(f *testing.F) {
	request := new(binding).request(0)
	success := respond(stun.BindingSuccess, xor("203.0.113.7", 40000), stun.Fingerprint)(request)[0]
	for _, seed := range [][]byte{request, success, success[:27], success[:20], respond(stun.BindingError, stun.CodeBadRequest)(request)[0], {}} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, reply []byte, ours bool) {
		b := new(binding)
		b.request(0)
		if ours && len(reply) >= 20 { // bring the fuzzer past the transaction ID
			copy(reply[8:20], b.ids[0][:])
		}
		before := append([]byte(nil), reply...)
		i, ok := b.match(reply)
		if !bytes.Equal(before, reply) {
			t.Error("the datagram was changed")
		}
		if ok && (i != 0 || !bytes.Equal(reply[8:20], b.ids[0][:]) || reply[0]&1 == 0) {
			t.Errorf("%x taken for an answer to request %d", reply, i)
		}
		if !ok && b.mapped.IsValid() {
			t.Error("an address out of garbage")
		}
	})
}
