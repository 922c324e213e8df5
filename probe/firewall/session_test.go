package firewall

import (
	"net/netip"
	"strings"
	"testing"

	"wsdoctor/probe"
)

// A session is more than its first packet: what follows meets other rules, and the same
// limits once more.
func TestSessionsAreFollowedBeyondTheirFirstPacket(t *testing.T) {
	const known = "-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT"
	on4172 := func(rest string) string { return "-A INPUT -p tcp -m tcp --dport 4172 " + rest }
	for _, c := range []struct {
		name    string
		rules   string
		want    probe.FirewallVerdict
		counted bool
		later   bool
		worn    bool
		rest    string
	}{
		{"a limit of new connections", filter("DROP", known, on4172("-m limit --limit 10/sec -j ACCEPT")), probe.FirewallAccept, false, false, false, "limit"},
		{"a limit of every packet", filter("DROP", on4172("-m limit --limit 10/sec -j ACCEPT")), probe.FirewallAccept, true, false, false, "limit"},
		{"a limit of answers", filter("ACCEPT", "-A OUTPUT -p tcp -m tcp --sport 4172 -m hashlimit --hashlimit-above 10/sec --hashlimit-burst 5 --hashlimit-mode dstip --hashlimit-name h -j DROP"), probe.FirewallAccept, true, false, false, "hashlimit"},
		{"a limit of connections", filter("ACCEPT", on4172("-m connlimit --connlimit-above 3 --connlimit-mask 32 --connlimit-saddr -j DROP")), probe.FirewallAccept, false, false, false, "connlimit"},
		{"who connects too often", filter("DROP", known, on4172("-m state --state NEW -m recent --set --name s"), on4172("-m state --state NEW -m recent --update --seconds 60 --hitcount 4 --name s -j DROP"), on4172("-j ACCEPT")), probe.FirewallAccept, false, false, false, "--hitcount 4"},
		{"who sends too often", filter("ACCEPT", on4172("-m recent --set --name s"), on4172("-m recent --update --seconds 60 --hitcount 4 --name s -j DROP")), probe.FirewallAccept, true, false, false, "--hitcount 4"},
		{"new connections only", filter("DROP", on4172("-m state --state NEW -j ACCEPT")), probe.FirewallDrop, false, true, false, ""},
		{"a few packets an hour", filter("DROP", on4172("-m limit --limit 5/hour -j ACCEPT")), probe.FirewallDrop, false, true, true, ""},
		{"all but a few packets an hour", filter("ACCEPT", on4172("-m limit --limit 5/hour -j DROP")), probe.FirewallAccept, false, false, true, ""},
		{"a few connections an hour", filter("DROP", known, on4172("-m limit --limit 5/hour -j ACCEPT")), probe.FirewallUnknown, false, false, false, ""},
		{"a mark that the first packet left", "*mangle\n:PREROUTING ACCEPT\n-A PREROUTING -m connmark --mark 0x5 -j DROP\n-A PREROUTING -p tcp -m tcp --dport 4172 -j CONNMARK --set-xmark 0x5/0xffffffff\nCOMMIT\n", probe.FirewallDrop, false, true, false, ""},
		{"sent on, and stopped there later", "*nat\n:PREROUTING ACCEPT\n-A PREROUTING -p tcp -m tcp --dport 4172 -j REDIRECT --to-ports 9999\nCOMMIT\n" + filter("ACCEPT", "-A INPUT -p tcp -m tcp --dport 9999 -m state --state ESTABLISHED -j DROP"), probe.FirewallDrop, false, true, false, ""},
		{"sent on, and its own port stopped", "*nat\n:PREROUTING ACCEPT\n-A PREROUTING -p tcp -m tcp --dport 4172 -j REDIRECT --to-ports 9999\nCOMMIT\n" + filter("ACCEPT", on4172("-m state --state ESTABLISHED -j DROP")), probe.FirewallAccept, false, false, false, ""},
	} {
		s, err := parseSave(strings.NewReader(c.rules), false, ipsetSource{})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		f := onEth0
		f.own = []netip.Addr{eth0}
		a := evaluate(s, f, Ask{Interface: "eth0", Address: eth0, Sources: management, Ports: []Port{probe.Eth0PCoIP}})[0]
		if a.verdict != c.want || a.counted != c.counted || a.later != c.later || a.worn != c.worn || !strings.Contains(strings.Join(a.atRest, "; "), c.rest) || c.rest == "" && len(a.atRest) > 0 {
			t.Errorf("%s: %+v", c.name, a)
		}
	}
}
