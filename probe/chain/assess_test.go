package chain

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"net"
	"testing"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/chain/chaintest"
)

func bundled(t testing.TB) []*x509.Certificate {
	t.Helper()
	var certs []*x509.Certificate
	for rest := amazonPEM; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return certs
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		certs = append(certs, c)
	}
}

func TestBundledRootsAreAmazonsBeyondDoubt(t *testing.T) {
	want := []string{
		"8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e", // Amazon Root CA 1
		"1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4", // Amazon Root CA 2
		"18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4", // Amazon Root CA 3
		"e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092", // Amazon Root CA 4
		"568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5", // Starfield Services Root – G2
		"1465fa205397b876faa6f0a9958e5590e40fcc7faa4fb7c2c8677521fb5fb658", // Starfield Class 2
	}
	certs := bundled(t)
	if len(certs) != len(want) {
		t.Fatalf("%d certificates bundled, want %d", len(certs), len(want))
	}
	for i, c := range certs {
		if sum := sha256.Sum256(c.Raw); hex.EncodeToString(sum[:]) != want[i] {
			t.Errorf("%s has fingerprint %x", c.Subject, sum)
		}
		if !amazonNamed(c.Subject) {
			t.Errorf("%s is not recognised by name", c.Subject)
		}
	}
}

// A chain of the real world cannot be had without its private key, but a
// bundled root presented as itself verifies to the bundled key.
func TestABundledKeyIsAmazon(t *testing.T) {
	for _, c := range bundled(t) {
		d := probe.TLSDetail{}
		assess(&d, []*x509.Certificate{c}, "x.example", x509.NewCertPool(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		if d.Root != probe.RootAmazon || d.SystemTrust || d.HostnameFits {
			t.Errorf("%s: root %s, trust %v, name %v", c.Subject, d.Root, d.SystemTrust, d.HostnameFits)
		}
		// A clock that stands wrong does not change who signed it.
		d = probe.TLSDetail{}
		assess(&d, []*x509.Certificate{c}, "x.example", x509.NewCertPool(), time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC))
		if d.Root != probe.RootAmazon {
			t.Errorf("%s in 1999: root %s", c.Subject, d.Root)
		}
	}
}

func TestOnlyExactNamesAreAmazons(t *testing.T) {
	org := func(names ...string) pkix.Name { return pkix.Name{Organization: names} }
	for _, c := range []struct {
		name pkix.Name
		want bool
	}{
		{org("Amazon"), true},
		{org("Amazon Trust Services"), true},
		{org("Starfield Technologies, Inc."), true},
		{pkix.Name{CommonName: "Amazon Root CA 5"}, true},
		{pkix.Name{CommonName: "Starfield Services Root Certificate Authority - G3"}, true},
		{org("Amazon-Inspect Corp"), false},
		{org("amazon"), false},
		{org("Amazon", "Contoso"), false},
		{pkix.Name{CommonName: "Amazon Root CA 1", Organization: []string{"Amazon-Inspect Corp"}}, false},
		{pkix.Name{CommonName: "Amazon Root CA 1 (Contoso)"}, false},
		{pkix.Name{CommonName: "Contoso Amazon Root CA 1"}, false},
		{org("DigiCert Inc"), false},
		{pkix.Name{}, false},
	} {
		if got := amazonNamed(c.name); got != c.want {
			t.Errorf("%q: %v", c.name.String(), got)
		}
	}
}

func TestIssuersThatGoInCirclesEnd(t *testing.T) {
	a := &x509.Certificate{RawSubject: []byte("a"), RawIssuer: []byte("b")}
	b := &x509.Certificate{RawSubject: []byte("b"), RawIssuer: []byte("a")}
	leaf := &x509.Certificate{RawSubject: []byte("leaf"), RawIssuer: []byte("a")}
	if path := linked([]*x509.Certificate{leaf, a, b}); len(path) != 3 {
		t.Errorf("path of %d", len(path))
	}
}

func FuzzSummary(f *testing.F) {
	ca := chaintest.New(f, pkix.Name{CommonName: "\x1b[31mx", Organization: []string{"Amazon"}})
	leaf := ca.Issue(f, chaintest.Options{}, "a.example", "192.0.2.1")
	f.Add(ca.Certificate.Raw)
	f.Add(append(bytes.Clone(leaf.Certificate[0]), ca.Certificate.Raw...))
	f.Add([]byte{0x30, 0x80})
	now := time.Now()
	f.Fuzz(func(t *testing.T, der []byte) {
		certs, err := x509.ParseCertificates(der)
		if err != nil {
			return
		}
		d := probe.TLSDetail{Root: probe.RootUnknown}
		failure, err := assess(&d, certs, "a.example", ca.Pool(), now)
		if (failure == "") != (err == nil) {
			t.Errorf("failure %q with error %v", failure, err)
		}
		if failure == "" && (!d.SystemTrust || !d.HostnameFits) {
			t.Error("accepted without trust or name")
		}
		checkStored(t, d)
	})
}

// checkStored insists on bounds and on text that is fit to be shown.
func checkStored(t *testing.T, d probe.TLSDetail) {
	t.Helper()
	if len(d.Chain) > maxCertificates {
		t.Errorf("%d certificates", len(d.Chain))
	}
	texts := []string{d.Issuer, d.Error, d.ALPN}
	for _, c := range d.Chain {
		texts = append(texts, c.Subject, c.Issuer)
		texts = append(texts, c.Names...)
		if len(c.Names) > maxDNSNames {
			t.Errorf("%d names", len(c.Names))
		}
	}
	for _, s := range texts {
		if s != probe.Clean(s, maxNameRunes+1) {
			t.Errorf("unclean %q", s)
		}
	}
	if _, err := json.Marshal(d); err != nil {
		t.Error(err)
	}
}

// scripted is a connection whose peer says one thing and closes.
type scripted struct {
	net.Conn
	io.Reader
}

func (s scripted) Read(p []byte) (int, error)     { return s.Reader.Read(p) }
func (scripted) Write(p []byte) (int, error)      { return len(p), nil }
func (scripted) Close() error                     { return nil }
func (scripted) SetWriteDeadline(time.Time) error { return nil }

func FuzzHandshake(f *testing.F) {
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
	f.Add([]byte{21, 3, 3, 0, 2, 2, 40})
	f.Add([]byte{22, 3, 3, 0, 4, 2, 0, 0, 0})
	f.Fuzz(func(t *testing.T, answer []byte) {
		d, outcome, failure, conn := Handshake(t.Context(), scripted{Reader: bytes.NewReader(answer)}, "a.example", x509.NewCertPool(), Options{})
		if conn != nil || outcome != probe.Failed || failure == "" {
			t.Errorf("%s %q", outcome, failure)
		}
		checkStored(t, d)
	})
}
