package firewall

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"wsdoctor/probe"
)

// iptablesRule is a random rule in the words of iptables-restore.
func iptablesRule(r *rand.Rand, chain string, targets []string, six bool) string {
	way := "-i"
	if strings.HasSuffix(chain, "OUTPUT") || chain == "POSTROUTING" || chain == "three" {
		way = "-o"
	}
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	not := func() string { return pick("", "", "! ") }
	words := []string{"-A " + chain}
	proto := ""
	if r.IntN(3) > 0 {
		proto = pick("tcp", "tcp", "udp")
		words = append(words, "-p "+proto)
	}
	inside, outside, self, other := "198.19.0.0/16", "10.0.0.0/8", "198.19.5.10", "198.19.1.1"
	if six {
		inside, outside, self, other = "fd00:19::/64", "fd01::/16", "fd00:19::10", "fd00:19::1"
	}
	asked := map[int]bool{} // iptables takes an option once
	for range r.IntN(4) {
		what := r.IntN(15)
		if asked[what] {
			continue
		}
		asked[what] = true
		if what == 3 || what == 4 || what == 5 {
			asked[3], asked[4], asked[5] = true, true, true
		}
		if what == 7 || what == 8 {
			asked[7], asked[8] = true, true
		}
		switch what {
		case 0:
			words = append(words, not()+"-s "+pick(inside, outside, other))
		case 1:
			words = append(words, not()+"-d "+pick(self, inside, outside))
		case 2:
			words = append(words, not()+way+" "+pick("eth0", "eth1", "lo", "eth+"))
		case 3, 4, 5:
			if proto != "" {
				words = append(words, "-m "+proto+" "+not()+"--dport "+pick("4172", "8200", "8201:8250", "8220", "4000:5000", ":5000", "8000:"))
			}
		case 6:
			if proto != "" {
				words = append(words, "-m "+proto+" "+not()+"--sport "+pick("1024:65535", "1:1023", "40000:50000"))
			}
		case 7, 8:
			if proto != "" {
				words = append(words, "-m multiport "+not()+"--"+pick("dports", "dports", "ports", "sports")+" "+pick("22,4172,8200:8210", "4172,8220", "8201:8250", "1024:65535"))
			}
		case 9:
			words = append(words, "-m conntrack "+not()+"--ctstate "+pick("NEW", "RELATED,ESTABLISHED", "INVALID", "NEW,UNTRACKED", "DNAT"))
		case 10:
			words = append(words, "-m state --state "+pick("NEW", "ESTABLISHED", "INVALID,NEW"))
		case 11:
			types := pick("--dst-type LOCAL", "--dst-type BROADCAST,MULTICAST", "--src-type LOCAL", "--dst-type UNICAST")
			if six { // which has no broadcast
				types = strings.Replace(types, "BROADCAST,", "", 1)
			}
			words = append(words, "-m addrtype "+not()+types)
		case 12:
			words = append(words, "-m mark "+not()+"--mark "+pick("0x0", "0x1/0x1", "0x0/0xff"))
		case 13:
			words = append(words, pick("-m limit --limit 1/hour --limit-burst 2", "-m statistic --mode random --probability 0.5", "-m pkttype --pkt-type unicast", "-m pkttype ! --pkt-type broadcast", `-m comment --comment "-j DROP, \"they\" said"`))
		case 14:
			if proto == "tcp" {
				words = append(words, "-m tcp "+not()+pick("--tcp-flags FIN,SYN,RST,ACK SYN", "--tcp-flags ALL NONE", "--tcp-flags ACK ACK"))
			}
		}
	}
	target := targets[r.IntN(len(targets))]
	if target == "REJECT --reject-with tcp-reset" && proto != "tcp" {
		target = "REJECT"
	}
	if target != "" {
		words = append(words, "-j "+target)
	}
	return strings.Join(words, " ")
}

func pick(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }

// iptablesRules is a random firewall for iptables-restore.
func iptablesRules(r *rand.Rand, six bool) string {
	var b strings.Builder
	for _, row := range [][2]string{{"raw", "PREROUTING OUTPUT"}, {"mangle", "PREROUTING INPUT FORWARD OUTPUT POSTROUTING"}, {"filter", "INPUT FORWARD OUTPUT"}} {
		table, chains := row[0], row[1]
		fmt.Fprintf(&b, "*%s\n", table)
		for _, c := range strings.Fields(chains) {
			policy := "ACCEPT"
			if c == "INPUT" && table == "filter" && r.IntN(3) == 0 || c == "OUTPUT" && table == "filter" && r.IntN(10) == 0 {
				policy = "DROP"
			}
			fmt.Fprintf(&b, ":%s %s [0:0]\n", c, policy)
		}
		b.WriteString(":one - [0:0]\n:two - [0:0]\n:three - [0:0]\n")
		targets := []string{"ACCEPT", "ACCEPT", "DROP", "DROP", "RETURN", ""}
		if table == "filter" {
			targets = append(targets, "REJECT", "REJECT --reject-with tcp-reset")
		}
		visited := map[string]string{"raw": "PREROUTING", "mangle": "PREROUTING INPUT", "filter": "INPUT"}[table]
		if table != "filter" && r.IntN(2) == 0 { // most rules stand in filter
			visited = ""
		}
		if r.IntN(3) == 0 { // answers
			last := map[string]string{"raw": "OUTPUT", "mangle": pick(r, "OUTPUT", "POSTROUTING"), "filter": "OUTPUT"}[table]
			for range 1 + r.IntN(3) {
				b.WriteString(iptablesRule(r, last, append(targets, "three"), six) + "\n")
			}
			b.WriteString(iptablesRule(r, "three", targets, six) + "\n")
		}
		for _, c := range strings.Fields(visited) {
			for range 1 + r.IntN(3) {
				b.WriteString(iptablesRule(r, c, append(targets, "one", "two"), six) + "\n")
			}
			fmt.Fprintf(&b, "-A %s -g one\n", c)
			b.WriteString(iptablesRule(r, "one", append(targets, "two"), six) + "\n")
			b.WriteString(iptablesRule(r, "two", targets, six) + "\n")
		}
		b.WriteString("COMMIT\n")
	}
	return b.String()
}

// testLegacy does with iptables what testRandom does with nft: every rule set is
// given to the older engine, or to nf_tables by way of iptables-nft.
func testLegacy(t *testing.T, w *world) {
	known, all := map[string]int{}, map[string]int{}
	empty := "*raw\n:PREROUTING ACCEPT\nCOMMIT\n*mangle\n:INPUT ACCEPT\nCOMMIT\n*nat\n:INPUT ACCEPT\nCOMMIT\n*security\n:INPUT ACCEPT\nCOMMIT\n*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\nCOMMIT\n"
	for i := range *rulesets * 4 / 5 {
		r := rand.New(rand.NewPCG(*seed, uint64(i)))
		six := i%4 == 3
		rules := iptablesRules(r, six)
		way, prefix := "nft", "iptables-"
		if i%2 == 0 {
			way = "legacy"
		}
		if six {
			prefix = "ip6tables-"
		}
		w.flush(t)
		for _, p := range []string{"iptables-", "ip6tables-"} {
			if err := w.load(p+"legacy-restore", empty); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.load(prefix+way+"-restore", rules); err != nil {
			t.Fatalf("%v\n%s", err, rules)
		}
		list := w.evaluateNFT(t, six)
		if way == "legacy" {
			list = w.evaluateLegacy(t, six)
		}
		for _, p := range tested {
			all[way]++
			if v := evaluated(list, p).verdict; v != probe.FirewallUnknown && v != "" {
				known[way]++
			}
		}
		w.compare(t, list, six, rules)
		if t.Failed() {
			t.Fatalf("rule set %d of seed %d", i, *seed)
		}
	}
	for _, p := range []string{"iptables-", "ip6tables-"} {
		if err := w.load(p+"legacy-restore", empty); err != nil {
			t.Fatal(err)
		}
	}
	w.flush(t)
	for way := range all {
		t.Logf("%s: %d of %d verdicts known", way, known[way], all[way])
		if known[way] < all[way]*7/10 {
			t.Errorf("%s: too few verdicts to prove anything", way)
		}
	}
}

func (w *world) evaluateLegacy(t *testing.T, six bool) []answer {
	t.Helper()
	a := Ask{Interface: "eth0", Address: address4, Sources: asked, Ports: streaming}
	if six {
		a.Address = address6
	}
	var s *ruleset
	if err := w.workspace.Do(func() error { s = readLegacy(t.Context(), six); return nil }); err != nil {
		t.Fatal(err)
	}
	if s == nil || len(s.problems) > 0 {
		t.Fatalf("not read: %+v", s)
	}
	return evaluate(s, facts{device: "eth0"}, a)
}
