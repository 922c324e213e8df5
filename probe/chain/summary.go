package chain

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"time"

	"wsdoctor/probe"
)

// How much of a presented chain is kept. Chains of public authorities have two
// to four certificates; a name longer than 200 runes is no name.
const (
	maxCertificates = 10
	maxDNSNames     = 8
	maxNameRunes    = 200
)

// summarise describes certificates for the report, every text cleaned.
func summarise(certs []*x509.Certificate) []probe.Certificate {
	list := make([]probe.Certificate, 0, len(certs))
	for _, c := range certs {
		der, key := sha256.Sum256(c.Raw), sha256.Sum256(c.RawSubjectPublicKeyInfo)
		summary := probe.Certificate{
			Subject:   probe.Clean(c.Subject.String(), maxNameRunes),
			Issuer:    probe.Clean(c.Issuer.String(), maxNameRunes),
			NotBefore: c.NotBefore.UTC().Format(time.RFC3339),
			NotAfter:  c.NotAfter.UTC().Format(time.RFC3339),
			SHA256:    hex.EncodeToString(der[:]),
			SPKI:      hex.EncodeToString(key[:]),
			CA:        c.IsCA,
		}
		for _, name := range c.DNSNames[:min(len(c.DNSNames), maxDNSNames)] {
			summary.Names = append(summary.Names, probe.Clean(name, maxNameRunes))
		}
		list = append(list, summary)
	}
	return list
}
