package firewall

import (
	"slices"
	"strings"
)

// groupsOf finds the base chains that a packet to this computer meets, or what it
// answers, in the order of the way: ingress, prerouting, input; output, postrouting,
// egress; in each by priority.
func groupsOf(s *ruleset, device string, nfproto byte, answers, later bool) []group {
	type place struct {
		order, priority int
	}
	at := map[place]*group{}
	var places []place
	for _, c := range s.chains {
		if c.base == nil {
			continue
		}
		order, met := c.met(device, nfproto)
		if !met || answers != (order >= orderOutput) {
			continue
		}
		if (answers || later) && c.base.nat {
			continue // which is asked of a connection's first packet only
		}
		p := place{order, c.base.priority}
		if c.base.nat { // address translation has one moment at each hook, whatever its chains say
			p.priority = priorityDNAT
			if order == orderInput {
				p.priority = prioritySNAT
			}
		}
		if at[p] == nil {
			at[p] = &group{stage: stageAt(order, p.priority), restores: restoringAt(order, p.priority)}
			places = append(places, p)
		}
		at[p].chains = append(at[p].chains, c)
	}
	slices.SortFunc(places, func(a, b place) int {
		if a.order != b.order {
			return a.order - b.order
		}
		return a.priority - b.priority
	})
	list := make([]group, len(places))
	for i, p := range places {
		list[i] = *at[p]
	}
	return list
}

// Moments of a packet's way.
const (
	orderIngress = iota
	orderPrerouting
	orderInput
	orderOutput
	orderPostrouting
	orderEgress
)

// met says whether a packet of an IP version that arrives on a device, or leaves by
// it, meets the base chain, and when.
func (c *chain) met(device string, nfproto byte) (order int, met bool) {
	b := c.base
	switch {
	case c.table.family == familyNetdev && b.hook == hookNetdevEgress:
		return orderEgress, b.boundTo(device)
	case c.table.family == familyNetdev && b.hook == hookNetdevIngress,
		c.table.family == familyInet && b.hook == hookIngress:
		return orderIngress, b.boundTo(device)
	case c.table.family != familyInet && c.table.family != family(nfproto):
		return 0, false
	case b.hook == hookPrerouting:
		return orderPrerouting, true
	case b.hook == hookInput:
		return orderInput, true
	case b.hook == hookOutput:
		return orderOutput, true
	case b.hook == hookPostrouting:
		return orderPostrouting, true
	}
	return 0, false
}

func (b *base) boundTo(device string) bool {
	return slices.Contains(b.devices, device) ||
		slices.ContainsFunc(b.wildcard, func(p string) bool { return strings.HasPrefix(device, p) })
}

func stageAt(order, priority int) stage {
	switch {
	case order == orderIngress || order == orderEgress:
		return stageIngress
	case order == orderInput || order == orderPostrouting || priority > priorityConntrack:
		return stageTracked
	case priority == priorityConntrack:
		return stageEdge
	}
	return stageEarly
}
