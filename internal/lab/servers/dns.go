package servers

import (
	"context"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// Zone is what the simulated world's names mean. Names are lower case without
// a trailing dot; a name that is not in it does not exist.
type Zone struct {
	Hosts map[string][]netip.Addr
	TXT   map[string][]string
	SRV   map[string][]string // "host:port" is spelt as "priority weight port host"
}

// DNS is a name server. It answers from its zone or, if Forward is set, asks
// that server about every name that is not in Own.
type DNS struct {
	Stack   Stack
	Zone    Zone
	Own     string // a domain in lower case, without a trailing dot
	Forward netip.AddrPort
	Faults  []Fault
	DNS64   netip.Prefix // of 96 bits: names without an IPv6 address get one made of it and the IPv4 one (RFC 6147)
}

// Serve answers at an address, over UDP and TCP.
func (d *DNS) Serve(at netip.AddrPort) error {
	pc, err := d.Stack.ListenPacket(at)
	if err != nil {
		return err
	}
	l, err := d.Stack.Listen(at)
	if err != nil {
		return err
	}
	for _, s := range []*dns.Server{{PacketConn: pc, Handler: d}, {Listener: l, Handler: d}} {
		go func() { _ = s.ActivateAndServe() }()
	}
	return nil
}

// lies is the table of ways a name server misbehaves. A lie gives the answer,
// or nil for silence.
var lies = map[string]func(q *dns.Msg, f Fault, tcp bool) *dns.Msg{
	"nxdomain":    func(q *dns.Msg, _ Fault, _ bool) *dns.Msg { return code(q, dns.RcodeNameError) },
	"servfail":    func(q *dns.Msg, _ Fault, _ bool) *dns.Msg { return code(q, dns.RcodeServerFailure) },
	"refused":     func(q *dns.Msg, _ Fault, _ bool) *dns.Msg { return code(q, dns.RcodeRefused) },
	"silent":      func(*dns.Msg, Fault, bool) *dns.Msg { return nil },
	"empty":       func(q *dns.Msg, _ Fault, _ bool) *dns.Msg { return code(q, dns.RcodeSuccess) },
	"one-address": func(q *dns.Msg, f Fault, _ bool) *dns.Msg { return answer(q, q.Question[0].Name, f.Addresses) },
	"escapes": func(q *dns.Msg, f Fault, _ bool) *dns.Msg {
		evil := `\027[31mowned\027]0;title\007.` + q.Question[0].Name
		m := answer(q, evil, f.Addresses)
		alias := &dns.CNAME{
			Hdr:    dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeCNAME, Class: dns.ClassINET, Ttl: 60},
			Target: evil,
		}
		m.Answer = append([]dns.RR{alias}, m.Answer...)
		return m
	},
}

// DNSFaults lists the ways a DNS misbehaves.
func DNSFaults() []string {
	return slices.AppendSeq([]string{"garbage", "truncated", "slow"}, maps.Keys(lies))
}

// ServeDNS answers one question.
func (d *DNS) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	if len(q.Question) != 1 {
		return
	}
	tcp := w.RemoteAddr().Network() == "tcp"
	if f, wrong := find(d.Faults, q.Question[0].Name); wrong {
		switch f.Kind {
		case "garbage":
			b := []byte{byte(q.Id >> 8), byte(q.Id), 0x80, 0, 0xff, 0xff, 0xff, 0xff}
			for range 40 {
				b = append(b, byte(rand.Uint32()))
			}
			_, _ = w.Write(b)
			return
		case "slow":
			time.Sleep(f.Delay)
		case "truncated": // over UDP; the whole answer comes over TCP
			if !tcp {
				m := code(q, dns.RcodeSuccess)
				m.Truncated = true
				_ = w.WriteMsg(m)
				return
			}
		default:
			if m := lies[f.Kind](q, f, tcp); m != nil {
				_ = w.WriteMsg(m)
			}
			return
		}
	}
	m := d.resolve(q, tcp)
	if m != nil && d.DNS64.IsValid() && q.Question[0].Qtype == dns.TypeAAAA && len(m.Answer) == 0 {
		m = d.synthesise(q, tcp)
	}
	if m != nil {
		_ = w.WriteMsg(m)
	}
}

// resolve answers from the zone or asks the upstream server; nil means silence.
func (d *DNS) resolve(q *dns.Msg, tcp bool) *dns.Msg {
	if d.Forward.IsValid() && !d.owns(q.Question[0].Name) {
		return d.forward(q, tcp)
	}
	return d.Zone.Answer(q)
}

// synthesise answers a question for IPv6 addresses from the IPv4 ones.
func (d *DNS) synthesise(q *dns.Msg, tcp bool) *dns.Msg {
	ask := q.Copy()
	ask.Question[0].Qtype = dns.TypeA
	known := d.resolve(ask, tcp)
	if known == nil {
		return nil
	}
	var made []netip.Addr
	for _, rr := range known.Answer {
		a, isA := rr.(*dns.A)
		if !isA {
			continue
		}
		b := d.DNS64.Addr().As16()
		copy(b[12:], a.A.To4())
		made = append(made, netip.AddrFrom16(b))
	}
	m := answer(q, q.Question[0].Name, made)
	m.Rcode = known.Rcode
	return m
}

func (d *DNS) owns(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	return d.Own != "" && (name == d.Own || strings.HasSuffix(name, "."+d.Own))
}

// upstreamPatience is how long a name server waits for the one that it asks: less than a
// run takes, so that nothing waits on after it.
const upstreamPatience = 5 * time.Second

// forward asks the upstream server; nil means that it did not answer.
func (d *DNS) forward(q *dns.Msg, tcp bool) *dns.Msg {
	network := "udp"
	if tcp {
		network = "tcp"
	}
	ctx, cancel := context.WithTimeout(context.Background(), upstreamPatience)
	defer cancel()
	c, err := d.Stack.Dial(ctx, network, d.Forward)
	if err != nil {
		return nil
	}
	defer c.Close()
	client := dns.Client{Net: network, Timeout: upstreamPatience}
	m, _, err := client.ExchangeWithConnContext(ctx, q, &dns.Conn{Conn: c, UDPSize: dns.MaxMsgSize})
	if err != nil {
		return nil
	}
	return m
}

// Answer answers a question from the zone.
func (z Zone) Answer(q *dns.Msg) *dns.Msg {
	name := strings.TrimSuffix(strings.ToLower(q.Question[0].Name), ".")
	hosts, isHost := z.Hosts[name]
	m := answer(q, q.Question[0].Name, hosts)
	hdr := dns.RR_Header{Name: q.Question[0].Name, Class: dns.ClassINET, Ttl: 60}
	for _, t := range z.TXT[name] {
		if q.Question[0].Qtype == dns.TypeTXT {
			hdr.Rrtype = dns.TypeTXT
			m.Answer = append(m.Answer, &dns.TXT{Hdr: hdr, Txt: []string{t}})
		}
	}
	for _, s := range z.SRV[name] {
		if rr, err := dns.NewRR(q.Question[0].Name + " 60 IN SRV " + s); err == nil &&
			q.Question[0].Qtype == dns.TypeSRV {
			m.Answer = append(m.Answer, rr)
		}
	}
	if !isHost && z.TXT[name] == nil && z.SRV[name] == nil {
		m.Rcode = dns.RcodeNameError
	}
	return m
}

// answer replies with those addresses that the question asks for.
func answer(q *dns.Msg, owner string, addresses []netip.Addr) *dns.Msg {
	m := code(q, dns.RcodeSuccess)
	hdr := dns.RR_Header{Name: owner, Class: dns.ClassINET, Ttl: 60}
	for _, a := range addresses {
		switch {
		case a.Is4() && q.Question[0].Qtype == dns.TypeA:
			hdr.Rrtype = dns.TypeA
			m.Answer = append(m.Answer, &dns.A{Hdr: hdr, A: a.AsSlice()})
		case a.Is6() && q.Question[0].Qtype == dns.TypeAAAA:
			hdr.Rrtype = dns.TypeAAAA
			m.Answer = append(m.Answer, &dns.AAAA{Hdr: hdr, AAAA: a.AsSlice()})
		}
	}
	return m
}

func code(q *dns.Msg, rcode int) *dns.Msg {
	m := new(dns.Msg).SetRcode(q, rcode)
	m.RecursionAvailable = true
	return m
}
