package inside

import (
	"net/netip"
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// eth0Down: a card that has an address in a management range, or is the only
// one besides a working eth1, is switched off or has no link. Its rival, eth0
// missing, has no such card.
var eth0Down = rule{
	Code: "eth0_down", Layer: layer.ManagementInterface, Part: eth0CardPart, Needs: []probe.Operation{probe.HostLinks},
	Where: hereOnEth0,
	Check: func(e evidence) (finding.Finding, bool) {
		f := finding.Finding{
			Severity: finding.SeverityFault,
			Supports: facts.IDs(e.Of(probe.HostLinks)...),
			Blocks:   probe.StreamingProtocols(),
			Rivals:   []finding.Rival{e.noWorkspace(layer.StreamingHost)},
		}
		if eth0, found := e.eth0(); found {
			i, known := e.link(eth0.Name)
			if !known || i.Up && i.Carrier {
				return finding.Finding{}, false
			}
			f.Said = true
			f.Rivals = append(f.Rivals, e.otherIsEth0(eth0))
			f.Supports = append(f.Supports, facts.IDs(e.Of(probe.HostManagement)...)...)
			f.Summary = words.Say(
				"cause.eth0_down.summary",
				words.Args{"interface": i.Name, "address": eth0.Address.Addr(), "up": i.Up},
			)
			return f, true
		}
		if len(e.Of(probe.HostManagement)) == 0 {
			return finding.Finding{}, false
		}
		dead := slices.DeleteFunc(e.cards(), func(i probe.Interface) bool { return i.Up && i.Carrier })
		living := slices.DeleteFunc(e.cards(), func(i probe.Interface) bool { return !works(i) })
		if len(dead) != 1 || len(living) != 1 {
			return finding.Finding{}, false
		}
		f.Rivals = append(f.Rivals, e.otherCardGone(living[0].Name))
		f.Supports = append(f.Supports, facts.IDs(e.Of(probe.HostManagement)...)...)
		f.Summary = words.Say("cause.eth0_down.should-be", words.Args{"interface": dead[0].Name, "up": dead[0].Up})
		return f, true
	},
}

// called names an interface together with what AWS calls it, once if that is the
// same.
func called(name, role string) string {
	if name == role {
		return name
	}
	return name + " (" + role + ")"
}

// eth0Missing: there is no second card at all. Its rivals: a second card that is
// off (eth0_down), or one with another address (eth0_wrong_address).
var eth0Missing = rule{
	Code:  "eth0_missing",
	Layer: layer.ManagementInterface,
	Part:  eth0CardPart,
	Needs: []probe.Operation{probe.HostManagement},
	Where: hereOnEth0,
	Check: func(e evidence) (finding.Finding, bool) {
		if _, found := e.eth0(); found || len(e.cards()) > 1 || len(e.links()) == 0 || !e.soughtEth0() {
			return finding.Finding{}, false
		}
		f := finding.Finding{
			Severity: finding.SeverityFault,
			Supports: facts.IDs(append(e.Of(probe.HostManagement), e.Of(probe.HostLinks)...)...),
			Blocks:   probe.StreamingProtocols(),
			Summary:  words.Say("cause.eth0_missing.summary"),
			Why:      words.Say("cause.eth0_missing.why"),
			Rivals:   []finding.Rival{e.noWorkspace(layer.StreamingHost), e.rangeUnpublished()},
		}
		for _, i := range e.cards() {
			f.Rivals = append(f.Rivals, e.otherCardGone(i.Name))
		}
		return f, true
	},
}

// rangesBorrowed: AWS publishes no management ranges for the Region, so those of
// other Regions were looked for.
func (e evidence) rangesBorrowed() bool {
	return slices.ContainsFunc(
		e.Of(probe.HostManagement),
		func(o probe.Observation) bool { return facts.Detail[probe.ManagementDetail](o).Borrowed },
	)
}

// soughtEth0: the interfaces were read and compared with management ranges.
func (e evidence) soughtEth0() bool {
	return slices.ContainsFunc(
		e.Of(probe.HostManagement),
		func(o probe.Observation) bool { return o.Outcome == probe.OK || o.Outcome == probe.Failed },
	)
}

// eth0WrongAddress: a second working card exists and its address is in no
// management range. Whether that is wrong depends: a company that brings its own
// licences chose a range of its own. The metadata service separates the two: it
// answers over the true management network.
var eth0WrongAddress = rule{
	Code:  "eth0_wrong_address",
	Layer: layer.ManagementInterface,
	Part:  eth0AddressPart,
	Needs: []probe.Operation{probe.HostManagement},
	Where: hereOnEth0,
	Check: func(e evidence) (finding.Finding, bool) {
		if _, found := e.eth0(); found || len(e.cards()) < 2 || !e.soughtEth0() {
			return finding.Finding{}, false
		}
		by, _, _ := e.outwardBy()
		f := finding.Finding{
			Severity: finding.SeverityFault,
			Supports: facts.IDs(append(e.Of(probe.HostManagement), e.Of(probe.HostLinks)...)...),
			Blocks:   probe.StreamingProtocols(),
		}
		beyond := false // some address is there, and may be right
		for _, i := range e.cards() {
			switch {
			case i.Name == by || !i.Up || !i.Carrier:
			case !addressed(i):
				f.Summary = f.Summary.Then(
					words.Say("cause.eth0_wrong_address.none", words.Args{"interface": called(i.Name, "eth0")}),
				)
			default:
				beyond = true
				f.Summary = f.Summary.Then(
					words.Say(
						"cause.eth0_wrong_address.summary",
						words.Args{
							"interface": called(i.Name, "eth0"),
							"address":   i.Addresses[0].Addr(),
							"borrowed":  e.rangesBorrowed(),
						},
					),
				)
			}
		}
		if f.Summary.Empty() {
			return finding.Finding{}, false
		}
		f.Why = words.Say("cause.eth0_wrong_address.why")
		f.Contradicts = facts.IDs(facts.Where(e.At("metadata", probe.HTTPGet), facts.IsOK)...)
		for _, r := range []finding.Rival{e.rangeChosen(), e.rangeUnpublished()} {
			if !beyond { // no range holds what is not there
				r.Out, r.By = facts.IDs(e.Of(probe.HostLinks)...), words.Say("cause.eth0_wrong_address.by")
			}
			f.Rivals = append(f.Rivals, r)
		}
		f.Rivals = append(f.Rivals, e.noWorkspace(layer.StreamingHost))
		return f, true
	},
}

// eth0IsDefault: the kernel itself says that it sends internet traffic by eth0.
var eth0IsDefault = rule{
	Code:  "eth0_default_route",
	Layer: layer.ManagementInterface,
	Part:  eth0DefaultPart,
	Needs: []probe.Operation{probe.HostRoute, probe.HostRoutes},
	Where: hereOnEth0,
	Check: func(e evidence) (finding.Finding, bool) {
		eth0, found := e.eth0()
		if !found || len(e.cards()) < 2 {
			return finding.Finding{}, false // with one card there is nowhere else to send it
		}
		by, said, known := e.outwardBy()
		if !known || by != eth0.Name {
			return finding.Finding{}, false
		}
		return finding.Finding{
			Severity: finding.SeverityFault,
			Said:     true,
			Supports: facts.IDs(append([]probe.Observation{said}, e.Of(probe.HostManagement)...)...),
			Summary:  words.Say("cause.eth0_default_route.summary", words.Args{"called": called(eth0.Name, "eth0")}),
			Rivals:   []finding.Rival{e.noWorkspace(layer.StreamingHost), e.cardsSwapped(eth0)},
		}, true
	},
}

// eth0Overlapped: another interface's network or route covers addresses of the
// management network, and the kernel says that it would send there by that
// interface. Its rival: an overlap that the kernel resolves in eth0's favour.
var eth0Overlapped = rule{
	Code:  "eth0_overlapped",
	Layer: layer.ManagementInterface,
	Part:  eth0OverlapPart,
	Needs: []probe.Operation{probe.HostManagement},
	Where: hereOnEth0,
	Check: func(e evidence) (finding.Finding, bool) {
		eth0, found := e.eth0()
		if !found {
			return finding.Finding{}, false
		}
		f := finding.Finding{
			Said:     true,
			Severity: finding.SeverityFault,
			Supports: facts.IDs(e.Of(probe.HostManagement)...),
			Blocks:   probe.StreamingProtocols(),
		}
		beside := finding.Rival{
			Layer: layer.StreamingHost, Rare: true, Harmless: true,
			Why: words.Say("cause.eth0_overlapped.beside.why"),
			By:  words.Say("cause.eth0_overlapped.beside.by"),
		}
		var astray, doubtful words.List
		for _, o := range e.Of(probe.HostManagement) {
			d := facts.Detail[probe.ManagementDetail](o)
			if len(d.Interfaces) == 0 || d.Interfaces[0].Name != eth0.Name {
				continue // they are about the first of the interfaces
			}
			for _, v := range d.Overlaps {
				name := words.Say(
					"inside.overlap",
					words.Args{
						"network":   v.Prefix,
						"blocking":  v.Interface == "",
						"interface": v.Interface,
						"known":     v.Why != "",
						"kind":      v.Why,
					},
				)
				switch {
				case v.Through == eth0.Name:
				case v.Through == "" && v.Interface != "":
					doubtful = append(doubtful, name) // this system does not say which way it would go
				case e.answersByTable(eth0.Name, v.Sample), e.sessionBeside(v.Prefix):
					doubtful = append(
						doubtful,
						name,
					) // answers have eth0's address as sender, and another way; or sessions do stand
				case v.Network:
					astray = append(astray, name)
				default:
					doubtful = append(doubtful, name)
				}
			}
		}
		switch {
		case len(astray) > 0:
			beside.Out = f.Supports
			f.Summary = words.Say(
				"cause.eth0_overlapped.summary",
				words.Args{"astray": astray, "masked": eth0.Address.Masked(), "name": eth0.Name},
			)
		case len(doubtful) > 0:
			f.Severity, f.Blocks = finding.SeverityDegraded, nil
			f.Summary = words.Say(
				"cause.eth0_overlapped.doubtful",
				words.Args{"doubtful": doubtful, "range": eth0.Range},
			)
		default:
			return finding.Finding{}, false
		}
		f.Rivals = []finding.Rival{beside, e.noWorkspace(layer.StreamingHost)}
		return f, true
	},
}

// eth0NarrowMTU: this system itself says how large a packet eth0 carries. Its
// rival, a narrow link on the way to the gateway, does not show in that number.
var eth0NarrowMTU = rule{
	Code:  "eth0_narrow_mtu",
	Layer: layer.ManagementInterface,
	Part:  eth0MTUPart,
	Needs: []probe.Operation{probe.HostLinks, probe.HostManagement},
	Where: hereOnEth0,
	Check: func(e evidence) (finding.Finding, bool) {
		eth0, found := e.eth0()
		i, known := e.link(eth0.Name)
		if !found || !known || i.MTU <= 0 || i.MTU >= facts.StreamingMTU {
			return finding.Finding{}, false
		}
		return finding.Finding{
			Severity: finding.SeverityDegraded,
			Supports: facts.IDs(append(e.Of(probe.HostLinks), e.Of(probe.HostManagement)...)...),
			Degrades: probe.StreamingProtocols(),
			Rivals:   []finding.Rival{e.noWorkspace(layer.StreamingHost)},
			Summary: words.Say(
				"cause.eth0_narrow_mtu.summary",
				words.Args{"name": i.Name, "mtu": i.MTU, "streaming-mtu": facts.StreamingMTU},
			),
		}, true
	},
}

// sharedRange: a range that is wider is used by VPCs as well (10.0.0.0/8), so that
// eth0 cannot have a route to the whole of it.
const sharedRange = 12

// eth0NoWayFurther: no route of eth0's leads beyond its own network. Where AWS
// keeps the gateways of one WorkSpace is not published: if in that network, no
// such route is needed, so this is only worth knowing.
var eth0NoWayFurther = rule{
	Code:  "eth0_own_network_only",
	Layer: layer.ManagementInterface,
	Part:  eth0FurtherPart,
	Needs: []probe.Operation{probe.HostRoutes, probe.HostManagement},
	Where: hereOnEth0,
	Check: func(e evidence) (finding.Finding, bool) {
		eth0, found := e.eth0()
		network := eth0.Address.Masked()
		if _, known := e.defaultRoutes(); !found || !known || eth0.Range.Bits() < sharedRange ||
			eth0.Range.Bits() >= network.Bits() ||
			e.sessionBeside(network) {
			return finding.Finding{}, false
		}
		for _, o := range facts.Where(e.Of(probe.HostRoutes), facts.IsOK) {
			for _, r := range facts.Detail[probe.RoutingDetail](o).Routes {
				if r.Interface == eth0.Name && r.Type == "" && r.Destination.Overlaps(eth0.Range) &&
					(r.Destination.Bits() < network.Bits() || !r.Destination.Overlaps(network)) {
					return finding.Finding{}, false
				}
			}
		}
		return finding.Finding{
			Severity: finding.SeverityInfo,
			Rivals: []finding.Rival{
				{
					Layer:    layer.StreamingHost,
					Rare:     true,
					Harmless: true,
					Why:      words.Say("cause.eth0_own_network_only.streaming-host.why"),
				},
			},
			Supports: facts.IDs(append(e.Of(probe.HostRoutes), e.Of(probe.HostManagement)...)...),
			Summary: words.Say(
				"cause.eth0_own_network_only.summary",
				words.Args{"name": eth0.Name, "network": network, "range": eth0.Range},
			),
		}, true
	},
}

// answersByTable: another routing table holds a way over eth0 to the address. Such
// tables are for packets that have eth0's address as sender, as answers have
// (Amazon Linux makes one for each card); the system was asked for packets that
// have no sender yet.
func (e evidence) answersByTable(eth0 string, to netip.Addr) bool {
	return slices.ContainsFunc(e.Of(probe.HostRoutes), func(o probe.Observation) bool {
		return slices.ContainsFunc(facts.Detail[probe.RoutingDetail](o).Routes, func(r probe.RouteEntry) bool {
			return r.Table != "" && r.Type == "" && r.Interface == eth0 && r.Destination.Contains(to)
		})
	})
}

// sessionBeside: somebody outside an overlapping network is connected to eth0.
func (e evidence) sessionBeside(p netip.Prefix) bool {
	return slices.ContainsFunc(
		append(e.connections(probe.PCoIP), e.connections(probe.DCV)...),
		func(c probe.Connection) bool { return !p.Contains(c.Remote.Addr().Unmap()) },
	)
}
