package architecture

import (
	"net/netip"
	"slices"
	"strconv"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// within is what a report from inside the WorkSpace tells; nothing where there is none.
func (p picture) within() account {
	if p.inside == nil {
		return account{}
	}
	return account{p.inside.Observations}
}

// managed are the interfaces in a management range.
func (p picture) managed() []probe.ManagedInterface {
	return all(p.within(), probe.HostManagement,
		func(d probe.ManagementDetail) []probe.ManagedInterface { return d.Interfaces })
}

// parts are those of the WorkSpace that the stream passes, in its order.
func (p picture) parts() [][]*Box {
	eth0 := &Box{ID: atEth0, Title: say("eth0"), State: Unseen, Facts: []words.Text{say("eth0-fact")}}
	if p.inside == nil {
		return [][]*Box{{eth0}}
	}
	if i := p.managed(); len(i) > 0 {
		eth0.Facts = append(eth0.Facts, words.Raw(listed(i[0].Name, i[0].Address.String())))
	}
	return [][]*Box{{eth0}, {p.firewall()}, {p.services()}}
}

// lets are what rules do to packets, those that shut a port first.
var lets = []probe.FirewallVerdict{
	probe.FirewallDrop, probe.FirewallReject, probe.FirewallUnknown, probe.FirewallAccept, probe.FirewallOff,
}

// firewall is the system's own, with what its rules do to packets for the streaming ports.
func (p picture) firewall() *Box {
	b := &Box{ID: atFirewall, Title: say("firewall"), State: Unseen}
	type run struct {
		transport   probe.Transport
		first, last uint16
	}
	var runs []run
	does := map[run]probe.FirewallVerdict{}
	shut := false
	for _, o := range p.within().seen {
		d, is := o.Detail.(probe.FirewallDetail)
		if !is || d.Answers || d.Later {
			continue
		}
		if o.Failure == probe.PermissionDenied {
			shut = true
			continue
		}
		at := run{d.Transport, d.First, d.Last}
		if d.Verdict == "" {
			continue
		}
		was, have := does[at]
		if !have {
			runs = append(runs, at)
		}
		if !have || slices.Index(lets, d.Verdict) < slices.Index(lets, was) {
			does[at] = d.Verdict
		}
	}
	if shut {
		b.Facts = append(b.Facts, say("rules-unread"))
	}
	for i, at := range runs {
		if i == mostPorts {
			b.Facts = append(b.Facts, say("more", words.Args{"n": len(runs) - i}))
			break
		}
		b.Facts = append(b.Facts, say("rule", words.Args{
			"transport": string(at.transport), "ports": span(at.first, at.last), "does": string(does[at]),
		}))
	}
	return b
}

// mostPorts are told of one box.
const mostPorts = 4

func span(first, last uint16) string {
	if last <= first {
		return strconv.Itoa(int(first))
	}
	return strconv.Itoa(int(first)) + "-" + strconv.Itoa(int(last))
}

// services are those that stream, and the ports on which somebody listens.
func (p picture) services() *Box {
	b := &Box{ID: atServices, Title: say("services"), State: Unseen}
	var names []string
	known := all(p.within(), probe.HostServices, func(d probe.ServicesDetail) []probe.Service { return d.Services })
	for _, s := range known {
		if s.Installed {
			names = append(names, listed(s.Name, s.State))
		}
	}
	b.Facts = some(names, mostPorts)
	var ports []string
	listen := all(p.within(), probe.HostListeners,
		func(d probe.ListenersDetail) []probe.Listener { return d.Listeners })
	for _, l := range listen {
		port := transports[l.Transport] + " " + strconv.Itoa(int(l.Port))
		if !slices.Contains(ports, port) {
			ports = append(ports, port)
		}
	}
	if len(ports) > 0 {
		b.Facts = append(b.Facts, say("listens", words.Args{"ports": shortened(ports, mostPorts)}))
	}
	return b
}

var transports = map[probe.Transport]string{probe.TCP: "TCP", probe.UDP: "UDP"}

// ownAddress is eth1's, as the WorkSpace itself says: that of the interface by which it
// sends what has no other route.
func (p picture) ownAddress() []words.Text {
	managed := func(name string) bool {
		return slices.ContainsFunc(p.managed(), func(i probe.ManagedInterface) bool { return i.Name == name })
	}
	routes := all(p.within(), probe.HostRoutes, func(d probe.RoutingDetail) []probe.RouteEntry { return d.Routes })
	links := all(p.within(), probe.HostLinks, func(d probe.LinksDetail) []probe.Interface { return d.Interfaces })
	for _, r := range routes {
		if r.Destination.Bits() != 0 || r.Table != "" || r.Type != "" || managed(r.Interface) {
			continue
		}
		i, is := find(links, func(i probe.Interface) bool { return i.Name == r.Interface })
		global := func(a netip.Prefix) bool { return a.Addr().IsGlobalUnicast() }
		if at := slices.IndexFunc(i.Addresses, global); is && at >= 0 {
			return []words.Text{words.Raw(listed(i.Name, i.Addresses[at].String()))}
		}
	}
	return nil
}

// nameServers are those of the directory with its controllers, as an end asked them.
func (p picture) nameServers() *Box {
	seen := slices.Concat(p.within().seen, p.desks().seen)
	asked := slices.ContainsFunc(seen, func(o probe.Observation) bool {
		return o.Operation == probe.DNSQuery && o.Endpoint == "directory-dns"
	})
	if p.inside == nil && !asked {
		return nil
	}
	b := &Box{ID: atDirectoryDNS, Title: say("directory-dns"), State: Unseen, share: 4}
	if d, is := one[probe.DirectoryDetail](account{seen}, probe.HostDirectory); is {
		b.Facts = append(b.Facts, words.Raw(d.Domain))
		if len(d.DNS) > 0 {
			b.Facts = append(b.Facts, say("dns", words.Args{"servers": joined(d.DNS, mostNetworks)}))
		}
	}
	return b
}

// egress is the internet, as the WorkSpace reaches it.
func (p picture) egress() []*Box {
	if p.inside == nil {
		return nil
	}
	b := &Box{ID: atEgress, Title: say("egress"), State: Unseen}
	for _, a := range p.inside.Egress[:min(len(p.inside.Egress), mostNetworks)] {
		b.Facts = append(b.Facts, say("leaves", words.Args{"address": a.String()}))
	}
	return []*Box{b}
}
