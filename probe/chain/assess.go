package chain

import (
	"crypto/x509"
	"errors"
	"time"

	"wsdoctor/probe"
)

var (
	errNoCertificate = errors.New("no certificate was presented")
	errOutOfDates    = errors.New("a certificate of the chain is not valid at this computer's time")
)

// assess fills the chain, the trust, the name and the root of d from the
// presented certificates, and says what is wrong with them: the failure and
// the error are both zero if nothing is.
func assess(
	d *probe.TLSDetail,
	presented []*x509.Certificate,
	name string,
	roots *x509.CertPool,
	now time.Time,
) (probe.Failure, error) {
	for _, c := range presented {
		d.ChainBytes += len(c.Raw)
	}
	if len(presented) == 0 {
		return probe.TLSInvalid, errNoCertificate
	}
	presented = presented[:min(len(presented), maxCertificates)]
	d.Chain = summarise(presented)

	leaf, path := presented[0], linked(presented)
	intermediates := x509.NewCertPool()
	for _, c := range presented[1:] {
		intermediates.AddCert(c)
	}
	own := ownTime(path, now)
	verify := func(against *x509.CertPool, at time.Time, use x509.ExtKeyUsage) ([][]*x509.Certificate, error) {
		return leaf.Verify(
			x509.VerifyOptions{
				Roots:         against,
				Intermediates: intermediates,
				CurrentTime:   at,
				KeyUsages:     []x509.ExtKeyUsage{use},
			},
		)
	}

	verified, trustErr := verify(roots, now, x509.ExtKeyUsageServerAuth)
	expired := false
	if trustErr != nil && !own.Equal(now) {
		verified, trustErr = verify(roots, own, x509.ExtKeyUsageServerAuth)
		expired = trustErr == nil
	}
	d.SystemTrust = trustErr == nil
	nameErr := leaf.VerifyHostname(name)
	d.HostnameFits = nameErr == nil
	_, amazonErr := verify(amazonRoots(), own, x509.ExtKeyUsageAny)

	top := path[len(path)-1].Issuer
	if len(verified) > 0 {
		top = rootOf(verified).Subject
	}
	d.Issuer = probe.Clean(top.String(), maxNameRunes)
	switch {
	case amazonErr == nil:
		d.Root = probe.RootAmazon
	case amazonNamed(top):
		d.Root = probe.RootAmazonNamed
	default:
		d.Root = probe.RootOther
	}

	switch {
	case trustErr != nil:
		return trustFailure(trustErr), trustErr
	case nameErr != nil:
		return probe.TLSInvalidHostname, nameErr
	case expired:
		return probe.TLSExpired, errOutOfDates
	}
	return "", nil
}

// trustFailure turns a verification error into a code.
func trustFailure(err error) probe.Failure {
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return probe.TLSExpired
	case errors.As(err, new(x509.UnknownAuthorityError)), errors.As(err, new(x509.SystemRootsError)):
		return probe.TLSUnknownAuthority
	}
	return probe.TLSInvalid
}

// linked follows the issuers from the leaf through the presented certificates.
// Certificates that are presented but lead nowhere are left out, so that
// nobody can dress up a chain by appending a famous root to it.
func linked(presented []*x509.Certificate) []*x509.Certificate {
	path := presented[:1:1]
	for len(path) <= len(presented) {
		last := path[len(path)-1]
		if string(last.RawIssuer) == string(last.RawSubject) {
			return path
		}
		next := issuerOf(last, presented[1:])
		if next == nil {
			return path
		}
		path = append(path, next)
	}
	return path[:len(presented)]
}

func issuerOf(c *x509.Certificate, among []*x509.Certificate) *x509.Certificate {
	for _, candidate := range among {
		if string(candidate.RawSubject) == string(c.RawIssuer) {
			return candidate
		}
	}
	return nil
}

// ownTime is now if every certificate of the path is valid now, else a moment
// at which the most of the path is: it separates "who signed this" from "is
// the clock right".
func ownTime(path []*x509.Certificate, now time.Time) time.Time {
	from, to := path[0].NotBefore, path[0].NotAfter
	for _, c := range path[1:] {
		if c.NotBefore.After(from) {
			from = c.NotBefore
		}
		if c.NotAfter.Before(to) {
			to = c.NotAfter
		}
	}
	if !now.Before(from) && !now.After(to) {
		return now
	}
	if to.Before(from) {
		from, to = path[0].NotBefore, path[0].NotAfter
	}
	return from.Add(to.Sub(from) / 2)
}

// rootOf picks the root to name among the verified chains: one named like
// Amazon's if there is one, since a cross-signed chain may end in several.
func rootOf(verified [][]*x509.Certificate) *x509.Certificate {
	for _, c := range verified {
		if root := c[len(c)-1]; amazonNamed(root.Subject) {
			return root
		}
	}
	return verified[0][len(verified[0])-1]
}
