package lab

import (
	"slices"
	"time"

	"wsdoctor/internal/layer"
)

// pathSet is the Set of the scenarios about where packets end.
const pathSet = "path"

// localised are faults on the way whose place can be told by sweeps, or cannot
// and must not be. What may be said of each follows from what a sweep can see:
//
//   - A router that drops in forwarding answers for its own TTL, so its packets
//     look the same as those that the next one drops on arrival. The nearer
//     device is preferred, and the farther one is a suspect.
//   - After a private address comes a device of this network, after a public
//     one of the provider.
//   - Behind the last hop that AWS lets answer, the gateway, an access list and
//     lost replies look the same: nobody may be accused.
func localised() []trial {
	list := slices.Concat(silentDrops(), oneFamily(), quietHops(), lossyPaths(), repliesLost(), forged(), largePackets(), withinHost(), twoFaults())
	for i := range list {
		list[i].Set = pathSet
	}
	return list
}

// far is a world in which AWS is 40 ms away, for that is what most people have.
func far(name, title string, e Expect, faults ...Fault) trial {
	return trial{Scenario{Name: "path-" + name, Title: title, Link: Link{RTT: 40 * time.Millisecond}, Faults: faults}, e}
}

func (s trial) over(l Link) trial { s.Link = l; return s }

// drops is a fault of both streaming protocols.
func drops(at Place) Fault    { return Fault{Kind: Drop, Where: at, Ports: streaming} }
func dropsIn(at Place) Fault  { return Fault{Kind: DropIn, Where: at, Ports: streaming} }
func dropsUDP(at Place) Fault { return Fault{Kind: Drop, Where: at, Proto: "udp", Ports: streaming} }

// silentDrops are packets that vanish at each place of the way.
func silentDrops() []trial {
	slow := Link{RTT: 200 * time.Millisecond}
	return []trial{
		far("router-drops-40ms", "the router drops the streaming ports, AWS is 40 ms away", nearby(Router), drops(Router)),
		// This computer's own silent filter differs only by its packet counter.
		far("router-drops-arriving", "the router drops the streaming ports before it looks at anything else", firstRouter(), dropsIn(Router)),
		far("firewall-drops-40ms", "the office firewall drops the streaming ports, AWS is 40 ms away", lastOwn(), drops(Firewall)),
		far("firewall-drops-200ms", "the office firewall drops the streaming ports, AWS is 200 ms away", lastOwn(), drops(Firewall)).over(slow),
		// Routers have few ICMP errors to give in a row, and four runs have had theirs.
		far("firewall-drops-fifth-run", "the office firewall drops the streaming ports, and this is the fifth run in a row", lastOwn(), drops(Firewall), Fault{Kind: EarlierRuns, Count: 4}),
		far("provider-drops-fifth-run", "the provider drops the streaming ports, and this is the fifth run in a row", underway(), drops(Provider), Fault{Kind: EarlierRuns, Count: 4}),
		far("firewall-drops-arriving", "the office firewall drops the streaming ports before it looks at anything else", nearby(Firewall), dropsIn(Firewall)),
		far("firewall-drops-pcoip", "the office firewall drops PCoIP, and DCV passes", lastOwn().noPCoIP(), Fault{Kind: Drop, Where: Firewall, Ports: pcoip}),
		far("firewall-drops-dcv", "the office firewall drops DCV, and PCoIP passes", lastOwn().or(degraded(layer.NetworkFirewall).rivals(layer.InternetPath)).noDCV(), Fault{Kind: Drop, Where: Firewall, Ports: dcv}),
		far("provider-drops-40ms", "the provider drops the streaming ports, AWS is 40 ms away", underway(), drops(Provider)),
		far("provider-drops-200ms", "the provider drops the streaming ports, AWS is 200 ms away", underway(), drops(Provider)).over(slow),
		far("provider-drops-arriving", "the provider drops the streaming ports before it looks at anything else", eitherSide(), dropsIn(Provider)),
		far("edge-drops", "the edge of AWS drops the streaming ports, after it answered for its own hop", outOfSight().at(Edge), drops(Edge)),
		// The provider's last router dropping what it passes on looks the same.
		far("edge-drops-arriving", "the edge of AWS drops the streaming ports before it looks at anything else", underway().at(Edge), dropsIn(Edge)),
		far("gateway-silent", "the gateway or its access list drops the streaming ports", outOfSight().at(AWS), drops(AWS)),

		// Nothing shows that packets come any farther than the firewall, nor that they do not.
		far("firewall-drops-host", "the office firewall drops everything to the streaming gateway", unplaced(layer.NetworkFirewall).at(Firewall), Fault{Kind: Drop, Where: Firewall, Addresses: health}),
		far("router-drops-udp", "the router drops streaming over UDP, and TCP passes", nearby(Router).noUDP(), dropsUDP(Router)),
		far("firewall-drops-udp", "the office firewall drops streaming over UDP, and TCP passes", lastOwn().noUDP(), dropsUDP(Firewall)),
		far("provider-drops-udp", "the provider drops streaming over UDP, and TCP passes", underway().noUDP(), dropsUDP(Provider)),
		far("gateway-udp-silent", "nothing is wrong, but the gateway never answers UDP", asFarAsSeen(), Fault{Kind: UDPSilent, Proto: "udp", Ports: streaming}),
		far("pcoip-source-ports", "the office firewall drops what PCoIP sends from its own source ports", fault(layer.NetworkFirewall, possible).rivals(layer.LocalFirewall).perhaps(layer.InternetPath).or(unclear(layer.NetworkFirewall).perhaps(layer.LocalFirewall, layer.InternetPath), degraded(layer.NetworkFirewall).perhaps(layer.LocalFirewall, layer.InternetPath)).noPCoIP().at(Firewall), Fault{Kind: Drop, Where: Firewall, Proto: "udp", FromPorts: pcoipSource}),

		far("rotating-firewall-drops", "the public address changes with every connection, and the office firewall drops the streaming ports", lastOwn(), Fault{Kind: Rotate}, drops(Firewall)),
		far("rotating-provider-drops", "the public address changes with every connection, and the provider drops the streaming ports", underway(), Fault{Kind: Rotate}, drops(Provider)),
	}
}

// oneFamily are faults of IPv4 or IPv6 alone, and computers that have only one.
func oneFamily() []trial {
	alone := func(name, title string, e Expect, f ...Fault) trial {
		s := far("ipv6-only-"+name, title, e, append(f, Fault{Kind: NoLease, Family: "ip4"})...)
		s.Resolvers = []string{routerLAN6}
		return s
	}
	// Without address translation nothing marks the office's own IPv6 addresses.
	whose := fault(layer.NetworkFirewall, possible, layer.InternetPath).sure(possible, possible).rivals(layer.NetworkFirewall, layer.InternetPath).noStreaming().
		or(unclear(layer.NetworkFirewall, layer.InternetPath)).at(Firewall)
	return []trial{
		far("firewall-drops-ipv4", "the office firewall drops the streaming ports over IPv4 only", lastOwn().or(degraded(layer.NetworkFirewall).rivals(layer.InternetPath).works()).at(Firewall), Fault{Kind: Drop, Where: Firewall, Family: "ip4", Ports: streaming}),
		far("provider-drops-ipv6", "the provider drops the streaming ports over IPv6 only, IPv4 works", fine().or(degraded(layer.InternetPath, layer.NetworkFirewall, noLayer).perhaps(layer.NetworkFirewall, layer.InternetPath, layer.StreamingGateway)).at(Provider), Fault{Kind: Drop, Where: Provider, Family: "ip6", Ports: streaming}),
		// Several names of the client have IPv4 addresses only.
		alone("healthy", "this computer has no IPv4, and nothing else is wrong", fine().or(degraded(layer.LocalDevice, noLayer), unsure(layer.LocalDevice, layer.InternetPath, layer.DNS), fault(layer.LocalDevice, possible).rivals(layer.InternetPath))),
		alone("router-drops", "this computer has no IPv4, and the router drops the streaming ports", fault(layer.NetworkFirewall, possible).rivals(layer.InternetPath).noStreaming().at(Router), drops(Router)),
		alone("firewall-drops", "this computer has no IPv4, and the office firewall drops the streaming ports", whose, drops(Firewall)),
		alone("provider-drops", "this computer has no IPv4, and the provider drops the streaming ports", underway(), drops(Provider)),
	}
}

// quietHops are routers on the way that answer sweeps seldom or never.
func quietHops() []trial {
	mute := func(p Place) Fault { return Fault{Kind: Mute, Where: p} }
	slow := func(p Place) Fault { return Fault{Kind: SlowICMP, Where: p} }
	// Between the office's last device and AWS's second one nothing shows.
	hidden := eitherSide().or(unclear(layer.NetworkFirewall, layer.InternetPath)).perhaps(layer.StreamingGateway, layer.IPAccessControl)
	nowhereToSee := unplaced(layer.NetworkFirewall, layer.InternetPath, layer.StreamingGateway).at(Firewall)
	nowhereToSee.Widest = len(chain) - 1
	return []trial{
		far("mute-router-firewall-drops", "the router never shows in sweeps, and the office firewall behind it drops the streaming ports", lastOwn(), mute(Router), drops(Firewall)),
		far("mute-firewall-drops", "the office firewall drops the streaming ports and never shows in sweeps", lastOwn().or(unclear(layer.NetworkFirewall, layer.InternetPath)), mute(Firewall), drops(Firewall)),
		far("mute-provider-firewall-drops", "the office firewall drops the streaming ports, and the provider behind it never shows in sweeps", hidden.at(Firewall), mute(Provider), drops(Firewall)),
		far("mute-provider-drops", "the provider drops the streaming ports and never shows in sweeps", hidden.at(Provider), mute(Provider), drops(Provider)),
		// The provider's drop would look the same; AWS's own hops often hide.
		far("mute-edge-gateway-silent", "the gateway drops the streaming ports, and the edge of AWS never shows in sweeps", outOfSight().at(AWS), mute(Edge), drops(AWS)),
		far("mute-all-firewall-drops", "the office firewall drops the streaming ports, and no hop ever shows in sweeps", nowhereToSee, mute(Router), mute(Firewall), mute(Provider), mute(Edge), drops(Firewall)),

		far("slow-icmp-router-drops", "the router drops the streaming ports and shows in sweeps once a second", fault(layer.NetworkFirewall, possible).perhaps(layer.LocalFirewall, layer.InternetPath).noStreaming().or(unplaced(layer.NetworkFirewall)).at(Router), slow(Router), drops(Router)),
		far("slow-icmp-firewall-drops", "the office firewall drops the streaming ports and shows in sweeps once a second", lastOwn().or(unplaced(layer.NetworkFirewall)), slow(Firewall), drops(Firewall)),
		far("slow-icmp-all-provider-drops", "the provider drops the streaming ports, and every hop shows in sweeps once a second", unplaced(layer.InternetPath).or(eitherSide()).at(Provider), slow(Router), slow(Firewall), slow(Provider), slow(Edge), drops(Provider)),
		// Who takes the missing answer for a drop accuses the provider.
		far("slow-icmp-edge-drops", "the edge of AWS drops the streaming ports and shows in sweeps once a second", unplaced(layer.StreamingGateway).at(Edge), slow(Edge), drops(Edge)),
	}
}

// lossyPaths are drops next to 5 % loss each way.
func lossyPaths() []trial {
	loss := Link{RTT: 40 * time.Millisecond, Loss: 0.05}
	near := Fault{Kind: Lossy, Where: Router, Share: 0.05}
	return []trial{
		far("loss-firewall-drops", "the office firewall drops the streaming ports, and 5 % of the packets get lost behind it", lastOwn().or(unplaced(layer.NetworkFirewall)), drops(Firewall)).over(loss),
		far("loss-near-firewall-drops", "the office firewall drops the streaming ports, and the router before it loses 5 % of the packets", lastOwn().or(unplaced(layer.NetworkFirewall)), near, drops(Firewall)),
		far("loss-provider-drops", "the provider drops the streaming ports, and 5 % of the packets get lost each way", underway().or(unplaced(layer.InternetPath)), drops(Provider)).over(loss),
		far("loss-gateway-silent", "the gateway drops the streaming ports, and 5 % of the packets get lost each way", unplaced(layer.StreamingGateway, layer.IPAccessControl).at(AWS), drops(AWS)).over(loss),
	}
}

// repliesLost are drops of the way back, which sweeps of the way there cannot
// see: the hops' own ICMP errors come back.
func repliesLost() []trial {
	back := func(p Place) Fault { return Fault{Kind: DropReturn, Where: p, Ports: streaming} }
	return []trial{
		far("router-drops-replies", "the router drops the gateway's answers", outOfSight(), back(Router)),
		far("firewall-drops-replies", "the office firewall drops the gateway's answers", outOfSight(), back(Firewall)),
		far("provider-drops-replies", "the provider drops the gateway's answers, AWS is 40 ms away", outOfSight(), back(Provider)),
	}
}

// forged are answers in the gateway's name by devices that are nearer.
func forged() []trial {
	resets := func(p Place) Fault { return Fault{Kind: Reset, Where: p, Ports: streaming} }
	accepts := func(p Place) Fault { return Fault{Kind: FakeAccept, Where: p, Ports: streaming} }
	near := Link{}
	// The control is reset too, from as near: without more, the way looks two hops long.
	resetsAll := fault(layer.NetworkFirewall, possible).rivals(layer.InternetPath).perhaps(layer.LocalFirewall, layer.StreamingGateway).
		or(unclear(layer.NetworkFirewall, layer.InternetPath).perhaps(layer.LocalFirewall, layer.StreamingGateway, layer.IPAccessControl)).noTCP().at(Firewall)
	return []trial{
		far("router-resets", "the router resets the streaming ports, AWS is 40 ms away", nearby(Router).noTCP(), resets(Router)),
		far("router-resets-near", "the router resets the streaming ports, and AWS is as near as the router", nearby(Router).noTCP(), resets(Router)).over(near),
		far("firewall-resets", "the office firewall forges resets on the streaming ports, AWS is 40 ms away", lastOwn().noTCP(), resets(Firewall)),
		far("firewall-resets-near", "the office firewall forges resets on the streaming ports, and AWS is as near as the firewall", lastOwn().noTCP(), resets(Firewall)).over(near),
		far("provider-resets", "the provider resets the streaming ports, AWS is 40 ms away", underway().noTCP().sure(possible, likely), resets(Provider)),
		far("provider-resets-near", "the provider resets the streaming ports, and AWS is as near as the provider", underway().noTCP(), resets(Provider)).over(near),
		far("gateway-refuses", "nothing listens on the gateway's streaming ports, AWS is 40 ms away", fault(layer.StreamingGateway, possible).sure(possible, proven).rivals(layer.IPAccessControl).noStreaming().at(AWS), Fault{Kind: Closed, Ports: streaming}),

		far("router-accepts", "the router accepts the streaming ports itself and says nothing", firstRouter().noTCP(), accepts(Router)),
		far("firewall-accepts", "the office firewall accepts the streaming ports itself, AWS is 40 ms away", nearby(Firewall).noTCP().sure(possible, likely), accepts(Firewall)),
		far("firewall-accepts-near", "the office firewall accepts the streaming ports itself, and AWS is right behind it", nearby(Firewall).noTCP().sure(possible, likely), accepts(Firewall)).over(near),
		far("firewall-resets-all", "the office firewall resets all connections to the streaming gateway, AWS is 40 ms away", resetsAll,
			Fault{Kind: Reset, Where: Firewall, Ports: []uint16{443, 4172, 4195}, Addresses: health}),
		far("firewall-resets-all-near", "the office firewall resets all connections to the streaming gateway, and AWS is as near as the firewall", resetsAll,
			Fault{Kind: Reset, Where: Firewall, Ports: []uint16{443, 4172, 4195}, Addresses: health}).over(near),
		far("provider-accepts", "the provider accepts the streaming ports itself and says nothing", eitherSide().noTCP(), accepts(Provider)),
	}
}

// largePackets are faults of TLS greetings and of large packets.
func largePackets() []trial {
	broker := []string{brokerHost, "ws-broker-service.us-east-1.api.aws"}
	// In-path devices that read greetings are inspection and firewall in one.
	reader := fault(layer.NetworkFirewall, possible, layer.TLSInspection).rivals(layer.AuthGateway).perhaps(layer.InternetPath, layer.LocalFirewall, layer.NetworkFirewall).
		or(unclear(layer.NetworkFirewall).perhaps(layer.AuthGateway, layer.InternetPath, layer.LocalFirewall, layer.TLSInspection)).at(Firewall)
	return []trial{
		far("greeting-dropped", "the office firewall drops TLS greetings that name the broker", reader, Fault{Kind: Drop, Where: Firewall, Proto: "tcp", Ports: https, Names: broker}),
		far("greeting-reset", "the office firewall resets connections whose TLS greeting names the broker", reader, Fault{Kind: Reset, Where: Firewall, Ports: https, Names: broker}),
		// Whoever loses all that is large takes the stream too, and looks the same.
		far("greeting-too-large", "the office firewall drops TLS greetings that are large", reader.states("ok|unknown", "ok|unknown"), Fault{Kind: Drop, Where: Firewall, Proto: "tcp", Ports: https, Larger: 800}),

		far("mtu-1280", "the line carries 1280 bytes, and its routers say so", fine().or(degraded(layer.InternetPath, layer.NetworkFirewall, noLayer)), Fault{Kind: NarrowLink, Where: Firewall, MTU: 1280}),
		far("mtu-1280-silent", "the office firewall drops packets over 1280 bytes and says nothing", sizeHole().at(Firewall), Fault{Kind: Drop, Where: Firewall, Larger: 1280}),
		far("black-hole-1100", "the provider drops packets over 1100 bytes and says nothing", sizeHole().at(Provider), Fault{Kind: Drop, Where: Provider, Larger: 1100}),
	}
}

// withinHost are filters of this computer that tell the sender nothing, and
// software of it that answers in the gateway's name.
func withinHost() []trial {
	opens := fault(layer.LocalFirewall, likely).at(Client)
	e := opens.noStreaming()
	return []trial{
		far("host-swallows", "security software on this computer drops the streaming ports and reports them as sent", e, Fault{Kind: Swallow, Mode: "queue", Ports: streaming}),
		far("host-swallows-interface", "a filter at this computer's network card drops the streaming ports without a permission error", e, Fault{Kind: Swallow, Ports: streaming}),
		far("host-swallows-in-a-call", "security software drops the streaming ports while a call goes on", e.or(unclear(layer.LocalFirewall, layer.NetworkFirewall)), Fault{Kind: Swallow, Ports: streaming}, Fault{Kind: Chatter, Mode: "call"}),
		far("host-inspects", "security software on this computer inspects HTTPS", opens, Fault{Kind: Intercept, Where: Client}),
		far("host-inspects-trusted", "security software on this computer inspects HTTPS, and the computer trusts it", degraded(layer.LocalFirewall).sure(likely, likely).works().at(Client), Fault{Kind: Intercept, Where: Client, Mode: "trusted"}),
		// Then the packet counter cannot tell, and nobody may be accused.
		far("host-swallows-in-an-upload", "security software drops the streaming ports while something large is sent", unclear(layer.LocalFirewall, layer.NetworkFirewall).at(Client), Fault{Kind: Swallow, Ports: streaming}, Fault{Kind: Chatter, Mode: "upload"}),
		far("router-drops-in-an-upload", "the router drops the streaming ports on arrival while something large is sent", firstRouter(), dropsIn(Router), Fault{Kind: Chatter, Mode: "upload"}),
		// To sweeps both look as the router's answers do.
		far("host-resets", "this computer's firewall resets TCP to the streaming ports, and UDP passes", e.noTCP(), Fault{Kind: Reset, Where: Client, Proto: "tcp", Ports: streaming}),
		// What it opens itself leaves, so the counter does not tell it from the router.
		far("host-relays", "security software on this computer accepts the streaming ports and connects onwards", unclear(layer.LocalFirewall, layer.NetworkFirewall).noTCP().at(Client), Fault{Kind: FakeAccept, Where: Client, Mode: "relay", Ports: streaming}),
		far("host-accepts", "security software on this computer accepts the streaming ports itself and says nothing", e.noTCP(), Fault{Kind: FakeAccept, Where: Client, Ports: streaming}),
	}
}

// twoFaults are two at once: both must be told, the nearer one as the cause.
func twoFaults() []trial {
	dcvBlocked := Fault{Kind: Drop, Where: Firewall, Ports: dcv}
	// HTTPS that is opened and trusted works, so what is dropped is the fault. The
	// control of every sweep is port 443, which ends at the same firewall: nothing
	// shows how far the streaming ports' packets should have come.
	opened := fault(layer.NetworkFirewall, possible).rivals(layer.InternetPath).perhaps(layer.StreamingGateway, layer.IPAccessControl, layer.LocalFirewall).noStreaming().
		or(unplaced(layer.NetworkFirewall)).at(Firewall).telling(layer.TLSInspection, layer.NetworkFirewall)
	filtered := fault(layer.DNS, likely).sure(likely, proven).at(Firewall).telling(layer.DNS, layer.NetworkFirewall)
	return []trial{
		far("two-host-and-firewall", "this computer's firewall drops PCoIP, and the office firewall drops DCV",
			fault(layer.LocalFirewall, proven).noStreaming().at(Client).and(Firewall).telling(layer.LocalFirewall, layer.NetworkFirewall), Fault{Kind: Drop, Where: Client, Ports: pcoip}, dcvBlocked),
		far("two-router-and-firewall", "the router drops PCoIP, and the office firewall drops DCV",
			nearby(Router).and(Firewall).telling(layer.NetworkFirewall), Fault{Kind: Drop, Where: Router, Ports: pcoip}, dcvBlocked),
		far("two-inspection-and-firewall", "the office firewall inspects HTTPS, and drops the streaming ports", opened, Fault{Kind: Intercept, Mode: "trusted"}, drops(Firewall)),
		far("two-dns-and-firewall", "a DNS filter hides the streaming gateway, and the office firewall drops its ports",
			filtered, Fault{Kind: DNS, Where: Router, Mode: "nxdomain", Names: []string{healthHost, health6Host}}, drops(Firewall)),
	}
}
