package chain

import (
	"crypto/x509"
	"crypto/x509/pkix"
	_ "embed"
	"regexp"
	"slices"
	"sync"
)

// amazonPEM holds Amazon Root CA 1 to 4 and the two Starfield roots that
// cross-sign them; the file says where they come from.
//
//go:embed amazon_roots.pem
var amazonPEM []byte

var amazonRoots = sync.OnceValue(func() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(amazonPEM)
	return pool
})

// amazonOrganisations are the exact organisation names of AWS's authorities.
// "Amazon-Inspect Corp" is none of them.
var amazonOrganisations = []string{"Amazon", "Amazon Trust Services", "Starfield Technologies, Inc."}

// amazonCommonName decides only for a name without an organisation.
var amazonCommonName = regexp.MustCompile(
	`^(Amazon Root CA [0-9]{1,2}|Starfield Services Root Certificate Authority( - G[0-9])?)$`,
)

// amazonNamed reports whether the name is one that AWS's authorities bear. A
// name is no proof: it only forbids calling the chain somebody else's.
func amazonNamed(name pkix.Name) bool {
	if len(name.Organization) > 0 {
		return !slices.ContainsFunc(
			name.Organization,
			func(o string) bool { return !slices.Contains(amazonOrganisations, o) },
		)
	}
	return amazonCommonName.MatchString(name.CommonName)
}
