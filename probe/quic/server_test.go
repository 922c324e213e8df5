package quic_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/netip"
	"slices"
	"testing"

	quicgo "github.com/quic-go/quic-go"

	"wsdoctor/probe"
	"wsdoctor/probe/quic"
	"wsdoctor/probe/socket"
)

// A real server, which has never heard of this program, answers it.
func TestRealServerAnswersVersionNegotiation(t *testing.T) {
	for _, address := range []string{"127.0.0.1", "::1"} {
		l, err := quicgo.ListenAddr(net.JoinHostPort(address, "0"), certificate(t), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		port := l.Addr().(*net.UDPAddr).AddrPort().Port()
		o := quic.Prober{}.Probe(t.Context(), socket.New(socket.Options{}), probe.Target{
			Host: "localhost", Port: port, Transport: probe.UDP, Addresses: []netip.Addr{netip.MustParseAddr(address)},
		})[0]
		d := o.Detail.(probe.ExchangeDetail)
		if o.Outcome != probe.OK || !slices.Contains(d.Versions, "00000001") || d.Answered != 1 || d.Garbage != 0 {
			t.Errorf("%s: %s %q %+v", address, o.Outcome, o.Failure, d)
		}
	}
}

// certificate is what a server needs to start; nobody verifies it.
func certificate(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, NextProtos: []string{"test"}}
}
