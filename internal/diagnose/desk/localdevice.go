package desk

import (
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
	Where: onThisComputer,
	Check: func(e evidence) (finding.Finding, bool) {
		return ownStatement(e, probe.HostLinks, probe.NoInterface, words.Say("cause.no_interface.summary"))
	},
}

// noRoute is the routing table's statement. Its rival, a firewall, leaves the
// route in place.
var noRoute = rule{
	Code: "no_route", Layer: layer.LocalDevice, Needs: []probe.Operation{probe.HostRoute}, Explains: everything,
	Where: onThisComputer,
	Check: func(e evidence) (finding.Finding, bool) {
		f, fired := ownStatement(e, probe.HostRoute, probe.NoRoute, words.Say("cause.no_route.summary"))
		if !fired || slices.ContainsFunc(e.Routes(), otherwise(probe.NoRoute)) || len(e.Control()) > 0 {
			return f, false // one address family is enough, and of one that could not be looked up nothing is known
		}
		return f, true
	},
}

// noResolver needs both halves: none configured, and names do not resolve.
var noResolver = rule{
	Code: "no_resolver", Layer: layer.LocalDevice, Needs: []probe.Operation{probe.HostResolvers}, Explains: nameless,
	Where: onThisComputer,
	Check: func(e evidence) (finding.Finding, bool) {
		f, fired := ownStatement(e, probe.HostResolvers, probe.NoResolver, words.Say("cause.no_resolver.summary"))
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
func ownStatement(e evidence, op probe.Operation, failure probe.Failure, summary words.Text) (finding.Finding, bool) {
	list := facts.Where(
		e.Of(op),
		func(o probe.Observation) bool { return o.Outcome == probe.Failed && o.Failure == failure },
	)
	if len(list) == 0 {
		return finding.Finding{}, false
	}
	return finding.Finding{
		Severity: finding.SeverityFault,
		Said:     true,
		Summary:  summary,
		Supports: facts.IDs(list...),
		Blocks:   probe.StreamingProtocols(),
	}, true
}

// gatewayDead rests on the kernel's own "host unreachable" about its next hop,
// or on the neighbour table saying that the gateway does not answer. Its rival,
// a firewall beyond the gateway, leaves the gateway resolvable.
var gatewayDead = rule{
	Code:     "gateway_not_answering",
	Layer:    layer.LocalDevice,
	Needs:    []probe.Operation{probe.HostNeighbour, probe.TCPConnect},
	Explains: everything,
	Where:    atGateway,
	Check: func(e evidence) (finding.Finding, bool) {
		if len(e.Control()) > 0 || len(e.AnsweredUDP()) > 0 {
			return finding.Finding{}, false
		}
		unresolved := facts.Where(
			e.Of(probe.HostNeighbour),
			func(o probe.Observation) bool { return o.Outcome == probe.Failed },
		)
		told := facts.Where(e.Of(probe.TCPConnect), func(o probe.Observation) bool {
			m := facts.ICMP(o)
			return o.Failure == probe.HostUnreachable && m != nil && m.OwnHost
		})
		list := append(unresolved, told...)
		if len(list) == 0 {
			return finding.Finding{}, false
		}
		return finding.Finding{
			Severity: finding.SeverityFault, Said: true, Supports: facts.IDs(list...), Blocks: probe.StreamingProtocols(),
			Summary: words.Say("cause.gateway_not_answering.summary"),
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
	Where: onThisComputer,
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
		clock := words.Args{"off": roughly(off.Abs()), "slow": off < 0}
		f := finding.Finding{
			Severity: finding.SeverityDegraded,
			Said:     true,
			Supports: facts.IDs(list...),
			Degrades: probe.StreamingProtocols(),
		}
		f.Summary = words.Say("cause.clock_wrong.summary", clock)
		expired := facts.Where(
			e.Of(probe.TLSHandshake),
			func(o probe.Observation) bool { return o.Failure == probe.TLSExpired },
		)
		if len(expired) > 0 {
			f.Severity, f.Blocks, f.Degrades = finding.SeverityFault, probe.StreamingProtocols(), nil
			f.Summary = words.Say("cause.clock_wrong.rejects", clock)
			f.Supports = append(f.Supports, facts.IDs(expired...)...)
		}
		f.Rivals = []finding.Rival{{
			Layer: layer.CaptivePortal, Why: words.Say("cause.clock_wrong.portal.why"),
			By: words.Say("cause.clock_wrong.portal.by"),
			Out: facts.IDs(facts.Where(list, func(o probe.Observation) bool {
				return o.Port() == probe.HTTPSPort || facts.Detail[probe.HTTPDetail](o).Egress.IsValid()
			})...),
		}}
		return f, true
	},
}

// roughly writes a long duration for people.
func roughly(d time.Duration) words.Text {
	switch {
	case d < 2*time.Hour:
		return words.Say("desk.duration.minutes", words.Args{"n": math.RoundToEven(d.Minutes())})
	case d < 72*time.Hour:
		return words.Say("desk.duration.hours", words.Args{"n": math.RoundToEven(d.Hours())})
	}
	return words.Say("desk.duration.days", words.Args{"n": math.RoundToEven(d.Hours() / 24)})
}

// rootMissing: the chain verifies with Amazon's own root but not with this
// computer's store. Its rival, inspection, cannot produce such a chain.
var rootMissing = rule{
	Code:     "amazon_root_missing",
	Layer:    layer.LocalDevice,
	Needs:    []probe.Operation{probe.TLSHandshake},
	Explains: signed,
	Where:    onThisComputer,
	Check: func(e evidence) (finding.Finding, bool) {
		list := facts.Where(e.Of(probe.TLSHandshake), func(o probe.Observation) bool {
			return e.primary(o) && o.Failure == probe.TLSUnknownAuthority &&
				facts.Detail[probe.TLSDetail](o).Root == probe.RootAmazon
		})
		if len(list) == 0 || webWorks(e) {
			return finding.Finding{}, false
		}
		return finding.Finding{
			Severity: finding.SeverityFault,
			Said:     true,
			Supports: facts.IDs(list...),
			Blocks:   probe.StreamingProtocols(),
			Summary:  words.Say("cause.amazon_root_missing.summary"),
		}, true
	},
}
