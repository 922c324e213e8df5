package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// portalAnswers: plain HTTP is answered by a sign-in page AND HTTPS to the
// broker does not work. Its rival, a host that merely redirects, leaves HTTPS
// working.
var portalAnswers = Rule{
	Code: "portal_answers", Layer: layer.CaptivePortal, Needs: []probe.Operation{probe.HTTPGet}, Explains: everything,
	Meaning: "The network answers web requests with its own sign-in page until you have signed in there.",
	Decided: "A plain web request to a known service was redirected to a foreign host, answered with HTTP status 511, or answered with another page, while HTTPS to the WorkSpaces broker fails.",
	Remedy:  []string{"Open a web browser; the network's sign-in page should appear. If not, type http://example.com into the address bar.", "Sign in or accept the terms there.", "Run the check again."},
	Check: func(e Evidence) (Finding, bool) {
		plain := append(slices.Clone(e.At("portal-http", probe.HTTPGet)), e.At("address-echo", probe.HTTPGet)...)
		forged := where(plain, func(o probe.Observation) bool {
			return direct(o) && (o.Failure == probe.HTTPRedirectedElsewhere || detail[probe.HTTPDetail](o).Status == 511)
		})
		page := where(plain, func(o probe.Observation) bool {
			d := detail[probe.HTTPDetail](o)
			return direct(o) && d.Status == 200 && o.Failure == probe.HTTPUnexpectedBody
		})
		truth := where(plain, isOK)
		if webWorks(e) || e.proxied() || len(forged)+len(page) == 0 {
			return Finding{}, false
		}
		f := Finding{
			Severity: SeverityFault, Supports: IDs(append(forged, page...)...), Contradicts: IDs(truth...), Blocks: []string{"pcoip", "dcv"},
			Said:    len(forged) > 0 && len(truth) == 0, // a page in place of the right one is no redirect to a sign-in host
			Rivals:  []Rival{e.forbids(forged, truth)},
			Summary: "This network wants you to sign in on its own web page first.",
		}
		if w, asked := e.web("broker"); asked {
			f.Supports = append(f.Supports, IDs(w.last)...)
		}
		if len(forged) > 0 {
			if to := detail[probe.HTTPDetail](forged[0]).Location; to != "" {
				f.Summary = fmt.Sprintf("This network wants you to sign in on its own web page (%s) first.", siteOf(to))
			}
		}
		return f, true
	},
}

// forbids: a web filter shows a page of its own for hosts that it forbids. It has no
// reason to answer for every host, lets other ports be, and asks for no sign-in, as
// status 511 does.
func (e Evidence) forbids(forged, truth []probe.Observation) Rival {
	out := where(forged, func(o probe.Observation) bool { return detail[probe.HTTPDetail](o).Status == 511 })
	if len(truth) == 0 && len(hostList(forged)) > 1 {
		out = forged
	}
	if tcp := slices.Concat(e.port("pcoip-tcp"), e.port("dcv-tcp")); stateOf(tcp).dead() {
		out = append(out, stateOf(tcp).all...)
	}
	return Rival{
		Layer: layer.NetworkFirewall, Rare: true, Why: "The page may be that of a web filter, which forbids these hosts.",
		By: "every host is answered for, or the other ports are shut too, as before a sign-in", Out: IDs(out...),
		Next: "Open http://example.com in a browser on this computer: a hotspot shows its sign-in page there too, a filter does not.",
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
func (e Evidence) webBlocks(list []probe.Observation) []string {
	var blocks []string
	for _, endpoint := range requiredWeb {
		w, asked := e.web(endpoint)
		if !asked || w.ok() || !slices.ContainsFunc(list, func(o probe.Observation) bool { return roleOf(o) == endpoint }) {
			continue
		}
		for _, p := range []string{"pcoip", "dcv"} {
			if e.wants(p) && (w.role.Protocol == "" || w.role.Protocol == p) {
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
	return sentenceList(hosts)
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
func (e Evidence) clientPath(o probe.Observation) bool {
	return !e.proxied() || !direct(o) || o.Port() != 443
}

// webUnreachable: the broker or another required host fails on 443 in a way
// that no rule above explains. Nothing here separates a filter on the network
// from the far end, so it accuses nobody.
var webUnreachable = Rule{
	Code: "web_unreachable", Layer: layer.AuthGateway, Needs: []probe.Operation{probe.TCPConnect, probe.TLSHandshake, probe.ProxyConnect},
	Meaning: "HTTPS to a service needed for sign-in fails, and nothing seen from here says whether a filter or the service is at fault.",
	Decided: "The connection to a required host failed although other hosts answered; a filter on the way and a dead service look the same from here.",
	Remedy:  []string{"Try the same from another network, such as a phone's hotspot.", "If it works there, the network team should allow HTTPS to the WorkSpaces domains."},
	Check: func(e Evidence) (Finding, bool) {
		var bad, good []web
		for _, w := range e.clientWebs() {
			required := slices.Contains(requiredWeb, w.role.Endpoint) && e.wants(w.role.Protocol)
			switch {
			case w.ok():
				good = append(good, w)
			case required:
				bad = append(bad, w)
			}
		}
		if len(bad) == 0 {
			return Finding{}, false
		}
		f := Finding{Severity: SeverityFault, Blocks: []string{"pcoip", "dcv"}}
		if len(bad) == 1 && bad[0].role.Protocol != "" {
			f.Blocks = []string{bad[0].role.Protocol}
		}
		var names []string
		for _, w := range bad {
			f.Supports = append(f.Supports, IDs(w.last)...)
			names = append(names, w.role.Title)
		}
		for _, w := range good {
			f.Contradicts = append(f.Contradicts, IDs(w.last)...)
		}
		stage := stageOf(bad[0].last)
		f.Summary = fmt.Sprintf("%s cannot be used: %s. From here nobody can tell whether a filter on the way or the service is at fault.", upperFirst(sentenceList(names)), stage)
		if len(good) == 0 && len(bad) > 2 {
			f.Summary = fmt.Sprintf("No HTTPS host of AWS can be used: %s. They have nothing in common but the way to them.", stage)
		}
		f.Layer, f.Why, f.Rivals = e.webRivals(bad, good)
		for _, o := range e.Observations {
			if o.Failure == probe.LocalPolicyDenied && o.Port() == 443 {
				f.Supports = appendNew(f.Supports, o.ID)
			}
		}
		f.NextTest = "Run the same check on another network, such as a phone's hotspot: if it passes there, the first network filters these hosts."
		return f, true
	},
}

// webRivals asks of sign-in hosts that fail who looks exactly like this: the
// likeliest, why, and the others. The service itself is among them, or what shows that
// it is not the cause.
func (e Evidence) webRivals(bad, good []web) (layer.ID, string, []Rival) {
	last := bad[0].last
	filter := Rival{Layer: layer.NetworkFirewall, Why: "A filter that picks out these hosts looks exactly like this."}
	service := Rival{Layer: layer.AuthGateway, Why: "So does a service that is down."}
	own := Rival{Layer: layer.LocalFirewall, Why: "Security software on this computer can do the same."}
	path := Rival{Layer: layer.InternetPath, Why: "A provider's device, or a path that loses large packets, can look like this too."}
	names := Rival{Layer: layer.DNS, Why: "The name may lead to somebody else's host."}
	list := []Rival{filter, service, own, path}
	switch small := e.onlySmall(); {
	case last.Failure == probe.TLSInvalidHostname:
		// A filter would not show a valid certificate of another name.
		list = []Rival{names, service, filter}
	case len(small) > 0:
		path.Why = "The line may carry less than it should."
		filter.Why = "A firewall may drop large packets, or the messages about them."
		service.Out, service.By = IDs(small...), "it answers when packets are small"
		list = []Rival{path, filter, service}
	case len(good) == 0 && len(bad) > 2:
		list[0].Why = "Every HTTPS host fails, and the hosts have nothing in common but the way to them."
		list[1].Out, list[1].By = IDs(lastOf(bad)...), "every HTTPS host fails, and they have nothing in common but the way to them"
	case unacknowledged(bad):
		list[0].Why = "The connection stands, and the first encrypted message was lost on the way, as a filter by name would do."
		list[1].Out, list[1].By = IDs(lastOf(bad)...), "the greeting was never acknowledged, and a host that is up acknowledges whatever arrives"
	case direct(last) && !isAWS(last.Addr()) && last.Addr().IsValid() && !isNAT64(last.Addr()):
		service.Out, service.By = IDs(last), "the address is none of AWS's"
		list = []Rival{names, filter, own, path, service}
	}
	return list[0].Layer, list[0].Why, list[1:]
}

func lastOf(list []web) (out []probe.Observation) {
	for _, w := range list {
		out = append(out, w.last)
	}
	return out
}

// unacknowledged: every one of these conversations ended with a ClientHello that
// the other end never acknowledged.
func unacknowledged(list []web) bool {
	return !slices.ContainsFunc(list, func(w web) bool { return detail[probe.TLSDetail](w.last).Phase != probe.HelloUnacked })
}

// stageOf says in words how far a conversation came.
func stageOf(o probe.Observation) string {
	words := map[probe.Operation]string{
		probe.DNSQuery: "the name does not resolve", probe.TCPConnect: "no connection on port 443",
		probe.ProxyConnect: "the proxy does not carry the connection", probe.TLSHandshake: "the encrypted connection cannot be set up", probe.HTTPGet: "the answer is not the service's",
	}
	stage := words[o.Operation]
	if isSilent(o) {
		stage += " (no answer)"
	} else if sentence, known := probe.Failures[o.Failure]; known {
		stage += " (" + strings.ToLower(sentence[:1]) + strings.TrimSuffix(sentence[1:], ".") + ")"
	}
	return stage
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// brokerUnhealthy is the broker's own word over a connection that nobody
// opened. Its rival, a block page, cannot present Amazon's certificate.
var brokerUnhealthy = Rule{
	Code: "broker_unhealthy", Layer: layer.AuthGateway, Needs: []probe.Operation{probe.HTTPGet},
	Meaning: "The AWS service that signs you in answers, but says that it is not well.",
	Decided: "Over a connection with Amazon's own certificate the service gave an error status or a page that is not its own.",
	Remedy:  []string{"Look at the AWS Health Dashboard for the Region.", "Wait a few minutes and try again; if it stays, the WorkSpaces administrator should open a case with AWS."},
	Check: func(e Evidence) (Finding, bool) {
		var list []probe.Observation
		f := Finding{Severity: SeverityFault, Said: true}
		for _, endpoint := range requiredWeb {
			w, asked := e.web(endpoint)
			if !asked || w.ok() || w.last.Operation != probe.HTTPGet || w.last.Outcome != probe.Failed || detail[probe.HTTPDetail](w.last).Status == 0 || !e.genuine(w) {
				continue
			}
			list = append(list, w.last)
			for _, p := range []string{"pcoip", "dcv"} {
				if (w.role.Protocol == "" || w.role.Protocol == p) && !slices.Contains(f.Blocks, p) {
					f.Blocks = append(f.Blocks, p)
				}
			}
		}
		if len(list) == 0 {
			return Finding{}, false
		}
		d := detail[probe.HTTPDetail](list[0])
		f.Supports = IDs(list...)
		f.Summary = fmt.Sprintf("The AWS sign-in service answers with an error (%s, status %d).", list[0].Host(), d.Status)
		return f, true
	},
}

// genuine: the TLS below this conversation was Amazon's.
func (e Evidence) genuine(w web) bool {
	return slices.ContainsFunc(w.all, func(o probe.Observation) bool {
		r := detail[probe.TLSDetail](o).Root
		return o.Operation == probe.TLSHandshake && isOK(o) && (r == probe.RootAmazon || r == probe.RootAmazonNamed)
	})
}

// sideHostFails: a host that the client can do without for a while fails.
var sideHostFails = Rule{
	Code: "side_host_fails", Layer: layer.AuthGateway, Needs: []probe.Operation{probe.TCPConnect, probe.DNSQuery},
	Meaning: "A host that WorkSpaces uses beside sign-in and streaming cannot be used.",
	Decided: "The broker works and this host does not.",
	Remedy:  []string{"Ask the network team to allow HTTPS to the host named in the evidence."},
	Check: func(e Evidence) (Finding, bool) {
		if !webWorks(e) {
			return Finding{}, false
		}
		var list []probe.Observation
		var names []string
		for _, w := range e.clientWebs() {
			if !slices.Contains(requiredWeb, w.role.Endpoint) && !w.ok() {
				list = append(list, w.last)
				names = append(names, w.role.Title)
			}
		}
		if len(list) == 0 {
			return Finding{}, false
		}
		return Finding{Severity: SeverityDegraded, Layer: layer.NetworkFirewall, Supports: IDs(list...),
			Summary: fmt.Sprintf("Sign-in works, but %s cannot be used (%s).", sentenceList(names), stageOf(list[0])),
			Why:     "A filter that does not know this host looks like this.",
			Rivals:  []Rival{{Layer: layer.AuthGateway, Why: "So does a host that is down.", Next: "Run the same check on another network, such as a phone's hotspot."}}}, true
	},
}

// ownProgram is whoever runs a program on this computer.
const ownProgram = "you, the user, or desktop IT"
