package lab

import (
	"slices"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
)

// insideSet is the Set of the scenarios of a WorkSpace.
const insideSet = "inside"

// workspaces are faults inside a WorkSpace, and what looks like them. What may
// be said of each follows from what can be seen there:
//
//   - Firewall rules can be read with privileges only. Without them a rule shows
//     if it hits the WorkSpace's own connections to eth0's address, and a rule
//     that names the interface does not: then nothing may be accused.
//   - Both name servers silent, with everything behind them, looks the same
//     whether the directory or the way to it is at fault; the directory's layer
//     holds both.
//   - A clock that differs from the directory's is the directory's if AWS agrees
//     with the WorkSpace, and the WorkSpace's own if AWS agrees with the directory.
func workspaces() []trial {
	list := slices.Concat(healthyWorkspaces(), managementFaults(), rulesRead(), rulesUnread(), rulesOutward(), rulesHarmless(), streamingHosts(), primaryFaults(), directoryFaults(), wayOut(), twoInside())
	for i := range list {
		list[i].Set, list[i].World = insideSet, Inside
	}
	return list
}

// ws is a WorkSpace that streams by PCoIP, and its faults.
func ws(name, title string, e Expect, faults ...Fault) trial {
	return trial{Scenario{Name: "inside-" + name, Title: title, Faults: faults}, e}
}

// dcv makes it one that streams by DCV: what was said of PCoIP is said of DCV.
func (s trial) dcv() trial {
	s.Protocol = "dcv"
	s.Expect = s.Expect.each(func(a *Answer) { a.PCoIP, a.DCV = a.DCV, a.PCoIP })
	return s
}

// root lets the command read firewall rules.
func (s trial) root() trial { s.Privileged = true; return s }

func (s trial) asked(args ...string) trial { s.Args = args; return s }

func (s trial) with(env ...string) trial { s.Env = env; return s }

// streams says what becomes of the protocol that the WorkSpace streams by. Of the
// other one nothing is known.
func (e Expect) streams(state string) Expect { return e.states(state, "unknown") }

// broken is a fault inside that leaves the streaming protocol alone. Whether the
// firewall lets it in is known only to those who may read its rules.
func broken(l layer.ID, least finding.Confidence, or ...layer.ID) Expect {
	return fault(l, least, or...).streams("ok|unknown")
}

// cut is a fault inside that takes the streaming protocol away.
func cut(l layer.ID, least finding.Confidence, or ...layer.ID) Expect {
	return fault(l, least, or...).streams("blocked")
}

// half works badly, and streams.
func half(l ...layer.ID) Expect { return degraded(l...).streams("ok|degraded|unknown") }

// unsaid: nothing is wrong that can be seen, and without a look at the firewall
// nothing shows that streaming is let in.
func unsaid() Expect { return fine().or(asFarAsSeen()).streams("unknown") }

// shown: nothing is wrong, and the rules say that streaming is let in.
func shown() Expect { return fine().streams("ok") }

var (
	directoryArgs = []string{"--directory-dns", dc1IP + "," + dc2IP, "--domain", domain}
	// noMetadataProxy is what a WorkSpace behind a proxy must be set to.
	noMetadataProxy = "NO_PROXY=" + metadataIP + ",localhost,127.0.0.1"
	no443           = Fault{Kind: Drop, Where: VPC, Proto: "tcp", Ports: https}
	sevenMinutes    = Fault{Kind: DirectoryClock, Ahead: 7 * time.Minute}
	controllerPorts = []uint16{88, 389, 445}
)

func healthyWorkspaces() []trial {
	third := ws("healthy-own-third", "nothing is wrong, and the own address stands third among the resolvers, as Amazon Linux has it", unsaid())
	third.Resolvers = []string{dc1IP, dc2IP, eth1IP}
	alone := ws("healthy-no-directory", "nothing is wrong, and the WorkSpace was joined to no domain", unsaid(), Fault{Kind: NoDirectory})
	alone.Resolvers = []string{vpcDNS}
	return []trial{
		third, alone,
		ws("healthy-40ms", "nothing is wrong, and the internet is 40 ms away", unsaid()).over(Link{RTT: 40 * time.Millisecond}),
		ws("healthy-pcoip", "nothing is wrong in a WorkSpace that streams by PCoIP", unsaid()),
		ws("healthy-dcv", "nothing is wrong in a WorkSpace that streams by DCV", unsaid()).dcv(),
		ws("healthy-root", "nothing is wrong, and the firewall may be looked at", shown()).root(),
		ws("healthy-dcv-root", "nothing is wrong with DCV, and the firewall may be looked at", shown()).dcv().root(),
		ws("healthy-session", "nothing is wrong, and a user is connected", shown(), Fault{Kind: Session, Ports: pcoip}),
		ws("healthy-told", "nothing is wrong, and the directory is named by hand", unsaid()).asked(directoryArgs...),
		ws("healthy-public", "nothing is wrong, and eth1 has a public address instead of NAT", unsaid(), Fault{Kind: PublicAddress}),
		ws("healthy-no-search", "nothing is wrong, and only the metadata service tells the Region", unsaid().leavingOut("asked of the instance metadata service"), Fault{Kind: NoSearch}),
		ws("healthy-proxy", "nothing is wrong, and internet access is by a proxy", unsaid(), Fault{Kind: Proxy}, no443).with(noMetadataProxy),
		ws("healthy-closed", "nothing is wrong, and the VPC has no internet access on purpose", unsaid().or(half(layer.VPCEgress)), Fault{Kind: NoNAT}).asked("--no-egress"),
		ws("healthy-docker", "nothing is wrong, and Docker has a network of its own", unsaid(), Fault{Kind: Overlap, Mode: "bridge", Network: "172.17.0.0/16"}),
		// Another range that AWS uses in the Region, but not for this WorkSpace.
		ws("healthy-docker-range", "Docker's network lies in a management range that is not this WorkSpace's", unsaid().or(half(layer.ManagementInterface), unsure(layer.ManagementInterface).streams("unknown")), Fault{Kind: Overlap, Mode: "bridge", Network: "172.31.0.0/16"}),
		ws("healthy-not-enabled", "the PCoIP agent runs, but does not start with the system", unsaid().or(half(layer.StreamingHost)), Fault{Kind: Service, Mode: "manual", Names: []string{"pcoip-agent.service"}}),
	}
}

// managementFaults are faults of eth0.
func managementFaults() []trial {
	eth0 := func(name, title string, e Expect, f Fault) trial {
		f.Interface = managementLink
		return ws("eth0-"+name, title, e, f)
	}
	overlap := func(name, title, mode, network string, e Expect) trial {
		return ws("eth0-overlap-"+name, title, e, Fault{Kind: Overlap, Mode: mode, Network: network})
	}
	mine := cut(layer.ManagementInterface, likely).sure(likely, proven)
	said := cut(layer.ManagementInterface, proven)
	// Whether a gateway lies in that part of the range is AWS's affair.
	perhaps := broken(layer.ManagementInterface, possible).streams("blocked|unknown").or(half(layer.ManagementInterface), unsure(layer.ManagementInterface).streams("unknown")).perhaps(layer.StreamingHost)
	metadata := broken(layer.ManagementInterface, possible, layer.WorkspaceFirewall).rivals(layer.ManagementInterface, layer.WorkspaceFirewall).
		or(half(layer.ManagementInterface, layer.WorkspaceFirewall).rivals(layer.ManagementInterface, layer.WorkspaceFirewall), unclear(layer.ManagementInterface, layer.WorkspaceFirewall).streams("unknown"))
	return []trial{
		eth0("down", "eth0 is switched off", said, Fault{Kind: LinkDown}),
		eth0("missing", "there is no eth0", mine, Fault{Kind: NoLink}),
		eth0("no-carrier", "eth0 has no carrier", mine, Fault{Kind: NoCarrier}),
		eth0("no-address", "eth0 has no address", mine, Fault{Kind: NoLease}),
		eth0("outside-range", "eth0 has an address outside the management ranges", mine, Fault{Kind: Readdress, Network: "100.64.7.20/20"}),
		eth0("link-local", "eth0 got no address and gave itself one", mine, Fault{Kind: Readdress, Network: "169.254.10.20/16"}),
		eth0("default-route", "the default route leads through eth0", mine.streams("ok|unknown|blocked"), Fault{Kind: DefaultVia, Addresses: addrs(eth0Gateway)}),
		overlap("docker", "Docker's network overlaps eth0's", "bridge", "198.19.40.0/24", mine),
		overlap("vpn", "a VPN overlaps eth0's network", "vpn", "198.19.40.0/21", mine),
		overlap("route", "a route to the VPC overlaps eth0's network", "route", "198.19.40.0/24", mine),
		overlap("vpn-range", "a VPN overlaps the range around eth0's network", "vpn", "198.19.128.0/17", perhaps),
		ws("eth0-answers-rule", "a rule sends what eth0 answers to the router of eth1", said, Fault{Kind: AnswersVia}),
		ws("eth0-answers-rule-udp", "a rule would send what eth0 answers over UDP 4172 to the router of eth1, but for the program, which listens at every address", unsaid(), Fault{Kind: AnswersVia, Ports: []uint16{4172}}),
		ws("metadata-firewall", "a firewall rule blocks the metadata service", metadata, Fault{Kind: Ruleset, Mode: "block-metadata"}),
		ws("metadata-firewall-root", "a firewall rule blocks the metadata service, and may be read", metadata, Fault{Kind: Ruleset, Mode: "block-metadata"}).root(),
		ws("metadata-no-route", "the metadata service is sought through eth1", metadata, Fault{Kind: NoRoute, Network: metadataIP + "/32"}),
		ws("metadata-proxied", "the proxy setting does not exclude the metadata service", broken(layer.ManagementInterface, possible, layer.Proxy).or(half(layer.ManagementInterface, layer.Proxy)).perhaps(layer.Proxy), Fault{Kind: Proxy}, no443).with("http_proxy=http://" + vpcProxy),
	}
}

// rules is a WorkSpace with a firewall.
func rules(name, title, mode string, e Expect) trial {
	return ws("fw-"+name, title, e, Fault{Kind: Ruleset, Mode: mode})
}

// rulesRead are firewalls that stop a gateway, and whose rules may be read.
func rulesRead() []trial {
	proof := cut(layer.WorkspaceFirewall, proven)
	list := []trial{
		rules("pcoip", "a rule drops PCoIP", "drop-pcoip", proof),
		rules("8200", "a rule drops AWS's management port 8200", "drop-8200", proof.streams("blocked|ok|degraded")),
		rules("udp", "a rule drops PCoIP over UDP", "drop-udp-4172", proof),
		rules("rejects", "rules reject PCoIP on eth0", "reject-pcoip", proof),
		rules("eth0", "a rule drops everything on eth0", "drop-eth0", proof),
		rules("policy", "the default policy drops what no rule allows", "policy-drop", proof),
		rules("hidden", "a drop hides among rules that accept", "hidden-range", proof),
		rules("zones", "eth0 is in the zone that drops, in a firewalld layout", "zones", proof),
		rules("earlier", "an earlier table drops what a later one accepts", "earlier-table", proof),
		rules("dcv-ports", "a rule drops DCV's ports", "drop-dcv", proof).dcv(),
		rules("answers", "rules drop what PCoIP answers", "keep-answers", proof),
		rules("new-only", "the default policy drops what belongs to connections that stand", "new-only", proof),
		rules("answers-policy", "the default policy lets nothing out by eth0", "output-policy", proof),
		// DCV falls back to TCP.
		rules("dcv-udp", "a rule drops DCV over UDP", "drop-udp-8220", half(layer.WorkspaceFirewall).sure(proven, proven).streams("degraded")).dcv(),
		// Rules at the card are not everybody's to know, and a rule about senders
		// needs to know the gateways'.
		rules("ingress", "a rule at the network card drops PCoIP", "ingress", cut(layer.WorkspaceFirewall, possible).sure(possible, proven).perhaps(layer.StreamingHost).or(unclear(layer.WorkspaceFirewall).streams("unknown"))),
		rules("sources", "a rule drops what comes from the management range", "from-gateways", cut(layer.WorkspaceFirewall, possible).sure(possible, proven).perhaps(layer.StreamingHost).or(unclear(layer.WorkspaceFirewall).streams("unknown"))),
	}
	for i := range list {
		list[i] = list[i].root()
	}
	return list
}

// rulesOutward are firewalls that keep back what the WorkSpace itself has to say.
// They need not be read: the system says so to whoever sends.
func rulesOutward() []trial {
	said := broken(layer.WorkspaceFirewall, proven)
	kept := broken(layer.WorkspaceFirewall, likely).sure(likely, proven)
	return []trial{
		rules("out-dns", "a rule drops every question to a name server", "keep-dns", said),
		rules("out-dns-rejects", "a rule rejects every question to a name server", "refuse-dns", said),
		rules("out-logon", "a rule drops outgoing Kerberos and LDAP", "keep-logon", kept),
		rules("out-web", "a rule drops outgoing HTTPS", "keep-web", kept),
	}
}

// rulesUnread are the same for an ordinary user.
func rulesUnread() []trial {
	// The rule hits the WorkSpace's own connections too; that of a port of which
	// only UDP is dropped does not, for nobody answers UDP.
	shows := cut(layer.WorkspaceFirewall, possible).sure(possible, proven).perhaps(layer.StreamingHost).or(unclear(layer.WorkspaceFirewall).streams("unknown"))
	hides := unsaid().or(unsure(layer.WorkspaceFirewall).streams("unknown"))
	return []trial{
		rules("pcoip-user", "a rule drops PCoIP, and the rules may not be read", "drop-pcoip", shows),
		rules("8200-user", "a rule drops AWS's management port 8200, and the rules may not be read", "drop-8200", shows),
		rules("dcv-ports-user", "a rule drops DCV's ports, and the rules may not be read", "drop-dcv", shows).dcv(),
		rules("udp-user", "a rule drops PCoIP over UDP, and the rules may not be read", "drop-udp-4172", hides),
		rules("eth0-user", "a rule drops everything on eth0, and the rules may not be read", "drop-eth0", hides),
		rules("policy-user", "the default policy drops what no rule allows, and the rules may not be read", "policy-drop", hides),
		rules("rejects-user", "rules reject PCoIP on eth0, and may not be read", "reject-pcoip", hides),
		rules("zones-user", "eth0 is in the zone that drops, and the rules may not be read", "zones", hides),
	}
}

// rulesHarmless only look as if they stopped a gateway.
func rulesHarmless() []trial {
	none := shown()
	list := []trial{
		rules("like-eth1", "rules drop PCoIP on eth1 only", "eth1-only", none),
		rules("like-port", "rules drop ports next to PCoIP's", "other-port", none),
		rules("like-accepted", "rules accept on eth0 before they drop", "accept-earlier", none),
		rules("like-unreferenced", "rules drop PCoIP in a chain that nobody calls", "unreferenced", none),
		rules("like-source", "rules drop what comes from other networks", "other-source", none),
		rules("like-answers", "rules let out answers, and little else", "output-known", none),
		rules("like-forwarded", "rules drop PCoIP that is passed on, not what arrives", "other-hook", none),
		rules("like-returned", "a chain returns on eth0 before it drops", "returns", none),
		rules("like-limit", "a rule drops new connections to PCoIP beyond a thousand a second", "rate-limit", none),
		rules("like-protocol", "a rule drops PCoIP where DCV streams", "drop-pcoip", none.or(half(layer.WorkspaceFirewall))).dcv(),
	}
	for i := range list {
		list[i] = list[i].root()
	}
	hides := unsaid().or(unsure(layer.WorkspaceFirewall).streams("unknown"))
	return append(list, rules("like-eth1-user", "rules drop PCoIP on eth1 only, and may not be read", "eth1-only", hides))
}

// streamingHosts are faults of the services that stream.
func streamingHosts() []trial {
	service := func(name, title, unit, mode string, e Expect) trial {
		return ws("host-"+name, title, e, Fault{Kind: Service, Mode: mode, Names: []string{unit}})
	}
	proof := cut(layer.StreamingHost, proven)
	bound := func(name, title, to string) trial {
		return ws("host-"+name, title, cut(layer.StreamingHost, likely).sure(likely, proven), Fault{Kind: ListenOn, Names: []string{"pcoip-agent.service"}, Addresses: addrs(to)})
	}
	return []trial{
		service("pcoip-stopped", "the PCoIP agent is stopped", "pcoip-agent.service", "stopped", proof),
		service("pcoip-failed", "the PCoIP agent has failed", "pcoip-agent.service", "failed", proof.streams("blocked|ok|unknown")),
		service("pcoip-disabled", "the PCoIP agent is disabled and did not start", "pcoip-agent.service", "disabled", proof),
		service("pcoip-masked", "the PCoIP agent is masked", "pcoip-agent.service", "masked", proof),
		service("skylight-failed", "the SkyLight agent has failed", "skylight-agent.service", "failed", proof.streams("blocked|ok|unknown")),
		service("dcv-stopped", "the DCV server is stopped", "dcvserver.service", "stopped", proof).dcv(),
		service("dcv-failed", "the DCV server has failed", "dcvserver.service", "failed", proof.streams("blocked|ok|unknown")).dcv(),
		// Helpers come and go with sessions: what is listened on counts.
		service("pcoip-helper", "PCoIP's server is stopped, as between sessions, and the agent listens", "pcoip.service", "stopped", unsaid()),
		service("dcv-helper", "a helper of the DCV server is stopped, and the server listens", "dcvsessionlauncher.service", "stopped", unsaid()).dcv(),
		service("pcoip-deaf", "the PCoIP agent runs and does not listen", "pcoip-agent.service", "deaf", cut(layer.StreamingHost, likely).sure(likely, proven)),
		bound("pcoip-loopback", "the PCoIP agent listens on 127.0.0.1 only", "127.0.0.1"),
		bound("pcoip-eth1", "the PCoIP agent listens on eth1's address only", eth1IP),
	}
}

// primaryFaults are faults of eth1.
func primaryFaults() []trial {
	eth1 := func(name, title string, least finding.Confidence, f Fault) trial {
		return ws("eth1-"+name, title, broken(layer.PrimaryInterface, least).sure(least, proven), f)
	}
	return []trial{
		eth1("down", "eth1 is switched off", proven, Fault{Kind: LinkDown}),
		eth1("missing", "there is no eth1", likely, Fault{Kind: NoLink}),
		eth1("no-carrier", "eth1 has no carrier", likely, Fault{Kind: NoCarrier}),
		eth1("no-address", "eth1 has no address", likely, Fault{Kind: NoLease}),
		eth1("no-default", "there is no default route", likely, Fault{Kind: NoDefault}),
		eth1("route-forbids", "a route forbids to send to the name servers", likely, Fault{Kind: Blackhole, Where: Workspace, Mode: "prohibit", Addresses: addrs(dc1IP + " " + dc2IP)}),
		eth1("route-unreachable", "a route calls the name servers unreachable", likely, Fault{Kind: Blackhole, Where: Workspace, Mode: "unreachable", Addresses: addrs(dc1IP + " " + dc2IP)}),
		eth1("route-discards", "a route discards what is sent to the name servers", likely, Fault{Kind: Blackhole, Where: Workspace, Addresses: addrs(dc1IP + " " + dc2IP)}),
	}
}

// directoryFaults are faults of the directory and of the way to it.
func directoryFaults() []trial {
	dns := func(name, title string, e Expect, faults ...Fault) trial {
		return ws("dns-"+name, title, e, faults...)
	}
	says := func(at Place, mode string) Fault { return Fault{Kind: DNS, Where: at, Mode: mode} }
	slow := func(at Place) Fault {
		return Fault{Kind: DNS, Where: at, Mode: "slow", After: 2500 * time.Millisecond}
	}
	shut := func(k Kind, ports []uint16, at ...Place) (list []Fault) {
		for _, p := range at {
			f := Fault{Kind: k, Where: p, Ports: ports}
			if p == VPC {
				f.Addresses = addrs(dc1IP + " " + dc2IP)
			}
			list = append(list, f)
		}
		return list
	}
	elsewhereIP := addrs("10.90.1.10 10.90.2.10 10.90.3.10 10.90.4.10")
	far := []Fault{{Kind: FarControllers, Addresses: elsewhereIP}, {Kind: Drop, Where: VPC, Addresses: elsewhereIP}}
	one := half(layer.DirectoryDNS)
	mute := broken(layer.DirectoryDNS, possible).or(half(layer.DirectoryDNS))
	gone := broken(layer.DirectoryDNS, likely).sure(likely, proven)
	// Nothing behind the VPC's router answers: what leads there may be at fault.
	silent := broken(layer.DirectoryDNS, possible).perhaps(layer.VPCEgress, layer.PrimaryInterface)
	elsewhere := dns("elsewhere", "the WorkSpace asks the VPC's resolver, which does not know the domain", gone)
	elsewhere.Resolvers = []string{vpcDNS}
	told := dns("elsewhere-told", "the WorkSpace asks the VPC's resolver, and the directory is named by hand", gone.or(half(layer.DirectoryDNS))).asked(directoryArgs...)
	told.Resolvers = []string{vpcDNS}
	return []trial{
		dns("one-dead", "one of the directory's two servers is dead", one, shut(Drop, nil, DC1)...),
		dns("second-dead", "the second of the directory's two servers is dead", one, shut(Drop, nil, DC2)...),
		dns("one-silent", "one of the directory's two name servers is silent", one, says(DC1, "silent")),
		dns("both-dead", "both of the directory's servers are dead", silent, shut(Drop, nil, DC1, DC2)...),
		dns("both-silent", "both name servers of the directory are silent", silent, says(DC1, "silent"), says(DC2, "silent")),
		dns("slow", "both name servers of the directory need two and a half seconds", half(layer.DirectoryDNS), slow(DC1), slow(DC2)),
		dns("one-slow", "one of the directory's two name servers needs two and a half seconds", half(layer.DirectoryDNS), slow(DC2)),
		dns("servfail", "both name servers of the directory fail", gone, says(DC1, "servfail"), says(DC2, "servfail")),
		dns("no-srv", "the directory's name servers have lost its SRV records", gone, Fault{Kind: NoRecords}),
		elsewhere, told,
		ws("dc-ports-dropped", "the VPC drops Kerberos, LDAP and SMB to the directory", silent, shut(Drop, controllerPorts, VPC)...),
		ws("dc-ports-refused", "both domain controllers refuse Kerberos, LDAP and SMB", gone, shut(Reset, controllerPorts, DC1, DC2)...),
		ws("dc-kerberos-dropped", "both domain controllers drop Kerberos", silent, shut(Drop, []uint16{88}, DC1, DC2)...),
		ws("dc-one-shut", "one of two domain controllers refuses Kerberos, LDAP and SMB", one, shut(Reset, controllerPorts, DC1)...),
		// A company lets a subnet reach the controllers of its own site only.
		ws("dc-far", "the directory has controllers in other sites too, out of this subnet's reach", unsaid(), far...),
		ws("dc-far-and-near", "and those of the WorkSpace's own site refuse Kerberos, LDAP and SMB", gone, append(shut(Reset, controllerPorts, DC1, DC2), far...)...),
		// Nothing that a hostile server says may hang, flood or deface the program,
		// nor make it accuse somebody else.
		ws("dc-garbage", "the domain controllers answer LDAP with nonsense", mute, Fault{Kind: DirectoryMode, Mode: "garbage"}),
		ws("dc-endless", "the domain controllers' LDAP answers claim two gigabytes", mute, Fault{Kind: DirectoryMode, Mode: "endless"}),
		ws("dc-mute", "the domain controllers accept LDAP connections and say nothing", mute, Fault{Kind: DirectoryMode, Mode: "mute"}),
		dns("garbage", "both name servers of the directory answer nonsense", gone.or(half(layer.DirectoryDNS), unclear(layer.DirectoryDNS).streams("unknown")), says(DC1, "garbage"), says(DC2, "garbage")),
		dns("escapes", "both name servers of the directory answer with terminal escapes", gone.or(half(layer.DirectoryDNS), unclear(layer.DirectoryDNS).streams("unknown")), says(DC1, "escapes"), says(DC2, "escapes")),
		ws("dc-clock", "the directory's clock is seven minutes off", broken(layer.DirectoryDNS, likely), sevenMinutes),
		ws("own-clock", "the WorkSpace's clock is seven minutes off", broken(layer.LocalDevice, likely), sevenMinutes, Fault{Kind: Clock, Ahead: 7 * time.Minute}),
	}
}

// wayOut are faults of the way out of the VPC.
func wayOut() []trial {
	closed := ws("egress-proxy-closed", "nothing listens at the proxy's address, and nothing else leads to the internet", broken(layer.VPCEgress, likely, layer.Proxy), Fault{Kind: Proxy, Mode: "closed"}, no443).with(noMetadataProxy)
	return []trial{
		ws("egress-none", "the VPC has no NAT gateway", broken(layer.VPCEgress, possible), Fault{Kind: NoNAT}),
		ws("egress-443", "the VPC's egress drops HTTPS", broken(layer.VPCEgress, possible), no443),
		closed,
	}
}

// twoInside are two at once: both must be told.
func twoInside() []trial {
	both := cut(layer.WorkspaceFirewall, proven, layer.DirectoryDNS).telling(layer.WorkspaceFirewall, layer.DirectoryDNS)
	host := cut(layer.StreamingHost, proven, layer.WorkspaceFirewall).telling(layer.StreamingHost)
	return []trial{
		ws("two-firewall-and-dns", "a rule drops everything on eth0, and both of the directory's servers are dead", both,
			Fault{Kind: Ruleset, Mode: "drop-eth0"}, Fault{Kind: Drop, Where: DC1}, Fault{Kind: Drop, Where: DC2}).root(),
		ws("two-firewall-and-host", "the PCoIP agent has failed, and a rule drops its port", host,
			Fault{Kind: Ruleset, Mode: "drop-pcoip"}, Fault{Kind: Service, Mode: "failed", Names: []string{"pcoip-agent.service"}}).root(),
	}
}

// realWorkspaces are scenarios of a WorkSpace in which outside programs write
// the firewall's rules, or a Samba domain controller is the directory. They are
// those of the stand-ins with another name, so both are held to the same answer.
func realWorkspaces() []trial {
	var list []trial
	for _, s := range workspaces() {
		if slices.Contains(withSamba, s.Name) {
			s.Name, s.Real = "real-"+s.Name, []string{"samba"}
			list = append(list, s)
		}
	}
	proof := cut(layer.WorkspaceFirewall, proven)
	for _, s := range []trial{
		rules("nft", "nft drops by a set and a verdict map", "nft-set", proof),
		rules("firewalld", "firewalld's public zone allows ssh only", "firewalld", proof),
		rules("iptables", "iptables drops a list of ports, by nftables", "iptables-nft", proof),
		rules("iptables-legacy", "iptables drops PCoIP, by the old interface", "iptables-legacy", proof.or(unclear(layer.WorkspaceFirewall).streams("unknown"))),
		rules("ufw", "ufw denies what is not allowed", "ufw", proof),
		rules("ufw-open", "ufw denies what is not allowed, and eth0 is", "ufw-open", shown()),
		rules("redirect", "an old redirect leads PCoIP's port to a port of nobody", "nft-redirect", proof),
		rules("quota", "nft drops PCoIP after a gibibyte", "nft-quota", unsaid().or(half(layer.WorkspaceFirewall), unsure(layer.WorkspaceFirewall, layer.StreamingGateway)).streams("ok|degraded|unknown")),
	} {
		s = s.root()
		s.Name, s.Set, s.World = "real-"+s.Name, insideSet, Inside
		list = append(list, s)
	}
	return list
}

// withSamba are the scenarios that are also held against a real directory.
var withSamba = []string{
	"inside-healthy-pcoip", "inside-healthy-dcv", "inside-healthy-told",
	"inside-dns-one-dead", "inside-dns-second-dead", "inside-dns-both-dead", "inside-dns-no-srv", "inside-dns-elsewhere",
	"inside-dc-ports-dropped", "inside-dc-ports-refused", "inside-dc-one-shut", "inside-dc-clock", "inside-own-clock",
	"inside-eth1-down", "inside-fw-eth0",
}
