package ldap

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"wsdoctor/probe"
	"wsdoctor/probe/udp"
)

// ntVersion asks for NETLOGON_SAM_LOGON_RESPONSE_EX: the bits V5 and V5EX,
// little-endian ([MS-ADTS] 6.3.1.1).
var ntVersion = []byte{6, 0, 0, 0}

// ping sends CLDAP netlogon pings ([MS-ADTS] 6.3.3).
func ping(
	ctx context.Context,
	n probe.Network,
	t probe.Target,
	to netip.AddrPort,
) (d probe.LDAPDetail, outcome probe.Outcome, failure probe.Failure) {
	if len(t.Domain) > maxText {
		d.Error = "not a domain name"
		return d, probe.Skipped, ""
	}
	p := pinging{domain: strings.TrimSuffix(t.Domain, "."), first: newID()}
	e, outcome, failure := udp.Exchange(ctx, n, to, udp.Question{Payload: p.request, Match: p.match}.Ask(t))
	d = p.detail
	d.Sent, d.ICMP = e.Sent, e.ICMP
	if len(e.RTTMS) > 0 {
		d.RTTMS = e.RTTMS[0]
	}
	switch {
	case e.Error != "":
		d.Error = e.Error
	case outcome == probe.Failed && e.Garbage > 0:
		d.Error = fmt.Sprintf("%d datagrams that are no answer", e.Garbage)
	}
	return d, outcome, failure
}

// pinging is the state of one exchange.
type pinging struct {
	domain string
	first  uint32 // message ID of the first request; the others follow it
	sent   int
	known  bool // an answer was read
	detail probe.LDAPDetail
}

// request writes ping i.
func (p *pinging) request(i int) []byte {
	p.sent = i + 1
	var and [][]byte
	if p.domain != "" {
		and = append(and, tlv(filterEqual, text("DnsDomain"), text(p.domain)))
	}
	and = append(and, tlv(filterEqual, text("NtVer"), tlv(tagString, ntVersion)))
	return search(p.first+uint32(i), tlv(filterAnd, and...), "Netlogon")
}

// match tells which request a datagram answers. It holds one search entry at
// most and the end of the search; an entry alone will do, because the end may
// come in a datagram of its own.
func (p *pinging) match(reply []byte) (int, bool) {
	var netlogon []byte
	var note string
	id, entry := 0, false
	for rest := reply; len(rest) > 0; {
		m, after, ok := parseMessage(rest)
		if !ok || id != 0 && m.id != id {
			return 0, false
		}
		id, rest = m.id, after
		switch {
		case m.op == searchEntry && !entry:
			entry = true
			ok = m.attributes(func(name string, value []byte) {
				if strings.EqualFold(name, "Netlogon") {
					netlogon = value
				}
			})
		case m.op == searchDone:
			var code int
			var text string
			if code, text, ok = m.result(); code != 0 {
				note = probe.Clean(
					strings.TrimSpace(fmt.Sprintf("the server answered with result code %d %s", code, text)),
					maxError,
				)
			}
		default:
			ok = false
		}
		if !ok {
			return 0, false
		}
	}
	i := id - int(p.first)
	if id == 0 || i < 0 || i >= p.sent {
		return 0, false
	}
	if !p.known {
		p.known = true
		p.detail = read(netlogon, note)
	}
	return i, true
}

// read puts a Netlogon value into a detail. note, if set, is why there is none.
func read(value []byte, note string) probe.LDAPDetail {
	switch l, err := parseNetlogon(value); {
	case value == nil && note != "":
		return probe.LDAPDetail{Error: note}
	case value == nil:
		return probe.LDAPDetail{
			Error: "the server answered without a Netlogon value: it is no controller of this domain",
		}
	case err != nil:
		return probe.LDAPDetail{Error: err.Error()}
	default:
		d := probe.LDAPDetail{Host: l.host, Domain: l.domain, Site: l.site, ClientSite: l.clientSite}
		if l.paused {
			d.Error = "the controller says that its Netlogon service is paused"
		}
		return d
	}
}
