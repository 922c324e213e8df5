package inside

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/probe"
)

// Where a cause is, for programs: see finding.Where. This computer is the WorkSpace.

// here is the WorkSpace itself.
func here(evidence, finding.Finding) *finding.Where { return &finding.Where{Kind: finding.OnComputer} }

// hereOnEth0 names the card, if it was found.
func hereOnEth0(e evidence, f finding.Finding) *finding.Where {
	w := here(e, f)
	if eth0, found := e.eth0(); found {
		w.From = eth0.Name
	}
	return w
}

// hereOnEth1 names the one other card, if there is one.
func hereOnEth1(e evidence, f finding.Finding) *finding.Where {
	w := here(e, f)
	if others := e.others(); len(others) == 1 {
		w.From = others[0].Name
	}
	return w
}

// hereOnPorts names the ports to which this computer does not let packets.
func hereOnPorts(e evidence, f finding.Finding) *finding.Where {
	var list []string
	for _, o := range facts.Failing(e.Bearing(f.Supports)) {
		switch {
		case o.Operation == probe.DNSQuery:
			list = union(list, []string{ports(facts.Detail[probe.DNSDetail](o).Transport, 53, 53)})
		case o.Port() != 0:
			list = union(list, []string{ports(o.Transport(), o.Port(), o.Port())})
		}
	}
	slices.SortFunc(list, natural)
	return here(e, f).For(list)
}

// ports writes a run of ports as finding.Where holds them.
func ports(t probe.Transport, first, last uint16) string {
	if t = cmp.Or(t, probe.TCP); first == last {
		return fmt.Sprintf("%s/%d", t, first)
	}
	return fmt.Sprintf("%s/%d-%d", t, first, last)
}

// natural orders ports of one transport by number.
func natural(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// byRules names what decides in the firewall, and the firewall.
func byRules(e evidence, f finding.Finding) *finding.Where {
	w := &finding.Where{Kind: finding.ByRule}
	var rules, list []string
	for _, o := range e.Bearing(f.Supports) {
		d, is := o.Detail.(probe.FirewallDetail)
		if !is || d.Transport == "" {
			continue
		}
		w.Product = cmp.Or(engineTitles[d.Engine], d.Engine)
		rules, list = append(rules, d.Rule), union(list, []string{ports(d.Transport, d.First, d.Last)})
	}
	if at := finding.At(finding.ByRule, rules...); at != nil {
		w = at.By(w.Product)
	}
	return w.For(list)
}

// atServices names the services that do not do their work.
func atServices(e evidence, f finding.Finding) *finding.Where {
	w := here(e, f)
	for _, s := range e.services() {
		idle := s.State != "running" || s.Enabled == "disabled" || s.Enabled == "masked"
		if s.Installed && idle && len(e.concerns(s)) > 0 {
			w.Product = s.Name
			return w
		}
	}
	return w
}

// atGateway names eth1's router.
func atGateway(e evidence, f finding.Finding) *finding.Where {
	for _, o := range e.Bearing(f.Supports) {
		if d := facts.Detail[probe.NeighbourDetail](o); d.Gateway.IsValid() {
			return finding.At(finding.OnDevice, d.Gateway.String())
		}
	}
	return nil
}

// atNameServers names those that gave no right answer.
func atNameServers(e evidence, f finding.Finding) *finding.Where {
	var servers []string
	asked := facts.Where(e.Bearing(f.Supports), func(o probe.Observation) bool { return o.Operation == probe.DNSQuery })
	for _, o := range facts.Failing(asked) {
		if r := facts.Detail[probe.DNSDetail](o).Resolver; r != "system" {
			servers = append(servers, facts.HostOf(r))
		}
	}
	return finding.At(finding.AtResolver, servers...)
}

// atControllers names the domain controllers that do not serve.
func atControllers(e evidence, f finding.Finding) *finding.Where {
	var addresses, list []string
	asked := facts.Where(e.Bearing(f.Supports), func(o probe.Observation) bool {
		return o.Addr().IsValid() && strings.HasPrefix(o.Endpoint, "dc-")
	})
	for _, o := range facts.Failing(asked) {
		addresses = append(addresses, o.Addr().String())
		if !facts.IsOK(o) && o.Port() != 0 {
			list = union(list, []string{ports(o.Transport(), o.Port(), o.Port())})
		}
	}
	slices.SortFunc(list, natural)
	return finding.At(finding.AtHost, addresses...).For(list)
}

// atHosts names the hosts that do not answer.
func atHosts(e evidence, f finding.Finding) *finding.Where {
	var hosts []string
	for _, o := range facts.Failing(e.Bearing(f.Supports)) {
		hosts = append(hosts, o.Host())
	}
	return finding.At(finding.AtHost, hosts...)
}

// atProxy names the proxy as it is set; a program of this computer's own is here.
func atProxy(e evidence, f finding.Finding) *finding.Where {
	for _, o := range e.Bearing(f.Supports) {
		if p := facts.Detail[probe.ProxyConnectDetail](o).Proxy; p != "" {
			if e.isOwnAddress(o.Addr().String()) {
				return finding.At(finding.OnComputer, p)
			}
			return finding.At(finding.AtProxy, p)
		}
	}
	return nil
}
