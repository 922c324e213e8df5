package desk

import (
	"slices"
	"strconv"
	"strings"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/known"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// Where a cause is, for programs: see finding.Where. Rules that know it while they look
// set it; the functions here take it out of what the finding rests on.

// shut names the ports that a finding is about.
func shut(list []probe.Observation) []string {
	p := ports(facts.Failing(list))
	var names []string
	for _, n := range p.TCP {
		names = append(names, "tcp/"+strconv.Itoa(int(n)))
	}
	for _, n := range p.UDP {
		names = append(names, "udp/"+strconv.Itoa(int(n)))
	}
	return names
}

// onThisComputer: what the kernel, its settings or its programs do.
func onThisComputer(evidence, finding.Finding) *finding.Where {
	return &finding.Where{Kind: finding.OnComputer}
}

// onThisComputersPorts is the same, of ports.
func onThisComputersPorts(e evidence, f finding.Finding) *finding.Where {
	return onThisComputer(e, f).For(shut(e.Bearing(f.Supports)))
}

// inHostsFile names the file.
func inHostsFile(e evidence, f finding.Finding) *finding.Where {
	w := onThisComputer(e, f)
	for _, o := range e.Of(probe.HostNames) {
		w.From = facts.Detail[probe.HostNamesDetail](o).Source
	}
	return w
}

// atOwnResolver names the address of this computer at which its name service should be.
func atOwnResolver(e evidence, f finding.Finding) *finding.Where {
	w := onThisComputer(e, f)
	for _, o := range e.Bearing(f.Supports) {
		if isLoopbackResolver(o) {
			w.From = resolverOf(o).String()
			return w
		}
	}
	return w
}

// atResolvers names the servers that were asked by themselves: those that the finding
// rests on, or any; where only the system was asked, those that it is set to ask.
func atResolvers(e evidence, f finding.Finding) *finding.Where {
	servers := resolvers(e.Bearing(f.Supports))
	if len(servers) == 0 {
		servers = resolvers(e.At("name", probe.DNSQuery))
	}
	if len(servers) == 0 {
		for _, o := range e.Of(probe.HostResolvers) {
			for _, a := range facts.Detail[probe.ResolversDetail](o).Servers {
				servers = append(servers, a.Addr().String())
			}
		}
	}
	return finding.At(finding.AtResolver, servers...)
}

func resolvers(list []probe.Observation) (servers []string) {
	for _, o := range list {
		if a := resolverOf(o); a.IsValid() && o.Operation == probe.DNSQuery {
			servers = append(servers, a.String())
		}
	}
	return servers
}

// atFilter is the same, of a filter of names that shows its own page.
func atFilter(e evidence, f finding.Finding) *finding.Where {
	for _, n := range e.named() {
		if page, found := blockPage(n.addresses()); found {
			return atResolvers(e, f).By(page.Name)
		}
	}
	return atResolvers(e, f)
}

// atProxy names the proxy as it is set. One of this computer's own is its program.
func atProxy(e evidence, f finding.Finding) *finding.Where {
	for _, o := range e.Bearing(f.Supports) {
		if p := facts.Detail[probe.ProxyConnectDetail](o).Proxy; p != "" {
			if o.Addr().IsLoopback() || strings.HasPrefix(p, "localhost:") {
				return finding.At(finding.OnComputer, p)
			}
			return finding.At(finding.AtProxy, p)
		}
	}
	return nil
}

// atSignInPage names the site of a hotspot's page.
func atSignInPage(e evidence, f finding.Finding) *finding.Where {
	for _, o := range e.Bearing(f.Supports) {
		if to := facts.Detail[probe.HTTPDetail](o).Location; to != "" {
			return finding.At(finding.OnDevice, siteOf(to))
		}
	}
	return &finding.Where{Kind: finding.OnDevice}
}

// atSigner names what signs certificates in others' names: the product, if its name is
// sure enough for a verdict, or who the certificate says has signed it.
func atSigner(e evidence, f finding.Finding) *finding.Where {
	w := &finding.Where{Kind: finding.OnDevice, Ports: []string{"tcp/443"}}
	if f.Layer == layer.LocalFirewall {
		w.Kind = finding.OnComputer
	}
	list := e.resigned()
	if len(list) == 0 {
		return nil
	}
	w.Product = commonName(facts.Detail[probe.TLSDetail](list[0]).Issuer)
	if p := facts.InspectorOf(list[0]); p.Product != "" && p.Conf != known.Low {
		w.Product = p.Product
	}
	return w
}

// atGateway names the default gateway.
func atGateway(e evidence, _ finding.Finding) *finding.Where {
	for _, o := range e.Of(probe.HostNeighbour) {
		if d := facts.Detail[probe.NeighbourDetail](o); o.Outcome == probe.Failed && d.Gateway.IsValid() {
			return finding.At(finding.OnDevice, d.Gateway.String())
		}
	}
	for _, o := range e.Routes() {
		if d := facts.Detail[probe.RouteDetail](o); d.Gateway.IsValid() {
			return finding.At(finding.OnDevice, d.Gateway.String())
		}
	}
	return nil
}

// atHosts names the hosts that failed.
func atHosts(e evidence, f finding.Finding) *finding.Where {
	var hosts []string
	list := e.Bearing(f.Supports)
	for _, o := range facts.Failing(list) {
		if facts.OnPort(o) || facts.WebOperations[o.Operation] {
			hosts = append(hosts, o.Host())
		}
	}
	return finding.At(finding.AtHost, hosts...).For(shut(list))
}

// atSaid is a device that spoke.
func (s statement) where() *finding.Where {
	return finding.At(finding.OnDevice, s.by.String()).For(shut(s.list))
}

// whereOf gives where a layer's share of an explanation's places is. A bracket is never
// made more precise than its ends where the finding is decided: the device at fault is
// one of the two or lies between them.
func (e evidence) whereOf(x explanation, l layer.ID, decided bool) *finding.Where {
	places := x.places
	if !decided || len(places) == 0 {
		places = slices.DeleteFunc(slices.Clone(append(slices.Clone(x.places), x.rare...)), func(p candidates.Place) bool {
			return !slices.Contains(e.ownerOf(x.to, p, x.act(), false).Layers, string(l))
		})
		slices.Sort(places)
	}
	if len(places) == 0 {
		return nil
	}
	first, last := places[0], places[len(places)-1]
	var w *finding.Where
	switch {
	case last == candidates.Here:
		w = &finding.Where{Kind: finding.OnComputer}
	case first == x.to.way.End || decided && (x.end() || x.code() == gatewayRefuses.Code): // at its own distance
		w = finding.At(finding.AtHost, x.flows[0].direct[0].Host())
	case first == last && x.to.hops[first].IsValid():
		w = finding.At(finding.OnDevice, x.to.hops[first].String())
	default:
		w = x.between(first, last)
	}
	return w.For(shut(x.ported()))
}

// between is an interval of the way: an end that never answered is one of its
// neighbours' side. One that tells nothing but "on the way" is none.
func (x explanation) between(first, last candidates.Place) *finding.Where {
	for first > candidates.Here && !x.to.hops[first].IsValid() {
		first--
	}
	for last < x.to.way.End && !x.to.hops[last].IsValid() {
		last++
	}
	if first == candidates.Here && last == x.to.way.End {
		return nil
	}
	w := &finding.Where{Kind: finding.Between}
	if first > candidates.Here {
		w.From = x.to.hops[first].String()
	}
	if last < x.to.way.End {
		w.To = x.to.hops[last].String()
	}
	return w
}
