package desk

import (
	"cmp"
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
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
	f.Remedy = words.Several("desk.proxy-untried.remedy")
	f.Doubt(finding.Rival{
		Layer: layer.Proxy, Why: words.Say("desk.proxy-untried.why"),
		Adds: untriedSummary(untried[0]),
		Next: words.Say("desk.proxy-untried.next"),
	})
}

func untriedSummary(o probe.Observation) words.Text {
	why := "wpad"
	switch d := facts.Detail[probe.ProxyDetail](o); {
	case o.Operation == probe.ProxyConnect:
		why = "kind"
	case d.PAC != "":
		why = "pac"
	}
	return words.Say("desk.proxy-untried.summary", words.Args{"why": why})
}

// proxyClears are the layers that a client with a proxy may not meet at all.
var proxyClears = map[layer.ID]bool{
	layer.DNS:             true,
	layer.NetworkFirewall: true,
	layer.InternetPath:    true,
	layer.AuthGateway:     true,
}

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
		if !slices.Contains(f.Supports, o.ID) ||
			facts.IsOK(o) && o.Operation != probe.PathSweep && o.Operation != probe.HostCounters {
			continue
		}
		web := facts.Direct(o) && o.Port() == probe.HTTPSPort && o.Transport() != probe.UDP
		name := o.Operation == probe.DNSQuery && cmp.Or(facts.Detail[probe.DNSDetail](o).Name, o.Host()) != ""
		switch {
		case streams[o.Host()], !web && !name:
			return false
		}
		some = true
	}
	return some
}
