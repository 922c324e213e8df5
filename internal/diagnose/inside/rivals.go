package inside

import (
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// What else looks like several of the faults inside a WorkSpace, and what contradicts
// it.

// elsewhere: no sign of a WorkSpace's agent was found, so that the run goes on
// because of --force alone: this may be any computer, or a container or a
// subsystem inside a WorkSpace, which sees neither its cards nor its services.
func (e evidence) elsewhere() bool {
	said := facts.Where(e.Of(probe.HostWorkspace), facts.IsOK)
	return len(said) > 0 && !slices.ContainsFunc(said, isWorkspace)
}

// noWorkspace: this is no WorkSpace, or a part of one that sees neither its cards nor
// its services. It is contradicted by the signs that only a WorkSpace has. If not the
// layer that is accused, others inside are gone as well.
func (e evidence) noWorkspace(gone layer.ID) finding.Rival {
	return finding.Rival{
		Layer: gone, Harmless: true,
		Why:  words.Say("inside.no-workspace.why", words.Args{"gone": string(gone)}),
		By:   words.Say("inside.no-workspace.by"),
		Adds: words.Say("inside.no-workspace.adds"),
		Next: words.Say("inside.no-workspace.next"),
		Out:  facts.IDs(facts.Where(e.Of(probe.HostWorkspace), isWorkspace)...),
	}
}

// isWorkspace: signs of a WorkSpace were found.
func isWorkspace(o probe.Observation) bool {
	d := facts.Detail[probe.WorkspaceDetail](o)
	return facts.IsOK(o) && (d.Agent || d.Inside)
}

// otherCardGone: the card that works, outside every management range, is not eth1 but
// eth0 in a range of the company's own, and eth1 is the one that is gone. It is
// contradicted where internet traffic goes over that card, or somebody of the
// company's network answers.
func (e evidence) otherCardGone(living string) finding.Rival {
	r := finding.Rival{
		Layer: layer.PrimaryInterface,
		Why:   words.Say("inside.other-card-gone.why"),
		By:    words.Say("inside.other-card-gone.by"),
		Next:  words.Say("inside.other-card-gone.next"),
		Out:   facts.IDs(e.farAnswers()...),
	}
	if by, said, known := e.outwardBy(); known && by == living {
		r.Out = append(r.Out, said.ID)
	}
	return r
}

// otherIsEth0: the card that is off is eth1, in a VPC that uses addresses of a
// management range, and eth0 is the other one, which carries everything meanwhile. It
// is contradicted where no other card lies in such a range, or the metadata service did
// not answer over it.
func (e evidence) otherIsEth0(eth0 probe.ManagedInterface) finding.Rival {
	r := finding.Rival{
		Layer: layer.PrimaryInterface,
		Why:   words.Say("inside.other-is-eth0.why"),
		By:    words.Say("inside.other-is-eth0.by"),
		Adds:  words.Say("inside.other-is-eth0.adds"),
		Next:  words.Say("inside.other-is-eth0.next"),
	}
	another := slices.ContainsFunc(e.Of(probe.HostManagement), func(o probe.Observation) bool {
		return slices.ContainsFunc(
			facts.Detail[probe.ManagementDetail](o).Interfaces,
			func(m probe.ManagedInterface) bool { return m.Name != eth0.Name },
		)
	})
	if !another || !e.metadataBeside(eth0.Name) {
		r.Out = facts.IDs(e.Of(probe.HostManagement)...)
	}
	return r
}

// mayBeEth1: the card that lies in a management range may be the primary one, because
// VPCs use the same private ranges, no other card works that could be it, and the
// metadata service answered over none.
func (e evidence) mayBeEth1(eth0 probe.ManagedInterface) bool {
	return eth0.Range.Addr().IsPrivate() && !slices.ContainsFunc(e.others(), works) &&
		!slices.ContainsFunc(e.At("metadata", probe.HTTPGet), facts.IsOK)
}

// eth0Doubtful: which card is eth0 cannot be told.
func (e evidence) eth0Doubtful() bool {
	eth0, found := e.eth0()
	return found && e.mayBeEth1(eth0)
}

// otherMayBeEth0: the card that does not work is eth0, and the one that does is eth1.
func (e evidence) otherMayBeEth0(eth0 probe.ManagedInterface) finding.Rival {
	r := finding.Rival{
		Layer: layer.ManagementInterface,
		Why:   words.Say("inside.other-may-be-eth0.why"),
		By:    words.Say("inside.other-may-be-eth0.by"),
		Next:  words.Say("inside.other-may-be-eth0.next"),
	}
	if !e.mayBeEth1(eth0) {
		r.Out = facts.IDs(append(e.Of(probe.HostManagement), e.At("metadata", probe.HTTPGet)...)...)
	}
	return r
}

// rangeUnpublished: the Region has management ranges that AWS does not publish, and
// eth0 lies in one. It is contradicted where those of the Region are published.
func (e evidence) rangeUnpublished() finding.Rival {
	return finding.Rival{
		Layer:    layer.StreamingHost,
		Harmless: true,
		Why:      words.Say("inside.range-unpublished.why"),
		By:       words.Say("inside.range-unpublished.by"),
		Adds:     words.Say("inside.range-unpublished.adds"),
		Next:     words.Say("inside.range-unpublished.next"),
		Out: facts.IDs(
			facts.Where(
				e.Of(probe.HostManagement),
				func(o probe.Observation) bool { return !facts.Detail[probe.ManagementDetail](o).Borrowed },
			)...),
	}
}

// rangeChosen: the company chose a management range for its own licences (BYOL), and
// eth0 lies in it. It is contradicted where the metadata service was asked and does
// not answer, which it does over every true management network.
func (e evidence) rangeChosen() finding.Rival {
	r := finding.Rival{
		Layer: layer.StreamingHost, Harmless: true,
		Why:  words.Say("inside.range-chosen.why"),
		By:   words.Say("inside.range-chosen.by"),
		Next: words.Say("inside.range-chosen.next"),
	}
	tries := facts.Where(
		e.Endpoint("metadata"),
		func(o probe.Observation) bool { return facts.WebOperations[o.Operation] && facts.Sent(o) },
	)
	kept, _ := e.keptFromMetadata()
	switch {
	case slices.ContainsFunc(e.At("metadata", probe.HTTPGet), facts.IsOK):
		r.Adds = words.Say("inside.range-chosen.adds")
	case len(kept) > 0:
		r.Adds = words.Say("inside.range-chosen.adds-2")
	case len(tries) == 0:
		r.Adds = words.Say("inside.range-chosen.adds-3")
	default:
		r.Out = facts.IDs(tries...)
	}
	return r
}

// cardsSwapped: the card with an address of a management range is eth1, in a VPC that
// uses such addresses, and eth0 has another one. It is contradicted where no VPC uses
// that range, or the directory answers over another card.
func (e evidence) cardsSwapped(eth0 probe.ManagedInterface) finding.Rival {
	r := finding.Rival{
		Layer: layer.StreamingHost, Rare: true, Harmless: true,
		Why:  words.Say("inside.cards-swapped.why"),
		By:   words.Say("inside.cards-swapped.by"),
		Next: words.Say("inside.cards-swapped.next"),
	}
	if !eth0.Range.Addr().IsPrivate() {
		r.Out = facts.IDs(e.Of(probe.HostManagement)...)
	}
	for _, i := range e.others() {
		if e.directoryOver(i.Name) {
			r.Out = append(r.Out, facts.IDs(facts.Where(e.At("directory-dns", probe.DNSQuery), answeredDNS)...)...)
		}
	}
	return r
}

// cutOff: eth1 leads nowhere. It is contradicted by whoever answers beyond the subnet's
// own router.
func (e evidence) cutOff(also ...probe.Observation) finding.Rival {
	return finding.Rival{
		Layer: layer.PrimaryInterface,
		Why:   words.Say("inside.cut-off.why"),
		By:    words.Say("inside.cut-off.by"),
		Adds:  words.Say("inside.cut-off.adds"),
		Next:  words.Say("inside.cut-off.next"),
		Out:   facts.IDs(append(e.farAnswers(), also...)...),
	}
}
