package dns

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	miekg "github.com/miekg/dns"

	"wsdoctor/probe"
)

// maxHosts of those that offer a service are asked for. Every one of them knows
// the whole directory, so that a few tell what there is to tell.
const maxHosts = 4

// namedHost is a host that an SRV answer named, with the addresses of it that
// the same message held, by the name of their type.
type namedHost struct {
	name  string
	known map[string][]netip.Addr
}

// isService tells the name of a service (RFC 2782: _Service._Proto.Name).
func isService(name string) bool { return strings.HasPrefix(name, "_") }

// asksHosts says whether the answer to SRV is to be followed to its hosts.
func asksHosts(t probe.Target) bool {
	return t.Resolver != System && isService(t.Host) && slices.ContainsFunc(t.Types, isType("SRV")) &&
		len(hostTypes(t)) > 0
}

// hostTypes are the address types wanted of a service's hosts.
func hostTypes(t probe.Target) []string {
	var types []string
	for _, kind := range []string{"A", "AAAA"} {
		if slices.ContainsFunc(t.Types, isType(kind)) {
			types = append(types, kind)
		}
	}
	return types
}

func isType(name string) func(string) bool {
	return func(t string) bool { return strings.EqualFold(t, name) }
}

// questions are the types to ask the target's own name for.
func questions(t probe.Target, types []string) []string {
	if !asksHosts(t) {
		return types
	}
	return slices.DeleteFunc(
		slices.Clone(types),
		func(name string) bool { return isType("A")(name) || isType("AAAA")(name) },
	)
}

// namedHosts lists the first hosts of an answer by priority. Addresses are taken
// from the additional section of those hosts only: what else a server
// volunteers is nobody's answer.
func namedHosts(owner string, msg *miekg.Msg) []namedHost {
	var records []*miekg.SRV
	for _, rr := range msg.Answer {
		if srv, is := rr.(*miekg.SRV); is && srv.Hdr.Class == miekg.ClassINET &&
			strings.EqualFold(srv.Hdr.Name, owner) &&
			isHost(srv.Target) {
			records = append(records, srv)
		}
	}
	slices.SortStableFunc(records, func(a, b *miekg.SRV) int { return cmp.Compare(a.Priority, b.Priority) })
	var hosts []namedHost
	for _, srv := range records {
		same := func(h namedHost) bool { return strings.EqualFold(h.name+".", srv.Target) }
		if len(hosts) < maxHosts && !slices.ContainsFunc(hosts, same) {
			hosts = append(hosts, namedHost{strings.TrimSuffix(srv.Target, "."), additional(srv.Target, msg.Extra)})
		}
	}
	return hosts
}

// isHost says whether a name is one that a computer can have. A server may put
// anything into its answer, and it is asked for nothing else.
func isHost(name string) bool {
	return name != "" && name != "." && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '.' && r != '-' && r != '_' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z')
	})
}

// additional gives the addresses of a host among records.
func additional(host string, records []miekg.RR) map[string][]netip.Addr {
	known := map[string][]netip.Addr{}
	for _, rr := range records {
		h := rr.Header()
		if h.Class != miekg.ClassINET || !strings.EqualFold(h.Name, host) {
			continue
		}
		var d probe.DNSDetail
		kind := miekg.TypeToString[h.Rrtype]
		if (kind == "A" || kind == "AAAA") && len(known[kind]) < maxRecords && keep(rr, &d) {
			known[kind] = append(known[kind], d.Addresses...)
		}
	}
	return known
}

// hostAddresses gives the addresses of the hosts that the last observation names.
func (s *server) hostAddresses(ctx context.Context, last probe.Observation) []probe.Observation {
	if last.Outcome != probe.OK || s.qtype != miekg.TypeSRV || !asksHosts(s.target) {
		return nil
	}
	answer, _ := last.Detail.(probe.DNSDetail)
	types := hostTypes(s.target)
	lists := make([][]probe.Observation, len(s.hosts)*len(types))
	var wait sync.WaitGroup
	for i := range lists {
		host, kind := s.hosts[i/len(types)], types[i%len(types)]
		t := s.target
		t.Host, t.Types = host.name, []string{kind}
		if answer.Transport == probe.TCP && !answer.Truncated {
			t.Transport = probe.TCP // by which alone this server answers
		}
		if known := host.known[kind]; len(known) > 0 {
			lists[i] = s.broughtAlong(t, known, answer.Transport)
			continue
		}
		wait.Go(func() { lists[i] = probeType(ctx, s.network, t, kind) })
	}
	wait.Wait()
	list := slices.Concat(lists...)
	for i, o := range list {
		if d, is := o.Detail.(probe.DNSDetail); is {
			d.Service = probe.Clean(s.target.Host, maxName)
			list[i].Detail = d
		}
	}
	return list
}

// broughtAlong writes down addresses for which nothing had to be sent.
func (s *server) broughtAlong(t probe.Target, known []netip.Addr, transport probe.Transport) []probe.Observation {
	q, problem := newQuestion(s.network, t, t.Types[0])
	d := q.detail()
	if problem != nil { // not seen: isHost has checked the name
		d.Error = problem.Error()
		return []probe.Observation{q.observe(time.Now()).Finish(time.Now(), probe.Skipped, "", d)}
	}
	d.Transport, d.RCode, d.Addresses = transport, miekg.RcodeToString[miekg.RcodeSuccess], known
	now := time.Now()
	outcome, failure := q.judge(&d)
	return []probe.Observation{q.observe(now).Finish(now, outcome, failure, d)}
}
