package desk

import (
	"slices"
	"strings"
	"sync"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// View is a run as it looks from a desk.
type View struct{ e evidence }

// Look prepares a run for the desk's rules.
func Look(f facts.Evidence) View { return View{of(f)} }

// Findings asks every rule, and every way that does not work.
func (v View) Findings() []finding.Finding {
	list := finding.Ask(rules(), v.e, v.e.Observed)
	for _, f := range v.e.ways() { // weighed already: their words need to know
		list = append(list, ruleByCode(f.Code).Complete(v.e, f))
	}
	for i := range list {
		v.e.withinReach(&list[i])
	}
	return list
}

// Suppress marks every finding whose cause was found too. Which programs run is told
// after that: it must not weigh in it; nor must a proxy that was not tried, which may
// excuse a cause and makes nothing of its symptoms.
func (v View) Suppress(findings []finding.Finding) {
	suppress(v.e, findings)
	for i := range findings {
		v.e.nameSoftware(&findings[i])
		v.e.mayPassByProxy(&findings[i])
	}
}

// Looked says whether a layer was tested at all.
func (v View) Looked(id layer.ID) bool { return looked[id] != nil && looked[id](v.e) }

// Cleared says whether a layer was seen to work in a run that is not ok.
func (v View) Cleared(id layer.ID) bool { return cleared(v.e, id) }

// Enough says whether "nothing is wrong" would be more than "not looked".
func (v View) Enough() bool { return enough(v.e) }

// Protocols says of both protocols what can be said.
func (v View) Protocols(findings []finding.Finding) (finding.Protocols, finding.ProtocolsSeen) {
	return protocols(v.e, findings)
}

// Passes says what is to be said where nothing wrong was found.
func (v View) Passes(verdict *finding.Verdict) { passes(v.e, verdict) }

// Gaps tells what could not be looked at.
func (v View) Gaps() []words.Text { return gaps(v.e) }

// evidence is what the desk's rules are asked of: the facts of a run, and what several
// rules ask and one computation tells.
type evidence struct {
	facts.Evidence
	judged *judged
}

func of(f facts.Evidence) evidence {
	e := evidence{Evidence: f, judged: &judged{}}
	e.judged.flows = sync.OnceValue(func() []flow { return e.weighFlows() })
	e.judged.ways = sync.OnceValue(func() []explanation { return e.explanations(e.flows()) })
	return e
}

func gather(in facts.Input) evidence { return of(facts.Gather(in)) }

// judged is what several rules ask and one computation tells.
type judged struct {
	flows func() []flow
	ways  func() []explanation
}

// enough: the broker was asked, and every streaming port of the wanted
// protocols that the plan held. Otherwise "ok" would mean "not looked".
func enough(e evidence) bool {
	if _, asked := e.Web("broker"); !asked {
		return false
	}
	for _, role := range facts.StreamingRoles {
		if !e.Wants(role.Protocol) || len(e.Endpoint(role.Endpoint)) == 0 {
			continue
		}
		if len(facts.StateOf(e.Port(role.Endpoint)).All) == 0 {
			return false
		}
	}
	return streamingPlanned(e)
}

// streamingPlanned: at least one streaming port was part of the plan. A Region
// whose health host is not published has none.
func streamingPlanned(e evidence) bool {
	return slices.ContainsFunc(facts.StreamingRoles, func(r facts.Role) bool {
		return e.Wants(r.Protocol) && len(e.Endpoint(r.Endpoint))+len(e.Endpoint("gateway-"+r.Endpoint)) > 0
	})
}

// webWorks: the broker answered as it should, the way the client asks it.
func webWorks(e evidence) bool {
	w, asked := e.Web("broker")
	return asked && w.OK()
}

// passes: ok means that every wanted protocol was shown alive.
func passes(e evidence, v *finding.Verdict) {
	least, missing := finding.SeenHost, words.Protocols{}
	for _, p := range []struct {
		protocol probe.Protocol
		seen     finding.Seen
	}{{probe.PCoIP, v.ProtocolsSeen.PCoIP}, {probe.DCV, v.ProtocolsSeen.DCV}} {
		if !e.Wants(p.protocol) || !e.planned(p.protocol) {
			continue
		}
		if least = finding.Lesser(least, p.seen); p.seen != finding.SeenHost {
			missing = append(missing, p.protocol)
		}
	}
	switch least {
	case finding.SeenHost:
		v.Status, v.Code = finding.StatusOK, finding.CodeAllPasses
	case finding.SeenLastRouter:
		v.Status, v.Code = finding.StatusOK, finding.CodeAsFarAsSeen
	default:
		v.Status, v.Code = finding.StatusInconclusive, finding.CodeNotShown
		for _, l := range e.unclearedBy() {
			v.Suspects = append(
				v.Suspects,
				finding.Suspect{Layer: l, Confidence: finding.Possible, Why: words.Say("desk.why.nothing-clears")},
			)
		}
		v.NextTest = otherNetwork
	}
	v.Summary = wordPasses(e, v.Code, missing)
}

// planned: ports of a protocol were part of the plan.
func (e evidence) planned(protocol probe.Protocol) bool {
	return slices.ContainsFunc(facts.StreamingRoles, func(r facts.Role) bool {
		return r.Protocol == protocol && len(e.Endpoint(r.Endpoint))+len(e.Endpoint("gateway-"+r.Endpoint)) > 0
	})
}

// looked says which operations test a layer at all. A layer that is not
// in the table cannot be measured from a desk; only findings speak for it.
var looked = map[layer.ID]func(evidence) bool{
	layer.LocalDevice:   func(e evidence) bool { return len(e.Of(probe.HostLinks)) > 0 },
	layer.LocalFirewall: func(e evidence) bool { return anySent(e, probe.TCPConnect, probe.STUNBinding) },
	layer.DNS:           func(e evidence) bool { return anySent(e, probe.DNSQuery) },
	layer.CaptivePortal: func(e evidence) bool {
		return len(e.At("portal-http", probe.HTTPGet))+len(e.At("address-echo", probe.HTTPGet)) > 0
	},
	layer.Proxy:         func(e evidence) bool { return e.Proxied() },
	layer.TLSInspection: func(e evidence) bool { return anySent(e, probe.TLSHandshake) },
	layer.NetworkFirewall: func(e evidence) bool {
		return anySent(e, probe.TCPConnect)
	},
	layer.InternetPath:    func(e evidence) bool { return anySent(e, probe.TCPConnect) },
	layer.IPAccessControl: func(e evidence) bool { return e.AllowedCIDRs != nil && egressKnown(e) },
	layer.AuthGateway: func(e evidence) bool {
		_, asked := e.Web("broker")
		return asked
	},
	layer.StreamingGateway: func(e evidence) bool {
		return len(facts.StateOf(e.Port("pcoip-tcp")).All)+len(facts.StateOf(e.Port("dcv-tcp")).All) > 0
	},
	layer.DirectoryDNS: func(e evidence) bool { return slices.ContainsFunc(e.At("directory-dns", probe.DNSQuery), facts.IsOK) },
}

func anySent(e evidence, ops ...probe.Operation) bool {
	return slices.ContainsFunc(ops, func(op probe.Operation) bool { return slices.ContainsFunc(e.Of(op), facts.Sent) })
}

// cleared says whether a layer was positively seen to work although the run as
// a whole is not ok: only then may it be called ok.
func cleared(e evidence, id layer.ID) bool {
	switch id {
	case layer.LocalDevice:
		return len(e.Control()) > 0
	case layer.DNS:
		return !slices.ContainsFunc(
			e.Of(probe.DNSQuery),
			func(o probe.Observation) bool { return o.Endpoint == "name" && !facts.IsOK(o) },
		)
	case layer.AuthGateway:
		return webWorks(e) && !slices.ContainsFunc(facts.RequiredWeb, func(endpoint string) bool {
			w, asked := e.Web(endpoint)
			return asked && w.OK() && !e.genuine(w) // who signs it again may answer in its place
		})
	case layer.CaptivePortal, layer.TLSInspection, layer.Proxy:
		return webWorks(e)
	case layer.NetworkFirewall, layer.InternetPath:
		return portsPass(e) &&
			!slices.ContainsFunc(
				e.flows(),
				func(f flow) bool { return f.kind == sweep.Forged },
			) // somebody between answers for others
	case layer.StreamingGateway, layer.LocalFirewall:
		return portsPass(e)
	}
	return true
}

// portsPass: every streaming port of the wanted protocols passes over TCP, and
// the broker over HTTPS.
func portsPass(e evidence) bool {
	for _, role := range facts.StreamingRoles {
		if strings.HasSuffix(role.Endpoint, "-tcp") && e.Wants(role.Protocol) &&
			!facts.StateOf(e.Port(role.Endpoint)).Passes() {
			return false
		}
	}
	return webWorks(e)
}

func egressKnown(e evidence) bool {
	_, tcp := e.Egress(probe.TCP)
	_, udp := e.Egress(probe.UDP)
	return len(tcp)+len(udp) > 0
}

func gaps(e evidence) (list []words.Text) {
	add := func(id string, args ...words.Args) { list = append(list, words.Say("gap."+id, args...)) }
	for _, role := range facts.StreamingRoles {
		s := facts.StateOf(e.Port(role.Endpoint))
		if strings.HasSuffix(role.Endpoint, "-udp") && e.Wants(role.Protocol) && s.OnlySilent() {
			add("silent-udp", words.Args{"port": ports(s.All)})
		}
	}
	for _, o := range e.Of(probe.ProxyConnect) {
		if o.Outcome == probe.Skipped && o.Failure == probe.Unsupported {
			add("proxy-kind", words.Args{"error": words.Heard(facts.Detail[probe.ProxyConnectDetail](o).Error)})
			break
		}
	}
	if len(e.Rewritten()) > 0 {
		add("rewritten")
	}
	switch {
	case e.AllowedCIDRs == nil:
		add("no-access-rules")
	case !egressKnown(e):
		add("no-egress")
	}
	add("inside-unseen")
	return list
}
