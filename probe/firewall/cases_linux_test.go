package firewall

import (
	"fmt"
	"strings"
	"testing"

	"wsdoctor/probe"
)

// kernelCase is a rule set, what it must be held to do, by "tcp/4172 drop"
// behind a verdict for all other ports, and what has to be told of it.
type kernelCase struct {
	name, rules, want string
	tell              string // in the rule of the first port asked for
	rest              string // in a limit that is held for not reached, of that port
	counted           bool   // each packet of a session counts for that limit
	later             bool   // that port's first packet is let in, and what follows is meant
	to                string // where packets for that port end
	manager           string
}

// in is a filter table with one input chain.
func in(policy string, rules ...string) string {
	return "table inet filter { chain input { type filter hook input priority 0; policy " + policy + ";\n" + strings.Join(rules, "\n") + "\n}\n}"
}

// out is a filter table with one output chain.
func out(policy string, rules ...string) string {
	return "table inet filter { chain output { type filter hook output priority 0; policy " + policy + ";\n" + strings.Join(rules, "\n") + "\n}\n}"
}

// with puts more chains and sets before it.
func with(more, policy string, rules ...string) string {
	return "table inet filter { " + more + "\nchain input { type filter hook input priority 0; policy " + policy + ";\n" + strings.Join(rules, "\n") + "\n}\n}"
}

const bothDropped = "accept tcp/4172 drop udp/4172 drop"

var kernelCases = []kernelCase{
	// Rules that drop or reject.
	{name: "nothing at all", rules: "", want: "off"},
	{name: "a chain without rules", rules: in("accept"), want: "off"},
	{name: "only other hooks", rules: "table inet filter { chain o { type filter hook output priority 0; policy accept; tcp dport 4172 drop; }\nchain f { type filter hook forward priority 0; policy drop; } }", want: "off"},
	{name: "answers, by the port they come from", rules: out("accept", "tcp sport 4172 drop"), want: "off tcp/4172 drop", tell: "inet filter output handle 2: tcp sport 4172 drop"},
	{name: "answers, by policy", rules: out("drop"), want: "drop", tell: "inet filter output: policy drop"},
	{name: "answers, by policy but for new ones", rules: out("drop", "ct state new accept"), want: "drop"},
	{name: "answers, by policy but for known ones", rules: out("drop", "ct state established,related accept"), want: "off"},
	{name: "answers, by direction and status", rules: out("drop", "ct direction reply ct status seen-reply accept"), want: "off"},
	{name: "answers, of the original direction", rules: out("accept", "ct direction original drop"), want: "off"},
	{name: "answers, by interface", rules: out("accept", `oifname "eth0" udp sport 4172 drop`, `oif eth0 tcp sport 8200 drop`), want: "off udp/4172 drop tcp/8200 drop"},
	{name: "answers, of another interface", rules: out("accept", `oifname "eth1" drop`), want: "off"},
	{name: "answers, by the kind of an interface they did not come by", rules: out("accept", "iiftype ether tcp sport 4172 drop"), want: "off tcp/4172 unknown"},
	{name: "answers, rejected", rules: out("accept", "tcp sport 4172 reject with tcp reset", "udp sport 4172 reject"), want: "off tcp/4172 drop udp/4172 drop"},
	{name: "answers, by flags", rules: out("accept", "tcp flags & (syn|ack) == syn|ack drop"), want: "drop udp/4172 off udp/8220 off"},
	{name: "answers, by addresses", rules: out("accept", "ip saddr 198.19.5.10 ip daddr 198.19.0.0/16 tcp sport 8201-8230 drop"), want: "off tcp/8201 drop tcp/8225 drop"},
	{name: "answers, by where the addresses are", rules: out("accept", "fib saddr type local fib daddr type != local tcp sport 4172 drop", "fib daddr type local drop"), want: "off tcp/4172 drop"},
	{name: "answers, at the end of the way", rules: "table ip mangle { chain post { type filter hook postrouting priority mangle; tcp sport 4172 drop; } }", want: "off tcp/4172 drop", tell: "ip mangle post"},
	{name: "answers, at the card", rules: "table netdev guard { chain late { type filter hook egress device eth0 priority 0; udp sport 4172 drop; } }", want: "off udp/4172 drop"},
	{name: "answers, before conntrack", rules: "table ip raw { chain o { type filter hook output priority raw; tcp sport 4172 drop; } }", want: "off tcp/4172 drop"},
	{name: "answers, when the way is chosen", rules: "table ip mangle { chain o { type route hook output priority mangle; tcp sport 4172 drop; } }", want: "off tcp/4172 drop"},
	{name: "answers, not asked of address translation", rules: "table ip nat { chain post { type nat hook postrouting priority srcnat; policy drop; masquerade; } }", want: "off"},
	{name: "both ways", rules: in("drop", "tcp dport { 4172, 8200 } accept") + "\n" + out("accept", "tcp sport 8200 drop"), want: "drop tcp/4172 accept tcp/8200 drop"},
	{name: "what is asked here is no answer", rules: out("accept", "tcp dport 4172 drop"), want: "off"},
	{name: "drop by port", rules: in("accept", "tcp dport 4172 drop"), want: "accept tcp/4172 drop", tell: "inet filter input handle 2: tcp dport 4172 drop"},
	{name: "drop by port of both transports", rules: in("accept", "th dport 4172 drop"), want: bothDropped},
	{name: "drop by interface", rules: in("accept", `iifname "eth0" drop`), want: "drop", tell: `iifname "eth0" drop`},
	{name: "drop by interface index", rules: in("accept", `iif eth0 drop`), want: "drop"},
	{name: "drop by interface pattern", rules: in("accept", `iifname "eth*" tcp dport 4172 drop`), want: "accept tcp/4172 drop", tell: `iifname "eth*"`},
	{name: "drop by policy", rules: in("drop", "tcp dport 22 accept"), want: "drop", tell: "inet filter input: policy drop"},
	{name: "drop by policy, of an empty chain", rules: in("drop"), want: "drop"},
	{name: "drop by range", rules: in("accept", "tcp dport 4000-5000 drop"), want: "accept tcp/4172 drop tcp/4489 drop"},
	{name: "drop part of a run", rules: in("accept", "tcp dport 8210-8230 drop"), want: "accept tcp/8225 drop"},
	{name: "drop by anonymous set", rules: in("accept", "tcp dport { 22, 4172, 8200-8225 } drop"), want: "accept tcp/4172 drop tcp/8200 drop tcp/8201 drop tcp/8225 drop", tell: "{ 22, 4172, 8200-8225 }"},
	{name: "drop by named set", rules: with("set closed { type inet_service; flags interval; elements = { 4172, 8201-8250 }; }", "accept", "tcp dport @closed drop"), want: "accept tcp/4172 drop tcp/8201 drop tcp/8225 drop tcp/8250 drop", tell: "@closed"},
	{name: "drop by source network", rules: in("accept", "ip saddr 198.19.0.0/16 drop"), want: "drop", tell: "ip saddr 198.19.0.0/16 drop"},
	{name: "drop by wider source network", rules: in("accept", "ip saddr 198.18.0.0/15 tcp dport 8200 drop"), want: "accept tcp/8200 drop"},
	{name: "drop what is not from elsewhere", rules: in("accept", "ip saddr != 10.0.0.0/8 tcp dport 4172 drop"), want: "accept tcp/4172 drop"},
	{name: "drop by destination", rules: in("accept", "ip daddr 198.19.5.10 tcp dport 4172 drop"), want: "accept tcp/4172 drop"},
	{name: "drop all but one port", rules: in("accept", "tcp dport != 8200 drop"), want: "drop tcp/8200 accept udp/4172 accept udp/8220 accept"},
	{name: "reject", rules: in("accept", "tcp dport 4172 reject", "udp dport 4172 reject"), want: "accept tcp/4172 reject udp/4172 reject", tell: "tcp dport 4172 reject"},
	{name: "reject by reset", rules: in("accept", "tcp dport 4172 reject with tcp reset"), want: "accept tcp/4172 reject"},
	{name: "reject as prohibited", rules: in("accept", "reject with icmpx admin-prohibited"), want: "reject"},
	{name: "by verdict map", rules: with("chain no { reject; }", "accept", "tcp dport vmap { 4172 : drop, 8200 : jump no, 8201-8250 : accept }"), want: "accept tcp/4172 drop tcp/8200 reject"},
	{name: "by verdict map of states and interfaces", rules: with("chain arrivals { tcp dport 4172 drop; }", "accept", "ct state vmap { established : accept, related : accept, invalid : drop }", `iifname vmap { "lo" : accept, "eth0" : jump arrivals }`), want: "accept tcp/4172 drop"},
	{name: "by map of addresses and ports", rules: in("accept", "ip daddr . tcp dport vmap { 198.19.5.10 . 4172 : drop, 198.19.5.11 . 8200 : drop }"), want: "accept tcp/4172 drop"},
	{name: "by concatenation with intervals", rules: with("set pairs { type ipv4_addr . inet_service; flags interval; elements = { 198.19.0.0/16 . 4000-4200, 10.0.0.0/8 . 8200 }; }", "accept", "ip saddr . tcp dport @pairs drop"), want: "accept tcp/4172 drop"},
	{name: "new connections only", rules: in("accept", "ct state new tcp dport 4172 drop"), want: "accept tcp/4172 drop", tell: "ct state new"},
	{name: "all states but known ones", rules: in("accept", "ct state != established,related drop"), want: "drop"},
	{name: "flags of a first segment", rules: in("accept", "tcp flags & (fin|syn|rst|ack) == syn tcp dport 8200 drop"), want: "accept tcp/8200 drop"},
	{name: "in a chain that is jumped to", rules: with("chain guard { tcp dport 4172 drop; }", "accept", "jump guard"), want: "accept tcp/4172 drop", tell: "inet filter guard"},
	{name: "two jumps deep, behind a return for others", rules: with("chain inner { tcp dport != 4172 return; drop; }\nchain outer { jump inner; }", "accept", "jump outer"), want: "accept tcp/4172 drop udp/4172 drop udp/8220 drop"},
	{name: "goto does not come back", rules: with("chain away { tcp dport 4172 accept; }", "drop", "goto away", "accept"), want: "drop tcp/4172 accept"},
	{name: "goto inside a jump comes back to the jump", rules: with("chain away { tcp dport 4172 drop; }\nchain hop { goto away; tcp dport 8200 drop; }", "accept", "jump hop", "tcp dport 4489 drop"), want: "accept tcp/4172 drop tcp/4489 drop"},
	{name: "return in a base chain is its policy", rules: in("drop", "tcp dport 4172 return", "accept"), want: "accept tcp/4172 drop"},
	{name: "before conntrack", rules: "table ip raw { chain pre { type filter hook prerouting priority raw; policy accept; tcp dport 4172 drop; } }", want: "accept tcp/4172 drop", tell: "ip raw pre"},
	{name: "mangle", rules: "table ip mangle { chain pre { type filter hook prerouting priority mangle; tcp dport 4172 drop; } }", want: "accept tcp/4172 drop"},
	{name: "ingress", rules: "table netdev guard { chain early { type filter hook ingress device eth0 priority 0; policy accept; tcp dport 4172 drop; } }", want: "accept tcp/4172 drop", tell: "netdev guard early"},
	{name: "inet ingress", rules: "table inet guard { chain early { type filter hook ingress device eth0 priority 0; policy accept; udp dport 4172 drop; } }", want: "accept udp/4172 drop"},
	{name: "a drop wins over an accept of another chain", rules: in("accept", "tcp dport 4172 accept") + "\ntable ip late { chain in { type filter hook input priority 10; tcp dport 4172 drop; } }", want: "accept tcp/4172 drop", tell: "ip late in"},
	{name: "an accept of a later chain saves nothing", rules: "table ip early { chain in { type filter hook input priority -10; tcp dport 4172 drop; } }\n" + in("drop", "accept"), want: "accept tcp/4172 drop"},
	{name: "two chains at one priority", rules: "table ip one { chain in { type filter hook input priority 0; tcp dport 4172 drop; } }\ntable ip two { chain in { type filter hook input priority 0; tcp dport 4172 accept; } }", want: "accept tcp/4172 drop"},
	{name: "a mask", rules: in("accept", "tcp dport & 0xfff0 == 0x1040 drop"), want: "accept tcp/4172 drop"},
	{name: "raw payload", rules: in("accept", "@th,16,16 4172 drop"), want: bothDropped},
	{name: "greater than", rules: in("accept", "tcp dport > 8200 drop"), want: "accept tcp/8201 drop tcp/8225 drop tcp/8250 drop"},
	{name: "not a destination of this computer", rules: in("accept", "fib daddr type != local drop", "tcp dport 4172 fib daddr type local drop"), want: "accept tcp/4172 drop"},
	{name: "counted and logged", rules: in("accept", `tcp dport 4172 counter drop comment "house rule"`), want: "accept tcp/4172 drop", tell: `comment "house rule"`},
	{name: "mark set and asked for", rules: in("accept", "meta mark 0x1 accept", "tcp dport 4172 drop"), want: "accept tcp/4172 drop"},
	{name: "allow list of other sources", rules: in("drop", "ip saddr { 10.0.0.0/8, 203.0.113.7 } accept"), want: "drop"},
	{name: "anonymous chain", rules: in("accept", "tcp dport 4172 jump { ip saddr 198.19.0.0/16 drop; }"), want: "accept tcp/4172 drop"},
	{name: "a source port below 1024 only", rules: in("drop", "tcp sport 1-1023 accept", "tcp sport 1024-65535 tcp dport 8200 accept"), want: "drop tcp/8200 accept"},

	// Rules that let a connection begin, and stop what follows.
	{name: "a policy without what is established", rules: in("drop", "ct state new accept"), want: "drop", tell: "inet filter input: policy drop", later: true},
	{name: "the same, with it", rules: in("drop", "ct state established accept", "ct state new accept"), want: "accept"},
	{name: "what is established", rules: in("accept", "tcp dport 4172 ct state established drop"), want: "accept tcp/4172 drop", later: true},
	{name: "segments that open nothing", rules: in("accept", "tcp flags & (fin|syn|rst|ack) != syn drop", "tcp flags ack drop"), want: "drop udp/4172 accept udp/8220 accept", later: true},
	{name: "segments with data", rules: in("accept", "tcp dport 4172 tcp flags & (psh|ack) == psh|ack drop"), want: "accept tcp/4172 unknown", later: true},
	{name: "what is known to be answered, rejected", rules: in("accept", "udp dport 4172 ct status seen-reply reject"), want: "accept udp/4172 reject", later: true},
	{name: "by a mark that the first packet left", rules: in("accept", "ct mark 7 drop", "tcp dport 4172 ct mark set 7"), want: "accept tcp/4172 drop", later: true, tell: "ct mark 7 drop"},
	{name: "by a mark that the answer left", rules: in("accept", "ct mark 7 drop") + "\n" + out("accept", "udp sport 4172 ct mark set 7"), want: "accept udp/4172 drop", later: true},
	{name: "later answers", rules: out("accept", "tcp sport 4172 tcp flags & (syn|ack) == ack drop"), want: "off tcp/4172 drop", later: true},
	{name: "later, when they were sent on", rules: "table ip nat { chain pre { type nat hook prerouting priority dstnat; tcp dport 4172 redirect to :9999; } }\n" + in("accept", "tcp dport 9999 ct state established drop"), want: "accept tcp/4172 drop", later: true, to: "198.19.5.10:9999"},
	{name: "later, when they were sent on, by the port asked for", rules: "table ip nat { chain pre { type nat hook prerouting priority dstnat; tcp dport 4172 redirect to :9999; } }\n" + in("accept", "tcp dport 4172 drop", "tcp dport 9999 accept", "ct state established drop"), want: "drop tcp/4172 accept", to: "198.19.5.10:9999"},

	// Limits, by whether they meet what follows.
	{name: "a rate of new connections", rules: in("drop", "ct state established accept", "tcp dport 4172 limit rate 100/second accept"), want: "drop tcp/4172 accept", rest: "limit rate 100/second"},
	{name: "a rate of new connections, over it a drop", rules: in("accept", "tcp dport 4172 ct state new limit rate over 100/second drop"), want: "accept", rest: "limit rate over 100/second"},
	{name: "a rate of first segments", rules: in("accept", "tcp dport 4172 tcp flags & (fin|syn|rst|ack) == syn limit rate over 100/second drop"), want: "accept", rest: "limit rate over 100/second"},
	{name: "a rate of what follows", rules: in("accept", "tcp dport 4172 ct state established limit rate over 100/second drop"), want: "accept", rest: "limit rate over 100/second", counted: true},
	{name: "a rate of answers", rules: out("accept", "tcp sport 4172 limit rate over 1000/second drop"), want: "off tcp/4172 accept", rest: "limit rate over 1000/second", counted: true},

	// Rules that only look as if they did.
	{name: "drop for another port", rules: in("accept", "tcp dport 4173 drop", "udp dport 4171 drop"), want: "accept"},
	{name: "drop for the other transport", rules: in("accept", "udp dport 8200 drop", "meta l4proto sctp drop", "icmp type echo-request drop"), want: "accept"},
	{name: "drop for another interface", rules: in("accept", `iifname "eth1" drop`, `iifname "lo" drop`, `iif lo drop`), want: "accept"},
	{name: "drop for another source", rules: in("accept", "ip saddr 10.0.0.0/8 drop", "ip saddr 198.18.0.0/16 drop", "ip6 saddr ::/0 drop"), want: "accept"},
	{name: "drop for another destination", rules: in("accept", "ip daddr 198.19.5.11 drop"), want: "accept"},
	{name: "drop behind an accept", rules: in("drop", `iifname "eth0" accept`, "tcp dport 4172 drop"), want: "accept", tell: `iifname "eth0" accept`},
	{name: "policy drop with the accept in a jump", rules: with("chain services { tcp dport { 4172, 4489, 8200-8250 } accept; udp dport { 4172, 8220 } accept; }", "drop", "ct state established accept", "jump services"), want: "accept"},
	{name: "a chain that nobody jumps to", rules: with("chain blocked { drop; }", "accept", "tcp dport 22 accept"), want: "accept"},
	{name: "other states", rules: in("accept", "ct state related drop", "ct state invalid drop", "ct state untracked drop"), want: "accept"},
	{name: "translated connections", rules: in("accept", "ct status dnat drop"), want: "accept"},
	{name: "a return for this interface", rules: with("chain guard { iifname eth0 return; drop; }", "accept", "jump guard"), want: "accept"},
	{name: "ingress of another interface", rules: "table netdev guard { chain early { type filter hook ingress device lo priority 0; policy drop; } }", want: "off"},
	{name: "a table that is switched off", rules: "table inet filter { flags dormant; chain input { type filter hook input priority 0; policy drop; } }", want: "off"},
	{name: "IPv6 only", rules: "table ip6 filter { chain input { type filter hook input priority 0; policy drop; } }", want: "off"},
	{name: "marked packets", rules: in("accept", "meta mark & 0x8000 == 0x8000 drop"), want: "accept"},
	{name: "fragments", rules: in("accept", "ip frag-off & 0x1fff != 0 drop"), want: "accept"},
	{name: "all but a set with the ports in it", rules: in("accept", "tcp dport != { 4000-9000 } drop"), want: "accept"},
	{name: "a set of touching intervals", rules: in("accept", "tcp dport != { 4000-8210, 8211-9000 } drop"), want: "accept"},
	{name: "broadcasts", rules: in("accept", "meta pkttype { broadcast, multicast } drop", "fib daddr type { broadcast, multicast, anycast } drop", "fib saddr type { local, broadcast, multicast, anycast } drop"), want: "accept"},
	{name: "invalid before conntrack", rules: in("accept", "ct state established accept") + "\ntable ip raw { chain pre { type filter hook prerouting priority raw; ct state new drop; } }", want: "accept"},
	{name: "addresses translated for other ports", rules: "table ip nat { chain pre { type nat hook prerouting priority dstnat; tcp dport 80 redirect to :8080; tcp dport 443 dnat to 10.0.0.1; } }", want: "accept"},

	// Rules that cannot be foreseen.
	{name: "a rate before a drop", rules: in("accept", "tcp dport 4172 limit rate over 1/hour drop"), want: "accept tcp/4172 drop", later: true},
	{name: "a rate before an accept, then the policy", rules: in("drop", "tcp dport 4172 limit rate 100/second accept"), want: "drop tcp/4172 accept", rest: "inet filter input handle 2: limit rate 100/second", counted: true},
	{name: "a slow rate before an accept", rules: in("drop", "tcp dport 4172 limit rate 10/hour accept"), want: "drop tcp/4172 drop", later: true},
	{name: "a slow rate of new connections", rules: in("drop", "ct state established accept", "tcp dport 4172 limit rate 10/hour accept"), want: "drop tcp/4172 unknown"},
	{name: "a slow rate, with many at once", rules: in("drop", "tcp dport 4172 limit rate 10/hour burst 100 packets accept"), want: "drop tcp/4172 unknown"},
	{name: "a slow rate that is dropped", rules: in("accept", "tcp dport 4172 limit rate 10/hour drop"), want: "accept"},
	{name: "a slow rate of what follows", rules: in("accept", "tcp dport 4172 ct state established limit rate over 10/hour drop"), want: "accept tcp/4172 drop", later: true},
	{name: "a rate before a drop, at rest", rules: in("accept", "tcp dport 4172 limit rate over 100/second drop"), want: "accept", rest: "limit rate over 100/second", counted: true},
	{name: "a rate of a set that packets fill", rules: with("set seen { type ipv4_addr; flags dynamic; size 100; }", "accept", "tcp dport 4172 update @seen { ip saddr limit rate over 100/second } drop"), want: "accept", rest: "limit rate over 100/second", counted: true},
	{name: "a count of connections", rules: in("accept", "tcp dport 4172 ct count over 5000 drop"), want: "accept", rest: "ct count over 5000"},
	{name: "a limit with a name", rules: with("limit shared { rate over 100/second; }", "accept", `tcp dport 4172 limit name "shared" drop`), want: "accept", rest: "limit rate over 100/second", counted: true},
	{name: "a quota with a name, used up", rules: with("quota spent { over 10 bytes; }", "accept", `tcp dport 4172 quota name "spent" drop`), want: "accept tcp/4172 drop"},
	{name: "no connection at all", rules: in("accept", "tcp dport 4172 ct count over 0 drop"), want: "accept tcp/4172 drop"},
	{name: "a rate before an accept, accepted anyway", rules: in("accept", "limit rate 10/second accept", "tcp dport 4172 accept"), want: "accept"},
	{name: "a rate before a drop, dropped anyway", rules: in("drop", "tcp dport 4172 limit rate over 10/second drop"), want: "drop"},
	{name: "chance", rules: in("accept", "tcp dport 4172 numgen random mod 2 0 drop"), want: "accept tcp/4172 unknown"},
	{name: "chance of one in one", rules: in("accept", "tcp dport 4172 numgen random mod 1 0 drop"), want: "accept tcp/4172 drop"},
	{name: "a chance that never comes", rules: in("accept", "tcp dport 4172 numgen random mod 4 offset 10 3 drop", "tcp dport 8200 numgen inc mod 4 offset 10 != 3 drop"), want: "accept tcp/8200 drop"},
	{name: "part of the sources", rules: in("accept", "ip saddr 198.19.128.0/17 tcp dport 4172 drop"), want: "accept tcp/4172 unknown"},
	{name: "all of the sources, in parts", rules: in("accept", "ip saddr { 198.19.128.0/17, 198.19.0.0/17 } tcp dport 4172 drop"), want: "accept tcp/4172 drop"},
	{name: "translated", rules: "table ip nat { chain pre { type nat hook prerouting priority dstnat; tcp dport 4172 redirect to :8200; } }", want: "accept", to: "198.19.5.10:8200"},
	{name: "translated, to a port that is dropped", rules: "table ip nat { chain pre { type nat hook prerouting priority dstnat; tcp dport 4172 redirect to :9999; } }\n" + in("accept", "tcp dport 9999 drop"), want: "accept tcp/4172 drop", tell: "tcp dport 9999 drop"},
	{name: "translated, so its own port does not matter", rules: "table ip nat { chain pre { type nat hook prerouting priority dstnat; tcp dport 4172 redirect to :9999; } }\n" + in("accept", "tcp dport 4172 drop"), want: "accept", to: "198.19.5.10:9999"},
	{name: "translated, and the answers stopped before they look as asked for", rules: "table ip nat { chain pre { type nat hook prerouting priority dstnat; tcp dport 4172 redirect to :9999; } }\n" + out("accept", "tcp sport 9999 drop", "tcp sport 4172 accept"), want: "accept tcp/4172 drop"},
	{name: "translated, and the answers stopped as they leave", rules: "table ip nat { chain pre { type nat hook prerouting priority dstnat; tcp dport 4172 redirect to :9999; } }\ntable ip late { chain post { type filter hook postrouting priority 150; tcp sport 4172 drop; } }", want: "accept tcp/4172 drop"},
	{name: "translated, to one of some ports", rules: "table ip nat { chain pre { type nat hook prerouting priority dstnat; tcp dport 4172 redirect to :8201-8202; } }\n" + in("accept", "tcp dport 4172 drop"), want: "accept", to: "198.19.5.10:0"},
	{name: "translated, but for the port it has", rules: "table ip nat { chain pre { type nat hook prerouting priority dstnat; tcp dport 8201-8250 redirect to :8201; } }\n" + in("accept", "ct status dnat drop"), want: "accept tcp/8225 drop tcp/8250 drop"},
	{name: "translated, but for the ports it may have", rules: "table ip nat { chain pre { type nat hook prerouting priority dstnat; tcp dport 8200-8250 redirect to :8201-8202; } }\n" + in("accept", "ct status dnat drop"), want: "accept tcp/8200 drop tcp/8225 drop tcp/8250 drop"},
	{name: "translated, by the port that was asked for", rules: "table ip nat { chain pre { type nat hook prerouting priority dstnat; tcp dport 4172 redirect to :9999; } }\n" + in("accept", "meta l4proto tcp ct original proto-dst 4172 drop"), want: "accept tcp/4172 drop"},
	{name: "translated, in the newer way of an inet table", rules: "table inet nat { chain pre { type nat hook prerouting priority dstnat; meta l4proto tcp tcp dport 4172 dnat ip to 198.19.5.10:9999; } }", want: "accept", to: "198.19.5.10:9999"},
	{name: "translated to the address it has", rules: "table inet nat { chain pre { type nat hook prerouting priority dstnat; meta l4proto { tcp, udp } dnat ip to 198.19.5.10; } }", want: "accept"},
	{name: "translated to another computer", rules: "table ip nat { chain pre { type nat hook prerouting priority dstnat; tcp dport 4172 dnat to 10.0.0.1; } }", want: "accept tcp/4172 unknown"},
	{name: "translated, by whether it was", rules: "table ip nat { chain pre { type nat hook prerouting priority dstnat; tcp dport 4172 redirect to :9999; } }\n" + in("drop", "ct status dnat accept"), want: "drop tcp/4172 accept", to: "198.19.5.10:9999"},
	{name: "the size", rules: in("accept", "meta length > 1000 udp dport 4172 drop"), want: "accept udp/4172 unknown"},
	{name: "a quota", rules: in("accept", "tcp dport 4172 quota over 1024 mbytes drop"), want: "accept", rest: "quota over", counted: true},
	{name: "a quota that is used up", rules: in("accept", "tcp dport 4172 quota over 10 bytes drop"), want: "accept tcp/4172 drop"},
	{name: "a quota of about a packet", rules: in("accept", "tcp dport 4172 quota over 50 bytes drop"), want: "accept tcp/4172 unknown"},
	{name: "the size, in words", rules: in("accept", "tcp dport 4172 meta length > 1000 drop"), want: "accept tcp/4172 unknown", tell: "meta length > 1000 drop"},
	{name: "the owner of the socket", rules: in("accept", "tcp dport 4172 meta skuid 0 drop"), want: "accept tcp/4172 unknown"},
	{name: "a socket that listens", rules: in("accept", "tcp dport 4172 socket wildcard 0 drop"), want: "accept tcp/4172 unknown"},
	{name: "an option", rules: in("accept", "tcp dport 4172 tcp option sack-perm exists drop"), want: "accept tcp/4172 unknown"},
	{name: "a mark that rules set", rules: in("accept", "tcp dport 4172 meta mark set 1", "meta mark 1 drop"), want: "accept tcp/4172 drop", tell: "meta mark 1 drop"},
	{name: "a mark from one hook to the next", rules: "table inet mangle { chain pre { type filter hook prerouting priority mangle; th dport { 4172, 8220 } meta mark set meta mark | 0x10; } }\n" + in("accept", "meta mark & 0x30 == 0x10 drop"), want: "accept tcp/4172 drop udp/4172 drop udp/8220 drop", tell: "meta mark & 0x30 == 16 drop"},
	{name: "a mark of the connection, met by the answer", rules: in("accept", "tcp dport 4172 ct mark set 7") + "\n" + out("accept", "ct mark 7 drop"), want: "accept tcp/4172 drop", tell: "inet filter output"},
	{name: "a mark of a packet is not its answer's", rules: in("accept", "tcp dport 4172 meta mark set 7") + "\n" + out("accept", "meta mark 7 drop"), want: "accept"},
	{name: "a mark that one of two chains of a moment sets", rules: "table ip one { chain in { type filter hook input priority 0; tcp dport 4172 meta mark set 1; } }\ntable ip two { chain in { type filter hook input priority 0; meta mark 1 drop; } }", want: "accept tcp/4172 unknown"},
	{name: "not tracked, and the answer a new connection", rules: "table ip raw { chain pre { type filter hook prerouting priority raw; notrack; } }\n" + out("accept", "ct state new drop", "ct state untracked accept"), want: "unknown udp/4172 drop udp/8220 drop", later: true},
	{name: "not tracked, and the answer of no connection", rules: "table ip raw { chain pre { type filter hook prerouting priority raw; notrack; } }\n" + out("accept", "ct state invalid drop"), want: "drop udp/4172 accept udp/8220 accept"},
	{name: "the way back is there", rules: "table inet raw { chain pre { type filter hook prerouting priority raw; fib saddr . iif oif missing drop; } }", want: "accept"},
	{name: "answered in the program's place", rules: in("accept", "tcp dport 4172 synproxy mss 1460 wscale 7"), want: "accept tcp/4172 unknown"},
	{name: "a set that packets fill", rules: with("set seen { type ipv4_addr; flags dynamic,timeout; timeout 1h; size 100; }", "accept", "tcp dport 4172 add @seen { ip saddr } drop"), want: "accept tcp/4172 drop", rest: "add @seen"},
	{name: "whether packets filled a set", rules: with("set seen { type ipv4_addr; flags dynamic,timeout; timeout 1h; size 100; }", "accept", "udp dport 4172 add @seen { ip saddr }", "tcp dport 4172 ip saddr @seen drop"), want: "accept tcp/4172 unknown"},

	// Layouts of programs.
	{name: "firewalld", rules: strings.Replace(firewalldPublic, "$OPEN", "tcp dport 22 accept", 1), want: "reject", manager: "firewalld", tell: "inet firewalld filter_IN_public handle"},
	{name: "firewalld with the ports open", rules: strings.Replace(firewalldPublic, "$OPEN", "tcp dport { 4172, 4489, 8200-8250 } accept\nudp dport { 4172, 8220 } accept", 1), want: "accept", manager: "firewalld"},
}

// firewalldPublic is the layout of firewalld with eth0 in the zone "public".
const firewalldPublic = `table inet firewalld {
	chain mangle_PREROUTING_ZONES { iifname "eth0" goto mangle_PRE_public; goto mangle_PRE_public; }
	chain mangle_PRE_public { }
	chain mangle_PREROUTING { type filter hook prerouting priority mangle + 10; policy accept; jump mangle_PREROUTING_ZONES; }
	chain filter_PREROUTING { type filter hook prerouting priority filter + 10; policy accept;
		icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept
		meta nfproto ipv6 fib saddr . mark . iif oif missing drop
	}
	chain filter_IN_public_allow { $OPEN; }
	chain filter_IN_public {
		jump filter_IN_public_allow
		meta l4proto { icmp, ipv6-icmp } accept
		reject with icmpx admin-prohibited
	}
	chain filter_INPUT_ZONES { iifname "eth0" goto filter_IN_public; goto filter_IN_public; }
	chain filter_INPUT { type filter hook input priority filter + 10; policy accept;
		ct state { established, related } accept
		ct status dnat accept
		iifname "lo" accept
		ct state invalid drop
		jump filter_INPUT_ZONES
		reject with icmpx admin-prohibited
	}
}`

// wanted reads "accept tcp/4172 drop".
func wanted(t *testing.T, s string, p endpointPort) probe.FirewallVerdict {
	t.Helper()
	words := strings.Fields(s)
	for i := 1; i+1 < len(words); i += 2 {
		if words[i] == fmt.Sprintf("%s/%d", p.transport, p.port) {
			return probe.FirewallVerdict(words[i+1])
		}
	}
	return probe.FirewallVerdict(words[0])
}

// testCases compares each case with what is wanted, and with what becomes of
// real packets.
func testCases(t *testing.T, w *world) {
	if len(kernelCases) < 60 {
		t.Errorf("only %d cases", len(kernelCases))
	}
	for _, c := range kernelCases {
		t.Run(c.name, func(t *testing.T) {
			w.flush(t)
			if err := w.load("nft", strings.ReplaceAll(c.rules, "; }", ";\n}\n"), "-f", "-"); err != nil {
				t.Fatal(err)
			}
			list := w.evaluateNFT(t, false)
			for _, p := range tested {
				if got := evaluated(list, p); got.verdict != wanted(t, c.want, p) {
					t.Errorf("%v: %+v, want %s", p, got, wanted(t, c.want, p))
				}
			}
			checkTold(t, c, list)
			w.compare(t, list, false, c.rules)
		})
	}
}

// checkTold looks at the words for the first port that is not just accepted, or
// else for the first port.
func checkTold(t *testing.T, c kernelCase, list []answer) {
	t.Helper()
	told := evaluated(list, tested[0])
	for _, p := range tested {
		if a := evaluated(list, p); a.verdict != probe.FirewallAccept || len(a.atRest) > 0 || a.redirected.IsValid() {
			told = a
			break
		}
	}
	if c.tell != "" && !strings.Contains(strings.Join(told.rules, "; "), c.tell) {
		t.Errorf("told %q, want %q in it", told.rules, c.tell)
	}
	if told.manager != c.manager {
		t.Errorf("manager %q, want %q", told.manager, c.manager)
	}
	if !strings.Contains(strings.Join(told.atRest, "; "), c.rest) || c.rest == "" && len(told.atRest) > 0 {
		t.Errorf("at rest %q, want %q in it", told.atRest, c.rest)
	}
	if told.counted != c.counted || told.later != c.later {
		t.Errorf("each packet counts: %v, later ones are meant: %v", told.counted, told.later)
	}
	if c.to != "" && told.redirected.String() != c.to || c.to == "" && told.redirected.IsValid() {
		t.Errorf("sent on to %v, want %q", told.redirected, c.to)
	}
	if told.verdict == probe.FirewallUnknown && len(told.unknown) == 0 {
		t.Error("unknown, and does not say why")
	}
	if told.verdict != probe.FirewallUnknown && len(told.unknown) > 0 {
		t.Errorf("certain, and yet unknown: %q", told.unknown)
	}
}
