package desk

import (
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// awsHostRejects: the host that was asked says itself, by ICMP, that the port
// is closed or forbidden. Its rival, a firewall, answers from its own address.
var awsHostRejects = rule{
	Code:     "aws_host_rejects",
	Layer:    layer.StreamingGateway,
	Needs:    []probe.Operation{probe.STUNBinding, probe.QUICVersion, probe.TCPConnect},
	Explains: sameTargets,
	Where:    finding.NoPlace[evidence],
	Check: func(e evidence) (finding.Finding, bool) {
		list := facts.Where(e.Observations, func(o probe.Observation) bool {
			m := facts.ICMP(o)
			return m != nil && !m.OwnHost && m.Offender.Unmap() == o.Addr() && e.primary(o) &&
				o.Operation != probe.DNSQuery &&
				o.Operation != probe.PathSweep &&
				o.Endpoint != "quic-control" &&
				(o.Failure == probe.ConnectionRefused || o.Failure == probe.AdministrativelyProhibited)
		})
		effect := e.effectOf(list)
		if effect.Severity() == finding.SeverityInfo {
			return finding.Finding{}, false
		}
		f := finding.Finding{
			Layer:    layer.StreamingGateway,
			Severity: effect.Severity(),
			Said:     true,
			Supports: facts.IDs(list...),
			Blocks:   effect.Blocks,
			Degrades: effect.Degrades,
			Unsure:   effect.Unsure,
			Summary: words.Say(
				"cause.aws_host_rejects.summary",
				words.Args{"what": ports(list), "so": e.consequence(effect)},
			),
		}
		if !slices.ContainsFunc(list, func(o probe.Observation) bool { return o.Port() != probe.HTTPSPort }) {
			f.Layer = layer.AuthGateway
		}
		// Of several hosts that refuse, somebody else's says nothing of AWS's own.
		var other candidates.Owner
		if !slices.ContainsFunc(list, func(o probe.Observation) bool {
			host := destination{name: "health", address: o.Addr()}
			if strings.HasPrefix(o.Endpoint, "gateway-") {
				host.name = "gateway"
			}
			other = e.ownerOfHost(&host, candidates.Refuse)
			return isAWSLayer(other.Layers[0]) && !e.isEndpoint(&host)
		}) {
			return e.refusedByOther(f, list, other), true
		}
		some := e.refusesSome(list) // a closed port refuses them all; a single refusal may be forged
		if some {
			f.NextTest = otherNetwork
		}
		if !slices.ContainsFunc(
			list,
			func(o probe.Observation) bool { _, _, near := answeredTooNear(e, o); return !near },
		) {
			// Some firewalls refuse in the name of the host that was asked.
			ms, control, _ := answeredTooNear(e, list[0])
			f.Supports = append(f.Supports, facts.IDs(control)...)
			f.Rivals = []finding.Rival{
				{
					Layer: f.Layer,
					Why:   words.Say("cause.aws_host_rejects.near.host"),
					By:    words.Say("cause.aws_host_rejects.near.by"),
					Out:   facts.IDs(append(list, control)...),
				},
				{Layer: layer.LocalFirewall, Rare: !some, Why: words.Say("cause.aws_host_rejects.near.software")},
				{Layer: layer.InternetPath, Rare: !some, Why: words.Say("cause.aws_host_rejects.near.provider")},
			}
			f.Layer, f.Why, f.Said, f.Remedy = layer.NetworkFirewall, words.Say(
				"cause.aws_host_rejects.near.why",
			), false, portRefused.Cause().
				Remedy()
			f.Summary = words.Say("cause.aws_host_rejects.near.summary", words.Args{
				"what": ports(
					list,
				),
				"ms":  words.Milliseconds(ms),
				"rtt": words.Milliseconds(facts.Detail[probe.ConnectDetail](control).RTTMS),
			})
			return f, true
		}
		f.Where, f.Rivals = atHosts(e, f), []finding.Rival{e.accessControl(list)}
		if forged, met := e.refusedInItsName(list); met {
			f.Rivals = append(f.Rivals, forged)
		}
		return f, true
	},
}

// refusedInItsName: a device on the way refuses in the name of the host that was
// asked. So few do that it need not be named where nothing speaks for it; but it
// cannot do so from as far away as the host is, and a closed port refuses everybody.
func (e evidence) refusedInItsName(list []probe.Observation) (r finding.Rival, met bool) {
	some, near := e.refusesSome(list), false
	r = finding.Rival{
		Layer: layer.NetworkFirewall, Rare: !some, Why: words.Say("cause.aws_host_rejects.forged.why"),
		By: words.Say("cause.aws_host_rejects.forged.by"),
	}
	for _, o := range list {
		if ms, control, tooNear := answeredTooNear(e, o); ms > 0 {
			near = near || tooNear
			r.Out = appendNew(r.Out, facts.IDs(o, control)...)
		}
	}
	if met = some || len(r.Out) > 0; some || near {
		r.Out = nil
	}
	return r, met
}

// refusesSome: of the datagrams to the same port some were refused, and others of
// the same kind, to this address of the host or another, got no answer at all.
func (e evidence) refusesSome(list []probe.Observation) bool {
	return len(list) == 1 && slices.ContainsFunc(list, func(o probe.Observation) bool {
		return slices.ContainsFunc(e.Observations, func(other probe.Observation) bool {
			return other.Target == o.Target && (other.Address == o.Address || o.Transport() == probe.UDP) &&
				facts.IsSilent(other) &&
				facts.OnPort(other)
		})
	})
}

// refusedByOther: the host that refuses is not AWS's: its address is a stand-in, a
// VPC endpoint's or nobody's that AWS publishes.
func (e evidence) refusedByOther(f finding.Finding, list []probe.Observation, owner candidates.Owner) finding.Finding {
	a := list[0].Addr()
	args := words.Args{"address": a, "what": ports(list), "so": words.Text{}}
	if isAWSLayer(owner.Layers[0]) {
		f.Owner, f.Where = words.Owner(layer.VPCAdministrator), atHosts(e, f)
		forged, _ := e.refusedInItsName(list)
		f.Rivals = []finding.Rival{forged}
		f.Summary = words.Say("desk.endpoint.refuses", args)
		f.Remedy = []words.Text{words.Say("desk.endpoint.ask", args)}
		return f
	}
	f.Layer, f.Said, f.Why = layer.ID(owner.Layers[0]), false, words.Say("cause.aws_host_rejects.other.why")
	f.Summary = words.Say("cause.aws_host_rejects.other.summary", args)
	f.Remedy = dnsNXDomain.Cause().Remedy()
	if why := standIn(a); !why.Empty() {
		args["kind"] = why
		f.Summary = words.Say("cause.aws_host_rejects.stand-in.summary", args)
		f.Remedy = []words.Text{words.Say("cause.aws_host_rejects.stand-in.ask")}
	}
	for _, name := range without(append(owner.Layers[1:], owner.Also...), owner.Layers[:1]) {
		f.Rivals = append(
			f.Rivals,
			finding.Rival{Layer: layer.ID(name), Rare: true, Why: words.Say("cause.aws_host_rejects.other.names")},
		)
	}
	if len(f.Rivals) == 0 {
		f.Rivals = []finding.Rival{
			{Layer: layer.StreamingGateway, Rare: true, Why: words.Say("cause.aws_host_rejects.other.unpublished")},
		}
	}
	return f
}
