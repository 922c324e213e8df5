package dns

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	miekg "github.com/miekg/dns"

	"wsdoctor/probe"
)

// rcodeFailures are the response codes with a failure of their own; every other
// one but NOERROR is a server that misbehaves.
var rcodeFailures = map[int]probe.Failure{
	miekg.RcodeNameError:     probe.DNSNXDomain,
	miekg.RcodeServerFailure: probe.DNSServfail,
	miekg.RcodeRefused:       probe.DNSRefused,
}

// read puts what an answer says into r. raw must match the message. The error
// means that raw is garbage after all, and then r is untouched.
func (m message) read(raw []byte, r *reply) error {
	var msg miekg.Msg
	if err := msg.Unpack(raw); err != nil {
		return fmt.Errorf("unpack answer: %w", err)
	}
	d := &r.detail
	r.code = msg.Rcode
	d.RCode = miekg.RcodeToString[msg.Rcode]
	if d.RCode == "" {
		d.RCode = "RCODE" + strconv.Itoa(msg.Rcode)
	}
	d.Extended = extended(&msg)
	if msg.Rcode != miekg.RcodeSuccess || len(msg.Question) != 1 {
		return nil
	}
	owner, aliased, ends := follow(msg.Question[0].Name, msg.Answer)
	if aliased {
		d.CNAME = cleanName(owner)
	}
	if !ends {
		d.Error = "more than " + strconv.Itoa(maxAliases) + " aliases in a row"
		return nil
	}
	kept := 0
	for _, rr := range msg.Answer {
		h := rr.Header()
		if kept == maxRecords {
			break
		}
		if h.Rrtype == m.qtype && h.Class == miekg.ClassINET && strings.EqualFold(h.Name, owner) && keep(rr, d) {
			kept++
		}
	}
	if m.qtype == miekg.TypeSRV {
		r.hosts = namedHosts(owner, &msg)
	}
	return nil
}

// follow walks the aliases from a name to the owner of the records. ends is
// false where there are more than anybody needs, or a circle of them.
func follow(name string, answer []miekg.RR) (owner string, aliased, ends bool) {
	owner = name
	for range maxAliases + 1 {
		next := ""
		for _, rr := range answer {
			if c, is := rr.(*miekg.CNAME); is && strings.EqualFold(c.Hdr.Name, owner) {
				next = c.Target
				break
			}
		}
		if next == "" {
			return owner, aliased, true
		}
		owner, aliased = next, true
	}
	return owner, true, false
}

// keep writes one record into d, and says false if it holds nothing.
func keep(rr miekg.RR, d *probe.DNSDetail) bool {
	switch rr := rr.(type) {
	case *miekg.A:
		return keepAddress(rr.A.To4(), d)
	case *miekg.AAAA:
		return keepAddress(rr.AAAA, d)
	case *miekg.TXT:
		d.Texts = append(d.Texts, probe.Clean(unescape(strings.Join(rr.Txt, "")), maxText))
	case *miekg.SRV:
		if rr.Target == "." { // "decidedly not available", RFC 2782
			return false
		}
		d.Services = append(d.Services, net.JoinHostPort(cleanName(rr.Target), strconv.Itoa(int(rr.Port))))
	default:
		return false
	}
	return true
}

func keepAddress(ip net.IP, d *probe.DNSDetail) bool {
	addr, ok := netip.AddrFromSlice(ip)
	if ok {
		d.Addresses = append(d.Addresses, addr)
	}
	return ok
}

// extended gives the extended DNS errors (RFC 8914) as "Name: text", in the
// server's order.
func extended(msg *miekg.Msg) string {
	opt := msg.IsEdns0()
	if opt == nil {
		return ""
	}
	var texts []string
	for _, o := range opt.Option {
		ede, is := o.(*miekg.EDNS0_EDE)
		if !is || len(texts) == maxRecords {
			continue
		}
		text := miekg.ExtendedErrorCodeToString[ede.InfoCode]
		if text == "" {
			text = "EDE " + strconv.Itoa(int(ede.InfoCode))
		}
		if ede.ExtraText != "" {
			text += ": " + ede.ExtraText
		}
		texts = append(texts, text)
	}
	return probe.Clean(strings.Join(texts, "; "), maxError)
}

// cleanName makes a name of the library fit to be shown. The library has
// already written bytes that are no printable ASCII as \DDD.
func cleanName(name string) string { return probe.Clean(strings.TrimSuffix(name, "."), maxName) }

// unescape undoes the library's presentation form of a TXT string (\DDD and \X),
// so that both ways of asking give the same text.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			out = append(out, s[i])
			continue
		}
		if i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 10, 8); err == nil {
				out = append(out, byte(n))
				i += 3
				continue
			}
		}
		i++
		out = append(out, s[i])
	}
	return string(out)
}
