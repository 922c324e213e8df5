package desk

import (
	"cmp"
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// mayPassByProxy takes back that signing in fails, where all that failed was asked
// directly and this computer may use a proxy that was not tried. Companies that set one
// often let nothing out beside it and resolve no name for it, so that the same is seen
// there when all is well. What a streaming port does stays as it is: the client takes
// no proxy there.
func (e evidence) mayPassByProxy(f *finding.Finding) {
	untried := e.UntriedProxy()
	harmless := f.Severity == finding.SeverityInfo || f.Severity == finding.SeverityDegraded
	if len(untried) == 0 || harmless || f.SuppressedBy != nil || !proxyClears[f.Layer] || !e.onlySignIn(*f) {
		return
	}
	f.Supports = appendNew(f.Supports, facts.IDs(untried...)...)
	f.Remedy = untriedRemedy
	f.Doubt(finding.Rival{
		Layer: layer.Proxy, Why: "The proxy that this computer may use was not tried: signing in may work through it, or fail there.",
		Adds: untriedSummary(untried[0]),
		Next: "Run the check again with --proxy HOST:PORT and the address of the web proxy, or with --proxy none if there is none.",
	})
}

var untriedRemedy = []string{
	"Ask the network team for the address of the web proxy, and run the check again with --proxy HOST:PORT; if there is none, with --proxy none.",
	"If signing in fails through the proxy too, ask the network team to let it pass the WorkSpaces domains.",
}

func untriedSummary(o probe.Observation) string {
	const rest = " Without a proxy the services for signing in are not reached."
	d := facts.Detail[probe.ProxyDetail](o)
	switch {
	case o.Operation == probe.ProxyConnect:
		return "Signing in cannot be judged: this computer's web proxy is of a kind that is not tested." + rest
	case d.PAC != "":
		return "Signing in cannot be judged: a script (PAC) chooses this computer's web proxy, and it was not run." + rest
	}
	return "Signing in cannot be judged: this computer looks for a web proxy by discovery (WPAD), which was not done." + rest
}

// proxyClears are the layers that a client with a proxy may not meet at all.
var proxyClears = map[layer.ID]bool{layer.DNS: true, layer.NetworkFirewall: true, layer.InternetPath: true, layer.AuthGateway: true}

// onlySignIn: what failed concerns web hosts for signing in and nothing else, neither
// streaming nor a name that streaming needs.
func (e evidence) onlySignIn(f finding.Finding) bool {
	streams := map[string]bool{}
	for _, r := range facts.StreamingRoles {
		for _, o := range append(slices.Clone(e.Endpoint(r.Endpoint)), e.Endpoint("gateway-"+r.Endpoint)...) {
			streams[o.Host()] = true
		}
	}
	some := false
	for _, o := range e.Observations {
		if !slices.Contains(f.Supports, o.ID) || facts.IsOK(o) && o.Operation != probe.PathSweep && o.Operation != probe.HostCounters {
			continue
		}
		web := facts.Direct(o) && o.Port() == 443 && o.Transport() != probe.UDP
		name := o.Operation == probe.DNSQuery && cmp.Or(facts.Detail[probe.DNSDetail](o).Name, o.Host()) != ""
		switch {
		case streams[o.Host()], !web && !name:
			return false
		}
		some = true
	}
	return some
}
