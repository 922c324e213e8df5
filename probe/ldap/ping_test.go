package ldap

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"wsdoctor/internal/lab/servers"
	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

// logon makes a Netlogon value by hand: an uncompressed forest, then names that
// point into it.
func logon(code uint16, names ...string) []byte {
	b := binary.LittleEndian.AppendUint16(nil, code)
	b = append(b, make([]byte, netlogonHead-2)...)
	for _, n := range names {
		b = append(b, n...)
	}
	return append(b, 5, 0, 0, 0, 0xff, 0xff, 0xff, 0xff)
}

const forest = "\x04corp\x07example\x03com\x00" // at 24, so "example.com" is at 29

var proper = []string{forest, "\xc0\x18", "\x03dc1\xc0\x18", "\x04CORP\x00", "\x03DC1\x00", "\x00", "\x06Berlin\x00", "\x00"}

func TestNetlogonValues(t *testing.T) {
	with := func(i int, s string) []string {
		list := slices.Clone(proper)
		list[i] = s
		return list
	}
	right := netlogon{forest: domain, domain: domain, host: "dc1." + domain, site: "Berlin"}
	paused := right
	paused.paused = true
	long := strings.Repeat("\x3f"+strings.Repeat("x", 63), 4)
	for name, test := range map[string]struct {
		value []byte
		want  netlogon
		err   error
	}{
		"answer":                      {logon(23, proper...), right, nil},
		"paused":                      {logon(24, proper...), paused, nil},
		"unknown user":                {logon(25, proper...), right, nil},
		"more fields after the names": {logon(23, append(slices.Clone(proper), "\x10\x02\x00\x00\x00")...), right, nil},
		"terminal escapes":            {logon(23, with(6, "\x0a\x1b[31mB\xffrl\n\x00")...), netlogon{forest: domain, domain: domain, host: right.host, site: "[31mB\ufffdrl"}, nil},
		"other response":              {logon(19, proper...), netlogon{}, errOther},
		"empty":                       {nil, netlogon{}, errShort},
		"head only":                   {logon(23)[:30], netlogon{}, errShort},
		"no names":                    {logon(23), netlogon{}, errBroken},
		"cut in the last name":        {logon(23, with(7, "\x07Berl")...), netlogon{}, errBroken},
		"pointer to itself":           {logon(23, "\xc0\x18"), netlogon{}, errBroken},
		"pointer ahead":               {logon(23, with(1, "\xc0\xff")...), netlogon{}, errBroken},
		"pointer into the head":       {logon(23, with(1, "\xc0\x08")...), netlogon{}, errBroken},
		"half a pointer":              {logon(23, with(7, "\xc0")...), netlogon{}, errBroken},
		"reserved label":              {logon(23, with(1, "\x80abc\x00")...), netlogon{}, errBroken},
		"name too long":               {logon(23, with(0, long+"\x00")...), netlogon{}, errBroken},
		"no tokens":                   {append(logon(23, proper...), 0), netlogon{}, errOther},
	} {
		got, err := parseNetlogon(test.value)
		if got != test.want && err == nil || err != test.err {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestServersOverUDP(t *testing.T) {
	netlogonEntry := func(id uint32, v []byte) []byte { return entry(id, value("netlogon", string(v))) }
	answers := func(reply func(id uint32) []byte) probetest.Script {
		return probetest.Answer(5*ms, func(b []byte) [][]byte { return [][]byte{reply(idOf(b))} })
	}
	stranger := servers.Directory{Host: "dc1.other.example", Domain: "other.example"}
	fixed := func(b string) probetest.Script { return answers(func(uint32) []byte { return []byte(b) }) }
	none := "the server answered without a Netlogon value: it is no controller of this domain"
	for name, test := range map[string]struct {
		script  probetest.Script
		outcome probe.Outcome
		failure probe.Failure
		host    string
		says    string
	}{
		"as Windows writes it":      {answers(func(id uint32) []byte { return append(netlogonEntry(id, logon(23, proper...)), done(id, 0, "")...) }), probe.OK, "", "dc1." + domain, ""},
		"entry alone":               {answers(func(id uint32) []byte { return netlogonEntry(id, logon(23, proper...)) }), probe.OK, "", "dc1." + domain, ""},
		"paused":                    {answers(func(id uint32) []byte { return netlogonEntry(id, logon(24, proper...)) }), probe.OK, "", "dc1." + domain, "the controller says that its Netlogon service is paused"},
		"controller of another":     {datagram(5*ms, stranger.Datagram), probe.OK, "", "", none},
		"entry without value":       {answers(func(id uint32) []byte { return append(entry(id), done(id, 0, "")...) }), probe.OK, "", "", none},
		"broken value":              {answers(func(id uint32) []byte { return netlogonEntry(id, logon(23)) }), probe.OK, "", "", errBroken.Error()},
		"error code":                {answers(func(id uint32) []byte { return done(id, 51, "busy") }), probe.OK, "", "", "the server answered with result code 51 busy"},
		"somebody else's answer":    {answers(func(id uint32) []byte { return done(id+9, 0, "") }), probe.Failed, probe.MalformedReply, "", "3 datagrams that are no answer"},
		"two IDs in a datagram":     {answers(func(id uint32) []byte { return append(entry(id), done(id+1, 0, "")...) }), probe.Failed, probe.MalformedReply, "", "3 datagrams that are no answer"},
		"echo of the question":      {probetest.Answer(5*ms, func(b []byte) [][]byte { return [][]byte{b} }), probe.Failed, probe.MalformedReply, "", "3 datagrams that are no answer"},
		"cut short":                 {answers(func(id uint32) []byte { return netlogonEntry(id, logon(23, proper...))[:60] }), probe.Failed, probe.MalformedReply, "", "3 datagrams that are no answer"},
		"nothing in it":             {fixed(""), probe.Failed, probe.MalformedReply, "", "3 datagrams that are no answer"},
		"nobody listens":            {probetest.Refuse(5 * ms), probe.Failed, probe.ConnectionRefused, "", "connect: connection refused"},
		"this computer forbids":     {probetest.Deny(), probe.Failed, probe.LocalPolicyDenied, "", "send: operation not permitted"},
		"first lost":                {probetest.Sequence(probetest.Silent(), datagram(5*ms, controller.Datagram)), probe.OK, "", "dc1." + domain, ""},
		"answer after the attempts": {datagram(700*ms, controller.Datagram), probe.OK, "", "dc1." + domain, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, d := ask(t, t.Context(), probetest.New().On(probe.UDP, server, test.script), target(probe.UDP))
				if o.Outcome != test.outcome || o.Failure != test.failure || d.Host != test.host || d.Error != test.says || d.Transport != probe.UDP {
					t.Errorf("%s %q %+v", o.Outcome, o.Failure, d)
				}
			})
		})
	}
}

func TestPingsNameTheDomainAndHaveAnIDEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, ids := probetest.New(), map[uint32]bool{}
		dotted := target(probe.UDP)
		dotted.Domain += "."
		ask(t, t.Context(), n, dotted)
		for _, s := range n.Sent() {
			ids[idOf(s.Payload)] = true
			if !strings.Contains(string(s.Payload), "\x04\x09DnsDomain\x04\x10"+domain) || !strings.Contains(string(s.Payload), "\x04\x05NtVer\x04\x04\x06\x00\x00\x00") {
				t.Errorf("%q", s.Payload)
			}
		}
		if len(ids) != 3 {
			t.Errorf("%d IDs of %d pings", len(ids), len(n.Sent()))
		}
	})
}

func TestWithoutADomainAnyControllerAnswersForItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		any := target(probe.UDP)
		any.Domain = ""
		if o, d := ask(t, t.Context(), probetest.New().On(probe.UDP, server, datagram(ms, controller.Datagram)), any); o.Outcome != probe.OK || d.Domain != domain {
			t.Errorf("%+v", o)
		}
		any.Domain = strings.Repeat("x", 256)
		n := probetest.New()
		if o, d := ask(t, t.Context(), n, any); o.Outcome != probe.Skipped || d.Error == "" || len(n.Sent()) != 0 {
			t.Errorf("%+v", o)
		}
	})
}
