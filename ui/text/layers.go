package text

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/probe"
)

// stateWords are the layer states in a word. They stand beside names such as
// "HTTPS inspection", which had better not "work".
var stateWords = map[diagnose.LayerStatus]string{
	diagnose.LayerOK:       "ok",
	diagnose.LayerDegraded: "limited",
	diagnose.LayerFault:    "fault",
	diagnose.LayerSuspect:  "suspect",
	diagnose.LayerUnknown:  "unclear",
}

// tableWidth is the least width at which a layer fits on one line.
const tableWidth = 64

// fromInside says whether a report is of a run inside a WorkSpace.
func fromInside(r report.Report) bool { return r.Run.Vantage == "workspace" }

// NearFirst gives the layers in the order a reader looks for them: from the user
// outward, or, of a run inside, those of the WorkSpace first.
func NearFirst(r report.Report) []diagnose.LayerState {
	if !fromInside(r) {
		return r.Layers
	}
	list := slices.Clone(r.Layers)
	slices.SortStableFunc(list, func(a, b diagnose.LayerState) int { return place(a) - place(b) })
	return list
}

func place(s diagnose.LayerState) int {
	if l, known := layer.Get(s.ID); known && l.Inside() {
		return 0
	}
	return 1
}

// layers prints the table of layers. Those that were not tested share a line.
func (p *page) layers(r report.Report) {
	if fromInside(r) {
		p.heading("Layer by layer, from inside the WorkSpace")
	} else {
		p.heading("Layer by layer")
	}
	r.Layers = NearFirst(r)
	widest := 0
	for _, l := range r.Layers {
		if l.Status != diagnose.LayerNotTested {
			widest = max(widest, ansi.StringWidth(title(l.ID)))
		}
	}
	for _, l := range r.Layers {
		if l.Status == diagnose.LayerNotTested {
			continue
		}
		t := layerTokens[l.Status]
		name, state, found := title(l.ID), stateWords[l.Status], inShort(r, l)
		if p.o.Width < tableWidth || widest > p.o.Width/2 {
			p.para("  "+p.mark(t)+" ", "    ", name+": "+state, p.style(t))
			if found != "" {
				p.para("    ", "    ", found, nil)
			}
			continue
		}
		head := name + spaces(widest-ansi.StringWidth(name)) + "  " + state + spaces(len("suspect")-len(state)) + "  "
		if s := p.style(t); s != nil {
			p.row(p.mark(t), head, found, s.Render)
		} else {
			p.row(p.mark(t), head, found, func(s ...string) string { return strings.Join(s, "") })
		}
	}
	p.notTested(r)
}

// row prints one layer on a wide page, its head in the state's colour.
func (p *page) row(mark, head, found string, paint func(...string) string) {
	lead := p.plain("  " + mark + " " + head)
	column := ansi.StringWidth(lead)
	for i, line := range wrap(p.plain(found), p.o.Width-column) {
		if i > 0 {
			p.out.WriteString(strings.TrimRight(spaces(column)+line, " ") + "\n")
			continue
		}
		if line == "" {
			lead = strings.TrimRight(lead, " ")
		}
		body := strings.TrimLeft(lead, " ")
		end := len(strings.TrimRight(body, " "))
		p.out.WriteString("  " + paint(body[:end]) + body[end:] + line + "\n")
	}
}

// inShort is the one finding that a layer's line shows.
func inShort(r report.Report, l diagnose.LayerState) string {
	best, rank := "", -1
	order := []diagnose.Severity{diagnose.SeverityInfo, diagnose.SeveritySuspect, diagnose.SeverityDegraded, diagnose.SeverityFault}
	for _, i := range l.Findings {
		if i < 0 || i >= len(r.Findings) {
			continue
		}
		f := r.Findings[i]
		n := slices.Index(order, f.Severity) + 1
		summary := f.Summary
		switch {
		case f.SuppressedBy != nil && *f.SuppressedBy == r.Verdict.Code:
			n, summary = 0, "Explained by what is found above."
		case f.SuppressedBy != nil:
			n, summary = 0, "Explained by another finding."
		case f.Summary == r.Verdict.Summary:
			summary = "See above."
		}
		if n > rank {
			best, rank = summary, n
		}
	}
	return best
}

// Visible says whether a layer can be seen at all from where a report's run was
// made.
func Visible(r report.Report, id layer.ID) bool {
	known, is := layer.Get(id)
	if fromInside(r) {
		return !is || known.Inside()
	}
	return !is || known.Desk
}

// notTested folds the layers nobody looked at, those that cannot be seen from
// where the run was made apart from those it left out.
func (p *page) notTested(r report.Report) {
	var hidden, left []string
	for _, l := range r.Layers {
		if l.Status != diagnose.LayerNotTested {
			continue
		}
		if Visible(r, l.ID) {
			left = append(left, title(l.ID))
		} else {
			hidden = append(hidden, title(l.ID))
		}
	}
	if len(left) > 0 {
		p.para("  ", "    ", "Not tested: "+strings.Join(left, ", ")+".", p.style(tokenMuted))
	}
	if len(hidden) > 0 {
		p.para("  ", "    ", "Not visible from here: "+strings.Join(hidden, ", ")+".", p.style(tokenMuted))
	}
}

// protocolWords are the protocol states in words.
var protocolWords = map[diagnose.ProtocolState]string{
	diagnose.ProtocolOK:       "works",
	diagnose.ProtocolDegraded: "works, with limits",
	diagnose.ProtocolBlocked:  "blocked",
	diagnose.ProtocolUnknown:  "not known",
}

// protocols prints a line for each protocol the run was about.
func (p *page) protocols(r report.Report) {
	if r.Target.Protocol != "dcv" {
		p.label("PCoIP", protocolWords[r.Verdict.Protocols.PCoIP])
	}
	if r.Target.Protocol != "pcoip" {
		words := protocolWords[r.Verdict.Protocols.DCV]
		if r.Verdict.Protocols.DCV == diagnose.ProtocolDegraded && tcpOnly(r) {
			words = "works over TCP only"
		}
		p.label("DCV", words)
	}
}

// dcvPort is DCV's port, by UDP where it can and by TCP where it must.
const dcvPort = 4195

// tcpOnly says that the report itself holds UDP's failure against DCV: an open
// finding rests on an unanswered UDP probe of the port, and TCP was answered.
func tcpOnly(r report.Report) bool {
	udpFailed, tcpWorks := map[string]bool{}, false
	for _, o := range r.Observations {
		if o.Port() != dcvPort {
			continue
		}
		tcpWorks = tcpWorks || o.Transport() == probe.TCP && o.Outcome == probe.OK
		udpFailed[o.ID] = o.Transport() == probe.UDP && (o.Outcome == probe.Failed || o.Outcome == probe.Silent)
	}
	return tcpWorks && slices.ContainsFunc(r.Findings, func(f diagnose.Finding) bool {
		return f.SuppressedBy == nil && f.Severity == diagnose.SeverityDegraded && slices.ContainsFunc(f.Supports, func(id string) bool { return udpFailed[id] })
	})
}
