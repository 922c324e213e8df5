package firewall

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"wsdoctor/internal/lab/netns"
	"wsdoctor/probe"
)

// told is the part of an observation that a reader sees.
func told(list []probe.Observation) (out []string) {
	for _, o := range list {
		d := o.Detail.(probe.FirewallDetail)
		line := fmt.Sprintf("%s %s %s %s %s %d-%d %s", d.Engine, o.Target, o.Outcome, o.Failure, d.Verdict, d.First, d.Last, d.Rule)
		if d.Manager != "" {
			line += " by " + d.Manager
		}
		if len(d.Unknown) > 0 {
			line += " unknown: " + strings.Join(d.Unknown, "; ")
		}
		out = append(out, line)
	}
	return out
}

// lookIn calls Look on the thread of a namespace.
func lookIn(t *testing.T, s *netns.Space, a Ask) (list []probe.Observation, gaps []string) {
	t.Helper()
	if err := s.Do(func() error { list, gaps = Look(t.Context(), a); return nil }); err != nil {
		t.Fatal(err)
	}
	return list, gaps
}

// ufwLayout is how ufw writes its rules, shortened.
const ufwLayout = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:ufw-before-input - [0:0]
:ufw-user-input - [0:0]
:ufw-after-input - [0:0]
:ufw-not-local - [0:0]
:ufw-logging-deny - [0:0]
-A INPUT -j ufw-before-input
-A INPUT -j ufw-after-input
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -m conntrack --ctstate INVALID -j ufw-logging-deny
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
-A ufw-before-input -p icmp -m icmp --icmp-type 8 -j ACCEPT
-A ufw-before-input -j ufw-not-local
-A ufw-before-input -d 224.0.0.251/32 -p udp -m udp --dport 5353 -j ACCEPT
-A ufw-before-input -j ufw-user-input
-A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN
-A ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN
-A ufw-not-local -m addrtype --dst-type BROADCAST -j RETURN
-A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j ufw-logging-deny
-A ufw-not-local -j DROP
-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT
-A ufw-user-input -i eth0 -p tcp -m tcp --dport 8200 -j ACCEPT
COMMIT
`

func testLook(t *testing.T, w *world) {
	a := Ask{Interface: "eth0", Address: address4, Sources: asked, Ports: streaming}
	t.Run("no rules", func(t *testing.T) {
		w.flush(t)
		list, gaps := lookIn(t, w.workspace, a)
		for _, o := range list {
			if d := o.Detail.(probe.FirewallDetail); o.Outcome != probe.OK || d.Engine == engineNFT && d.Verdict != probe.FirewallOff || o.Step != "host" || o.Endpoint != "workspace-firewall" || o.Start.IsZero() {
				t.Errorf("%+v", o)
			}
		}
		if len(gaps) != 0 || len(list) < 4 {
			t.Errorf("%d observations, gaps %q", len(list), gaps)
		}
	})
	t.Run("ufw by iptables-nft", func(t *testing.T) {
		w.flush(t)
		if err := w.load("iptables-nft-restore", ufwLayout); err != nil {
			t.Fatal(err)
		}
		list, _ := lookIn(t, w.workspace, a)
		var got []string
		for _, line := range told(list) {
			if strings.HasPrefix(line, engineNFT) {
				got = append(got, line)
			}
		}
		const denied = "firewall_denied drop "
		const rule = " ip filter INPUT: policy drop by ufw"
		want := []string{
			"nftables 198.19.5.10:4172/tcp failed " + denied + "4172-4172" + rule,
			"nftables 198.19.5.10:4489/tcp failed " + denied + "4489-4489" + rule,
			`nftables 198.19.5.10:8200/tcp ok  accept 8200-8200 ip filter ufw-user-input handle 25: iifname "eth0" tcp dport 8200 accept by ufw`,
			"nftables 198.19.5.10:8201/tcp failed " + denied + "8201-8250" + rule,
			"nftables 198.19.5.10:4172/udp failed " + denied + "4172-4172" + rule,
			"nftables 198.19.5.10:8220/udp failed " + denied + "8220-8220" + rule,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		w.compare(t, w.evaluateNFT(t, false), false, ufwLayout)
		w.flush(t)
	})
	t.Run("both engines", func(t *testing.T) {
		if err := w.load("iptables-legacy-restore", "*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n-A INPUT -p tcp --dport 8201:8250 -j REJECT\nCOMMIT\n"); err != nil {
			t.Fatal(err)
		}
		if err := w.load("nft", in("accept", "tcp dport 4172 drop"), "-f", "-"); err != nil {
			t.Fatal(err)
		}
		list, gaps := lookIn(t, w.workspace, a)
		got := strings.Join(told(list), "\n")
		for _, want := range []string{
			"nftables 198.19.5.10:4172/tcp failed firewall_denied drop 4172-4172 inet filter input handle 2: tcp dport 4172 drop",
			"iptables 198.19.5.10:8201/tcp failed firewall_denied reject 8201-8250 ip filter INPUT: -A INPUT -p tcp -m tcp --dport 8201:8250 -j REJECT --reject-with icmp-port-unreachable",
			"iptables 198.19.5.10:4172/tcp ok  accept 4172-4172 ip filter INPUT: policy accept",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("not told: %s\nin\n%s", want, got)
			}
		}
		if len(gaps) != 0 {
			t.Errorf("gaps %q", gaps)
		}
		stored, err := json.Marshal(list)
		var back []probe.Observation
		if err != nil || json.Unmarshal(stored, &back) != nil || len(back) != len(list) {
			t.Errorf("cannot be stored: %v", err)
		}
	})
	t.Run("one engine marks, the other asks", func(t *testing.T) {
		if err := w.load("iptables-legacy-restore", "*mangle\n:PREROUTING ACCEPT\n-A PREROUTING -p tcp --dport 4172 -j MARK --set-mark 1\nCOMMIT\n*nat\n:PREROUTING ACCEPT\n:POSTROUTING ACCEPT\n-A PREROUTING -p tcp --dport 4489 -j REDIRECT --to-ports 9999\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n*filter\n:INPUT ACCEPT\nCOMMIT\n"); err != nil {
			t.Fatal(err)
		}
		if err := w.load("nft", "flush ruleset\n"+in("accept", "meta mark 1 drop", "tcp dport 4489 drop"), "-f", "-"); err != nil {
			t.Fatal(err)
		}
		list, _ := lookIn(t, w.workspace, a)
		got := strings.Join(told(list), "\n")
		for _, want := range []string{
			"nftables 198.19.5.10:4172/tcp skipped unsupported unknown 4172-4172 inet filter input handle 2: meta mark 1 drop unknown: inet filter input handle 2: meta mark 1",
			"rules of iptables may send the packet elsewhere",
			"iptables 198.19.5.10:4489/tcp skipped unsupported unknown 4489-4489 ip nat PREROUTING: -A PREROUTING -p tcp -m tcp --dport 4489 -j REDIRECT --to-ports 9999 unknown: packets are sent on to 198.19.5.10:9999",
			"iptables 198.19.5.10:4172/tcp ok  accept 4172-4172",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("not told: %s\nin\n%s", want, got)
			}
		}
		i := slices.IndexFunc(list, func(o probe.Observation) bool {
			d := o.Detail.(probe.FirewallDetail)
			return d.Engine == engineLegacy && d.First == 4489
		})
		if d := list[i].Detail.(probe.FirewallDetail); d.Redirected == nil || d.Redirected.Port != 9999 || d.Redirected.Address != address4 {
			t.Errorf("%+v", d.Redirected)
		}
		if err := w.load("iptables-legacy-restore", "*mangle\n:PREROUTING ACCEPT\nCOMMIT\n*nat\n:PREROUTING ACCEPT\nCOMMIT\n*filter\n:INPUT ACCEPT\nCOMMIT\n"); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("the older engine without its program", func(t *testing.T) {
		dirs := legacyDirs
		defer func() { legacyDirs = dirs }()
		legacyDirs = []string{filepath.Join(t.TempDir(), "none")}
		list, gaps := lookIn(t, w.workspace, a)
		if got := strings.Join(told(list), "\n"); !strings.Contains(got, "iptables 198.19.5.10:4172/tcp skipped unsupported unknown") || len(gaps) != 1 {
			t.Errorf("%s\n%q", got, gaps)
		}
	})
	t.Run("an interface that is part of another", func(t *testing.T) {
		if err := w.load("ip", "", "link", "add", "br0", "type", "bridge"); err != nil {
			t.Fatal(err)
		}
		for _, args := range []string{"link add port7 type veth peer name port8", "link set port7 master br0"} {
			if err := w.load("ip", "", strings.Fields(args)...); err != nil {
				t.Fatal(err)
			}
		}
		b := a
		b.Interface = "port7"
		list, _ := lookIn(t, w.workspace, b)
		if got := strings.Join(told(list), "\n"); !strings.Contains(got, "unknown: port7 is part of another interface") {
			t.Error(got)
		}
	})
	t.Run("many rules", func(t *testing.T) { testMany(t, w, a) })
	t.Run("an ordinary user", func(t *testing.T) {
		poor, err := netns.New("poor")
		if err != nil {
			t.Fatal(err)
		}
		defer poor.Close()
		if err := poor.Do(func() error {
			header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
			var none [2]unix.CapUserData
			return unix.Capset(&header, &none[0])
		}); err != nil {
			t.Fatal(err)
		}
		list, gaps := lookIn(t, poor, a)
		if len(list) != 1 || len(gaps) != 1 || !strings.Contains(gaps[0], "sudo wsdoctor inside") {
			t.Fatalf("%q, gaps %q", told(list), gaps)
		}
		d := list[0].Detail.(probe.FirewallDetail)
		if o := list[0]; o.Outcome != probe.Skipped || o.Failure != probe.PermissionDenied || d.Verdict != probe.FirewallUnknown || d.Repeat != "sudo wsdoctor inside" || o.Target != "198.19.5.10" {
			t.Errorf("%+v", o)
		}
	})
}

// testMany reads a large firewall, with a set of many addresses, whole.
func testMany(t *testing.T, w *world, a Ask) {
	w.flush(t)
	var elements []string
	for i := range 65536 {
		elements = append(elements, netip.AddrFrom4([4]byte{203, byte(i >> 8), byte(i), 1}).String())
	}
	var rules strings.Builder
	fmt.Fprintf(&rules, "table inet filter { set blocked { type ipv4_addr; elements = { %s }; }\nchain input { type filter hook input priority 0; policy drop;\n", strings.Join(elements, ", "))
	for i := range maxRules - 100 {
		fmt.Fprintf(&rules, "ip saddr 10.%d.%d.0/24 tcp dport %d accept\n", i/256, i%256, 4000+i%500)
	}
	rules.WriteString("ip saddr @blocked drop\ntcp dport { 4172, 4489, 8200-8225 } accept\n}\n}\n")
	if err := w.load("nft", rules.String(), "-f", "-"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	list, _ := lookIn(t, w.workspace, a)
	t.Logf("looked at in %v", time.Since(began))
	if got := strings.Join(told(list), "\n"); !strings.Contains(got, "accept 8200-8225") || !strings.Contains(got, "drop 8226-8250") {
		t.Error(got)
	}
	runtime.KeepAlive(w)
	w.flush(t)
	var more strings.Builder
	more.WriteString("table inet filter { chain input { type filter hook input priority 0; policy accept;\n")
	for i := range 5 * maxRules {
		fmt.Fprintf(&more, "ip saddr 10.%d.%d.0/24 tcp dport %d accept\n", i/256, i%256, 4000+i%500)
	}
	more.WriteString("}\n}\n")
	if err := w.load("nft", more.String(), "-f", "-"); err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	list, gaps := lookIn(t, w.workspace, a)
	t.Logf("%d rules: looked at in %v", 5*maxRules, time.Since(began))
	if got := strings.Join(told(list), "\n"); !strings.Contains(got, "nftables 198.19.5.10:4172/tcp skipped unsupported unknown 4172-4172  unknown: more than 10000 rules") || len(gaps) != 1 {
		t.Errorf("%s\n%q", got, gaps)
	}
	w.flush(t)
	testLargeIPSet(t, w, a)
}

// testLargeIPSet asks for a set of as many addresses as ip_set takes by itself.
func testLargeIPSet(t *testing.T, w *world, a Ask) {
	var set strings.Builder
	set.WriteString("create large4 hash:ip\n")
	for i := range 65536 {
		fmt.Fprintf(&set, "add large4 203.%d.%d.1\n", i>>8, i&255)
	}
	if err := w.load("ipset", set.String(), "restore"); err != nil {
		t.Fatal(err)
	}
	const rules = "*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n-A INPUT -m set --match-set large4 src -j DROP\n-A INPUT -p tcp -m set ! --match-set large4 src --dport 4172 -j DROP\nCOMMIT\n"
	for _, program := range []string{"iptables-nft-restore", "iptables-legacy-restore"} {
		if err := w.load(program, rules); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		list, gaps := lookIn(t, w.workspace, a)
		t.Logf("a set of 65,536 addresses: looked at in %v", time.Since(began))
		got := strings.Join(told(list), "\n")
		if !strings.Contains(got, "198.19.5.10:4172/tcp failed firewall_denied drop 4172-4172") || !strings.Contains(got, "198.19.5.10:8200/tcp ok  accept 8200-8250") || len(gaps) != 0 {
			t.Errorf("%s\n%q", got, gaps)
		}
		w.flush(t)
	}
	if err := w.load("iptables-legacy-restore", "*filter\n:INPUT ACCEPT\nCOMMIT\n"); err != nil {
		t.Fatal(err)
	}
}
