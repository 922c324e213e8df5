package dns

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	miekg "github.com/miekg/dns"

	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

// directory is a name server with these SRV records of the service, these
// additional records, and addresses by name; other names do not exist. asked
// collects "name type".
type directory struct {
	srv, extra []string
	hosts      map[string][]string

	mu    sync.Mutex
	asked []string
}

func (z *directory) answer(query []byte) []byte {
	var q, m miekg.Msg
	if err := q.Unpack(query); err != nil {
		panic(err)
	}
	name, kind := strings.TrimSuffix(q.Question[0].Name, "."), miekg.TypeToString[q.Question[0].Qtype]
	z.mu.Lock()
	z.asked = append(z.asked, name+" "+kind)
	z.mu.Unlock()
	m.SetReply(&q)
	m.Compress = true
	switch list, known := z.hosts[strings.ToLower(name)]; {
	case name == service && kind == "SRV":
		for _, s := range z.srv {
			m.Answer = append(m.Answer, records(service+" 60 IN SRV "+s)...)
		}
		m.Extra = records(z.extra...)
	case !known:
		m.Rcode = miekg.RcodeNameError
	default:
		for _, a := range list {
			if strings.Contains(a, ":") == (kind == "AAAA") {
				m.Answer = append(m.Answer, records(name+" 60 IN "+kind+" "+a)...)
			}
		}
	}
	b, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return b
}

// followed asks for the service and gives "target type outcome addresses" of each
// further observation, whose Service must be right.
func followed(t *testing.T, n probe.Network, target probe.Target) (got []probe.Observation, lines []string) {
	t.Helper()
	target.Host, target.Resolver = service, resolver
	got = Prober{}.Probe(t.Context(), n, target)
	for _, o := range got {
		d := detail(t, o)
		if d.Service == "" {
			continue
		}
		if d.Service != service || o.Target != d.Name || o.Address != resolver || o.Operation != probe.DNSQuery || d.Resolver != resolver {
			t.Errorf("%+v", o)
		}
		line := fmt.Sprintf("%s %s %s", o.Target, d.Type, o.Outcome)
		for _, a := range d.Addresses {
			line += " " + a.String()
		}
		lines = append(lines, line)
	}
	return got, lines
}

func TestHostsOfAServiceAreFollowedToTheirAddresses(t *testing.T) {
	two := []string{"0 100 389 dc1.corp.example.com.", "0 100 389 dc2.corp.example.com."}
	known := map[string][]string{"dc1.corp.example.com": {"172.16.0.10", "fd00::10"}, "dc2.corp.example.com": {"172.16.1.10", "172.16.1.11"}, "backup.example.net": {"172.16.2.10"}}
	for name, tc := range map[string]struct {
		z     *directory
		types []string
		lines []string
		asked []string
	}{
		"each of them": {&directory{srv: two, hosts: known}, []string{"SRV", "A"},
			[]string{"dc1.corp.example.com A ok 172.16.0.10", "dc2.corp.example.com A ok 172.16.1.10 172.16.1.11"},
			[]string{"dc1.corp.example.com A", "dc2.corp.example.com A"}},
		"IPv6 too, and not of the service itself": {&directory{srv: two[:1], hosts: known}, []string{"AAAA", "srv", "A"},
			[]string{"dc1.corp.example.com A ok 172.16.0.10", "dc1.corp.example.com AAAA ok fd00::10"},
			[]string{"dc1.corp.example.com A", "dc1.corp.example.com AAAA"}},
		"addresses that came along": {&directory{srv: two, hosts: known, extra: []string{"DC1.corp.example.com 60 IN A 10.9.9.9", "dc2.corp.example.com 60 IN AAAA fd00::9"}}, []string{"SRV", "A"},
			[]string{"dc1.corp.example.com A ok 10.9.9.9", "dc2.corp.example.com A ok 172.16.1.10 172.16.1.11"},
			[]string{"dc2.corp.example.com A"}},
		"of another host nothing is believed": {&directory{srv: two[:1], hosts: known, extra: []string{"dc2.corp.example.com 60 IN A 6.6.6.6", "dc1.corp.example.com 60 CH A 6.6.6.6", "_ldap._tcp.dc._msdcs.corp.example.com 60 IN A 6.6.6.6"}}, []string{"SRV", "A"},
			[]string{"dc1.corp.example.com A ok 172.16.0.10"}, []string{"dc1.corp.example.com A"}},
		"by priority, and each once": {&directory{srv: append([]string{"9 1 389 backup.example.net.", "0 1 3268 DC1.corp.example.com."}, two...), hosts: known}, []string{"SRV", "A"},
			[]string{"DC1.corp.example.com A ok 172.16.0.10", "dc2.corp.example.com A ok 172.16.1.10 172.16.1.11", "backup.example.net A ok 172.16.2.10"},
			[]string{"DC1.corp.example.com A", "backup.example.net A", "dc2.corp.example.com A"}},
		"four at most": {&directory{srv: []string{"1 0 1 a.example.", "1 0 1 b.example.", "1 0 1 c.example.", "1 0 1 d.example.", "0 0 1 e.example."}}, []string{"SRV", "A"},
			[]string{"e.example A failed", "a.example A failed", "b.example A failed", "c.example A failed"},
			[]string{"a.example A", "b.example A", "c.example A", "e.example A"}},
		"names no computer has": {&directory{srv: []string{"0 0 389 .", `0 0 389 \027[31m.example.`, `0 0 389 a\032b.example.`}}, []string{"SRV", "A"}, nil, nil},
		"the service alone":     {&directory{srv: two, hosts: known}, []string{"SRV"}, nil, nil},
		"no services":           {&directory{hosts: map[string][]string{service: nil}}, []string{"SRV", "A"}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := probetest.New().On(probe.UDP, resolver, probetest.Answer(40*ms, one(tc.z.answer)))
				got, lines := followed(t, n, probe.Target{Types: tc.types})
				diff(t, tc.lines, lines)
				diff(t, service+" SRV", tc.z.asked[0])
				diff(t, tc.asked, slices.Sorted(slices.Values(tc.z.asked[1:])))
				if len(got) != 1+len(lines) || detail(t, got[0]).Type != "SRV" {
					t.Errorf("%+v", got)
				}
			})
		})
	}
}

func TestWhatCameAlongCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := directory{srv: []string{"0 0 389 dc1.corp.example.com."}, extra: []string{"dc1.corp.example.com 60 IN A 172.16.0.10"}}
		n := probetest.New().On(probe.UDP, resolver, probetest.Answer(40*ms, one(z.answer)))
		got, _ := followed(t, n, probe.Target{Types: []string{"SRV", "A"}})
		if len(got) != 2 || len(n.Sent()) != 1 || got[1].Elapsed != 0 {
			t.Fatalf("%+v", got)
		}
		diff(t, probe.DNSDetail{Resolver: resolver, Transport: probe.UDP, Name: "dc1.corp.example.com", Type: "A", RCode: "NOERROR", Addresses: addrs("172.16.0.10"), Service: service}, detail(t, got[1]))
	})
}

func TestHostsAreAskedForAllAtOnceByTheWayThatWorked(t *testing.T) {
	z := &directory{srv: []string{"0 0 389 a.example.", "0 0 389 b.example."}, hosts: map[string][]string{"a.example": {"172.16.0.1"}, "b.example": {"172.16.0.2"}}}
	tcp, udp := probetest.Accept(20*ms, serveTCP(z.answer)), probetest.Answer(20*ms, one(z.answer))
	for name, tc := range map[string]struct {
		n         *probetest.Net
		transport probe.Transport
		over      probe.Transport
		took      int // ms
	}{
		"udp":             {probetest.New().On(probe.UDP, resolver, udp), probe.UDP, probe.UDP, 40},
		"tcp":             {probetest.New().On(probe.TCP, resolver, tcp), probe.TCP, probe.TCP, 40},
		"tcp alone works": {probetest.New().On(probe.TCP, resolver, tcp), "", probe.TCP, 1840},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, lines := followed(t, tc.n, probe.Target{Types: []string{"SRV", "A"}, Transport: tc.transport})
				diff(t, []string{"a.example A ok 172.16.0.1", "b.example A ok 172.16.0.2"}, lines)
				last := got[len(got)-1]
				if end := last.Start.Add(last.Elapsed).Sub(got[0].Start); int(end.Milliseconds()) != tc.took || detail(t, last).Transport != tc.over {
					t.Errorf("over %s after %v", detail(t, last).Transport, end)
				}
			})
		})
	}
}

// Only names of services are followed: what else has SRV records is not looked
// for further, and types beside SRV are asked of the name as ever.
func TestNamesThatAreNoServiceAreNotFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New().On(probe.UDP, resolver, probetest.Answer(ms, one(func(q []byte) []byte {
			return answer(q, 0, records(host+" 60 IN SRV 0 0 389 dc1.example.com.", host+" 60 IN A 3.5.7.9")...)
		})))
		got := ask(t, t.Context(), n, probe.Target{Resolver: resolver, Types: []string{"SRV", "A"}}, 2)
		if detail(t, got[0]).Type != "SRV" || detail(t, got[1]).Type != "A" {
			t.Errorf("%+v", got)
		}
	})
}
