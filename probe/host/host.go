package host

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"wsdoctor/probe"
)

// RouteQuery is one target whose route is asked for. Port 0 or an empty
// transport asks for the address alone.
type RouteQuery struct {
	Endpoint  string // catalog endpoint, copied into the answer
	Addr      netip.Addr
	Transport probe.Transport
	Port      uint16
}

// Ask is what Gather needs to know.
type Ask struct {
	Targets []RouteQuery
	Proxy   string              // the user's wish: a proxy URL, "none", or "" for what the system says
	Environ func(string) string // nil means os.Getenv
	Names   []string            // that the run will ask for: the hosts file is searched for them
	// Script: where the system is set to find proxies by a script or by discovery, it
	// is asked to do so for Names, which may make it send packets of its own.
	Script bool
	// ManagementRanges are the ranges of eth0 in a WorkSpace of the Region
	// (AWS, "IP address and port requirements", management interface ranges).
	ManagementRanges []netip.Prefix
}

// system is one operating system's way to answer. Each function may return what
// it got together with an error; the error becomes a gap.
type system struct {
	links     func(context.Context) ([]link, error)
	route     func(context.Context, flow) (hop, error) // the error is a *refusal
	portRules bool                                     // route honours transport and port
	answers   bool                                     // route honours the sender's address and port
	resolvers func(context.Context, []link) (probe.ResolversDetail, error)
	proxy     func(context.Context) (*proxySettings, error) // nil settings: the system has none to ask
	agent     func() []string                               // signs of the WorkSpaces management agent
	// script has the system find the proxy for https requests to hosts, by its script
	// or by discovery, as it is set to. Nil: it cannot be asked.
	script func(settings proxySettings) (scriptAsker, error)
	// table lists every route of every table; nil: the system does not tell.
	table func(context.Context, []link) ([]tableRoute, error)
	// directory reads which directory the computer was told to use, and gives
	// gaps with it; search is the resolvers' search list. Nil: not looked for.
	directory func(search []string) (probe.DirectoryDetail, []string)
	around    func([]probe.RouteDetail) string // what this system runs in; nil: not looked for
	gaps      []string                         // what this system never tells
	close     func()
	asked     *sync.WaitGroup // questions that have not ended; of a bounded system
}

// patience bounds the whole of Gather, which begins anew once if the interfaces
// could not be listed, and once more if that took all of it. It is spent only where
// an outside program must be asked (scutil on macOS) or a call into the system hangs,
// as security software makes it; the kernel answers at once.
const patience = 500 * time.Millisecond

// Gather asks this computer. It returns soon after ctx ends, and within two
// seconds in any case (four where a proxy script is run); what was not reached by then is named in Gaps.
func Gather(ctx context.Context, ask Ask) probe.HostFacts {
	return gather(ctx, ask, thisSystem(rootFS()))
}

// Routes asks for the routes of targets learnt after Gather, for example when
// names have been resolved. f is Gather's answer, which tells the VPN
// interfaces and whether the family has a default route.
func Routes(ctx context.Context, f probe.HostFacts, targets []RouteQuery) []probe.RouteDetail {
	s := bounded(thisSystem(rootFS()))
	defer s.close()
	routes := targetRoutes(ctx, s, nameByIndex(f.Links.Interfaces), f.Routes, targets)
	markRoutes(routes, f.VPN)
	markKinds(routes, f.Links.Interfaces)
	return routes
}

func markRoutes(routes []probe.RouteDetail, vpn probe.VPNDetail) {
	why := map[string]string{}
	for _, v := range vpn.Interfaces {
		why[v.Name] = v.Why
	}
	for i := range routes {
		routes[i].VPN = why[routes[i].Interface]
	}
}

// ResolverEndpoint is the endpoint of the routes to name servers.
const ResolverEndpoint = "resolver"

// resolverRoutes gives the routes of the name servers that packets reach another
// way than the internet: over a network of containers or a VPN that covers their
// addresses, say. Name servers of this computer itself have none.
func resolverRoutes(ctx context.Context, s system, names map[int]string, f probe.HostFacts) []probe.RouteDetail {
	var ask []RouteQuery
	for _, server := range f.Resolvers.Servers[:min(len(f.Resolvers.Servers), libcServers)] {
		if !server.Addr().IsLoopback() {
			ask = append(ask, RouteQuery{ResolverEndpoint, server.Addr().WithZone(""), probe.UDP, server.Port()})
		}
	}
	return slices.DeleteFunc(targetRoutes(ctx, s, names, f.Routes, ask), func(r probe.RouteDetail) bool {
		return slices.ContainsFunc(f.Routes, func(d probe.RouteDetail) bool {
			return d.Family == r.Family && d.Destination.IsUnspecified() && d.Interface == r.Interface && d.Failure == r.Failure
		})
	})
}

// markKinds writes down what kind of interface each route leaves by.
func markKinds(routes []probe.RouteDetail, list []probe.Interface) {
	for i := range routes {
		for _, l := range list {
			if l.Name == routes[i].Interface {
				routes[i].Kind = l.Kind
			}
		}
	}
}

func rootFS() fs.FS { return os.DirFS("/") }

// gather asks s, and closes it.
func gather(ctx context.Context, ask Ask, s system) probe.HostFacts {
	s = bounded(s)
	defer s.close()
	run := ctx
	ctx, cancel := context.WithTimeout(run, patience)
	defer cancel()
	if ask.Environ == nil {
		ask.Environ = os.Getenv
	}
	f := probe.HostFacts{Gaps: slices.Clone(s.gaps)}
	gap := func(what string, err error) {
		if err != nil {
			f.Gaps = append(f.Gaps, what+": "+probe.Clean(err.Error(), 200))
		}
	}

	links, err := s.links(ctx)
	if err != nil && run.Err() == nil {
		// This computer may have stood still while they were read.
		again, stop := context.WithTimeout(run, patience)
		defer stop()
		ctx = again
		links, err = s.links(ctx)
	}
	if errors.Is(err, errLate) { // what hangs there need not hang everywhere
		others, stop := context.WithTimeout(run, patience)
		defer stop()
		ctx = others
	}
	gap("network interfaces", err)
	f.Partial = err != nil
	if err == nil || len(links) > 0 {
		f.Links.Interfaces = interfaces(links)
	}
	names := nameByIndex(f.Links.Interfaces)
	f.Own = ownAddresses(f.Links.Interfaces)

	f.Routes = defaultRoutes(ctx, s, names)
	if s.around != nil {
		routes := slices.Clone(f.Routes)
		f.Links.Around, err = inTime(ctx, s.line(), func() (string, error) { return s.around(routes), nil })
		gap("what this system runs in", err)
	}
	f.HasIPv4 = hasFamily(f.Links.Interfaces, f.Routes, "ip4")
	f.HasIPv6 = hasFamily(f.Links.Interfaces, f.Routes, "ip6")
	if f.Partial && !f.HasIPv4 && !f.HasIPv6 {
		f.HasIPv4 = true // perhaps: the probes will tell
	}
	f.Routes = append(f.Routes, targetRoutes(ctx, s, names, f.Routes, ask.Targets)...)
	f.VPN = markVPN(links, f.Links.Interfaces, f.Routes)

	f.Resolvers, err = s.resolvers(ctx, links)
	gap("resolvers", err)
	f.Routes = append(f.Routes, resolverRoutes(ctx, s, names, f)...)
	markKinds(f.Routes, f.Links.Interfaces)
	markRoutes(f.Routes, f.VPN)

	hosts := hostsFile(ask.Environ)
	f.Names, err = inTime(ctx, s.line(), func() (probe.HostNamesDetail, error) { return hostNames(hosts, ask.Names) })
	gap("hosts file", err)

	settings, err := s.proxy(ctx)
	gap("system proxy settings", err)
	var proxyGaps []string
	f.Proxy, proxyGaps = chooseProxy(ask.Proxy, ask.Environ, settings)
	if ask.Script && s.script != nil && settings != nil && settings.finds() && f.Proxy.Source == "system" {
		f.Proxy.Script, proxyGaps = runScript(run, s, *settings, ask.Names, proxyGaps)
	} else if settings != nil && s.script == nil {
		f.Proxy.Undiscovered = settings.discovery && f.Proxy.Source == "system"
	}
	f.Gaps = append(f.Gaps, proxyGaps...)

	signs, err := inTime(ctx, s.line(), func() ([]string, error) { return s.agent(), nil })
	gap("signs of a WorkSpace", err)
	f.Workspace = workspace(signs, f.Links.Interfaces, ask.ManagementRanges)
	if ctx.Err() != nil {
		f.Gaps = append(f.Gaps, "facts of this computer: the run ended before all of them were read")
	}
	return f
}
