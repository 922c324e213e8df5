package servers

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/miekg/dns"
	"github.com/pion/stun/v3"
)

var somebody = netip.MustParseAddrPort("192.0.2.7:50002")

// unknownVersion is a QUIC packet that asks for version negotiation.
func unknownVersion(size int) []byte {
	b := make([]byte, size)
	_, _ = rand.Read(b)
	copy(b, []byte{0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 8})
	b[14] = 8
	return b
}

func TestQUICVersionEchoesTheConnectionIDsSwapped(t *testing.T) {
	q := unknownVersion(minInitial)
	got := QUICVersion(q, somebody)
	want := append([]byte{8}, q[15:23]...)
	want = append(append(want, 8), q[6:14]...)
	if len(got) < 23 || !bytes.Equal(got[1:5], make([]byte, 4)) || !bytes.Equal(got[5:23], want) {
		t.Errorf("got %x for %x", got, q[:23])
	}
}

func TestQUICVersionIsSilentWhereAServerIs(t *testing.T) {
	known := unknownVersion(minInitial)
	copy(known[1:], []byte{0, 0, 0, 1})
	short := unknownVersion(minInitial)
	short[0] = 0x40
	for name, q := range map[string][]byte{"one byte too short": unknownVersion(minInitial - 1), "known version": known, "short header": short, "nothing": nil} {
		if got := QUICVersion(q, somebody); got != nil {
			t.Errorf("%s: answered %x", name, got)
		}
	}
}

func TestSTUNTellsTheMappedAddress(t *testing.T) {
	q := stun.MustBuild(stun.TransactionID, stun.BindingRequest)
	for name, egress := range map[string]func(netip.Addr) netip.Addr{
		"192.0.2.7":    nil,
		"203.0.113.10": func(netip.Addr) netip.Addr { return netip.MustParseAddr("203.0.113.10") },
	} {
		m := &stun.Message{Raw: STUN(egress)(q.Raw, somebody)}
		var mapped stun.XORMappedAddress
		if err := m.Decode(); err != nil || mapped.GetFrom(m) != nil || mapped.IP.String() != name || mapped.Port != 50002 || m.TransactionID != q.TransactionID {
			t.Errorf("want %s: %v, %v", name, mapped, err)
		}
	}
}

func TestZoneTellsMissingNameFromMissingRecord(t *testing.T) {
	z := Zone{Hosts: map[string][]netip.Addr{"a.example": {netip.MustParseAddr("192.0.2.1")}}, SRV: map[string][]string{"_ldap._tcp.example": {"0 100 389 dc.example."}}}
	for _, c := range []struct {
		name    string
		kind    uint16
		code    int
		answers int
	}{
		{"A.Example.", dns.TypeA, dns.RcodeSuccess, 1},
		{"a.example.", dns.TypeAAAA, dns.RcodeSuccess, 0},
		{"b.example.", dns.TypeA, dns.RcodeNameError, 0},
		{"_ldap._tcp.example.", dns.TypeSRV, dns.RcodeSuccess, 1},
		{"_ldap._tcp.example.", dns.TypeA, dns.RcodeSuccess, 0},
	} {
		m := z.Answer(new(dns.Msg).SetQuestion(c.name, c.kind))
		if m.Rcode != c.code || len(m.Answer) != c.answers {
			t.Errorf("%s %s: %s", c.name, dns.TypeToString[c.kind], m)
		}
	}
}

func TestHostileNamesReachTheCertificate(t *testing.T) {
	a, err := Hostile()
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := a.Leaf("x.example", 0)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(leaf.Certificate[0], []byte("\x1b]0;owned")) {
		t.Error("the escapes were cleaned on the way into the certificate")
	}
}

func FuzzQUICVersion(f *testing.F) {
	f.Add(unknownVersion(minInitial))
	f.Add([]byte{0xc0, 1, 2, 3, 4, 255})
	f.Add(append([]byte{0xc0, 1, 2, 3, 4, 0, 255}, make([]byte, minInitial)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := QUICVersion(b, somebody); len(got) > len(b) {
			t.Errorf("the answer to %d bytes has %d: an amplifier", len(b), len(got))
		}
		BadQUIC(b, somebody)
	})
}

func FuzzSTUN(f *testing.F) {
	f.Add(stun.MustBuild(stun.TransactionID, stun.BindingRequest).Raw)
	f.Add([]byte("\x00\x01\x00\x08\x21\x12\xa4\x42............\x00\x20\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		STUN(nil)(b, somebody)
		BadSTUN(b, somebody)
	})
}

// FuzzPeek feeds anything to the reader of ClientHellos: it must give every
// byte back that it read.
func FuzzPeek(f *testing.F) {
	f.Add([]byte("\x16\x03\x01\x00\x05hello"))
	f.Add([]byte(strings.Repeat("\x16\x03\x01\x40\x00", 50)))
	f.Fuzz(func(t *testing.T, b []byte) {
		here, there := net.Pipe()
		go func() {
			_, _ = there.Write(b)
			there.Close()
		}()
		_, back := peek(here)
		var all bytes.Buffer
		_, _ = all.ReadFrom(back)
		here.Close()
		if !bytes.Equal(all.Bytes(), b) {
			t.Errorf("sent %x, got %x back", b, all.Bytes())
		}
	})
}

// Every certificate is signed in the way that every verifier accepts.
func TestSignaturesAreOrdinary(t *testing.T) {
	a, err := Amazon()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 300 { // of which two or three would be short
		leaf, err := a.Leaf(fmt.Sprintf("host%d.example", i), 0)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(leaf.Certificate[0])
		if err != nil || !ordinary(c.Signature) {
			t.Fatalf("%x, %v", c.Signature, err)
		}
	}
	whole, short := new(big.Int).Lsh(big.NewInt(1), 255), new(big.Int).Lsh(big.NewInt(1), 247)
	for name, c := range map[string]struct {
		r, s *big.Int
		want bool
	}{"both whole": {whole, whole, true}, "the first short": {short, whole, false}, "the second short": {whole, short, false}} {
		der, err := asn1.Marshal(struct{ R, S *big.Int }{c.r, c.s})
		if err != nil || ordinary(der) != c.want {
			t.Errorf("%s: %v, %v", name, ordinary(der), err)
		}
	}
	if ordinary([]byte("no signature")) {
		t.Error("no signature is one")
	}
}
