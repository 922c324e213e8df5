package dns

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"wsdoctor/probe"
)

// systemLookup asks the system resolver and puts what it says into d.
type systemLookup func(ctx context.Context, n probe.Network, host string, d *probe.DNSDetail) error

func lookupAddresses(network string) systemLookup {
	return func(ctx context.Context, n probe.Network, host string, d *probe.DNSDetail) error {
		found, err := n.Resolve(ctx, network, host)
		for _, a := range found[:min(len(found), maxRecords)] {
			d.Addresses = append(d.Addresses, a.Unmap().WithZone(""))
		}
		return err
	}
}

func lookupTexts(ctx context.Context, n probe.Network, host string, d *probe.DNSDetail) error {
	found, err := n.ResolveTXT(ctx, host)
	for _, t := range found[:min(len(found), maxRecords)] {
		d.Texts = append(d.Texts, probe.Clean(t, maxText))
	}
	return err
}

// askSystem asks the system resolver. How long that may take is the system's
// affair and ctx's: it has its own retries.
func (q *question) askSystem(ctx context.Context) probe.Observation {
	o, d := q.observe(time.Now()), q.detail()
	d.Attempts = 1
	if err := q.system(ctx, q.network, q.target.Host, &d); err != nil {
		d.Error = probe.Clean(err.Error(), maxError)
		outcome, failure := q.systemFailure(ctx, err)
		return o.Finish(time.Now(), outcome, failure, d)
	}
	outcome, failure := q.judge(&d)
	return o.Finish(time.Now(), outcome, failure, d)
}

// systemFailure reads the error of a system lookup. Go's resolver says much the
// same for different answers (net/dnsclient_unix.go), and other systems less:
//
//   - NXDOMAIN and a name without a record of the type are both "no such host"
//     with IsNotFound. For A that is told as NXDOMAIN, because nearly every name
//     asked for has an IPv4 address; for the other types having none is normal.
//   - SERVFAIL is "server misbehaving" and temporary, every other RCODE such as
//     REFUSED is "server misbehaving" and not temporary.
func (q *question) systemFailure(ctx context.Context, err error) (probe.Outcome, probe.Failure) {
	if interrupted(ctx) {
		return probe.NotRun, ""
	}
	var dnsErr *net.DNSError
	if !errors.As(err, &dnsErr) {
		return outcomeOf(failureOf(err))
	}
	if told := (*probe.NetError)(nil); errors.As(err, &told) && told.Failure != "" {
		return outcomeOf(told.Failure) // the network itself knows what it was
	}
	misbehaving := strings.Contains(dnsErr.Err, "misbehaving")
	switch {
	case dnsErr.IsTimeout || errors.Is(err, context.DeadlineExceeded):
		return probe.Silent, probe.Timeout
	case dnsErr.IsNotFound && q.name == "A" && strings.Contains(dnsErr.Err, "no such host"):
		return probe.Failed, probe.DNSNXDomain
	case dnsErr.IsNotFound || strings.Contains(dnsErr.Err, "no suitable address"):
		return probe.Failed, probe.DNSNoAnswer
	case misbehaving && dnsErr.IsTemporary:
		return probe.Failed, probe.DNSServfail
	case misbehaving:
		return probe.Failed, probe.DNSMisbehaving
	case dnsErr.IsTemporary:
		return probe.Failed, probe.DNSTemporary
	}
	return outcomeOf(failureOf(err))
}

// interrupted says that ctx was cancelled, as opposed to having run out of time.
func interrupted(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }
