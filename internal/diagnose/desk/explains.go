package desk

import (
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// What each kind of cause explains: observations that are no surprise where it is
// the cause, so that a finding which rests on nothing else is its symptom.

// picked gives the IDs of the observations that fit.
func picked(e evidence, fits func(probe.Observation) bool) []string {
	return facts.IDs(facts.Where(e.Observations, fits)...)
}

// beyondReach: a cause in this layer cannot show in this observation, whatever else
// it explains. What this computer refused itself was refused before any other cause
// could act; and what came as far as a router was let go by this computer.
func (e evidence) beyondReach(cause layer.ID, o probe.Observation) bool {
	switch {
	case o.Failure == probe.LocalPolicyDenied:
		return cause != layer.LocalFirewall
	case cause == layer.LocalFirewall && (facts.OnPort(o) || o.Operation == probe.PathSweep):
		return slices.ContainsFunc(e.Of(probe.PathSweep), func(s probe.Observation) bool {
			return s.Target == o.Target && facts.Detail[probe.SweepDetail](s).Last > 0
		})
	}
	return false
}

// everything: without a network nothing works.
func everything(e evidence, f finding.Finding) []string {
	return appendNew(picked(e, func(o probe.Observation) bool { return o.Operation != probe.HostLinks }), f.Supports...)
}

// nameless: whoever waits for a name has no address to try.
func nameless(e evidence, f finding.Finding) []string {
	return appendNew(picked(e, func(o probe.Observation) bool {
		return o.Operation == probe.DNSQuery && o.Endpoint == "name" || o.Failure == probe.NoAddress
	}), f.Supports...)
}

// namedWrongly: everything that is asked of a host whose name is wrong.
func namedWrongly(e evidence, f finding.Finding) []string {
	hosts, told := map[string]bool{}, map[netip.Addr]bool{}
	for _, o := range e.Observations {
		if o.Operation == probe.DNSQuery && slices.Contains(f.Supports, o.ID) {
			hosts[o.Host()] = true
			for _, a := range facts.Detail[probe.DNSDetail](o).Addresses {
				told[a] = true
			}
		}
	}
	// What was asked of the host at another address, such as a published one, went
	// where it should.
	return appendNew(picked(e, func(o probe.Observation) bool {
		a := o.Addr()
		return hosts[o.Host()] && (o.Operation == probe.DNSQuery || !a.IsValid() || told[a])
	}), f.Supports...)
}

func throughProxy(e evidence, f finding.Finding) []string {
	return appendNew(picked(e, func(o probe.Observation) bool { return !facts.Direct(o) }), f.Supports...)
}

func expired(e evidence, f finding.Finding) []string {
	return appendNew(picked(e, func(o probe.Observation) bool { return o.Failure == probe.TLSExpired }), f.Supports...)
}

// signed: who signs for one host stands in the way of all that is said to it.
func signed(e evidence, f finding.Finding) []string {
	return appendNew(picked(e, func(o probe.Observation) bool {
		return o.Port() == probe.HTTPSPort && o.Transport() == probe.TCP &&
			(o.Operation == probe.TLSHandshake || o.Operation == probe.HTTPGet)
	}), f.Supports...)
}

// samePorts: who refuses a port does so to every host, over one transport or both.
func samePorts(e evidence, f finding.Finding) []string {
	type flow struct {
		port      uint16
		transport probe.Transport
	}
	of := map[flow]bool{}
	for _, o := range e.Observations {
		if slices.Contains(f.Supports, o.ID) {
			of[flow{o.Port(), o.Transport()}] = true
			if o.Operation == probe.DNSQuery {
				of[flow{53, ""}] = true
			}
		}
	}
	return appendNew(picked(e, func(o probe.Observation) bool {
		either := of[flow{o.Port(), probe.TCP}] || of[flow{o.Port(), probe.UDP}]
		return !facts.IsOK(o) && either && o.Port() != 0 ||
			of[flow{53, ""}] && (o.Operation == probe.DNSQuery || o.Failure == probe.NoAddress)
	}), f.Supports...)
}

func sameTargets(e evidence, f finding.Finding) []string {
	of := map[string]bool{}
	for _, o := range e.Observations {
		if slices.Contains(f.Supports, o.ID) {
			of[o.Target] = true
		}
	}
	return appendNew(picked(e, func(o probe.Observation) bool { return of[o.Target] }), f.Supports...)
}

// silences: where many packets are lost, silence says nothing more.
func silences(e evidence, f finding.Finding) []string {
	return appendNew(picked(e, func(o probe.Observation) bool {
		return facts.IsSilent(o) || o.Operation == probe.PathSweep ||
			o.Operation == probe.TLSHandshake && o.Failure == probe.Timeout
	}), f.Supports...)
}

// greetings: what is larger than the path carries never arrives.
func greetings(e evidence, f finding.Finding) []string {
	return appendNew(picked(e, func(o probe.Observation) bool {
		return o.Operation == probe.TLSHandshake && !facts.IsOK(o) && !strings.HasSuffix(o.Step, "/proxy")
	}), f.Supports...)
}
