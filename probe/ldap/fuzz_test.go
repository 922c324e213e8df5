package ldap

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/miekg/dns"

	"wsdoctor/probe"
)

// clean insists that nothing in d can move a terminal, and that it is short.
func clean(t *testing.T, d probe.LDAPDetail) {
	t.Helper()
	for _, s := range []string{d.Host, d.Domain, d.Context, d.Site, d.Time, d.Error} {
		if len([]rune(s)) > maxText+1 || strings.ContainsFunc(s, func(r rune) bool {
			return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp)
		}) {
			t.Errorf("%q", s)
		}
	}
}

// FuzzNetlogon feeds anything as a Netlogon value; names are read by the DNS
// library too, which must agree where both understand one.
func FuzzNetlogon(f *testing.F) {
	f.Add(logon(23, proper...))
	f.Add(logon(24, "\xc0\x18"))
	f.Add(logon(25, forest, "\xc0\x1d", "\x03dc1\xc0\x18", "\xc0\x30", "\x00", "\x00", "\x00", "\x00"))
	f.Add([]byte("\x17\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		l, err := parseNetlogon(b)
		if !bytes.Equal(before, b) {
			t.Error("the value was changed")
		}
		if err != nil && l.host+l.domain+l.site != "" {
			t.Errorf("%v and %+v", err, l)
		}
		clean(t, read(b, ""))
		name, next, ok := compressedName(b, netlogonHead)
		if !ok {
			return
		}
		if next <= netlogonHead || next > len(b) || len(name) > maxName {
			t.Errorf("%q ends at %d of %d", name, next, len(b))
		}
		if theirs, end, err := dns.UnpackDomainName(b, netlogonHead); err == nil && !strings.Contains(theirs, `\`) && (strings.TrimSuffix(theirs, ".") != name || end != next) {
			t.Errorf("%q to %d, the DNS library has %q to %d", name, next, theirs, end)
		}
	})
}

// reciter is a connection that knows its answer; %ID% in it is the question's.
type reciter struct {
	net.Conn
	answer []byte
	r      io.Reader
}

func (c *reciter) Write(question []byte) (int, error) {
	c.r = bytes.NewReader(bytes.ReplaceAll(c.answer, []byte("%ID%"), integer(idOf(question))[2:]))
	return len(question), nil
}

func (c *reciter) Read(b []byte) (int, error) { return c.r.Read(b) }

// script writes the ID of a message so that reciter and FuzzDatagram put the
// real one in its place.
func script(b []byte) []byte { return bytes.ReplaceAll(b, integer(1 << 24)[2:], []byte("%ID%")) }

func FuzzRoot(f *testing.F) {
	const id = 1 << 24
	f.Add(script(append(entry(id, value("currentTime", "20260102030405.0Z"), value("dnsHostName", "dc1"), value("defaultNamingContext", "DC=a")), done(id, 0, "")...)))
	f.Add(script(done(id, 1, "\x1b[31m")))
	f.Add(script(entry(id, wide(tagSequence, wide(tagString)))))
	f.Add([]byte("0\x84\x00\x00\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var d probe.LDAPDetail
		err := askRoot(&reciter{answer: b}, &d)
		clean(t, d)
		if failure := failureOf(err); err != nil && failure != probe.EOF && failure != probe.MalformedReply && failure != probe.ReplyTooLarge {
			t.Errorf("%v", err)
		}
		if d.ClockMS != nil && (d.Time == "" || *d.ClockMS != *d.ClockMS) {
			t.Errorf("%v by %q", *d.ClockMS, d.Time)
		}
		if _, err := time.Parse(time.RFC3339, d.Time); d.Time != "" && err != nil {
			t.Error(err)
		}
	})
}

func FuzzDatagram(f *testing.F) {
	const id = 1 << 24
	f.Add(script(append(entry(id, value("Netlogon", string(logon(23, proper...)))), done(id, 0, "")...)))
	f.Add(script(done(id, 51, "busy")))
	f.Add(script(envelope(id, wide(searchEntry))))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		p := pinging{domain: domain, first: id}
		p.request(0)
		reply := bytes.ReplaceAll(b, []byte("%ID%"), integer(id)[2:])
		before := bytes.Clone(reply)
		i, ok := p.match(reply)
		if !bytes.Equal(before, reply) || ok && i != 0 || ok != p.known {
			t.Errorf("%d %v %+v", i, ok, p)
		}
		clean(t, p.detail)
	})
}
