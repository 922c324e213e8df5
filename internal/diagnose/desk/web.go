package desk

import (
	"fmt"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/prose"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// portalAnswers: plain HTTP is answered by a sign-in page AND HTTPS to the
// broker does not work. Its rival, a host that merely redirects, leaves HTTPS
// working.
var portalAnswers = rule{
	Code: "portal_answers", Layer: layer.CaptivePortal, Needs: []probe.Operation{probe.HTTPGet}, Explains: everything,
	Check: func(e evidence) (finding.Finding, bool) {
		plain := append(slices.Clone(e.At("portal-http", probe.HTTPGet)), e.At("address-echo", probe.HTTPGet)...)
		forged := facts.Where(plain, func(o probe.Observation) bool {
			return facts.Direct(o) && (o.Failure == probe.HTTPRedirectedElsewhere || facts.Detail[probe.HTTPDetail](o).Status == 511)
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
			Severity: finding.SeverityFault, Supports: facts.IDs(append(forged, page...)...), Contradicts: facts.IDs(truth...), Blocks: []string{"pcoip", "dcv"},
			Said:    len(forged) > 0 && len(truth) == 0, // a page in place of the right one is no redirect to a sign-in host
			Rivals:  []finding.Rival{e.forbids(forged, truth)},
			Summary: words.Raw("This network wants you to sign in on its own web page first."),
		}
		if w, asked := e.Web("broker"); asked {
			f.Supports = append(f.Supports, facts.IDs(w.Last)...)
		}
		if len(forged) > 0 {
			if to := facts.Detail[probe.HTTPDetail](forged[0]).Location; to != "" {
				f.Summary = words.Raw(fmt.Sprintf("This network wants you to sign in on its own web page (%s) first.", siteOf(to)))
			}
		}
		return f, true
	},
}

// forbids: a web filter shows a page of its own for hosts that it forbids. It has no
// reason to answer for every host, lets other ports be, and asks for no sign-in, as
// status 511 does.
func (e evidence) forbids(forged, truth []probe.Observation) finding.Rival {
	out := facts.Where(forged, func(o probe.Observation) bool { return facts.Detail[probe.HTTPDetail](o).Status == 511 })
	if len(truth) == 0 && len(hostList(forged)) > 1 {
		out = forged
	}
	if tcp := slices.Concat(e.Port("pcoip-tcp"), e.Port("dcv-tcp")); facts.StateOf(tcp).Dead() {
		out = append(out, facts.StateOf(tcp).All...)
	}
	return finding.Rival{
		Layer: layer.NetworkFirewall, Rare: true, Why: words.Raw("The page may be that of a web filter, which forbids these hosts."),
		By: words.Raw("every host is answered for, or the other ports are closed too, as before a sign-in"), Out: facts.IDs(out...),
		Next: words.Raw("Open http://example.com in a browser on this computer: a hotspot shows its sign-in page there too, a filter does not."),
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
func (e evidence) webBlocks(list []probe.Observation) []string {
	var blocks []string
	for _, endpoint := range facts.RequiredWeb {
		w, asked := e.Web(endpoint)
		if !asked || w.OK() || !slices.ContainsFunc(list, func(o probe.Observation) bool { return roleOf(o) == endpoint }) {
			continue
		}
		for _, p := range []string{"pcoip", "dcv"} {
			if e.Wants(p) && (w.Role.Protocol == "" || w.Role.Protocol == p) {
				blocks = appendNew(blocks, p)
			}
		}
	}
	return blocks
}

// someHosts names hosts in a sentence, allHosts all of them, to be pasted into a
// list of exceptions.
func someHosts(list []probe.Observation) string {
	hosts := hostList(list)
	if len(hosts) > 2 {
		return fmt.Sprintf("%s and %d other hosts", hosts[0], len(hosts)-1)
	}
	return prose.List(hosts)
}

// titledHosts is the same with what the first is for.
func titledHosts(list []probe.Observation, titles []string) string {
	first := fmt.Sprintf("https://%s (%s)", list[0].Host(), titles[0])
	switch len(list) {
	case 1:
		return first
	case 2:
		return first + " and one other host"
	}
	return fmt.Sprintf("%s and %d other hosts", first, len(list)-1)
}

func allHosts(list []probe.Observation) string { return strings.Join(hostList(list), ", ") }

func hostList(list []probe.Observation) (hosts []string) {
	for _, o := range list {
		hosts = appendNew(hosts, o.Host())
	}
	return hosts
}

// clientPath: the observation took the way the client's own traffic takes; a
// direct look beside a configured proxy is only a comparison.
func (e evidence) clientPath(o probe.Observation) bool {
	return !e.Proxied() || !facts.Direct(o) || o.Port() != 443
}

// webUnreachable: the broker or another required host fails on 443 in a way
// that no rule above explains. Nothing here separates a filter on the network
// from the far end, so it accuses nobody.
var webUnreachable = rule{
	Code: "web_unreachable", Layer: layer.AuthGateway, Needs: []probe.Operation{probe.TCPConnect, probe.TLSHandshake, probe.ProxyConnect},
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
		f := finding.Finding{Severity: finding.SeverityFault, Blocks: []string{"pcoip", "dcv"}}
		if len(bad) == 1 && bad[0].Role.Protocol != "" {
			f.Blocks = []string{bad[0].Role.Protocol}
		}
		var names []string
		for _, w := range bad {
			f.Supports = append(f.Supports, facts.IDs(w.Last)...)
			names = append(names, w.Role.Title)
		}
		for _, w := range good {
			f.Contradicts = append(f.Contradicts, facts.IDs(w.Last)...)
		}
		stage := stageOf(bad[0].Last)
		if len(names) > 2 {
			names = []string{names[0], fmt.Sprintf("%d others", len(names)-1)}
		}
		f.Summary = words.Raw(fmt.Sprintf("%s %s: %s. A filter on the way to %s, or the service itself, is at fault.", upperFirst(prose.List(names)), failsHow(bad[0].Last, len(bad)), stage, someHosts(lastOf(bad))))
		if len(good) == 0 && len(bad) > 2 {
			f.Summary = words.Raw(fmt.Sprintf("No HTTPS host of AWS can be reached: %s. They have nothing in common but the network on the way.", stage))
		}
		f.Layer, f.Why, f.Rivals = e.webRivals(bad, good)
		for _, o := range e.Observations {
			if o.Failure == probe.LocalPolicyDenied && o.Port() == 443 {
				f.Supports = appendNew(f.Supports, o.ID)
			}
		}
		f.NextTest = words.Raw("Run the same check on another network, such as a phone's hotspot: if it passes there, the first network filters these hosts.")
		return f, true
	},
}

// webRivals asks of sign-in hosts that fail who looks exactly like this: the
// likeliest, why, and the others. The service itself is among them, or what shows that
// it is not the cause.
func (e evidence) webRivals(bad, good []facts.Web) (layer.ID, words.Text, []finding.Rival) {
	last := bad[0].Last
	filter := finding.Rival{Layer: layer.NetworkFirewall, Why: words.Raw("A filter that picks out these hosts looks exactly like this.")}
	service := finding.Rival{Layer: layer.AuthGateway, Why: words.Raw("A service that is down looks like this too.")}
	own := finding.Rival{Layer: layer.LocalFirewall, Why: words.Raw("Security software on this computer can do the same.")}
	path := finding.Rival{Layer: layer.InternetPath, Why: words.Raw("A provider's device, or a path that loses large packets, can look like this too.")}
	names := finding.Rival{Layer: layer.DNS, Why: words.Raw("The name may lead to somebody else's host.")}
	list := []finding.Rival{filter, service, own, path}
	switch small := e.onlySmall(); {
	case last.Failure == probe.TLSInvalidHostname:
		// A filter would not show a valid certificate of another name.
		list = []finding.Rival{names, service, filter}
	case len(small) > 0:
		path.Why = words.Raw("The line may not carry large packets.")
		filter.Why = words.Raw("A firewall may drop large packets, or the messages about them.")
		service.Out, service.By = facts.IDs(small...), words.Raw("it answers when packets are small")
		list = []finding.Rival{path, filter, service}
	case len(good) == 0 && len(bad) > 2:
		list[0].Why = words.Raw("Every HTTPS host fails, and the hosts have nothing in common but the network on the way.")
		list[1].Out, list[1].By = facts.IDs(lastOf(bad)...), words.Raw("every HTTPS host fails, and they have nothing in common but the network on the way")
	case unacknowledged(bad):
		list[0].Why = words.Raw("The connection stands, and its first encrypted message was lost, as with a filter that works by name.")
		list[1].Out, list[1].By = facts.IDs(lastOf(bad)...), words.Raw("the greeting was never acknowledged, and a host that is up acknowledges whatever arrives")
	case facts.Direct(last) && !facts.IsAWS(last.Addr()) && last.Addr().IsValid() && !facts.IsNAT64(last.Addr()):
		service.Out, service.By = facts.IDs(last), words.Raw("the address is none of AWS's")
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
	return !slices.ContainsFunc(list, func(w facts.Web) bool { return facts.Detail[probe.TLSDetail](w.Last).Phase != probe.HelloUnacked })
}

// stages say how far a conversation came: without an answer, and with a bad one.
var stages = map[probe.Operation]struct{ silent, failed string }{
	probe.DNSQuery:     {"no answer of the name server", "the name does not resolve"},
	probe.TCPConnect:   {"no answer on port 443", "no connection on port 443"},
	probe.ProxyConnect: {"no answer of the proxy", "the proxy does not forward the connection"},
	probe.TLSHandshake: {"no answer to the TLS handshake", "the TLS handshake failed"},
	probe.HTTPGet:      {"no answer to the request", "the answer is not the service's"},
}

func stageOf(o probe.Observation) string {
	if facts.IsSilent(o) {
		return stages[o.Operation].silent
	}
	stage := stages[o.Operation].failed
	if o.Failure.Known() && o.Failure != probe.TLSFailedHandshake {
		sentence := words.English().Tell(words.Failure(o.Failure))
		stage += " (" + strings.ToLower(sentence[:1]) + sentence[1:] + ")"
	}
	return stage
}

// failsHow is what follows the names of so many hosts: whoever answers is reached.
func failsHow(o probe.Observation, hosts int) string {
	answers := !facts.IsSilent(o) && (o.Operation == probe.TLSHandshake || o.Operation == probe.HTTPGet)
	switch {
	case answers:
		return "cannot be used"
	case hosts == 1:
		return "is not reachable"
	}
	return "are not reachable"
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// brokerUnhealthy is the broker's own word over a connection that nobody
// opened. Its rival, a block page, cannot present Amazon's certificate.
var brokerUnhealthy = rule{
	Code: "broker_unhealthy", Layer: layer.AuthGateway, Needs: []probe.Operation{probe.HTTPGet},
	Check: func(e evidence) (finding.Finding, bool) {
		var list []probe.Observation
		f := finding.Finding{Severity: finding.SeverityFault, Said: true}
		for _, endpoint := range facts.RequiredWeb {
			w, asked := e.Web(endpoint)
			if !asked || w.OK() || w.Last.Operation != probe.HTTPGet || w.Last.Outcome != probe.Failed || facts.Detail[probe.HTTPDetail](w.Last).Status == 0 || !e.genuine(w) {
				continue
			}
			list = append(list, w.Last)
			for _, p := range []string{"pcoip", "dcv"} {
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
		f.Summary = words.Raw(fmt.Sprintf("The AWS sign-in service answers with an error (%s, status %d).", list[0].Host(), d.Status))
		return f, true
	},
}

// genuine: the TLS below this conversation was Amazon's.
func (e evidence) genuine(w facts.Web) bool {
	return slices.ContainsFunc(w.All, func(o probe.Observation) bool {
		r := facts.Detail[probe.TLSDetail](o).Root
		return o.Operation == probe.TLSHandshake && facts.IsOK(o) && (r == probe.RootAmazon || r == probe.RootAmazonNamed)
	})
}

// sideHostFails: a host that the client can do without for a while fails.
var sideHostFails = rule{
	Code: "side_host_fails", Layer: layer.AuthGateway, Needs: []probe.Operation{probe.TCPConnect, probe.DNSQuery},
	Check: func(e evidence) (finding.Finding, bool) {
		if !webWorks(e) {
			return finding.Finding{}, false
		}
		var list []probe.Observation
		var names []string
		for _, w := range e.ClientWebs() {
			if !slices.Contains(facts.RequiredWeb, w.Role.Endpoint) && !w.OK() {
				list = append(list, w.Last)
				names = append(names, w.Role.Title)
			}
		}
		if len(list) == 0 {
			return finding.Finding{}, false
		}
		return finding.Finding{Severity: finding.SeverityDegraded, Layer: layer.NetworkFirewall, Supports: facts.IDs(list...),
			Summary: words.Raw(fmt.Sprintf("Sign-in works, but %s %s: %s.", titledHosts(list, names), failsHow(list[0], len(list)), stageOf(list[0]))),
			Why:     words.Raw("A filter that does not know this host looks like this."),
			Rivals:  []finding.Rival{{Layer: layer.AuthGateway, Why: words.Raw("A host that is down looks like this too."), Next: words.Raw("Run the same check on another network, such as a phone's hotspot.")}}}, true
	},
}

// ownProgram is whoever runs a program on this computer.
var ownProgram = words.Say("owner.own-program")
