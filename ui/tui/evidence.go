package tui

import (
	"encoding/json"
	"strings"

	tea "charm.land/bubbletea/v2"

	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/chart"
	"wsdoctor/ui/details"
	"wsdoctor/ui/labels"
)

// evidence is the list behind the verdict: every finding with what speaks for
// and against it and what rules other layers out, then the layers that remain,
// every observation, and what could not be looked at.
type evidence struct {
	rows   []evidenceRow
	cursor int
	top    int
}

type evidenceRow struct {
	kind    rowKind
	finding int    // index in the report
	id      string // of an observation
	text    string // of a row that stands for no observation
}

type rowKind int

const (
	rowHeading rowKind = iota
	rowFinding
	rowFor
	rowAgainst
	rowRuledOut
	rowRemains
	rowObservation
	rowGap
)

// newEvidence lays the rows out; they are drawn when they are seen.
func (m *Model) newEvidence(r report.Report) evidence {
	var e evidence
	add := func(row evidenceRow) { e.rows = append(e.rows, row) }
	add(evidenceRow{text: m.speak.Say("tui.findings", words.Args{"n": len(r.Findings)})})
	for i, f := range r.Findings {
		add(evidenceRow{kind: rowFinding, finding: i})
		for _, id := range f.Supports {
			add(evidenceRow{kind: rowFor, finding: i, id: id})
		}
		for _, id := range f.Contradicts {
			add(evidenceRow{kind: rowAgainst, finding: i, id: id})
		}
		for _, out := range f.RuledOut {
			add(evidenceRow{kind: rowRuledOut, finding: i, text: m.speak.RuledOut(out)})
		}
	}
	if len(r.Verdict.Suspects) > 0 {
		add(evidenceRow{text: m.speak.Open(r.Verdict)})
		for _, s := range r.Verdict.Suspects {
			add(evidenceRow{kind: rowRemains, text: m.speak.Suspect(s)})
		}
	}
	add(evidenceRow{text: m.speak.Say("ui.observations", words.Args{"n": len(r.Observations)})})
	for _, o := range r.Observations {
		add(evidenceRow{kind: rowObservation, id: o.ID})
	}
	if len(r.Gaps) > 0 {
		add(evidenceRow{text: m.speak.Say("ui.gaps")})
		for _, g := range r.Gaps {
			add(evidenceRow{kind: rowGap, text: g})
		}
	}
	e.cursor = min(1, len(e.rows)-1)
	return e
}

// openList goes to the evidence.
func (m *Model) openList() tea.Cmd {
	if m.shown == nil {
		m.notice = notice{m.speak.Say("tui.notice.no-report"), true}
		return nil
	}
	m.open(screenEvidence)
	return nil
}

// drawEvidence draws the part of the list that is seen.
func (m *Model) drawEvidence(c *canvas) {
	r, e := m.layout.page, &m.rows
	byID := map[string]probe.Observation{}
	for _, o := range m.shown.Observations {
		byID[o.ID] = o
	}
	e.cursor = min(max(e.cursor, 0), len(e.rows)-1)
	e.top = window(e.top, e.cursor, r.h, len(e.rows))
	for i := range min(r.h, len(e.rows)-e.top) {
		at := e.top + i
		y := r.y + i
		if at == e.cursor {
			c.put(r.x, y, r.x+2, "▸", accent|bold)
		}
		m.evidenceRow(c, rect{r.x + 2, y, r.w - 3, 1}, e.rows[at], byID)
		m.spots = append(m.spots, spot{rect{r.x, y, r.w, 1}, at, false})
	}
	bar(c, r, e.top, len(e.rows))
}

func (m *Model) evidenceRow(c *canvas, r rect, row evidenceRow, byID map[string]probe.Observation) {
	end := r.x + r.w
	switch row.kind {
	case rowHeading:
		c.put(r.x, r.y, end, row.text, bold)
	case rowGap:
		c.put(r.x, r.y, end, "– "+row.text, muted)
	case rowRuledOut:
		c.put(c.put(r.x, r.y, end, "    ", muted), r.y, end, row.text, muted)
	case rowRemains:
		c.put(c.put(r.x, r.y, end, chart.StateSuspect.Mark()+" ", doubtful|bold), r.y, end, row.text, plain)
	case rowFinding:
		f := m.shown.Findings[row.finding]
		st := chart.OfSeverity[f.Severity]
		look := drawn[st]
		if f.SuppressedBy != nil {
			look = muted
		}
		x := c.put(r.x, r.y, end, st.Mark()+" ", look|bold)
		x = c.put(x, r.y, end, f.Summary, plain|boldIf(f.SuppressedBy == nil))
		tail := "  " + m.speak.Confidence(f.Confidence)
		if f.SuppressedBy != nil {
			tail = "  " + m.speak.Say("ui.explained-by", words.Args{"code": *f.SuppressedBy})
		}
		c.put(x, r.y, end, tail, muted)
	default:
		lead := map[rowKind]string{rowFor: "    " + padRight(m.speak.Say("tui.for"), 9), rowAgainst: "    " + padRight(m.speak.Say("tui.against"), 9), rowObservation: ""}[row.kind]
		x := c.put(r.x, r.y, end, lead, muted)
		o, known := byID[row.id]
		if !known {
			c.put(x, r.y, end, m.speak.Say("tui.not-in-report", words.Args{"observation": row.id}), muted)
			return
		}
		m.observationRow(c, x, r.y, end, o)
	}
}

// observationRow is one observation on one line, in columns.
func (m *Model) observationRow(c *canvas, x, y, end int, o probe.Observation) {
	st := outcomeLooks[o.Outcome]
	c.put(x, y, end, st.Mark(), drawn[st])
	c.put(x+2, y, min(x+6, end), o.ID, muted)
	c.put(x+7, y, min(x+21, end), string(o.Operation), plain)
	ended := string(o.Outcome)
	if o.Failure != "" {
		ended = string(o.Failure)
	}
	line := o.Target
	if o.Outcome != probe.OK {
		line = ended + "  " + o.Target
	}
	if d := details.Tell(m.speak.Catalogue, o); d != "" {
		line += "  " + d
	}
	c.put(x+22, y, end, strings.TrimSpace(line), plain)
}

// openEvidence opens the row, of which the list may show the beginning only: an
// observation or a gap as it is, a finding with its explanation.
func (m *Model) openEvidence() tea.Cmd {
	if m.rows.cursor >= len(m.rows.rows) || m.shown == nil {
		return nil
	}
	switch row := m.rows.rows[m.rows.cursor]; row.kind {
	case rowFor, rowAgainst, rowObservation:
		if o, known := m.observation(row.id); known {
			m.page = page{title: o.ID + "  " + string(o.Operation), kind: pageObservation, observation: o}
			m.open(screenPage)
		}
	case rowFinding:
		return m.explainEvidence()
	case rowRuledOut:
		m.page = page{title: m.speak.Say("tui.page.ruled-out"), body: row.text}
		m.open(screenPage)
	case rowRemains:
		m.page = page{title: m.speak.Say("tui.page.not-ruled-out"), body: row.text}
		m.open(screenPage)
	case rowGap:
		m.page = page{title: m.speak.Say("tui.page.not-looked-at"), body: row.text}
		m.open(screenPage)
	}
	return nil
}

// explainEvidence explains the row's finding or failure code.
func (m *Model) explainEvidence() tea.Cmd {
	if m.rows.cursor >= len(m.rows.rows) || m.shown == nil {
		return nil
	}
	row := m.rows.rows[m.rows.cursor]
	if row.kind == rowFinding || row.kind == rowFor || row.kind == rowAgainst || row.kind == rowRuledOut {
		f := m.shown.Findings[row.finding]
		return m.explain(f.Code, m.inFull(f, *m.shown), f.Code, string(f.Layer))
	}
	if o, known := m.observation(row.id); known && o.Failure != "" {
		return m.explain(string(o.Failure), "", string(o.Failure))
	}
	m.notice = notice{m.speak.Say("tui.notice.nothing-to-explain"), false}
	return nil
}

// inFull is a finding's sentence, how sure it is, and what it follows from.
func (m *Model) inFull(f report.Finding, r report.Report) string {
	s := f.Summary
	if sure := m.speak.Certainty(f.Confidence); sure != "" {
		s += "\n\n" + m.speak.Say("tui.how-sure", words.Args{"certainty": sure})
	}
	for _, out := range f.RuledOut {
		s += "\n\n" + m.speak.Say("tui.ruled-out", words.Args{"what": m.speak.RuledOut(out)})
	}
	if f.SuppressedBy == nil {
		return s
	}
	for _, cause := range r.Findings {
		if cause.Code == *f.SuppressedBy {
			return s + "\n\n" + m.speak.Say("tui.follows", words.Args{"cause": cause.Summary})
		}
	}
	return s
}

// observationLines is everything that is known of one observation.
func (m *Model) observationLines(o probe.Observation, width int) []line {
	s := &sheet{m: m, width: width}
	st := outcomeLooks[o.Outcome]
	ended := string(o.Outcome)
	if o.Failure != "" {
		ended += ", " + string(o.Failure)
	}
	for _, row := range []struct{ name, value string }{
		{"target", o.Target}, {"address", o.Address}, {"step", o.Step}, {"endpoint", o.Endpoint},
		{"started", m.speak.Say("tui.after-start", words.Args{"time": labels.Milliseconds(o.StartedMS)})}, {"took", labels.Milliseconds(o.ElapsedMS)},
	} {
		if row.value != "" {
			s.para(span{padRight(m.speak.Say("tui.field."+row.name), 10), muted}, row.value, plain)
		}
	}
	s.para(span{padRight(m.speak.Say("tui.field.ended"), 10), muted}, st.Mark()+" "+ended, drawn[st])
	if o.Failure.Known() {
		s.para(span{padRight("", 10), plain}, m.speak.Tell(words.Sentence(words.Failure(o.Failure))), muted)
	}
	if d := details.Tell(m.speak.Catalogue, o); d != "" {
		s.blank()
		s.para(span{}, d, plain)
	}
	s.heading(m.speak.Say("tui.as-recorded"))
	raw, err := json.MarshalIndent(o.Detail, "", "  ")
	if err != nil {
		return s.lines
	}
	for l := range strings.Lines(string(raw)) {
		body := strings.TrimLeft(strings.TrimRight(l, "\n"), " ")
		s.para(span{padRight("", len(l)-len(strings.TrimLeft(l, " "))), plain}, body, muted)
	}
	return s.lines
}
