package firewall

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"wsdoctor/probe"
)

// sets reads the sets of the namespace that the thread is in.
func (w *world) sets(t *testing.T) ipsetSource {
	t.Helper()
	sets, end := openIPSets(t.Context())
	t.Cleanup(end)
	return sets
}

// evaluateNFT reads the WorkSpace's rules and evaluates them.
func (w *world) evaluateNFT(t *testing.T, six bool) []answer {
	t.Helper()
	a := Ask{Interface: "eth0", Address: address4, Sources: asked, Ports: streaming}
	if six {
		a.Address = address6
	}
	var list []answer
	err := w.workspace.Do(func() error {
		s, err := readNFT(t.Context(), w.sets(t))
		if err != nil {
			return err
		}
		f, problems, _ := factsOf(a, s)
		s.problems = append(s.problems, problems...)
		list = evaluate(s, f, a)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// compare sends a packet to each port and reports every verdict that is not
// what became of it. What seems dropped after a short time is looked at again.
func (w *world) compare(t *testing.T, list []answer, six bool, rules string) {
	t.Helper()
	gateways := gateways4
	if six {
		gateways = gateways6
	}
	for _, from := range gateways {
		w.compareFrom(t, list, from, rules)
	}
}

func (w *world) compareFrom(t *testing.T, list []answer, from netip.Addr, rules string) {
	t.Helper()
	var got []happened
	var more []bool
	for _, p := range tested {
		more = append(more, evaluated(list, p).tellsOfLater())
	}
	if hourly.MatchString(rules) {
		for range 8 {
			w.ask(t, from, tested, more, shortWait/3)
		}
	}
	if slowly.MatchString(rules) {
		for i, p := range tested {
			time.Sleep(20 * time.Millisecond)
			got = append(got, w.ask(t, from, []endpointPort{p}, more[i:i+1], shortWait)...)
		}
	} else {
		got = w.ask(t, from, tested, more, shortWait)
	}
	for i, p := range tested {
		a := evaluated(list, p)
		if contradicts(a, got[i], rules) && (got[i].first == probe.FirewallDrop || got[i].later == probe.FirewallDrop) {
			got[i] = w.ask(t, from, []endpointPort{p}, more[i:i+1], longWait)[0]
		}
		// What earlier packets left behind (SYN-ACKs are sent again) may have used a limit up.
		for range 3 {
			if len(a.atRest) == 0 || !contradicts(a, got[i], rules) {
				break
			}
			time.Sleep(100 * time.Millisecond)
			got[i] = w.ask(t, from, []endpointPort{p}, more[i:i+1], longWait)[0]
		}
		if contradicts(a, got[i], rules) {
			t.Errorf("%v from %v: evaluated %+v, the kernel: %+v\n%s", p, from, a, got[i], rules)
		}
	}
}

// tally counts verdicts, and why those are unknown that are.
type tally struct {
	known, all, sets int
	conditional      int // of the known ones: until some hour, below a limit, or elsewhere
	counted, timed   int // of those, let in below a limit that each packet counts for, until an hour
	elsewhere        int // or to another port, where it matters who listens
	why              map[string]int
}

func (n *tally) add(list []answer) {
	n.sets++
	for _, p := range tested {
		n.all++
		a := evaluated(list, p)
		if a.verdict != probe.FirewallUnknown && a.verdict != "" {
			n.known++
			if !a.until.IsZero() || len(a.atRest) > 0 || a.redirected.IsValid() {
				n.conditional++
			}
			switch {
			case a.verdict != probe.FirewallAccept:
			case a.counted:
				n.counted++
			case !a.until.IsZero():
				n.timed++
			case a.redirected.IsValid():
				n.elsewhere++
			}
			continue
		}
		if n.why == nil {
			n.why = map[string]int{}
		}
		n.why[places.ReplaceAllString(strings.Join(a.unknown[:min(1, len(a.unknown))], ""), "")]++
	}
}

// places are where the rules stand that are told.
var places = regexp.MustCompile(`^[a-z0-9]+ [a-zA-Z0-9]+ [a-zA-Z0-9]+( handle [0-9]+)?: `)

func (n *tally) log(t *testing.T, way string) {
	t.Helper()
	t.Logf("%s: %d sets, %d of %d verdicts known, %d of them on a condition that is told, %.1f %% cannot tell", way, n.sets, n.known, n.all, n.conditional, 100*float64(n.all-n.known)/float64(max(1, n.all)))
	undecided := n.all - n.known + n.counted + n.timed + n.elsewhere
	t.Logf("%s: a report decides all but %d, %.1f %%: %d let in below a limit of packets, %d until an hour, %d to another port", way, undecided, 100*float64(undecided)/float64(max(1, n.all)), n.counted, n.timed, n.elsewhere)
	reasons := slices.SortedFunc(maps.Keys(n.why), func(a, b string) int { return n.why[b] - n.why[a] })
	for _, r := range reasons[:min(len(reasons), 12)] {
		t.Logf("  %d: %s", n.why[r], r)
	}
}

// slowly are rules whose verdict is meant for a packet that comes alone: the judge's own
// come one after the other.
var slowly = regexp.MustCompile(`limit rate (over )?(400|1000)/second|limit name|400/sec`)

// hourly are rules that few packets wear out: they are sent before it is judged.
var hourly = regexp.MustCompile(`/hour`)

// grammar makes random rule sets.
type grammar struct {
	*rand.Rand
	family string
	chains int
	silent bool // nothing may be refused
	hooks  []string
}

// only says whether all chains of the table are at some of these hooks.
func (g *grammar) only(list ...string) bool {
	return !slices.ContainsFunc(g.hooks, func(h string) bool { return !slices.Contains(list, h) })
}

// hours is a time of the day between two others, in UTC, far from now.
func hours(r *rand.Rand) (from, to time.Time) {
	now := time.Now().UTC()
	from = now.Add(time.Duration(r.IntN(20)-10)*time.Hour + 30*time.Minute).Truncate(time.Minute)
	return from, from.Add(time.Duration(1+r.IntN(8)) * time.Hour)
}

// clock is a random question for the time.
func (g *grammar) clock() string {
	from, to := hours(g.Rand)
	today, tomorrow := time.Now().UTC().Weekday(), time.Now().UTC().Add(24*time.Hour).Weekday()
	day := time.Now().UTC().Format("2006-01-02")
	return g.pick(
		fmt.Sprintf(`meta hour "%s"-"%s"`, from.Format("15:04"), to.Format("15:04")),
		fmt.Sprintf(`meta hour "%s"-"%s"`, from.Format("15:04:05"), to.Format("15:04:05")),
		fmt.Sprintf(`meta hour >= "%s"`, from.Format("15:04")), fmt.Sprintf(`meta hour < "%s"`, to.Format("15:04")), fmt.Sprintf(`meta hour != "%s"`, to.Format("15:04")),
		fmt.Sprintf(`meta day "%s"`, today), fmt.Sprintf(`meta day != "%s"`, today), fmt.Sprintf(`meta day "%s"`, tomorrow), fmt.Sprintf(`meta day { "%s", "%s" }`, today, tomorrow), `meta day { "Saturday", "Sunday" }`,
		fmt.Sprintf(`meta time > "%s 00:00:00"`, day), `meta time < "2031-01-01 00:00:00"`, `meta time "2020-01-01 00:00:00"-"2022-01-01 00:00:00"`, `meta time >= "2033-01-01 00:00:00"`,
	)
}

func (g *grammar) pick(list ...string) string { return list[g.IntN(len(list))] }

// match is one random expression.
func (g *grammar) match() string {
	list := []string{
		"tcp dport 4172", "udp dport 4172", "tcp dport != 4172", "tcp dport 8201-8250", "tcp dport 8210-8230", "tcp dport != 8200-8225", "tcp dport { 4172, 8200-8225 }",
		"tcp dport != { 4172, 8201 }", "udp dport { 4172, 8220 }", "th dport 8220", "th dport { 4000-5000, 8200 }", "tcp dport < 8200", "udp dport >= 8220", "tcp dport > 8225",
		"tcp dport @ports", "udp dport != @ports", "th dport @single", "tcp dport & 0xff00 == 0x2000", "@th,16,16 8200", "@th,16,8 0x10", "tcp sport 1024-65535", "tcp sport < 1024", "udp sport 40000-65535", "tcp sport != 1-1023",
		"tcp flags syn", "tcp flags ack", "tcp flags & (fin|syn|rst|ack) == syn", "tcp flags & (fin|syn|rst|ack) != syn", "tcp flags != syn",
		"meta l4proto tcp", "meta l4proto != tcp", "meta l4proto { tcp, icmp }", "meta l4proto udp", "meta protocol ip", "meta protocol ip6",
		`iifname "eth0"`, `iifname "eth1"`, `iifname "eth*"`, `iifname != "lo"`, `iifname { "lo", "eth0" }`, "iif eth0", "iif != lo", "iiftype ether",
		"meta mark 0", "meta mark != 0", "meta mark & 0xf == 0x1", "meta mark < 10", "meta pkttype host", "meta pkttype { broadcast, multicast }", "numgen random mod 2 0", "numgen random mod 1 0", "numgen inc mod 4 offset 8 < 3",
		"limit rate 1/hour burst 2 packets", "limit rate over 1000/second", "meta length > 40", "counter",
		"meta l4proto . th dport @flows", "meta l4proto . th dport != @flows", "meta l4proto . th dport { tcp . 4172, udp . 8200-8230 }", "meta l4proto . th dport { tcp . 8201-8225, udp . 4172 }", "meta l4proto . th sport { tcp . 4172, udp . 4172 }",
		"th dport . meta l4proto @reverse", "iifname . meta l4proto { \"eth0\" . tcp, \"eth1\" . udp }", "meta l4proto vmap { tcp : continue, udp : return }",
		"tcp sport 4172", "udp sport 4172", "tcp sport { 8200-8225, 4172 }", "th sport @ports", "udp sport != 4172", "tcp flags & (syn|ack) == syn|ack",
		`oifname "eth0"`, `oifname != "eth0"`, "oif eth0",
	}
	list = append(list, g.clock(), g.clock(), g.clock(),
		"meta mark 0x1", "meta mark 0x1", "meta mark 0x10-0x1f", "meta mark { 0x1, 0x10, 0x20-0x2f }", "meta mark & 0x10 == 0x10", "meta mark & 0x10 == 0x0", "meta mark . th dport { 0x1 . 4172, 0x2 . 8200-8250 }", "meta mark != 0x1",
		"limit rate 400/second burst 5 packets", "limit rate over 400/second burst 5 packets", "quota over 100 mbytes", "quota until 100 mbytes", "quota over 20 bytes", "quota 10 bytes",
		`limit name "shared"`, `limit name "often"`, `quota name "spent"`, `quota name "room"`)
	if g.family != "netdev" {
		list = append(list, "ct mark 1", "ct mark 0x1", "ct mark & 2 == 2", "ct mark != 0", "ct mark { 1, 3 }", "ct state untracked", "ct status dnat", "ct state { invalid, untracked }", "ct direction reply ct mark 1",
			"ct count over 50000", "ct count 50000", "ct count over 0")
		if g.only("input", "prerouting") {
			list = append(list, "fib saddr . iif oif exists", "fib saddr . iif oif missing", "fib saddr oif exists", "fib saddr . mark . iif oif missing", "fib saddr . iif oif eth0", `fib saddr . iif oifname "eth0"`, `fib saddr oifname != "eth0"`)
		}
	}
	if g.family == "ip" || g.family == "inet" {
		list = append(list, "ip saddr @seen", "add @seen { ip saddr }", "ip saddr @blocked")
		if g.family == "ip" {
			list = append(list, "update @rates { ip saddr limit rate over 400/second burst 5 packets }")
		}
	}
	if g.family != "netdev" {
		list = append(list, "ct state new", "ct state established,related", "ct state != new", "ct state invalid", "ct state { new, untracked }", "ct state { established, related }", "ct status dnat", "ct mark 0", "ct direction original", "ct direction reply", "ct status seen-reply", "ct status expected", "ct status != 0", "meta l4proto tcp ct original proto-dst 4172",
			"fib daddr type local", "fib daddr type != local", "fib saddr type local", "fib saddr type { broadcast, multicast }", "fib daddr . iif type local")
	}
	if g.family != "ip6" {
		list = append(list, "ip saddr 198.19.0.0/16", "ip saddr 198.19.1.0/24", "ip saddr != 198.19.0.0/16", "ip saddr 198.16.0.0/12", "ip saddr { 198.19.0.0/17, 198.19.128.0/17 }", "ip saddr @nets", "ip saddr != @nets", "ip daddr 198.19.5.10", "ip daddr != 198.19.5.10", "ip daddr 198.19.0.0/16", "ip saddr . ip daddr . meta l4proto . th dport { 198.19.0.0/16 . 198.19.5.10 . tcp . 4172, 10.0.0.0/8 . 198.19.5.10 . udp . 1-65535 }", "meta l4proto . ip daddr . th dport @three",
			"ip saddr 198.19.0.0-198.19.255.255", "ip saddr 198.19.200.7", "ip protocol tcp", "ip protocol != udp", "ip ttl 64", "ip dscp cs0", "ip frag-off & 0x1fff != 0", "ip saddr . tcp dport @pairs", "ip daddr . th dport { 198.19.5.10 . 4172, 198.19.5.10 . 8200-8210 }", "meta l4proto . th dport { tcp . 4172, udp . 8220 }", "ip version 4")
	}
	if g.family != "ip" {
		list = append(list, "ip6 saddr fd00:19::/64", "ip6 saddr fd00:19::1", "ip6 saddr != fd00:19::/32", "ip6 daddr fd00:19::10", "ip6 saddr { fd00:19::/65, fe80::/10 }", "ip6 nexthdr tcp", "ip6 hoplimit 64", "exthdr frag exists", "ip6 saddr fd00:19::-fd00:19::ff")
	}
	if g.family == "inet" {
		list = append(list, "meta nfproto ipv4", "meta nfproto ipv6")
	}
	return list[g.IntN(len(list))]
}

// rule is one random rule in a chain; jumps lead only to later chains.
func (g *grammar) rule(chain int) string {
	var words []string
	other := g.pick("tcp", "udp") // nft refuses rules that ask for both
	for range g.IntN(3) {
		if m := g.match(); !strings.Contains(m, other) {
			words = append(words, m)
		}
	}
	verdicts := []string{"accept", "accept", "drop", "drop", "return", "continue", "reject", "counter", "meta mark set 0x1", "counter accept", "meta mark set 0x10", "meta mark set meta mark | 0x10", "meta mark set meta mark & 0xf", "meta mark set meta mark ^ 0x11", "meta mark set 0x1 accept",
		"meta mark vmap { 0x1 : accept, 0x2 : drop, 0x10-0x1f : return }", "meta mark set th dport map { 4172 : 0x1, 8200 : 0x2, 8201 : 0x10 }"}
	if g.family != "netdev" {
		verdicts = append(verdicts, "ct mark set 1", "ct mark set meta mark", "meta mark set ct mark", "ct mark set ct mark | 2", "ct mark set 3 meta mark set 0x1 return", "ct mark vmap { 1 : drop, 3 : accept }")
		if g.only("prerouting", "output") {
			verdicts = append(verdicts, "notrack", "notrack", "notrack accept", "notrack meta mark set 0x1")
		}
		if g.only("input") && g.IntN(3) == 0 {
			verdicts = append(verdicts, "synproxy mss 1460 wscale 7")
		}
	}
	if g.family != "netdev" && other == "udp" {
		verdicts = append(verdicts, "reject with tcp reset")
	}
	if g.family == "inet" {
		verdicts = append(verdicts, "reject with icmpx port-unreachable", "reject with icmpx admin-prohibited")
	}
	for to := chain + 1; to < g.chains; to++ {
		verdicts = append(verdicts, fmt.Sprintf("jump c%d", to), fmt.Sprintf("goto c%d", to), fmt.Sprintf("jump c%d", to),
			fmt.Sprintf("tcp dport vmap { 4172 : jump c%d, 8201-8225 : drop, 8250 : accept }", to), fmt.Sprintf(`iifname vmap { "lo" : accept, "eth0" : goto c%d }`, to))
	}
	verdicts = append(verdicts, "th dport vmap { 4172 : accept, 8220 : return, 8200-8210 : drop }", "meta l4proto vmap { tcp : return, udp : continue }", "meta l4proto . th dport vmap @byflow", "meta l4proto . th dport vmap { tcp . 4172 : accept, udp . 4172 : drop }", "tcp dport vmap @verdicts")
	if g.silent {
		verdicts = slices.DeleteFunc(verdicts, func(v string) bool { return strings.HasPrefix(v, "reject") })
	}
	v := verdicts[g.IntN(len(verdicts))]
	if strings.HasPrefix(v, other) {
		v = "counter"
	}
	if g.IntN(12) == 0 && v != "meta mark set 0x1" {
		words = append(words, "limit rate 5/hour")
	}
	return strings.Join(append(words, v), " ")
}

// table is a random table with its chains and sets.
func (g *grammar) table(name string) string {
	g.family = g.pick("inet", "inet", "ip", "ip6", "netdev")
	if g.family == "netdev" && g.IntN(2) == 0 {
		g.family = "inet"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "table %s %s {\n", g.family, name)
	b.WriteString("set ports { type inet_service; flags interval; elements = { 4100-4200, 8201, 8220-8230 }; }\n")
	b.WriteString("set single { type inet_service; elements = { 4172, 8200, 8220 }; }\n")
	b.WriteString("set nets { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 198.19.128.0/17, 203.0.113.7 }; }\n")
	b.WriteString("set pairs { type ipv4_addr . inet_service; flags interval; elements = { 198.19.0.0/16 . 4172, 198.19.128.0/17 . 8200-8210, 10.0.0.0/8 . 4489 }; }\n")
	b.WriteString("set flows { type inet_proto . inet_service; flags interval; elements = { tcp . 4172, udp . 4172, tcp . 8200-8225 }; }\n")
	b.WriteString("set reverse { type inet_service . inet_proto; flags interval; elements = { 4000-4500 . tcp, 8220 . udp }; }\n")
	b.WriteString("set three { type inet_proto . ipv4_addr . inet_service; flags interval; elements = { tcp . 198.19.5.0/24 . 4172, udp . 198.19.0.0/16 . 8200-8250 }; }\n")
	if g.family == "ip" || g.family == "inet" {
		b.WriteString("set seen { type ipv4_addr; flags dynamic; size 100; }\n")
		b.WriteString("set rates { type ipv4_addr; flags dynamic; size 100; }\n")
		b.WriteString("set blocked { type ipv4_addr; flags timeout; timeout 1h; elements = { 203.0.113.7, 198.19.1.1 timeout 30m }; }\n")
	}
	b.WriteString("limit shared { rate over 400/second burst 5 packets; }\nlimit often { rate 400/second burst 5 packets; }\nquota spent { over 10 bytes; }\nquota room { over 100 mbytes; }\n")
	b.WriteString("map byflow { type inet_proto . inet_service : verdict; flags interval; elements = { tcp . 4172 : drop, tcp . 8200-8225 : accept, udp . 1-65535 : return }; }\n")
	b.WriteString("map verdicts { type inet_service : verdict; flags interval; elements = { 4172 : drop, 8200-8225 : accept, 8226-8250 : return }; }\n")
	hooks := make([]string, 1+g.IntN(2))
	g.silent = false
	for i := range hooks {
		hooks[i] = g.pick("input", "input", "input", "prerouting", "output", "postrouting")
		if g.family == "netdev" {
			hooks[i] = g.pick("ingress", "ingress", "egress")
		}
		g.silent = g.silent || hooks[i] == "postrouting" || hooks[i] == "egress" // where nothing may be refused
	}
	g.hooks = hooks
	g.chains = 1 + g.IntN(4)
	for i := g.chains - 1; i >= 0; i-- {
		fmt.Fprintf(&b, "chain c%d {\n", i)
		rules := 1 + g.IntN(4)
		for range rules {
			fmt.Fprintf(&b, "\t%s\n", g.rule(i))
		}
		b.WriteString("}\n")
	}
	for i, hook := range hooks {
		priority := g.pick("-300", "-150", "-100", "0", "0", "10", "100")
		policy := g.pick("accept", "accept", "drop")
		if g.family == "netdev" {
			hook, policy = hook+" device eth0", "accept"
		}
		fmt.Fprintf(&b, "chain base%d { type filter hook %s priority %s; policy %s;\n", i, hook, priority, policy)
		for range g.IntN(3) {
			fmt.Fprintf(&b, "\t%s\n", g.rule(0))
		}
		fmt.Fprintf(&b, "\t%s c0\n", g.pick("jump", "goto"))
		if g.IntN(2) == 0 {
			fmt.Fprintf(&b, "\t%s\n", g.rule(0))
		}
		b.WriteString("}\n")
	}
	b.WriteString("}\n")
	return b.String()
}

// translations is a table that sends packets elsewhere.
func (g *grammar) translations() string {
	g.family = g.pick("inet", "ip")
	ip := ""
	if g.family == "inet" {
		ip = " ip"
	}
	g.hooks, g.chains, g.silent = []string{"prerouting"}, 0, true
	var b strings.Builder
	fmt.Fprintf(&b, "table %s moved {\n", g.family)
	for i := range 1 + g.IntN(2) {
		fmt.Fprintf(&b, "chain nat%d { type nat hook prerouting priority %s; policy accept;\n", i, g.pick("-100", "-100", "-90"))
		for range 1 + g.IntN(3) {
			match := g.pick("tcp dport 4172", "udp dport 4172", "th dport { 4172, 8200 }", "tcp dport 8201-8225", "meta l4proto { tcp, udp }", "ip saddr 198.19.1.1 meta l4proto tcp", "meta mark 0x1 meta l4proto { tcp, udp }", "udp dport 8220")
			if strings.Contains(match, "th dport") {
				match = "meta l4proto { tcp, udp } " + match
			}
			fmt.Fprintf(&b, "\t%s %s\n", match, g.pick("redirect to :9999", "redirect to :9999", "redirect to :8200", "redirect", "dnat"+ip+" to 198.19.5.10:9999", "dnat"+ip+" to 198.19.5.10", "redirect to :8201-8202", "accept", "return", "counter"))
		}
		b.WriteString("}\n")
	}
	if g.IntN(2) == 0 {
		fmt.Fprintf(&b, "chain later { type filter hook %s priority %s; policy accept;\n", g.pick("input", "output", "postrouting", "prerouting"), g.pick("-150", "0", "100", "150"))
		for range 1 + g.IntN(2) {
			fmt.Fprintf(&b, "\t%s %s\n", g.pick("tcp dport 9999", "th dport 9999", "th sport 9999", "ct status dnat", "tcp sport 4172", "udp dport 4172", "ct original proto-dst 4172"), g.pick("drop", "accept", "drop"))
		}
		b.WriteString("}\n")
	}
	b.WriteString("}\n")
	return strings.ReplaceAll(b.String(), "\tct original", "\tmeta l4proto tcp ct original")
}

// How many rule sets are tried, and where the seeds begin.
var (
	rulesets = flag.Int("rulesets", 100, "hold that many random rule sets of nft against the kernel, and nearly as many of iptables")
	seed     = flag.Uint64("rulesets-seed", 20, "the seed of the random rule sets")
)

// testRandom compares random rule sets with the kernel: the evaluator may say
// that it does not know, but must never say what does not happen, and must know
// most of the time.
func testRandom(t *testing.T, w *world) {
	var n tally
	refused := 0
	for i := range *rulesets {
		g := &grammar{Rand: rand.New(rand.NewPCG(*seed, uint64(i)))}
		rules := g.table("one")
		if g.IntN(2) == 0 {
			rules += g.table("two")
		}
		if g.IntN(5) == 0 {
			rules += g.translations()
		}
		w.flush(t)
		if err := w.load("nft", rules, "-f", "-"); err != nil {
			refused++
			if refused < 8 {
				t.Logf("refused: %.300v", err)
			}
			continue
		}
		six := g.IntN(3) == 0
		list := w.evaluateNFT(t, six)
		n.add(list)
		w.compare(t, list, six, rules)
		if t.Failed() {
			t.Fatalf("rule set %d of seed %d", i, *seed)
		}
	}
	n.log(t, fmt.Sprintf("nft, which refused %d", refused))
	if refused > *rulesets/4 || n.sets > 30 && n.known < n.all*85/100 {
		t.Error("too few rule sets or too few verdicts to prove anything")
	}
}
