package host

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"wsdoctor/probe"
)

// InsideAsk is what Inside needs to know.
type InsideAsk struct {
	// Ranges are the management ranges to look for: those of the Region, and of
	// BYOL and DCV (AWS, "IP address and port requirements").
	Ranges []netip.Prefix
	// Borrowed: they are those of other Regions, because none are published for
	// this one.
	Borrowed bool
	Domain   string       // the user's flag; empty: read it from this computer
	DNS      []netip.Addr // the same
}

// InsideFacts is what a WorkSpace says of itself beyond HostFacts. A list that
// could not be read is nil, one that was read and is empty is not.
type InsideFacts struct {
	Routing    probe.RoutingDetail
	Management probe.ManagementDetail
	Directory  probe.DirectoryDetail
	// Routes are the kernel's answers for the instance metadata ("metadata"), the
	// directory's DNS addresses ("directory-dns") and, where HostFacts has no
	// default route entry, the internet ("internet").
	Routes []probe.RouteDetail
	Gaps   []string
}

// metadata is the address of the EC2 instance metadata service, which a
// WorkSpace reaches through its management interface (AWS, "IP address and port
// requirements", management interface ports).
var metadata = netip.AddrFrom4([4]byte{169, 254, 169, 254})

// The endpoints of InsideFacts.Routes.
const (
	metadataEndpoint  = "metadata"
	internetEndpoint  = "internet"
	directoryEndpoint = "directory-dns"
)

// Inside asks this computer what only matters in a WorkSpace. f is Gather's
// answer. It sends nothing, needs no privilege and takes milliseconds; what
// privileges would add is named in Gaps.
func Inside(ctx context.Context, f probe.HostFacts, ask InsideAsk) InsideFacts {
	return inside(ctx, f, ask, thisSystem(rootFS()))
}

// inside asks s, and closes it.
func inside(ctx context.Context, f probe.HostFacts, ask InsideAsk, s system) InsideFacts {
	s = bounded(s)
	defer s.close()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var in InsideFacts
	gap := func(what string) { in.Gaps = append(in.Gaps, what) }

	links, err := s.links(ctx)
	if err != nil {
		gap("network interfaces: " + probe.Clean(err.Error(), 200))
	}
	names := nameByIndex(interfaces(links))
	table := in.routing(ctx, s, links, names)

	in.Management = probe.ManagementDetail{
		Ranges:   listed(ask.Ranges),
		Borrowed: ask.Borrowed,
		Overlaps: []probe.Overlap{},
	}
	switch {
	case len(links) == 0:
	case len(ask.Ranges) == 0:
		gap("management interface: no management ranges are known to look for")
	default:
		through := func(to netip.Addr) string {
			h, err := s.route(ctx, flow{to: to})
			if err != nil {
				return ""
			}
			return names[h.index]
		}
		var more int
		in.Management.Interfaces, in.Management.Overlaps, more = management(links, table, ask.Ranges, through)
		if s.answers && len(in.Management.Interfaces) > 0 {
			in.Management.Answers = answers(in.Management.Interfaces[0], links, func(f flow) (string, error) {
				h, err := s.route(ctx, f)
				return names[h.index], err
			})
		}
		if more > 0 {
			gap("overlaps with the management network: there are more than are listed")
		}
	}

	in.directory(ctx, s, f.Resolvers.Search, ask)

	targets := []RouteQuery{{Endpoint: metadataEndpoint, Addr: metadata}}
	if !slices.ContainsFunc(
		f.Routes,
		func(r probe.RouteDetail) bool { return r.Destination == netip.IPv4Unspecified() },
	) {
		targets = append(targets, RouteQuery{Endpoint: internetEndpoint, Addr: afar[0]})
	}
	for _, a := range in.Directory.DNS {
		targets = append(targets, RouteQuery{Endpoint: directoryEndpoint, Addr: a})
	}
	in.Routes = targetRoutes(ctx, s, names, f.Routes, targets)
	markRoutes(in.Routes, f.VPN)
	if ctx.Err() != nil {
		gap("facts of the WorkSpace: the run ended before all of them were read")
	}
	return in
}

func (in *InsideFacts) routing(ctx context.Context, s system, links []link, names map[int]string) []tableRoute {
	if s.table == nil {
		in.Gaps = append(in.Gaps, "routing table: not read on this system")
		return nil
	}
	table, err := s.table(ctx, links)
	if err != nil {
		in.Gaps = append(in.Gaps, "routing table: "+probe.Clean(err.Error(), 200))
	}
	if err != nil && len(table) == 0 {
		return nil
	}
	if len(table) >= tableLimit {
		in.Gaps = append(in.Gaps, "routing table: it is too long, only its beginning was read")
	}
	table = meaningful(table, links)
	in.Routing = routing(table, names)
	return table
}

// directory asks the system only for what the user did not say.
func (in *InsideFacts) directory(ctx context.Context, s system, search []string, ask InsideAsk) {
	var d probe.DirectoryDetail
	settled := map[string]bool{domainGap: ask.Domain != "", dnsGap: len(ask.DNS) > 0}
	look := !settled[domainGap] || !settled[dnsGap]
	switch {
	case look && s.directory == nil:
		in.Gaps = append(in.Gaps, "directory settings: not read on this system")
	case look:
		said := map[string]bool{}
		type settings struct {
			of   probe.DirectoryDetail
			gaps []string
		}
		read, err := inTime(ctx, s.line(), func() (settings, error) {
			of, gaps := s.directory(search)
			return settings{of, gaps}, nil
		})
		if err != nil {
			read.gaps = []string{domainGap + ": " + err.Error(), dnsGap + ": " + err.Error()}
		}
		d = read.of
		for _, g := range read.gaps {
			about, _, _ := strings.Cut(g, ":")
			if !settled[about] {
				in.Gaps = append(in.Gaps, g)
			}
			said[about] = true
		}
		if d.Domain == "" && !settled[domainGap] && !said[domainGap] {
			in.Gaps = append(in.Gaps, domainGap+": not set where WorkSpaces keep it; --domain gives it")
		}
		if len(d.DNS) == 0 && !settled[dnsGap] && !said[dnsGap] {
			in.Gaps = append(in.Gaps, dnsGap+": not set where WorkSpaces keep them; --directory-dns gives them")
		}
	}
	if ask.Domain != "" {
		if d.Domain, d.DomainSource = domainOf(ask.Domain), fromFlag; d.Domain == "" {
			d.DomainSource = ""
			in.Gaps = append(in.Gaps, domainGap+": what the flag says is not a domain name")
		}
	}
	if len(ask.DNS) > 0 {
		d.DNS, d.DNSSource = slices.Clone(ask.DNS), fromFlag
	}
	in.Directory = d
}

// InsideObservations writes the facts down: the routing table, the management
// interface (failed with NoInterface if no interface has an address in a
// range), the directory settings and each route. What could not be looked at is
// skipped with Unsupported, and Gaps says why.
func InsideObservations(f InsideFacts, now time.Time) []probe.Observation {
	routing, management, directory := f.Routing, f.Management, f.Directory
	unread := func(is bool) probe.Failure {
		if is {
			return probe.Unsupported
		}
		return ""
	}
	managed := unread(management.Interfaces == nil)
	if management.Interfaces != nil && len(management.Interfaces) == 0 {
		managed = probe.NoInterface
	}
	told := unread(directory.DNS == nil && directory.Domain == "")
	listing := unread(routing.Routes == nil)
	routing.Routes, directory.DNS = listed(routing.Routes), listed(directory.DNS)
	management.Ranges, management.Interfaces, management.Overlaps = listed(
		management.Ranges,
	), listed(
		management.Interfaces,
	), listed(
		management.Overlaps,
	)
	return append([]probe.Observation{
		note(now, probe.HostRoutes, probe.Target{}, listing, routing),
		note(now, probe.HostManagement, probe.Target{}, managed, management),
		note(now, probe.HostDirectory, probe.Target{}, told, directory),
	}, routeObservations(f.Routes, now)...)
}
