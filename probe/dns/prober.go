package dns

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	miekg "github.com/miekg/dns"

	"wsdoctor/probe"
)

const (
	// System as a target's Resolver means the system resolver.
	System = "system"
	// ExpectPublic as a target's Expect means a name on the public internet: an
	// answer none of whose addresses can be connected to is then a failure (see
	// Usable). Odd addresses are not: what is behind them decides.
	ExpectPublic = "public"
)

// Bounds of what is kept of an answer. A name server may put 64 KiB into one.
const (
	maxRecords = 16  // addresses, texts or services
	maxAliases = 16  // CNAME records followed; real chains have fewer than ten
	maxName    = 255 // runes of a name (octets in RFC 1035, section 2.3.4)
	maxText    = 255 // runes of a TXT record
	maxError   = 200 // runes of an error or of extended errors
)

// recordTypes are the record types that can be asked for, and how the system
// resolver is asked for each; nil where it cannot be.
var recordTypes = []struct {
	name   string
	qtype  uint16
	system systemLookup
}{
	{"A", miekg.TypeA, lookupAddresses("ip4")},
	{"AAAA", miekg.TypeAAAA, lookupAddresses("ip6")},
	{"TXT", miekg.TypeTXT, lookupTexts},
	{"SRV", miekg.TypeSRV, nil},
}

// Prober resolves Target.Host through Target.Resolver ("system", the default,
// or the ip:port of one name server) for each of Target.Types (A, AAAA, TXT,
// SRV; default A), all types at once.
//
// Every type gives one observation (operation dns_query, detail
// [probe.DNSDetail]) in the order of Target.Types. A name server that gives no
// valid answer over UDP is asked once more over TCP, and that is a second
// observation right after the first. Target.Attempts and Target.Spacing set the
// number and distance of the UDP attempts; the default is three, at 0, 100 and
// 300 ms.
//
// Target.Transport "tcp" asks a name server over TCP from the start, by as many
// fresh connections at the same distances; "udp" goes over to TCP for an answer
// that does not fit and for nothing else.
//
// SRV together with A or AAAA, of a service name ("_ldap._tcp.example.com", RFC
// 2782), asks for the addresses of the hosts that offer the service: after the
// answer come those of at most four, the first by priority, one observation of
// each host and type with Detail.Service set. They are asked of the same name
// server, all at once, unless the answer brought them along (then
// Detail.Attempts is 0). The service name itself has no addresses, and is not
// asked for any.
//
// Outcomes: ok with at least one record; failed with dns_nxdomain_error,
// dns_no_answer, dns_servfail_error, dns_refused_error, dns_server_misbehaving,
// dns_bogon_error, malformed_reply (bytes came, but no valid answer) or the
// failure of the socket; silent with generic_timeout_error; skipped with the
// reason in Detail.Error where there was nothing to ask; not-run where the run
// was interrupted first.
//
// The round-trip times seen here are not given to Network.RTT: a resolver is
// mostly next door, and its time would make everybody else too impatient.
type Prober struct{}

var _ probe.Prober = Prober{}

// question is one name and type, asked of one resolver.
type question struct {
	network  probe.Network
	target   probe.Target
	resolver netip.AddrPort // unset for the system resolver
	name     string         // of the record type
	qtype    uint16
	system   systemLookup
}

// Probe asks for every type of the target.
func (Prober) Probe(ctx context.Context, n probe.Network, t probe.Target) []probe.Observation {
	if t.Resolver == "" {
		t.Resolver = System
	}
	types := t.Types
	if len(types) == 0 {
		types = []string{"A"}
	}
	types = questions(t, types)
	if len(types) == 1 {
		return probeType(ctx, n, t, types[0])
	}
	results := make([][]probe.Observation, len(types))
	var wg sync.WaitGroup
	for i, name := range types {
		wg.Go(func() { results[i] = probeType(ctx, n, t, name) })
	}
	wg.Wait()
	var all []probe.Observation
	for _, r := range results {
		all = append(all, r...)
	}
	return all
}

// probeType asks for one type.
func probeType(ctx context.Context, n probe.Network, t probe.Target, recordType string) []probe.Observation {
	q, problem := newQuestion(n, t, recordType)
	if problem != nil {
		d := q.detail()
		d.Error = problem.Error()
		if addr, err := netip.ParseAddr(t.Host); err == nil {
			d.Addresses = []netip.Addr{addr}
		}
		now := time.Now()
		return []probe.Observation{q.observe(now).Finish(now, probe.Skipped, "", d)}
	}
	if q.system != nil {
		return []probe.Observation{q.askSystem(ctx)}
	}
	return q.askServer(ctx)
}

// newQuestion checks the target. The error says why nothing can be asked.
func newQuestion(n probe.Network, t probe.Target, recordType string) (question, error) {
	q := question{network: n, target: t, name: strings.ToUpper(probe.Clean(recordType, 10))}
	var system systemLookup
	for _, known := range recordTypes {
		if known.name == q.name {
			q.qtype, system = known.qtype, known.system
		}
	}
	if q.qtype == 0 {
		return q, fmt.Errorf("record type %q is not one of A, AAAA, TXT, SRV", q.name)
	}
	if _, err := netip.ParseAddr(t.Host); err == nil {
		return q, fmt.Errorf("an address needs no resolving")
	}
	if _, fits := miekg.IsDomainName(t.Host); !fits || t.Host == "" {
		return q, fmt.Errorf("not a domain name")
	}
	if t.Resolver == System {
		if system == nil {
			return q, fmt.Errorf("the system resolver cannot be asked for %s records", q.name)
		}
		q.system = system
		return q, nil
	}
	resolver, err := netip.ParseAddrPort(t.Resolver)
	if err != nil || resolver.Port() == 0 {
		return q, fmt.Errorf("resolver is neither %q nor ip:port", System)
	}
	q.resolver = resolver
	return q, nil
}

// observe starts an observation of the question.
func (q *question) observe(now time.Time) probe.Observation {
	o := probe.Observe(probe.DNSQuery, q.target, now)
	if q.resolver.IsValid() {
		o.Address = q.resolver.String()
	}
	return o
}

// detail is a detail that holds the question and no answer.
func (q *question) detail() probe.DNSDetail {
	return probe.DNSDetail{
		Resolver: probe.Clean(q.target.Resolver, maxName),
		Name:     probe.Clean(q.target.Host, maxName),
		Type:     q.name,
	}
}

// judge turns the records of a NOERROR answer into an outcome.
func (q *question) judge(d *probe.DNSDetail) (probe.Outcome, probe.Failure) {
	if len(d.Addresses)+len(d.Texts)+len(d.Services) == 0 {
		return probe.Failed, probe.DNSNoAnswer
	}
	if q.target.Expect == ExpectPublic {
		if why, all := unusable(d.Addresses); all {
			d.Error = why
			return probe.Failed, probe.DNSBogon
		}
	}
	return probe.OK, ""
}
