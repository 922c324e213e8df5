package firewall

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wsdoctor/probe"
)

// The kind of rules that are on every Windows, one to a line.
const usualRules = `v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|LPort=3389|App=%SystemRoot%\system32\svchost.exe|Svc=termservice|Name=@FirewallAPI.dll,-28775|Desc=@FirewallAPI.dll,-28756|EmbedCtxt=@FirewallAPI.dll,-28752|
v2.31|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|App=System|Name=@FirewallAPI.dll,-25000|
v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=17|LPort=5355|RA4=LocalSubnet|RA6=LocalSubnet|App=%SystemRoot%\system32\svchost.exe|Svc=dnscache|Name=@FirewallAPI.dll,-32801|
v2.31|Action=Allow|Active=FALSE|Dir=In|Protocol=6|LPort=RPC|App=%SystemRoot%\system32\services.exe|Svc=*|Name=@FirewallAPI.dll,-29507|
v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort2_10=IPHTTPSIn|LPort2_10=IPTLSIn|App=System|Name=@FirewallAPI.dll,-25426|
v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=1|ICMP4=8:*|App=System|Name=@FirewallAPI.dll,-28543|
v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=17|LPort2_24=mDNS|App=%SystemRoot%\system32\svchost.exe|Svc=dnscache|Name=@FirewallAPI.dll,-37303|`

// openRules are those of a WorkSpace.
const openRules = `
v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=4172|LPort=4489|LPort2_10=8200-8250|Name=WorkSpaces TCP|
v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=17|LPort=4172|LPort=8220|Name=WorkSpaces UDP|`

// packageRule lets every port of an app in.
const packageRule = "\nv2.31|Action=Allow|Active=TRUE|Dir=In|Profile=Domain|Profile=Private|Name=@{Microsoft.Store?ms-resource://x}|LUOwn=S-1-5-21-1-2-3-500|AppPkgId=S-1-15-2-1|EmbedCtxt=@{x}|TTK2_27=WFDDisplay|"

func rulesOf(store, text string) (list []winRule) {
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if line != "" {
			list = append(list, parseWinRule(store, "{"+string(rune('A'+i))+"}", line))
		}
	}
	return list
}

func number(v uint32) *uint32 { return &v }

func everywhere(s winSettings) map[winProfiles]winSettings {
	s.there = true
	return map[winProfiles]winSettings{profileDomain: s, profilePrivate: s, profilePublic: s}
}

// usual are settings of which nothing is set, so that Windows' defaults hold.
var usual = everywhere(winSettings{})

// policyOf has local rules and rules of group policy, with settings for both.
func policyOf(local, group string, localSettings, groupSettings map[winProfiles]winSettings) winPolicy {
	return winPolicy{guid: "{11111111-2222-3333-4444-555555555555}", kind: "Lan", stores: []winStore{
		{name: storeGroup, rules: rulesOf(storeGroup, group), settings: groupSettings},
		{name: storeMDM},
		{name: storeLocal, rules: rulesOf(storeLocal, local), settings: localSettings},
	}}
}

func TestWindowsFirewallByPolicy(t *testing.T) {
	on := everywhere(winSettings{enable: number(1), inbound: number(1)})
	open := everywhere(winSettings{enable: number(1), inbound: number(0)})
	offInDomain := everywhere(winSettings{})
	offInDomain[profileDomain] = winSettings{there: true, enable: number(0)}
	noPublic := everywhere(winSettings{})
	delete(noPublic, profilePublic)
	rulesLost := func(p winPolicy) winPolicy { p.stores[2].rules, p.stores[2].lost = nil, true; return p }
	rule := func(s string) string { return "\nv2.31|" + s }
	for _, c := range []struct {
		name   string
		policy winPolicy
		want   string
	}{
		{"off in all profiles", policyOf(usualRules, "", everywhere(winSettings{enable: number(0)}), nil), "tcp 4172 off, tcp 8200-8250 off, udp 4172 off"},
		{"switched on again by group policy", policyOf(usualRules, "", everywhere(winSettings{enable: number(0)}), everywhere(winSettings{enable: number(1)})), allDropped},
		{"switched off by group policy", policyOf(usualRules, "", on, everywhere(winSettings{enable: number(0)})), "tcp 4172 off, tcp 8200-8250 off, udp 4172 off"},
		{"off in one profile only", policyOf(usualRules, "", offInDomain, nil), allUnknown},
		{"off in one profile, allowed in the others", policyOf(usualRules+openRules, "", offInDomain, nil), allAccepted},
		{"off for this interface", policyOf(usualRules, "", everywhere(winSettings{spared: "{99999999-2222-3333-4444-555555555555},{11111111-2222-3333-4444-555555555555}"}), nil), allAccepted},
		{"off for another interface", policyOf(usualRules, "", everywhere(winSettings{spared: "{99999999-2222-3333-4444-555555555555}"}), nil), allDropped},
		{"off for interfaces that could not be read", policyOf(usualRules, "", everywhere(winSettings{spared: "*"}), nil), allUnknown},
		{"off for this interface, and no exceptions", policyOf(usualRules, "", everywhere(winSettings{noExceptions: number(1), spared: "{11111111-2222-3333-4444-555555555555}"}), nil), allAccepted},
		{"settings that are left out", policyOf(usualRules, "", usual, nil), allDropped},
		{"no settings at all", policyOf(usualRules, "", nil, nil), allUnknown},
		{"no settings at all, and open ports", policyOf(usualRules+openRules, "", nil, nil), allUnknown},
		{"no settings of one profile", policyOf(usualRules, "", noPublic, nil), allUnknown},
		{"no settings of one profile, and an allowed port", policyOf(openRules, "", noPublic, nil), allUnknown},
		{"all settings by group policy alone", policyOf(usualRules, "", nil, everywhere(winSettings{enable: number(1), inbound: number(1), noExceptions: number(0)})), allDropped},
		{"half of the settings by group policy alone", policyOf(usualRules, "", nil, everywhere(winSettings{enable: number(1), inbound: number(1)})), allDropped},
		{"half of them, and open ports", policyOf(openRules, "", nil, everywhere(winSettings{enable: number(1), inbound: number(1)})), allUnknown},
		{"off by group policy alone", policyOf(usualRules, "", nil, everywhere(winSettings{enable: number(0)})), "tcp 4172 off, tcp 8200-8250 off, udp 4172 off"},
		{"nothing in by group policy alone", policyOf(usualRules+openRules, "", nil, everywhere(winSettings{enable: number(1), noExceptions: number(1)})), allDropped},
		{"no rules at all", rulesLost(policyOf("", "", on, nil)), allUnknown},
		{"no rules at all, and not merged", rulesLost(policyOf("", "", on, everywhere(winSettings{mergeLocal: number(0)}))), allDropped},
		{"no rules at all, and off", rulesLost(policyOf("", "", everywhere(winSettings{enable: number(0)}), nil)), "tcp 4172 off, tcp 8200-8250 off, udp 4172 off"},
		{"the default blocks", policyOf(usualRules, "", on, nil), allDropped},
		{"the default allows", policyOf(usualRules, "", open, nil), allAccepted},
		{"open ports", policyOf(usualRules+openRules, "", on, nil), allAccepted},
		{"open ports, and no exceptions", policyOf(usualRules+openRules, "", everywhere(winSettings{noExceptions: number(1)}), nil), allDropped},
		{"open ports, and local rules are not merged", policyOf(usualRules+openRules, "", on, everywhere(winSettings{mergeLocal: number(0)})), allDropped},
		{"open ports of group policy, and local rules are not merged", policyOf("", openRules, on, everywhere(winSettings{mergeLocal: number(0)})), allAccepted},
		{"blocked by group policy", policyOf(usualRules+openRules, rule("Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=4172|Name=Hardening|"), on, nil), tcpDropped},
		{"a local block beats an allow of group policy", policyOf(rule("Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=4172|Name=x|"), openRules, on, nil), tcpDropped},
		{"blocked by range", policyOf(openRules+rule("Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort2_10=8210-8230|Name=x|"), "", on, nil), "tcp 4172 accept, tcp 8200-8209 accept, tcp 8210-8230 drop, tcp 8231-8250 accept, udp 4172 accept"},
		{"blocked for every protocol", policyOf(openRules+rule("Action=Block|Active=TRUE|Dir=In|Name=x|"), "", on, nil), allDropped},
		{"blocked for one protocol", policyOf(openRules+rule("Action=Block|Active=TRUE|Dir=In|Protocol=17|Name=x|"), "", on, nil), "tcp 4172 accept, tcp 8200-8250 accept, udp 4172 drop"},
		{"blocked from the gateways", policyOf(openRules+rule("Action=Block|Active=TRUE|Dir=In|RA4=198.18.0.0/255.254.0.0|Name=x|"), "", on, nil), allDropped},
		{"blocked from part of them", policyOf(openRules+rule("Action=Block|Active=TRUE|Dir=In|RA4=198.19.1.0-198.19.1.255|Name=x|"), "", on, nil), allUnknown},
		{"blocked from the local subnet", policyOf(openRules+rule("Action=Block|Active=TRUE|Dir=In|RA4=LocalSubnet|Name=x|"), "", on, nil), allUnknown},
		{"blocked on this interface", policyOf(openRules+rule("Action=Block|Active=TRUE|Dir=In|IF={11111111-2222-3333-4444-555555555555}|Name=x|"), "", on, nil), allDropped},
		{"blocked on this kind of interface", policyOf(openRules+rule("Action=Block|Active=TRUE|Dir=In|IFType=Lan|Name=x|"), "", on, nil), allDropped},
		{"blocked in one profile", policyOf(openRules+rule("Action=Block|Active=TRUE|Dir=In|Profile=Public|Name=x|"), "", on, nil), allUnknown},
		{"blocked in all profiles, one by one", policyOf(openRules+rule("Action=Block|Active=TRUE|Dir=In|Profile=Public|Profile=Private|Profile=Domain|Name=x|"), "", on, nil), allDropped},
		{"blocked for a program", policyOf(openRules+rule(`Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=4172|App=C:\x.exe|Name=x|`), "", on, nil), tcpUnknown},
		{"blocked by a rule that cannot be read", policyOf(openRules+"\nv2.31|Action=Perhaps|Active=TRUE|Dir=In|", "", on, nil), allUnknown},
		{"blocked on a platform", policyOf(openRules+rule("Action=Block|Active=TRUE|Dir=In|Platform=2:6:1|Name=x|"), "", on, nil), allUnknown},
		{"blocked for a user", policyOf(openRules+rule("Action=Block|Active=TRUE|Dir=In|LUAuth=O:LSD:(D;;CC;;;S-1-5-18)|Name=x|"), "", on, nil), allUnknown},
		{"allowed for who proves it, past a block", policyOf(rule("Action=ByPass|Active=TRUE|Dir=In|Protocol=6|LPort=4172|Security=Authenticate|Name=x|"), "", on, nil), "tcp 4172 unknown, tcp 8200-8250 drop, udp 4172 drop"},
		{"allowed for secured connections", policyOf(rule("Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=4172|Security=Authenticate|Name=x|"), "", on, nil), "tcp 4172 unknown, tcp 8200-8250 drop, udp 4172 drop"},
		{"an app package may let anything in", policyOf(usualRules+packageRule, "", on, nil), allUnknown},

		// Rules that only look as if they did.
		{"blocked, but not active", policyOf(openRules+rule("Action=Block|Active=FALSE|Dir=In|Name=x|"), "", on, nil), allAccepted},
		{"blocked, but outbound", policyOf(openRules+rule("Action=Block|Active=TRUE|Dir=Out|Protocol=6|LPort=4172|Name=x|"), "", on, nil), allAccepted},
		{"blocked, but another port", policyOf(openRules+rule("Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=4173|LPort2_10=8251-9000|Name=x|"), "", on, nil), allAccepted},
		{"blocked, but the other transport", policyOf(openRules+rule("Action=Block|Active=TRUE|Dir=In|Protocol=17|LPort=8200|Name=x|"), "", on, nil), allAccepted},
		{"blocked, but another source", policyOf(openRules+rule("Action=Block|Active=TRUE|Dir=In|RA4=203.0.113.0/255.255.255.0|RA4=10.0.0.1-10.255.255.255|Name=x|"), "", on, nil), allAccepted},
		{"blocked, but IPv6", policyOf(openRules+rule("Action=Block|Active=TRUE|Dir=In|RA6=2001:db8::/32|Name=x|"), "", on, nil), allAccepted},
		{"blocked, but another local address", policyOf(openRules+rule("Action=Block|Active=TRUE|Dir=In|LA4=10.1.2.3|Name=x|"), "", on, nil), allAccepted},
		{"blocked, but another interface", policyOf(openRules+rule("Action=Block|Active=TRUE|Dir=In|IF={99999999-2222-3333-4444-555555555555}|Name=x|"), "", on, nil), allAccepted},
		{"blocked, but wireless", policyOf(openRules+rule("Action=Block|Active=TRUE|Dir=In|IFType=Wireless|Name=x|"), "", on, nil), allAccepted},
		{"blocked, but ports of RPC", policyOf(openRules+rule("Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=RPC|Name=x|"), "", on, nil), allAccepted},
		{"blocked, but from low ports", policyOf(openRules+rule("Action=Block|Active=TRUE|Dir=In|Protocol=6|RPort=443|Name=x|"), "", on, nil), allAccepted},

		{"the service does not run", winPolicy{idle: "x"}, allUnknown},
		{"not read", winPolicy{problems: []string{"x"}}, allUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := evaluateWindows(c.policy, Ask{Interface: "Ethernet", Address: eth0, Sources: management, Ports: ports})
			if got := summary(list); got != c.want {
				t.Errorf("got  %s\nwant %s\n%+v", got, c.want, list)
			}
			for _, n := range list {
				if (n.verdict == probe.FirewallUnknown) != (len(n.unknown) > 0) {
					t.Errorf("%s, and unknown are %q", n.verdict, n.unknown)
				}
			}
		})
	}
}

func TestWindowsRulesForPrograms(t *testing.T) {
	const agent = `C:\Program Files\Teradici\PCoIP Agent\bin\pcoip_server.exe`
	rules := usualRules + packageRule + "\nv2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=4172|App=%ProgramFiles%\\Teradici\\PCoIP Agent\\bin\\pcoip_server.exe|Name=PCoIP - Server|\n" +
		"v2.31|Action=Block|Active=TRUE|Dir=In|App=C:\\tools\\old\\pcoip_server.exe|Name=old|"
	p := policyOf(rules, "", usual, nil)
	p.expand = func(s string) string { return strings.ReplaceAll(s, "%ProgramFiles%", `C:\Program Files`) }
	for program, want := range map[string]string{
		agent:                            "tcp 4172 accept",
		strings.ToUpper(agent):           "tcp 4172 accept",
		`C:\tools\old\pcoip_server.exe`:  "tcp 4172 drop",
		`C:\other\nc.exe`:                "tcp 4172 drop",
		"nc.exe":                         "tcp 4172 drop",
		"pcoip_server.exe":               "tcp 4172 unknown",
		"":                               "tcp 4172 unknown",
		`C:\Program Files\WindowsApps\x`: "tcp 4172 unknown",
	} {
		a := Ask{Interface: "Ethernet", Address: eth0, Sources: management, Ports: ports[:1], Program: func(probe.Transport, uint16) string { return program }}
		if got := summary(evaluateWindows(p, a)); got != want {
			t.Errorf("%q: %s, want %s", program, got, want)
		}
	}
	p.expand = nil
	a := Ask{Interface: "Ethernet", Address: eth0, Sources: management, Ports: ports[:1], Program: func(probe.Transport, uint16) string { return agent }}
	if got := summary(evaluateWindows(p, a)); got != "tcp 4172 unknown" {
		t.Errorf("a path that cannot be expanded: %s", got)
	}
}

func TestWindowsNamesTheRuleAndWhoseItIs(t *testing.T) {
	p := policyOf(openRules, "v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=4172|Name=Harden\x1bing|", usual, nil)
	list := evaluateWindows(p, Ask{Interface: "Ethernet", Address: eth0, Sources: management, Ports: ports[:1]})
	if n := list[0]; !slices.Equal(n.rules, []string{`block rule "Hardening" (group policy)`}) || n.manager != storeGroup {
		t.Errorf("%+v", n)
	}
	list = evaluateWindows(policyOf(usualRules, "", usual, nil), Ask{Interface: "Ethernet", Address: eth0, Sources: management, Ports: ports[:1]})
	if n := list[0]; len(n.rules) != 3 || n.rules[0] != "Domain profile: the default for inbound connections is to block" || n.manager != "" {
		t.Errorf("%+v", n)
	}
}

func TestAddressRangesOfWindows(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.0/255.0.0.0": "10.0.0.0-10.255.255.255", "10.1.2.3/8": "10.0.0.0-10.255.255.255", "10.1.2.3": "10.1.2.3-10.1.2.3",
		"10.0.0.5-10.0.0.9": "10.0.0.5-10.0.0.9", "2001:db8::/32": "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "0.0.0.0/0.0.0.0": "0.0.0.0-255.255.255.255",
		"10.0.0.0/255.0.255.0": "", "LocalSubnet": "", "10.0.0.0/33": "", "10.0.0.1-2001:db8::1": "", "fe80::1%eth0": "",
	} {
		r, fine := addressRangeOf(text)
		got := ""
		if fine {
			got = r[0].String() + "-" + r[1].String()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if got := lastOf(netip.MustParsePrefix("198.19.0.0/17")); got != netip.MustParseAddr("198.19.127.255") {
		t.Error(got)
	}
}

func FuzzWinRule(f *testing.F) {
	for _, line := range strings.Split(usualRules+openRules+packageRule, "\n") {
		f.Add(line)
	}
	f.Add("v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=256|LPort2_10=1-66,69-65535|RA4=1.2.3.4/255.0.255.0|LA6=::/0|IF={x}|Profile=Domain|")
	f.Fuzz(func(t *testing.T, text string) {
		p := policyOf("", "", usual, nil)
		p.stores[2].rules = []winRule{parseWinRule(storeLocal, "{x}", text)}
		wellFormed(t, evaluateWindows(p, Ask{Interface: "Ethernet", Address: eth0, Sources: management, Ports: ports}))
	})
}
