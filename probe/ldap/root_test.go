package ldap

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

// wide writes a BER element as Windows does, with every length in four bytes.
func wide(tag byte, parts ...[]byte) []byte {
	body := slices.Concat(parts...)
	return append(binary.BigEndian.AppendUint32([]byte{tag, 0x84}, uint32(len(body))), body...)
}

func value(name string, values ...string) []byte {
	var set [][]byte
	for _, v := range values {
		set = append(set, wide(tagString, []byte(v)))
	}
	return wide(tagSequence, wide(tagString, []byte(name)), wide(tagSet, set...))
}

func envelope(id uint32, op []byte) []byte { return wide(tagSequence, integer(id), op) }

func entry(id uint32, attributes ...[]byte) []byte {
	return envelope(id, wide(searchEntry, wide(tagString), wide(tagSequence, attributes...)))
}

func done(id uint32, code byte, text string) []byte {
	return envelope(id, wide(searchDone, tlv(tagEnumerated, []byte{code}), wide(tagString), wide(tagString, []byte(text))))
}

// idOf reads the message ID of a question.
func idOf(question []byte) uint32 {
	m, _, ok := parseMessage(question)
	if !ok {
		panic("no LDAP question")
	}
	return uint32(m.id)
}

// saying is a server that answers one question, in pieces of at most size bytes.
func saying(size int, reply func(id uint32) []byte) func(net.Conn) {
	return func(c net.Conn) {
		b := make([]byte, 4096)
		k, err := c.Read(b)
		if err != nil {
			return
		}
		for piece := range slices.Chunk(reply(idOf(b[:k])), size) {
			if _, err := c.Write(piece); err != nil {
				return
			}
		}
		if size > 1 {
			for { // it leaves the connection open
				if _, err := c.Read(b); err != nil {
					return
				}
			}
		}
	}
}

func TestServersOverTCP(t *testing.T) {
	whole := func(id uint32) []byte {
		return append(entry(id, value("CURRENTTIME", "20000101000000.0Z"), value("dnsHostName", "DC9.corp.example.com"), value("defaultNamingContext", "DC=corp,DC=example,DC=com"),
			value("supportedLDAPVersion", "3", "2")), done(id, 0, "")...)
	}
	sends := func(reply func(id uint32) []byte) probetest.Script { return probetest.Accept(ms, saying(4096, reply)) }
	fixed := func(b string) probetest.Script { return sends(func(uint32) []byte { return []byte(b) }) }
	icmp := probe.ICMPError{Offender: netip.MustParseAddr("172.16.0.1"), Type: 3, Code: 13}
	tests := map[string]struct {
		script  probetest.Script
		outcome probe.Outcome
		failure probe.Failure
		host    string
		says    string
		sent    int
	}{
		"as Windows writes it": {sends(whole), probe.OK, "", "DC9.corp.example.com", "", 1},
		"byte by byte":         {probetest.Accept(ms, saying(1, whole)), probe.OK, "", "DC9.corp.example.com", "", 1},
		"no domain controller": {sends(func(id uint32) []byte {
			return append(entry(id, value("supportedLDAPVersion", "3")), done(id, 0, "")...)
		}),
			probe.OK, "", "", "the server does not describe itself as a domain controller", 1},
		"nothing without credentials": {sends(func(id uint32) []byte { return done(id, 0, "") }), probe.OK, "", "", "the server says nothing of itself without credentials", 1},
		"an error is an answer":       {sends(func(id uint32) []byte { return done(id, 51, "busy\x1b[31m\u202e") }), probe.OK, "", "", "the server answered with result code 51 busy[31m", 1},
		"it ends the session": {sends(func(uint32) []byte {
			return wide(tagSequence, tlv(tagInteger, []byte{0}), wide(extended, tlv(tagEnumerated, []byte{52}), wide(tagString), wide(tagString, []byte("shutting down"))))
		}), probe.Failed, probe.EOF, "", "the server ended the session with result code 52 shutting down", 1},
		"a referral besides is passed over": {sends(func(id uint32) []byte { return append(envelope(id, wide(0x73)), whole(id)...) }), probe.OK, "", "DC9.corp.example.com", "", 1},
		"somebody else's answer":            {sends(func(id uint32) []byte { return whole(id + 1) }), probe.Failed, probe.MalformedReply, "", "receive: no LDAP answer", 1},
		"a web server":                      {fixed("HTTP/1.1 400 Bad Request\r\n\r\n"), probe.Failed, probe.MalformedReply, "", "receive: no LDAP answer", 1},
		"an indefinite length":              {fixed("0\x80\x02\x01\x01"), probe.Failed, probe.MalformedReply, "", "receive: no LDAP answer", 1},
		"a length without end":              {fixed("0\x84\xff\xff\xff\xff\x02"), probe.Failed, probe.ReplyTooLarge, "", "receive: an answer of more than 65536 bytes", 1},
		"messages without end": {sends(func(id uint32) []byte {
			return slices.Repeat(envelope(id, wide(0x73, make([]byte, 8000))), 20)
		}), probe.Failed, probe.ReplyTooLarge, "", "receive: an answer of more than 65536 bytes", 1},
		"a length that lies inside": {fixed("0\x05\x02\x01\x01\x64\x7f"), probe.Failed, probe.MalformedReply, "", "receive: no LDAP answer", 1},
		"closed":                    {probetest.Accept(ms, func(c net.Conn) { c.Read(make([]byte, 4096)) }), probe.Failed, probe.EOF, "", "EOF", 1},
		"reset":                     {probetest.Accept(ms, func(c net.Conn) { c.Read(make([]byte, 4096)); probetest.Reset(c) }), probe.Failed, probe.ConnectionReset, "", "receive: connection reset by peer", 1},
		"closed after half":         {probetest.Accept(ms, saying(1, func(id uint32) []byte { return whole(id)[:40] })), probe.Failed, probe.EOF, "", "unexpected EOF", 1},
		"refused":                   {probetest.Refuse(5 * ms), probe.Failed, probe.ConnectionRefused, "", "connect: connection refused", 2},
		"refused once":              {probetest.Sequence(probetest.Refuse(5*ms), probetest.Accept(5*ms, saying(4096, whole))), probe.OK, "", "DC9.corp.example.com", "", 2},
		"administratively":          {probetest.ICMP(5*ms, probe.AdministrativelyProhibited, icmp), probe.Failed, probe.AdministrativelyProhibited, "", "receive: unreachable (ICMP 3/13 from 172.16.0.1)", 1},
		"local policy":              {probetest.Deny(), probe.Failed, probe.LocalPolicyDenied, "", "send: operation not permitted", 1},
		"first SYN lost":            {probetest.Sequence(probetest.Silent(), probetest.Accept(5*ms, saying(4096, whole))), probe.OK, "", "DC9.corp.example.com", "", 2},
		"two answer at once":        {probetest.Sequence(probetest.Accept(55*ms, saying(4096, whole)), probetest.Accept(5*ms, saying(4096, whole))), probe.OK, "", "DC9.corp.example.com", "", 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := probetest.New().On(probe.TCP, server, test.script)
				o, d := ask(t, t.Context(), n, target(probe.TCP))
				if o.Outcome != test.outcome || o.Failure != test.failure || d.Host != test.host || d.Error != test.says || len(n.Sent()) != test.sent {
					t.Errorf("%s %q, sent %d, %+v", o.Outcome, o.Failure, len(n.Sent()), d)
				}
				if (d.ICMP != nil) != (test.failure == probe.AdministrativelyProhibited) || o.Elapsed > time.Second {
					t.Errorf("%v, %v", d.ICMP, o.Elapsed)
				}
			})
		})
	}
}

func TestClocksAndDomains(t *testing.T) {
	for text, want := range map[string]string{
		"20260102030405.0Z":      "2026-01-02T03:04:05Z",
		"20260102030405Z":        "2026-01-02T03:04:05Z",
		"20260102030405.25+0100": "2026-01-02T02:04:05.25Z",
		"20260102030405":         "",
		"00010101000000.0Z":      "",
		"99991231235959.0Z":      "",
		"20261302030405.0Z":      "",
		"\x1b[31m":               "",
		"":                       "",
	} {
		var d probe.LDAPDetail
		readClock(text, &d, time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC))
		if d.Time != want || (d.ClockMS != nil) != (want != "") {
			t.Errorf("%q: %q %v", text, d.Time, d.ClockMS)
		}
	}
	for context, want := range map[string]string{
		"DC=corp,DC=example,DC=com": "corp.example.com",
		"dc=corp, dc=local":         "corp.local",
		"CN=x,DC=corp":              "",
		"DC=,DC=corp":               "",
		"DC=a\\,b":                  "",
		"":                          "",
	} {
		if got := domainOf(context); got != want {
			t.Errorf("%q: %q, want %q", context, got, want)
		}
	}
}

func TestTheRealmStandsInForAMissingContext(t *testing.T) {
	m, _, ok := parseMessage(entry(newID(), value("ldapServiceName", "corp.example.com:dc1$@SALES.CORP.EXAMPLE.COM")))
	var d probe.LDAPDetail
	if !ok || !describe(m, &d, time.Now()) || d.Domain != "sales.corp.example.com" {
		t.Errorf("%+v", d)
	}
}

func TestTheQuestionIsTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked []byte
		n := probetest.New().On(probe.TCP, server, probetest.Accept(0, func(c net.Conn) {
			b := make([]byte, 4096)
			k, _ := c.Read(b)
			asked = b[:k]
		}))
		ask(t, t.Context(), n, target(probe.TCP))
		m, rest, ok := parseMessage(asked)
		if !ok || len(rest) != 0 || m.op != searchRequest || m.id < 1<<24 {
			t.Fatalf("%x", asked)
		}
		for _, a := range rootAttributes {
			if !strings.Contains(string(m.body), a) {
				t.Errorf("%s is not asked for", a)
			}
		}
	})
}

// TestARefusalThatIsToldLateIsNoSilence: a system that repeats a SYN after a reset
// tells of it seconds later than the path's patience lasts.
func TestARefusalThatIsToldLateIsNoSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New().On(probe.TCP, "192.0.2.10:389", probetest.Refuse(2*time.Second))
		n.Late = 2 * time.Second
		n.RTT().Learn(20 * ms)
		to := netip.MustParseAddrPort("192.0.2.10:389")
		if _, err := connect(t.Context(), n, probe.Target{}, to); failureOf(err) != probe.ConnectionRefused {
			t.Errorf("%v", err)
		}
	})
}
