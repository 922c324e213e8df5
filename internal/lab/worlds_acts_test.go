package lab

import (
	"net/netip"
	"slices"
	"time"

	"wsdoctor/internal/layer"
)

// Ill is one thing that is truly wrong: who does what to which packets. Which
// fields matter depends on the act.
type Ill struct {
	Act    Act     `json:"act"`
	At     Place   `json:"at,omitempty"`
	Flow   Flow    `json:"flow,omitempty"`
	Name   string  `json:"name,omitempty"` // the host it is about
	Mode   string  `json:"mode,omitempty"`
	Size   int     `json:"size,omitempty"`   // bytes of IP packet
	Toward string  `json:"toward,omitempty"` // "aws" or "client"
	Share  float64 `json:"share,omitempty"`
}

// Act is what somebody does to packets, or what a program does not do.
type Act string

// The acts, by where they happen: on the way, at this computer, to names, to
// HTTPS, at AWS.
const (
	Drops         Act = "drops"
	DropsArrivals Act = "drops-arrivals"
	DropsAnswers  Act = "drops-answers"
	Prohibits     Act = "prohibits" // by ICMP
	PortRefused   Act = "says-port-unreachable"
	HostRefused   Act = "says-host-unreachable"
	Resets        Act = "resets"
	ResetsData    Act = "resets-first-data"
	AcceptsMute   Act = "accepts-and-is-mute"
	LosesShare    Act = "loses-a-share"
	Polices       Act = "polices-the-rate"
	SwallowsLarge Act = "swallows-large-packets"

	Queues      Act = "queues-to-nobody"
	Swallows    Act = "swallows"
	NoWayOut    Act = "no-default-route"
	NoWayThere  Act = "no-route-to-the-gateway"
	WrongClock  Act = "wrong-clock"
	InHostsFile Act = "in-the-hosts-file"
	StubDead    Act = "stub-dead"
	ProxyDead   Act = "local-proxy-dead"
	Covers      Act = "covers-the-resolver" // Mode: bridge, vpn

	NoName      Act = "no-such-name"
	WrongName   Act = "wrong-address" // Mode: nobody, private, parking
	NameSilent  Act = "name-silent"
	NamesSilent Act = "names-silent"

	Resigns      Act = "re-signs" // Mode: trusted, or not
	ShowsPortal  Act = "shows-a-sign-in-page"
	ProxyRefuses Act = "proxy-refuses"
	WebStandIns  Act = "stand-ins-for-the-web-only"

	HostHangs   Act = "host-hangs"
	HostRefuses Act = "host-refuses"
	NotAllowed  Act = "address-not-allowed"
)

// Flow says which packets an act is about.
type Flow string

// The flows.
const (
	WebAll    Flow = "tcp-443"
	WebOne    Flow = "tcp-443-of-one-host"
	TCP4172   Flow = "tcp-4172"
	UDP4172   Flow = "udp-4172"
	TCP4195   Flow = "tcp-4195"
	UDP4195   Flow = "udp-4195"
	AllPCoIP  Flow = "4172"
	AllDCV    Flow = "4195"
	Streams   Flow = "streaming"
	NotWeb    Flow = "all-but-the-web"
	AllUDP    Flow = "udp"
	AllFlows  Flow = "everything"
	ToStreams Flow = "to-the-streaming-host"
)

// portion is the packets of one protocol in a flow.
type portion struct {
	proto         string
	ports, spared []uint16
}

// flows is the table of flows. Names are never part of one, but where
// everything is: a network that closes ports lets its own names pass.
var flows = map[Flow][]portion{
	WebAll:    {{"tcp", https, nil}},
	WebOne:    {{"tcp", https, nil}},
	TCP4172:   {{"tcp", pcoip, nil}},
	UDP4172:   {{"udp", pcoip, nil}},
	TCP4195:   {{"tcp", dcv, nil}},
	UDP4195:   {{"udp", dcv, nil}},
	AllPCoIP:  {{"tcp", pcoip, nil}, {"udp", pcoip, nil}},
	AllDCV:    {{"tcp", dcv, nil}, {"udp", dcv, nil}},
	Streams:   {{"tcp", streaming, nil}, {"udp", streaming, nil}},
	NotWeb:    {{"tcp", nil, []uint16{53, 80, 443}}, {"udp", nil, dnsPort}},
	AllUDP:    {{"udp", nil, dnsPort}},
	AllFlows:  {{"tcp", nil, nil}, {"udp", nil, nil}},
	ToStreams: {{"tcp", nil, nil}, {"udp", nil, nil}},
}

// addresses are the destinations of a flow; none means all.
func (i Ill) addresses() []netip.Addr {
	switch i.Flow {
	case WebOne:
		return addrs(fixed[i.Name])
	case ToStreams:
		return health
	}
	return nil
}

// act is one row of the table of acts.
type act struct {
	inject   func(d Drawn, i Ill) []Fault
	resolver string // that resolv.conf must name
	spoils   func(d Drawn, i Ill) map[Element]State
	layers   func(d Drawn, i Ill) []layer.ID // at fault
	same     func(d Drawn, i Ill) []layer.ID // that look the same from the client, besides those
	owned    layer.ID                        // right as well where the verdict names another owner than the layer's usual one
}

// onTheWay makes the row of an act that a packet filter does.
func onTheWay(k Kind, does State, only string, same func(d Drawn, i Ill) []layer.ID) act {
	return act{
		inject: func(_ Drawn, i Ill) (list []Fault) {
			for _, c := range flows[i.Flow] {
				if only != "" && c.proto != only {
					continue
				}
				f := Fault{Kind: k, Where: i.At, Proto: c.proto, Ports: c.ports, Spared: c.spared, Addresses: i.addresses(), Share: i.Share}
				if k == RateLimit {
					f.PerSecond, f.Count = 1, 2
				}
				if f.Toward = "aws"; k == DropReturn {
					f.Toward = "client"
				}
				list = append(list, f)
			}
			return list
		},
		spoils: func(d Drawn, i Ill) map[Element]State { return flowSpoils(i, does, only) },
		layers: wayLayers, same: same,
	}
}

// told says that the place itself tells.
func told(Drawn, Ill) []layer.ID { return nil }

// acts is the table of acts.
var acts = map[Act]act{
	Drops:         onTheWay(Drop, Dead, "", betweenHops(false)),
	DropsArrivals: onTheWay(DropIn, Dead, "", betweenHops(true)),
	DropsAnswers:  onTheWay(DropReturn, Dead, "", anywhere),
	Prohibits:     onTheWay(RejectAdmin, Dead, "", saysItself),
	PortRefused:   onTheWay(RejectPort, Dead, "", saysItself),
	HostRefused:   onTheWay(RejectHost, Dead, "", saysItself),
	Resets:        onTheWay(Reset, Dead, "tcp", betweenHops(false)),
	ResetsData:    onTheWay(ResetData, Dead, "tcp", anywhere),
	LosesShare:    onTheWay(Lossy, Lossing, "", anywhere),
	Polices:       onTheWay(RateLimit, Lossing, "udp", anywhere),
	AcceptsMute: {
		inject: func(_ Drawn, i Ill) []Fault {
			return []Fault{{Kind: FakeAccept, Where: i.At, Ports: flows[i.Flow][0].ports}}
		},
		spoils: func(_ Drawn, i Ill) map[Element]State { return flowSpoils(i, Dead, "tcp") },
		layers: wayLayers, same: betweenHops(false),
	},
	SwallowsLarge: {
		inject: func(_ Drawn, i Ill) []Fault {
			return []Fault{{Kind: Drop, Where: i.At, Larger: i.Size, Toward: i.Toward}}
		},
		spoils: func(Drawn, Ill) map[Element]State {
			return map[Element]State{SignIn: Dead, T4172: Sized, T4195: Sized}
		},
		layers: func(d Drawn, i Ill) []layer.ID { return append(wayLayers(d, i), layer.InternetPath) }, same: anywhere,
	},

	Queues: {
		inject: func(_ Drawn, i Ill) []Fault {
			return []Fault{{Kind: Swallow, Mode: "queue", Ports: flows[i.Flow][0].ports, Proto: protoOf(i.Flow)}}
		},
		spoils: func(_ Drawn, i Ill) map[Element]State { return flowSpoils(i, Dead, "") },
		layers: only(layer.LocalFirewall), same: unlessFirstHopSpeaks,
	},
	Swallows: {
		inject: func(_ Drawn, i Ill) []Fault {
			return []Fault{{Kind: Swallow, Ports: flows[i.Flow][0].ports, Proto: protoOf(i.Flow)}}
		},
		spoils: func(_ Drawn, i Ill) map[Element]State { return flowSpoils(i, Dead, "") },
		layers: only(layer.LocalFirewall), same: unlessFirstHopSpeaks,
	},
	NoWayOut: {
		inject: func(Drawn, Ill) []Fault { return []Fault{{Kind: NoDefault}} },
		spoils: func(Drawn, Ill) map[Element]State { return all(Dead) },
		layers: only(layer.LocalDevice), same: told,
	},
	NoWayThere: {
		inject: func(Drawn, Ill) []Fault {
			return []Fault{{Kind: Blackhole, Where: Client, Addresses: slices.DeleteFunc(slices.Clone(health), netip.Addr.Is6)}}
		},
		spoils: func(Drawn, Ill) map[Element]State { return streams(Dead) },
		layers: only(layer.LocalFirewall, layer.LocalDevice), same: told,
	},
	WrongClock: {
		inject: func(_ Drawn, i Ill) []Fault {
			ahead := 400 * 24 * time.Hour
			if i.Mode == "ahead" {
				ahead = -ahead
			}
			return []Fault{{Kind: Clock, Ahead: ahead}}
		},
		spoils: func(Drawn, Ill) map[Element]State { return map[Element]State{SignIn: Dead} },
		layers: only(layer.LocalDevice), same: told,
	},
	InHostsFile: {
		inject: func(_ Drawn, i Ill) []Fault {
			return []Fault{{Kind: HostsEntry, Names: []string{i.Name}, Addresses: addrs(i.Mode)}}
		},
		spoils: nameSpoils, layers: only(layer.LocalDevice), same: told, owned: layer.DNS,
	},
	StubDead: {
		inject: func(Drawn, Ill) []Fault { return []Fault{{Kind: LocalStub, Mode: "dead"}} },
		spoils: func(Drawn, Ill) map[Element]State { return all(Dead) },
		layers: only(layer.LocalDevice), same: told, owned: layer.DNS,
	},
	ProxyDead: {
		inject: func(Drawn, Ill) []Fault { return []Fault{{Kind: LocalProxy, Mode: "dead"}} },
		spoils: func(Drawn, Ill) map[Element]State { return map[Element]State{ByProxy: Dead} },
		layers: only(layer.LocalDevice, layer.LocalFirewall), same: told, owned: layer.Proxy,
	},
	Covers: {
		inject: func(_ Drawn, i Ill) []Fault {
			return []Fault{{Kind: Overlap, Mode: i.Mode, Network: "172.20.0.0/16"}}
		},
		resolver: coveredDNS,
		spoils:   func(Drawn, Ill) map[Element]State { return all(Dead) },
		layers:   only(layer.LocalDevice, layer.LocalFirewall), same: told, owned: layer.DNS,
	},

	NoName: {
		inject: func(d Drawn, i Ill) []Fault {
			return []Fault{{Kind: DNS, Where: d.resolverAt(), Mode: "nxdomain", Names: []string{i.Name}}}
		},
		spoils: nameSpoils, layers: only(layer.DNS), same: told,
	},
	WrongName: {
		inject: wrongName, spoils: nameSpoils, layers: only(layer.DNS), same: told,
	},
	NameSilent: {
		inject: func(d Drawn, i Ill) []Fault {
			return []Fault{{Kind: DNS, Where: d.resolverAt(), Mode: "silent", Names: []string{i.Name}}}
		},
		spoils: nameSpoils, layers: only(layer.DNS), same: told,
	},
	NamesSilent: {
		inject: func(d Drawn, _ Ill) []Fault { return []Fault{{Kind: DNS, Where: d.resolverAt(), Mode: "silent"}} },
		spoils: func(Drawn, Ill) map[Element]State { return all(Dead) },
		layers: only(layer.DNS),
		same: func(d Drawn, _ Ill) []layer.ID { // the server or the way to it
			if d.Resolver == "router" {
				return []layer.ID{layer.LocalFirewall, layer.NetworkFirewall}
			}
			return []layer.ID{layer.LocalFirewall, layer.NetworkFirewall, layer.InternetPath}
		},
	},

	Resigns: {
		inject: func(_ Drawn, i Ill) []Fault {
			f := Fault{Kind: Intercept, Where: i.At, Mode: i.Mode}
			if i.At == Client {
				f.Issuer = i.Name
			}
			return []Fault{f}
		},
		spoils: func(_ Drawn, i Ill) map[Element]State {
			if i.Mode == "trusted" {
				return map[Element]State{SignIn: Resigned}
			}
			return map[Element]State{SignIn: Dead}
		},
		layers: func(_ Drawn, i Ill) []layer.ID {
			if i.At == Client {
				return []layer.ID{layer.LocalFirewall}
			}
			return []layer.ID{layer.TLSInspection}
		},
		same: told, owned: layer.TLSInspection,
	},
	ShowsPortal: {
		inject: func(_ Drawn, i Ill) []Fault { return []Fault{{Kind: Portal, Mode: i.Mode}} },
		spoils: func(Drawn, Ill) map[Element]State { return all(Dead) },
		layers: only(layer.CaptivePortal), same: told,
	},
	ProxyRefuses: {
		inject: func(_ Drawn, i Ill) []Fault { return []Fault{{Kind: Proxy, Mode: i.Mode}} },
		spoils: func(Drawn, Ill) map[Element]State { return map[Element]State{ByProxy: Dead} },
		layers: only(layer.Proxy), same: told,
	},
	WebStandIns: {
		inject: func(Drawn, Ill) []Fault { return []Fault{{Kind: FakeIP, Where: Router, Mode: "web-only"}} },
		spoils: func(Drawn, Ill) map[Element]State { return streams(Dead) },
		layers: only(layer.NetworkFirewall, layer.DNS), same: told,
	},

	HostHangs: {
		inject: func(_ Drawn, i Ill) []Fault {
			return []Fault{{Kind: Web, Where: AWS, Mode: "hang", Names: []string{i.Name}}}
		},
		spoils: func(Drawn, Ill) map[Element]State { return map[Element]State{SignIn: Dead} },
		layers: only(layer.AuthGateway), same: anywhere,
	},
	HostRefuses: {
		inject: func(_ Drawn, i Ill) (list []Fault) {
			for _, c := range flows[i.Flow] {
				list = append(list, Fault{Kind: Closed, Proto: c.proto, Ports: c.ports, Addresses: i.addresses()})
			}
			return list
		},
		spoils: func(_ Drawn, i Ill) map[Element]State { return flowSpoils(i, Dead, "") },
		layers: wayLayers, same: told,
	},
	NotAllowed: {
		inject: func(Drawn, Ill) []Fault { return nil }, // the list is Drawn.Allowed
		spoils: func(Drawn, Ill) map[Element]State { return nil },
		layers: only(layer.IPAccessControl), same: told,
	},
}

// slowAnswer is how long a slow name server takes.
const slowAnswer = 1200 * time.Millisecond

func only(list ...layer.ID) func(Drawn, Ill) []layer.ID {
	return func(Drawn, Ill) []layer.ID { return list }
}

// protoOf is the protocol of a flow that has one, or none.
func protoOf(f Flow) string {
	if cuts := flows[f]; len(cuts) == 1 {
		return cuts[0].proto
	}
	return ""
}

// resolverAt is who answers the client's questions.
func (d Drawn) resolverAt() Place {
	if d.Resolver == "router" {
		return Router
	}
	return d.nameServerAt()
}

// wrongName makes the name server give an address behind which somebody else is,
// or nobody.
func wrongName(d Drawn, i Ill) []Fault {
	private := addrs("192.168.50.77")
	lie := Fault{Kind: DNS, Where: d.resolverAt(), Mode: "one-address", Names: []string{i.Name}, Addresses: nowhere}
	switch i.Mode {
	case "private":
		lie.Addresses = private
		return []Fault{lie}
	case "parking":
		return []Fault{lie, {Kind: Parking, Where: d.nameServerAt(), Addresses: nowhere}}
	}
	return []Fault{lie, {Kind: Blackhole, Where: d.nameServerAt(), Addresses: nowhere}}
}
