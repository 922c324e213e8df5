package desk

import (
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
	Code:     "proxy_refuses",
	Layer:    layer.Proxy,
	Needs:    []probe.Operation{probe.ProxyConnect, probe.HTTPGet},
	Explains: throughProxy,
	Where:    atProxy,
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
		f := finding.Finding{
			Severity: finding.SeverityFault,
			Said:     true,
			Supports: facts.IDs(refused...),
			Blocks:   probe.StreamingProtocols(),
		}
		args := words.Args{"proxy": d.Proxy, "status": d.Status}
		switch {
		case refused[0].Failure == probe.ProxyAuthRequired:
			f.Summary = words.Say("cause.proxy_refuses.login", args)
		case d.Status >= 502 && d.Status <= 504:
			f.Said, f.Rivals = false, e.behindProxy()
			f.Summary = words.Say("cause.proxy_refuses.cannot-reach", args)
		default:
			f.Summary = words.Say("cause.proxy_refuses.summary", args)
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
		{
			Layer: layer.NetworkFirewall,
			Rare:  true,
			Why:   words.Say("desk.behind-proxy.firewall.why"),
			By:    words.Say("desk.behind-proxy.firewall.by"),
			Out:   facts.IDs(direct...),
			Next:  words.Say("desk.behind-proxy.firewall.next"),
		},
		{
			Layer: layer.AuthGateway,
			Why:   words.Say("desk.behind-proxy.service.why"),
			By:    words.Say("desk.behind-proxy.service.by"),
			Out:   facts.IDs(append(direct, failed...)...),
		},
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
	Where: atProxy,
	Check: func(e evidence) (finding.Finding, bool) {
		var list []probe.Observation
		for _, w := range e.Webs(true) {
			if w.Last.Operation != probe.ProxyConnect ||
				facts.Detail[probe.ProxyConnectDetail](w.Last).Reached != "none" {
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
		f := finding.Finding{
			Severity: finding.SeverityFault,
			Supports: facts.IDs(append(list, control...)...),
			Blocks:   probe.StreamingProtocols(),
			Why:      words.Say("cause.proxy_unreachable.why"),
			Summary:  words.Say("cause.proxy_unreachable.summary", words.Args{"proxy": proxy.Proxy}),
		}
		own := list[0].Addr().IsLoopback() || strings.HasPrefix(proxy.Proxy, "localhost:")
		if own {
			f.Owner = words.Owner(ownProgram)
			f.Summary = words.Say("cause.proxy_unreachable.own.summary", words.Args{"proxy": proxy.Proxy})
			f.Remedy = words.Several("cause.proxy_unreachable.own.remedy")
		}
		// The proxy's own computer says that nothing listens.
		f.Said = list[0].Failure == probe.ConnectionRefused && (own || facts.ICMP(list[0]) == nil && !proxy.Unclear)
		f.Rivals = e.beforeProxy(list, control, f.Said, own)
		return f, true
	},
}

// beforeProxy: who may keep this computer from its proxy.
func (e evidence) beforeProxy(list, control []probe.Observation, said, own bool) []finding.Rival {
	firewall := finding.Rival{
		Layer: layer.NetworkFirewall,
		Rare:  len(control) > 0,
		Why:   words.Say("cause.proxy_unreachable.firewall.why"),
		Next:  words.Say("cause.proxy_unreachable.firewall.next"),
	}
	path := finding.Rival{
		Layer: layer.InternetPath,
		Why:   words.Say("cause.proxy_unreachable.path.why"),
		By:    words.Say("cause.proxy_unreachable.path.by"),
		Out:   facts.IDs(control...),
		Next:  words.Say("cause.proxy_unreachable.path.next"),
	}
	if own || said {
		by := words.Say("cause.proxy_unreachable.refused.by")
		if own {
			by = words.Say("cause.proxy_unreachable.own.by")
		}
		firewall.By, path.By = by, by
		firewall.Out, path.Out = facts.IDs(list...), facts.IDs(list...)
	}
	return []finding.Rival{firewall, path}
}

// proxyHangs: the proxy takes the connection and then does nothing with it,
// while the same host answers without it or the proxy's silence is total.
var proxyHangs = rule{
	Code: "proxy_hangs", Layer: layer.Proxy, Needs: []probe.Operation{probe.ProxyConnect}, Explains: throughProxy,
	Where: atProxy,
	Check: func(e evidence) (finding.Finding, bool) {
		var list []probe.Observation
		for _, w := range e.Webs(true) {
			if w.Last.Operation != probe.ProxyConnect ||
				facts.Detail[probe.ProxyConnectDetail](w.Last).Reached != "proxy" {
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
		f := finding.Finding{
			Severity: finding.SeverityFault,
			Supports: facts.IDs(list...),
			Blocks:   probe.StreamingProtocols(),
			Rivals:   e.behindProxy(),
			Summary: words.Say(
				"cause.proxy_hangs.summary",
				words.Args{"proxy": facts.Detail[probe.ProxyConnectDetail](list[0]).Proxy},
			),
		}
		// A proxy that waits for somebody behind it says nothing; it talks no nonsense.
		for i := range f.Rivals {
			if nonsense := facts.Where(
				list,
				func(o probe.Observation) bool { return o.Failure == probe.MalformedReply },
			); len(
				f.Rivals[i].Out,
			) == 0 {
				f.Rivals[i].Out, f.Rivals[i].By = facts.IDs(nonsense...), words.Say("cause.proxy_hangs.nonsense.by")
			}
		}
		return f, true
	},
}
