package desk

import (
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// portalAnswers: plain HTTP is answered by a sign-in page AND HTTPS to the
// broker does not work. Its rival, a host that merely redirects, leaves HTTPS
// working.
var portalAnswers = rule{
	Code: "portal_answers", Layer: layer.CaptivePortal, Needs: []probe.Operation{probe.HTTPGet}, Explains: everything,
	Where: atSignInPage,
	Check: func(e evidence) (finding.Finding, bool) {
		plain := append(slices.Clone(e.At("portal-http", probe.HTTPGet)), e.At("address-echo", probe.HTTPGet)...)
		forged := facts.Where(plain, func(o probe.Observation) bool {
			return facts.Direct(o) &&
				(o.Failure == probe.HTTPRedirectedElsewhere || facts.Detail[probe.HTTPDetail](o).Status == 511)
		})
		page := facts.Where(plain, func(o probe.Observation) bool {
			d := facts.Detail[probe.HTTPDetail](o)
			return facts.Direct(o) && d.Status == 200 && o.Failure == probe.HTTPUnexpectedBody
		})
		truth := facts.Where(plain, facts.IsOK)
		if webWorks(e) || e.Proxied() || len(forged)+len(page) == 0 {
			return finding.Finding{}, false
		}
		f := finding.Finding{
			Severity:    finding.SeverityFault,
			Supports:    facts.IDs(append(forged, page...)...),
			Contradicts: facts.IDs(truth...),
			Blocks:      probe.StreamingProtocols(),
			Said: len(forged) > 0 &&
				len(truth) == 0, // a page in place of the right one is no redirect to a sign-in host
			Rivals:  []finding.Rival{e.forbids(forged, truth)},
			Summary: words.Say("cause.portal_answers.summary"),
		}
		if w, asked := e.Web("broker"); asked {
			f.Supports = append(f.Supports, facts.IDs(w.Last)...)
		}
		if len(forged) > 0 {
			if to := facts.Detail[probe.HTTPDetail](forged[0]).Location; to != "" {
				f.Summary = words.Say("cause.portal_answers.page", words.Args{"site": siteOf(to)})
			}
		}
		return f, true
	},
}

// forbids: a web filter shows a page of its own for hosts that it forbids. It has no
// reason to answer for every host, lets other ports be, and asks for no sign-in, as
// status 511 does.
func (e evidence) forbids(forged, truth []probe.Observation) finding.Rival {
	out := facts.Where(
		forged,
		func(o probe.Observation) bool { return facts.Detail[probe.HTTPDetail](o).Status == 511 },
	)
	if len(truth) == 0 && len(hostList(forged)) > 1 {
		out = forged
	}
	if tcp := slices.Concat(e.Port("pcoip-tcp"), e.Port("dcv-tcp")); facts.StateOf(tcp).Dead() {
		out = append(out, facts.StateOf(tcp).All...)
	}
	return finding.Rival{
		Layer: layer.NetworkFirewall, Rare: true, Why: words.Say("cause.portal_answers.filter.why"),
		By: words.Say("cause.portal_answers.filter.by"), Out: facts.IDs(out...),
		Next: words.Say("cause.portal_answers.filter.next"),
	}
}

// siteOf gives the host of a URL.
func siteOf(url string) string {
	if _, rest, found := strings.Cut(url, "://"); found {
		url = rest
	}
	site, _, _ := strings.Cut(url, "/")
	return site
}

// webBlocks: which protocols the failure of required hosts takes away. A host that
// answers over a connection which this computer trusts takes nothing.
func (e evidence) webBlocks(list []probe.Observation) []probe.Protocol {
	var blocks []probe.Protocol
	for _, endpoint := range facts.RequiredWeb {
		w, asked := e.Web(endpoint)
		if !asked || w.OK() ||
			!slices.ContainsFunc(list, func(o probe.Observation) bool { return roleOf(o) == endpoint }) {
			continue
		}
		for _, p := range probe.StreamingProtocols() {
			if e.Wants(p) && (w.Role.Protocol == "" || w.Role.Protocol == p) {
				blocks = appendNew(blocks, p)
			}
		}
	}
	return blocks
}

// someHosts names hosts in a sentence.
func someHosts(list []probe.Observation) words.Text {
	return words.Say("desk.some-hosts", firstOf(hostList(list)))
}

// service says what a web host is for.
func service(r facts.Role) words.Text {
	return words.Say("desk.service", words.Args{"endpoint": r.Endpoint})
}

func hostList(list []probe.Observation) (hosts []string) {
	for _, o := range list {
		hosts = appendNew(hosts, o.Host())
	}
	return hosts
}

// clientPath: the observation took the way the client's own traffic takes; a
// direct look beside a configured proxy is only a comparison.
func (e evidence) clientPath(o probe.Observation) bool {
	return !e.Proxied() || !facts.Direct(o) || o.Port() != probe.HTTPSPort
}

// webUnreachable: the broker or another required host fails on 443 in a way
// that no rule above explains. Nothing here separates a filter on the network
// from the far end, so it accuses nobody.
var webUnreachable = rule{
	Code:  "web_unreachable",
	Layer: layer.AuthGateway,
	Needs: []probe.Operation{probe.TCPConnect, probe.TLSHandshake, probe.ProxyConnect},
	Where: finding.NoPlace[evidence],
	Check: func(e evidence) (finding.Finding, bool) {
		var bad, good []facts.Web
		for _, w := range e.ClientWebs() {
			required := slices.Contains(facts.RequiredWeb, w.Role.Endpoint) && e.Wants(w.Role.Protocol)
			switch {
			case w.OK():
				good = append(good, w)
			case required:
				bad = append(bad, w)
			}
		}
		if len(bad) == 0 {
			return finding.Finding{}, false
		}
		f := finding.Finding{Severity: finding.SeverityFault, Blocks: probe.StreamingProtocols()}
		if len(bad) == 1 && bad[0].Role.Protocol != "" {
			f.Blocks = []probe.Protocol{bad[0].Role.Protocol}
		}
		var services words.List
		for _, w := range bad {
			f.Supports = append(f.Supports, facts.IDs(w.Last)...)
			services = append(services, service(w.Role))
		}
		for _, w := range good {
			f.Contradicts = append(f.Contradicts, facts.IDs(w.Last)...)
		}
		if len(services) > 2 {
			services = words.List{
				services[0],
				words.Say("cause.web_unreachable.others", words.Args{"n": len(services) - 1}),
			}
		}
		args := words.Args{
			"services": services,
			"used":     answers(bad[0].Last),
			"stage":    stageOf(bad[0].Last),
			"hosts":    someHosts(lastOf(bad)),
		}
		f.Summary = words.Say("cause.web_unreachable.summary", args)
		if len(good) == 0 && len(bad) > 2 {
			f.Summary = words.Say("cause.web_unreachable.none", args)
		}
		f.Layer, f.Why, f.Rivals = e.webRivals(bad, good)
		for _, o := range e.Observations {
			if o.Failure == probe.LocalPolicyDenied && o.Port() == probe.HTTPSPort {
				f.Supports = appendNew(f.Supports, o.ID)
			}
		}
		f.NextTest = words.Say("cause.web_unreachable.next")
		return f, true
	},
}

// webRivals asks of sign-in hosts that fail who looks exactly like this: the
// likeliest, why, and the others. The service itself is among them, or what shows that
// it is not the cause.
func (e evidence) webRivals(bad, good []facts.Web) (layer.ID, words.Text, []finding.Rival) {
	last := bad[0].Last
	filter := finding.Rival{Layer: layer.NetworkFirewall, Why: words.Say("cause.web_unreachable.filter.why")}
	service := finding.Rival{Layer: layer.AuthGateway, Why: words.Say("cause.web_unreachable.service.why")}
	own := finding.Rival{Layer: layer.LocalFirewall, Why: ownSecurity}
	path := finding.Rival{Layer: layer.InternetPath, Why: words.Say("cause.web_unreachable.path.why")}
	names := finding.Rival{Layer: layer.DNS, Why: words.Say("cause.web_unreachable.names.why")}
	list := []finding.Rival{filter, service, own, path}
	switch small := e.onlySmall(); {
	case last.Failure == probe.TLSInvalidHostname:
		// A filter would not show a valid certificate of another name.
		list = []finding.Rival{names, service, filter}
	case len(small) > 0:
		path.Why = words.Say("cause.web_unreachable.small.path")
		filter.Why = words.Say("cause.web_unreachable.small.filter")
		service.Out, service.By = facts.IDs(small...), words.Say("cause.web_unreachable.small.by")
		list = []finding.Rival{path, filter, service}
	case len(good) == 0 && len(bad) > 2:
		list[0].Why = words.Say("cause.web_unreachable.all.why")
		list[1].Out, list[1].By = facts.IDs(lastOf(bad)...), words.Say("cause.web_unreachable.all.by")
	case unacknowledged(bad):
		list[0].Why = words.Say("cause.web_unreachable.greeting.why")
		list[1].Out, list[1].By = facts.IDs(lastOf(bad)...), words.Say("cause.web_unreachable.greeting.by")
	case facts.Direct(last) && !facts.IsAWS(last.Addr()) && last.Addr().IsValid() && !facts.IsNAT64(last.Addr()):
		service.Out, service.By = facts.IDs(last), words.Say("cause.web_unreachable.names.by")
		list = []finding.Rival{names, filter, own, path, service}
	}
	return list[0].Layer, list[0].Why, list[1:]
}

func lastOf(list []facts.Web) (out []probe.Observation) {
	for _, w := range list {
		out = append(out, w.Last)
	}
	return out
}

// unacknowledged: every one of these conversations ended with a ClientHello that
// the other end never acknowledged.
func unacknowledged(list []facts.Web) bool {
	return !slices.ContainsFunc(
		list,
		func(w facts.Web) bool { return facts.Detail[probe.TLSDetail](w.Last).Phase != probe.HelloUnacked },
	)
}

// stageOf says how far a conversation came: without an answer, or with a bad one, which
// is named where the stage does not say it all.
func stageOf(o probe.Observation) words.Text {
	args := words.Args{"stage": o.Operation}
	if facts.IsSilent(o) {
		return words.Say("desk.stage.silent", args)
	}
	if !o.Failure.Known() || o.Failure == probe.TLSFailedHandshake {
		return words.Say("desk.stage.failed", args)
	}
	args["failure"] = words.Failure(o.Failure)
	return words.Say("desk.stage.failed-by", args)
}

// answers: whoever answers is reached, if of no use.
func answers(o probe.Observation) bool {
	return !facts.IsSilent(o) && (o.Operation == probe.TLSHandshake || o.Operation == probe.HTTPGet)
}

// brokerUnhealthy is the broker's own word over a connection that nobody
// opened. Its rival, a block page, cannot present Amazon's certificate.
var brokerUnhealthy = rule{
	Code: "broker_unhealthy", Layer: layer.AuthGateway, Needs: []probe.Operation{probe.HTTPGet},
	Where: atHosts,
	Check: func(e evidence) (finding.Finding, bool) {
		var list []probe.Observation
		f := finding.Finding{Severity: finding.SeverityFault, Said: true}
		for _, endpoint := range facts.RequiredWeb {
			w, asked := e.Web(endpoint)
			if !asked || w.OK() || w.Last.Operation != probe.HTTPGet || w.Last.Outcome != probe.Failed ||
				facts.Detail[probe.HTTPDetail](w.Last).Status == 0 ||
				!e.genuine(w) {
				continue
			}
			list = append(list, w.Last)
			for _, p := range probe.StreamingProtocols() {
				if (w.Role.Protocol == "" || w.Role.Protocol == p) && !slices.Contains(f.Blocks, p) {
					f.Blocks = append(f.Blocks, p)
				}
			}
		}
		if len(list) == 0 {
			return finding.Finding{}, false
		}
		d := facts.Detail[probe.HTTPDetail](list[0])
		f.Supports = facts.IDs(list...)
		f.Summary = words.Say("cause.broker_unhealthy.summary", words.Args{"host": list[0].Host(), "status": d.Status})
		return f, true
	},
}

// genuine: the TLS below this conversation was Amazon's.
func (e evidence) genuine(w facts.Web) bool {
	return slices.ContainsFunc(w.All, func(o probe.Observation) bool {
		r := facts.Detail[probe.TLSDetail](o).Root
		return o.Operation == probe.TLSHandshake && facts.IsOK(o) &&
			(r == probe.RootAmazon || r == probe.RootAmazonNamed)
	})
}

// sideHostFails: a host that the client can do without for a while fails.
var sideHostFails = rule{
	Code: "side_host_fails", Layer: layer.AuthGateway, Needs: []probe.Operation{probe.TCPConnect, probe.DNSQuery},
	Where: finding.NoPlace[evidence],
	Check: func(e evidence) (finding.Finding, bool) {
		if !webWorks(e) {
			return finding.Finding{}, false
		}
		var bad []facts.Web
		for _, w := range e.ClientWebs() {
			if !slices.Contains(facts.RequiredWeb, w.Role.Endpoint) && !w.OK() {
				bad = append(bad, w)
			}
		}
		if len(bad) == 0 {
			return finding.Finding{}, false
		}
		return finding.Finding{
			Severity: finding.SeverityDegraded,
			Layer:    layer.NetworkFirewall,
			Supports: facts.IDs(lastOf(bad)...),
			Summary: words.Say("cause.side_host_fails.summary", words.Args{
				"host":    bad[0].Last.Host(),
				"service": service(bad[0].Role),
				"more":    len(bad) - 1,
				"used":    answers(bad[0].Last),
				"stage":   stageOf(bad[0].Last),
			}),
			Why: words.Say("cause.side_host_fails.why"),
			Rivals: []finding.Rival{
				{Layer: layer.AuthGateway, Why: words.Say("cause.side_host_fails.host.why"), Next: sameCheck},
			},
		}, true
	},
}

// ownProgram is whoever runs a program on this computer.
const ownProgram = "own-program"
