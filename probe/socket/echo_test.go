package socket

import (
	"net/netip"
	"testing"
	"time"

	"wsdoctor/probe"
)

// echoReply is what Windows writes, with the fields behind the status as an
// answer of 24 ms fills them.
func echoReply(from string, status uint32) []byte {
	b := make([]byte, 64)
	a := netip.MustParseAddr(from)
	at := echoStatus4
	if a.Is6() {
		b[0], b[1] = 0, 0 // sin6_port
		copy(b[echoAddress6:], a.AsSlice())
		at = echoStatus6
	} else {
		copy(b[echoAddress4:], a.AsSlice())
	}
	b[at], b[at+1], b[at+2], b[at+3] = byte(status), byte(status>>8), byte(status>>16), byte(status>>24)
	b[at+4] = 24 // RoundTripTime
	return b
}

func TestEchoAnswer(t *testing.T) {
	const rtt = 24 * time.Millisecond
	for name, test := range map[string]struct {
		reply   []byte
		six     bool
		kind    probe.HopKind
		from    string
		failure probe.Failure
		ok      bool
	}{
		"a router":                 {echoReply("10.20.0.1", 11013), false, probe.HopExpired, "10.20.0.1", probe.TTLExceeded, true},
		"a router with IPv6":       {echoReply("2001:db8:50::1", 11013), true, probe.HopExpired, "2001:db8:50::1", probe.TTLExceeded, true},
		"the host":                 {echoReply("192.0.2.10", 0), false, probe.HopReply, "192.0.2.10", "", true},
		"the host with IPv6":       {echoReply("2001:db8::10", 0), true, probe.HopReply, "2001:db8::10", "", true},
		"no way to the host":       {echoReply("10.20.0.1", 11003), false, probe.HopICMP, "10.20.0.1", probe.HostUnreachable, true},
		"forbidden, with IPv6":     {echoReply("2001:db8:50::1", 11004), true, probe.HopICMP, "2001:db8:50::1", probe.AdministrativelyProhibited, true},
		"nobody":                   {echoReply("0.0.0.0", 11010), false, probe.HopSilent, "", "", true},
		"a failure of the system":  {echoReply("10.20.0.1", 11050), false, "", "", "", false},
		"a reply without a sender": {echoReply("0.0.0.0", 0), false, "", "", "", false},
		"nothing":                  {nil, false, "", "", "", false},
		"cut short":                {echoReply("2001:db8::10", 0)[:30], true, "", "", "", false},
	} {
		a, ok := echoAnswer(test.reply, test.six, rtt)
		from := ""
		if a.From.IsValid() {
			from = a.From.String()
		}
		if ok != test.ok || a.Kind != test.kind || from != test.from || a.Failure != test.failure || a.Echo != test.ok {
			t.Errorf("%s: %v %+v", name, ok, a)
		}
		if (a.ICMP != nil) != (a.Kind == probe.HopExpired || a.Kind == probe.HopICMP) || a.ICMP != nil && a.ICMP.Offender != a.From {
			t.Errorf("%s: %+v", name, a.ICMP)
		}
	}
}

func FuzzEchoAnswer(f *testing.F) {
	f.Add(echoReply("10.20.0.1", 11013), false)
	f.Add(echoReply("2001:db8::10", 0), true)
	f.Fuzz(func(t *testing.T, b []byte, six bool) {
		if a, ok := echoAnswer(b, six, time.Millisecond); ok && (!a.Echo || a.Kind == "") {
			t.Errorf("%+v", a)
		}
	})
}
