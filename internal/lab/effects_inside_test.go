//go:build linux

package lab

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// seen is what a fault of a WorkSpace's world must look like from a place.
type seen struct {
	from   Place // empty: the WorkSpace
	checks []check
}

// insideEffect is a world and what it looks like from several places.
type insideEffect struct {
	name     string
	scenario Scenario
	seen     []seen
}

// What a streaming gateway sees of eth0, and what the WorkSpace sees.
const (
	at4172  = eth0IP + ":4172"
	at8200  = eth0IP + ":8200"
	at8201  = eth0IP + ":8201"
	at8220  = eth0IP + ":8220"
	dc1LDAP = dc1IP + ":389"
)

func fromGateway(c ...check) seen { return seen{Management, c} }
func fromInside(c ...check) seen  { return seen{"", c} }

// What a gateway sees of a WorkSpace that lets it in, and of one that does not.
var (
	pcoipOpen   = []check{{"tcp " + at4172, "ok"}, {"tcp " + at8200, "ok"}, {"whoami-udp " + at4172, "pcoip-agent"}}
	dcvOpen     = []check{{"tcp " + at8201, "ok"}, {"tcp " + at8200, "ok"}, {"whoami-udp " + at8220, "dcvserver"}}
	pcoipClosed = []check{{"tcp " + at4172, "silence"}, {"whoami-udp " + at4172, "silence"}}
)

// insideFault is an effect of faults on a PCoIP WorkSpace.
func insideFault(name string, faults []Fault, seen ...seen) insideEffect {
	return insideEffect{name, Scenario{Faults: faults}, seen}
}

var insideEffects = []insideEffect{
	{"healthy PCoIP", Scenario{}, []seen{
		fromGateway(append(slices.Clone(pcoipOpen), check{"tcp " + eth0IP + ":4489", "ok"}, check{"tcp " + at8201, "ECONNREFUSED"}, check{"tcp-from " + gatewayFar + " " + at4172, "ok"})...),
		fromInside(
			check{"whoami", "65534 65534"},
			check{"show /etc/resolv.conf", `search us-east-1\.compute\.internal\|options .*\|nameserver 10\.60\.2\.10\|nameserver 10\.60\.3\.10\|`},
			check{"show /etc/krb5.conf", `.*default_realm = CORP\.EXAMPLE\.COM\|.*`},
			check{"show /etc/systemd/system/skylight-agent.service", `\[Unit\].*`},
			check{"show /etc/hosts", `127\.0\.0\.1 localhost.*`},
			check{"route 8.8.8.8", primaryLink}, check{"route " + metadataIP, managementLink}, check{"route " + gatewayFar, managementLink}, check{"route " + gatewayNear, managementLink},
			check{"metadata", "200 .*instance-id.*"}, check{"metadata-clock", "0m"}, check{"tcp " + kms1 + ":1688", "ok"}, check{"tcp " + kms2 + ":1688", "ok"},
			check{"resolve " + brokerHost, `52\.119\.198\.10`}, check{"get " + broker, "200  healthy"}, check{"get http://" + checkipHost + "/", "200  " + natIP},
			check{"dns udp " + dc1IP + " _ldap._tcp." + domain + " SRV", `NOERROR .*389 dc1.*389 dc2.*`},
			check{"dns tcp " + dc2IP + " _ldap._tcp.dc._msdcs." + domain + " SRV", `NOERROR .*389 dc1.*389 dc2.*`},
			check{"dns udp " + dc2IP + " " + brokerHost + " A", `NOERROR 52\.119\.198\.10`},
			check{"dns udp " + vpcDNS + " _ldap._tcp." + domain + " SRV", "NXDOMAIN"},
			check{"ldap " + dc1LDAP, `dc1\.corp\.example\.com 0m`}, check{"ldap " + dc2IP + ":389", `dc2\.corp\.example\.com 0m`}, check{"ntp " + dc1IP + ":123", "0m"},
			check{"tcp " + dc1IP + ":88", "ok"}, check{"tcp " + dc2IP + ":445", "ok"}, check{"tcp " + dc1IP + ":3268", "ok"}, check{"tcp " + dc1IP + ":80", "ECONNREFUSED"},
			check{"tcp " + at4172, "ok"}, check{"tcp " + at8200, "ok"},
			check{"sh systemctl show --no-pager --property=Id,ActiveState,UnitFileState pcoip-agent.service nosuch.service", `Id=pcoip-agent\.service\|ActiveState=active\|UnitFileState=enabled\|\|Id=nosuch\.service\|ActiveState=inactive\|UnitFileState=\|`},
			check{"sh cat /proc/$(systemctl show -p MainPID skylight-agent | cut -d= -f2)/comm", `skylight-agent\|`},
		),
	}},
	{"healthy DCV", Scenario{Protocol: "dcv"}, []seen{
		fromGateway(append(slices.Clone(dcvOpen), check{"tcp " + at4172, "ECONNREFUSED"})...),
		fromInside(check{"sh cat /proc/$(systemctl show -p MainPID dcvserver.service | cut -d= -f2)/comm", `dcvserver\|`}, check{"whoami-udp " + at8220, "dcvserver"}),
	}},
	insideFault("session", []Fault{{Kind: Session, Ports: pcoip}}, fromInside(check{"connected " + at4172, "1 from " + gatewayNear}), fromGateway(pcoipOpen...)),

	insideFault("eth0 down", []Fault{{Kind: LinkDown, Interface: managementLink}}, fromGateway(check{"tcp " + at4172, "silence|EHOSTUNREACH"}), fromInside(check{"metadata", "silence|ENETUNREACH|EHOSTUNREACH"}, check{"get " + broker, "200  healthy"})),
	insideFault("eth0 missing", []Fault{{Kind: NoLink, Interface: managementLink}}, fromGateway(check{"tcp " + at4172, "ENETUNREACH"}), fromInside(check{"sh ls /sys/class/net", `eth1\|lo\|`}, check{"get " + broker, "200  healthy"})),
	insideFault("eth0 without carrier", []Fault{{Kind: NoCarrier, Interface: managementLink}}, fromInside(check{"show /sys/class/net/eth0/carrier", `0\|`}, check{"metadata", "silence|EHOSTUNREACH"}, check{"get " + broker, "200  healthy"})),
	insideFault("eth0 without address", []Fault{{Kind: NoLease, Interface: managementLink}}, fromGateway(check{"tcp " + at4172, "silence|EHOSTUNREACH"}), fromInside(check{"get " + broker, "200  healthy"})),
	insideFault("eth0 outside the range", []Fault{{Kind: Readdress, Interface: managementLink, Network: "100.64.7.20/20"}}, fromGateway(check{"tcp " + at4172, "silence|EHOSTUNREACH"}), fromInside(check{"tcp 100.64.7.20:4172", "ok"}, check{"get " + broker, "200  healthy"})),
	insideFault("default route through eth0", []Fault{{Kind: DefaultVia, Interface: managementLink, Addresses: addrs(eth0Gateway)}}, fromInside(check{"route 8.8.8.8", managementLink}, check{"dns udp " + dc1IP + " " + domain + " A", "silence|E.*"}), fromGateway(pcoipOpen...)),
	insideFault("no metadata route", []Fault{{Kind: NoRoute, Network: metadataIP + "/32"}}, fromInside(check{"route " + metadataIP, primaryLink}, check{"metadata", "silence|E.*"}), fromGateway(pcoipOpen...)),
	insideFault("metadata discarded by a route", []Fault{{Kind: Blackhole, Where: Workspace, Addresses: addrs(metadataIP)}}, fromInside(check{"metadata", "EINVAL"})),
	insideFault("container bridge over eth0's network", []Fault{{Kind: Overlap, Mode: "bridge", Network: "198.19.40.0/24"}}, fromInside(check{"route " + gatewayNear, "docker0"}, check{"route " + gatewayFar, managementLink}), fromGateway(check{"tcp-from " + gatewayNear + " " + at4172, "silence"}, check{"tcp-from " + gatewayFar + " " + at4172, "ok"})),
	insideFault("VPN over eth0's range", []Fault{{Kind: Overlap, Mode: "vpn", Network: "198.19.128.0/17"}}, fromInside(check{"route " + gatewayFar, "tun0"}, check{"route " + gatewayNear, managementLink}), fromGateway(check{"tcp-from " + gatewayFar + " " + at4172, "silence"}, check{"tcp-from " + gatewayNear + " " + at4172, "ok"})),
	insideFault("route over eth0's network", []Fault{{Kind: Overlap, Mode: "route", Network: "198.19.40.0/24"}}, fromInside(check{"route " + gatewayNear, primaryLink}), fromGateway(check{"tcp-from " + gatewayNear + " " + at4172, "silence"})),
	insideFault("a rule for answers", []Fault{{Kind: AnswersVia}}, fromInside(check{"route " + gatewayNear, managementLink}, check{"get " + broker, "200  healthy"}), fromGateway(check{"tcp " + at4172, "silence"}, check{"whoami-udp " + at4172, "pcoip-agent"})), // whose program listens at every address
	insideFault("a rule for answers of one port", []Fault{{Kind: AnswersVia, Ports: []uint16{4172}}}, fromInside(check{"route " + gatewayNear, managementLink}), fromGateway(check{"tcp " + at4172, "ok"}, check{"whoami-udp " + at4172, "pcoip-agent"})),
	insideFault("container bridge elsewhere", []Fault{{Kind: Overlap, Mode: "bridge", Network: "172.17.0.0/16"}}, fromGateway(append(slices.Clone(pcoipOpen), check{"tcp-from " + gatewayFar + " " + at4172, "ok"})...)),

	insideFault("stopped", []Fault{{Kind: Service, Mode: "stopped", Names: []string{"pcoip-agent.service"}}}, fromGateway(check{"tcp " + at4172, "ECONNREFUSED"}, check{"whoami-udp " + at4172, "ECONNREFUSED"}, check{"tcp " + at8200, "ok"}),
		fromInside(check{"sh systemctl show --property=ActiveState,SubState,UnitFileState,MainPID pcoip-agent.service", `MainPID=0\|ActiveState=inactive\|SubState=dead\|UnitFileState=enabled\|`})),
	insideFault("failed", []Fault{{Kind: Service, Mode: "failed", Names: []string{"skylight-agent.service"}}}, fromGateway(check{"tcp " + at8200, "ECONNREFUSED"}, check{"tcp " + at4172, "ok"}), fromInside(check{"sh systemctl show --property=ActiveState,Result skylight-agent.service", `Result=exit-code\|ActiveState=failed\|`})),
	insideFault("disabled", []Fault{{Kind: Service, Mode: "disabled", Names: []string{"pcoip-agent.service"}}}, fromGateway(check{"tcp " + at4172, "ECONNREFUSED"}), fromInside(check{"sh systemctl show --property=UnitFileState pcoip-agent.service", `UnitFileState=disabled\|`})),
	insideFault("masked", []Fault{{Kind: Service, Mode: "masked", Names: []string{"pcoip-agent.service"}}}, fromInside(check{"sh systemctl show --property=LoadState,UnitFileState pcoip-agent.service", `LoadState=masked\|UnitFileState=masked\|`})),
	insideFault("deaf", []Fault{{Kind: Service, Mode: "deaf", Names: []string{"pcoip-agent.service"}}}, fromGateway(check{"tcp " + at4172, "ECONNREFUSED"}), fromInside(check{"sh systemctl show --property=ActiveState pcoip-agent.service", `ActiveState=active\|`})),
	insideFault("manual", []Fault{{Kind: Service, Mode: "manual", Names: []string{"pcoip-agent.service"}}}, fromGateway(pcoipOpen...)),
	insideFault("listens on loopback only", []Fault{{Kind: ListenOn, Names: []string{"pcoip-agent.service"}, Addresses: addrs("127.0.0.1")}}, fromGateway(check{"tcp " + at4172, "ECONNREFUSED"}), fromInside(check{"tcp 127.0.0.1:4172", "ok"}, check{"tcp " + at4172, "ECONNREFUSED"})),
	insideFault("listens on eth1 only", []Fault{{Kind: ListenOn, Names: []string{"pcoip-agent.service"}, Addresses: addrs(eth1IP)}}, fromGateway(check{"tcp " + at4172, "ECONNREFUSED"}), fromInside(check{"tcp " + eth1IP + ":4172", "ok"})),

	insideFault("eth1 down", []Fault{{Kind: LinkDown}}, fromGateway(pcoipOpen...), fromInside(check{"dns udp " + dc1IP + " " + domain + " A", "ENETUNREACH"}, check{"metadata", "200 .*"})),
	insideFault("eth1 missing", []Fault{{Kind: NoLink}}, fromGateway(pcoipOpen...), fromInside(check{"sh ls /sys/class/net", `eth0\|lo\|`}, check{"tcp " + web443, "ENETUNREACH"})),
	insideFault("eth1 without default route", []Fault{{Kind: NoDefault}}, fromGateway(pcoipOpen...), fromInside(check{"tcp " + web443, "ENETUNREACH"}, check{"route " + eth1Gateway, primaryLink})),

	insideFault("one DNS server dead", []Fault{{Kind: Drop, Where: DC1}}, fromInside(check{"dns udp " + dc1IP + " " + domain + " A", "silence"}, check{"dns udp " + dc2IP + " " + domain + " A", "NOERROR .*"}, check{"tcp " + dc1LDAP, "silence"})),
	insideFault("DNS server silent", []Fault{{Kind: DNS, Where: DC1, Mode: "silent"}}, fromInside(check{"dns udp " + dc1IP + " " + domain + " A", "silence"}, check{"tcp " + dc1LDAP, "ok"})),
	insideFault("no SRV records", []Fault{{Kind: NoRecords}}, fromInside(check{"dns udp " + dc1IP + " _ldap._tcp." + domain + " SRV", "NXDOMAIN"}, check{"dns udp " + dc2IP + " dc1." + domain + " A", `NOERROR 10\.60\.2\.10`})),
	insideFault("controllers in other sites", []Fault{{Kind: FarControllers, Addresses: addrs("10.90.1.10")}}, fromInside(check{"dns udp " + dc1IP + " far1." + domain + " A", `NOERROR 10\.90\.1\.10`}, check{"dns udp " + dc2IP + " dc1." + domain + " A", `NOERROR 10\.60\.2\.10`})),
	insideFault("controller ports dropped by the VPC", []Fault{{Kind: Drop, Where: VPC, Ports: []uint16{88, 389}, Addresses: addrs(dc1IP)}}, fromInside(check{"tcp " + dc1IP + ":88", "silence"}, check{"tcp " + dc2IP + ":88", "ok"}, check{"tcp " + dc1IP + ":445", "ok"})),
	insideFault("controller ports refused", []Fault{{Kind: Reset, Where: DC2, Ports: []uint16{389}}}, fromInside(check{"tcp " + dc2IP + ":389", "ECONNREFUSED"}, check{"tcp " + dc1LDAP, "ok"})),
	insideFault("directory clock", []Fault{{Kind: DirectoryClock, Ahead: 7 * time.Minute}}, fromInside(check{"ldap " + dc1LDAP, ".* 7m"}, check{"ntp " + dc2IP + ":123", "7m"}, check{"date " + broker, "0m"}, check{"metadata-clock", "0m"})),
	insideFault("directory garbage", []Fault{{Kind: DirectoryMode, Mode: "garbage"}}, fromInside(check{"ldap " + dc1LDAP, `LDAP Result Code 200 .*`}, check{"tcp " + dc1LDAP, "ok"})),
	insideFault("own clock", []Fault{{Kind: DirectoryClock, Ahead: 7 * time.Minute}, {Kind: Clock, Ahead: 7 * time.Minute}}, fromInside(check{"ntp " + dc2IP + ":123", "7m"}, check{"date " + broker, "7m"}, check{"metadata-clock", "7m"})),

	insideFault("no NAT", []Fault{{Kind: NoNAT}}, fromInside(check{"tcp " + web443, "silence"}, check{"dns udp " + dc1IP + " " + domain + " A", "NOERROR .*"})),
	insideFault("NAT drops 443", []Fault{{Kind: Drop, Where: VPC, Proto: "tcp", Ports: https}}, fromInside(check{"tcp " + web443, "silence"}, check{"get http://" + checkipHost + "/", "200  " + natIP})),
	insideFault("proxy for the way out", []Fault{{Kind: Proxy}, {Kind: Drop, Where: VPC, Proto: "tcp", Ports: https}}, fromInside(check{"tcp " + web443, "silence"}, check{"get " + broker, "200  healthy"})),
	insideFault("no directory", []Fault{{Kind: NoDirectory}}, fromInside(check{"show /etc/krb5.conf", ""}), fromGateway(pcoipOpen...)),
	insideFault("no search list", []Fault{{Kind: NoSearch}}, fromInside(check{"show /etc/resolv.conf", `nameserver 10\.60\.2\.10\|nameserver 10\.60\.3\.10\|`}, check{"metadata-region", "200 us-east-1"})),
	insideFault("public address", []Fault{{Kind: PublicAddress}}, fromInside(check{"get http://" + checkipHost + "/", "200  " + eth1PublicIP})),
}

// rulesetEffects says of every rule set what a gateway sees of a PCoIP
// WorkSpace, or, where the name says DCV, of one that streams by DCV.
var rulesetEffects = map[string][]check{
	"drop-pcoip":     pcoipClosed,
	"drop-udp-4172":  {{"tcp " + at4172, "ok"}, {"whoami-udp " + at4172, "silence"}},
	"drop-8200":      {{"tcp " + at8200, "silence"}, {"tcp " + at4172, "ok"}},
	"drop-dcv":       {{"tcp " + at8201, "silence"}, {"whoami-udp " + at8220, "silence"}, {"tcp " + at8200, "ok"}},
	"drop-udp-8220":  {{"tcp " + at8201, "ok"}, {"whoami-udp " + at8220, "silence"}},
	"reject-pcoip":   {{"tcp " + at4172, "ECONNREFUSED"}, {"offend udp " + at4172, `3/13 from 198\.19\.44\.20`}},
	"drop-eth0":      pcoipClosed,
	"policy-drop":    pcoipClosed,
	"hidden-range":   {{"tcp " + at4172, "silence"}, {"tcp " + at8200, "ok"}, {"whoami-udp " + at4172, "pcoip-agent"}},
	"from-gateways":  pcoipClosed,
	"earlier-table":  {{"tcp " + at4172, "silence"}, {"whoami-udp " + at4172, "pcoip-agent"}},
	"ingress":        pcoipClosed,
	"zones":          pcoipClosed,
	"block-metadata": pcoipOpen, "keep-dns": pcoipOpen, "refuse-dns": pcoipOpen, "keep-logon": pcoipOpen, "keep-web": pcoipOpen,

	"keep-answers":  pcoipClosed,
	"new-only":      {{"tcp " + at4172, "ok"}, {"acked " + at4172, "silence"}},
	"output-policy": pcoipClosed,
	"output-known":  append([]check{{"acked " + at4172, "ok"}}, pcoipOpen...),

	"eth1-only": pcoipOpen, "other-port": pcoipOpen, "accept-earlier": pcoipOpen, "unreferenced": pcoipOpen, "other-source": pcoipOpen,
	"other-hook": pcoipOpen, "returns": pcoipOpen, "rate-limit": pcoipOpen,

	"nft-set":         pcoipClosed,
	"firewalld":       {{"offend tcp " + at4172, `3/13 from 198\.19\.44\.20`}, {"offend udp " + at4172, `3/13 from 198\.19\.44\.20`}},
	"iptables-nft":    pcoipClosed,
	"iptables-legacy": pcoipClosed,
	"ufw":             pcoipClosed,
	"ufw-open":        pcoipOpen,
	"nft-redirect":    {{"tcp " + at4172, "ECONNREFUSED"}, {"tcp " + at8200, "ok"}, {"whoami-udp " + at4172, "pcoip-agent"}},
	"nft-quota":       pcoipOpen,
}

// allInsideEffects adds one for every rule set, with what the WorkSpace sees of
// itself: a rule without an interface shows there too.
func allInsideEffects() []insideEffect {
	list := slices.Clone(insideEffects)
	for _, mode := range slices.Sorted(maps.Keys(rulesetEffects)) {
		s := Scenario{Faults: []Fault{{Kind: Ruleset, Mode: mode}}}
		if strings.Contains(mode, "dcv") || strings.Contains(mode, "8220") {
			s.Protocol = "dcv"
		}
		list = append(list, insideEffect{"rules " + mode, s, []seen{fromGateway(rulesetEffects[mode]...)}})
	}
	own := func(mode string, c ...check) insideEffect {
		return insideFault("own rules "+mode, []Fault{{Kind: Ruleset, Mode: mode}}, fromInside(c...))
	}
	return append(list,
		own("drop-pcoip", check{"tcp " + at4172, "silence"}),
		own("drop-eth0", check{"tcp " + at4172, "ok"}),
		own("keep-dns", check{"dns udp " + dc1IP + " " + domain + " A", "EPERM"}, check{"tcp " + dc1IP + ":53", "silence"}, check{"tcp " + dc1LDAP, "ok"}),
		own("refuse-dns", check{"dns udp " + dc1IP + " " + domain + " A", "EPERM|ECONNREFUSED|EACCES"}, check{"tcp " + dc1LDAP, "ok"}),
		own("keep-logon", check{"tcp " + dc1IP + ":88", "silence"}, check{"tcp " + dc1LDAP, "silence"}, check{"tcp " + dc1IP + ":445", "ok"}),
		own("keep-web", check{"tcp " + web443, "silence"}, check{"tcp " + dc1LDAP, "ok"}),
		own("block-metadata", check{"metadata", "silence"}, check{"tcp " + kms1 + ":1688", "ok"}),
	)
}

func TestInsideFaultsHaveTheEffectTheirNameSays(t *testing.T) {
	needLab(t)
	for _, e := range allInsideEffects() {
		e.scenario.Name, e.scenario.World = e.name, Inside
		for _, from := range e.seen {
			t.Run(e.name+" "+string(from.from), func(t *testing.T) {
				t.Parallel()
				expect(t, Options{Scenario: e.scenario, At: from.from, Privileged: from.from != ""}, from.checks)
			})
		}
	}
}

func TestEveryRulesetHasAnEffectTest(t *testing.T) {
	for mode := range rulesets {
		if rulesetEffects[mode] == nil {
			t.Errorf("no test shows what %s does", mode)
		}
	}
	if n := len(rulesets) + len(outsideRulesets); len(rulesetEffects) != n {
		t.Errorf("%d rule sets, %d effects", n, len(rulesetEffects))
	}
}

func TestRulesetsOfScenariosExist(t *testing.T) {
	for _, s := range slices.Concat(trials(), realTrials()) {
		for _, f := range s.Faults {
			_, known := rulesets[f.Mode]
			_, outside := outsideRulesets[f.Mode]
			if f.Kind == Ruleset && !known && !(outside && strings.HasPrefix(s.Name, "real-")) {
				t.Errorf("%s: no rule set %q, or an outside program in a scenario for everybody", s.Name, f.Mode)
			}
		}
	}
}

// The whole WorkSpace must stand for an ordinary user as well, or the demo would
// list scenarios that such a user cannot see.
func TestHealthyWorkspaceWorksInUserNamespace(t *testing.T) {
	for _, from := range insideEffects[0].seen {
		expect(t, Options{Scenario: Scenario{World: Inside}, At: from.from, Unprivileged: true}, from.checks)
	}
}

func TestShadowedDirectoriesCannotBeWrittenByTheCommand(t *testing.T) {
	for _, user := range []bool{false, true} {
		expect(t, Options{Scenario: Scenario{World: Inside}, Unprivileged: user}, []check{{"sh touch /etc/systemd/system/x /etc/x 2>/dev/null; ls /etc/x /etc/systemd/system/x 2>/dev/null", ""}})
	}
	if _, err := os.Stat("/etc/systemd/system/skylight-agent.service"); err == nil {
		t.Error("the lab's files are seen outside")
	}
}
