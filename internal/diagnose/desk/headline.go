package desk

import (
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// The first sentence of what stops packets is for a person who does not know what a
// packet is: who, and what does not work. Ports and devices stand in the second one.

// ownSoftware is what on this computer stops packets.
var ownSoftware = words.Say("desk.who.own-software")

// culprits names whose devices a layer stands for.
var culprits = map[layer.ID]words.Text{
	layer.LocalFirewall:    ownSoftware,
	layer.NetworkFirewall:  words.Say("desk.who.network"),
	layer.InternetPath:     words.Say("desk.who.provider"),
	layer.StreamingGateway: words.Say("desk.who.aws"),
}

// culprit names who is accused, or something where nobody is.
func (e evidence) culprit(f *finding.Finding, x explanation) words.Text {
	who, named := culprits[f.Layer]
	switch {
	case f.Undecided, !named:
		return words.Say("desk.who.on-the-way", words.Args{"host": e.farHost()})
	case x.end() && e.isEndpoint(x.to):
		return words.Say("desk.who.endpoint")
	case f.Layer == layer.StreamingGateway && e.Region == "":
		return words.Say("desk.who.host")
	}
	return who
}

// certainty tells how sure it is that somebody blocks. Where several could be to blame it
// is certain all the same that one of them does, unless the silence may mean nothing.
func certainty(f *finding.Finding) string {
	unsure := f.Odds != nil && f.Odds.Chance > sweep.ChanceLimit
	for _, r := range f.Rivals {
		unsure = unsure || r.Harmless && len(r.Out) == 0
	}
	switch {
	case f.Undecided && unsure:
		return "may"
	case !f.Undecided && f.Confidence == finding.Possible:
		return "probably"
	}
	return "does"
}

// headline says in one sentence who keeps the user from what.
func (e evidence) headline(who words.Text, sure string, effect finding.Effect, what words.Ports) words.Text {
	args := words.Args{"who": who, "sure": sure, "what": what, "protocols": affected(effect)}
	switch {
	case len(effect.Blocks) > 0 && !webWorks(e):
		return words.Say("desk.blocks.sign-in", args)
	case len(effect.Blocks) > 0:
		return words.Say("desk.blocks.desktop", args)
	case len(effect.Unsure) > 0:
		return words.Say("desk.blocks.unsure", args)
	case len(effect.Degrades) > 0:
		return words.Say("desk.blocks.degrades", args)
	}
	return words.Say("desk.blocks.ports", args)
}

// consequence is what an effect means for the user, to end a sentence with.
func (e evidence) consequence(effect finding.Effect) words.Text {
	args := words.Args{"protocols": affected(effect)}
	switch {
	case len(effect.Blocks) > 0 && !webWorks(e):
		return words.Say("desk.so.sign-in")
	case len(effect.Blocks) > 0:
		return words.Say("desk.so.desktop", args)
	case len(effect.Unsure) > 0:
		return words.Say("desk.so.unsure", args)
	case len(effect.Degrades) > 0:
		return words.Say("desk.so.degrades", args)
	}
	return words.Text{}
}

// affected are the protocols that fare worst.
func affected(effect finding.Effect) words.Protocols {
	for _, list := range [][]probe.Protocol{effect.Blocks, effect.Unsure, effect.Degrades} {
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

// desktop names what the ports of an explanation are for.
func (e evidence) desktop(x explanation) words.Text {
	if list := e.protocolsOf(x); len(list) > 0 {
		return words.Say("desk.desktop", words.Args{"protocols": list})
	}
	return ports(x.ported()).Text()
}
