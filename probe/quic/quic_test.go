package quic

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const ms = time.Millisecond

var target = probe.Target{Host: "gateway", Port: 4195, Transport: probe.UDP, Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.10")}}

// offer answers a packet of ours with a list of versions.
func offer(versions ...uint32) func([]byte) [][]byte {
	return func(b []byte) [][]byte {
		r := []byte{0x80, 0, 0, 0, 0, 8}
		r = append(r, b[15:23]...)
		r = append(append(r, 8), b[6:14]...)
		for _, v := range versions {
			r = binary.BigEndian.AppendUint32(r, v)
		}
		return [][]byte{r}
	}
}

// but changes an answer.
func but(change func([]byte) []byte) func([]byte) [][]byte {
	return func(b []byte) [][]byte { return [][]byte{change(offer(1, 2)(b)[0])} }
}

func TestReplies(t *testing.T) {
	tests := []struct {
		name     string
		answer   func([]byte) [][]byte
		versions []string
	}{
		{"version list", offer(1, 0x6b3343cf, 0x5a6a7a8a), []string{"00000001", "6b3343cf", "5a6a7a8a"}},
		{"unused bits of the first byte do not matter", but(func(b []byte) []byte { b[0] |= 0x7f; return b }), []string{"00000001", "00000002"}},
		{"echo of our packet", func(b []byte) [][]byte { return [][]byte{b} }, nil},
		{"IDs not swapped", func(b []byte) [][]byte {
			r := offer(1)(b)[0]
			copy(r[6:14], b[6:14])
			copy(r[15:23], b[15:23])
			return [][]byte{r}
		}, nil},
		{"IDs of somebody else", but(func(b []byte) []byte { b[7]++; return b }), nil},
		{"our own version offered", offer(1, 0x1a2a3a4a), nil},
		{"empty list", offer(), nil},
		{"list cut short", but(func(b []byte) []byte { return b[:len(b)-1] }), nil},
		{"short header", but(func(b []byte) []byte { b[0] = 0; return b }), nil},
		{"another version's packet", but(func(b []byte) []byte { b[4] = 1; return b }), nil},
		{"ID longer than the datagram", but(func(b []byte) []byte { b[5] = 255; return b }), nil},
		{"nothing", func([]byte) [][]byte { return [][]byte{{}, {0x80}, {0x80, 0, 0, 0, 0}, {0x80, 0, 0, 0, 0, 0}} }, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := probetest.New().On(probe.UDP, "192.0.2.10:4195", probetest.Answer(20*ms, test.answer))
				o := Prober{}.Probe(t.Context(), n, target)[0]
				outcome, failure := probe.OK, probe.Failure("")
				if test.versions == nil {
					outcome, failure = probe.Failed, probe.MalformedReply
				}
				if o.Operation != probe.QUICVersion || o.Outcome != outcome || o.Failure != failure {
					t.Errorf("%s %q, want %s %q", o.Outcome, o.Failure, outcome, failure)
				}
				if diff := cmp.Diff(test.versions, o.Detail.(probe.ExchangeDetail).Versions); diff != "" {
					t.Errorf("versions (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestALongListIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New().On(probe.UDP, "192.0.2.10:4195", probetest.Answer(ms, offer(make([]uint32, 400)...)))
		if d := (Prober{}).Probe(t.Context(), n, target)[0].Detail.(probe.ExchangeDetail); len(d.Versions) != 16 {
			t.Errorf("%d versions kept", len(d.Versions))
		}
	})
}

func TestPacketIsAReservedVersionOfFullSize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New()
		Prober{}.Probe(t.Context(), n, target)
		sent := n.Sent()
		if len(sent) != 3 {
			t.Fatalf("%d packets", len(sent))
		}
		for i, s := range sent {
			b := s.Payload
			if len(b) != 1200 || b[0]&0xc0 != 0xc0 || !bytes.Equal(b[1:6], []byte{0x1a, 0x2a, 0x3a, 0x4a, 8}) || b[14] != 8 {
				t.Errorf("packet %d: %d bytes, % x…", i, len(b), b[:23])
			}
			if i > 0 && bytes.Equal(b[6:14], sent[i-1].Payload[6:14]) {
				t.Error("a connection ID was used twice")
			}
		}
	})
}
