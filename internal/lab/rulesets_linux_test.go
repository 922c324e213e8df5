package lab

import (
	"fmt"
	"os/exec"
	"runtime"
	"strings"
)

// outsideRuleset is a firewall of a WorkSpace that an outside program loads.
type outsideRuleset struct {
	program string   // reads text from its standard input
	args    []string // of the program
	pkg     string   // the Debian package that holds the program
	text    string
}

// outsideRulesets are further firewalls by Fault.Mode, in the programs' own layouts.
var outsideRulesets = map[string]outsideRuleset{
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
func (n *network) feed(r outsideRuleset) error {
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
