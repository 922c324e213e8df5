package lab

import (
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/lab/right"
	"wsdoctor/internal/layer"
)

// Expect is what a right verdict says of a world, and where the fault truly is.
type Expect struct {
	right.Expect
	// Between is where the faulty device truly is: a place twice, or two places
	// for the wire between them. Other is where a second one is.
	Between [2]Place
	Other   [2]Place
	Widest  int // links an interval may span; 0 for two
}

// Answer and Verdict are what an Expect is made of, and is asked about.
type (
	Answer  = right.Answer
	Verdict = right.Verdict
)

const (
	noLayer           = right.NoLayer
	passesAsFarAsSeen = right.PassesAsFarAsSeen
	exitSeenPartly    = right.ExitSeenPartly
)

// trial is a scenario and what is right in it.
type trial struct {
	Scenario
	Expect Expect
}

// The words in which scenarios say what is right. Each states a whole answer;
// what most answers of its kind have in common is filled in here, and a scenario
// says where it differs.

// fine: nothing is wrong, and both protocols were shown alive.
func fine() Expect {
	return one(Answer{Status: ok, Layers: []layer.ID{noLayer}}).states("ok", "ok")
}

// asFarAsSeen: nothing is wrong as far as can be seen, and PCoIP was not shown
// alive, because its server answers no datagram.
func asFarAsSeen() Expect {
	e := fine().states("unknown", "ok")
	e.Answers[0].Code = passesAsFarAsSeen
	return e
}

// fault: one layer has to be mended. Where it is above the ports, nothing shows
// whether the protocols would work, or nothing can.
func fault(l layer.ID, least finding.Confidence, or ...layer.ID) Expect {
	most := likely // no experiment is a confession
	if least == proven {
		most = proven
	}
	return one(Answer{Status: isFault, Layers: append([]layer.ID{l}, or...), Least: least, Most: most}).above()
}

// degraded: it works, but badly. No layers, or noLayer among them, is a verdict
// that names none.
func degraded(l ...layer.ID) Expect {
	if len(l) == 0 {
		l = []layer.ID{noLayer}
	}
	return one(Answer{Status: isDegraded, Layers: l, Least: possible, Most: likely}).states("ok|degraded", "ok|degraded")
}

// unclear: something is wrong, and nothing takes these layers apart. What was
// not found to be a fault blocks no protocol.
func unclear(suspects ...layer.ID) Expect {
	return one(Answer{Status: inconclusive, Layers: []layer.ID{noLayer}, Must: suspects}).states("unknown", "unknown")
}

// unsure: what was seen is odd, and a verdict of nobody may suspect these.
func unsure(suspects ...layer.ID) Expect {
	return unclear().perhaps(suspects...).states("ok|degraded|unknown", "ok|degraded|unknown")
}

func one(a Answer) Expect { return Expect{Expect: right.Expect{Answers: []Answer{a}}} }

// or adds what is right as well.
func (e Expect) or(others ...Expect) Expect {
	e.Answers = slices.Clone(e.Answers)
	for _, o := range others {
		e.Answers = append(e.Answers, o.Answers...)
	}
	return e
}

// each changes every answer so far.
func (e Expect) each(change func(*Answer)) Expect {
	e.Answers = slices.Clone(e.Answers)
	for i := range e.Answers {
		change(&e.Answers[i])
	}
	return e
}

// states says what the protocols' states may be, such as "ok|degraded". Only a
// fault blocks a protocol: in other verdicts, blocked becomes unknown.
func (e Expect) states(pcoip, dcv string) Expect {
	list := func(words string, s finding.Status) (states []finding.ProtocolState) {
		if s != isFault {
			words = strings.ReplaceAll(words, "blocked", "unknown")
		}
		for w := range strings.SplitSeq(words, "|") {
			states = append(states, finding.ProtocolState(w))
		}
		return states
	}
	return e.each(func(a *Answer) { a.PCoIP, a.DCV = list(pcoip, a.Status), list(dcv, a.Status) })
}

// sure bounds how sure a verdict that names a layer may be.
func (e Expect) sure(least, most finding.Confidence) Expect {
	return e.each(func(a *Answer) { a.Least, a.Most = least, most })
}

// rivals could be it too: where the verdict is only possible they must be named.
func (e Expect) rivals(l ...layer.ID) Expect {
	return e.each(func(a *Answer) { a.Must = l })
}

// perhaps may be suspected, and need not be.
func (e Expect) perhaps(l ...layer.ID) Expect {
	return e.each(func(a *Answer) { a.May = l })
}

// What becomes of the protocols.

// above: what is wrong lies above the ports, or before all of them.
func (e Expect) above() Expect { return e.states("blocked|unknown", "blocked|unknown") }

// noStreaming: the ports of neither protocol get through. DCV may also come by
// port 443, so it need not be called blocked.
func (e Expect) noStreaming() Expect { return e.states("blocked", "blocked|unknown") }

// noPCoIP: PCoIP does not get through, and DCV does.
func (e Expect) noPCoIP() Expect { return e.states("blocked", "ok") }

// noDCV: PCoIP gets through, and DCV only if it comes by port 443.
func (e Expect) noDCV() Expect { return e.states("ok", "unknown|degraded") }

// noTCP: neither port is there over TCP. PCoIP needs it; DCV goes by UDP.
func (e Expect) noTCP() Expect { return e.states("blocked", "degraded") }

// noUDP: neither port is there over UDP. PCoIP needs it; DCV goes by TCP.
func (e Expect) noUDP() Expect { return e.states("blocked", "ok|degraded") }

// works: both protocols do, whatever else is wrong.
func (e Expect) works() Expect { return e.states("ok|degraded", "ok|degraded") }

// Right answers that many scenarios share.

// beyondSight is everybody who could swallow an answer, or what passed the last
// router that can be seen. Nothing takes them apart from here.
var beyondSight = []layer.ID{layer.StreamingGateway, layer.IPAccessControl, layer.NetworkFirewall, layer.InternetPath, layer.LocalFirewall}

// outOfSight is what nobody can take apart.
func outOfSight() Expect { return unclear(beyondSight...) }

// nearby is a device between two with private addresses. Some providers use
// private addresses too, so theirs may be named as a rival.
func nearby(at Place) Expect {
	return fault(layer.NetworkFirewall, likely).perhaps(layer.InternetPath).noStreaming().at(at)
}

// ownWord is what a device with a private address, but not the first router, says
// of itself.
func ownWord(least finding.Confidence) Expect {
	return fault(layer.NetworkFirewall, least).sure(least, proven).perhaps(layer.InternetPath).noStreaming()
}

// lastOwn is the last device of this network: the provider's next one, dropping
// on arrival, would look the same, and is the less common.
func lastOwn() Expect {
	return fault(layer.NetworkFirewall, possible).sure(possible, possible).rivals(layer.InternetPath).noStreaming().at(Firewall)
}

// eitherSide is the provider's device where the office's last one looks the same.
func eitherSide() Expect {
	return fault(layer.InternetPath, possible).sure(possible, possible).rivals(layer.NetworkFirewall).noStreaming().
		or(lastOwn(), unclear(layer.NetworkFirewall, layer.InternetPath)).at(Provider)
}

// underway is the provider's device, next to AWS's: AWS's own border, dropping
// on arrival, would look the same. A company's outermost device may have a public
// address, and be taken for the provider's.
func underway() Expect {
	return fault(layer.InternetPath, possible).sure(possible, possible).rivals(layer.StreamingGateway).perhaps(layer.IPAccessControl, layer.NetworkFirewall).noStreaming().
		or(unclear(layer.InternetPath, layer.StreamingGateway).perhaps(layer.IPAccessControl, layer.NetworkFirewall)).at(Provider)
}

// firstRouter is the router where this computer's own silent filter looks the
// same but for a packet counter.
func firstRouter() Expect {
	return fault(layer.NetworkFirewall, possible).rivals(layer.LocalFirewall).noStreaming().
		or(unclear(layer.NetworkFirewall, layer.LocalFirewall)).at(Router)
}

// unplaced is a drop on a way of which too little answers: the truth is in the
// list, and everybody who could hide in what was not seen may be.
func unplaced(l ...layer.ID) Expect { return unclear(l...).perhaps(beyondSight...) }

// oneName is a service of AWS that fails where its neighbours work: itself, or a
// device that reads names.
func oneName() Expect {
	return fault(layer.AuthGateway, possible).rivals(layer.NetworkFirewall).perhaps(layer.TLSInspection).
		or(unclear(layer.AuthGateway, layer.NetworkFirewall).perhaps(layer.TLSInspection, layer.LocalFirewall, layer.InternetPath))
}

// sizeHole is somebody on the way who swallows large packets without a word.
func sizeHole() Expect {
	return fault(layer.InternetPath, possible, layer.NetworkFirewall).rivals(layer.InternetPath, layer.NetworkFirewall).
		or(unclear(layer.InternetPath, layer.NetworkFirewall)).states("ok|degraded|unknown|blocked", "ok|degraded|unknown|blocked")
}

// lossy is loss somewhere on the way.
func lossy() Expect {
	return degraded(layer.InternetPath, noLayer).perhaps(layer.NetworkFirewall, layer.InternetPath)
}

// at says which device is truly at fault.
func (e Expect) at(p Place) Expect { e.Between = [2]Place{p, p}; return e }

// and says where the second of two faults is.
func (e Expect) and(p Place) Expect { e.Other = [2]Place{p, p}; return e }

// ownedBy says who has to mend it, by any of these words.
func (e Expect) ownedBy(words ...string) Expect { e.Owner = words; return e }

// saying says what the verdict's sentence must name.
func (e Expect) saying(word string) Expect { e.Says = word; return e }

// leavingOut says what could not be looked at, by a word.
func (e Expect) leavingOut(word string) Expect { e.Gap = word; return e }

// telling says which layers must have a finding.
func (e Expect) telling(l ...layer.ID) Expect { e.Findings = l; return e }
