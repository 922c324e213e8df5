package desk

import (
	"fmt"
	"math"
	"slices"
	"time"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// noInterface is this computer's own statement: no interface is up with an
// address. Its rival, a dead router, has an interface that is up.
var noInterface = rule{
	Code: "no_interface", Layer: layer.LocalDevice, Needs: []probe.Operation{probe.HostLinks}, Explains: everything,
	Check: func(e evidence) (finding.Finding, bool) {
		return ownStatement(e, probe.HostLinks, probe.NoInterface, "This computer is not connected to a network.")
	},
}

// noRoute is the routing table's statement. Its rival, a firewall, leaves the
// route in place.
var noRoute = rule{
	Code: "no_route", Layer: layer.LocalDevice, Needs: []probe.Operation{probe.HostRoute}, Explains: everything,
	Check: func(e evidence) (finding.Finding, bool) {
		f, fired := ownStatement(e, probe.HostRoute, probe.NoRoute, "This computer has no route to the internet.")
		if !fired || slices.ContainsFunc(e.Routes(), otherwise(probe.NoRoute)) || len(e.Control()) > 0 {
			return f, false // one address family is enough, and of one that could not be looked up nothing is known
		}
		return f, true
	},
}

// noResolver needs both halves: none configured, and names do not resolve.
var noResolver = rule{
	Code: "no_resolver", Layer: layer.LocalDevice, Needs: []probe.Operation{probe.HostResolvers}, Explains: nameless,
	Check: func(e evidence) (finding.Finding, bool) {
		f, fired := ownStatement(e, probe.HostResolvers, probe.NoResolver, "This computer has no name server set, so it cannot find any service by name.")
		if !fired || slices.ContainsFunc(e.Of(probe.DNSQuery), facts.IsOK) {
			return f, false
		}
		return f, true
	},
}

// otherwise: something else is known than this failure, or nothing is.
func otherwise(failure probe.Failure) func(probe.Observation) bool {
	return func(o probe.Observation) bool { return o.Failure != failure }
}

// ownStatement fires when a host fact failed with this very failure.
func ownStatement(e evidence, op probe.Operation, failure probe.Failure, summary string) (finding.Finding, bool) {
	list := facts.Where(e.Of(op), func(o probe.Observation) bool { return o.Outcome == probe.Failed && o.Failure == failure })
	if len(list) == 0 {
		return finding.Finding{}, false
	}
	return finding.Finding{Severity: finding.SeverityFault, Said: true, Summary: words.Raw(summary), Supports: facts.IDs(list...), Blocks: []string{"pcoip", "dcv"}}, true
}

// gatewayDead rests on the kernel's own "host unreachable" about its next hop,
// or on the neighbour table saying that the gateway does not answer. Its rival,
// a firewall beyond the gateway, leaves the gateway resolvable.
var gatewayDead = rule{
	Code: "gateway_not_answering", Layer: layer.LocalDevice, Needs: []probe.Operation{probe.HostNeighbour, probe.TCPConnect}, Explains: everything,
	Check: func(e evidence) (finding.Finding, bool) {
		if len(e.Control()) > 0 || len(e.AnsweredUDP()) > 0 {
			return finding.Finding{}, false
		}
		unresolved := facts.Where(e.Of(probe.HostNeighbour), func(o probe.Observation) bool { return o.Outcome == probe.Failed })
		told := facts.Where(e.Of(probe.TCPConnect), func(o probe.Observation) bool {
			m := facts.ICMP(o)
			return o.Failure == probe.HostUnreachable && m != nil && m.OwnHost
		})
		list := append(unresolved, told...)
		if len(list) == 0 {
			return finding.Finding{}, false
		}
		return finding.Finding{
			Severity: finding.SeverityFault, Said: true, Supports: facts.IDs(list...), Blocks: []string{"pcoip", "dcv"},
			Summary: words.Raw("The router of the local network does not answer this computer."),
		}, true
	},
}

// clockTolerance is Kerberos's and signed requests' customary limit.
const clockTolerance = 5 * time.Minute

// wrongClock compares this clock with the Date headers of two different hosts;
// one host alone may be wrong itself. Its rival, an expired certificate at the
// far end, leaves the Date headers in agreement with this clock.
var wrongClock = rule{
	Code: "clock_wrong", Layer: layer.LocalDevice, Needs: []probe.Operation{probe.HTTPGet}, Explains: expired,
	Check: func(e evidence) (finding.Finding, bool) {
		offsets := map[string]float64{}
		var list []probe.Observation
		for _, o := range e.Of(probe.HTTPGet) {
			if d := facts.Detail[probe.HTTPDetail](o); d.ClockMS != nil && o.Failure != probe.HTTPRedirectedElsewhere {
				offsets[o.Host()] = *d.ClockMS
				list = append(list, o)
			}
		}
		if len(offsets) < 2 {
			return finding.Finding{}, false
		}
		low, high := math.Inf(1), math.Inf(-1)
		for _, ms := range offsets {
			low, high = min(low, ms), max(high, ms)
		}
		tolerance := float64(clockTolerance.Milliseconds())
		agree := high-low < tolerance/2
		if !agree || math.Abs(low) <= tolerance || math.Abs(high) <= tolerance {
			return finding.Finding{}, false
		}
		off := time.Duration((low+high)/2) * time.Millisecond
		direction := "fast"
		if off < 0 {
			direction, off = "slow", -off
		}
		f := finding.Finding{Severity: finding.SeverityDegraded, Said: true, Supports: facts.IDs(list...), Degrades: []string{"pcoip", "dcv"}}
		f.Summary = words.Raw(fmt.Sprintf("This computer's clock is %s %s; sign-in may be refused.", roughly(off), direction))
		expired := facts.Where(e.Of(probe.TLSHandshake), func(o probe.Observation) bool { return o.Failure == probe.TLSExpired })
		if len(expired) > 0 {
			f.Severity, f.Blocks, f.Degrades = finding.SeverityFault, []string{"pcoip", "dcv"}, nil
			f.Summary = words.Raw(fmt.Sprintf("This computer's clock is %s %s, so it rejects every certificate.", roughly(off), direction))
			f.Supports = append(f.Supports, facts.IDs(expired...)...)
		}
		f.Rivals = []finding.Rival{{
			Layer: layer.CaptivePortal, Why: words.Raw("Somebody in the network answers for all of these hosts, with a clock of his own."),
			By: words.Raw("the hosts that told the time are AWS's own, by their certificates or by each telling what only it knows"),
			Out: facts.IDs(facts.Where(list, func(o probe.Observation) bool {
				return o.Port() == 443 || facts.Detail[probe.HTTPDetail](o).Egress.IsValid()
			})...),
		}}
		return f, true
	},
}

// roughly writes a long duration for people.
func roughly(d time.Duration) string {
	switch {
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f minutes", d.Minutes())
	case d < 72*time.Hour:
		return fmt.Sprintf("%.0f hours", d.Hours())
	}
	return fmt.Sprintf("%.0f days", d.Hours()/24)
}

// rootMissing: the chain verifies with Amazon's own root but not with this
// computer's store. Its rival, inspection, cannot produce such a chain.
var rootMissing = rule{
	Code: "amazon_root_missing", Layer: layer.LocalDevice, Needs: []probe.Operation{probe.TLSHandshake}, Explains: signed,
	Check: func(e evidence) (finding.Finding, bool) {
		list := facts.Where(e.Of(probe.TLSHandshake), func(o probe.Observation) bool {
			return e.primary(o) && o.Failure == probe.TLSUnknownAuthority && facts.Detail[probe.TLSDetail](o).Root == probe.RootAmazon
		})
		if len(list) == 0 || webWorks(e) {
			return finding.Finding{}, false
		}
		return finding.Finding{Severity: finding.SeverityFault, Said: true, Supports: facts.IDs(list...), Blocks: []string{"pcoip", "dcv"},
			Summary: words.Raw("This computer does not trust Amazon's certificates, although they are genuine.")}, true
	},
}
