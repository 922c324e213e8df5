package servers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"strings"
	"sync"
	"time"
)

// Authority is a certificate authority with one intermediate.
type Authority struct {
	root, inter signer
	mu          sync.Mutex
	issued      map[string]*tls.Certificate
	padding     int
}

type signer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// NewAuthority makes an authority whose root and intermediate have the given
// names.
func NewAuthority(root, intermediate pkix.Name) (*Authority, error) {
	a := &Authority{issued: map[string]*tls.Certificate{}}
	var err error
	if a.root, err = issue(nil, root, func(c *x509.Certificate) { asAuthority(c) }); err != nil {
		return nil, err
	}
	a.inter, err = issue(&a.root, intermediate, func(c *x509.Certificate) { asAuthority(c) })
	return a, err
}

// Amazon is the authority that plays Amazon Trust Services: the names are
// Amazon's, the keys are not.
func Amazon() (*Authority, error) {
	return NewAuthority(
		pkix.Name{Country: []string{"US"}, Organization: []string{"Amazon"}, CommonName: "Amazon Root CA 1"},
		pkix.Name{Country: []string{"US"}, Organization: []string{"Amazon"}, CommonName: "Amazon RSA 2048 M01"})
}

// Inspector is the authority of a company that inspects HTTPS.
func Inspector() (*Authority, error) {
	return NewAuthority(
		pkix.Name{Organization: []string{"Contoso Ltd"}, CommonName: "Contoso Web Inspection"},
		pkix.Name{Organization: []string{"Contoso Ltd"}, CommonName: "Contoso Web Inspection Issuing CA"})
}

// Public is an authority that browsers trust and anybody gets a certificate from.
func Public() (*Authority, error) {
	return NewAuthority(
		pkix.Name{
			Country:      []string{"US"},
			Organization: []string{"Everybody's Certificates"},
			CommonName:   "Everybody Root X1",
		},
		pkix.Name{Country: []string{"US"}, Organization: []string{"Everybody's Certificates"}, CommonName: "E1"},
	)
}

// Named is an authority of that name, as a product of that name makes one.
func Named(name string) (*Authority, error) {
	return NewAuthority(
		pkix.Name{Organization: []string{name}, CommonName: name},
		pkix.Name{Organization: []string{name}, CommonName: name},
	)
}

// Hotspot is the authority behind a hotel's sign-in page.
func Hotspot() (*Authority, error) {
	return NewAuthority(
		pkix.Name{Organization: []string{"Hotel WiFi"}, CommonName: "Hotel WiFi Gateway"},
		pkix.Name{CommonName: "Hotel WiFi Gateway Issuing"},
	)
}

// Hostile is an authority whose names try to take over a terminal.
func Hostile() (*Authority, error) {
	evil := "\x1b]0;owned\x07\x1b[31mTrusted\u202eAC\nCA"
	return NewAuthority(pkix.Name{Organization: []string{evil}, CommonName: evil}, pkix.Name{CommonName: evil})
}

// PEM is the root certificate.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.root.cert.Raw})
}

// KeyPEM is the root's private key, for an outside program that signs with it.
func (a *Authority) KeyPEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(a.root.key)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), err
}

// Root is the root certificate.
func (a *Authority) Root() *x509.Certificate { return a.root.cert }

// Leaf gives a certificate for name, valid now+shift. The chain ends before the
// root, as servers present it.
func (a *Authority) Leaf(name string, shift time.Duration) (*tls.Certificate, error) {
	return a.leaf(name, func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = c.NotBefore.Add(shift), c.NotAfter.Add(shift)
	}, shift.String())
}

// Expired gives a certificate for name that ended a month ago.
func (a *Authority) Expired(name string) (*tls.Certificate, error) {
	return a.leaf(name, func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().AddDate(0, -13, 0), time.Now().AddDate(0, -1, 0)
	}, "expired")
}

// Big gives a certificate for name in a chain of about size bytes.
func (a *Authority) Big(name string, size int) (*tls.Certificate, error) {
	return a.leaf(name, func(c *x509.Certificate) {
		c.ExtraExtensions = padding(size)
	}, "big")
}

// padding is an extension of that many bytes that means nothing (the number is
// the one for examples, RFC 5612).
func padding(size int) []pkix.Extension {
	return []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 32473, 1}, Value: make([]byte, size)}}
}

// Pad makes every certificate issued from now on larger by that many bytes, for
// those of the real world carry lists, policies and longer keys.
func (a *Authority) Pad(bytes int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.padding = bytes
}

func (a *Authority) leaf(name string, change func(*x509.Certificate), variant string) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := variant + " " + strings.ToLower(name)
	if c := a.issued[key]; c != nil {
		return c, nil
	}
	s, err := issue(&a.inter, pkix.Name{CommonName: name}, func(c *x509.Certificate) {
		c.DNSNames = []string{name}
		c.KeyUsage = x509.KeyUsageDigitalSignature
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		if a.padding > 0 {
			c.ExtraExtensions = padding(a.padding)
		}
		change(c)
	})
	if err != nil {
		return nil, err
	}
	c := &tls.Certificate{Certificate: [][]byte{s.cert.Raw, a.inter.cert.Raw}, PrivateKey: s.key}
	a.issued[key] = c
	return c, nil
}

// ServerConfig is a TLS configuration that answers every name.
func (a *Authority) ServerConfig(shift time.Duration) *tls.Config {
	return &tls.Config{
		NextProtos: []string{"http/1.1"},
		GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
			return a.Leaf(nameOf(h), shift)
		},
	}
}

// nameOf is the name a client asked for; a client that names nobody gets the
// address as name, as many real servers have a default certificate.
func nameOf(h *tls.ClientHelloInfo) string {
	if h.ServerName != "" {
		return h.ServerName
	}
	return "default.invalid"
}

func asAuthority(c *x509.Certificate) {
	c.IsCA, c.BasicConstraintsValid = true, true
	c.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	c.NotBefore, c.NotAfter = c.NotBefore.AddDate(-5, 0, 0), c.NotAfter.AddDate(15, 0, 0)
}

// issue makes a key and a certificate signed by parent, or by itself.
func issue(parent *signer, subject pkix.Name, change func(*x509.Certificate)) (signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return signer{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return signer{}, err
	}
	now := time.Now()
	t := &x509.Certificate{
		SerialNumber: serial,
		Subject:      subject,
		NotBefore:    now.AddDate(0, -1, 0),
		NotAfter:     now.AddDate(0, 12, 0),
	}
	change(t)
	self := signer{t, key}
	if parent == nil {
		parent = &self
	}
	for {
		der, err := x509.CreateCertificate(rand.Reader, t, parent.cert, &key.PublicKey, parent.key)
		if err != nil {
			return signer{}, err
		}
		if self.cert, err = x509.ParseCertificate(der); err != nil || ordinary(self.cert.Signature) {
			return self, err
		}
	}
}

// ordinary: neither of a signature's two numbers begins with a byte of zeros, as about
// one in 130 signatures has. Wine does not accept those.
func ordinary(signature []byte) bool {
	var numbers struct{ R, S *big.Int }
	_, err := asn1.Unmarshal(signature, &numbers)
	const least = 31*8 + 1 // bits of 32 bytes
	return err == nil && numbers.R.BitLen() >= least && numbers.S.BitLen() >= least
}
