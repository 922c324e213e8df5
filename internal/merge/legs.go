package merge

import (
	"slices"
	"strconv"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// legRow is what one leg is made of.
type legRow struct {
	id     LegID
	end    End        // that measures it; Neither for the leg between
	layers []layer.ID // whose findings are about it
	must   []layer.ID // of them, those that have to be seen to work before the leg is called ok
}

// legRows are the legs from the user outward; the second is the one between.
// Every layer is in one of them.
var legRows = []legRow{
	{
		DeskGateway,
		Desk,
		[]layer.ID{
			layer.LocalDevice,
			layer.LocalFirewall,
			layer.DNS,
			layer.CaptivePortal,
			layer.Proxy,
			layer.TLSInspection,
			layer.NetworkFirewall,
			layer.InternetPath,
			layer.IPAccessControl,
			layer.AuthGateway,
			layer.StreamingGateway,
		},
		[]layer.ID{layer.NetworkFirewall, layer.AuthGateway, layer.StreamingGateway},
	},
	{GatewayEth0, Neither, []layer.ID{layer.ManagementInterface}, nil},
	{InsideLeg, Inside,
		[]layer.ID{layer.WorkspaceFirewall, layer.StreamingHost, layer.PrimaryInterface},
		[]layer.ID{layer.WorkspaceFirewall, layer.StreamingHost}},
	{Directory, Inside,
		[]layer.ID{layer.Directory, layer.DirectoryDNS, layer.VPCEgress},
		[]layer.ID{layer.DirectoryDNS}},
}

// settings is the leg of the account, which is no part of the way: whatever layer its
// findings are about, they are about a setting there.
var settings = legRow{AccountLeg, Account, InSettings, InSettings}

// leg begins one.
func (p joint) leg(row legRow) Leg {
	return Leg{ID: row.id, Title: p.tell(words.Say("merge.leg." + string(row.id))), Unseen: []string{}}
}

// legs gives every leg its state.
func (p joint) legs(v report.Verdict) []Leg {
	list := make([]Leg, 0, len(legRows))
	for _, row := range legRows {
		l := p.leg(row)
		if row.end == Neither {
			continue // after its neighbours
		}
		p.measuredLeg(row, v, &l)
		list = append(list, l)
	}
	middle := p.between(list[0], list[1])
	adds := p.pointed(legRows[1], &middle)
	if passes(list[0]) {
		adds = words.Say("merge.near-end").Then(adds)
	}
	middle.Adds = p.tell(adds)
	list = slices.Insert(list, 1, middle)
	if p.account.end != Neither {
		l := p.leg(settings)
		p.measuredLeg(settings, v, &l)
		list = append(list, l)
	}
	return list
}

// of says whether a finding of an end is about the leg. What the inside says of
// a layer of the desk is about the WorkSpace itself.
func (row legRow) of(end End, f report.Finding) bool {
	if end == Account || row.end == Account {
		return end == row.end
	}
	if l, known := layer.Get(f.Layer); known && end == Inside && !l.Inside() {
		return row.id == InsideLeg
	}
	return slices.Contains(row.layers, f.Layer)
}

// worst finds the finding that decides a leg, and whose it is.
func (p joint) worst(row legRow, of func(view) []report.Finding) (found, bool) {
	for _, keep := range []func(report.Finding) bool{firm, weak} {
		for _, f := range p.nearest(of, keep) {
			if row.of(f.end, f.Finding) {
				return f, true
			}
		}
	}
	return found{}, false
}

// levels are the states that findings give a leg, the worst first.
var levels = []struct {
	of     func(view) []report.Finding
	status LegStatus
}{{faultsOf, LegFault}, {oddOf, LegInconclusive}, {slowOf, LegDegraded}}

func (p joint) measuredLeg(row legRow, v report.Verdict, l *Leg) {
	for _, level := range levels {
		if f, is := p.worst(row, level.of); is {
			l.Status, l.ProvedBy, l.Says = level.status, f.end, f.Summary
			break
		}
	}
	seen, unseen := p.must(row)
	l.Unseen = append(l.Unseen, p.notSeen(row, l.Status == "")...)
	switch {
	case l.Status != "":
	case v.Status == finding.StatusFault && v.Confidence == finding.Possible && slices.Contains(row.layers, *v.Layer):
		l.Status, l.ProvedBy, l.Says = LegInconclusive, row.end, p.tell(
			words.Say("merge.elimination", words.Args{"layer": title(*v.Layer)}),
		)
	case v.Status == finding.StatusInconclusive && len(p.suspected(row, v)) > 0:
		l.Status, l.ProvedBy, l.Says = LegInconclusive, row.end, p.tell(
			words.Say("merge.odd", words.Args{"layers": titles(p.suspected(row, v))}),
		)
	case len(seen) == 0:
		l.Status, l.Says = LegNotSeen, p.tell(words.Say("merge.not-seen"))
	case len(unseen) > 0:
		l.Status, l.ProvedBy, l.Says = LegInconclusive, row.end, p.tell(
			words.Say("merge.seen-passes", words.Args{"layers": titles(seen)}),
		)
	default:
		l.Status, l.ProvedBy, l.Says = LegOK, row.end, p.tell(words.Say("merge.passes."+string(row.id)))
	}
	l.Adds = p.tell(p.adds(row, l))
}

// suspected are the leg's layers among a verdict's suspects that the end which
// sees them suspects too.
func (p joint) suspected(row legRow, v report.Verdict) (list []report.Suspect) {
	for _, s := range v.Suspects {
		if slices.Contains(row.layers, s.Layer) && p.of(row.end).state(s.Layer) == finding.LayerSuspect {
			list = append(list, s)
		}
	}
	return list
}

// must says which of the layers that a leg depends on were seen to work. What
// the client shows never changes what was measured: the elimination begins with
// "everything passes".
func (p joint) must(row legRow) (seen, unseen []report.Suspect) {
	for _, id := range row.must {
		s := p.of(row.end).state(id)
		passes := s == finding.LayerOK || s == finding.LayerDegraded || row.end == Desk && p.desk.symptom != nil ||
			row.end == Account && p.cleared(id)
		if passes {
			seen = append(seen, report.Suspect{Layer: id})
		} else {
			unseen = append(unseen, report.Suspect{Layer: id})
		}
	}
	return seen, unseen
}

// unseenBy lists what an end's legs depend on and it could not look at.
func (p joint) unseenBy(w view) []report.Suspect {
	var list []report.Suspect
	for _, row := range legRows {
		if row.end == w.end {
			_, unseen := p.must(row)
			list = append(list, unseen...)
		}
	}
	return list
}

// unseenWords say what is not seen where a layer's title would not.
var unseenWords = map[layer.ID]string{layer.Directory: "merge.unseen.assignment"}

// notSeen lists the layers of a leg that nobody looked at and, where no finding
// speaks for the leg, those on which the look settled nothing. No web proxy is
// looked at where none is set.
func (p joint) notSeen(row legRow, open bool) []string {
	var list []string
	for _, id := range row.layers {
		l, _ := layer.Get(id)
		end := Desk
		if l.Inside() {
			end = Inside
		}
		if row.end == Account || p.account.clears(id) {
			end = Account
		}
		s := p.of(end).state(id)
		unsettled := open && s == finding.LayerUnknown && slices.Contains(row.must, id)
		if id == layer.Proxy || s != finding.LayerNotTested && !unsettled {
			continue
		}
		what := title(id)
		if special := unseenWords[id]; special != "" {
			what = words.Say(special)
		}
		list = append(list, p.tell(what))
	}
	return list
}

// adds says what the end that does not measure a leg knows of it.
func (p joint) adds(row legRow, l *Leg) (all words.Text) {
	if _, connected := p.arrivals(); connected && row.id == DeskGateway {
		all = words.Say("merge.aws-connected")
	}
	for _, f := range p.desk.overruled {
		if slices.Contains(row.layers, f.Layer) {
			all = all.Then(words.Say("merge.overruled", words.Args{"finding": f.Summary}))
		}
	}
	return all.Then(p.pointed(row, l))
}

// pointed says what the client's words have to do with a leg that the desk does
// not measure.
func (p joint) pointed(row legRow, l *Leg) words.Text {
	if row.end == Desk ||
		!slices.ContainsFunc(
			p.eliminated(),
			func(s report.Suspect) bool { return slices.Contains(row.layers, s.Layer) },
		) {
		return words.Text{}
	}
	shows := words.Args{"symptom": p.desk.report.Target.Symptom}
	switch l.Status {
	case LegFault:
		return words.Say("merge.points-here-confirmed", shows)
	case LegOK:
		return words.Say("merge.points-here-contradicted", shows)
	}
	return words.Say("merge.points-here", shows)
}

// between is the leg that no end measures. Its far end, eth0, is measured.
func (p joint) between(desk, inside Leg) Leg {
	row := legRows[1]
	l := p.leg(row)
	for _, level := range levels {
		if f, is := p.worst(row, level.of); is {
			l.Status, l.ProvedBy, l.Says = level.status, f.end, f.Summary
			return l
		}
	}
	if port, connected := p.arrivals(); connected {
		l.Status, l.ProvedBy, l.Inferred = LegOK, Inside, true
		l.Says = p.tell(words.Say("merge.connection", words.Args{"port": port}))
		if port == managementOnly {
			l.Unseen = append(l.Unseen, p.tell(words.Say("merge.unseen.streams")))
		}
		return l
	}
	l.Status, l.Says = LegNotSeen, p.tell(words.Say("merge.not-seen"))
	if passes(desk) && passes(inside) && p.inside.state(layer.ManagementInterface) == finding.LayerOK {
		l.Says = p.tell(words.Say("merge.not-seen-between"))
	}
	l.Unseen = append(l.Unseen, p.tell(words.Say("merge.unseen.between")))
	return l
}

func passes(l Leg) bool { return l.Status == LegOK || l.Status == LegDegraded }

// managementOnly is how arrivals writes the port where AWS's management reaches every
// WorkSpace: the network between passes, and of the streaming ports nothing is known.
var managementOnly = strconv.Itoa(int(probe.Eth0Agent.First))

// streams are the TCP ports of eth0 that carry a session: all but the management's.
func streams(port uint16) bool {
	return slices.ContainsFunc(probe.Eth0Ports, func(r probe.PortRange) bool {
		return r != probe.Eth0Agent && r.Holds(probe.TCP, port)
	})
}

// arrivals finds an established connection from the management network to one of
// eth0's ports, one that streams if there is one. It shows that the network
// between them passes.
func (p joint) arrivals() (port string, connected bool) {
	var eth0 []probe.ManagedInterface
	var open []probe.Connection
	for _, o := range p.inside.report.Observations {
		switch d := o.Detail.(type) {
		case probe.ManagementDetail:
			eth0 = append(eth0, d.Interfaces...)
		case probe.ListenersDetail:
			open = append(open, d.Connections...)
		}
	}
	for _, c := range open {
		to := c.Local.Port()
		arrived := slices.ContainsFunc(eth0, func(i probe.ManagedInterface) bool {
			return i.Address.Addr() == c.Local.Addr().Unmap() && i.Range.IsValid() &&
				i.Range.Contains(c.Remote.Addr().Unmap()) &&
				c.Remote.Addr().Unmap() != i.Address.Addr()
		})
		switch {
		case arrived && streams(to):
			return strconv.Itoa(int(to)), true
		case arrived && to == probe.Eth0Agent.First:
			port, connected = managementOnly, true
		}
	}
	return port, connected
}

// says: a gap says what a message says, in whatever language.
func says(gap, id string) bool {
	return slices.ContainsFunc(words.Languages(), func(name string) bool {
		c, _ := words.In(name)
		return gap == c.Tell(words.Say(id))
	})
}

// blindSpots are gaps of one end that the report of another fills.
var blindSpots = map[End]string{Inside: "gap.inside-unseen"}

// gaps joins what could not be observed, and says at which end.
func (p joint) gaps(in reports) []string {
	list := []string{}
	for _, end := range in.ends() {
		for _, g := range in[end].Gaps {
			line := p.tell(words.Say("merge.gap", words.Args{"end": string(end), "gap": words.Heard(g)}))
			if report.IsRedactionGap(g) {
				line = p.tell(words.Heard(g))
			}
			filled := in.comparedByDesk(g)
			for by, id := range blindSpots {
				filled = filled || p.of(by).end != Neither && says(g, id)
			}
			if !filled && !slices.Contains(list, line) {
				list = append(list, line)
			}
		}
	}
	if p.desk.elsewhere {
		list = append(list, p.tell(words.Say("merge.gap-region")))
	}
	if far := in.apart(); far > MostApart {
		list = append(list, p.tell(words.Say("merge.gap-age", words.Args{"hours": hours(far)})))
	}
	return list
}
