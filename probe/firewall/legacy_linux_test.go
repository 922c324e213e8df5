package firewall

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
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
		what := r.IntN(24)
		if asked[what] {
			continue
		}
		asked[what] = true
		if what == 3 || what == 4 || what == 5 {
			asked[3], asked[4], asked[5] = true, true, true
		}
		for _, alike := range [][2]int{{7, 8}, {21, 22}} {
			if what == alike[0] || what == alike[1] {
				asked[alike[0]], asked[alike[1]] = true, true
			}
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
			words = append(words, "-m mark "+not()+"--mark "+pick("0x0", "0x1/0x1", "0x0/0xff", "0x1", "0x11/0x11", "0x10"))
		case 13:
			words = append(words, pick("-m limit --limit 1/hour --limit-burst 2", "-m statistic --mode random --probability 0.5", "-m statistic --mode random "+not()+"--probability 1", "-m statistic --mode nth --every 1 --packet 0", "-m recent --name in1 "+not()+"--set", "-m recent --name in2 "+not()+"--update --seconds 60 --hitcount 4", "-m recent --name in3 "+not()+"--rcheck --hitcount 2", "-m pkttype --pkt-type unicast", "-m pkttype ! --pkt-type broadcast", `-m comment --comment "-j DROP, \"they\" said"`))
		case 15, 16:
			words = append(words, iptablesTime(r, not))
		case 17:
			words = append(words, pick("-m limit --limit 400/sec --limit-burst 5", "-m hashlimit --hashlimit-above 400/sec --hashlimit-burst 5 --hashlimit-mode srcip --hashlimit-name h1", "-m hashlimit --hashlimit-upto 400/sec --hashlimit-burst 5 --hashlimit-mode srcip,dstport --hashlimit-name h2",
				"-m connlimit --connlimit-above 50000 --connlimit-mask 0", "-m connlimit --connlimit-above 0", "-m connlimit --connlimit-upto 50000 --connlimit-saddr"))
		case 18:
			if strings.HasSuffix(chain, "PREROUTING") {
				words = append(words, "-m rpfilter "+pick("", "--invert", "--loose", "--validmark", "--loose --invert"))
			}
		case 19, 20:
			list := inSets(six)
			set := list[r.IntN(len(list))]
			words = append(words, "-m set "+not()+"--match-set "+set)
		case 21, 22:
			words = append(words, "-m connmark "+not()+"--mark "+pick("0x0", "0x1", "0x1/0x1", "0x2/0x2", "0x10"))
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
	if strings.HasPrefix(target, "SYNPROXY") && proto != "tcp" {
		target = ""
	}
	if target != "" {
		words = append(words, "-j "+target)
	}
	return strings.Join(words, " ")
}

// iptablesTime is a random question for the time.
func iptablesTime(r *rand.Rand, not func() string) string {
	from, to := hours(r)
	now := time.Now().UTC()
	today, tomorrow := now.Format("Mon"), now.Add(24*time.Hour).Format("Mon")
	s := "-m time"
	if r.IntN(3) > 0 {
		s += " --timestart " + from.Format("15:04") + " --timestop " + to.Format("15:04")
		if from.Format("15:04") > to.Format("15:04") && r.IntN(2) == 0 {
			s += " --contiguous"
		}
	}
	switch r.IntN(6) {
	case 0, 1:
		s += " " + not() + "--weekdays " + pick(r, today, tomorrow, today+","+tomorrow, "Sat,Sun")
	case 2:
		s += " " + not() + "--monthdays " + pick(r, now.Format("2"), "1,2,3", now.Format("2")+",31")
	case 3:
		s += pick(r, " --datestart 2020-01-01", " --datestop 2022-01-01T00:00:00", " --datestart 2031-01-01", " --datestop 2031-01-01")
	}
	if r.IntN(3) == 0 {
		s += " --kerneltz"
	}
	return s
}

func pick(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }

// iptablesRules is a random firewall for iptables-restore.
func iptablesRules(r *rand.Rand, six bool) string {
	var b strings.Builder
	if r.IntN(4) == 0 {
		b.WriteString("*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n:one - [0:0]\n-A PREROUTING -j one\n")
		to := "198.19.5.10"
		if six {
			to = "[fd00:19::10]"
		}
		for range 1 + r.IntN(3) {
			fmt.Fprintf(&b, "-A one %s %s -j %s\n", pick(r, "-p tcp -m tcp --dport 4172", "-p udp -m udp --dport 4172", "-p tcp -m multiport --dports 8200,8201:8225", "-p tcp", "-p udp"), pick(r, "", "", "-m mark --mark 0x1", "-i eth0"),
				pick(r, "REDIRECT --to-ports 9999", "REDIRECT --to-ports 9999", "REDIRECT", "REDIRECT --to-ports 8200", "DNAT --to-destination "+to+":9999", "DNAT --to-destination "+strings.Trim(to, "[]"), "DNAT --to-destination :9999", "REDIRECT --to-ports 8201-8202", "ACCEPT", "RETURN"))
		}
		b.WriteString("COMMIT\n")
	}
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
		targets := []string{"ACCEPT", "ACCEPT", "DROP", "DROP", "RETURN", "", "MARK --set-xmark 0x1/0xffffffff", "MARK --set-xmark 0x10/0x10", "MARK --set-xmark 0x1/0x0", "CONNMARK --set-xmark 0x1/0xffffffff", "CONNMARK --save-mark", "CONNMARK --restore-mark", "CONNMARK --restore-mark --nfmask 0xff --ctmask 0x1", "CONNMARK --set-xmark 0x2/0x2"}
		if r.IntN(3) == 0 {
			targets = append(targets, "NFQUEUE --queue-num 7", "NFQUEUE --queue-num 7 --queue-bypass", "NFQUEUE --queue-balance 7:9 --queue-bypass")
		}
		if r.IntN(12) == 0 { // one that a program listens to: what becomes of packets it alone knows
			targets = append(targets, "NFQUEUE --queue-num 1", "NFQUEUE --queue-num 1 --queue-bypass")
		}
		if table == "raw" {
			targets = append(targets, "CT --notrack", "CT --notrack", "NOTRACK")
		}
		if !six && r.IntN(4) == 0 {
			targets = append(targets, "SET --add-set filled4 src")
		}
		if table == "filter" {
			targets = append(targets, "REJECT", "REJECT --reject-with tcp-reset")
			if r.IntN(5) == 0 && r.IntN(3) > 0 {
				targets = append(targets, "SYNPROXY --sack-perm --timestamp --wscale 7 --mss 1460")
			}
		}
		visited := map[string]string{"raw": "PREROUTING", "mangle": "PREROUTING INPUT", "filter": "INPUT"}[table]
		if table != "filter" && r.IntN(2) == 0 { // most rules stand in filter
			visited = ""
		}
		if r.IntN(3) == 0 { // answers
			leaving := slices.DeleteFunc(slices.Clone(targets), func(s string) bool { return strings.HasPrefix(s, "SYNPROXY") })
			last := map[string]string{"raw": "OUTPUT", "mangle": pick(r, "OUTPUT", "POSTROUTING"), "filter": "OUTPUT"}[table]
			for range 1 + r.IntN(3) {
				b.WriteString(iptablesRule(r, last, append(leaving, "three"), six) + "\n")
			}
			b.WriteString(iptablesRule(r, "three", leaving, six) + "\n")
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
	tallies := map[string]*tally{"nft": {}, "legacy": {}}
	empty := "*raw\n:PREROUTING ACCEPT\nCOMMIT\n*mangle\n:INPUT ACCEPT\nCOMMIT\n*nat\n:INPUT ACCEPT\nCOMMIT\n*security\n:INPUT ACCEPT\nCOMMIT\n*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\nCOMMIT\n"
	w.addIPSets(t)
	w.listenToQueue(t, 1)
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
		if err := w.load("ipset", "", "flush", "filled4"); err != nil {
			t.Fatal(err)
		}
		if err := w.load(prefix+way+"-restore", rules); err != nil {
			t.Fatalf("%v\n%s", err, rules)
		}
		list := w.evaluateNFT(t, six)
		if way == "legacy" {
			list = w.evaluateLegacy(t, six)
		}
		tallies[way].add(list)
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
	for way, n := range tallies {
		n.log(t, "iptables-"+way)
		if n.sets > 30 && n.known < n.all*85/100 {
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
	if err := w.workspace.Do(func() error { s = readLegacy(t.Context(), six, w.sets(t)); return nil }); err != nil {
		t.Fatal(err)
	}
	if s == nil || len(s.problems) > 0 {
		t.Fatalf("not read: %+v", s)
	}
	var f facts
	if err := w.workspace.Do(func() error { f, _, _ = factsOf(a, &ruleset{}); return nil }); err != nil {
		t.Fatal(err)
	}
	return evaluate(s, f, a)
}
