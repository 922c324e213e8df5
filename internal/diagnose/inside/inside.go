package inside

import (
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// streamPort is a run of ports on the management interface, and what they are worth.
type streamPort struct {
	probe.PortRange
	protocol probe.Protocol // pcoip, dcv or empty for every WorkSpace
	needed   bool           // without it the protocol has no session; otherwise it only works less well
	spare    bool           // without it nobody's desktop suffers
}

var streamPorts = []streamPort{
	{probe.Eth0PCoIP, probe.PCoIP, true, false},
	{probe.Eth0PCoIPStream, probe.PCoIP, true, false},
	{probe.Eth0PCoIPWeb, probe.PCoIP, false, true},
	{probe.Eth0Agent, "", true, false},
	{probe.Eth0DCV, probe.DCV, true, false},
	{probe.Eth0DCVDatagrams, probe.DCV, false, false},
}

// streamPortOf finds the row of a port.
func streamPortOf(transport probe.Transport, port uint16) (streamPort, bool) {
	for _, p := range streamPorts {
		if p.Holds(transport, port) {
			return p, true
		}
	}
	return streamPort{}, false
}

// streamPortsOf finds the rows that a firewall's answer covers: it is about a run
// of ports that meet the same.
func streamPortsOf(d probe.FirewallDetail) []streamPort {
	var rows []streamPort
	for _, p := range streamPorts {
		if p.Transport == d.Transport && p.First <= d.Last && d.First <= p.Last {
			rows = append(rows, p)
		}
	}
	return rows
}

// takesAway is what the loss of a port means for the protocols that are
// installed and asked about.
func (e evidence) takesAway(p streamPort) finding.Effect {
	var f finding.Effect
	if e.pool() {
		return f // a WorkSpace of a pool streams over other ports
	}
	for _, protocol := range probe.StreamingProtocols() {
		switch {
		case !e.Wants(protocol) || p.spare || !e.installed(protocol) || (p.protocol != "" && p.protocol != protocol):
		case p.needed:
			f.Blocks = append(f.Blocks, protocol)
		default:
			f.Degrades = append(f.Degrades, protocol)
		}
	}
	return f
}

// installed says whether a streaming protocol is there at all, and is what this
// WorkSpace streams by: a service of it, or a listener on its own ports. Other
// programs use these ports too, so where a streaming service is known a listener
// counts only if it is the protocol's own program. Where neither services nor
// listeners could be read, both are taken to be.
func (e evidence) installed(protocol probe.Protocol) bool {
	services, listeners := e.services(), e.listeners()
	if services == nil && listeners == nil {
		return true
	}
	has := func(protocol probe.Protocol) bool {
		return slices.ContainsFunc(services, func(s probe.Service) bool { return s.Streams(protocol) && s.Installed })
	}
	if has(protocol) {
		return !e.leftOver(protocol)
	}
	known := has(probe.PCoIP) || has(probe.DCV)
	return slices.ContainsFunc(listeners, func(l probe.Listener) bool {
		p, watched := streamPortOf(l.Transport, l.Port)
		return watched && p.protocol == protocol && !foreign(l, protocol) && (!known || l.Process != "")
	})
}

// OnlyProtocol gives the one streaming protocol that a WorkSpace has, from what was
// observed inside it: its service manager and its listeners were read, and of the
// other one there is neither service nor listener. Empty where that is not so.
func OnlyProtocol(inside []probe.Observation) probe.Protocol {
	e := gather(facts.Input{Vantage: probe.InWorkspace, Protocol: probe.BothProtocols, Observations: inside})
	if e.services() == nil || e.listeners() == nil {
		return ""
	}
	there := func(protocol probe.Protocol) bool {
		return slices.ContainsFunc(
			e.services(),
			func(s probe.Service) bool { return s.Streams(protocol) && s.Installed },
		) ||
			slices.ContainsFunc(e.listeners(), func(l probe.Listener) bool {
				p, watched := streamPortOf(l.Transport, l.Port)
				return watched && p.protocol == protocol
			})
	}
	switch pcoip, dcv := there(probe.PCoIP), there(probe.DCV); {
	case pcoip && !dcv:
		return probe.PCoIP
	case dcv && !pcoip:
		return probe.DCV
	}
	return ""
}

// programs are beginnings of the names of the programs behind each protocol's ports,
// and the management agent's, whose name is empty. Those of the system may hold a
// socket for a service.
var programs = map[probe.Protocol][]string{
	probe.DCV:   {"dcv", "wsp", "xdcv", "systemd", "svchost", "system"},
	probe.PCoIP: {"pcoip", "teradici", "systemd", "svchost", "system"},
	"":          {"sky", "workspace", "amazon", "aws", "systemd", "svchost", "system"},
}

// stranger: the process is known, and is none of the protocol's.
func stranger(l probe.Listener, protocol probe.Protocol) bool {
	name := strings.ToLower(l.Process)
	return name != "" &&
		!slices.ContainsFunc(programs[protocol], func(p string) bool { return strings.HasPrefix(name, p) })
}

// foreign: a stranger listens on a port that others use too, so that it is no sign of
// the protocol. PCoIP's and the agent's few ports are used by nobody else: see
// port_taken.
func foreign(l probe.Listener, protocol probe.Protocol) bool {
	return protocol == probe.DCV && stranger(l, protocol)
}

// leftOver: the protocol's services are all stopped without an error and nobody
// listens on its ports, while the other protocol's run. So is a WorkSpace whose
// protocol was changed. Who asks for this protocol alone knows better.
func (e evidence) leftOver(protocol probe.Protocol) bool {
	other := protocol.Other()
	if !e.Wants(other) {
		return false
	}
	otherRuns := false
	for _, s := range e.services() {
		switch {
		case !s.Installed:
		case s.Streams(protocol) && (s.State != "stopped" || stoppedByError(s)):
			return false
		case s.Streams(other):
			otherRuns = otherRuns || s.State == "running"
		}
	}
	return otherRuns && !slices.ContainsFunc(e.listeners(), func(l probe.Listener) bool {
		p, watched := streamPortOf(l.Transport, l.Port)
		return watched && p.protocol == protocol && !foreign(l, protocol)
	})
}

// neverStarted ends what Windows says of a service that was not started since the
// system was.
const neverStarted = "(error 1077)"

// stoppedByError: the manager knows an error by which the service ended. Windows
// has no state of its own for that.
func stoppedByError(s probe.Service) bool {
	return s.State == "failed" ||
		s.State == "stopped" && s.Result != "" && s.Result != "success" && !strings.HasSuffix(s.Result, neverStarted)
}

// listeners are the sockets on streaming ports; nil where they could not be read.
func (e evidence) listeners() []probe.Listener {
	for _, o := range facts.Where(e.Of(probe.HostListeners), facts.IsOK) {
		return append([]probe.Listener{}, facts.Detail[probe.ListenersDetail](o).Listeners...)
	}
	return nil
}

// eth0 is the management interface, if one was found. VPCs use the same private
// ranges, so an interface that carries the internet is not eth0 unless another
// card that works could be eth1, and nothing beyond the VPC's own answers over it.
func (e evidence) eth0() (probe.ManagedInterface, bool) {
	by, _, _ := e.outwardBy()
	for _, o := range e.Of(probe.HostManagement) {
		for _, m := range facts.Detail[probe.ManagementDetail](o).Interfaces {
			another := slices.ContainsFunc(
				e.cards(),
				func(i probe.Interface) bool { return i.Name != m.Name && works(i) },
			)
			switch {
			case e.directoryOver(m.Name): // it is eth1, in a VPC with addresses of a management range
			case m.Name != by, another && !e.reachedOut() && !e.metadataBeside(m.Name):
				return m, true
			}
		}
	}
	return probe.ManagedInterface{}, false
}

// metadataBeside: the metadata service answered over another interface than this
// one. A default route over the management interface does not change its route.
func (e evidence) metadataBeside(name string) bool {
	return slices.ContainsFunc(e.At("metadata", probe.HTTPGet), facts.IsOK) &&
		slices.ContainsFunc(e.Routes(), func(r probe.Observation) bool {
			d := facts.Detail[probe.RouteDetail](r)
			return d.Endpoint == "metadata" && d.Interface != "" && d.Interface != name
		})
}

// directoryOver: a name server of the directory answered over this interface.
// The management network leads to none.
func (e evidence) directoryOver(name string) bool {
	return slices.ContainsFunc(e.Routes(), func(r probe.Observation) bool {
		d := facts.Detail[probe.RouteDetail](r)
		return d.Endpoint == "directory-dns" && d.Interface == name &&
			slices.ContainsFunc(e.At("directory-dns", probe.DNSQuery), func(o probe.Observation) bool {
				return answeredDNS(o) && o.Addr() == d.Destination
			})
	})
}

// links are this computer's interfaces.
func (e evidence) links() []probe.Interface {
	for _, o := range e.Of(probe.HostLinks) {
		return facts.Detail[probe.LinksDetail](o).Interfaces
	}
	return nil
}

func (e evidence) link(name string) (probe.Interface, bool) {
	for _, i := range e.links() {
		if i.Name == name {
			return i, true
		}
	}
	return probe.Interface{}, false
}

// madeUp are the beginnings of names of interfaces that software makes: a
// WorkSpace's two cards never have one.
var madeUp = []string{
	"lo",
	"docker",
	"br-",
	"virbr",
	"veth",
	"lxdbr",
	"lxcbr",
	"cni",
	"flannel",
	"cali",
	"podman",
	"tun",
	"tap",
	"wg",
	"ppp",
	"dummy",
	"vethernet",
	"isatap",
	"teredo",
	"npcap",
	"loopback",
}

// cards are the interfaces that may be eth0 or eth1.
func (e evidence) cards() []probe.Interface {
	return slices.DeleteFunc(slices.Clone(e.links()), func(i probe.Interface) bool {
		name := strings.ToLower(i.Name)
		return i.Loopback || i.VPN != "" ||
			slices.ContainsFunc(madeUp, func(p string) bool { return strings.HasPrefix(name, p) })
	})
}

// others are the cards that are not eth0.
func (e evidence) others() []probe.Interface {
	eth0, found := e.eth0()
	return slices.DeleteFunc(e.cards(), func(i probe.Interface) bool { return found && i.Name == eth0.Name })
}

// addressed: the interface has an address that somebody gave it, not one that
// the computer made up for want of an answer (RFC 3927, RFC 4291 section 2.5.6).
func addressed(i probe.Interface) bool {
	return slices.ContainsFunc(i.Addresses, func(p netip.Prefix) bool { return !p.Addr().IsLinkLocalUnicast() })
}

// works: up, with a link and an address.
func works(i probe.Interface) bool { return i.Up && i.Carrier && addressed(i) }

// defaultRoutes are the default routes of the main table, IPv4.
func (e evidence) defaultRoutes() (list []probe.RouteEntry, known bool) {
	for _, o := range facts.Where(e.Of(probe.HostRoutes), facts.IsOK) {
		known = true
		for _, r := range facts.Detail[probe.RoutingDetail](o).Routes {
			if r.Type == "" && r.Table == "" && r.Destination.Bits() == 0 && r.Destination.Addr().Is4() {
				list = append(list, r)
			}
		}
	}
	return list, known
}

// outwardBy is the interface by which this system sends to the internet, by its
// own word.
func (e evidence) outwardBy() (name string, said probe.Observation, known bool) {
	for _, o := range facts.Where(e.Routes(), facts.IsOK) {
		d := facts.Detail[probe.RouteDetail](o)
		if d.Family == "ip4" && d.Interface != "" && !d.Destination.IsPrivate() && !d.Destination.IsLinkLocalUnicast() {
			return d.Interface, o, true
		}
	}
	return "", probe.Observation{}, false
}

// answers: something beyond this computer answered over eth1, so that the
// interface and the network behind it work.
func (e evidence) answers() []probe.Observation {
	return facts.Where(e.Observations, func(o probe.Observation) bool {
		switch o.Operation {
		case probe.DNSQuery:
			return answeredDNS(o) && o.Endpoint != "name" && o.Endpoint != "domain-name" &&
				!e.isOwnAddress(facts.HostOf(o.Address))
		case probe.TCPConnect, probe.LDAPRoot, probe.NTPTime, probe.HTTPGet, probe.ProxyConnect:
			return facts.IsOK(o) && !slices.Contains(notBeyond, o.Endpoint) && !e.isOwnAddress(o.Addr().String())
		case probe.HostNeighbour:
			return facts.IsOK(o)
		}
		return false
	})
}

// notBeyond are endpoints of this computer itself and of the management network.
var notBeyond = []string{"own-port", "pool-port", "metadata", "kms"}

// farAnswers are answers of other computers than the router of the own subnet:
// that one answers for its hardware address whatever security groups and routes
// say, so its answer shows the card and not the way.
func (e evidence) farAnswers() []probe.Observation {
	return facts.Where(e.answers(), func(o probe.Observation) bool { return o.Operation != probe.HostNeighbour })
}

// isOwnAddress: an address of this computer. As a name server it is a cache: Amazon Linux
// WorkSpaces have their own address third in resolv.conf.
func (e evidence) isOwnAddress(address string) bool {
	a, err := netip.ParseAddr(address)
	return err == nil && (a.IsLoopback() || slices.ContainsFunc(e.links(), func(i probe.Interface) bool {
		return slices.ContainsFunc(i.Addresses, func(p netip.Prefix) bool { return p.Addr() == a })
	}))
}

// saidByDNS are failures that a name server itself answered.
var saidByDNS = []probe.Failure{
	probe.DNSNXDomain,
	probe.DNSServfail,
	probe.DNSRefused,
	probe.DNSNoAnswer,
	probe.DNSMisbehaving,
	probe.DNSBogon,
}

func answeredDNS(o probe.Observation) bool {
	return facts.IsOK(o) || slices.Contains(saidByDNS, o.Failure)
}

func (e evidence) listensOnEth0(protocol probe.Protocol) bool {
	eth0, found := e.eth0()
	return found && slices.ContainsFunc(e.listeners(), func(l probe.Listener) bool {
		p, known := streamPortOf(l.Transport, l.Port)
		return known && p.protocol == protocol && p.Transport == probe.TCP && !p.spare &&
			l.Takes(eth0.Address.Addr()) &&
			!foreign(l, protocol)
	})
}

// wayInOpen: the rules of every firewall that was read let the protocol's needed
// ports in, or a connection from outside to one of them stands.
func (e evidence) wayInOpen(protocol probe.Protocol) bool {
	read, shut := false, false
	for _, o := range e.Of(probe.HostFirewall) {
		d := facts.Detail[probe.FirewallDetail](o)
		rows := streamPortsOf(d)
		if len(rows) == 0 {
			shut = shut || o.Outcome == probe.Skipped // the rules could not be read at all
		}
		for _, p := range rows {
			if (p.protocol == "" || p.protocol == protocol) && p.needed {
				open := facts.IsOK(o) || e.arrives(d)
				read, shut = read || open, shut || !open
			}
		}
	}
	return read && !shut || len(e.connections(protocol)) > 0
}

// connections from outside to the needed TCP ports of a protocol on eth0.
func (e evidence) connections(protocol probe.Protocol) []probe.Connection {
	eth0, found := e.eth0()
	var list []probe.Connection
	for _, o := range e.Of(probe.HostListeners) {
		for _, c := range facts.Detail[probe.ListenersDetail](o).Connections {
			p, known := streamPortOf(probe.TCP, c.Local.Port())
			if found && known && p.needed && p.protocol == protocol && c.Local.Addr().Unmap() == eth0.Address.Addr() {
				list = append(list, c)
			}
		}
	}
	return list
}

// Text names the ports of a row.
func (p streamPort) Text() words.Text { return portText(p.Transport, p.First, p.Last) }
