package desk

import (
	"fmt"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// proxyRefuses is the proxy's own statement. That it cannot reach the target (502 to
// 504) is no refusal: whoever stands behind it may be the cause.
var proxyRefuses = rule{
	Code: "proxy_refuses", Layer: layer.Proxy, Needs: []probe.Operation{probe.ProxyConnect, probe.HTTPGet}, Explains: throughProxy,
	Check: func(e evidence) (finding.Finding, bool) {
		w, asked := e.Web("broker")
		if !asked || !w.Proxy || w.OK() {
			return finding.Finding{}, false
		}
		refused := facts.Where(w.All, func(o probe.Observation) bool {
			return o.Failure == probe.ProxyAuthRequired || o.Failure == probe.ProxyRefused
		})
		if len(refused) == 0 {
			return finding.Finding{}, false
		}
		d := facts.Detail[probe.ProxyConnectDetail](refused[0])
		f := finding.Finding{Severity: finding.SeverityFault, Said: true, Supports: facts.IDs(refused...), Blocks: []string{"pcoip", "dcv"}}
		switch {
		case refused[0].Failure == probe.ProxyAuthRequired:
			f.Summary = words.Raw(fmt.Sprintf("The web proxy %s demands a login, which the WorkSpaces client cannot give.", d.Proxy))
		case d.Status >= 502 && d.Status <= 504:
			f.Said, f.Rivals = false, e.behindProxy()
			f.Summary = words.Raw(fmt.Sprintf("The web proxy %s cannot reach WorkSpaces (status %d).", d.Proxy, d.Status))
		default:
			f.Summary = words.Raw(fmt.Sprintf("The web proxy %s refuses to connect to WorkSpaces (status %d).", d.Proxy, d.Status))
		}
		f.Contradicts = facts.IDs(e.directBroker()...)
		return f, true
	},
}

// behindProxy: what the proxy does not carry on may end behind it.
func (e evidence) behindProxy() []finding.Rival {
	direct := e.directBroker()
	failed := facts.Where(lastOf(e.Webs(true)), func(o probe.Observation) bool { return !facts.IsOK(o) })
	if len(failed) < 2 || len(failed) < len(e.Webs(true)) {
		failed = nil
	}
	return []finding.Rival{
		{Layer: layer.NetworkFirewall, Rare: true, Why: words.Raw("A firewall behind the proxy may stop what the proxy asks for."), By: words.Raw("the broker answers without the proxy"), Out: facts.IDs(direct...),
			Next: words.Raw("Ask whoever runs the proxy to open one of these hosts from the proxy itself.")},
		{Layer: layer.AuthGateway, Why: words.Raw("The service may be down."), By: words.Raw("no host of AWS is reached through the proxy, or the broker answers without it"), Out: facts.IDs(append(direct, failed...)...)},
	}
}

// directBroker gives the broker's answer without the proxy, if it gave one: it
// shows that the proxy, not the broker, is the trouble.
func (e evidence) directBroker() []probe.Observation {
	for _, w := range e.Webs(false) {
		if w.Role.Endpoint == "broker" && w.OK() {
			return []probe.Observation{w.Last}
		}
	}
	return nil
}

// proxyUnreachable: the configured proxy does not take the connection. Its
// rival, a dead network, would take no other connection either.
var proxyUnreachable = rule{
	Code: "proxy_unreachable", Layer: layer.Proxy, Needs: []probe.Operation{probe.ProxyConnect}, Explains: throughProxy,
	Check: func(e evidence) (finding.Finding, bool) {
		var list []probe.Observation
		for _, w := range e.Webs(true) {
			if w.Last.Operation != probe.ProxyConnect || facts.Detail[probe.ProxyConnectDetail](w.Last).Reached != "none" {
				return finding.Finding{}, false
			}
			list = append(list, w.Last)
		}
		if len(list) == 0 {
			return finding.Finding{}, false
		}
		proxy := facts.Detail[probe.ProxyConnectDetail](list[0])
		control := append(e.Control(), facts.Where(e.Of(probe.DNSQuery), facts.IsOK)...)
		control = control[:min(1, len(control))]
		f := finding.Finding{Severity: finding.SeverityFault, Supports: facts.IDs(append(list, control...)...), Blocks: []string{"pcoip", "dcv"}, Why: words.Raw("The proxy does not answer."),
			Summary: words.Raw(fmt.Sprintf("This computer's web proxy, %s, cannot be reached.", proxy.Proxy))}
		own := list[0].Addr().IsLoopback() || strings.HasPrefix(proxy.Proxy, "localhost:")
		if own {
			f.Owner = ownProgram
			f.Summary = words.Raw(fmt.Sprintf("This computer is set to use its own proxy program at %s, and that does not run.", proxy.Proxy))
			f.Remedy = []words.Text{words.Raw("Start the proxy program, or turn the proxy setting off."), words.Raw("If you do not know the program, ask desktop IT.")}
		}
		// The proxy's own computer says that nothing listens.
		f.Said = list[0].Failure == probe.ConnectionRefused && (own || facts.ICMP(list[0]) == nil && !proxy.Unclear)
		f.Rivals = e.beforeProxy(list, control, f.Said, own)
		return f, true
	},
}

// beforeProxy: who may keep this computer from its proxy.
func (e evidence) beforeProxy(list, control []probe.Observation, said, own bool) []finding.Rival {
	firewall := finding.Rival{Layer: layer.NetworkFirewall, Rare: len(control) > 0, Why: words.Raw("A firewall of this network may block the proxy."),
		Next: words.Raw("Try the proxy from another computer on the same network, or, if you are away from the office, without the proxy.")}
	path := finding.Rival{Layer: layer.InternetPath, Why: words.Raw("Nothing else answered either."), By: words.Raw("other hosts answer"), Out: facts.IDs(control...),
		Next: words.Raw("Open a web page in a browser on this computer; if none opens, the network as a whole is down.")}
	switch {
	case own:
		firewall.By, path.By = words.Raw("the proxy is a program of this computer"), words.Raw("the proxy is a program of this computer")
		firewall.Out, path.Out = facts.IDs(list...), facts.IDs(list...)
	case said:
		firewall.By, path.By = words.Raw("the proxy's own computer says that nothing listens"), words.Raw("the proxy's own computer says that nothing listens")
		firewall.Out, path.Out = facts.IDs(list...), facts.IDs(list...)
	}
	return []finding.Rival{firewall, path}
}

// proxyHangs: the proxy takes the connection and then does nothing with it,
// while the same host answers without it or the proxy's silence is total.
var proxyHangs = rule{
	Code: "proxy_hangs", Layer: layer.Proxy, Needs: []probe.Operation{probe.ProxyConnect}, Explains: throughProxy,
	Check: func(e evidence) (finding.Finding, bool) {
		var list []probe.Observation
		for _, w := range e.Webs(true) {
			if w.Last.Operation != probe.ProxyConnect || facts.Detail[probe.ProxyConnectDetail](w.Last).Reached != "proxy" {
				return finding.Finding{}, false
			}
			if w.Last.Failure == probe.ProxyAuthRequired || w.Last.Failure == probe.ProxyRefused {
				return finding.Finding{}, false
			}
			list = append(list, w.Last)
		}
		if len(list) == 0 {
			return finding.Finding{}, false
		}
		f := finding.Finding{Severity: finding.SeverityFault, Supports: facts.IDs(list...), Blocks: []string{"pcoip", "dcv"}, Rivals: e.behindProxy(),
			Summary: words.Raw(fmt.Sprintf("The web proxy %s accepts connections but does not forward them to WorkSpaces.", facts.Detail[probe.ProxyConnectDetail](list[0]).Proxy))}
		// A proxy that waits for somebody behind it says nothing; it talks no nonsense.
		for i := range f.Rivals {
			if nonsense := facts.Where(list, func(o probe.Observation) bool { return o.Failure == probe.MalformedReply }); len(f.Rivals[i].Out) == 0 {
				f.Rivals[i].Out, f.Rivals[i].By = facts.IDs(nonsense...), words.Raw("the proxy itself answers nonsense")
			}
		}
		return f, true
	},
}
