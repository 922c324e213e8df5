package facts

import (
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/probe"
)

// Evidence is the observations of a run, indexed for the rules.
type Evidence struct {
	Input
	byOperation map[probe.Operation][]probe.Observation
	byEndpoint  map[string][]probe.Observation
}

// Gather sorts the observations.
func Gather(in Input) Evidence {
	e := Evidence{
		Input:       in,
		byOperation: map[probe.Operation][]probe.Observation{},
		byEndpoint:  map[string][]probe.Observation{},
	}
	for _, o := range in.Observations {
		e.byOperation[o.Operation] = append(e.byOperation[o.Operation], o)
		e.byEndpoint[o.Endpoint] = append(e.byEndpoint[o.Endpoint], o)
	}
	return e
}

// Observed says whether there is any observation of an operation.
func (e Evidence) Observed(op probe.Operation) bool { return len(e.byOperation[op]) > 0 }

// Endpoint gives the observations of one endpoint.
func (e Evidence) Endpoint(id string) []probe.Observation { return e.byEndpoint[id] }

// Of gives the observations of one operation.
func (e Evidence) Of(op probe.Operation) []probe.Observation { return e.byOperation[op] }

// At gives the observations of one endpoint and operation.
func (e Evidence) At(endpoint string, op probe.Operation) []probe.Observation {
	var list []probe.Observation
	for _, o := range e.byEndpoint[endpoint] {
		if o.Operation == op {
			list = append(list, o)
		}
	}
	return list
}

// Bearing are the observations of these IDs: those that bear a finding.
func (e Evidence) Bearing(ids []string) []probe.Observation {
	return Where(e.Observations, func(o probe.Observation) bool { return slices.Contains(ids, o.ID) })
}

// Failing are those of a list that did not come to a good end; all, if none did.
func Failing(list []probe.Observation) []probe.Observation {
	if bad := Where(list, func(o probe.Observation) bool { return !IsOK(o) }); len(bad) > 0 {
		return bad
	}
	return list
}

// Detail gives an observation's detail as the type of its operation; the zero
// value where a stored report lacks it.
func Detail[D probe.Detail](o probe.Observation) D {
	d, _ := o.Detail.(D)
	return d
}

// IDs lists observation IDs, for Supports and Contradicts.
func IDs(list ...probe.Observation) []string {
	ids := make([]string, 0, len(list))
	for _, o := range list {
		if o.ID != "" && !slices.Contains(ids, o.ID) {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

// Where keeps the observations that fit.
func Where(list []probe.Observation, fits func(probe.Observation) bool) []probe.Observation {
	var out []probe.Observation
	for _, o := range list {
		if fits(o) {
			out = append(out, o)
		}
	}
	return out
}

// IsOK: it answered as it should.
func IsOK(o probe.Observation) bool { return o.Outcome == probe.OK }

// IsSilent: nothing at all came back.
func IsSilent(o probe.Observation) bool { return o.Outcome == probe.Silent }

// Sent says that a packet left for the network, or was tried to.
func Sent(o probe.Observation) bool {
	return o.Outcome == probe.OK || o.Outcome == probe.Silent ||
		(o.Outcome == probe.Failed && o.Failure != probe.NoAddress)
}

// Direct keeps what did not go through a proxy.
func Direct(o probe.Observation) bool { return !strings.HasSuffix(o.Step, "/proxy") }

// ByAddress groups observations by the address they went to.
func ByAddress(list []probe.Observation) map[netip.Addr][]probe.Observation {
	m := map[netip.Addr][]probe.Observation{}
	for _, o := range list {
		if a := o.Addr(); a.IsValid() {
			m[a] = append(m[a], o)
		}
	}
	return m
}

// Control is a probe known to pass: an AWS host that answered over TCP
// directly, which shows that packets leave this network and come back.
func (e Evidence) Control() []probe.Observation {
	var list []probe.Observation
	for _, o := range e.Of(probe.TCPConnect) {
		if IsOK(o) && Direct(o) && o.Addr().Is4() != e.OnlyIPv6() {
			list = append(list, o)
		}
	}
	return list
}

// AnsweredUDP gives datagram probes that a far host answered.
func (e Evidence) AnsweredUDP() []probe.Observation {
	return Where(append(slices.Clone(e.Of(probe.STUNBinding)), e.Of(probe.QUICVersion)...), IsOK)
}

// ICMP gives the ICMP error an observation carries, nil if none.
func ICMP(o probe.Observation) *probe.ICMPError {
	switch d := o.Detail.(type) {
	case probe.ConnectDetail:
		return d.ICMP
	case probe.ExchangeDetail:
		return d.ICMP
	case probe.ProxyConnectDetail:
		return d.ICMP
	case probe.DNSDetail:
		return d.Offender
	case probe.SweepDetail:
		if d.End == probe.HopICMP {
			return d.ICMP
		}
	}
	return nil
}

// Wants says whether the run is about a protocol.
func (e Evidence) Wants(protocol probe.Protocol) bool {
	return protocol == "" || e.Protocol == protocol || e.Protocol == probe.BothProtocols || e.Protocol == ""
}

// AttemptsOf are the probes of a connect or an exchange of datagrams.
func AttemptsOf(o probe.Observation) []probe.Attempt {
	switch d := o.Detail.(type) {
	case probe.ConnectDetail:
		return d.Attempts
	case probe.ExchangeDetail:
		return d.Attempts
	}
	return nil
}

// Paused: this computer stood still or was too busy during the run, for long enough
// to spoil what rests on time.
func (e Evidence) Paused() bool { return e.StoodStillMS() > 0 }

// StoodStillMS is for how many milliseconds of the run this computer stood still.
func (e Evidence) StoodStillMS() float64 {
	for _, o := range e.Of(probe.HostPauses) {
		return Detail[probe.PausesDetail](o).TotalMS
	}
	return 0
}

// Input is everything a judgement depends on.
type Input struct {
	Vantage      probe.Vantage
	Protocol     probe.Protocol
	Region       string
	Symptom      string   // symptom ID or empty
	AllowedCIDRs []string // of the IP access control group; nil: not given
	Interrupted  bool
	Observations []probe.Observation
}

// Inside: the run was made inside a WorkSpace.
func (e Evidence) Inside() bool { return e.Vantage == probe.InWorkspace }
