package diagnose

import (
	"fmt"
	"strings"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// proxyRefuses is the proxy's own statement. That it cannot reach the target (502 to
// 504) is no refusal: whoever stands behind it may be the cause.
var proxyRefuses = Rule{
	Code: "proxy_refuses", Layer: layer.Proxy, Needs: []probe.Operation{probe.ProxyConnect, probe.HTTPGet}, Explains: throughProxy,
	Meaning: "The web proxy this computer is set to use refuses to connect to WorkSpaces, or demands a login that the WorkSpaces client cannot give.",
	Decided: "The proxy itself answered with this status when asked for the WorkSpaces broker.",
	Remedy:  []string{"Ask the network team to let the proxy pass the WorkSpaces domains without a login (the client does not support proxy authentication).", "Or to exempt those domains from the proxy."},
	Check: func(e Evidence) (Finding, bool) {
		w, asked := e.web("broker")
		if !asked || !w.proxy || w.ok() {
			return Finding{}, false
		}
		refused := where(w.all, func(o probe.Observation) bool {
			return o.Failure == probe.ProxyAuthRequired || o.Failure == probe.ProxyRefused
		})
		if len(refused) == 0 {
			return Finding{}, false
		}
		d := detail[probe.ProxyConnectDetail](refused[0])
		f := Finding{Severity: SeverityFault, Said: true, Supports: IDs(refused...), Blocks: []string{"pcoip", "dcv"}}
		switch {
		case refused[0].Failure == probe.ProxyAuthRequired:
			f.Summary = fmt.Sprintf("The web proxy %s demands a login, which the WorkSpaces client cannot give.", d.Proxy)
		case d.Status >= 502 && d.Status <= 504:
			f.Said, f.Rivals = false, e.behindProxy()
			f.Summary = fmt.Sprintf("The web proxy %s cannot reach WorkSpaces (status %d).", d.Proxy, d.Status)
		default:
			f.Summary = fmt.Sprintf("The web proxy %s refuses to connect to WorkSpaces (status %d).", d.Proxy, d.Status)
		}
		f.Contradicts = IDs(e.directBroker()...)
		return f, true
	},
}

// behindProxy: what the proxy does not carry on may end behind it.
func (e Evidence) behindProxy() []Rival {
	direct := e.directBroker()
	failed := where(lastOf(e.webs(true)), func(o probe.Observation) bool { return !isOK(o) })
	if len(failed) < 2 || len(failed) < len(e.webs(true)) {
		failed = nil
	}
	return []Rival{
		{Layer: layer.NetworkFirewall, Rare: true, Why: "A firewall behind the proxy may stop what the proxy asks for.", By: "the broker answers without the proxy", Out: IDs(direct...),
			Next: "Ask whoever runs the proxy to open one of these hosts from the proxy itself."},
		{Layer: layer.AuthGateway, Why: "The service may be down.", By: "no host of AWS is carried on, or the broker answers without the proxy", Out: IDs(append(direct, failed...)...)},
	}
}

// directBroker gives the broker's answer without the proxy, if it gave one: it
// shows that the proxy, not the broker, is the trouble.
func (e Evidence) directBroker() []probe.Observation {
	for _, w := range e.webs(false) {
		if w.role.Endpoint == "broker" && w.ok() {
			return []probe.Observation{w.last}
		}
	}
	return nil
}

// proxyUnreachable: the configured proxy does not take the connection. Its
// rival, a dead network, would take no other connection either.
var proxyUnreachable = Rule{
	Code: "proxy_unreachable", Layer: layer.Proxy, Needs: []probe.Operation{probe.ProxyConnect}, Explains: throughProxy,
	Meaning: "The web proxy this computer is set to use cannot be reached.",
	Decided: "Connections to the proxy failed for every WorkSpaces host, while something else on the network answered.",
	Remedy:  []string{"If you are away from the office, turn the proxy setting off or connect the VPN it belongs to.", "In the office, ask the network team whether the proxy is up."},
	Check: func(e Evidence) (Finding, bool) {
		var list []probe.Observation
		for _, w := range e.webs(true) {
			if w.last.Operation != probe.ProxyConnect || detail[probe.ProxyConnectDetail](w.last).Reached != "none" {
				return Finding{}, false
			}
			list = append(list, w.last)
		}
		if len(list) == 0 {
			return Finding{}, false
		}
		proxy := detail[probe.ProxyConnectDetail](list[0])
		control := append(e.control(), where(e.Of(probe.DNSQuery), isOK)...)
		control = control[:min(1, len(control))]
		f := Finding{Severity: SeverityFault, Supports: IDs(append(list, control...)...), Blocks: []string{"pcoip", "dcv"}, Why: "The proxy does not answer.",
			Summary: fmt.Sprintf("The web proxy %s, which this computer is set to use, cannot be reached.", proxy.Proxy)}
		own := list[0].Addr().IsLoopback() || strings.HasPrefix(proxy.Proxy, "localhost:")
		if own {
			f.Owner = ownProgram
			f.Summary = fmt.Sprintf("This computer is set to use its own proxy program at %s, and that does not run.", proxy.Proxy)
			f.Remedy = []string{"Start the proxy program, or turn the proxy setting off.", "If you do not know the program, ask desktop IT."}
		}
		// The proxy's own computer says that nothing listens.
		f.Said = list[0].Failure == probe.ConnectionRefused && (own || icmp(list[0]) == nil && !proxy.Unclear)
		f.Rivals = e.beforeProxy(list, control, f.Said, own)
		return f, true
	},
}

// beforeProxy: who may keep this computer from its proxy.
func (e Evidence) beforeProxy(list, control []probe.Observation, said, own bool) []Rival {
	firewall := Rival{Layer: layer.NetworkFirewall, Rare: len(control) > 0, Why: "A firewall of this network may let nobody here reach the proxy.",
		Next: "Try the proxy from another computer on the same network, or, if you are away from the office, without the proxy."}
	path := Rival{Layer: layer.InternetPath, Why: "Nothing else answered either.", By: "other hosts answer", Out: IDs(control...),
		Next: "Open a web page in a browser on this computer; if none opens, the network as a whole is down."}
	switch {
	case own:
		firewall.By, path.By = "the proxy is a program of this computer", "the proxy is a program of this computer"
		firewall.Out, path.Out = IDs(list...), IDs(list...)
	case said:
		firewall.By, path.By = "the proxy's own computer says that nothing listens", "the proxy's own computer says that nothing listens"
		firewall.Out, path.Out = IDs(list...), IDs(list...)
	}
	return []Rival{firewall, path}
}

// proxyHangs: the proxy takes the connection and then does nothing with it,
// while the same host answers without it or the proxy's silence is total.
var proxyHangs = Rule{
	Code: "proxy_hangs", Layer: layer.Proxy, Needs: []probe.Operation{probe.ProxyConnect}, Explains: throughProxy,
	Meaning: "The web proxy takes the connection but does not carry it on to WorkSpaces.",
	Decided: "The proxy accepted connections and never answered the CONNECT request for any WorkSpaces host, or closed them.",
	Remedy:  []string{"Ask the network team why the proxy does not answer CONNECT requests for the WorkSpaces domains."},
	Check: func(e Evidence) (Finding, bool) {
		var list []probe.Observation
		for _, w := range e.webs(true) {
			if w.last.Operation != probe.ProxyConnect || detail[probe.ProxyConnectDetail](w.last).Reached != "proxy" {
				return Finding{}, false
			}
			if w.last.Failure == probe.ProxyAuthRequired || w.last.Failure == probe.ProxyRefused {
				return Finding{}, false
			}
			list = append(list, w.last)
		}
		if len(list) == 0 {
			return Finding{}, false
		}
		f := Finding{Severity: SeverityFault, Supports: IDs(list...), Blocks: []string{"pcoip", "dcv"}, Rivals: e.behindProxy(),
			Summary: fmt.Sprintf("The web proxy %s accepts connections but does not carry them to WorkSpaces.", detail[probe.ProxyConnectDetail](list[0]).Proxy)}
		// A proxy that waits for somebody behind it says nothing; it talks no nonsense.
		for i := range f.Rivals {
			if nonsense := where(list, func(o probe.Observation) bool { return o.Failure == probe.MalformedReply }); len(f.Rivals[i].Out) == 0 {
				f.Rivals[i].Out, f.Rivals[i].By = IDs(nonsense...), "the proxy itself answers nonsense"
			}
		}
		return f, true
	},
}
