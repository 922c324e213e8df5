package lab

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// Draw makes the random world of a seed: the same one every time.
func Draw(seed uint64) (Drawn, Link) {
	g := &drawing{rand.New(rand.NewPCG(seed, 4195)), Drawn{Seed: seed}}
	g.hops()
	link := g.link()
	g.d.Resolver = pick[string](*g, 3, "router", 2, "provider")
	g.d.IPv6 = g.chance(0.2)
	g.ills()
	g.nuisances()
	g.allowed()
	g.sixOnly()
	return g.d, link
}

// drawing is a world in the making.
type drawing struct {
	*rand.Rand
	d Drawn
}

func (g drawing) chance(p float64) bool { return g.Float64() < p }

// pick picks from values, each after its weight.
func pick[T any](g drawing, weighted ...any) T {
	sum := 0
	for i := 0; i < len(weighted); i += 2 {
		sum += weighted[i].(int)
	}
	n := g.IntN(sum)
	for i := 0; ; i += 2 {
		if n -= weighted[i].(int); n < 0 {
			return weighted[i+1].(T)
		}
	}
}

// hops draws the chain of routers.
func (g *drawing) hops() {
	add := func(at string, o Owner, link string, nat bool) {
		g.d.Hops = append(g.d.Hops, Hop{At: Place(at), Owner: o, Link: netip.MustParsePrefix(link), NAT: nat})
	}
	private := pick[int](*g, 5, 1, 3, 2, 2, 3)
	carrier := g.chance(0.15)
	add(string(Router), UserNetwork, "192.168.50.0/30", private == 1 || g.chance(0.6))
	for i := 2; i <= private; i++ {
		add(fmt.Sprint("r", i), UserNetwork, fmt.Sprintf("10.%d.%d.0/30", 20+i, g.IntN(200)), i == private || g.chance(0.3))
	}
	if carrier {
		add("cgn", CarrierNAT, fmt.Sprintf("100.64.%d.0/30", g.IntN(200)), true)
	}
	add("p1", Transit, "203.0.113.8/30", false) // its inner neighbour leaves from publicIP
	for i := 2; i <= pick[int](*g, 3, 1, 4, 2, 2, 3); i++ {
		link := fmt.Sprintf("198.51.100.%d/30", 4*(10*i+g.IntN(8)))
		if g.chance(0.15) {
			link = fmt.Sprintf("10.200.%d.0/30", 10*i+g.IntN(8))
		}
		add(fmt.Sprint("p", i), Transit, link, false)
	}
	for i := range 1 + g.IntN(2) {
		add(fmt.Sprint("b", i+1), AWSBorder, fmt.Sprintf("%s.%d/30", borderNets[g.IntN(len(borderNets)/2)*2+i], 4*g.IntN(50)), false)
	}
	for i := range g.d.Hops {
		g.d.Hops[i].Temper = pick[Temper](*g, 50, Answers, 10, Silent, 7, OnlyTCP, 6, OnlyUDP, 7, OneASecond, 5, FromOther, 5, NotSeenAtAll)
		if i == 0 && g.chance(0.5) {
			g.d.Hops[i].Temper = Answers
		}
	}
}

// borderNets are networks of AWS's border, as AWS publishes them (ip-ranges.json,
// 2026-08-22); the second hop's are the odd ones.
var borderNets = []string{"52.93.24", "52.93.56", "150.222.72", "150.222.216", "15.230.36", "15.230.64", "99.83.64", "52.93.28"}

// link draws the slow link and where it is: between a provider's hop and the
// next, or behind the user's network.
func (g *drawing) link() Link {
	var at []int
	for i, h := range g.d.Hops[:len(g.d.Hops)-1] {
		if next := g.d.Hops[i+1].Owner; h.Owner == Transit || next == Transit || next == CarrierNAT {
			at = append(at, i)
		}
	}
	g.d.WireAfter = at[g.IntN(len(at))]
	between := func(from, to int) time.Duration { return time.Duration(from+g.IntN(to-from)) * time.Millisecond }
	l := Link{RTT: pick[time.Duration](*g, 10, time.Duration(0), 75, between(5, 80), 15, between(80, 200))}
	if l.RTT > 0 && g.chance(0.5) {
		l.Jitter = between(0, 2)
	}
	if g.chance(0.12) {
		l.Loss = 0.005 + 0.015*g.Float64()
	}
	return l
}

// streamFlows are the flows of sessions alone.
var streamFlows = []any{4, TCP4172, 6, UDP4172, 4, TCP4195, 4, UDP4195, 4, AllPCoIP, 3, AllDCV, 10, Streams}

// allFlows are those that a router may treat in some way.
var allFlows = append([]any{3, WebAll, 3, WebOne, 8, NotWeb, 4, AllUDP, 2, AllFlows}, streamFlows...)

// actFlows are the flows of acts that not every flow fits.
var actFlows = map[Act][]any{
	Resets:      {2, WebAll, 2, WebOne, 4, TCP4172, 4, TCP4195, 5, Streams, 3, NotWeb},
	ResetsData:  {2, WebAll, 2, WebOne, 4, TCP4172, 4, TCP4195, 5, Streams},
	AcceptsMute: {2, WebAll, 4, TCP4172, 4, TCP4195, 5, Streams},
	LosesShare:  {4, UDP4172, 4, UDP4195, 4, Streams, 2, AllUDP, 2, AllFlows, 3, TCP4172},
	Polices:     {4, UDP4172, 4, UDP4195, 2, AllUDP},
	Queues:      streamFlows,
	Swallows:    streamFlows,
}

// placeActs are what each owner's machines do.
var placeActs = map[Owner][]any{
	OwnComputer: {5, Drops, 4, Prohibits, 2, Resets, 3, DropsAnswers, 3, Queues, 2, Swallows},
	UserNetwork: {10, Drops, 4, DropsArrivals, 3, DropsAnswers, 6, Prohibits, 2, PortRefused, 2, HostRefused, 4, Resets, 3, ResetsData, 3, AcceptsMute, 2, LosesShare, 2, Polices, 2, SwallowsLarge},
	CarrierNAT:  {8, Drops, 3, DropsArrivals, 2, DropsAnswers, 3, Prohibits, 2, Resets, 1, ResetsData, 2, LosesShare, 2, Polices, 2, SwallowsLarge},
	Transit:     {8, Drops, 3, DropsArrivals, 3, DropsAnswers, 3, Prohibits, 1, PortRefused, 2, HostRefused, 2, Resets, 1, ResetsData, 1, AcceptsMute, 3, LosesShare, 2, Polices, 3, SwallowsLarge},
	AWSBorder:   {8, Drops, 4, DropsArrivals, 1, DropsAnswers, 2, Prohibits, 2, Resets, 1, LosesShare},
	AWSHost:     {6, Drops, 2, Prohibits, 1, PortRefused, 5, HostRefuses, 1, LosesShare},
}

// Names that a sign-in or a session needs.
var neededNames = []string{brokerHost, sessionHost, signinHost, settingHost}

func (g *drawing) name() string { return neededNames[g.IntN(len(neededNames))] }

// anyName may be the streaming host's as well.
func (g *drawing) anyName() string {
	if g.chance(0.3) {
		return healthHost
	}
	return g.name()
}

// ills draws what is wrong: nothing, one thing or two.
func (g *drawing) ills() {
	n := pick[int](*g, 30, 0, 60, 1, 10, 2)
	if n == 0 {
		return
	}
	if n == 1 && g.chance(0.38) {
		g.d.Ills = append(g.d.Ills, g.elsewhere())
		return
	}
	for len(g.d.Ills) < n {
		i := g.onWay()
		if !slices.ContainsFunc(g.d.Ills, func(o Ill) bool { return o.At == i.At || o.Flow == i.Flow || i.Act == o.Act }) {
			g.d.Ills = append(g.d.Ills, i)
		}
	}
}

// onWay draws an ill of the way, the computer's firewall and the hosts included.
func (g *drawing) onWay() Ill {
	for {
		o := pick[Owner](*g, 22, OwnComputer, 38, UserNetwork, 5, CarrierNAT, 18, Transit, 10, AWSBorder, 8, AWSHost)
		var places []Place
		for _, h := range g.d.Hops {
			if h.Owner == o {
				places = append(places, h.At)
			}
		}
		switch o {
		case OwnComputer:
			places = []Place{Client}
		case AWSHost:
			places = []Place{streamHosts, streamHosts, webHosts}
		}
		if len(places) == 0 {
			continue
		}
		i := Ill{Act: pick[Act](*g, placeActs[o]...), At: places[g.IntN(len(places))]}
		i.Flow = g.flow(i, o)
		switch i.Act {
		case LosesShare:
			i.Share = 0.15 + 0.25*g.Float64()
		case SwallowsLarge:
			i.Flow, i.Size, i.Toward = "", 900+g.IntN(450), pick[string](*g, 1, "", 1, "aws", 2, "client")
		}
		if i.Flow == WebOne {
			i.Name = g.name()
		}
		if g.makesSense(i) {
			return i
		}
	}
}

func (g *drawing) flow(i Ill, o Owner) Flow {
	list := actFlows[i.Act]
	if list == nil {
		list = allFlows
	}
	switch {
	case i.At == webHosts:
		return pick[Flow](*g, 1, WebAll, 2, WebOne)
	case o == OwnComputer && actFlows[i.Act] == nil:
		list = append([]any{4, NotWeb, 2, AllUDP}, streamFlows...)
	case o == AWSHost && actFlows[i.Act] == nil:
		list = append([]any{8, ToStreams}, streamFlows...)
	}
	return pick[Flow](*g, list...)
}

// makesSense leaves out what could not happen, or would not be what it says: a
// mute router that says no, and at an end host what only a router can do.
func (g *drawing) makesSense(i Ill) bool {
	says := slices.Contains([]Act{Prohibits, PortRefused, HostRefused}, i.Act)
	h, n := g.d.hop(i.At)
	muzzled := n > 0 && slices.Contains([]Temper{Silent, OnlyTCP, OnlyUDP}, h.Temper)
	toWeb := i.Flow == WebAll || i.Flow == WebOne
	switch {
	case says && muzzled:
		return false
	case i.At == streamHosts && (toWeb || i.Act == HostRefuses && i.Flow == ToStreams):
		return false
	case i.At == webHosts && (i.Act == LosesShare || i.Act == ResetsData):
		return false
	case i.At == Client && toWeb:
		return false
	}
	return true
}

// elsewhere draws an ill that is none of the way.
func (g *drawing) elsewhere() Ill {
	i := Ill{Act: pick[Act](*g, 2, NoWayOut, 2, NoWayThere, 3, WrongClock, 4, InHostsFile, 3, StubDead, 4, ProxyDead, 4, Covers,
		5, NoName, 6, WrongName, 4, NameSilent, 3, NamesSilent, 6, Resigns, 4, ShowsPortal, 4, ProxyRefuses, 2, WebStandIns, 3, HostHangs, 3, NotAllowed)}
	switch i.Act {
	case WrongClock:
		i.Mode = pick[string](*g, 1, "behind", 1, "ahead")
	case InHostsFile:
		i.Name, i.Mode = g.anyName(), pick[string](*g, 1, "0.0.0.0", 1, "10.1.1.1", 1, "127.0.0.1")
	case Covers:
		i.Mode = pick[string](*g, 2, "bridge", 1, "vpn")
	case NoName, NameSilent:
		i.Name = g.anyName()
	case WrongName:
		i.Name, i.Mode = g.anyName(), pick[string](*g, 1, "nobody", 1, "private", 1, "parking")
	case Resigns:
		i.At, i.Mode = pick[Place](*g, 1, Client, 1, Router, 2, g.d.last(UserNetwork)), pick[string](*g, 2, "trusted", 1, "")
		if i.At == Client {
			i.Name = inspectingPrograms[g.IntN(len(inspectingPrograms))]
		}
	case ShowsPortal:
		i.Mode = pick[string](*g, 3, "redirect", 2, "page", 1, "http-only", 1, "dns")
		g.d.Resolver, g.d.IPv6 = "router", false
	case ProxyRefuses:
		i.Mode = pick[string](*g, 2, "auth", 2, "deny", 1, "broken", 1, "closed", 1, "hang")
	case WebStandIns:
		g.d.Resolver, g.d.IPv6 = "router", false
	case HostHangs:
		i.Name = g.name()
	case NotAllowed:
		g.d.Allowed = "192.0.2.128/25"
	}
	return i
}

// inspectingPrograms are names in the roots of programs that open HTTPS on the
// computer itself.
var inspectingPrograms = []string{"Kaspersky Anti-Virus Personal Root Certificate", "ESET SSL Filter CA", "Avast Web/Mail Shield Root"}

// nuisances draws what only looks wrong.
func (g *drawing) nuisances() {
	spoilt := g.d.Truth(Link{}).Elements
	well, tcpWell := len(g.d.Ills) == 0, spoilt[T4172] == Alive && spoilt[T4195] == Alive && spoilt[SignIn] == Alive
	has := func(list ...Act) bool {
		return slices.ContainsFunc(g.d.Ills, func(i Ill) bool { return slices.Contains(list, i.Act) })
	}
	at := func(p Place) bool { return slices.ContainsFunc(g.d.Ills, func(i Ill) bool { return i.At == p }) }
	add := func(p float64, possible bool, x Nuisance) bool {
		if g.chance(p) && possible {
			g.d.Nuisances = append(g.d.Nuisances, x)
			return true
		}
		return false
	}
	add(0.5, true, Nuisance{Kind: StreamSilent})
	add(0.12, true, Nuisance{Kind: STUNSilent})
	if !add(0.12, !at(streamHosts), Nuisance{Kind: StreamMute}) {
		add(0.08, !at(streamHosts), Nuisance{Kind: StreamResets})
	}
	standIns := add(0.05, well, Nuisance{Kind: StandIns})
	if standIns {
		g.d.Resolver, g.d.IPv6 = "router", false
	}
	where := pick[Place](*g, 2, Client, 2, Router, 1, g.d.last(UserNetwork))
	ports := pick[[]uint16](*g, 1, https, 2, streaming, 1, []uint16{443, 4172, 4195})
	add(0.1, !standIns && tcpWell && !at(where) && !has(WebStandIns, Resigns), Nuisance{Kind: CarryingRelay, At: where, Ports: ports})
	add(0.08, !standIns && !at(streamHosts), Nuisance{Kind: OneDead})
	add(0.1, !has(StubDead, Covers, NamesSilent, NameSilent), Nuisance{Kind: WorkingStub})
	add(0.05, well, Nuisance{Kind: WorkingProxy})
	add(0.04, well, Nuisance{Kind: SlowNames})
	add(0.4, g.d.IPv6, Nuisance{Kind: BrokenIPv6, At: g.d.Hops[1+g.IntN(len(g.d.Hops)-1)].At})
	add(0.06, true, Nuisance{Kind: StoodStill})
	add(0.04, true, Nuisance{Kind: BesideLoops})
	add(0.07, true, Nuisance{Kind: FifthOfFive})
}

// allowed draws an address group that holds the address everything leaves from.
func (g *drawing) allowed() {
	if g.d.Allowed == "" && g.chance(0.1) {
		g.d.Allowed = publicIP + "/32"
	}
}

// sixOnly makes some worlds IPv6-only, by dice of its own, so that the others stay
// as they are. Ills and nuisances that are about IPv4 addresses do not fit.
func (g *drawing) sixOnly() {
	own := &drawing{Rand: rand.New(rand.NewPCG(g.d.Seed, 6464))}
	prefix := pick[string](*own, 3, "64:ff9b::/96", 1, "64:ff9b:1::/96")
	fits := func(i Ill) bool {
		return slices.Contains(placeActs[g.d.owner(i.At)], any(i.Act)) && i.At != "" && !(i.Flow == WebOne && i.At == Router)
	}
	if !own.chance(0.08) || g.d.annoyed(StandIns) || g.d.annoyed(WorkingProxy) || slices.ContainsFunc(g.d.Ills, func(i Ill) bool { return !fits(i) }) {
		return
	}
	g.d.SixOnly, g.d.IPv6, g.d.Resolver = prefix, true, "router"
	g.d.Hops[0].NAT = true // of what its NAT64 makes
	g.d.Nuisances = slices.DeleteFunc(g.d.Nuisances, func(x Nuisance) bool { return x.Kind == BrokenIPv6 })
}
