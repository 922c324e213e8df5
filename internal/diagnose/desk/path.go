package desk

import (
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// Round-trip limits in milliseconds, from the admin guide's network
// requirements page.
const (
	pcoipAffected = 100
	pcoipDegraded = 200
	pcoipEnds     = 375
	dcvAffected   = 250
)

// slowPath: the round trip itself. Its rival, a slow local network, would make
// the local resolver slow too; where no near control exists, the finding is
// only possible.
var slowPath = rule{
	Code: "rtt_high", Layer: layer.InternetPath, Needs: []probe.Operation{probe.TCPConnect},
	Where: finding.NoPlace[evidence],
	Check: func(e evidence) (finding.Finding, bool) {
		ms, o, measured := e.WayAndBack()
		f := finding.Finding{Severity: finding.SeverityInfo, Supports: facts.IDs(o)}
		if !measured {
			return f, false
		}
		if e.Wants(probe.PCoIP) && ms > pcoipEnds {
			f.Blocks = append(f.Blocks, probe.PCoIP)
		} else if e.Wants(probe.PCoIP) && ms >= pcoipDegraded {
			f.Degrades = append(f.Degrades, probe.PCoIP)
		}
		if e.Wants(probe.DCV) && ms >= dcvAffected {
			f.Degrades = append(f.Degrades, probe.DCV)
		}
		affected := e.Wants(probe.PCoIP) && ms >= pcoipAffected
		took := words.Args{"rtt": words.Milliseconds(ms), "protocols": words.Protocols(f.Degrades)}
		switch {
		case len(f.Blocks) > 0:
			f.Severity, took["limit"] = finding.SeverityFault, pcoipEnds
			f.Summary = words.Say("cause.rtt_high.ends", took)
		case len(f.Degrades) > 0:
			f.Severity = finding.SeverityDegraded
			f.Summary = words.Say("cause.rtt_high.slow", took)
		case affected:
			took["limit"] = pcoipAffected
			f.Summary = words.Say("cause.rtt_high.felt", took)
		default:
			return f, false
		}
		own := finding.Rival{
			Layer: layer.NetworkFirewall, Rare: true, Why: words.Say("cause.rtt_high.network.why"),
			By: words.Say("cause.rtt_high.network.by"),
		}
		if near, rtt := e.nearControl(); near.ID != "" && rtt < ms/4 {
			own.Out = facts.IDs(near)
			f.Supports = append(f.Supports, near.ID)
		}
		f.Rivals = append(e.vpnRivals("detour"), own)
		return f, true
	},
}

// nearControl is the fastest answer from the local network's resolver.
func (e evidence) nearControl() (probe.Observation, float64) {
	var best probe.Observation
	for _, o := range e.nearResolver() {
		if best.ID == "" || o.ElapsedMS < best.ElapsedMS {
			best = o
		}
	}
	return best, best.ElapsedMS
}

// lossLimit is the share of lost probes above which streaming visibly suffers.
// AWS documents no limit. A probe counts both ways, so 8 % of probes is about
// 4 % of packets, where TCP's throughput and video alike fall apart.
const lossLimit = 0.08

// lossyPath: probes are lost here and there, at targets that do answer. Its
// rival, a blocked port, loses all of one port and none of the others.
var lossyPath = rule{
	Code:     "loss_high",
	Layer:    layer.InternetPath,
	Needs:    []probe.Operation{probe.STUNBinding, probe.TCPConnect},
	Explains: silences,
	Where:    finding.NoPlace[evidence],
	Check: func(e evidence) (finding.Finding, bool) {
		lost, total, list := e.Loss()
		if total == 0 || lowerBound(lost, total) <= lossLimit {
			return finding.Finding{}, false
		}
		f := finding.Finding{
			Severity: finding.SeverityDegraded,
			Supports: facts.IDs(list...),
			Why:      words.Say("cause.loss_high.why"),
		}
		for _, p := range probe.StreamingProtocols() {
			if e.Wants(p) {
				f.Degrades = append(f.Degrades, p)
			}
		}
		f.Summary = words.Say("cause.loss_high.summary", words.Args{"lost": lost, "sent": total})
		f.Rivals = append(
			e.vpnRivals("lose"),
			finding.Rival{Layer: layer.NetworkFirewall, Why: words.Say("cause.loss_high.network.why")},
		)
		if e.Paused() {
			f.Rivals = append(
				f.Rivals,
				finding.Rival{Layer: layer.LocalDevice, Why: words.Say("cause.loss_high.computer.why")},
			)
		}
		f.NextTest = words.Say("cause.loss_high.next")
		if !portsPass(e) || slices.ContainsFunc(e.ClientWebs(), func(w facts.Web) bool {
			return facts.IsSilent(w.Last) && slices.Contains(facts.RequiredWeb, w.Role.Endpoint)
		}) {
			// So much is lost that some connections failed: nothing more can be
			// said of those than that they may have failed for it.
			f.Severity = finding.SeverityFault
			f.Summary = words.Say("cause.loss_high.some-fail", words.Args{"lost": lost, "sent": total})
		}
		return f, true
	},
}

// lossyPort: a streaming port loses a share of its packets where hosts on other
// ports answer every time. Its rival, a line that loses packets, loses them of all
// ports alike.
var lossyPort = rule{
	Code: "port_lossy", Layer: layer.NetworkFirewall, Needs: []probe.Operation{probe.TCPConnect},
	Where: finding.NoPlace[evidence],
	Check: func(e evidence) (finding.Finding, bool) {
		f := finding.Finding{
			Severity: finding.SeverityDegraded,
			NextTest: otherNetwork,
			Why:      words.Say("cause.port_lossy.why"),
			Rivals: []finding.Rival{
				{Layer: layer.InternetPath, Why: words.Say("cause.port_lossy.provider.why")},
				{Layer: layer.StreamingGateway, Rare: true, Why: words.Say("cause.port_lossy.host.why")},
			},
		}
		var list []probe.Observation
		for _, role := range facts.StreamingRoles {
			lost, total, sampled := e.portLoss(role.Endpoint)
			if !e.Wants(role.Protocol) || total == 0 || lowerBound(lost, total) <= lossLimit {
				continue
			}
			list = append(list, sampled...)
			f.Degrades = appendNew(f.Degrades, role.Protocol)
		}
		if lost, total, _ := e.Loss(); len(list) == 0 || total > 0 && lowerBound(lost, total) > lossLimit ||
			e.Paused() {
			return f, false
		}
		f.Supports = facts.IDs(list...)
		f.Summary = words.Say(
			"cause.port_lossy.summary",
			words.Args{"protocols": words.Protocols(f.Degrades), "what": ports(list)},
		)
		return f, true
	},
}

// losesSome: the line or one of its ports loses a share of what is sent, so that a few
// connections that fail say nothing of their host.
func (e evidence) losesSome() bool {
	_, line := lossyPath.Check(e)
	_, port := lossyPort.Check(e)
	return line || port
}

// losesAny: something was lost on the way to a host that does answer, or a host of AWS does
// not answer on the web's port, so that one more that does not may be lost in the same way.
func (e evidence) losesAny() bool {
	if lost, _, _ := e.Loss(); lost > 0 {
		return true
	}
	for _, role := range facts.StreamingRoles {
		if lost, _, _ := e.portLoss(role.Endpoint); lost > 0 {
			return true
		}
	}
	return slices.ContainsFunc(e.ClientWebs(), func(w facts.Web) bool {
		return facts.IsSilent(w.Last) && facts.IsAWS(w.Last.Addr())
	})
}

// portLoss counts what a port's own sample lost, at each address from each port that
// was heard of at all: whether the others are dead or unlucky, nobody can tell. What
// answered before the sample counts too, so that one answer and nothing after it is a
// loss; what was lost before does not, because it is why the sample was made.
func (e evidence) portLoss(role string) (lost, total int, list []probe.Observation) {
	type way struct {
		question probe.Operation
		to       string
		from     string // the port, where it is the client's own
	}
	wayOf := func(o probe.Observation) way {
		w := way{question: o.Operation, to: o.Address}
		if strings.HasPrefix(o.Endpoint, sourcePort) {
			if from, err := netip.ParseAddrPort(facts.Detail[probe.ExchangeDetail](o).Local); err == nil {
				w.from = strconv.Itoa(int(from.Port()))
			}
		}
		return w
	}
	answered := map[way]int{}
	sampled := e.sample(role)
	for _, o := range append(e.asked(role), sampled...) {
		for _, a := range facts.AttemptsOf(o) {
			if a.Outcome == probe.OK {
				answered[wayOf(o)]++
			}
		}
	}
	counted := map[way]bool{}
	for _, o := range sampled {
		w := wayOf(o)
		if answered[w] == 0 {
			continue
		}
		list = append(list, o)
		if !counted[w] {
			counted[w] = true
			total += answered[w]
		}
		for _, a := range facts.AttemptsOf(o) {
			if a.Outcome == probe.Silent {
				lost++
				total++
			}
		}
	}
	return lost, total, list
}

// sourcePort is the endpoint that asks UDP port 4172 from the client's own ports.
const sourcePort = "pcoip-source"

// asked gives what asked a port before it was sampled, and sample what asked it many
// times over.
func (e evidence) asked(role string) []probe.Observation { return e.askedAs(role, "") }

func (e evidence) sample(role string) []probe.Observation { return e.askedAs(role, "-sample") }

func (e evidence) askedAs(role, suffix string) []probe.Observation {
	var list []probe.Observation
	ids := []string{role + suffix, role + "-v6" + suffix}
	if role == "pcoip-udp" {
		ids = append(ids, sourcePort+suffix)
	}
	for _, id := range ids {
		list = append(list, facts.Where(e.Endpoint(id), func(o probe.Observation) bool {
			return facts.OnPort(o) && facts.Sent(o) && (e.OnlyIPv6() || !o.Addr().Is6())
		})...)
	}
	return list
}

// lowerBound is the lower end of Wilson's 99 % interval for lost/total.
func lowerBound(lost, total int) float64 {
	const z = 2.576
	n, p := float64(total), float64(lost)/float64(total)
	centre := p + z*z/(2*n)
	spread := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, (centre-spread)/(1+z*z/n))
}

// ipv6Broken: IPv6 fails while IPv4 works. Clients fall back, so it is only
// worth knowing.
var ipv6Broken = rule{
	Code: "ipv6_broken", Layer: layer.InternetPath, Needs: []probe.Operation{probe.TCPConnect},
	Where: finding.NoPlace[evidence],
	Check: func(e evidence) (finding.Finding, bool) {
		var bad, good []probe.Observation
		for _, o := range e.Of(probe.TCPConnect) {
			if !o.Addr().Is6() || !facts.Sent(o) || e.primary(o) {
				continue
			}
			if facts.IsOK(o) {
				good = append(good, o)
			} else {
				bad = append(bad, o)
			}
		}
		if len(bad) == 0 || len(good) > 0 || len(e.Control()) == 0 {
			return finding.Finding{}, false
		}
		hosts := finding.Rival{
			Layer: layer.AuthGateway,
			Rare:  true,
			Why:   words.Say("cause.ipv6_broken.host.why"),
			By:    words.Say("cause.ipv6_broken.host.by"),
		}
		if slices.ContainsFunc(bad, func(o probe.Observation) bool { return o.Host() != bad[0].Host() }) {
			hosts.Out = facts.IDs(bad...)
		}
		return finding.Finding{
			Severity: finding.SeverityInfo,
			Rivals:   []finding.Rival{hosts},
			Supports: facts.IDs(append(bad, e.Control()[0])...),
			Summary:  words.Say("cause.ipv6_broken.summary"),
		}, true
	},
}

// jitter is the mean difference between successive round trips (RFC 3550's
// idea, without its smoothing) in milliseconds over the largest sample.
func (e evidence) jitter() (float64, bool) {
	var sample []float64
	for _, o := range e.Of(probe.STUNBinding) {
		if d := facts.Detail[probe.ExchangeDetail](o); len(d.RTTMS) > len(sample) {
			sample = d.RTTMS
		}
	}
	if len(sample) < 4 {
		return 0, false
	}
	sum := 0.0
	for i := 1; i < len(sample); i++ {
		sum += math.Abs(sample[i] - sample[i-1])
	}
	return sum / float64(len(sample)-1), true
}

// jitterLimit in milliseconds: AWS documents none; a video frame at 30 per
// second lasts 33 ms, so beyond that frames arrive out of their time.
const jitterLimit = 33

// jitteryPath says that round trips vary widely; never more than degraded-free
// information, because no vendor limit exists.
var jitteryPath = rule{
	Code: "jitter_high", Layer: layer.InternetPath, Needs: []probe.Operation{probe.STUNBinding},
	Where: finding.NoPlace[evidence],
	Check: func(e evidence) (finding.Finding, bool) {
		ms, known := e.jitter()
		if !known || ms < jitterLimit {
			return finding.Finding{}, false
		}
		list := slices.Clone(e.At("stun", probe.STUNBinding))
		return finding.Finding{
			Severity: finding.SeverityInfo,
			Supports: facts.IDs(list...),
			Rivals: []finding.Rival{
				{Layer: layer.NetworkFirewall, Rare: true, Why: words.Say("cause.jitter_high.network.why")},
			},
			Summary: words.Say("cause.jitter_high.summary", words.Args{"ms": words.Milliseconds(ms)}),
		}, true
	},
}
