package inside

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// keptHere: this computer kept back what was to be sent, by its own word: outright,
// or because its TCP wanted to send again and could not.
func (e evidence) keptHere(o probe.Observation) (kept, outright bool) {
	dropped := facts.Detail[probe.ConnectDetail](o).HostDropped
	outright = o.Failure == probe.LocalPolicyDenied ||
		ownMessage(o) && (o.Failure == probe.AdministrativelyProhibited || o.Failure == probe.ConnectionRefused) ||
		noWay(o) && e.forbidden(o)
	return outright || facts.IsSilent(o) && dropped != nil && *dropped, outright
}

// noWay: this system says of itself that it cannot reach the address.
func noWay(o probe.Observation) bool {
	return (o.Failure == probe.HostUnreachable || o.Failure == probe.NetworkUnreachable) &&
		(facts.ICMP(o) == nil || ownMessage(o))
}

// forbidden: this system's own routes say that nothing is sent there: the look-up of
// the way was refused, or the nearest route to the address is one that discards. Of
// those an unreachable one fails otherwise than the others do, and as a neighbour that
// is not there.
func (e evidence) forbidden(o probe.Observation) bool {
	to := o.Addr()
	if slices.ContainsFunc(e.Routes(), func(r probe.Observation) bool {
		return r.Failure == probe.LocalPolicyDenied && facts.Detail[probe.RouteDetail](r).Destination == to
	}) {
		return true
	}
	nearest, known := e.nearestRoute(to)
	if noWay(o) {
		return known && nearest.Type == "unreachable"
	}
	return known && (nearest.Type == "prohibit" || nearest.Type == "blackhole")
}

// nearestRoute is the route of the main table by which this system would send to an
// address. Of two that are as near one that discards is taken.
func (e evidence) nearestRoute(to netip.Addr) (nearest probe.RouteEntry, known bool) {
	for _, o := range e.Of(probe.HostRoutes) {
		for _, r := range facts.Detail[probe.RoutingDetail](o).Routes {
			if r.Table != "" || !r.Destination.IsValid() || !r.Destination.Contains(to) {
				continue
			}
			nearer := r.Destination.Bits() - nearest.Destination.Bits()
			if !known || nearer > 0 ||
				nearer == 0 && (r.Metric < nearest.Metric || r.Metric == nearest.Metric && r.Type != "") {
				nearest, known = r, true
			}
		}
	}
	return nearest, known
}

// routeForbids: a route that discards looks to whoever sends as a firewall does. It is
// contradicted by the routes, where they were read and hold none, or the system named a
// way.
func (e evidence) routeForbids(by layer.ID) finding.Rival {
	return finding.Rival{
		Layer: by, Rare: true,
		Why:  words.Say("inside.route-forbids.why"),
		By:   words.Say("inside.route-forbids.by"),
		Next: words.Say("inside.route-forbids.next"),
		Out:  facts.IDs(facts.Where(e.Of(probe.HostRoutes), facts.IsOK)...),
	}
}

// notSent: this computer keeps back what these observations were to send, without a
// word. It is contradicted where its TCP saw the packets leave, or somebody outside
// answered them.
func (e evidence) notSent(list []probe.Observation) finding.Rival {
	return finding.Rival{
		Layer: layer.WorkspaceFirewall, Rare: true,
		Why:  words.Say("inside.not-sent.why"),
		By:   words.Say("inside.not-sent.by"),
		Next: words.Say("inside.not-sent.next"),
		Out: facts.IDs(facts.Where(list, func(o probe.Observation) bool {
			dropped := facts.Detail[probe.ConnectDetail](o).HostDropped
			return dropped != nil && !*dropped || facts.IsOK(o) || refusedByPeer(o)
		})...),
	}
}

// refusedByPeer: whoever is at the other end refused, or a router on the way to it, so
// that the question left.
func refusedByPeer(o probe.Observation) bool {
	m := facts.ICMP(o)
	return !ownMessage(o) && (o.Failure == probe.ConnectionRefused || m != nil && m.Offender.IsValid())
}

// ownMessage: the refusal is this computer's own.
func ownMessage(o probe.Observation) bool {
	m := facts.ICMP(o)
	return m != nil && m.OwnHost
}

// directoryTalk is what is said to the directory: endpoints, and whether nobody
// logs on without it. The controllers' own are in controllerPorts.
var directoryTalk = map[string]bool{"directory-dns": true, "resolver": true, "site-dns": false}

// portOf is what a rule of a firewall is about.
type portOf struct {
	transport probe.Transport
	number    uint16
}

// unsent are the questions to the directory's port that this computer kept back.
type unsent struct {
	list   []probe.Observation
	said   bool // by the system itself
	needed bool // nobody logs on without it
	passes bool // some of it passes, so that no rule about the port is the reason
}

// keptFromDirectory gathers what was kept back, by port.
func (e evidence) keptFromDirectory() map[portOf]*unsent {
	of := map[portOf]*unsent{}
	for _, o := range e.Observations {
		need, dns := directoryTalk[o.Endpoint]
		row, isPort := controllerPorts[o.Endpoint]
		if !dns && !isPort || e.isOwnAddress(facts.HostOf(o.Address)) {
			continue
		}
		p := portOf{o.Transport(), o.Port()}
		if o.Operation == probe.DNSQuery {
			p = portOf{probe.UDP, 53}
			if strings.Contains(o.Step, "/tcp/") {
				p.transport = probe.TCP
			}
		}
		if of[p] == nil {
			of[p] = &unsent{}
		}
		u := of[p]
		switch kept, outright := e.keptHere(o); {
		case kept:
			u.list, u.said = append(u.list, o), u.said || outright
			u.needed = u.needed || need && p.transport == probe.UDP || row.needed
		case facts.IsOK(o) || o.Operation == probe.DNSQuery && answeredDNS(o):
			u.passes = true
		}
	}
	maps.DeleteFunc(of, func(_ portOf, u *unsent) bool { return len(u.list) == 0 || u.passes })
	return of
}

// sendingDenied: this computer itself does not let out its questions to the directory.
// Its rival, a directory that does not answer, leaves the packets their way to the
// wire; and a route that discards, which looks the same to whoever sends, says so when
// the system is asked for the way.
var sendingDenied = rule{
	Code:  "inside_sending_denied",
	Layer: layer.WorkspaceFirewall,
	Part:  sendingPart,
	Needs: []probe.Operation{probe.DNSQuery, probe.TCPConnect},
	Where: hereOnPorts,
	Check: func(e evidence) (finding.Finding, bool) {
		f := finding.Finding{Severity: finding.SeverityDegraded}
		byRoute := true
		transports := map[uint16][]string{}
		var seen []probe.Observation
		for p, u := range e.keptFromDirectory() {
			if u.needed {
				f.Severity = finding.SeverityFault
			}
			if u.said {
				f.Said = true
			}
			seen = append(seen, u.list...)
			byRoute = byRoute && !slices.ContainsFunc(u.list, func(o probe.Observation) bool { return !e.forbidden(o) })
			transports[p.number] = union(transports[p.number], []string{strings.ToUpper(string(p.transport))})
		}
		if len(seen) == 0 {
			return finding.Finding{}, false
		}
		sortByID(seen)
		f.Supports = facts.IDs(seen...)
		if byRoute {
			f.Layer = layer.PrimaryInterface
			f.Summary = words.Say("cause.inside_sending_denied.own-routes")
			f.Remedy = words.Several("inside.forbidden")
			f.Said = true
			return f, true
		}
		f.Rivals = []finding.Rival{e.routeForbids(layer.PrimaryInterface)}
		var list words.List
		for _, number := range slices.Sorted(maps.Keys(transports)) {
			list = append(list, portRun(slices.Sorted(slices.Values(transports[number])), number, number))
		}
		f.Summary = words.Say("cause.inside_sending_denied.own-firewall", words.Args{"ports": list})
		return f, true
	},
}
