package account

import (
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// streamingEndpoint is the directory's VPC endpoint by which DCV streams, if it has one.
func (e evidence) streamingEndpoint() (id string, has bool) {
	d, _ := e.directory()
	a, has := find(d.Endpoints, func(a probe.AccessEndpoint) bool { return a.Type == "STREAMING_WSP" && a.ID != "" })
	return a.ID, has
}

// overEndpoint: a finding about the endpoint takes DCV away from those who have it.
func (e evidence) overEndpoint(f finding.Finding, id string) (finding.Finding, bool) {
	f.Where, f.Owner = resource(id), words.Owner(layer.VPCAdministrator)
	f.Blocks = slices.DeleteFunc(e.protocolsOf(e.asked()...), func(p probe.Protocol) bool { return p != probe.DCV })
	if len(f.Blocks) == 0 { // nobody who is asked about streams over it
		f.Severity = finding.SeverityInfo
	}
	return e.unlessConnected(f), true
}

// endpointBroken: DCV streams by a VPC endpoint alone, and EC2 says that it is none to
// stream by.
var endpointBroken = rule{
	Code: "streaming_endpoint_broken", Layer: layer.StreamingGateway, Part: endpointPart,
	Needs: []probe.Operation{probe.AccountVPCEndpoints}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		id, has := e.streamingEndpoint()
		if !has {
			return finding.Finding{}, false
		}
		missing := slices.Contains(
			all(e, probe.AccountVPCEndpoints, func(d probe.VPCEndpointsDetail) []string { return d.Missing }), id)
		v, read := e.vpcEndpoint(id)
		account := ""
		for _, o := range e.answers(probe.AccountIdentity) {
			if d, is := o.Detail.(probe.IdentityDetail); is {
				account = d.Account
			}
		}
		what := ""
		switch {
		case missing:
			what = "missing"
		case !read:
			return finding.Finding{}, false
		case !strings.EqualFold(v.State, "available"):
			what = "state"
		case v.Service != "" && !strings.HasSuffix(v.Service, ".highlander"):
			what = "service"
		case v.Records == "dualstack":
			what = "dualstack"
		case v.Owner != "" && account != "" && v.Owner != account:
			what = "owner"
		default:
			return finding.Finding{}, false
		}
		return e.overEndpoint(found(finding.SeverityFault, e.about(probe.AccountDirectories, probe.AccountVPCEndpoints),
			words.Say("cause.streaming_endpoint_broken.summary",
				words.Args{"endpoint": id, "what": what, "state": v.State, "service": v.Service})), id)
	},
}

func (e evidence) vpcEndpoint(id string) (probe.VPCEndpoint, bool) {
	return find(
		all(e, probe.AccountVPCEndpoints, func(d probe.VPCEndpointsDetail) []probe.VPCEndpoint { return d.Endpoints }),
		func(v probe.VPCEndpoint) bool { return v.ID == id },
	)
}

// dcvNeeds are the ports of which DCV needs one. AWS asks for both; whether clients take
// 443 by themselves where 4195 is shut is not documented.
var dcvNeeds = []need{{probe.TCP, 4195}, {probe.TCP, 443}}

// endpointShut: the endpoint's security groups let nobody in on the ports of DCV: neither
// 4195 nor 443, or 443 alone.
var endpointShut = rule{
	Code: "streaming_endpoint_shut", Layer: layer.StreamingGateway, Part: endpointPart,
	Needs: []probe.Operation{probe.AccountSecurityGroups}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		id, has := e.streamingEndpoint()
		v, read := e.vpcEndpoint(id)
		if !has || !read || len(v.Groups) == 0 {
			return finding.Finding{}, false
		}
		lost := slices.DeleteFunc(slices.Clone(dcvNeeds), func(n need) bool { return e.letsAnybodyIn(v.Groups, n) != shut })
		if len(lost) == 0 || lost[0] != dcvNeeds[0] {
			return finding.Finding{}, false
		}
		args := words.Args{"endpoint": id, "groups": v.Groups, "ports": spoken(lost)}
		supports := e.about(probe.AccountDirectories, probe.AccountVPCEndpoints, probe.AccountSecurityGroups)
		f := found(finding.SeverityFault, supports, words.Say("cause.streaming_endpoint_shut.summary", args))
		if len(lost) < len(dcvNeeds) {
			f.Rivals = []finding.Rival{{
				Layer: layer.StreamingGateway, Harmless: true,
				Why: words.Say("cause.streaming_endpoint_shut.web.why"), Next: words.Say("cause.streaming_endpoint_shut.web.next"),
			}}
		}
		f, fires := e.overEndpoint(f, id)
		f.Where = finding.At(finding.AtResource, v.Groups...).For(texts(lost))
		return f, fires
	},
}

// letsAnybodyIn: some rule of the groups is about that port at all, whoever it is for.
func (e evidence) letsAnybodyIn(ids []string, n need) reach {
	for _, id := range ids {
		g, read := e.group(id)
		if !read {
			return unknown
		}
		for _, r := range g.Ingress {
			r.Lists, r.Groups, r.Networks = nil, nil, []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0)}
			if matches(r, n, peer{address: somewhere}) == open {
				return open
			}
		}
	}
	return shut
}

// pcoipFallbackOff: the directory streams by a VPC endpoint, which PCoIP cannot use, and
// PCoIP over the internet is switched off beside it.
var pcoipFallbackOff = rule{
	Code: "pcoip_fallback_off", Layer: layer.StreamingGateway, Part: endpointPart,
	Needs: []probe.Operation{probe.AccountDirectories}, Where: ownPlace,
	All: func(e evidence) []finding.Finding {
		d, _ := e.directory()
		id, has := e.streamingEndpoint()
		if !has || slices.Contains(d.Fallback, "PCOIP") {
			return nil
		}
		return eachAsked(e, func(w probe.AccountWorkspace) (finding.Finding, bool) {
			f := found(finding.SeverityFault, e.about(probe.AccountDirectories, probe.AccountWorkspaces),
				words.Say("cause.pcoip_fallback_off.summary", words.Args{"directory": d.ID, "endpoint": id}))
			f.Where, f.Owner = resource(d.ID), words.Owner(layer.WorkSpacesAdministrator)
			return check(f, hasPCoIP(w) && len(w.Protocols) == 1)
		})
	},
}
