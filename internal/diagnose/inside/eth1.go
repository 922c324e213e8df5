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

// eth1Down: beside eth0 no card works. This system's own list of interfaces says
// so. Its rival, a card that works and carries no default route, is another rule.
var eth1Down = rule{
	Code: "eth1_down", Layer: layer.PrimaryInterface, Part: eth1CardPart, Needs: []probe.Operation{probe.HostLinks},
	Where: hereOnEth1,
	Check: func(e evidence) (finding.Finding, bool) {
		eth0, found := e.eth0()
		if !found || len(e.links()) == 0 || slices.ContainsFunc(e.others(), works) {
			return finding.Finding{}, false
		}
		if by, _, known := e.outwardBy(); known && by != eth0.Name {
			if i, is := e.link(by); is && i.VPN == "" && works(i) || len(e.farAnswers()) > 0 {
				return finding.Finding{}, false // a bridge or virtual switch stands in for the card
			}
		}
		f := finding.Finding{
			Severity: finding.SeverityFault,
			Said:     true,
			Supports: facts.IDs(append(e.Of(probe.HostLinks), e.Of(probe.HostManagement)...)...),
			Rivals:   []finding.Rival{e.noWorkspace(layer.StreamingHost), e.otherMayBeEth0(eth0)},
		}
		others := e.others()
		// The adapter of a VPN that is not connected is switched off, too.
		slices.SortStableFunc(others, func(a, b probe.Interface) int { return upness(b) - upness(a) })
		switch {
		case len(others) == 0:
			f.Summary = words.Say("cause.eth1_down.missing", words.Args{"name": eth0.Name})
		case !others[0].Up || !others[0].Carrier:
			f.Summary = words.Say(
				"cause.eth1_down.off",
				words.Args{"interface": called(others[0].Name, "eth1"), "up": others[0].Up},
			)
		default:
			f.Summary = words.Say("cause.eth1_down.no-address", words.Args{"called": called(others[0].Name, "eth1")})
		}
		return f, true
	},
}

// upness is how much of an interface works, as far as the cable.
func upness(i probe.Interface) (n int) {
	if i.Up {
		n++
	}
	if i.Up && i.Carrier {
		n++
	}
	return n
}

// eth1NoDefault: a card besides eth0 works, and no default route leads anywhere.
var eth1NoDefault = rule{
	Code:  "eth1_no_default_route",
	Layer: layer.PrimaryInterface,
	Part:  eth1DefaultPart,
	Needs: []probe.Operation{probe.HostRoutes},
	Where: hereOnEth1,
	Check: func(e evidence) (finding.Finding, bool) {
		routes, known := e.defaultRoutes()
		_, found := e.eth0()
		if _, _, leads := e.outwardBy(); !known || len(routes) > 0 || leads || !found || e.ipv6Alone() ||
			!slices.ContainsFunc(e.others(), works) {
			return finding.Finding{}, false
		}
		purpose := finding.Rival{
			Layer: layer.StreamingHost, Rare: true, Harmless: true,
			Why: words.Say("cause.eth1_no_default_route.purpose.why"),
			By:  words.Say("cause.eth1_no_default_route.purpose.by"),
		}
		f := finding.Finding{
			Severity: finding.SeverityFault,
			Said:     true,
			Supports: facts.IDs(append(e.Of(probe.HostRoutes), e.Of(probe.HostLinks)...)...),
			Summary: words.Say(
				"cause.eth1_no_default_route.summary",
				words.Args{
					"called": called(
						slices.DeleteFunc(e.others(), func(i probe.Interface) bool { return !works(i) })[0].Name,
						"eth1",
					),
				},
			),
		}
		switch {
		case e.reachedOut():
			f.Severity, f.Summary = finding.SeverityInfo, f.Summary.Then(
				words.Say("cause.eth1_no_default_route.reached"),
			)
		case e.routedOnPurpose():
			f.Severity, f.Rivals = finding.SeverityDegraded, []finding.Rival{purpose}
			f.Summary = f.Summary.Then(words.Say("cause.eth1_no_default_route.intended"))
		default:
			purpose.Out = facts.IDs(e.Of(probe.HostRoutes)...)
			f.Rivals = []finding.Rival{purpose}
		}
		return f, true
	},
}

// ipv6Alone: eth1 lies in a subnet without IPv4, and a default route for IPv6 leads
// over it.
func (e evidence) ipv6Alone() bool {
	has4 := slices.ContainsFunc(e.others(), func(i probe.Interface) bool {
		return slices.ContainsFunc(
			i.Addresses,
			func(p netip.Prefix) bool { return p.Addr().Is4() && !p.Addr().IsLinkLocalUnicast() },
		)
	})
	return !has4 && slices.ContainsFunc(e.Of(probe.HostRoutes), func(o probe.Observation) bool {
		return slices.ContainsFunc(facts.Detail[probe.RoutingDetail](o).Routes, func(r probe.RouteEntry) bool {
			return r.Destination.Bits() == 0 && r.Destination.Addr().Is6() && r.Type == "" &&
				slices.ContainsFunc(e.others(), func(i probe.Interface) bool { return i.Name == r.Interface })
		})
	})
}

// routedOnPurpose: routes to more than the own networks lead over routers of
// another card than eth0, and somebody beyond answers.
func (e evidence) routedOnPurpose() bool {
	eth0, found := e.eth0()
	return found && len(e.farAnswers()) > 0 &&
		slices.ContainsFunc(e.Of(probe.HostRoutes), func(o probe.Observation) bool {
			return slices.ContainsFunc(facts.Detail[probe.RoutingDetail](o).Routes, func(r probe.RouteEntry) bool {
				return r.Gateway.IsValid() && r.Interface != eth0.Name && r.Type == "" && r.Destination.Addr().Is4() &&
					!r.Destination.IsSingleIP()
			})
		})
}

// eth1GatewayDead: eth1's default gateway does not answer for its hardware
// address, which the router of a VPC always does.
var eth1GatewayDead = rule{
	Code:  "eth1_gateway_dead",
	Layer: layer.PrimaryInterface,
	Part:  eth1RouterPart,
	Needs: []probe.Operation{probe.HostNeighbour},
	Where: atGateway,
	Check: func(e evidence) (finding.Finding, bool) {
		dead := facts.Where(
			e.Of(probe.HostNeighbour),
			func(o probe.Observation) bool { return o.Outcome == probe.Failed },
		)
		if len(dead) == 0 || len(e.answers()) > 0 {
			return finding.Finding{}, false
		}
		d := facts.Detail[probe.NeighbourDetail](dead[0])
		made := finding.Rival{
			Layer: layer.LocalDevice,
			Why:   words.Say("cause.eth1_gateway_dead.made.why"),
			By:    words.Say("cause.eth1_gateway_dead.made.by"),
			Next:  words.Say("cause.eth1_gateway_dead.made.next"),
		}
		if slices.ContainsFunc(e.cards(), func(i probe.Interface) bool { return i.Name == d.Interface }) {
			made.Out = facts.IDs(e.Of(probe.HostLinks)...)
		}
		return finding.Finding{
			Severity: finding.SeverityFault,
			Supports: facts.IDs(dead...),
			Rivals:   []finding.Rival{made},
			Summary: words.Say(
				"cause.eth1_gateway_dead.summary",
				words.Args{"interface": d.Interface, "gateway": d.Gateway},
			),
		}, true
	},
}
