package lab

import (
	"fmt"
	"os/exec"
	"runtime"
	"strings"

	"wsdoctor/internal/lab/netns"
)

// ruleset is a firewall of a WorkSpace: tables for the kernel, or a text for an
// outside program that only tests have.
type ruleset struct {
	tables  []netns.Table
	program string   // reads text from its standard input
	args    []string // of the program
	pkg     string   // the Debian package that holds the program
	text    string
}

// inet makes a table of one base chain, and of further ones that rules may
// jump to.
func inet(policy string, rules []string, more ...netns.Chain) ruleset {
	base := netns.Chain{Name: "input", Hook: "input", Policy: policy, Rules: rules}
	return ruleset{tables: []netns.Table{{Family: "inet", Name: "filter", Chains: append(more, base)}}}
}

// outward makes a table of rules for what this computer sends.
func outward(rules ...string) ruleset {
	return ruleset{tables: []netns.Table{{Family: "inet", Name: "filter", Chains: []netns.Chain{{Name: "output", Hook: "output", Rules: rules}}}}}
}

// usual are the rules that every careful firewall begins with.
func usual(more ...string) []string {
	return append([]string{"ct state established accept", "ct state invalid drop", "iifname lo accept"}, more...)
}

// rulesets are the firewalls by Fault.Mode. What each does to a packet from a
// gateway is said by its effect test.
var rulesets = map[string]ruleset{
	"drop-pcoip":     inet("", []string{"tcp dport 4172 drop", "udp dport 4172 drop"}),
	"drop-udp-4172":  inet("", []string{"udp dport 4172 drop"}),
	"drop-8200":      inet("", []string{"tcp dport 8200 drop"}),
	"drop-dcv":       inet("", []string{"tcp dport 8201-8250 drop", "udp dport 8220 drop"}),
	"drop-udp-8220":  inet("", []string{"iifname eth0 udp dport 8220 drop"}),
	"reject-pcoip":   inet("", []string{"iifname eth0 tcp dport 4172 reset", "iifname eth0 udp dport 4172 reject"}),
	"drop-eth0":      inet("", usual("iifname eth0 drop")),
	"policy-drop":    inet("drop", usual("tcp dport 22 accept", "iifname eth1 accept")),
	"hidden-range":   inet("", usual("tcp dport 22 accept", "tcp dport 80 accept", "tcp dport 443 accept", "iifname eth1 accept", "jump services", "tcp dport 8200 accept", "tcp dport 4172 accept", "udp dport 4172 accept"), netns.Chain{Name: "services", Rules: []string{"tcp dport 3389 accept", "tcp dport 4000-5000 counter drop", "tcp dport 5900 accept"}}),
	"from-gateways":  inet("", usual("ip saddr 198.19.0.0/16 drop")),
	"earlier-table":  {tables: []netns.Table{{Family: "ip", Name: "raw", Chains: []netns.Chain{{Name: "prerouting", Hook: "prerouting", Priority: -300, Rules: []string{"iifname eth0 tcp dport 4172 drop"}}}}, {Family: "inet", Name: "filter", Chains: []netns.Chain{{Name: "input", Hook: "input", Rules: []string{"tcp dport 4172 accept", "udp dport 4172 accept"}}}}}},
	"ingress":        {tables: []netns.Table{{Family: "netdev", Name: "guard", Chains: []netns.Chain{{Name: "early", Hook: "ingress", Device: "eth0", Rules: []string{"tcp dport 4172 drop", "udp dport 4172 drop"}}}}}},
	"block-metadata": outward("ip daddr 169.254.169.254/32 drop"),
	"keep-dns":       outward("udp dport 53 drop", "tcp dport 53 drop"),
	"refuse-dns":     outward("udp dport 53 reject", "tcp dport 53 reject"),
	"keep-logon":     outward("tcp dport 88 drop", "tcp dport 389 drop", "udp dport 389 drop"),
	"keep-web":       outward("tcp dport 443 drop"),
	"keep-answers":   outward("tcp sport 4172 drop", "udp sport 4172 drop"),
	// Who connects is let in, and nothing that follows.
	"new-only":      inet("drop", []string{"iifname lo accept", "iifname eth1 accept", "ct state new accept"}),
	"output-policy": {tables: []netns.Table{{Family: "inet", Name: "filter", Chains: []netns.Chain{{Name: "output", Hook: "output", Policy: "drop", Rules: []string{"oifname lo accept", "oifname eth1 accept"}}}}}},
	"output-known":  {tables: []netns.Table{{Family: "inet", Name: "filter", Chains: []netns.Chain{{Name: "output", Hook: "output", Policy: "drop", Rules: []string{"oifname lo accept", "oifname eth1 accept", "ct state established accept", "ip daddr 169.254.169.0/24 accept"}}}}}},
	"zones": {tables: []netns.Table{{Family: "inet", Name: "firewalld", Chains: []netns.Chain{
		{Name: "filter_INPUT", Hook: "input", Priority: 10, Rules: []string{"ct state established accept", "iifname lo accept", "ct state invalid drop", "jump filter_INPUT_ZONES", "reject"}},
		{Name: "filter_INPUT_ZONES", Rules: []string{"iifname eth0 goto filter_IN_drop", "iifname eth1 goto filter_IN_public", "goto filter_IN_public"}},
		{Name: "filter_IN_public", Rules: []string{"jump filter_IN_public_allow", "reject"}},
		{Name: "filter_IN_public_allow", Rules: []string{"tcp dport 22 accept", "tcp dport 4172 accept", "udp dport 4172 accept", "tcp dport 8200 accept"}},
		{Name: "filter_IN_drop", Rules: []string{"jump filter_IN_drop_allow", "drop"}},
		{Name: "filter_IN_drop_allow"},
	}}}},

	// Those that only look as if they did.
	"eth1-only":      inet("", usual("iifname eth1 tcp dport 4172 drop", "iifname eth1 drop")),
	"other-port":     inet("", []string{"tcp dport 4173 drop", "tcp dport 41720 drop", "udp dport 4171 drop"}),
	"accept-earlier": inet("drop", usual("iifname eth0 accept", "tcp dport 4172 drop", "udp dport 4172 drop", "tcp dport 8200 drop", "iifname eth1 accept")),
	"unreferenced":   inet("", usual(), netns.Chain{Name: "blocked", Rules: []string{"tcp dport 4172 drop", "udp dport 4172 drop", "tcp dport 8200 drop"}}),
	"other-source":   inet("", usual("ip saddr 203.0.113.0/24 tcp dport 4172 drop", "ip saddr 192.168.0.0/16 drop")),
	"other-hook":     {tables: []netns.Table{{Family: "inet", Name: "filter", Chains: []netns.Chain{{Name: "input", Hook: "forward", Policy: "drop", Rules: []string{"tcp dport 4172 drop"}}}}}},
	"returns":        inet("", usual("jump guard"), netns.Chain{Name: "guard", Rules: []string{"iifname eth0 return", "tcp dport 4172 drop", "udp dport 4172 drop"}}),
	"rate-limit":     inet("", usual("tcp dport 4172 limit over 1000 drop")),

	// By outside programs, in their own layouts.
	"nft-set":         {program: "nft", args: []string{"-f", "-"}, pkg: "nftables", text: nftSet},
	"firewalld":       {program: "nft", args: []string{"-f", "-"}, pkg: "nftables", text: firewalldPublic},
	"iptables-nft":    {program: "iptables-nft-restore", pkg: "iptables", text: iptablesMultiport},
	"iptables-legacy": {program: "iptables-legacy-restore", pkg: "iptables", text: iptablesLegacy},
	"ufw":             {program: "iptables-nft-restore", pkg: "iptables", text: ufwDefault},
	"ufw-open":        {program: "iptables-nft-restore", pkg: "iptables", text: strings.Replace(ufwDefault, "-A ufw-user-input -p tcp --dport 22", "-A ufw-user-input -i eth0 -j ACCEPT\n-A ufw-user-input -p tcp --dport 22", 1)},
	"nft-redirect":    {program: "nft", args: []string{"-f", "-"}, pkg: "nftables", text: nftRedirect},
	"nft-quota":       {program: "nft", args: []string{"-f", "-"}, pkg: "nftables", text: nftQuota},
}

// nftSet drops what a named set holds, by a verdict map.
const nftSet = `table inet filter {
	set closed { type inet_service; flags interval; elements = { 4172, 4489, 8200-8250 } }
	chain arrivals { tcp dport @closed drop; udp dport { 4172, 8220 } drop; }
	chain input { type filter hook input priority 0; policy accept;
		ct state vmap { established : accept, related : accept, invalid : drop }
		iifname vmap { "lo" : accept, "eth0" : jump arrivals }
	}
}
`

// nftRedirect is what somebody left behind: PCoIP's port leads to a relay that is gone.
const nftRedirect = `table ip nat {
	chain arrivals { type nat hook prerouting priority dstnat; policy accept;
		iifname "eth0" tcp dport 4172 redirect to :9999
	}
}
`

// nftQuota lets a gibibyte pass and drops after it, which no look at the rules
// can foresee.
const nftQuota = `table inet filter {
	chain input { type filter hook input priority 0; policy accept;
		iifname "eth0" tcp dport 4172 quota over 1024 mbytes drop
	}
}
`

// firewalldPublic is the layout that firewalld writes, with both interfaces in
// its zone "public", which allows ssh and nothing else.
const firewalldPublic = `table inet firewalld {
	chain filter_PREROUTING { type filter hook prerouting priority filter + 10; policy accept;
		icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept
	}
	chain filter_INPUT { type filter hook input priority filter + 10; policy accept;
		ct state { established, related } accept
		ct status dnat accept
		iifname "lo" accept
		ct state invalid drop
		jump filter_INPUT_ZONES
		reject with icmpx admin-prohibited
	}
	chain filter_INPUT_POLICIES_pre { jump filter_IN_policy_allow-host-ipv6; }
	chain filter_INPUT_POLICIES_post { }
	chain filter_IN_policy_allow-host-ipv6 { icmpv6 type nd-neighbor-solicit accept; }
	chain filter_INPUT_ZONES {
		iifname "eth0" goto filter_IN_public
		iifname "eth1" goto filter_IN_public
		goto filter_IN_public
	}
	chain filter_IN_public {
		jump filter_INPUT_POLICIES_pre
		jump filter_IN_public_pre
		jump filter_IN_public_log
		jump filter_IN_public_deny
		jump filter_IN_public_allow
		jump filter_IN_public_post
		jump filter_INPUT_POLICIES_post
		meta l4proto { icmp, ipv6-icmp } accept
		reject with icmpx admin-prohibited
	}
	chain filter_IN_public_pre { }
	chain filter_IN_public_log { }
	chain filter_IN_public_deny { }
	chain filter_IN_public_allow { tcp dport 22 accept; ip6 daddr fe80::/64 udp dport 546 accept; }
	chain filter_IN_public_post { }
}
`

const iptablesMultiport = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:GUARD - [0:0]
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -i eth0 -j GUARD
-A GUARD -p tcp -m multiport --dports 22,4172,8200:8250 -m comment --comment "hardening" -j DROP
-A GUARD -p udp -m multiport --dports 4172,8220 -j DROP
COMMIT
`

const iptablesLegacy = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i eth0 -p tcp -m tcp --dport 4172 -j DROP
-A INPUT -i eth0 -p udp -m udp --dport 4172 -j DROP
COMMIT
`

// ufwDefault is the layout of ufw after "default deny incoming", "allow ssh".
const ufwDefault = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:ufw-before-input - [0:0]
:ufw-user-input - [0:0]
:ufw-not-local - [0:0]
:ufw-after-input - [0:0]
:ufw-skip-to-policy-input - [0:0]
-A INPUT -j ufw-before-input
-A INPUT -j ufw-after-input
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
-A ufw-before-input -p icmp --icmp-type 8 -j ACCEPT
-A ufw-before-input -p udp --sport 67 --dport 68 -j ACCEPT
-A ufw-before-input -j ufw-not-local
-A ufw-before-input -j ufw-user-input
-A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN
-A ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN
-A ufw-not-local -m addrtype --dst-type BROADCAST -j RETURN
-A ufw-not-local -j DROP
-A ufw-user-input -p tcp --dport 22 -j ACCEPT
-A ufw-after-input -p udp --dport 137 -j ufw-skip-to-policy-input
-A ufw-skip-to-policy-input -j DROP
COMMIT
`

// feed gives an outside program its text, in the WorkSpace.
func (n *network) feed(r ruleset) error {
	program, err := findServer(r.program, r.pkg)
	if err != nil {
		return err
	}
	cmd := exec.Command(program, r.args...)
	cmd.Stdin = strings.NewReader(r.text)
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread is in another namespace
		err := n.command().Enter()
		if err == nil {
			var out []byte
			if out, err = cmd.CombinedOutput(); err != nil {
				err = fmt.Errorf("%s: %w: %s", r.program, err, out)
			}
		}
		done <- err
	}()
	return <-done
}
