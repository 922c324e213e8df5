package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// verdict folds findings by the table of the contract, section 4: a fault
// nearest to the user first, then what is odd but unseparated, then what works
// badly, then nothing at all.
func verdict(e Evidence, findings []Finding) Verdict {
	from := e.viewpoint()
	v := Verdict{Remedy: []string{}, Suspects: []Suspect{}}
	v.Protocols, v.ProtocolsSeen = from.protocols(e, findings)
	faults, odd, slow := open(findings, SeverityFault), open(findings, SeveritySuspect), open(findings, SeverityDegraded)
	switch {
	case len(faults) > 0:
		v.decide(StatusFault, faults[0])
		v.suspect(faults[0].Suspects)
	case e.Interrupted && !from.enough(e):
		v.Status, v.Code = StatusInconclusive, codeInterrupted
		v.Summary = "The run was stopped before enough was measured to say anything."
		v.next("Run the check again and let it finish.")
	case len(odd) > 0:
		f := odd[0]
		v.decide(StatusInconclusive, f)
		v.Layer, v.Confidence, v.Owner = nil, "", ""
		for _, f := range odd {
			v.suspect(f.Suspects)
		}
	case !from.enough(e):
		v.Status, v.Code = StatusInconclusive, codeNotMeasured
		v.Summary = "Too little could be measured to say anything."
		v.next("Run the command again with -v and read the list of what could not be observed.")
	case len(slow) > 0:
		v.decide(StatusDegraded, slow[0])
		if slow[0].Undecided {
			v.Layer, v.Owner = nil, "" // several could cost it
		}
		v.suspect(slow[0].Suspects)
	default:
		from.passes(e, &v)
	}
	v.Split()
	if l, known := layer.Get(layer.ManagementInterface); known && e.inside() && v.Layer != nil && *v.Layer == layer.LocalDevice {
		v.Owner = l.Owner // this computer is the WorkSpace
	}
	return v
}

// decide takes over what the deciding finding says.
func (v *Verdict) decide(status Status, f Finding) {
	v.Status, v.Code, v.Summary, v.Confidence = status, f.Code, f.Summary, f.Confidence
	id := f.Layer
	v.Layer = &id
	if l, known := layer.Get(f.Layer); known {
		v.Owner = l.Owner
	}
	if f.Owner != "" {
		v.Owner = f.Owner
	}
	v.Remedy = append([]string{}, f.Remedy...)
	if f.NextTest != "" {
		v.next(f.NextTest)
	}
}

func (v *Verdict) next(test string) { v.NextTest = &test }

// suspect adds suspects, each layer once, the surest first.
func (v *Verdict) suspect(list []Suspect) {
	for _, s := range list {
		if v.Layer != nil && *v.Layer == s.Layer {
			continue
		}
		if !slices.ContainsFunc(v.Suspects, func(have Suspect) bool { return have.Layer == s.Layer }) {
			v.Suspects = append(v.Suspects, s)
		}
	}
	slices.SortStableFunc(v.Suspects, func(a, b Suspect) int { return b.Confidence.Sure() - a.Confidence.Sure() })
}

// Split parts the suspects into what remains of an open answer and the rivals of a
// decided one, which readers of older reports find together.
func (v *Verdict) Split() {
	v.Candidates, v.Rivals = []Suspect{}, []Suspect{}
	if v.Layer == nil {
		v.Candidates = append(v.Candidates, v.Suspects...)
	} else {
		v.Rivals = append(v.Rivals, v.Suspects...)
	}
}

// viewpoint is what a run can see from where it is made.
type viewpoint struct {
	looked    map[layer.ID]func(Evidence) bool // whether a layer was tested at all; one that is not in it cannot be
	cleared   func(Evidence, layer.ID) bool    // whether it was seen to work in a run that is not ok
	enough    func(Evidence) bool              // whether "nothing is wrong" would be more than "not looked"
	protocols func(Evidence, []Finding) (Protocols, ProtocolsSeen)
	passes    func(Evidence, *Verdict) // what to say where nothing wrong was found
	gaps      func(Evidence, func(string))
}

func (e Evidence) inside() bool { return e.Vantage == "workspace" }

func (e Evidence) viewpoint() viewpoint {
	if e.inside() {
		return fromInside()
	}
	return viewpoint{lookedFromDesk, clearedFromDesk, measuredEnough, protocolFold, passesFromDesk, gapsOfDesk}
}

// measuredEnough: the broker was asked, and every streaming port of the wanted
// protocols that the plan held. Otherwise "ok" would mean "not looked".
func measuredEnough(e Evidence) bool {
	if _, asked := e.web("broker"); !asked {
		return false
	}
	for _, role := range StreamingRoles {
		if !e.wants(role.Protocol) || len(e.byEndpoint[role.Endpoint]) == 0 {
			continue
		}
		if len(stateOf(e.port(role.Endpoint)).all) == 0 {
			return false
		}
	}
	return streamingPlanned(e)
}

// streamingPlanned: at least one streaming port was part of the plan. A Region
// whose health host is not published has none.
func streamingPlanned(e Evidence) bool {
	return slices.ContainsFunc(StreamingRoles, func(r Role) bool {
		return e.wants(r.Protocol) && len(e.byEndpoint[r.Endpoint])+len(e.byEndpoint["gateway-"+r.Endpoint]) > 0
	})
}

// webWorks: the broker answered as it should, the way the client asks it.
func webWorks(e Evidence) bool {
	w, asked := e.web("broker")
	return asked && w.ok()
}

// passesFromDesk: ok means that every wanted protocol was shown alive.
func passesFromDesk(e Evidence, v *Verdict) {
	least, missing := SeenHost, []string{}
	for _, p := range []struct {
		protocol string
		seen     Seen
	}{{"pcoip", v.ProtocolsSeen.PCoIP}, {"dcv", v.ProtocolsSeen.DCV}} {
		if !e.wants(p.protocol) || !e.planned(p.protocol) {
			continue
		}
		if least = lesser(least, p.seen); p.seen != SeenHost {
			missing = append(missing, p.protocol)
		}
	}
	switch least {
	case SeenHost:
		v.Status, v.Code = StatusOK, codeAllPasses
	case SeenLastRouter:
		v.Status, v.Code = StatusOK, CodeAsFarAsSeen
	default:
		v.Status, v.Code = StatusInconclusive, codeNotShown
		for _, l := range e.unclearedBy() {
			v.Suspects = append(v.Suspects, Suspect{l, Possible, "Nothing was seen that clears it."})
		}
		v.next(otherNetwork)
	}
	v.Summary = wordPasses(e, v.Code, missing)
}

// planned: ports of a protocol were part of the plan.
func (e Evidence) planned(protocol string) bool {
	return slices.ContainsFunc(StreamingRoles, func(r Role) bool {
		return r.Protocol == protocol && len(e.byEndpoint[r.Endpoint])+len(e.byEndpoint["gateway-"+r.Endpoint]) > 0
	})
}

// milliseconds writes a round trip for people.
func milliseconds(ms float64) string {
	if ms < 10 {
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.0f ms", ms)
}

// layers gives every layer of the contract its state.
func layers(e Evidence, v Verdict, findings []Finding) []LayerState {
	list := make([]LayerState, 0, len(layer.All))
	for _, l := range layer.All {
		s := LayerState{ID: l.ID, Status: LayerNotTested, Findings: []int{}}
		if tested(e, l.ID) {
			s.Status = LayerOK
		}
		suppressed := false
		for i, f := range findings {
			if f.Layer != l.ID {
				continue
			}
			s.Findings = append(s.Findings, i)
			if f.SuppressedBy != nil {
				suppressed = suppressed || f.Severity != SeverityInfo
				continue
			}
			s.Status = worse(s.Status, f.Severity)
		}
		if suppressed && (s.Status == LayerOK || s.Status == LayerNotTested) {
			s.Status = LayerUnknown // only symptoms of something else were seen here
		}
		named := slices.ContainsFunc(v.Suspects, func(c Suspect) bool { return c.Layer == l.ID })
		if named && (s.Status == LayerOK || s.Status == LayerNotTested || s.Status == LayerUnknown) {
			s.Status = LayerSuspect
		}
		if s.Status == LayerOK && v.Status != StatusOK && !e.viewpoint().cleared(e, l.ID) {
			s.Status = LayerUnknown
		}
		if s.Status == LayerOK && l.ID == layer.StreamingGateway && v.Code == CodeAsFarAsSeen { // it never answered
			s.Status = LayerUnknown
		}
		list = append(list, s)
	}
	return list
}

var layerWorse = []LayerStatus{LayerFault, LayerSuspect, LayerDegraded}

func worse(have LayerStatus, severity Severity) LayerStatus {
	want := map[Severity]LayerStatus{SeverityFault: LayerFault, SeveritySuspect: LayerSuspect, SeverityDegraded: LayerDegraded}[severity]
	if want == "" {
		return have
	}
	if i := slices.Index(layerWorse, have); i >= 0 && i <= slices.Index(layerWorse, want) {
		return have
	}
	return want
}

// lookedFromDesk says which operations test a layer at all. A layer that is not
// in the table cannot be measured from a desk; only findings speak for it.
var lookedFromDesk = map[layer.ID]func(Evidence) bool{
	layer.LocalDevice:   func(e Evidence) bool { return len(e.Of(probe.HostLinks)) > 0 },
	layer.LocalFirewall: func(e Evidence) bool { return anySent(e, probe.TCPConnect, probe.STUNBinding) },
	layer.DNS:           func(e Evidence) bool { return anySent(e, probe.DNSQuery) },
	layer.CaptivePortal: func(e Evidence) bool {
		return len(e.At("portal-http", probe.HTTPGet))+len(e.At("address-echo", probe.HTTPGet)) > 0
	},
	layer.Proxy:         func(e Evidence) bool { return e.proxied() },
	layer.TLSInspection: func(e Evidence) bool { return anySent(e, probe.TLSHandshake) },
	layer.NetworkFirewall: func(e Evidence) bool {
		return anySent(e, probe.TCPConnect)
	},
	layer.InternetPath:    func(e Evidence) bool { return anySent(e, probe.TCPConnect) },
	layer.IPAccessControl: func(e Evidence) bool { return e.AllowedCIDRs != nil && egressKnown(e) },
	layer.AuthGateway: func(e Evidence) bool {
		_, asked := e.web("broker")
		return asked
	},
	layer.StreamingGateway: func(e Evidence) bool {
		return len(stateOf(e.port("pcoip-tcp")).all)+len(stateOf(e.port("dcv-tcp")).all) > 0
	},
	layer.DirectoryDNS: func(e Evidence) bool { return slices.ContainsFunc(e.At("directory-dns", probe.DNSQuery), isOK) },
}

func tested(e Evidence, id layer.ID) bool {
	look := e.viewpoint().looked[id]
	return look != nil && look(e)
}

func anySent(e Evidence, ops ...probe.Operation) bool {
	return slices.ContainsFunc(ops, func(op probe.Operation) bool { return slices.ContainsFunc(e.Of(op), sent) })
}

// clearedFromDesk says whether a layer was positively seen to work although the run as
// a whole is not ok: only then may it be called ok.
func clearedFromDesk(e Evidence, id layer.ID) bool {
	switch id {
	case layer.LocalDevice:
		return len(e.control()) > 0
	case layer.DNS:
		return !slices.ContainsFunc(e.Of(probe.DNSQuery), func(o probe.Observation) bool { return o.Endpoint == "name" && !isOK(o) })
	case layer.AuthGateway:
		return webWorks(e) && !slices.ContainsFunc(requiredWeb, func(endpoint string) bool {
			w, asked := e.web(endpoint)
			return asked && w.ok() && !e.genuine(w) // who signs it again may answer in its place
		})
	case layer.CaptivePortal, layer.TLSInspection, layer.Proxy:
		return webWorks(e)
	case layer.NetworkFirewall, layer.InternetPath:
		return portsPass(e) && !slices.ContainsFunc(e.flows(), func(f flow) bool { return f.kind == sweep.Forged }) // somebody between answers for others
	case layer.StreamingGateway, layer.LocalFirewall:
		return portsPass(e)
	}
	return true
}

// portsPass: every streaming port of the wanted protocols passes over TCP, and
// the broker over HTTPS.
func portsPass(e Evidence) bool {
	for _, role := range StreamingRoles {
		if strings.HasSuffix(role.Endpoint, "-tcp") && e.wants(role.Protocol) && !stateOf(e.port(role.Endpoint)).passes() {
			return false
		}
	}
	return webWorks(e)
}

func egressKnown(e Evidence) bool {
	_, tcp := e.egress(probe.TCP)
	_, udp := e.egress(probe.UDP)
	return len(tcp)+len(udp) > 0
}

// unseen says what is missing where a system does not let the program look.
var unseen = []struct {
	op     probe.Operation
	cannot string
}{
	{probe.PathSweep, "Where on the way packets end: this system does not let an ordinary program hear what routers say."},
	{probe.PathMTU, "Which sizes of packets pass: this system does not let the program send packets that may not be divided."},
	{probe.HostCounters, "Whether packets leave this computer at all: this system does not show its interfaces' packet counters."},
}

// gaps says what could not be seen. The probes' own gaps come first; a report
// that is judged again already holds the judgement's, so each is said once.
func gaps(e Evidence) []string {
	list := append([]string{}, e.Gaps...)
	add := func(gap string) {
		if !slices.Contains(list, gap) {
			list = append(list, gap)
		}
	}
	for _, u := range unseen {
		if slices.ContainsFunc(e.Of(u.op), func(o probe.Observation) bool { return o.Outcome == probe.Skipped && o.Failure == probe.Unsupported }) {
			add(u.cannot)
		}
	}
	e.viewpoint().gaps(e, add)
	return list
}

func gapsOfDesk(e Evidence, add func(string)) {
	for _, role := range StreamingRoles {
		s := stateOf(e.port(role.Endpoint))
		if strings.HasSuffix(role.Endpoint, "-udp") && e.wants(role.Protocol) && s.onlySilent() {
			add(role.Title + ": nothing came back. Whether AWS's health hosts answer an unknown datagram is not documented, so silence proves nothing.")
		}
	}
	for _, o := range e.Of(probe.ProxyConnect) {
		if o.Outcome == probe.Skipped && o.Failure == probe.Unsupported {
			add("The web proxy that is set is of a kind that is not tested (https:// and socks5:// proxies); the direct way was looked at instead: " + detail[probe.ProxyConnectDetail](o).Error + ".")
			break
		}
	}
	if len(e.rewritten()) > 0 {
		add("Something on the way rewrites what the address echo or the STUN server says: the address told is not a public one, and does not count.")
	}
	switch {
	case e.AllowedCIDRs == nil:
		add("IP access control: not judged; give the group's rules with --allowed-cidr to compare them with this network's public address.")
	case !egressKnown(e):
		add("IP access control: the public address of this network could not be learnt.")
	}
	add("The inside of the WorkSpace (eth0, its firewall, its services, eth1) cannot be seen from a desk.")
}
