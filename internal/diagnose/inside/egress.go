package inside

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/known"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// outwardRoles are the hosts by which internet access from the VPC is judged.
var outwardRoles = []string{"broker", "login", "address-echo"}

// outwardTries are the conversations with them over HTTPS, as far as they came.
// Plain HTTP passes many a way that is shut for HTTPS, and is of no use alone.
func (e evidence) outwardTries() []probe.Observation {
	return facts.Where(e.Observations, func(o probe.Observation) bool {
		return slices.Contains(outwardRoles, o.Endpoint) && facts.WebOperations[o.Operation] &&
			o.Port() == probe.HTTPSPort
	})
}

// reachedOut: somebody beyond the VPC answered, directly or through the proxy.
func (e evidence) reachedOut() bool {
	return slices.ContainsFunc(e.outwardTries(), func(o probe.Observation) bool {
		switch o.Operation {
		case probe.TCPConnect:
			return false // an accept may be a firewall's; what counts is that somebody speaks
		case probe.ProxyConnect:
			return false
		}
		return facts.IsOK(o) || o.Operation == probe.HTTPGet && facts.Detail[probe.HTTPDetail](o).Status > 0
	})
}

// leavesAs are the public addresses as which AWS sees what this WorkSpace sends
// directly; own if they are its own interface's.
func (e evidence) leavesAs() (addresses []string, own bool) {
	seen := map[netip.Addr]probe.Transport{}
	for _, o := range facts.Where(e.At("address-echo", probe.HTTPGet), facts.IsOK) {
		if a := facts.Detail[probe.HTTPDetail](o).Egress; a.IsValid() && facts.Direct(o) {
			seen[a] = probe.TCP
			own = own || e.isOwnAddress(a.String())
		}
	}
	for _, a := range slices.SortedFunc(maps.Keys(seen), netip.Addr.Compare) {
		addresses = append(addresses, a.String())
	}
	return addresses, own
}

// scriptDecides: an automatic configuration script chooses the proxy, and it was
// not run, so that no proxy was tried.
func (e evidence) scriptDecides() bool {
	return slices.ContainsFunc(
		e.Of(probe.HostProxy),
		func(o probe.Observation) bool { return facts.Detail[probe.ProxyDetail](o).PAC != "" },
	) &&
		!slices.ContainsFunc(
			e.outwardTries(),
			func(o probe.Observation) bool { return o.Operation == probe.ProxyConnect },
		)
}

// scriptLeads: traffic leaves by a proxy that a script names, which was not tried. It is
// contradicted where no script is set, or a proxy was tried.
func (e evidence) scriptLeads() finding.Rival {
	r := finding.Rival{
		Layer: layer.Proxy, Why: words.Say("inside.script-leads.why"),
		By:   words.Say("inside.script-leads.by"),
		Adds: words.Say("inside.script-leads.adds"),
		Next: words.Say("inside.script-leads.next"),
	}
	if !e.scriptDecides() {
		r.Out = facts.IDs(
			append(
				e.Of(probe.HostProxy),
				facts.Where(
					e.outwardTries(),
					func(o probe.Observation) bool { return o.Operation == probe.ProxyConnect },
				)...)...)
	}
	return r
}

// speaksOtherwise: of a handshake that failed at the certificate, somebody's
// answer came back, so the route is open.
var speaksOtherwise = []probe.Failure{
	probe.TLSUnknownAuthority,
	probe.TLSInvalidHostname,
	probe.TLSInvalid,
	probe.TLSExpired,
}

// egressBlocked: names resolve, nobody outside answers on any host, and something
// inside the VPC answers over the same interface: the interface works, the
// way beyond the VPC does not.
var egressBlocked = rule{
	Code: "egress_blocked", Layer: layer.VPCEgress, Part: wayOutPart, Needs: []probe.Operation{probe.TCPConnect},
	Where: finding.NoPlace[evidence],
	Check: func(e evidence) (finding.Finding, bool) {
		tries := facts.Where(
			e.outwardTries(),
			func(o probe.Observation) bool { return facts.Sent(o) && facts.Direct(o) },
		)
		if len(tries) == 0 || e.reachedOut() || e.proxyAsksAccount() {
			return finding.Finding{}, false
		}
		if resigned := facts.Where(
			tries,
			func(o probe.Observation) bool { return slices.Contains(speaksOtherwise, o.Failure) },
		); len(
			resigned,
		) > 0 {
			return tlsOpened(resigned)
		}
		inside := e.answers()
		f := finding.Finding{
			Severity: finding.SeverityFault,
			Supports: facts.IDs(
				append(facts.Where(tries, func(o probe.Observation) bool { return !facts.IsOK(o) }), inside...)...),
		}
		accepted := slices.ContainsFunc(
			tries,
			func(o probe.Observation) bool { return o.Operation == probe.TCPConnect && facts.IsOK(o) },
		)
		switch {
		case accepted:
			f.Summary = words.Say("cause.egress_blocked.inspected")
		case !slices.ContainsFunc(tries, func(o probe.Observation) bool { kept, _ := e.keptHere(o); return !kept || !e.forbidden(o) }):
			f.Where = here(e, f)
			f.Layer, f.Said, f.Remedy = layer.PrimaryInterface, true, words.Several("inside.forbidden")
			f.Summary = words.Say("cause.egress_blocked.own-routes")
			return f, true
		case !slices.ContainsFunc(tries, func(o probe.Observation) bool { kept, _ := e.keptHere(o); return !kept }):
			f.Layer, f.Said, f.Where = layer.WorkspaceFirewall, true, here(e, f)
			f.Rivals = []finding.Rival{e.routeForbids(layer.PrimaryInterface)}
			f.Summary = words.Say("cause.egress_blocked.own-refuses")
			if slices.ContainsFunc(
				tries,
				func(o probe.Observation) bool { _, outright := e.keptHere(o); return !outright },
			) {
				f.Said = false
				f.Summary = words.Say("cause.egress_blocked.own-drops")
			}
			return f, true
		default:
			f.Summary = words.Say("cause.egress_blocked.nothing")
			if router, met := offender(tries); met {
				f.Summary = words.Say("cause.egress_blocked.router", words.Args{"router": router})
				f.Where = finding.At(finding.OnDevice, router.String())
			}
			if refusedBy(tries) != "" {
				f.Said, f.Rivals = true, []finding.Rival{e.scriptLeads()}
				return f, true
			}
		}
		f.Why = words.Say("cause.egress_blocked.why")
		f.Rivals = []finding.Rival{e.scriptLeads(), e.cutOff(), e.notSent(tries), e.answersDropped()}
		return f, true
	},
}

// answersDropped: this computer's firewall lets the questions out, and not the answers
// in. It is contradicted where answers to its other connections come in.
func (e evidence) answersDropped() finding.Rival {
	return finding.Rival{
		Layer: layer.WorkspaceFirewall, Rare: true,
		Why:  words.Say("inside.answers-dropped.why"),
		By:   words.Say("inside.answers-dropped.by"),
		Next: words.Say("inside.answers-dropped.next"),
		Out: facts.IDs(facts.Where(e.farAnswers(), func(o probe.Observation) bool {
			return o.Operation == probe.TCPConnect || o.Operation == probe.ProxyConnect ||
				strings.Contains(o.Step, "/tcp/")
		})...),
	}
}

// tlsOpened: a certificate that this system does not accept came back from every
// host of AWS. One that a company's inspection made shows who made it.
func tlsOpened(tries []probe.Observation) (finding.Finding, bool) {
	for _, o := range tries {
		if d := facts.Detail[probe.TLSDetail](o); d.Root == probe.RootOther && o.Failure == probe.TLSUnknownAuthority {
			f := finding.Finding{
				Severity: finding.SeverityDegraded,
				Layer:    layer.TLSInspection,
				Supports: facts.IDs(tries...),
				Summary:  words.Say("inside.tls-opened.summary", words.Args{"issuer": strconv.Quote(d.Issuer)}),
				Remedy:   []words.Text{words.Say("inside.tls-opened.remedy")},
			}
			f.Where = (&finding.Where{Kind: finding.OnDevice}).By(d.Issuer)
			if product := facts.InspectorOf(o); product.Where == known.OnComputer && product.Conf != known.Low {
				f.Layer, f.Where = layer.WorkspaceFirewall, (&finding.Where{Kind: finding.OnComputer}).By(
					product.Product,
				)
				f.Summary = words.Say(
					"inside.tls-opened.by-product",
					words.Args{"product": product.Product, "issuer": strconv.Quote(d.Issuer)},
				)
				f.Remedy = []words.Text{words.Say("inside.tls-opened.remedy-2", words.Args{"product": product.Product})}
			}
			return f, true
		}
	}
	return finding.Finding{}, false // a wrong clock, for one, has a rule of its own
}

// offender is the first router that refused by ICMP.
func offender(list []probe.Observation) (router netip.Addr, met bool) {
	for _, o := range list {
		if d := facts.Detail[probe.ConnectDetail](o); d.ICMP != nil && !d.ICMP.OwnHost {
			return d.ICMP.Offender, true
		}
	}
	return netip.Addr{}, false
}

// egressProxyFails: a proxy is set, every conversation through it fails, and
// nothing goes out directly either.
var egressProxyFails = rule{
	Code:  "egress_proxy_fails",
	Layer: layer.VPCEgress,
	Part:  webProxyPart,
	Needs: []probe.Operation{probe.ProxyConnect},
	Where: atProxy,
	Check: func(e evidence) (finding.Finding, bool) {
		failed := facts.Where(e.outwardTries(), func(o probe.Observation) bool {
			return o.Operation == probe.ProxyConnect && facts.Sent(o) && !facts.IsOK(o)
		})
		passed := slices.ContainsFunc(
			e.outwardTries(),
			func(o probe.Observation) bool { return o.Operation == probe.ProxyConnect && facts.IsOK(o) },
		)
		if len(failed) == 0 || passed || e.reachedOut() {
			return finding.Finding{}, false
		}
		d := facts.Detail[probe.ProxyConnectDetail](failed[0])
		f := finding.Finding{Severity: finding.SeverityFault, Supports: facts.IDs(failed...)}
		switch {
		case failed[0].Failure == probe.ProxyAuthRequired && slices.ContainsFunc(d.AuthSchemes, byAccount):
			f.Severity = finding.SeverityDegraded
			f.Summary = words.Say("cause.egress_proxy_fails.windows-login", words.Args{"proxy": d.Proxy})
		case failed[0].Failure == probe.ProxyAuthRequired:
			f.Said = true
			f.Summary = words.Say("cause.egress_proxy_fails.login", words.Args{"proxy": d.Proxy})
		case d.Status > 0:
			f.Said = true
			f.Summary = words.Say("cause.egress_proxy_fails.refuses", words.Args{"proxy": d.Proxy, "status": d.Status})
		case e.isOwnAddress(failed[0].Addr().String()):
			f.Layer, f.Remedy = layer.LocalDevice, words.Several("inside.own-proxy")
			f.Said = failed[0].Failure == probe.ConnectionRefused // by this system itself
			f.Summary = words.Say("cause.egress_proxy_fails.own-silent", words.Args{"proxy": d.Proxy})
			f.Rivals = []finding.Rival{e.notSent(failed)}
		default:
			f.Summary = words.Say("cause.egress_proxy_fails.silent", words.Args{"proxy": d.Proxy})
			f.Rivals = []finding.Rival{e.cutOff(facts.Where(failed, refusedByPeer)...), e.notSent(failed)}
		}
		return f, true
	},
}

// proxyAsksAccount: traffic leaves by a proxy that programs of the user pass.
func (e evidence) proxyAsksAccount() bool {
	return slices.ContainsFunc(e.outwardTries(), func(o probe.Observation) bool {
		return o.Failure == probe.ProxyAuthRequired &&
			slices.ContainsFunc(facts.Detail[probe.ProxyConnectDetail](o).AuthSchemes, byAccount)
	})
}

// byAccount are the ways to log in at a proxy that programs of a user who is
// logged on to a domain take by themselves (RFC 4559).
func byAccount(scheme string) bool {
	return strings.EqualFold(scheme, "Negotiate") || strings.EqualFold(scheme, "NTLM") ||
		strings.EqualFold(scheme, "Kerberos")
}
