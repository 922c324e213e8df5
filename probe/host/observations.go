package host

import (
	"time"

	"wsdoctor/probe"
)

// step is the plan step that host facts belong to.
const step = "host"

// Observations writes the facts down, one observation each: links, every route,
// resolvers, proxy, VPN and WorkSpace. A fact that could not be looked at is
// skipped with Unsupported, and Gaps says why.
func Observations(f probe.HostFacts, now time.Time) []probe.Observation {

	note := func(op probe.Operation, t probe.Target, failure probe.Failure, d probe.Detail) probe.Observation {
		outcome := probe.OK
		switch failure {
		case "":
		case probe.Unsupported:
			outcome = probe.Skipped
		default:
			outcome = probe.Failed
		}
		o := probe.Observe(op, t, now).Finish(now, outcome, failure, d)
		o.Step = step
		return o
	}
	links := f.Links
	links.Interfaces = listed(links.Interfaces)
	list := []probe.Observation{note(probe.HostLinks, probe.Target{}, linksFailure(f), links)}
	for _, r := range f.Routes {
		t := probe.Target{Host: r.Destination.String(), Port: r.Port, Transport: r.Transport}
		failure := r.Failure
		r.Failure = ""
		o := note(probe.HostRoute, t, failure, r)
		o.Address = r.Destination.String()
		list = append(list, o)
	}
	resolvers, vpn, workspace := f.Resolvers, f.VPN, f.Workspace
	resolvers.Servers, vpn.Interfaces, workspace.Signs = listed(resolvers.Servers), listed(vpn.Interfaces), listed(workspace.Signs)
	return append(list,
		note(probe.HostResolvers, probe.Target{}, resolversFailure(f.Resolvers), resolvers),
		note(probe.HostProxy, probe.Target{}, "", f.Proxy),
		note(probe.HostVPN, probe.Target{}, vpnFailure(f), vpn),
		note(probe.HostWorkspace, probe.Target{}, "", workspace),
	)
}

// listed makes a list that was not read an empty one: the report has no nulls.
func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func linksFailure(f probe.HostFacts) probe.Failure {
	switch {
	case f.Links.Interfaces == nil:
		return probe.Unsupported
	case !linked(f.Links.Interfaces):
		return probe.NoInterface
	}
	return ""
}

// resolversFailure: a list without a source was never read.
func resolversFailure(r probe.ResolversDetail) probe.Failure {
	switch {
	case r.Source == "":
		return probe.Unsupported
	case len(r.Servers) == 0:
		return probe.NoResolver
	}
	return ""
}

func vpnFailure(f probe.HostFacts) probe.Failure {
	if f.Links.Interfaces == nil {
		return probe.Unsupported
	}
	return ""
}
