package lab

import (
	"net/netip"
	"slices"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
)

// trials lists every scenario: healthy ones first, then by layer from the
// user outward, then those about where on the way packets end, then those of a
// WorkSpace.
func trials() []trial {
	list := slices.Concat(healthy(), computer(), names(), middle(), paths(), gateways(), elimination(), fieldCases(), localised(), workspaces())
	for i := range list {
		list[i].Loopback = list[i].fitsLoopback()
	}
	return list
}

// realTrials lists scenarios in which outside programs serve: squid, coturn
// and unbound, quic-go through Hooks, Samba, nft and iptables. They are for tests.
func realTrials() []trial {
	return append(realWorkspaces(), []trial{
		{Scenario{Name: "real-unbound", Title: "nothing is wrong, unbound resolves", Real: []string{"unbound"}}, fine()},
		{Scenario{Name: "real-quic", Title: "nothing is wrong, quic-go answers on UDP 4195", Real: []string{"quic"}}, fine()},
		{Scenario{Name: "real-coturn", Title: "nothing is wrong, coturn answers STUN", Real: []string{"coturn"}}, fine()},
		{Scenario{Name: "real-squid", Title: "nothing is wrong, squid is the proxy", Real: []string{"squid"}, Faults: []Fault{{Kind: Proxy}, directHTTPSBlocked}}, fine()},
		{Scenario{Name: "real-squid-auth", Title: "squid demands a login", Real: []string{"squid-auth"}, Faults: []Fault{{Kind: Proxy}, directHTTPSBlocked}}, fault(layer.Proxy, finding.Proven)},
		{Scenario{Name: "real-squid-bump", Title: "squid inspects HTTPS", Real: []string{"squid-bump"}, Faults: []Fault{{Kind: Proxy}, directHTTPSBlocked}}, fault(layer.TLSInspection, finding.Proven)},
	}...)
}

var (
	pcoip     = []uint16{4172}
	dcv       = []uint16{4195}
	streaming = []uint16{4172, 4195}
	https     = []uint16{443}
	dnsPort   = []uint16{53}
	// pcoipSource are the ports that PCoIP clients send from (AWS WorkSpaces
	// administration guide, port requirements).
	pcoipSource = []uint16{50002, 55002}

	brokerAddresses = addrs("52.119.198.10 2600:1f18:0:1::10")
	nowhere         = addrs("203.0.113.80")

	// directHTTPSBlocked lets only the office's proxy reach HTTPS.
	directHTTPSBlocked = Fault{Kind: Drop, Where: Firewall, Proto: "tcp", Ports: https, Except: netip.MustParseAddr(proxyIP)}
)

// loopbackKinds are the kinds of fault that loopback can show.
var loopbackKinds = []Kind{Drop, Closed, DNS, Web, Clock, Intercept, SNIReset, FakeAccept, Portal, Proxy, UDPSilent, UDPGarbage}

// fitsLoopback says whether the scenario can be shown without namespaces: every
// fault of it can, and none depends on the wire or its hops, on the computer
// itself or on which address somebody leaves from.
func (s Scenario) fitsLoopback() bool {
	return s.Set == "" && s.World == AtDesk && s.Drawn == nil && s.Link == (Link{}) && len(s.Real) == 0 && !slices.Contains(s.Args, "--allowed-cidr") &&
		!slices.ContainsFunc(s.Faults, func(f Fault) bool {
			return !slices.Contains(loopbackKinds, f.Kind) || f.Where == Client || f.Mode == "carry" || f.Larger > 0 || len(f.FromPorts) > 0
		})
}

const (
	ok           = finding.StatusOK
	isDegraded   = finding.StatusDegraded
	isFault      = finding.StatusFault
	inconclusive = finding.StatusInconclusive
	proven       = finding.Proven
	likely       = finding.Likely
	possible     = finding.Possible
)

func healthy() []trial {
	return []trial{
		{Scenario{Name: "healthy", Title: "nothing is wrong"}, fine()},
		{Scenario{Name: "healthy-40ms", Title: "nothing is wrong, AWS is 40 ms away", Link: Link{RTT: 40 * time.Millisecond}}, fine()},
		{Scenario{Name: "healthy-udp-silent", Title: "nothing is wrong, but the gateway never answers UDP", Faults: []Fault{{Kind: UDPSilent, Proto: "udp", Ports: streaming}}}, asFarAsSeen()},
		{Scenario{Name: "healthy-quic-silent", Title: "nothing is wrong, but UDP 4195 never answers", Faults: []Fault{{Kind: UDPSilent, Proto: "udp", Ports: dcv}}}, fine()},
		{Scenario{Name: "healthy-udp-garbage", Title: "the gateway answers UDP with nonsense", Faults: []Fault{{Kind: UDPGarbage, Proto: "udp", Ports: streaming}}}, fine().or(asFarAsSeen(), degraded(noLayer, layer.StreamingGateway).states("ok|degraded|unknown", "ok|degraded"))},
		{Scenario{Name: "healthy-loss", Title: "3 % of the packets get lost", Link: Link{RTT: 20 * time.Millisecond, Loss: 0.015}}, fine().or(lossy())},
		{Scenario{Name: "healthy-150ms", Title: "AWS is 150 ms away: slow for PCoIP, no fault", Link: Link{RTT: 150 * time.Millisecond}}, fine().or(degraded(layer.InternetPath))},
		{Scenario{Name: "healthy-jitter", Title: "AWS is 40 to 60 ms away", Link: Link{RTT: 40 * time.Millisecond, Jitter: 10 * time.Millisecond}}, fine().or(degraded(layer.InternetPath))},
		{Scenario{Name: "ipv6-broken", Title: "the provider loses all IPv6, IPv4 works", Faults: []Fault{{Kind: Drop, Where: Provider, Family: "ip6"}}}, fine().or(degraded(noLayer, layer.InternetPath).perhaps(layer.NetworkFirewall))},
		{Scenario{Name: "one-address-dead", Title: "one of the gateway's six addresses is dead", Faults: []Fault{{Kind: Drop, Where: AWS, Addresses: health[2:3]}}}, fine().or(degraded(layer.StreamingGateway, noLayer))},
		{Scenario{Name: "proxy-works", Title: "a web proxy that works carries HTTPS", Faults: []Fault{{Kind: Proxy}, directHTTPSBlocked}}, fine()},
		{Scenario{Name: "dns-truncated", Title: "DNS answers only fit over TCP", Faults: []Fault{{Kind: DNS, Where: Provider, Mode: "truncated"}}}, fine()},
		{Scenario{Name: "dns-escapes", Title: "DNS answers carry terminal escapes", Faults: []Fault{{Kind: DNS, Where: Router, Mode: "escapes", Names: []string{brokerHost}, Addresses: addrs("52.119.198.10")}}}, fine().or(degraded(layer.DNS))},
		{Scenario{Name: "cidr-in", Title: "the egress address is on the allowed list", Args: []string{"--allowed-cidr", publicIP + "/32"}}, fine()},
		{Scenario{Name: "directory-dns", Title: "the directory's name servers answer", Args: []string{"--directory-dns", directory1 + "," + directory2, "--domain", domain}}, fine()},
		{Scenario{Name: "directory-dns-unreachable", Title: "the directory's name servers cannot be seen from here, which is normal", Args: []string{"--directory-dns", directory1, "--domain", domain},
			Faults: []Fault{{Kind: Drop, Where: Firewall, Addresses: addrs(directory1)}}}, fine()},
	}
}

// computer are faults of the user's own computer.
func computer() []trial {
	return []trial{
		{Scenario{Name: "link-down", Title: "the network interface is switched off", Faults: []Fault{{Kind: LinkDown}}}, fault(layer.LocalDevice, proven)},
		{Scenario{Name: "cable-out", Title: "the network cable is out", Faults: []Fault{{Kind: NoCarrier}}}, fault(layer.LocalDevice, likely).sure(likely, proven)},
		{Scenario{Name: "no-address", Title: "no address was assigned", Faults: []Fault{{Kind: NoLease}}}, fault(layer.LocalDevice, proven)},
		{Scenario{Name: "no-default-route", Title: "there is no default route", Faults: []Fault{{Kind: NoDefault}}}, fault(layer.LocalDevice, proven)},
		{Scenario{Name: "no-resolver", Title: "no name server is configured", Faults: []Fault{{Kind: NoResolver}}}, fault(layer.LocalDevice, proven, layer.DNS)},
		{Scenario{Name: "gateway-dead", Title: "the router does not answer on the local network", Faults: []Fault{{Kind: GatewayDead}}}, fault(layer.LocalDevice, possible, layer.NetworkFirewall).sure(possible, proven).rivals(layer.LocalDevice, layer.NetworkFirewall).or(unclear(layer.LocalDevice, layer.NetworkFirewall))},
		{Scenario{Name: "clock-behind", Title: "this computer's clock is 400 days behind", Faults: []Fault{{Kind: Clock, Ahead: 400 * 24 * time.Hour}}}, fault(layer.LocalDevice, likely).sure(likely, proven)},
		{Scenario{Name: "clock-ahead", Title: "this computer's clock is 400 days ahead", Faults: []Fault{{Kind: Clock, Ahead: -400 * 24 * time.Hour}}}, fault(layer.LocalDevice, likely).sure(likely, proven)},

		{Scenario{Name: "host-drops-pcoip", Title: "this computer's firewall drops PCoIP", Faults: []Fault{{Kind: Drop, Where: Client, Ports: pcoip}}}, fault(layer.LocalFirewall, proven).noPCoIP()},
		{Scenario{Name: "host-drops-udp", Title: "this computer's firewall drops streaming over UDP", Faults: []Fault{{Kind: Drop, Where: Client, Proto: "udp", Ports: streaming}}}, fault(layer.LocalFirewall, proven).noUDP()},
		{Scenario{Name: "host-rejects", Title: "this computer's firewall rejects the streaming ports", Faults: []Fault{{Kind: RejectAdmin, Where: Client, Ports: streaming}}}, fault(layer.LocalFirewall, proven).noStreaming()},
		{Scenario{Name: "host-resets", Title: "this computer's firewall resets TCP and drops UDP", Faults: []Fault{{Kind: Reset, Where: Client, Ports: streaming, Proto: "tcp"}, {Kind: Drop, Where: Client, Proto: "udp", Ports: streaming}}}, fault(layer.LocalFirewall, proven).noStreaming()},
		{Scenario{Name: "host-policy", Title: "a policy rule of this computer forbids the streaming ports", Faults: []Fault{{Kind: Prohibit, Ports: streaming}}}, fault(layer.LocalFirewall, proven).noStreaming()},
		{Scenario{Name: "host-drops-dns", Title: "this computer's firewall drops DNS", Faults: []Fault{{Kind: Drop, Where: Client, Ports: dnsPort}}}, fault(layer.LocalFirewall, likely).sure(likely, proven)},
		{Scenario{Name: "host-drops-443", Title: "this computer's firewall drops port 443", Faults: []Fault{{Kind: Drop, Where: Client, Ports: https}}}, fault(layer.LocalFirewall, possible).rivals(layer.NetworkFirewall).or(unclear(layer.LocalFirewall, layer.NetworkFirewall).perhaps(layer.InternetPath))},
		{Scenario{Name: "host-route", Title: "a route of this computer discards traffic to the gateway", Faults: []Fault{{Kind: Blackhole, Where: Client, Addresses: health}}}, fault(layer.LocalFirewall, likely, layer.LocalDevice).sure(likely, proven).noStreaming()},
		// The packets leave and the answers are thrown away on arrival: nothing says so.
		{Scenario{Name: "host-drops-replies", Title: "this computer's firewall drops the gateway's answers", Faults: []Fault{{Kind: DropReturn, Where: Client, Ports: streaming}}}, outOfSight()},
	}
}

// names are faults of name resolution.
func names() []trial {
	dns := func(name, title, mode string, at Place, addresses []netip.Addr, about []string, e Expect) trial {
		return trial{Scenario{Name: name, Title: title, Faults: []Fault{{Kind: DNS, Where: at, Mode: mode, Addresses: addresses, Names: about}}}, e}
	}
	// A name server's own answer is a confession; its silence may be anybody's.
	said := fault(layer.DNS, likely).sure(likely, proven)
	silent := fault(layer.DNS, possible).rivals(layer.NetworkFirewall).perhaps(layer.LocalFirewall).or(unclear(layer.DNS, layer.NetworkFirewall).perhaps(layer.LocalFirewall, layer.LocalDevice, layer.InternetPath))
	streamingNames := []string{healthHost, health6Host}
	return []trial{
		dns("dns-nxdomain", "the name server says that no name exists", "nxdomain", Router, nil, nil, said),
		dns("dns-filter", "a DNS filter hides the streaming gateway", "nxdomain", Router, nil, streamingNames, said),
		dns("dns-servfail", "the provider's name server fails", "servfail", Provider, nil, nil, said),
		dns("dns-refused", "the name server refuses this computer", "refused", Router, nil, nil, said),
		dns("dns-silent", "the router's name server is silent", "silent", Router, nil, nil, silent),
		dns("dns-silent-provider", "the provider's name server is silent", "silent", Provider, nil, nil, silent),
		dns("dns-empty", "the name server finds no addresses", "empty", Provider, nil, nil, said),
		dns("dns-private", "the name server gives private addresses for AWS names", "one-address", Router, addrs("10.66.0.1"), nil, said),
		dns("dns-sinkhole", "a DNS filter sends the gateway's name to 0.0.0.0", "one-address", Router, addrs("0.0.0.0"), streamingNames, said),
		dns("dns-one-address", "the name server gives one address for every name", "one-address", Provider, nowhere, nil, said),
		dns("dns-garbage", "the name server answers nonsense", "garbage", Router, nil, nil, said),
		{Scenario{Name: "dns-one-dead", Title: "the first of two name servers is dead", Resolvers: []string{"192.168.50.53", routerLAN}}, degraded(layer.DNS).works().or(fine())},
	}
}

// middle are machines that answer for others: hotspots, proxies, interceptors.
func middle() []trial {
	proxy := func(name, title, mode string, least finding.Confidence) trial {
		e := fault(layer.Proxy, least).sure(least, proven)
		if least == possible { // somebody between may drop what is sent to it, or behind it what it sends
			e = e.sure(possible, likely).rivals(layer.NetworkFirewall)
		}
		return trial{Scenario{Name: name, Title: title, Faults: []Fault{{Kind: Proxy, Mode: mode}, directHTTPSBlocked}}, e}
	}
	portal := func(name, title, mode string) trial {
		return trial{Scenario{Name: name, Title: title, Faults: []Fault{{Kind: Portal, Mode: mode}}}, fault(layer.CaptivePortal, likely).sure(likely, proven)}
	}
	return []trial{
		portal("portal", "a hotspot sends every page to its sign-in page", "redirect"),
		portal("portal-page", "a hotspot shows its sign-in page in place of every page", "page"),
		portal("portal-http-only", "a hotspot shows its sign-in page and drops HTTPS", "http-only"),
		portal("portal-dns", "a hotspot's name server leads every name to its sign-in page", "dns"),

		proxy("proxy-auth", "the web proxy demands a login", "auth", proven),
		proxy("proxy-deny", "the web proxy refuses AWS", "deny", proven),
		proxy("proxy-broken", "the web proxy cannot reach AWS", "broken", possible),
		proxy("proxy-hang", "the web proxy accepts and says nothing", "hang", possible),
		proxy("proxy-closed", "nothing listens at the web proxy's address", "closed", likely),
		proxy("proxy-gone", "the web proxy does not answer at all", "gone", possible),
		proxy("proxy-escape", "the web proxy refuses with terminal escapes", "escape", proven),
		proxy("proxy-noise", "the web proxy answers nonsense", "noise", likely),
		{Scenario{Name: "proxy-auth-direct", Title: "the web proxy demands a login, the direct way is open", Faults: []Fault{{Kind: Proxy, Mode: "auth"}}}, fault(layer.Proxy, likely).sure(likely, proven).or(degraded(layer.Proxy).sure(likely, proven).works())},
		{Scenario{Name: "proxy-no-streaming", Title: "only the web proxy gets out; streaming is rejected", Faults: []Fault{{Kind: Proxy}, directHTTPSBlocked, {Kind: RejectAdmin, Where: Firewall, Ports: streaming}}}, ownWord(proven)},

		{Scenario{Name: "inspection", Title: "the firewall inspects HTTPS, and this computer trusts it", Faults: []Fault{{Kind: Intercept, Mode: "trusted"}}}, degraded(layer.TLSInspection).sure(proven, proven).works()},
		{Scenario{Name: "inspection-untrusted", Title: "the firewall inspects HTTPS, and this computer does not trust it", Faults: []Fault{{Kind: Intercept}}}, fault(layer.TLSInspection, proven)},
		{Scenario{Name: "inspection-some", Title: "the firewall inspects HTTPS to the session broker only", Faults: []Fault{{Kind: Intercept, Names: []string{sessionHost}}}}, fault(layer.TLSInspection, proven).states("blocked", "ok|unknown")}, // the host is PCoIP's
		{Scenario{Name: "inspection-escapes", Title: "the certificate's names carry terminal escapes", Faults: []Fault{{Kind: Web, Where: AWS, Mode: "escapes"}}}, fault(layer.TLSInspection, likely).sure(likely, proven)},
	}
}

// paths are faults between this computer and AWS.
func paths() []trial {
	return []trial{
		{Scenario{Name: "router-rejects", Title: "the router rejects the streaming ports", Faults: []Fault{{Kind: RejectAdmin, Where: Router, Ports: streaming}}}, fault(layer.NetworkFirewall, proven).noStreaming()},
		{Scenario{Name: "router-unreachable", Title: "the router calls the gateway unreachable", Faults: []Fault{{Kind: RejectHost, Where: Router, Ports: streaming}}}, fault(layer.NetworkFirewall, likely).sure(likely, proven).noStreaming()},
		{Scenario{Name: "router-drops-pcoip", Title: "the router drops PCoIP", Faults: []Fault{{Kind: DropIn, Where: Router, Ports: pcoip}}}, firstRouter().noPCoIP()},
		// Not even the STUN control comes back.
		{Scenario{Name: "router-drops-udp", Title: "the router drops all UDP but DNS", Faults: []Fault{{Kind: Drop, Where: Router, Proto: "udp"}}}, nearby(Router).noUDP().sure(possible, likely)}, // no datagram shows the routers behind it
		{Scenario{Name: "firewall-rejects-pcoip", Title: "the office firewall rejects PCoIP", Faults: []Fault{{Kind: RejectAdmin, Where: Firewall, Ports: pcoip}}}, ownWord(proven).noPCoIP()},
		{Scenario{Name: "firewall-rejects-dcv-udp", Title: "the office firewall rejects DCV over UDP; TCP works", Faults: []Fault{{Kind: RejectAdmin, Where: Firewall, Proto: "udp", Ports: dcv}}}, degraded(layer.NetworkFirewall).sure(proven, proven).perhaps(layer.InternetPath).states("ok", "degraded")},
		{Scenario{Name: "firewall-port-unreachable", Title: "the office firewall answers for the gateway that its ports are closed", Faults: []Fault{{Kind: RejectPort, Where: Firewall, Ports: streaming}}}, ownWord(likely)},
		{Scenario{Name: "firewall-rejects-443", Title: "the office firewall rejects HTTPS", Faults: []Fault{{Kind: RejectAdmin, Where: Firewall, Proto: "tcp", Ports: https}}}, ownWord(proven).above()},
		{Scenario{Name: "firewall-drops-pcoip", Title: "the office firewall drops PCoIP", Faults: []Fault{{Kind: Drop, Where: Firewall, Ports: pcoip}}}, lastOwn().noPCoIP()},
		{Scenario{Name: "firewall-drops-streaming", Title: "the office firewall drops both streaming protocols", Faults: []Fault{{Kind: Drop, Where: Firewall, Ports: streaming}}}, lastOwn()},
		{Scenario{Name: "firewall-drops-443", Title: "the office firewall drops HTTPS", Faults: []Fault{{Kind: Drop, Where: Firewall, Proto: "tcp", Ports: https}}}, lastOwn().above()},
		{Scenario{Name: "firewall-drops-all", Title: "the office firewall drops everything", Faults: []Fault{{Kind: Drop, Where: Firewall}}}, fault(layer.NetworkFirewall, possible).rivals(layer.InternetPath).perhaps(layer.LocalFirewall, layer.LocalDevice, layer.DNS).or(unclear(layer.NetworkFirewall).perhaps(layer.InternetPath, layer.LocalFirewall, layer.LocalDevice, layer.DNS))},
		// A reset may be the gateway's or forged; only TTLs can tell.
		{Scenario{Name: "firewall-resets", Title: "the office firewall resets the streaming ports", Faults: []Fault{{Kind: Reset, Where: Firewall, Ports: streaming}}}, lastOwn().noTCP()},
		{Scenario{Name: "firewall-resets-far", Title: "the office firewall resets the streaming ports, AWS is 40 ms away", Link: Link{RTT: 40 * time.Millisecond}, Faults: []Fault{{Kind: Reset, Where: Firewall, Ports: streaming}}}, lastOwn().noTCP()},
		{Scenario{Name: "firewall-accepts", Title: "the office firewall accepts the streaming ports itself and says nothing, AWS is 40 ms away", Link: Link{RTT: 40 * time.Millisecond}, Faults: []Fault{{Kind: FakeAccept, Ports: streaming}}}, nearby(Firewall).noTCP().sure(possible, likely)},
		// Next door to AWS only TTLs tell the firewall's accept from a gateway that waits.
		{Scenario{Name: "firewall-accepts-near", Title: "the office firewall accepts the streaming ports itself, and AWS is as near as the firewall", Faults: []Fault{{Kind: FakeAccept, Ports: streaming}}}, nearby(Firewall).noTCP().sure(possible, likely)},
		{Scenario{Name: "firewall-resets-names", Title: "the office firewall resets HTTPS to the broker by its name", Faults: []Fault{{Kind: SNIReset, Names: []string{brokerHost}}}}, fault(layer.NetworkFirewall, possible, layer.TLSInspection).rivals(layer.AuthGateway).perhaps(layer.LocalFirewall, layer.InternetPath).or(unclear(layer.NetworkFirewall, layer.AuthGateway).perhaps(layer.LocalFirewall, layer.InternetPath, layer.TLSInspection))},
		{Scenario{Name: "firewall-lossy", Title: "the office firewall loses every fourth packet", Faults: []Fault{{Kind: Lossy, Where: Firewall, Share: 0.25}}}, degraded(layer.NetworkFirewall, layer.InternetPath, noLayer).perhaps(layer.NetworkFirewall, layer.InternetPath).or(unclear(layer.NetworkFirewall, layer.InternetPath).perhaps(layer.LocalFirewall, layer.AuthGateway, layer.StreamingGateway).states("ok|degraded|unknown", "ok|degraded|unknown"))},

		{Scenario{Name: "provider-rejects", Title: "the provider rejects the streaming ports", Faults: []Fault{{Kind: RejectAdmin, Where: Provider, Ports: streaming}}}, fault(layer.InternetPath, likely).sure(likely, proven).perhaps(layer.NetworkFirewall).noStreaming()},
		{Scenario{Name: "provider-no-route", Title: "the provider has no route to the gateway", Faults: []Fault{{Kind: Blackhole, Where: Provider, Mode: "unreachable", Addresses: health}}}, fault(layer.InternetPath, possible).rivals(layer.NetworkFirewall).noStreaming()},
		{Scenario{Name: "provider-drops", Title: "the provider drops the streaming ports", Faults: []Fault{{Kind: Drop, Where: Provider, Ports: streaming}}}, underway()},
		{Scenario{Name: "provider-drops-replies", Title: "the provider drops the gateway's answers", Faults: []Fault{{Kind: DropReturn, Where: Provider, Ports: streaming}}}, outOfSight()},
		{Scenario{Name: "slow-250ms", Title: "AWS is 250 ms away", Link: Link{RTT: 250 * time.Millisecond}}, degraded(layer.InternetPath).states("degraded", "degraded")},
		{Scenario{Name: "slow-450ms", Title: "AWS is 450 ms away: PCoIP ends such sessions", Link: Link{RTT: 450 * time.Millisecond}}, fault(layer.InternetPath, possible).states("blocked", "degraded|blocked")},
		{Scenario{Name: "lossy", Title: "20 % of the packets get lost each way", Link: Link{RTT: 20 * time.Millisecond, Loss: 0.2}}, lossy().or(unsure(layer.NetworkFirewall, layer.InternetPath))},
		{Scenario{Name: "large-packets-vanish", Title: "packets over 1000 bytes vanish on the way", Link: Link{MTU: 1000}}, sizeHole()},
	}
}
