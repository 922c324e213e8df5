package lab

import (
	"net/netip"
	"slices"
	"time"

	"wsdoctor/internal/layer"
)

// fieldCases are networks that people met in life, reduced to what made a
// diagnosis go wrong. Their names carry a number each, by which they are spoken
// of; a letter after it is a variant.
func fieldCases() []trial {
	return slices.Concat(standInCases(), ownComputerCases(), nameCases(), accessCases(), deviceCases(), silentCases(), inspectedCases(), sizeCases(), awkwardCases(), lineCases(), attackCases())
}

// field is one of them, with AWS as far away as it is for most people.
func field(id, title string, e Expect, faults ...Fault) trial {
	return trial{Scenario{Name: "case-" + id, Title: title, Link: Link{RTT: 40 * time.Millisecond}, Faults: faults}, e}
}

func (s trial) resolvedBy(servers ...string) trial { s.Resolvers = servers; return s }

// Addresses of cases.
const (
	endpointIP   = "10.9.8.7"                                                        // of a VPC endpoint, or the inner side of a split horizon
	endpointHost = "vpce-0a1b2c3d-x9y8.vpce-svc-0f1e2d.us-east-1.vpce.amazonaws.com" // its name
	blockIP      = "146.112.61.106"                                                  // a DNS filter's published block page
	leftoverDNS  = "100.100.100.100"                                                 // a VPN program's own name server
)

var (
	brokerNames = []string{brokerHost, "ws-broker-service.us-east-1.api.aws"}
	behind      = addrs(endpointIP)
	blockPage   = addrs(blockIP)
	theUser     = []string{"user", "desktop"} // of this computer
)

// answers makes the router's name server lie about names.
func answers(mode string, addresses []netip.Addr, names ...string) Fault {
	return Fault{Kind: DNS, Where: Router, Mode: mode, Names: names, Addresses: addresses}
}

// standInCases: an address is not the AWS host's, and the AWS host is behind it, or
// is not.
func standInCases() []trial {
	// Whoever runs the proxy program, its own network's.
	webOnly := fault(layer.NetworkFirewall, possible, layer.DNS, layer.Proxy).rivals(layer.LocalFirewall).perhaps(layer.NetworkFirewall, layer.DNS, layer.Proxy).
		or(unclear().perhaps(layer.NetworkFirewall, layer.DNS, layer.Proxy, layer.LocalFirewall)).above().saying("198.18.")
	translated := func(id, network string, e Expect, more ...Fault) trial {
		return field(id, "this network has IPv6 only, and a translator at "+network+" leads to IPv4", e, append(more, Fault{Kind: NoLease, Family: "ip4"}, Fault{Kind: NAT64, Where: Router, Network: network})...).resolvedBy(routerLAN6)
	}
	return []trial{
		field("n01", "the router's proxy program gives every name a stand-in address and carries everything on", fine(), Fault{Kind: FakeIP, Where: Router}),
		field("n01b", "the router's proxy program gives every name a stand-in address and carries on only web pages", webOnly, Fault{Kind: FakeIP, Where: Router, Mode: "web-only"}),
		field("n17", "the broker's name leads to a private address, and the genuine broker answers there", fine(),
			answers("one-address", behind, brokerNames...), Fault{Kind: Genuine, Where: Firewall, Addresses: behind}),
		translated("n08", "64:ff9b::/96", fine()),
		translated("n08b", "64:ff9b:1:fffe::/96", fine()),
		translated("n08c", "2001:db8:64:ff9b::/96", fine()),
	}
}

// ownComputerCases are programs and leftovers of this computer.
func ownComputerCases() []trial {
	mine := fault(layer.LocalDevice, likely).sure(likely, proven).ownedBy(theUser...)
	leftover := fault(layer.LocalDevice, possible, layer.LocalFirewall).rivals(layer.DNS).ownedBy(theUser...)
	return []trial{
		field("n14", "the hosts file of this computer gives 0.0.0.0 for the broker, and every name server answers rightly", mine.saying("hosts file"),
			Fault{Kind: HostsEntry, Names: brokerNames, Addresses: addrs("0.0.0.0")}),
		field("n05", "this computer asks its own name service, which does not run", mine, Fault{Kind: LocalStub, Mode: "dead"}),
		field("n05b", "a VPN program left its name server behind, which is not there any more", leftover,
			Fault{Kind: Drop, Where: Router, Addresses: addrs(leftoverDNS)}).resolvedBy(leftoverDNS),
		field("n06", "this computer is set to use its own proxy program, which does not run",
			fault(layer.Proxy, likely, layer.LocalDevice, layer.LocalFirewall).sure(likely, proven).ownedBy(theUser...), Fault{Kind: LocalProxy, Mode: "dead"}),
		field("n04", "a container network of this computer covers its name server", mine,
			Fault{Kind: Overlap, Mode: "bridge", Network: "172.20.0.0/16"}).resolvedBy(coveredDNS),
		field("n03b", "the name service of this computer answers, and one of the servers behind it, which it does not ask, is silent", fine(),
			Fault{Kind: LocalStub}, Fault{Kind: BehindStub, Addresses: addrs(routerLAN + " 192.168.50.53")}),
		field("p2b", "the web proxy is reached by HTTPS, and so cannot be tested; the office forbids HTTPS beside it", unclear(layer.NetworkFirewall, layer.Proxy).leavingOut("https://"),
			Fault{Kind: RejectAdmin, Where: Firewall, Proto: "tcp", Ports: https, Except: netip.MustParseAddr(proxyIP)}).with("HTTPS_PROXY=https://" + proxyAddress),
		field("p4", "a web proxy that works carries HTTPS, and the name servers of the office know none of the names for signing in", fine(),
			Fault{Kind: Proxy}, directHTTPSBlocked, answers("nxdomain", nil, append([]string{signinHost}, brokerNames...)...)),
		field("p2", "the web proxy is reached by HTTPS, and so cannot be tested; the direct way works", fine().leavingOut("https://")).with("HTTPS_PROXY=https://" + proxyAddress),
	}
}

// nameCases are names that lead nowhere, or to somebody else.
func nameCases() []trial {
	said := fault(layer.DNS, likely).sure(likely, proven)
	seen := fault(layer.DNS, possible).perhaps(layer.NetworkFirewall) // a filter may drop the question
	filtered := said.ownedBy("filter", "Umbrella")
	one := func(mode string, addresses []netip.Addr, names ...string) []Fault {
		both := []Fault{answers(mode, addresses, names...), answers(mode, addresses, names...)}
		both[1].Where = Provider
		return both
	}
	page := Fault{Kind: BlockPage, Where: Provider, Addresses: blockPage}
	// What the settings are for works later, or from another host.
	settings := said.or(degraded(layer.DNS).sure(possible, proven).perhaps(layer.NetworkFirewall)).states("ok|degraded|unknown|blocked", "ok|degraded|unknown|blocked")
	return []trial{
		field("n13", "a DNS filter sends the health host's name to its block page", filtered, append(one("one-address", blockPage, healthHost, health6Host), page)...),
		field("n13b", "a DNS filter sends the broker's name to its block page", filtered, append(one("one-address", blockPage, brokerNames...), page)...),
		field("w1", "the sign-in's name leads to a parking host that anybody trusts for its own name", said, append(one("one-address", nowhere, signinHost), Fault{Kind: Parking, Where: Provider, Addresses: nowhere})...),
		field("w9", "one name gets no answer from any name server", seen, one("silent", nil, signinHost)...),
		field("w9b", "the broker's name gets no answer from any name server", seen, one("silent", nil, brokerNames...)...),
		field("w10", "the name of the directory's settings does not exist", settings, one("nxdomain", nil, settingHost)...),
		field("w10b", "the name of the directory's settings leads to a private address where nobody is", settings, one("one-address", addrs("10.66.0.1"), settingHost)...),
		field("w15", "the name servers take three seconds for every answer", degraded(layer.DNS).sure(possible, proven).works(),
			Fault{Kind: DNS, Where: Router, Mode: "slow", After: 3 * time.Second}),
	}
}

// accessCases are about who is let in.
func accessCases() []trial {
	// Which of the two addresses AWS asks about is AWS's affair.
	twoWays := fault(layer.IPAccessControl, possible).or(degraded(layer.IPAccessControl)).states("ok|degraded|unknown|blocked", "ok|degraded|unknown|blocked")
	return []trial{
		field("n10", "sign-in leaves through the proxy from an allowed address, and streaming directly from one that is not", twoWays, Fault{Kind: Proxy}, Fault{Kind: ProxyEgress}, directHTTPSBlocked).asked("--allowed-cidr", proxyOutIP+"/32"),
		field("n10b", "sign-in leaves through the proxy from an address that is not allowed, and streaming directly from one that is", twoWays, Fault{Kind: Proxy}, Fault{Kind: ProxyEgress}, directHTTPSBlocked).asked("--allowed-cidr", publicIP+"/32"),
		field("w18", "the gateway is a VPC endpoint's name, and refuses",
			fault(layer.StreamingGateway, possible, layer.VPCEgress).sure(possible, proven).perhaps(layer.NetworkFirewall).ownedBy("VPC").states("ok|blocked|unknown", "ok|blocked|unknown"),
			answers("one-address", behind, endpointHost), Fault{Kind: Genuine, Mode: "refuses", Where: Firewall, Addresses: behind}).asked("--gateway", endpointHost),
		field("w18b", "the gateway is a VPC endpoint's address, and refuses",
			fault(layer.StreamingGateway, possible, layer.VPCEgress).sure(possible, proven).perhaps(layer.NetworkFirewall).ownedBy("VPC").states("ok|blocked|unknown", "ok|blocked|unknown"),
			Fault{Kind: Genuine, Mode: "refuses", Where: Firewall, Addresses: behind}).asked("--gateway", endpointIP),
	}
}

// deviceCases are devices that answer for AWS, for good or ill.
func deviceCases() []trial {
	streams := func(k Kind, at Place, mode string) Fault {
		return Fault{Kind: k, Where: at, Mode: mode, Ports: streaming}
	}
	said := fault(layer.InternetPath, likely).sure(likely, proven).perhaps(layer.NetworkFirewall).noPCoIP().at(Provider)
	// The first router's silence hides whether the second belongs to this network.
	mute := fault(layer.NetworkFirewall, possible).perhaps(layer.LocalFirewall, layer.InternetPath).or(unclear(layer.NetworkFirewall).perhaps(layer.LocalFirewall, layer.InternetPath)).noTCP().at(Firewall)
	// A company's outermost router may have a public address.
	everything := fault(layer.InternetPath, possible).perhaps(layer.NetworkFirewall).or(unclear(layer.InternetPath, layer.NetworkFirewall)).at(Provider)
	border := fault(layer.StreamingGateway, possible, layer.IPAccessControl).rivals(layer.StreamingGateway, layer.IPAccessControl).perhaps(layer.InternetPath).noStreaming().
		or(unclear(layer.StreamingGateway, layer.IPAccessControl).perhaps(layer.InternetPath))
	return []trial{
		field("n12b", "a firewall lets the handshake of the streaming ports pass and resets the first data",
			fault(layer.NetworkFirewall, possible).rivals(layer.InternetPath).perhaps(layer.LocalFirewall).noTCP().at(Firewall), streams(ResetData, Firewall, "")),
		field("w2", "a device near the user accepts the streaming ports and carries the session on", fine(), streams(FakeAccept, Router, "carry")),
		field("w2b", "a program of this computer accepts the streaming ports and carries the session on", fine(), streams(FakeAccept, Client, "carry")),
		field("w5", "a provider's router calls PCoIP over UDP prohibited, and sends no more than one ICMP a second", said,
			Fault{Kind: RejectAdmin, Where: Provider, Proto: "udp", Ports: pcoip}, Fault{Kind: SlowICMP, Where: Provider}),
		field("w5b", "the same after two earlier runs, which used up what it sends", said,
			Fault{Kind: RejectAdmin, Where: Provider, Proto: "udp", Ports: pcoip}, Fault{Kind: SlowICMP, Where: Provider}, Fault{Kind: EarlierRuns, Count: 2}),
		field("w6", "the home router is mute, and the device behind it accepts in AWS's place", mute, Fault{Kind: Mute, Where: Router}, streams(FakeAccept, Firewall, "")),
		field("w7", "a provider's router resets every connection, those to CloudFront too", everything, Fault{Kind: Reset, Where: Provider, Proto: "tcp"}),
		field("w8", "AWS's border router, whose address is not in AWS's published ranges, drops the streaming ports, and another of AWS's stands behind it", border,
			Fault{Kind: OtherAddress, Where: Provider, Addresses: addrs("150.222.1.1 2600:1f00:0:7::1")}, drops(Provider)),
		field("w8b", "AWS's last border router, whose address is not in AWS's published ranges, drops the streaming ports", outOfSight(),
			Fault{Kind: OtherAddress, Where: Edge, Addresses: addrs("99.83.1.1 2600:1f00:0:7::1")}, drops(Edge)),
		field("w11", "this computer's firewall drops the answers of the streaming ports", outOfSight().at(Client), Fault{Kind: DropReturn, Where: Client, Ports: streaming}),
	}
}

// silentCases are about servers that answer no datagram, and loss of one port.
func silentCases() []trial {
	silent := Fault{Kind: UDPSilent, Proto: "udp", Ports: streaming}
	dropped := Fault{Kind: Drop, Where: Firewall, Proto: "udp", Ports: pcoip}
	return []trial{
		field("w3", "a healthy way whose last router answers about TCP only, to a server that answers no datagram", asFarAsSeen(), Fault{Kind: AnswersOnly, Where: Edge, Proto: "tcp"}, silent),
		field("w4", "the office firewall drops PCoIP over UDP, TCP is open, and the server answers no datagram",
			lastOwn().or(unclear(layer.NetworkFirewall).perhaps(beyondSight...)).noPCoIP(), dropped, silent),
		field("w14", "DCV is dead over TCP at AWS, and silent over UDP", outOfSight().states("ok", "unknown").at(AWS),
			Fault{Kind: Drop, Where: AWS, Proto: "tcp", Ports: dcv}, Fault{Kind: UDPSilent, Proto: "udp", Ports: dcv}),
		field("w16", "the provider loses 30 % of the packets to the streaming ports only", degraded(layer.InternetPath, layer.NetworkFirewall, noLayer).perhaps(layer.InternetPath, layer.NetworkFirewall, layer.StreamingGateway).at(Provider),
			Fault{Kind: Lossy, Where: Provider, Ports: streaming, Share: 0.3}),
	}
}

// inspectedCases are HTTPS that is opened on the way or here.
func inspectedCases() []trial {
	const antivirus = "Kaspersky Anti-Virus Personal Root Certificate"
	mine := degraded(layer.LocalFirewall).sure(likely, proven).works().ownedBy(theUser...).saying("Kaspersky").at(Client)
	return []trial{
		field("w13", "a firewall inspects HTTPS on port 443, this computer trusts it, and streaming works", degraded(layer.TLSInspection).sure(proven, proven).works(), Fault{Kind: Intercept, Mode: "trusted"}),
		field("w17", "security software on this computer inspects HTTPS, its product stands in the certificate, and this computer trusts it", mine,
			Fault{Kind: Intercept, Where: Client, Mode: "trusted", Issuer: antivirus}),
		field("w17b", "security software on this computer inspects HTTPS, and this computer does not trust it",
			fault(layer.LocalFirewall, likely).sure(likely, proven).ownedBy(theUser...).saying("Kaspersky").at(Client), Fault{Kind: Intercept, Where: Client, Issuer: antivirus}),
	}
}

// sizeCases are holes for large packets, next to certificates of real size.
func sizeCases() []trial {
	hole := func(toward string) Fault {
		return Fault{Kind: Drop, Where: Provider, Larger: 1300, Toward: toward}
	}
	chains := Fault{Kind: RealChains}
	return []trial{
		field("n07", "packets above 1300 bytes from AWS vanish without a word", sizeHole().at(Provider), chains, hole("client")),
		field("n07c", "packets above 1300 bytes vanish without a word both ways", sizeHole().at(Provider), chains, hole("")),
		field("n07-control", "nothing is wrong, and certificates are as large as real ones", fine(), chains),
	}
}

// awkwardCases are computers that stand still or are busy.
func awkwardCases() []trial {
	still := func(after, lasts time.Duration) Fault { return Fault{Kind: Standstill, After: after, Lasts: lasts} }
	busy := Fault{Kind: BusyLoops, Count: 8}
	lateOr := func(e Expect) Expect { return e.or(unsure(beyondSight...)) }
	list := []trial{
		field("w12", "this computer stands still for half a second while its links are read", lateOr(fine()), still(3*time.Millisecond, 500*time.Millisecond)),
		field("w12b", "this computer stands still for half a second while names are asked for", lateOr(fine()), still(30*time.Millisecond, 500*time.Millisecond)),
		field("w12c", "this computer stands still for half a second during a sweep, and the office firewall drops the streaming ports", lateOr(lastOwn()), still(300*time.Millisecond, 500*time.Millisecond), drops(Firewall)),
		field("x1", "this computer stands still for four seconds", lateOr(fine()), still(60*time.Millisecond, 4*time.Second)),
		field("x1b", "eight programs take the processor", lateOr(fine()), busy),
		field("x1c", "eight programs take the processor, and the office firewall drops the streaming ports", lateOr(lastOwn()), busy, drops(Firewall)),
	}
	return list
}

// lineCases are lines and routers with habits that look like faults.
func lineCases() []trial {
	const usual = 40 * time.Millisecond
	sleeps := func(wakes time.Duration) Link { return Link{RTT: usual, Wakes: wakes} }
	lateOr := func(e Expect) Expect { return e.or(unsure(beyondSight...)) }
	renewed := Fault{Kind: Rewrites, Where: Router}
	return []trial{
		field("w20", "the line sleeps, and takes a third of a second to wake up", fine()).over(sleeps(350 * time.Millisecond)),
		field("w20b", "the line sleeps, and takes more than a second to wake up", fine().or(unsure(layer.InternetPath, layer.LocalDevice, layer.NetworkFirewall, layer.LocalFirewall))).over(sleeps(1200 * time.Millisecond)),
		field("w20c", "the line sleeps, and takes two and a half seconds to wake up", fine().or(unsure(layer.InternetPath, layer.LocalDevice, layer.NetworkFirewall, layer.LocalFirewall))).over(sleeps(2500 * time.Millisecond)),
		field("w20d", "the line sleeps, and the office firewall drops the streaming ports", lateOr(lastOwn()), drops(Firewall)).over(sleeps(1200 * time.Millisecond)),
		field("w20e", "the line sleeps, and the streaming gateway answers no datagram", asFarAsSeen(), Fault{Kind: UDPSilent, Proto: "udp", Ports: streaming}).over(sleeps(700 * time.Millisecond)),
		// Behind it nobody is a hop: where packets end there, all that lies there looks the same.
		field("w21", "the router gives packets a new lifetime, as those do that hide tethering", fine(), renewed),
		field("w21b", "the router gives packets a new lifetime, and the office firewall drops the streaming ports", outOfSight().at(Firewall), renewed, drops(Firewall)),
		field("w21c", "the router gives packets a new lifetime, and nothing listens on the streaming ports", fault(layer.StreamingGateway, possible).sure(possible, proven).rivals(layer.IPAccessControl).noStreaming().at(AWS), renewed, Fault{Kind: Closed, Ports: streaming}),
		field("w21d", "the router gives packets a new lifetime, and the office firewall resets the streaming ports", unsure(layer.NetworkFirewall, layer.InternetPath, layer.StreamingGateway), renewed, Fault{Kind: Reset, Where: Firewall, Ports: streaming}),
		// Which connections are lost is up to their ports, and every run has others.
		field("w22", "one of four links is bad, so that every fourth connection is lost", fine().or(lossy(), lossy().perhaps(layer.NetworkFirewall, layer.InternetPath, layer.StreamingGateway), unsure(layer.NetworkFirewall, layer.InternetPath, layer.LocalFirewall, layer.AuthGateway)), Fault{Kind: LossyFlows, Where: Provider, Share: 0.25}),
		field("w23", "the line is gone for most of a second while the first answers are awaited", fine().or(asFarAsSeen().states("ok|unknown", "ok|unknown"), lossy().states("degraded|unknown", "degraded|unknown"), unsure(beyondSight...))).over(Link{RTT: usual, Gone: 100 * time.Millisecond, Lasts: 800 * time.Millisecond}),
		field("w24", "every fifth packet arrives twice", fine()).over(Link{RTT: usual, Twice: 0.2}),
		field("w24b", "every fifth packet arrives twice, and the office firewall drops the streaming ports", lastOwn(), drops(Firewall)).over(Link{RTT: usual, Twice: 0.2}),
		// A run begins more connections at once than any client does.
		field("w25", "the office firewall lets ten connections begin in a second", fine().or(
			asFarAsSeen().states("ok|unknown", "ok|unknown"),
			degraded(layer.NetworkFirewall, noLayer).perhaps(layer.NetworkFirewall, layer.InternetPath, layer.StreamingGateway, layer.AuthGateway, layer.LocalFirewall).states("ok|degraded|unknown", "ok|degraded|unknown"),
			unsure(append(slices.Clone(beyondSight), layer.AuthGateway)...),
		), Fault{Kind: RateLimit, Mode: "first", Where: Firewall, Proto: "tcp", PerSecond: 10, Count: 10}),
		field("w26", "the router lets ten questions for names pass in a second", fine(), Fault{Kind: RateLimit, Where: Router, Proto: "udp", Ports: dnsPort, PerSecond: 10, Count: 10}).resolvedBy(providerDNS),
	}
}

// attackCases are answers that somebody forges, or says on the way.
func attackCases() []trial {
	said := fault(layer.NetworkFirewall, likely).sure(likely, proven)
	listed := []string{"--allowed-cidr", publicIP + "/32"}
	lies := func(id, title string, e Expect, k Kind, a string) trial {
		return field(id, title, e, Fault{Kind: k, Addresses: addrs(a)}).asked(listed...)
	}
	return []trial{
		field("x3", "the default router calls everything prohibited", said.above(), Fault{Kind: RejectAdmin, Where: Router}),
		field("x3b", "the default router, by an address of a container network, calls everything prohibited", said.perhaps(layer.InternetPath).above().or(fault(layer.LocalFirewall, possible, layer.LocalDevice).rivals(layer.NetworkFirewall)).or(unclear(layer.NetworkFirewall).perhaps(layer.LocalFirewall, layer.LocalDevice, layer.InternetPath)),
			Fault{Kind: RejectAdmin, Where: Router}, Fault{Kind: OtherAddress, Where: Router, Addresses: addrs("172.17.0.1 2001:db8:99::1")}),
		field("x4", "somebody forges one refusal in the gateway's name, whose ports answer", fine(), Fault{Kind: ForgedRefusal, Where: Firewall, Proto: "udp", Ports: pcoip}),
		field("x4b", "somebody forges one refusal of a connection in the gateway's name, whose ports answer", fine(), Fault{Kind: ForgedRefusal, Where: Firewall, Proto: "tcp", Ports: pcoip}),
		// It comes sooner than anything from AWS can.
		field("x4c", "somebody near forges one refusal in the gateway's name, which answers over TCP and no datagram", asFarAsSeen().or(unsure(layer.NetworkFirewall, layer.LocalFirewall, layer.InternetPath).states("unknown", "ok")),
			Fault{Kind: ForgedRefusal, Where: Firewall, Proto: "udp", Ports: pcoip}, Fault{Kind: UDPSilent, Proto: "udp", Ports: streaming}),
		lies("x5", "STUN calls this computer 127.0.0.1", fine(), STUNLies, "127.0.0.1"),
		lies("x5b", "STUN calls this computer 224.0.0.1", fine(), STUNLies, "224.0.0.1"),
		lies("x5c", "STUN calls this computer 10.9.9.9", fine(), STUNLies, "10.9.9.9"),
		lies("x5d", "the plain HTTP address echo calls this computer 10.0.0.1", fine(), EchoLies, "10.0.0.1"),
		lies("x5e", "the plain HTTP address echo names a public address that nothing else knows", fine().or(fault(layer.IPAccessControl, possible).sure(possible, possible).works(), degraded(layer.IPAccessControl).sure(possible, possible)), EchoLies, "198.51.100.77"),
		field("x9", "the router calls DNS over UDP prohibited", said, Fault{Kind: RejectAdmin, Where: Router, Proto: "udp", Ports: dnsPort}).resolvedBy(providerDNS),
	}
}
