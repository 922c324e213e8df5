package diagnose

import (
	"fmt"
	"strings"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// proxyRefuses is the proxy's own statement. Its rival, a dead target behind
// it, is answered with 502 or 504, which is why those are only likely.
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
		f := Finding{Severity: SeverityFault, Confidence: Proven, Supports: IDs(refused...), Blocks: []string{"pcoip", "dcv"}}
		switch {
		case refused[0].Failure == probe.ProxyAuthRequired:
			f.Summary = fmt.Sprintf("The web proxy %s demands a login, which the WorkSpaces client cannot give.", d.Proxy)
		case d.Status >= 502 && d.Status <= 504:
			f.Confidence = Likely
			f.Summary = fmt.Sprintf("The web proxy %s cannot reach WorkSpaces (status %d).", d.Proxy, d.Status)
		default:
			f.Summary = fmt.Sprintf("The web proxy %s refuses to connect to WorkSpaces (status %d).", d.Proxy, d.Status)
		}
		f.Contradicts = IDs(e.directBroker()...)
		return f, true
	},
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
		f := Finding{Severity: SeverityFault, Confidence: Likely, Supports: IDs(list...), Blocks: []string{"pcoip", "dcv"},
			Summary: fmt.Sprintf("The web proxy %s, which this computer is set to use, cannot be reached.", detail[probe.ProxyConnectDetail](list[0]).Proxy)}
		dnsWorks := where(e.Of(probe.DNSQuery), isOK)
		switch control := append(e.control(), dnsWorks...); {
		case len(control) == 0:
			f.Severity, f.Confidence, f.Blocks = SeveritySuspect, Possible, nil
			f.Suspects = []Suspect{{layer.Proxy, Possible, "The proxy does not answer."}, {layer.NetworkFirewall, Possible, "Nothing else answered either."}, {layer.InternetPath, Possible, "Nothing else answered either."}}
			f.NextTest = "Open a web page in a browser on this computer; if none opens, the network as a whole is down."
		default:
			f.Supports = append(f.Supports, IDs(control[0])...)
		}
		if list[0].Addr().IsLoopback() || strings.HasPrefix(detail[probe.ProxyConnectDetail](list[0]).Proxy, "localhost:") {
			// Nobody's network has a part in it.
			f.Owner, f.Severity, f.Confidence, f.Blocks, f.Suspects, f.NextTest = ownProgram, SeverityFault, Likely, []string{"pcoip", "dcv"}, nil, ""
			f.Summary = fmt.Sprintf("This computer is set to use its own proxy program at %s, and that does not run.", detail[probe.ProxyConnectDetail](list[0]).Proxy)
			f.Remedy = []string{"Start the proxy program, or turn the proxy setting off.", "If you do not know the program, ask desktop IT."}
		}
		itself := icmp(list[0]) == nil && !detail[probe.ProxyConnectDetail](list[0]).Unclear
		if list[0].Failure == probe.ConnectionRefused && (itself || f.Owner == ownProgram) && f.Severity == SeverityFault {
			f.Confidence = Proven // the proxy's own host says that nothing listens
		}
		return f, true
	},
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
		return Finding{Severity: SeverityFault, Confidence: Likely, Supports: IDs(list...), Blocks: []string{"pcoip", "dcv"},
			Summary: fmt.Sprintf("The web proxy %s accepts connections but does not carry them to WorkSpaces.", detail[probe.ProxyConnectDetail](list[0]).Proxy)}, true
	},
}
