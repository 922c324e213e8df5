package text

import (
	"fmt"
	"strings"

	"wsdoctor/probe"
)

// mostListed entries of a long list stand on a page; the report holds them all.
const mostListed = 12

// listed joins the first entries of a list and counts the others.
func listed(list []string) string {
	if len(list) <= mostListed {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s, and %d more", strings.Join(list[:mostListed], ", "), len(list)-mostListed)
}

func describeRouting(d probe.RoutingDetail) string {
	var list []string
	for _, r := range d.Routes {
		list = append(list, join(" ", r.Type, r.Destination.String(), prefixed("through ", address(r.Gateway)), prefixed("by ", r.Interface),
			number("metric ", r.Metric), prefixed("in table ", r.Table)))
	}
	cut := ""
	if d.Truncated {
		cut = "there are more"
	}
	return join("; ", count(len(d.Routes), "route"), listed(list), cut)
}

func describeManagement(d probe.ManagementDetail) string {
	var found, over []string
	for _, i := range d.Interfaces {
		found = append(found, fmt.Sprintf("%s %s in %s", i.Name, i.Address, i.Range))
	}
	if len(found) == 0 {
		found = []string{"no interface in a management range"}
	}
	for _, o := range d.Overlaps {
		what := join(" ", o.Prefix.String(), prefixed("of ", o.Interface), "("+join(", ", o.Kind, o.Why)+")")
		if !o.Network {
			what += " outside eth0's own network"
		}
		over = append(over, join(" ", what, prefixed("takes "+address(o.Sample)+" by ", o.Through)))
	}
	return join("; ", strings.Join(found, ", "), prefixed("looked for ", joined(d.Ranges)), prefixed("overlapped by ", listed(over)))
}

func describeDirectory(d probe.DirectoryDetail) string {
	domain := "domain not known"
	if d.Domain != "" {
		domain = "domain " + d.Domain
	}
	servers := "name servers not known"
	if len(d.DNS) > 0 {
		servers = "name servers " + joined(d.DNS)
	}
	return join("; ", join(" ", domain, prefixed("from ", d.DomainSource)), join(" ", servers, prefixed("from ", d.DNSSource)))
}

func describeServices(d probe.ServicesDetail) string {
	var list []string
	for _, s := range d.Services {
		state := "not installed"
		if s.Installed {
			state = s.State
			if s.Enabled != "" {
				state = join(" ", state, "("+s.Enabled+")")
			}
		}
		list = append(list, join(" ", s.Role+":", s.Name, state, prefixed("because of ", s.Result)))
	}
	return join("; ", listed(list), prefixed("from ", d.Manager))
}

func describeListeners(d probe.ListenersDetail) string {
	var list, open []string
	for _, l := range d.Listeners {
		who := l.Process
		if who == "" && l.PID != 0 {
			who = fmt.Sprintf("process %d", l.PID)
		}
		at := l.Address.String()
		if l.Address.Is6() {
			at = "[" + at + "]"
		}
		list = append(list, join(" ", fmt.Sprintf("%s %s:%d", l.Transport, at, l.Port), prefixed("by ", who)))
	}
	for _, c := range d.Connections {
		open = append(open, c.Remote.String()+" to "+c.Local.String())
	}
	if len(list) == 0 {
		list = []string{"nobody listens"}
	}
	owners := ""
	if !d.Owners {
		owners = "whose they are does not show"
	}
	return join("; ", listed(list), owners, prefixed("connected: ", listed(open)))
}

// firewallWords are the verdicts of a firewall's rules in a word.
var firewallWords = map[probe.FirewallVerdict]string{
	probe.FirewallAccept:  "accepts",
	probe.FirewallDrop:    "drops",
	probe.FirewallReject:  "rejects",
	probe.FirewallUnknown: "cannot be evaluated for",
	probe.FirewallOff:     "has no rule for",
	"":                    "could not be read for",
}

func describeFirewall(d probe.FirewallDetail) string {
	ports := fmt.Sprintf("%s %d", d.Transport, d.First)
	if d.Last > d.First {
		ports += fmt.Sprintf("-%d", d.Last)
	}
	if d.Transport == "" {
		ports = "the streaming ports"
	}
	verdict := firewallWords[d.Verdict]
	if verdict == "" {
		verdict = string(d.Verdict)
	}
	why := "not understood: "
	if d.Given != "" {
		why = "it depends: "
	}
	return join("; ", join(" ", d.Engine, verdict, ports, prefixed("to ", address(d.Address)), prefixed("on ", d.Interface)), prefixed("rule: ", d.Rule),
		prefixed("written by ", d.Manager), prefixed(why, listed(d.Unknown)), prefixed("again with: ", d.Repeat))
}

func describeLDAP(d probe.LDAPDetail) string {
	kind := map[probe.Transport]string{probe.TCP: "rootDSE", probe.UDP: "CLDAP"}[d.Transport]
	return join("; ", kind, d.Host, prefixed("domain ", d.Domain), d.Context, prefixed("site ", d.Site), prefixed("this computer in site ", otherThan(d.Site, d.ClientSite)), number("datagrams ", d.Sent),
		roundTrip(d.RTTMS), offset(d.ClockMS), icmp(d.ICMP), d.Error)
}

// otherThan is b where it is not a.
func otherThan(a, b string) string {
	if a == b {
		return ""
	}
	return b
}

func describeNTP(d probe.NTPDetail) string {
	return join("; ", number("datagrams ", d.Sent), number("stratum ", d.Stratum), roundTrip(d.RTTMS), offset(d.ClockMS), icmp(d.ICMP), d.Error)
}

func number(prefix string, n int) string {
	if n == 0 {
		return ""
	}
	return prefix + itoa(n)
}

func roundTrip(ms float64) string {
	if ms <= 0 {
		return ""
	}
	return "round trip " + milliseconds(ms)
}

// offset writes by how much this computer's clock is ahead.
func offset(ms *float64) string {
	if ms == nil {
		return ""
	}
	return fmt.Sprintf("clock %+.1f s", *ms/1000)
}
