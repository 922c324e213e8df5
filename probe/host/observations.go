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
	links := f.Links
	links.Interfaces = listed(links.Interfaces)
	list := []probe.Observation{note(now, probe.HostLinks, probe.Target{}, linksFailure(f), links)}
	list = append(list, routeObservations(f.Routes, now)...)
	resolvers, vpn, workspace := f.Resolvers, f.VPN, f.Workspace
	resolvers.Servers, vpn.Interfaces, workspace.Signs = listed(
		resolvers.Servers,
	), listed(
		vpn.Interfaces,
	), listed(
		workspace.Signs,
	)
	if len(f.Names.Entries) > 0 {
		list = append(list, note(now, probe.HostNames, probe.Target{}, "", f.Names))
	}
	return append(list,
		note(now, probe.HostResolvers, probe.Target{}, resolversFailure(f.Resolvers), resolvers),
		note(now, probe.HostProxy, probe.Target{}, "", f.Proxy),
		note(now, probe.HostVPN, probe.Target{}, vpnFailure(f), vpn),
		note(now, probe.HostWorkspace, probe.Target{}, "", workspace),
	)
}

func routeObservations(routes []probe.RouteDetail, now time.Time) []probe.Observation {
	var list []probe.Observation
	for _, r := range routes {
		t := probe.Target{Host: r.Destination.String(), Port: r.Port, Transport: r.Transport}
		failure := r.Failure
		r.Failure = ""
		o := note(now, probe.HostRoute, t, failure, r)
		o.Address = r.Destination.String()
		list = append(list, o)
	}
	return list
}

// note is one fact: failed with a failure, but skipped where the system could
// not be asked.
func note(now time.Time, op probe.Operation, t probe.Target, failure probe.Failure, d probe.Detail) probe.Observation {
	outcome := probe.OK
	switch failure {
	case "":
	case probe.Unsupported:
		outcome = probe.Skipped
	case probe.ComputerExhausted:
		outcome = probe.NotRun
	default:
		outcome = probe.Failed
	}
	o := probe.Observe(op, t, now).Finish(now, outcome, failure, d)
	o.Step = step
	return o
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
	case f.Links.Interfaces == nil, f.Partial && !linked(f.Links.Interfaces):
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
