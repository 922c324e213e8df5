package lab

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Drawn is a random world: a network, its nuisances and what is truly wrong in
// it, drawn from a seed by Draw. It is a value, so that a test can also write one
// by hand, and everything else follows from it: the topology, the faults that are
// injected, and the truth that a verdict is held against.
type Drawn struct {
	Seed      uint64     `json:"seed"`
	Hops      []Hop      `json:"hops"`                // the routers, from the user outward
	WireAfter int        `json:"wire_after"`          // the slow link leads from the hop of that index onward
	Resolver  string     `json:"resolver"`            // where the name server is: see resolverPlaces
	IPv6      bool       `json:"ipv6,omitempty"`      // the client has an IPv6 address
	SixOnly   string     `json:"six_only,omitempty"`  // it has no other, and this is the prefix of the router's NAT64
	Nuisances []Nuisance `json:"nuisances,omitempty"` // what looks like a fault and is none
	Ills      []Ill      `json:"ills,omitempty"`      // what is wrong
	Allowed   string     `json:"allowed,omitempty"`   // the address group that the program is told of, in CIDR notation
}

// Owner says whose a machine is.
type Owner string

// The owners, from the user outward.
const (
	OwnComputer Owner = "own"
	UserNetwork Owner = "network"
	CarrierNAT  Owner = "carrier"
	Transit     Owner = "provider"
	AWSBorder   Owner = "aws-border"
	AWSHost     Owner = "aws-host"
)

// Temper is how a router answers for packets whose lifetime ends at it.
type Temper string

// The tempers.
const (
	Answers      Temper = ""
	Silent       Temper = "mute"
	OnlyTCP      Temper = "only-tcp" // answers about TCP probes only
	OnlyUDP      Temper = "only-udp"
	OneASecond   Temper = "one-a-second"
	FromOther    Temper = "from-other" // another interface's address
	NotSeenAtAll Temper = "invisible"  // is no hop
)

// Hop is one router.
type Hop struct {
	At     Place        `json:"at"`
	Owner  Owner        `json:"owner"`
	Link   netip.Prefix `json:"link"` // towards the user: the router has its first address, the inner neighbour its second
	NAT    bool         `json:"nat,omitempty"`
	Temper Temper       `json:"temper,omitempty"`
}

// The places of a random world besides Client and Router, which is the client's
// default gateway in all of them.
const (
	webHosts    Place = "web"
	streamHosts Place = "stream"
	stunHosts   Place = "stun"
)

var drawnHosts = []Place{webHosts, streamHosts, stunHosts}

// Nuisance looks like a fault and is none.
type Nuisance struct {
	Kind  Nuisances `json:"kind"`
	At    Place     `json:"at,omitempty"`
	Ports []uint16  `json:"ports,omitempty"`
}

// Nuisances is a kind of nuisance.
type Nuisances string

// The kinds of nuisances.
const (
	StreamSilent  Nuisances = "stream-answers-no-datagram"
	STUNSilent    Nuisances = "stun-answers-no-datagram"
	StreamMute    Nuisances = "stream-mute-after-accept"
	OneDead       Nuisances = "one-address-dead"
	CarryingRelay Nuisances = "relay-that-carries-on" // at a router, or a program of this computer
	StandIns      Nuisances = "stand-in-addresses"
	WorkingStub   Nuisances = "local-stub"
	WorkingProxy  Nuisances = "local-proxy"
	StreamResets  Nuisances = "stream-resets-first-data" // as a server may that gets what it does not know
	SlowNames     Nuisances = "slow-names"               // no contract says from when on that is a fault: it may be called degraded
	BrokenIPv6    Nuisances = "broken-ipv6"              // dropped at a place, beside IPv4 that works
	StoodStill    Nuisances = "stood-still"
	BesideLoops   Nuisances = "busy-loops"
	FifthOfFive   Nuisances = "fifth-of-five"
)

// nuisances is the table of what each kind injects.
var nuisances = map[Nuisances]func(d Drawn, x Nuisance) Fault{
	StreamSilent: func(Drawn, Nuisance) Fault { return Fault{Kind: UDPSilent, Addresses: health} },
	STUNSilent:   func(Drawn, Nuisance) Fault { return Fault{Kind: UDPSilent, Addresses: []netip.Addr{stunAddr}} },
	StreamMute:   func(_ Drawn, x Nuisance) Fault { return Fault{Kind: FakeAccept, Where: streamHosts, Ports: streaming} },
	OneDead:      func(_ Drawn, x Nuisance) Fault { return Fault{Kind: Drop, Where: streamHosts, Addresses: health[:1]} },
	CarryingRelay: func(_ Drawn, x Nuisance) Fault {
		return Fault{Kind: FakeAccept, Where: x.At, Mode: "carry", Ports: x.Ports}
	},
	StandIns:     func(Drawn, Nuisance) Fault { return Fault{Kind: FakeIP, Where: Router} },
	WorkingStub:  func(Drawn, Nuisance) Fault { return Fault{Kind: LocalStub} },
	WorkingProxy: func(Drawn, Nuisance) Fault { return Fault{Kind: LocalProxy} },
	StreamResets: func(Drawn, Nuisance) Fault {
		return Fault{Kind: FakeAccept, Where: streamHosts, Mode: "reset", Ports: streaming}
	},
	SlowNames: func(d Drawn, _ Nuisance) Fault {
		return Fault{Kind: DNS, Where: d.resolverAt(), Mode: "slow", After: slowAnswer}
	},
	BrokenIPv6: func(_ Drawn, x Nuisance) Fault { return Fault{Kind: Drop, Where: x.At, Family: "ip6"} },
	StoodStill: func(d Drawn, _ Nuisance) Fault {
		return Fault{Kind: Standstill, After: time.Duration(d.Seed%400) * time.Millisecond, Lasts: 500 * time.Millisecond}
	},
	BesideLoops: func(Drawn, Nuisance) Fault { return Fault{Kind: BusyLoops, Count: 8} },
	FifthOfFive: func(Drawn, Nuisance) Fault { return Fault{Kind: EarlierRuns, Count: 4} },
}

// tempers is the table of what each temper injects.
var tempers = map[Temper]func(h Hop) Fault{
	Silent:       func(h Hop) Fault { return Fault{Kind: Mute, Where: h.At} },
	OnlyTCP:      func(h Hop) Fault { return Fault{Kind: AnswersOnly, Where: h.At, Proto: "tcp"} },
	OnlyUDP:      func(h Hop) Fault { return Fault{Kind: AnswersOnly, Where: h.At, Proto: "udp"} },
	OneASecond:   func(h Hop) Fault { return Fault{Kind: SlowICMP, Where: h.At} },
	FromOther:    func(h Hop) Fault { return Fault{Kind: OtherAddress, Where: h.At, Addresses: []netip.Addr{h.other()}} },
	NotSeenAtAll: func(h Hop) Fault { return Fault{Kind: Invisible, Where: h.At} },
}

// Scenario is the world as the lab runs it.
func (d Drawn) Scenario(link Link) Scenario {
	s := Scenario{Name: fmt.Sprintf("seed-%d", d.Seed), Title: "a random world", Set: "worlds", Drawn: d.raw(), Link: link, Seed: d.Seed << 8}
	for _, h := range d.Hops {
		if inject := tempers[h.Temper]; inject != nil {
			s.Faults = append(s.Faults, inject(h))
		}
	}
	if d.SixOnly != "" {
		s.Faults = append(s.Faults, Fault{Kind: NAT64, Where: Router, Network: d.SixOnly})
	}
	for _, x := range d.Nuisances {
		s.Faults = append(s.Faults, nuisances[x.Kind](d, x))
	}
	for _, ill := range d.Ills {
		s.Faults = append(s.Faults, acts[ill.Act].inject(d, ill)...)
		if acts[ill.Act].resolver != "" {
			s.Resolvers = []string{acts[ill.Act].resolver}
		}
	}
	if d.Allowed != "" {
		s.Args = append(s.Args, "--allowed-cidr", d.Allowed)
	}
	return s
}

// raw is the world as a scenario carries it.
func (d Drawn) raw() json.RawMessage {
	b, err := json.Marshal(d)
	if err != nil {
		panic(err) // it holds nothing that cannot be written
	}
	return b
}

// drawn is the scenario's random world; nil for one that is none.
func (s Scenario) drawn() *Drawn {
	if s.Drawn == nil {
		return nil
	}
	var d Drawn
	if err := json.Unmarshal(s.Drawn, &d); err != nil {
		panic(err)
	}
	return &d
}

// annoyed says whether a nuisance of the kind is in the world.
func (d Drawn) annoyed(k Nuisances) bool {
	return slices.ContainsFunc(d.Nuisances, func(x Nuisance) bool { return x.Kind == k })
}

// hop gives the router at a place and its distance, from 1.
func (d Drawn) hop(at Place) (Hop, int) {
	i := slices.IndexFunc(d.Hops, func(h Hop) bool { return h.At == at })
	if i < 0 {
		return Hop{}, 0
	}
	return d.Hops[i], i + 1
}

// distance orders the places from the user outward.
func (d Drawn) distance(at Place) int {
	if _, n := d.hop(at); n > 0 {
		return n
	}
	if at == Client {
		return 0
	}
	return len(d.Hops) + 1
}

// owner says whose a place is.
func (d Drawn) owner(at Place) Owner {
	if h, n := d.hop(at); n > 0 {
		return h.Owner
	}
	if at == Client {
		return OwnComputer
	}
	return AWSHost
}

// last is the outermost hop that is one of these owners'.
func (d Drawn) last(owners ...Owner) Place {
	at := Router
	for _, h := range d.Hops {
		if slices.Contains(owners, h.Owner) {
			at = h.At
		}
	}
	return at
}

// address is the one that the hop answers from.
func (h Hop) address() netip.Addr { return h.Link.Addr().Next() }

// inner is the address of the hop's inner neighbour on their link.
func (h Hop) inner() netip.Addr { return h.Link.Addr().Next().Next() }

// other is a further address of the hop: on its own block for the user's, the
// last of its link's block of 256 for the others.
func (h Hop) other() netip.Addr {
	b := h.Link.Addr().As4()
	b[3] = 250 - b[3]%8
	return netip.AddrFrom4(b)
}

// String is the world in one line.
func (d Drawn) String() string {
	var parts []string
	for _, h := range d.Hops {
		word := string(h.At)
		if h.Temper != Answers {
			word += "(" + string(h.Temper) + ")"
		}
		parts = append(parts, word)
	}
	line := strings.Join(parts, "-") + " names@" + d.Resolver
	switch {
	case d.SixOnly != "":
		line += " ip6 alone, " + d.SixOnly
	case d.IPv6:
		line += " +ip6"
	}
	for _, x := range d.Nuisances {
		line += " ~" + string(x.Kind)
		if x.At != "" {
			line += "@" + string(x.At)
		}
	}
	if len(d.Ills) == 0 {
		return line + " | nothing is wrong"
	}
	for _, i := range d.Ills {
		line += " | " + strings.Join(slices.DeleteFunc([]string{string(i.At), string(i.Act), string(i.Flow), i.Name, i.Mode, i.Toward}, func(s string) bool { return s == "" }), " ")
		if i.Size > 0 {
			line += fmt.Sprint(" ", i.Size)
		}
	}
	return line
}
