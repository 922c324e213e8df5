package facts

import (
	"wsdoctor/probe"
)

// Routes are those to the internet and to its hosts, without the ones to name
// servers.
func (e Evidence) Routes() []probe.Observation {
	return Where(
		e.Of(probe.HostRoute),
		func(o probe.Observation) bool { return Detail[probe.RouteDetail](o).Endpoint != "resolver" },
	)
}

// OnlyIPv6: this computer has a route for IPv6 and none for IPv4.
func (e Evidence) OnlyIPv6() bool {
	v4, v6 := false, false
	for _, o := range e.Routes() {
		if o.Outcome != probe.OK {
			continue
		}
		switch Detail[probe.RouteDetail](o).Family {
		case "ip4":
			v4 = true
		case "ip6":
			v6 = true
		}
	}
	return v6 && !v4
}
