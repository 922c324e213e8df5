package lab

import (
	"slices"
	"time"

	"wsdoctor/internal/layer"
)

// Element is one thing that a session needs, as an independent client can try
// it.
type Element string

// The elements.
const (
	SignIn  Element = "web"      // genuine HTTPS at every host that sign-in needs
	ByProxy Element = "by-proxy" // the configured proxy connects
	T4172   Element = "tcp-4172"
	U4172   Element = "udp-4172"
	T4195   Element = "tcp-4195"
	U4195   Element = "udp-4195"
)

var elements = []Element{SignIn, ByProxy, T4172, U4172, T4195, U4195}

// State is how an element is.
type State string

// The states.
const (
	Alive    State = ""
	Dead     State = "dead"
	Lossing  State = "lossy"
	Sized    State = "small-only"   // large packets do not pass
	Resigned State = "signed-anew"  // works, and somebody reads it
	Impaired State = "impaired"     // of a protocol: one of two ways, or lossy
	Untried  State = "not-testable" // of an element whose state the network does not decide
)

// Truth is what a world truly is, by construction.
type Truth struct {
	Layers     []layer.ID        // at fault; none: nothing is wrong
	Same       []layer.ID        // those and what looks the same from the client
	Owned      []layer.ID        // right where the verdict says that somebody else than usual owns it
	MayDegrade []layer.ID        // may be called slow or lossy, and need not
	Elements   map[Element]State // what an independent client finds; the others are alive
	PCoIP, DCV State
}

// Healthy says whether nothing is wrong.
func (t Truth) Healthy() bool { return len(t.Layers) == 0 }

// Truth follows from the ills and the link.
func (d Drawn) Truth(link Link) Truth {
	t := Truth{Elements: map[Element]State{}}
	barred := false
	for _, i := range d.Ills {
		a := acts[i.Act]
		t.Layers = append(t.Layers, a.layers(d, i)...)
		t.Same = append(t.Same, a.same(d, i)...)
		if a.owned != "" {
			t.Owned = append(t.Owned, a.owned)
		}
		for e, s := range a.spoils(d, i) {
			if was := t.Elements[e]; was != Dead {
				t.Elements[e] = s
			}
		}
		barred = barred || i.Act == NotAllowed
	}
	t.Layers = unique(t.Layers)
	t.Same = unique(append(t.Same, t.Layers...))
	if link.RTT+2*link.Jitter > affectedRTT || link.Loss > 0 {
		t.MayDegrade = append(t.MayDegrade, layer.InternetPath)
	}
	if d.annoyed(SlowNames) {
		t.MayDegrade = append(t.MayDegrade, layer.DNS)
	}
	t.PCoIP, t.DCV = t.protocols()
	switch {
	case barred:
		t.PCoIP, t.DCV = Dead, Dead
	case d.sessionHostOnly() && t.DCV == Dead:
		t.DCV = Untried
	}
	return t
}

// sessionHostOnly says whether nothing keeps a user from signing in but the
// session broker, which AWS names for PCoIP; what DCV does without it is not known.
func (d Drawn) sessionHostOnly() bool {
	return len(d.Ills) > 0 && !slices.ContainsFunc(d.Ills, func(i Ill) bool { return i.Name != sessionHost })
}

// affectedRTT is a little below where AWS says that a session suffers, because
// the simulated way adds to the link's own time.
const affectedRTT = 90 * time.Millisecond

// protocols follow from the elements: PCoIP needs HTTPS and both of its ports,
// DCV HTTPS and one of its two.
func (t Truth) protocols() (pcoip, dcv State) {
	dead := func(e Element) bool { s := t.Elements[e]; return s == Dead || s == Sized }
	signIn := dead(SignIn) || dead(ByProxy)
	lossy := func(list ...Element) bool {
		return slices.ContainsFunc(list, func(e Element) bool { return t.Elements[e] == Lossing })
	}
	switch {
	case signIn || dead(T4172) || dead(U4172):
		pcoip = Dead
	case lossy(SignIn, T4172, U4172):
		pcoip = Impaired
	}
	switch {
	case signIn || dead(T4195) && dead(U4195) || t.Elements[T4195] == Sized:
		dcv = Dead
	case dead(T4195) || dead(U4195) || lossy(SignIn, T4195, U4195):
		dcv = Impaired
	}
	return pcoip, dcv
}

func unique(list []layer.ID) []layer.ID {
	slices.Sort(list)
	return slices.Compact(list)
}

func all(s State) map[Element]State {
	m := streams(s)
	m[SignIn] = s
	return m
}

func streams(s State) map[Element]State {
	return map[Element]State{T4172: s, U4172: s, T4195: s, U4195: s}
}

// flowElements are the elements that a flow carries.
var flowElements = map[Flow][]Element{
	WebAll: {SignIn}, WebOne: {SignIn}, TCP4172: {T4172}, UDP4172: {U4172}, TCP4195: {T4195}, UDP4195: {U4195},
	AllPCoIP: {T4172, U4172}, AllDCV: {T4195, U4195},
	Streams: {T4172, U4172, T4195, U4195}, NotWeb: {T4172, U4172, T4195, U4195}, ToStreams: {T4172, U4172, T4195, U4195},
	AllUDP: {U4172, U4195}, AllFlows: {SignIn, T4172, U4172, T4195, U4195},
}

// overUDP are the elements that are datagrams.
var overUDP = []Element{U4172, U4195}

// flowSpoils is what becomes of a flow's elements; only those over one protocol,
// if it is given.
func flowSpoils(i Ill, s State, only string) map[Element]State {
	m := map[Element]State{}
	for _, e := range flowElements[i.Flow] {
		if only == "" || slices.Contains(overUDP, e) == (only == "udp") {
			m[e] = s
		}
	}
	return m
}

// nameSpoils is what a name that leads nowhere takes away.
func nameSpoils(_ Drawn, i Ill) map[Element]State {
	if i.Name == healthHost {
		return streams(Dead)
	}
	return map[Element]State{SignIn: Dead}
}

// wayLayers are the layers of an owner, by what the flow carries. At AWS's
// border the gateway and the address group cannot be told apart.
func wayLayers(d Drawn, i Ill) []layer.ID {
	carries := flowElements[i.Flow]
	if len(carries) == 0 {
		carries = flowElements[AllFlows]
	}
	return ownerLayers(d.owner(i.At), carries, i.Act == LosesShare || i.Act == Polices)
}

func ownerLayers(o Owner, carries []Element, lossy bool) (list []layer.ID) {
	switch o {
	case OwnComputer:
		return []layer.ID{layer.LocalFirewall}
	case UserNetwork:
		list = []layer.ID{layer.NetworkFirewall}
	case CarrierNAT, Transit:
		return []layer.ID{layer.InternetPath}
	default:
		if slices.Contains(carries, SignIn) {
			list = append(list, layer.AuthGateway)
		}
		if slices.ContainsFunc(carries, func(e Element) bool { return e != SignIn }) {
			list = append(list, layer.StreamingGateway, layer.IPAccessControl)
		}
	}
	if lossy { // the layers' definition: lossy is the way, whoever loses
		list = append(list, layer.InternetPath)
	}
	return list
}

// speaks says whether a hop answers probes of one of the flow's protocols.
func (h Hop) speaks(carries []Element) bool {
	udp := slices.ContainsFunc(carries, func(e Element) bool { return slices.Contains(overUDP, e) })
	tcp := slices.ContainsFunc(carries, func(e Element) bool { return !slices.Contains(overUDP, e) })
	switch h.Temper {
	case Silent, NotSeenAtAll:
		return false
	case OnlyTCP:
		return tcp
	case OnlyUDP:
		return udp
	}
	return true
}

// betweenHops gives the owners of everything between the last hop that answers
// for packets which still pass and the first that answers for those behind. A
// router that drops what it would pass on still answers for itself; one that
// drops arrivals does not.
func betweenHops(arrivals bool) func(d Drawn, i Ill) []layer.ID {
	return func(d Drawn, i Ill) (list []layer.ID) {
		carries := i.carries()
		at := d.distance(i.At)
		switch {
		case at == 0 && (i.Act == Resets || i.Act == AcceptsMute): // the first router could do the same
			return []layer.ID{layer.NetworkFirewall}
		case at == 0: // the sender is told
			return nil
		}
		near, far := 0, len(d.Hops)+1
		for n, h := range d.Hops {
			n++
			switch passes := n < at || n == at && !arrivals; {
			case !h.speaks(carries):
			case passes:
				near = n
			case far > len(d.Hops):
				far = n
			}
		}
		for n := near; n <= far; n++ {
			list = append(list, d.layersAt(n, carries)...)
		}
		if far > len(d.Hops) { // the same as if the answers were dropped
			list = append(list, anywhere(d, i)...)
		}
		return list
	}
}

// layersAt are the layers of whoever is at a distance.
func (d Drawn) layersAt(n int, carries []Element) []layer.ID {
	switch {
	case n == 0:
		return ownerLayers(OwnComputer, carries, false)
	case n > len(d.Hops):
		return ownerLayers(AWSHost, carries, false)
	}
	list := ownerLayers(d.Hops[n-1].Owner, carries, false)
	if d.looksPrivate(n) {
		list = append(list, layer.NetworkFirewall)
	}
	return list
}

// looksPrivate says whether a hop that is not the user's looks like one of the
// user's network: a private address, and no public one known before it.
func (d Drawn) looksPrivate(n int) bool {
	if d.Hops[n-1].Owner == UserNetwork || !d.Hops[n-1].address().IsPrivate() {
		return false
	}
	return !slices.ContainsFunc(d.Hops[:n-1], func(h Hop) bool { return !h.address().IsPrivate() && h.speaks(elements) })
}

// anywhere is every owner on the way.
func anywhere(d Drawn, i Ill) (list []layer.ID) {
	carries := flowElements[i.Flow]
	if len(carries) == 0 {
		carries = flowElements[AllFlows]
	}
	for n := range len(d.Hops) + 2 {
		list = append(list, d.layersAt(n, carries)...)
	}
	return list
}

// saysItself is nobody else, unless the place's own address misleads.
func saysItself(d Drawn, i Ill) []layer.ID {
	if _, n := d.hop(i.At); n > 0 && d.looksPrivate(n) {
		return []layer.ID{layer.NetworkFirewall}
	}
	return nil
}

// carries are the elements that the ill's packets belong to.
func (i Ill) carries() (list []Element) {
	for _, e := range flowElements[i.Flow] {
		if !slices.Contains(overTCP, i.Act) || !slices.Contains(overUDP, e) {
			list = append(list, e)
		}
	}
	return list
}

// overTCP are the acts that no datagram suffers.
var overTCP = []Act{Resets, ResetsData, AcceptsMute}

// unlessFirstHopSpeaks: what never leaves is told from what the router takes by
// the router's own answer.
func unlessFirstHopSpeaks(d Drawn, i Ill) []layer.ID {
	if d.Hops[0].speaks(flowElements[i.Flow]) {
		return nil
	}
	return []layer.ID{layer.NetworkFirewall}
}
