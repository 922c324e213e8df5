package lab

import "wsdoctor/internal/lab/netns"

// ruleset is a firewall of a WorkSpace.
type ruleset []netns.Table

// inet makes a table of one base chain, and of further ones that rules may
// jump to.
func inet(policy string, rules []string, more ...netns.Chain) ruleset {
	base := netns.Chain{Name: "input", Hook: "input", Policy: policy, Rules: rules}
	return ruleset{{Family: "inet", Name: "filter", Chains: append(more, base)}}
}

// outward makes a table of rules for what this computer sends.
func outward(rules ...string) ruleset {
	return ruleset{
		{Family: "inet", Name: "filter", Chains: []netns.Chain{{Name: "output", Hook: "output", Rules: rules}}},
	}
}

// usual are the rules that every careful firewall begins with.
func usual(more ...string) []string {
	return append([]string{"ct state established accept", "ct state invalid drop", "iifname lo accept"}, more...)
}

// rulesets are the firewalls by Fault.Mode. What each does to a packet from a
// gateway is said by its effect test.
var rulesets = map[string]ruleset{
	"drop-pcoip":    inet("", []string{"tcp dport 4172 drop", "udp dport 4172 drop"}),
	"drop-udp-4172": inet("", []string{"udp dport 4172 drop"}),
	"drop-8200":     inet("", []string{"tcp dport 8200 drop"}),
	"drop-dcv":      inet("", []string{"tcp dport 8201-8250 drop", "udp dport 8220 drop"}),
	"drop-udp-8220": inet("", []string{"iifname eth0 udp dport 8220 drop"}),
	"reject-pcoip":  inet("", []string{"iifname eth0 tcp dport 4172 reset", "iifname eth0 udp dport 4172 reject"}),
	"drop-eth0":     inet("", usual("iifname eth0 drop")),
	"policy-drop":   inet("drop", usual("tcp dport 22 accept", "iifname eth1 accept")),
	"hidden-range": inet(
		"",
		usual(
			"tcp dport 22 accept",
			"tcp dport 80 accept",
			"tcp dport 443 accept",
			"iifname eth1 accept",
			"jump services",
			"tcp dport 8200 accept",
			"tcp dport 4172 accept",
			"udp dport 4172 accept",
		),
		netns.Chain{
			Name:  "services",
			Rules: []string{"tcp dport 3389 accept", "tcp dport 4000-5000 counter drop", "tcp dport 5900 accept"},
		},
	),
	"from-gateways": inet("", usual("ip saddr 198.19.0.0/16 drop")),
	"earlier-table": {
		{
			Family: "ip",
			Name:   "raw",
			Chains: []netns.Chain{
				{
					Name:     "prerouting",
					Hook:     "prerouting",
					Priority: -300,
					Rules:    []string{"iifname eth0 tcp dport 4172 drop"},
				},
			},
		},
		{
			Family: "inet",
			Name:   "filter",
			Chains: []netns.Chain{
				{Name: "input", Hook: "input", Rules: []string{"tcp dport 4172 accept", "udp dport 4172 accept"}},
			},
		},
	},
	"ingress": {
		{
			Family: "netdev",
			Name:   "guard",
			Chains: []netns.Chain{
				{
					Name:   "early",
					Hook:   "ingress",
					Device: "eth0",
					Rules:  []string{"tcp dport 4172 drop", "udp dport 4172 drop"},
				},
			},
		},
	},
	"block-metadata": outward("ip daddr 169.254.169.254/32 drop"),
	"keep-dns":       outward("udp dport 53 drop", "tcp dport 53 drop"),
	"refuse-dns":     outward("udp dport 53 reject", "tcp dport 53 reject"),
	"keep-logon":     outward("tcp dport 88 drop", "tcp dport 389 drop", "udp dport 389 drop"),
	"keep-web":       outward("tcp dport 443 drop"),
	"keep-answers":   outward("tcp sport 4172 drop", "udp sport 4172 drop"),
	// Who connects is let in, and nothing that follows.
	"new-only": inet("drop", []string{"iifname lo accept", "iifname eth1 accept", "ct state new accept"}),
	"output-policy": {
		{
			Family: "inet",
			Name:   "filter",
			Chains: []netns.Chain{
				{
					Name:   "output",
					Hook:   "output",
					Policy: "drop",
					Rules:  []string{"oifname lo accept", "oifname eth1 accept"},
				},
			},
		},
	},
	"output-known": {
		{
			Family: "inet",
			Name:   "filter",
			Chains: []netns.Chain{
				{
					Name:   "output",
					Hook:   "output",
					Policy: "drop",
					Rules: []string{
						"oifname lo accept",
						"oifname eth1 accept",
						"ct state established accept",
						"ip daddr 169.254.169.0/24 accept",
					},
				},
			},
		},
	},
	"zones": {{Family: "inet", Name: "firewalld", Chains: []netns.Chain{
		{
			Name:     "filter_INPUT",
			Hook:     "input",
			Priority: 10,
			Rules: []string{
				"ct state established accept",
				"iifname lo accept",
				"ct state invalid drop",
				"jump filter_INPUT_ZONES",
				"reject",
			},
		},
		{
			Name: "filter_INPUT_ZONES",
			Rules: []string{
				"iifname eth0 goto filter_IN_drop",
				"iifname eth1 goto filter_IN_public",
				"goto filter_IN_public",
			},
		},
		{Name: "filter_IN_public", Rules: []string{"jump filter_IN_public_allow", "reject"}},
		{
			Name: "filter_IN_public_allow",
			Rules: []string{
				"tcp dport 22 accept",
				"tcp dport 4172 accept",
				"udp dport 4172 accept",
				"tcp dport 8200 accept",
			},
		},
		{Name: "filter_IN_drop", Rules: []string{"jump filter_IN_drop_allow", "drop"}},
		{Name: "filter_IN_drop_allow"},
	}}},

	// Those that only look as if they did.
	"eth1-only":  inet("", usual("iifname eth1 tcp dport 4172 drop", "iifname eth1 drop")),
	"other-port": inet("", []string{"tcp dport 4173 drop", "tcp dport 41720 drop", "udp dport 4171 drop"}),
	"accept-earlier": inet(
		"drop",
		usual(
			"iifname eth0 accept",
			"tcp dport 4172 drop",
			"udp dport 4172 drop",
			"tcp dport 8200 drop",
			"iifname eth1 accept",
		),
	),
	"unreferenced": inet(
		"",
		usual(),
		netns.Chain{
			Name:  "blocked",
			Rules: []string{"tcp dport 4172 drop", "udp dport 4172 drop", "tcp dport 8200 drop"},
		},
	),
	"other-source": inet("", usual("ip saddr 203.0.113.0/24 tcp dport 4172 drop", "ip saddr 192.168.0.0/16 drop")),
	"other-hook": {
		{
			Family: "inet",
			Name:   "filter",
			Chains: []netns.Chain{
				{Name: "input", Hook: "forward", Policy: "drop", Rules: []string{"tcp dport 4172 drop"}},
			},
		},
	},
	"returns": inet(
		"",
		usual("jump guard"),
		netns.Chain{
			Name:  "guard",
			Rules: []string{"iifname eth0 return", "tcp dport 4172 drop", "udp dport 4172 drop"},
		},
	),
	"rate-limit": inet("", usual("tcp dport 4172 limit over 1000 drop")),
}
