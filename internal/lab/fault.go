package lab

import (
	"net/netip"
	"time"
)

// Place is a machine of the topology.
type Place string

// The places, from the user outward. Office is the company's server network
// behind the firewall: the web proxy and the directory's name servers.
const (
	Client   Place = "client"
	Router   Place = "router"
	Firewall Place = "firewall"
	Office   Place = "office"
	Provider Place = "provider"
	Edge     Place = "edge"
	AWS      Place = "aws"
)

// The places of a WorkSpace's world, besides AWS, which is the internet there.
const (
	Workspace  Place = "workspace"
	Management Place = "management" // behind eth0: streaming gateways, metadata, activation
	VPC        Place = "vpc"        // behind eth1: the subnets' router, resolver, proxy and NAT gateway
	DC1        Place = "dc1"        // domain controllers, each in a subnet of its own
	DC2        Place = "dc2"
)

// Kind is a kind of fault.
type Kind string

// Kinds that change packets, links or routes. At the client a filter sees what
// the client sends, at AWS what arrives, elsewhere what is passed on. They need
// namespaces, but for Drop and Closed, which loopback shows as well. A filter
// on DropIn discards before the packet's lifetime is looked at, on Drop after:
// a router that drops still answers for its own TTL.
const (
	Drop        Kind = "drop"         // discard without a word
	DropIn      Kind = "drop-in"      // the same on arrival, before the router looks at the packet
	DropReturn  Kind = "drop-return"  // discard the replies (Ports are source ports)
	RejectAdmin Kind = "reject-admin" // ICMP "administratively prohibited" from this place
	RejectPort  Kind = "reject-port"  // ICMP "port unreachable"
	RejectHost  Kind = "reject-host"  // ICMP "host unreachable"
	RejectNet   Kind = "reject-net"   // ICMP "net unreachable"
	Reset       Kind = "reset"        // forged TCP reset in the destination's name
	Lossy       Kind = "lossy"        // discard a Share of the packets
	Prohibit    Kind = "prohibit"     // policy rule at the client
	Blackhole   Kind = "blackhole"    // route to Addresses that discards, at the client or a router
	NoDefault   Kind = "no-default"   // the client has no default route
	LinkDown    Kind = "link-down"    // the client's interface is down
	NoCarrier   Kind = "no-carrier"   // the cable is out
	NoLease     Kind = "no-address"   // the client has no address
	NoResolver  Kind = "no-resolver"  // resolv.conf names nobody
	GatewayDead Kind = "gateway-dead" // the router does not answer on the LAN
	Rotate      Kind = "rotate"       // every second connection leaves from another public address
	SplitUDP    Kind = "split-udp"    // UDP leaves from another public address than TCP
	ProxyEgress Kind = "proxy-egress" // the office's servers leave from another public address
	FakeAccept  Kind = "fake-accept"  // a place accepts TCP connections itself and says nothing; none: the firewall; Mode "relay": it then connects onwards; "carry": to where the client wants, and carries everything on; "reset": it resets at the first data
	Swallow     Kind = "swallow"      // the client discards what it sends without EPERM; Mode: "" (at the interface), queue (to a program that does not answer)
	Chatter     Kind = "chatter"      // other programs of the client send datagrams too; Mode: see chatterRates
	Mute        Kind = "mute"         // this place never sends ICMP errors
	SlowICMP    Kind = "slow-icmp"    // this place sends one ICMP error a second, for each family
	NarrowLink  Kind = "narrow-link"  // the link from this place on towards AWS has this MTU, and its routers say so
)

// Kinds that change what servers say. Loopback shows them too.
const (
	Closed     Kind = "closed"      // nothing listens on these ports at AWS
	DNS        Kind = "dns"         // Mode: nxdomain, servfail, refused, silent, slow, empty, one-address, escapes, garbage, truncated
	Web        Kind = "web"         // Mode: reset, hang, garbage, endless, big-chain, escapes, error-503, wrong-name, expired
	Clock      Kind = "clock"       // the services' clock and certificates are Ahead of the client's
	Intercept  Kind = "intercept"   // a place, if none is named the firewall, inspects HTTPS; Mode "trusted": the client trusts its authority
	SNIReset   Kind = "sni-reset"   // the firewall resets HTTPS connections to Names after the ClientHello
	Portal     Kind = "portal"      // the router shows a sign-in page; Mode: redirect, page, http-only (443 is discarded), dns
	Proxy      Kind = "proxy"       // the client is set to use the office's proxy; Mode: "" (works), auth, deny, broken, hang, escape, noise, closed, gone
	UDPSilent  Kind = "udp-silent"  // the service takes datagrams and never answers
	UDPGarbage Kind = "udp-garbage" // the service answers nonsense
)

// Kinds of the computer that the command runs on, and of a WorkSpace's network
// and directory.
const (
	NoLink         Kind = "no-interface"    // Interface is gone
	Readdress      Kind = "readdress"       // Interface has the address Network and no other
	DefaultVia     Kind = "default-via"     // the default route leads through Interface, by the first of Addresses
	NoRoute        Kind = "no-route"        // the route to Network is missing
	Overlap        Kind = "overlap"         // something else claims Network; Mode: bridge, vpn, route
	Ruleset        Kind = "ruleset"         // firewall rules of the WorkSpace; Mode: see rulesets
	Service        Kind = "service"         // the units in Names; Mode: see unitStates
	ListenOn       Kind = "listen-on"       // the units in Names listen on Addresses only
	Session        Kind = "session"         // a streaming gateway holds a connection to each of Ports of eth0: no fault
	DirectoryClock Kind = "directory-clock" // the domain controllers' clocks are Ahead of the WorkSpace's
	DirectoryMode  Kind = "directory-mode"  // the domain controllers' LDAP misbehaves; Mode: mute, busy, garbage, endless
	NoRecords      Kind = "no-records"      // the directory's name servers have lost the domain's SRV records
	FarControllers Kind = "far-controllers" // the domain has controllers at Addresses too, in other sites, and names them first
	NoNAT          Kind = "no-nat"          // nobody translates the VPC's private addresses
	PublicAddress  Kind = "public-address"  // the WorkSpace has a public address of its own
	AnswersVia     Kind = "answers-via"     // a rule sends what has eth0's address as sender to the router of eth1; of one port of Ports over UDP only where that is given
	NoDirectory    Kind = "no-directory"    // the WorkSpace was joined to no domain, as those of Entra ID: no fault
	NoSearch       Kind = "no-search"       // resolv.conf names no domain to search, as on Ubuntu and Rocky Linux
)

// Kinds of what bites in life and is easily taken for something else, or passes
// for healthy. Some are faults, some only look like one.
const (
	ResetData    Kind = "reset-data"    // forged TCP reset at the first data; the handshake passes
	RateLimit    Kind = "rate-limit"    // passes PerSecond packets a second, Count at once, and discards the rest; Mode "first": of packets that begin a connection
	AnswersOnly  Kind = "answers-only"  // this place sends ICMP errors only about packets of Proto
	OtherAddress Kind = "other-address" // this router's ICMP errors to the client's side come from the first of Addresses
	Invisible    Kind = "invisible"     // this router does not lower a packet's lifetime, so it is no hop
	Rewrites     Kind = "rewrites-ttl"  // this router gives what it passes on over IPv4 a lifetime of 64, as those that hide tethering do: nobody behind it is a hop
	LossyFlows   Kind = "lossy-flows"   // discards a Share of the flows, each whole, as one bad link of several does
	HostsEntry   Kind = "hosts-entry"   // this computer's hosts file gives Names these Addresses
	LocalStub    Kind = "local-stub"    // resolv.conf names 127.0.0.53; Mode: "" (a program there asks the network's), dead (nobody listens), silent
	LocalProxy   Kind = "local-proxy"   // HTTPS_PROXY names 127.0.0.1:7890; Mode: "" (a program there works), dead (nobody listens), or as Proxy
	FakeIP       Kind = "fake-ip"       // the router's proxy program gives every name an address of 198.18.0.0/16 and carries on what comes; Mode: "", web-only (only TCP 80 and 443)
	NAT64        Kind = "nat64"         // this router translates IPv6 to addresses of Network, of 96 bits, into IPv4, and its name server makes such addresses up
	Parking      Kind = "parking"       // Addresses are a parking host with a trusted certificate for its own name
	Standstill   Kind = "standstill"    // the command stands still for Lasts, After its start
	BusyLoops    Kind = "busy-loops"    // Count programs of this computer use all the processor time they get
	EarlierRuns  Kind = "earlier-runs"  // the command has run Count times just before
)

// Kinds that cases from the field need besides.
const (
	Genuine       Kind = "genuine"        // Where holds Addresses, which belong to the genuine HTTPS services too, as behind a VPC endpoint; Mode "refuses": nothing listens there
	BlockPage     Kind = "block-page"     // Where holds Addresses of a DNS filter: 443 shows its page, signed for any name, other ports are closed
	BehindStub    Kind = "behind-stub"    // the list of servers behind this computer's stub names Addresses, whether they are asked or not
	RealChains    Kind = "real-chains"    // AWS's certificates are as large as real ones, about 4 kB with their chain
	ForgedRefusal Kind = "forged-refusal" // Where sends one ICMP "port unreachable" in the destination's name, about the first packet to Ports, and lets it pass
	STUNLies      Kind = "stun-lies"      // something rewrites STUN answers: they name the first of Addresses as the sender's
	EchoLies      Kind = "echo-lies"      // something rewrites the plain HTTP address echo likewise
)

// chatterRates are how many datagrams a second other programs send, by Fault.Mode.
var chatterRates = map[string]int{"call": 50, "upload": 2000}

// insideServerKinds are the kinds that change what a WorkSpace's services and
// its directory do, or who translates.
var insideServerKinds = []Kind{Service, ListenOn, DirectoryClock, DirectoryMode, NoRecords, FarControllers, NoNAT}

// Fault is one thing that is wrong. Which fields matter depends on Kind; empty
// fields mean all.
type Fault struct {
	Kind      Kind          `json:"kind"`
	Where     Place         `json:"where,omitempty"`
	Mode      string        `json:"mode,omitempty"`
	Proto     string        `json:"proto,omitempty"`      // tcp or udp
	Ports     []uint16      `json:"ports,omitempty"`      // destination ports
	FromPorts []uint16      `json:"from_ports,omitempty"` // source ports
	Larger    int           `json:"larger,omitempty"`     // only IP packets of more bytes than this
	MTU       int           `json:"mtu,omitempty"`        // bytes, at least 1280
	Family    string        `json:"family,omitempty"`     // ip4 or ip6
	Names     []string      `json:"names,omitempty"`      // for packet filters: packets that hold one, as a ClientHello does
	Addresses []netip.Addr  `json:"addresses,omitempty"`  // destinations, or what a lying name server answers
	Except    netip.Addr    `json:"except,omitzero"`      // a source that is let through
	Share     float64       `json:"share,omitempty"`      // 0 to 1
	Ahead     time.Duration `json:"ahead,omitempty"`
	Interface string        `json:"interface,omitempty"` // of the computer the command runs on; empty: its counted one
	Network   string        `json:"network,omitempty"`   // CIDR notation
	Toward    string        `json:"toward,omitempty"`    // for packet filters: only packets on their way to "aws" or to the "client"
	PerSecond int           `json:"per_second,omitempty"`
	Count     int           `json:"count,omitempty"`
	After     time.Duration `json:"after,omitempty"`
	Lasts     time.Duration `json:"lasts,omitempty"`
	Spared    []uint16      `json:"spared,omitempty"` // for packet filters: destination ports that they let through; needs Proto
	Issuer    string        `json:"issuer,omitempty"` // of Intercept: the name in the root that signs; none: a company's
}

// Link is the wire between the provider and AWS. The zero Link is as fast as
// the machine.
type Link struct {
	RTT    time.Duration `json:"rtt,omitempty"`    // both ways together
	Jitter time.Duration `json:"jitter,omitempty"` // up to this much more, each way
	Loss   float64       `json:"loss,omitempty"`   // share lost each way, 0 to 1
	MTU    int           `json:"mtu,omitempty"`    // bytes; larger packets vanish without a word
	Wakes  time.Duration `json:"wakes,omitempty"`  // what comes after a silence waits so long first
	Gone   time.Duration `json:"gone,omitempty"`   // so long after a silence the line
	Lasts  time.Duration `json:"lasts,omitempty"`  // carries nothing for as long
	Twice  float64       `json:"twice,omitempty"`  // share that arrives twice, 0 to 1
}
