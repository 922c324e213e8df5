package lab

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"wsdoctor/internal/layer"
)

// ill is one thing that may be wrong inside a WorkSpace, with its truth by
// construction: whose it is, who looks the same from inside, and whether a gateway
// still comes through. That each fault does what it says is shown by the effect tests,
// which connect as a gateway and as the WorkSpace.
type ill struct {
	name   string
	part   string // of two ills each is in another part
	layers []layer.ID
	alike  []layer.ID // who else would look the same
	pcoip  State      // zero: alive
	faults []Fault
}

// insideIlls are all of them.
func insideIlls() []ill {
	ids := func(list ...layer.ID) []layer.ID { return list }
	eth0, fw, host, eth1, dir, out := ids(layer.ManagementInterface), ids(layer.WorkspaceFirewall), ids(layer.StreamingHost), ids(layer.PrimaryInterface), ids(layer.DirectoryDNS), ids(layer.VPCEgress)
	var list []ill
	add := func(part, name string, layers, alike []layer.ID, pcoip State, faults ...Fault) {
		list = append(list, ill{part + "-" + name, part, layers, alike, pcoip, faults})
	}
	on := func(iface string, k Kind) Fault { return Fault{Kind: k, Interface: iface} }
	add("eth0", "down", eth0, nil, Dead, on(managementLink, LinkDown))
	add("eth0", "missing", eth0, nil, Dead, on(managementLink, NoLink))
	add("eth0", "no-carrier", eth0, nil, Dead, on(managementLink, NoCarrier))
	add("eth0", "no-address", eth0, nil, Dead, on(managementLink, NoLease))
	add("eth0", "default-route", eth0, nil, "", Fault{Kind: DefaultVia, Interface: managementLink, Addresses: addrs(eth0Gateway)})
	add("eth0", "overlap-docker", eth0, nil, Dead, Fault{Kind: Overlap, Mode: "bridge", Network: "198.19.40.0/24"})
	add("eth0", "overlap-vpn", eth0, nil, Dead, Fault{Kind: Overlap, Mode: "vpn", Network: "198.19.40.0/21"})
	add("eth0", "overlap-route", eth0, nil, Dead, Fault{Kind: Overlap, Mode: "route", Network: "198.19.40.0/24"})
	add("eth0", "answers-rule", eth0, nil, Dead, Fault{Kind: AnswersVia})
	add("eth0", "metadata-no-route", eth0, nil, "", Fault{Kind: NoRoute, Network: metadataIP + "/32"})
	unread := ids(layer.StreamingHost, layer.StreamingGateway) // for who may not read the rules
	for _, mode := range []string{"drop-pcoip", "drop-8200", "policy-drop", "drop-eth0", "zones", "earlier-table", "ingress", "reject-pcoip", "hidden-range", "keep-answers", "output-policy"} {
		add("fw", mode, fw, unread, Dead, Fault{Kind: Ruleset, Mode: mode})
	}
	for _, mode := range []string{"keep-dns", "refuse-dns", "keep-logon", "keep-web"} {
		add("fw", mode, fw, nil, "", Fault{Kind: Ruleset, Mode: mode})
	}
	add("fw", "block-metadata", fw, eth0, "", Fault{Kind: Ruleset, Mode: "block-metadata"})
	pcoipAgent, skylight := []string{"pcoip-agent.service"}, []string{"skylight-agent.service"}
	for _, mode := range []string{"stopped", "failed", "disabled", "masked", "deaf"} {
		add("host", "pcoip-"+mode, host, fw, Dead, Fault{Kind: Service, Mode: mode, Names: pcoipAgent})
	}
	add("host", "skylight-failed", host, nil, Dead, Fault{Kind: Service, Mode: "failed", Names: skylight})
	add("host", "pcoip-loopback", host, nil, Dead, Fault{Kind: ListenOn, Names: pcoipAgent, Addresses: addrs("127.0.0.1")})
	add("eth1", "down", eth1, nil, "", Fault{Kind: LinkDown})
	add("eth1", "missing", eth1, nil, "", Fault{Kind: NoLink})
	add("eth1", "no-carrier", eth1, nil, "", Fault{Kind: NoCarrier})
	add("eth1", "no-address", eth1, nil, "", Fault{Kind: NoLease})
	add("eth1", "no-default", eth1, nil, "", Fault{Kind: NoDefault})
	for _, mode := range []string{"", "prohibit", "unreachable"} {
		add("eth1", "route-"+cmp.Or(mode, "blackhole"), eth1, nil, "", Fault{Kind: Blackhole, Where: Workspace, Mode: mode, Addresses: addrs(dc1IP + " " + dc2IP)})
	}
	way := ids(layer.VPCEgress, layer.PrimaryInterface)
	at := func(k Kind, mode string, ports []uint16, places ...Place) (faults []Fault) {
		for _, p := range places {
			f := Fault{Kind: k, Where: p, Mode: mode}
			if ports != nil {
				f.Proto, f.Ports = "tcp", ports
			}
			faults = append(faults, f)
		}
		return faults
	}
	add("directory", "both-dead", dir, way, "", at(Drop, "", nil, DC1, DC2)...)
	add("directory", "both-silent", dir, way, "", at(DNS, "silent", nil, DC1, DC2)...)
	slow := Fault{Kind: DNS, Where: DC1, Mode: "slow", After: 2500 * time.Millisecond}
	other := slow
	other.Where = DC2
	add("directory", "both-slow", dir, nil, "", slow, other)
	add("directory", "one-slow", dir, nil, "", slow)
	add("directory", "servfail", dir, nil, "", at(DNS, "servfail", nil, DC1, DC2)...)
	add("directory", "no-records", dir, nil, "", Fault{Kind: NoRecords})
	add("directory", "ports-refused", dir, nil, "", at(Reset, "", controllerPorts, DC1, DC2)...)
	add("directory", "kerberos-dropped", dir, way, "", at(Drop, "", []uint16{88}, DC1, DC2)...)
	add("directory", "ports-dropped", ids(layer.DirectoryDNS, layer.VPCEgress), way, "", at(Drop, "", controllerPorts, VPC)...)
	add("directory", "mute", dir, nil, "", Fault{Kind: DirectoryMode, Mode: "mute"})
	add("directory", "clock", dir, nil, "", sevenMinutes)
	add("way-out", "no-nat", out, nil, "", Fault{Kind: NoNAT})
	add("way-out", "no-443", out, nil, "", no443)
	return list
}

// insideNuisances look like faults and are none.
func insideNuisances() map[string][]Fault {
	list := map[string][]Fault{
		"docker-elsewhere": {{Kind: Overlap, Mode: "bridge", Network: "172.17.0.0/16"}}, "public-address": {{Kind: PublicAddress}},
		"no-search": {{Kind: NoSearch}}, "udp-rule": {{Kind: AnswersVia, Ports: []uint16{4172}}},
	}
	for _, mode := range []string{"eth1-only", "other-port", "accept-earlier", "unreferenced", "other-source", "other-hook", "returns", "output-known"} {
		list["rules-"+mode] = []Fault{{Kind: Ruleset, Mode: mode}}
	}
	return list
}

// overEth1 tells of faults that lead over eth1: without eth1 they cannot be built.
func overEth1(faults []Fault) bool {
	return slices.ContainsFunc(faults, func(f Fault) bool { return f.Kind == AnswersVia })
}

// DrawInside draws a WorkSpace: no, one or two ills, at most one nuisance, a link, and
// whether the rules of its firewall may be read. The same seed gives the same one.
func DrawInside(seed uint64) (Scenario, Truth, string) {
	r := rand.New(rand.NewPCG(seed, 11))
	s := Scenario{Name: "inside-drawn", World: Inside, Set: insideSet, Privileged: r.IntN(2) == 0}
	var t Truth
	words := []string{map[bool]string{true: "rules read", false: "rules not read"}[s.Privileged]}
	if r.IntN(4) == 0 {
		s.Link = Link{RTT: time.Duration(20+r.IntN(100)) * time.Millisecond}
	}
	ills := insideIlls()
	taken := map[string]bool{}
	for range []int{0, 1, 1, 1, 2, 2}[r.IntN(6)] {
		i := ills[r.IntN(len(ills))]
		if taken[i.part] || taken["eth1"] && overEth1(i.faults) || i.part == "eth1" && overEth1(s.Faults) {
			continue
		}
		taken[i.part] = true
		s.Faults = append(s.Faults, i.faults...)
		t.Layers = append(t.Layers, i.layers...)
		if i.part != "fw" || !s.Privileged {
			t.Same = append(t.Same, i.alike...)
		}
		if i.pcoip != "" {
			t.PCoIP = i.pcoip
		}
		words = append(words, i.name)
	}
	if r.IntN(3) == 0 {
		nuisances := insideNuisances()
		names := make([]string, 0, len(nuisances))
		for name := range nuisances {
			names = append(names, name)
		}
		slices.Sort(names)
		name := names[r.IntN(len(names))]
		clash := slices.ContainsFunc(nuisances[name], func(f Fault) bool { _, has := s.has(f.Kind); return has })
		clash = clash || taken["eth1"] && overEth1(nuisances[name])
		_, noNAT := s.has(NoNAT)
		clash = clash || name == "public-address" && noNAT                     // which it makes up for, so that nothing is wrong
		clash = clash || name == "no-search" && (taken["eth0"] || taken["fw"]) // then nobody tells the Region
		if !clash {
			s.Faults = append(s.Faults, nuisances[name]...)
			words = append(words, "~"+name)
		}
	}
	t.Layers = unique(t.Layers)
	t.Same = unique(append(t.Same, t.Layers...))
	return s, t, strings.Join(words, " ")
}
