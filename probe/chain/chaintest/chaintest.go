// Package chaintest makes certificate authorities and certificates for tests
// of whatever speaks TLS: rightly named, wrongly named, expired, oversized.
// Nothing of it is in the shipped program.
package chaintest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"
)

// Authority is a certificate authority with its private key.
type Authority struct {
	Certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	parents     [][]byte // DER, from its own issuer upward, without the root
}

// Options changes what Issue and Sub write; the zero value is a plain
// certificate valid from an hour ago for one day.
type Options struct {
	NotBefore, NotAfter time.Time
	Subject             pkix.Name
	Padding             int // bytes of a meaningless extension
	Usage               x509.ExtKeyUsage
}

// New makes a self-signed authority, valid around the current time.
func New(t testing.TB, subject pkix.Name) *Authority {
	t.Helper()
	template := template(
		Options{
			Subject:   subject,
			NotBefore: time.Now().Add(-24 * 365 * time.Hour),
			NotAfter:  time.Now().Add(24 * 365 * time.Hour),
		},
	)
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	key := newKey(t)
	return &Authority{Certificate: sign(t, template, template, &key.PublicKey, key), key: key}
}

// Sub makes an intermediate authority.
func (a *Authority) Sub(t testing.TB, o Options) *Authority {
	t.Helper()
	template := template(o)
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	key := newKey(t)
	c := sign(t, template, a.Certificate, &key.PublicKey, a.key)
	return &Authority{Certificate: c, key: key, parents: append([][]byte{c.Raw}, a.parents...)}
}

// Issue makes a server certificate for names (DNS names or IP literals); what
// is presented is the certificate and every intermediate, not the root.
func (a *Authority) Issue(t testing.TB, o Options, names ...string) tls.Certificate {
	t.Helper()
	template := template(o)
	if o.Usage == 0 {
		o.Usage = x509.ExtKeyUsageServerAuth
	}
	template.ExtKeyUsage = []x509.ExtKeyUsage{o.Usage}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	key := newKey(t)
	c := sign(t, template, a.Certificate, &key.PublicKey, a.key)
	return tls.Certificate{Certificate: append([][]byte{c.Raw}, a.parents...), PrivateKey: key}
}

// Pool is a set of trusted authorities that holds only a.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.Certificate)
	return pool
}

func template(o Options) *x509.Certificate {
	if o.NotBefore.IsZero() {
		o.NotBefore = time.Now().Add(-time.Hour)
	}
	if o.NotAfter.IsZero() {
		o.NotAfter = o.NotBefore.Add(24 * time.Hour)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      o.Subject,
		NotBefore:    o.NotBefore,
		NotAfter:     o.NotAfter,
	}
	if o.Padding > 0 {
		c.ExtraExtensions = []pkix.Extension{{Id: []int{1, 3, 6, 1, 4, 1, 99999, 1}, Value: make([]byte, o.Padding)}}
	}
	return c
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t testing.TB, c, parent *x509.Certificate, public *ecdsa.PublicKey, by *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, c, parent, public, by)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made
}
