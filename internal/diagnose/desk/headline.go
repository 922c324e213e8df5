package desk

import (
	"fmt"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/prose"
	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/internal/layer"
)

// The first sentence of what stops packets is for a person who does not know what a
// packet is: who, and what does not work. Ports and devices stand in the second one.

// ownSoftware is what on this computer stops packets, in the first words of a finding.
const ownSoftware = "This computer's own firewall or security software"

// culprits names whose devices a layer stands for.
var culprits = map[layer.ID]string{
	layer.LocalFirewall:    ownSoftware,
	layer.NetworkFirewall:  "Your network",
	layer.InternetPath:     "An internet provider",
	layer.StreamingGateway: "AWS's own network",
}

// culprit names who is accused, or something where nobody is.
func (e evidence) culprit(f *finding.Finding, x explanation) string {
	who, named := culprits[f.Layer]
	switch {
	case f.Undecided, !named:
		return "Something on the way to " + e.farHost()
	case x.end() && e.isEndpoint(x.to):
		return "The VPC endpoint you named"
	case f.Layer == layer.StreamingGateway && e.Region == "":
		return "The host's own network"
	}
	return who
}

// verb tells how sure it is that somebody blocks. Where several could be to blame it is
// certain all the same that one of them is, unless the silence may mean nothing.
func verb(f *finding.Finding) string {
	unsure := f.Odds != nil && f.Odds.Chance > sweep.ChanceLimit
	for _, r := range f.Rivals {
		unsure = unsure || r.Harmless && len(r.Out) == 0
	}
	switch {
	case f.Undecided && unsure:
		return "may block"
	case !f.Undecided && f.Confidence == finding.Possible:
		return "probably blocks"
	}
	return "blocks"
}

// headline says in one sentence who keeps the user from what.
func (e evidence) headline(who, blocks string, effect finding.Effect, what string) string {
	switch {
	case len(effect.Blocks) > 0 && !webWorks(e):
		return fmt.Sprintf("%s %s %s, and nobody can sign in.", who, blocks, what)
	case len(effect.Blocks) > 0:
		return fmt.Sprintf("%s %s the desktop (%s).", who, blocks, prose.Protocols(effect.Blocks))
	case len(effect.Unsure) > 0:
		return fmt.Sprintf("%s %s %s; %s desktops work over port 443 at most.", who, blocks, what, prose.Protocols(effect.Unsure))
	case len(effect.Degrades) > 0:
		return fmt.Sprintf("%s %s %s; %s desktops work less well.", who, blocks, what, prose.Protocols(effect.Degrades))
	}
	return fmt.Sprintf("%s %s %s.", who, blocks, what)
}

// desktop names what the ports of an explanation are for.
func (e evidence) desktop(x explanation) string {
	if list := e.protocolsOf(x); len(list) > 0 {
		return fmt.Sprintf("The desktop (%s)", prose.Protocols(list))
	}
	return upperFirst(ports(x.ported()))
}
