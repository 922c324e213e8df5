package desk

import (
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// ownerOf says whose something at a place of a way is, if it does this to packets.
// Wide: so many different hosts behave alike that none of them is the reason.
func (e evidence) ownerOf(d *destination, p candidates.Place, act candidates.Act, wide bool) candidates.Owner {
	switch {
	case p == candidates.Here:
		return owned(layer.LocalFirewall)
	case p == d.way.End:
		return e.ownerOfHost(d, act)
	case d.hops[p].IsValid():
		return e.ownerOfHop(d, p, act)
	}
	// A device that never answers stands between two that do, or between the last
	// one and the host, and is one's or the other's.
	before, after := owned(layer.NetworkFirewall), e.ownerOfHost(d, act)
	for q := p - 1; q > candidates.Here; q-- {
		if d.hops[q].IsValid() {
			before = e.ownerOfHop(d, q, act)
			break
		}
	}
	for q := p + 1; q < d.way.End; q++ {
		if d.hops[q].IsValid() {
			after = e.ownerOfHop(d, q, act)
			break
		}
	}
	if slices.Contains(before.Layers, string(layer.NetworkFirewall)) && slices.ContainsFunc(after.Layers, isAWSLayer) {
		before = merge(before, owned(layer.InternetPath)) // nobody's network borders on AWS
	}
	if wide && d.way.IsHidden(p) {
		return before // what stands in front of one of many hosts is not in front of the others
	}
	return merge(before, after)
}

func isAWSLayer(name string) bool {
	return name == string(layer.StreamingGateway) || name == string(layer.AuthGateway)
}

func owned(layers ...layer.ID) candidates.Owner { return candidates.Owner{Layers: layerNames(layers)} }

func (e evidence) ownerOfHop(d *destination, p candidates.Place, act candidates.Act) candidates.Owner {
	device := e.whose(d.hops[p], int(p), d.details()...)
	var o candidates.Owner
	switch device.place {
	case facts.PlaceLocal:
		o = owned(layer.NetworkFirewall)
		if !device.sure || e.bordersOnAWS(d, p) {
			// Some providers number their own devices privately; and where AWS is next, a
			// provider's device that does not show is between.
			o.Also = layerNames([]layer.ID{layer.InternetPath})
		}
		if device.sure && d.hops[p].Is4() && e.MayBeOwn(d.hops[p]) {
			o = owned(layer.NetworkFirewall, layer.InternetPath) // no translation marks a border
		}
	case facts.PlaceCarrier:
		o = owned(layer.InternetPath)
		o.Also = layerNames([]layer.ID{layer.NetworkFirewall}) // an office may have borrowed the space
	case facts.PlaceAWS:
		o = e.ownerOfHost(d, act)
	default:
		o = owned(layer.InternetPath)
		switch {
		case e.MayBeOwn(d.hops[p]):
			o = owned(layer.NetworkFirewall, layer.InternetPath)
		case !e.translated(), p == 1:
			o.Also = layerNames(
				[]layer.ID{layer.NetworkFirewall},
			) // an office may have public addresses, or its gateway answer by its other side's
		}
	}
	switch {
	case e.vpnFor(d.address) != "":
		// Its far end and all behind it number themselves as they like.
		o = merge(o, owned(layer.LocalFirewall))
	case !e.enclosingSystem().Empty() && p == 1:
		o = merge(o, owned(layer.LocalFirewall)) // the host computer
	}
	return o
}

// bordersOnAWS: the next device that shows is AWS's, which nobody's network borders on.
func (e evidence) bordersOnAWS(d *destination, p candidates.Place) bool {
	next := p + 1
	return next < d.way.End && d.hops[next].IsValid() &&
		e.whose(d.hops[next], int(next), d.details()...).place == facts.PlaceAWS
}

// translated: this computer has a private address and its packets another one
// outside, so that what has a public address on the way is behind the border.
func (e evidence) translated() bool {
	return slices.ContainsFunc(e.Of(probe.HostRoute), func(o probe.Observation) bool {
		return facts.Detail[probe.RouteDetail](o).Source.Unmap().IsPrivate()
	})
}

// ownerOfHost: whose the destination is.
func (e evidence) ownerOfHost(d *destination, act candidates.Act) candidates.Owner {
	switch {
	case !e.isEndpoint(d) && !standIn(d.address).Empty() && d.name != "target":
		// Whoever gave the address carries the packets on, or does not.
		o := owned(layer.NetworkFirewall, layer.DNS)
		o.Also = layerNames([]layer.ID{layer.LocalFirewall})
		return o
	case !e.isEndpoint(d) && d.address.IsValid() && !facts.IsAWS(d.address) && !facts.IsNAT64(d.address) && d.name != "target":
		return owned(layer.DNS) // whoever is there, it is not the AWS host
	case d.name == "broker":
		return owned(layer.AuthGateway)
	}
	o := owned(layer.StreamingGateway)
	silent := act == candidates.Drop || act == candidates.DropAnswers || act == candidates.Unheard
	if (silent || d.name == "gateway") && !e.isEndpoint(d) {
		// Packets cannot tell a gateway from the access control in front of it. The
		// health hosts are known not to refuse by it; of silence nobody says so.
		o.Also = layerNames([]layer.ID{layer.IPAccessControl})
	}
	return o
}

// details gives the sweeps of a destination.
func (d *destination) details() []probe.SweepDetail {
	var list []probe.SweepDetail
	for _, o := range d.sweeps {
		list = append(list, facts.Detail[probe.SweepDetail](o))
	}
	return list
}

func layerNames(layers []layer.ID) []string {
	list := make([]string, 0, len(layers))
	for _, l := range layers {
		list = append(list, string(l))
	}
	return list
}

func merge(a, b candidates.Owner) candidates.Owner {
	m := candidates.Owner{Layers: slices.Clone(a.Layers)}
	for _, l := range b.Layers {
		if !slices.Contains(m.Layers, l) {
			m.Layers = append(m.Layers, l)
		}
	}
	m.Also = without(slices.Concat(a.Also, b.Also), m.Layers)
	return m
}

// without gives the names of a list that are not in another, each once.
func without(list, other []string) []string {
	var kept []string
	for _, l := range list {
		if !slices.Contains(other, l) && !slices.Contains(kept, l) {
			kept = append(kept, l)
		}
	}
	return kept
}

// isEndpoint: the destination is a VPC endpoint of the company's own: its name
// says so, or a gateway that the user named has a private address.
func (e evidence) isEndpoint(d *destination) bool {
	if d.name != "gateway" {
		return false
	}
	named := slices.ContainsFunc(e.Observations, func(o probe.Observation) bool {
		return o.Addr() == d.address && strings.HasPrefix(o.Endpoint, "gateway-") &&
			strings.HasSuffix(o.Host(), ".vpce.amazonaws.com")
	})
	return named || d.address.IsPrivate()
}
