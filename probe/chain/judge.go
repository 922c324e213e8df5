package chain

import (
	"context"
	"crypto/x509"
	"errors"
	"time"

	"wsdoctor/probe"
)

// judgePatience bounds the judgement of a chain. Where the authorities are files it
// takes a millisecond; Windows may first fetch a root or a list from Windows Update,
// which it gives 15 seconds itself, and a run has not that long.
const judgePatience = 3 * time.Second

var errUnjudged = errors.New("this computer did not say in time whether it trusts the certificate")

// judge says what is wrong with a presented chain, and describes it: assess, or what a
// test puts in its place.
type judge func(d *probe.TLSDetail, presented []*x509.Certificate, name string, roots *x509.CertPool, now time.Time) (probe.Failure, error)

// inTime judges within judgePatience. A call into the system's store cannot be broken
// off: nobody waits for it any more, and then only what the chain says of itself is
// told. That is no claim: who vouches for it stays unknown, unless it is Amazon.
func (j judge) inTime(
	ctx context.Context,
	d *probe.TLSDetail,
	presented []*x509.Certificate,
	name string,
	roots *x509.CertPool,
) (probe.Failure, error) {
	if j == nil {
		j = assess
	}
	type judgement struct {
		of      probe.TLSDetail
		failure probe.Failure
		why     error
	}
	now, done := time.Now(), make(chan judgement, 1)
	go func(of probe.TLSDetail) {
		failure, why := j(&of, presented, name, roots, now)
		done <- judgement{of, failure, why}
	}(*d)
	ctx, cancel := context.WithTimeout(ctx, judgePatience)
	defer cancel()
	select {
	case said := <-done:
		*d = said.of
		return said.failure, said.why
	case <-ctx.Done():
	}
	_, _ = assess(d, presented, name, x509.NewCertPool(), now)
	if d.Root != probe.RootAmazon {
		d.Root, d.Issuer = probe.RootUnknown, ""
	}
	return probe.TLSUnjudged, errUnjudged
}
