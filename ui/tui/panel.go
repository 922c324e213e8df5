package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/ui/chart"
	"wsdoctor/ui/labels"
	"wsdoctor/ui/text"
)

// span is text in one style, and line what stands on one line.
type (
	span struct {
		text  string
		style style
	}
	line []span
)

func plainLine(s string, look style) line { return line{{s, look}} }

// sheet collects lines of a width.
type sheet struct {
	m     *Model
	width int
	lines []line
}

// para adds text that is wrapped: the first line after first, the others as far in.
func (s *sheet) para(first span, body string, look style) {
	indent := padRight("", columns(first.text))
	for i, part := range s.m.wrap(body, s.width-columns(first.text)) {
		if i > 0 {
			first = span{indent, plain}
		}
		s.lines = append(s.lines, line{first, {part, look}})
	}
}

func (s *sheet) blank() {
	if n := len(s.lines); n > 0 && s.lines[n-1] != nil {
		s.lines = append(s.lines, nil)
	}
}

func (s *sheet) heading(words string) {
	s.blank()
	s.lines = append(s.lines, plainLine(words, bold))
}

// verdictLines is the verdict: what is wrong, who fixes it, what to do.
func (m *Model) verdictLines(r report.Report, width int) []line {
	s := &sheet{m: m, width: min(width, 100)}
	v := r.Verdict
	st := chart.OfVerdict(v)
	s.para(span{st.Mark() + " ", drawn[st] | bold}, v.Summary, drawn[st]|bold)
	if r.Run.Demo != "" {
		s.para(span{"  ", plain}, m.speak.Say("tui.demo", words.Args{"scenario": r.Run.Demo}), muted)
	}
	if r.Run.Interrupted {
		s.para(span{"  ", plain}, m.speak.Say("ui.stopped"), muted)
	}
	if v.Owner != "" {
		s.field(m.speak.Say("ui.owner"), span{}, v.Owner, bold)
	}
	for i, step := range v.Remedy {
		s.field(only(i == 0, m.speak.Say("ui.remedy")), span{fmt.Sprintf("%d. ", i+1), accent | bold}, step, plain)
	}
	if v.Layer != nil {
		s.field(m.speak.Say("ui.where"), span{}, m.speak.Surely(m.speak.Place(v), v.Confidence), plain)
	}
	for i, l := range m.protocolLines(r) {
		s.field(only(i == 0, m.speak.Say("tui.streaming")), span{}, l, plain)
	}
	if v.NextTest != nil && *v.NextTest != "" {
		s.field(m.speak.Say("ui.next"), span{}, *v.NextTest, plain)
	}
	if v.Status == finding.StatusOK && m.scheme == &chart.DeskScheme && r.Target.Symptom == "" && !m.lacks(Again) {
		s.blank()
		s.para(span{"  ", plain}, m.speak.Say("tui.press-s"), muted)
	}
	for i, x := range v.Suspects {
		head := m.speak.Say("tui.or-it-is")
		if v.Layer == nil {
			head = m.speak.Say("ui.could-be")
		}
		s.field(only(i == 0, head), span{"? ", doubtful}, m.speak.Suspect(x), plain)
	}
	return s.lines
}

func only(is bool, s string) string {
	if is {
		return s
	}
	return ""
}

// fieldWidth is the column of the names of fields, fieldsBeside the least width
// at which they stand beside what they name, and not above it.
const (
	fieldWidth   = 14
	fieldsBeside = 60
)

// field adds a named text; an empty name goes on with the one before.
func (s *sheet) field(name string, lead span, body string, look style) {
	if s.width < fieldsBeside {
		if name != "" {
			s.lines = append(s.lines, plainLine("  "+name, muted))
		}
		name = "  "
	}
	prefix := "  " + padRight(name, max(fieldWidth, columns(name)+1))
	if s.width < fieldsBeside {
		prefix = "    "
	}
	indent := columns(prefix) + columns(lead.text)
	for i, part := range s.m.wrap(body, s.width-indent) {
		if i == 0 {
			s.lines = append(s.lines, line{{prefix, muted}, lead, {part, look}})
			continue
		}
		s.lines = append(s.lines, line{{padRight("", indent), plain}, {part, look}})
	}
}

// protocolLines says how the protocols fare that the run was about: on one line
// where no more than a word or two is said of each.
func (m *Model) protocolLines(r report.Report) (list []string) {
	short := true
	for _, p := range m.speak.Protocols(r) {
		list = append(list, p.Name+" "+p.Says)
		short = short && columns(p.Says) <= columns(m.speak.Say("ui.protocol.degraded"))
	}
	if short {
		return []string{strings.Join(list, "; ")}
	}
	return list
}

// layerLines is the list of layers with their state and what was found.
func (m *Model) layerLines(r report.Report, width int) []line {
	s := &sheet{m: m, width: width}
	var hidden, left []string
	for _, l := range text.NearFirst(r) {
		st := chart.OfLayer[l.Status]
		if st == chart.StateUntested {
			if text.Visible(r, l.ID) {
				left = append(left, m.speak.Title(l.ID))
			} else {
				hidden = append(hidden, m.speak.Title(l.ID))
			}
			continue
		}
		look := drawn[st]
		s.lines = append(
			s.lines,
			line{
				{st.Mark() + " ", look | boldIf(st == chart.StateFault)},
				{m.prose(m.speak.Title(l.ID)), plain | boldIf(st == chart.StateFault)},
				{"  " + m.speak.LayerState(l.Status), look},
			},
		)
		if st == chart.StateOK {
			continue
		}
		for _, i := range l.Findings {
			if i < 0 || i >= len(r.Findings) || r.Findings[i].Summary == r.Verdict.Summary ||
				r.Findings[i].SuppressedBy != nil {
				continue // said already, or only a symptom of what is
			}
			s.para(span{"  ", plain}, r.Findings[i].Summary, muted)
		}
	}
	s.blank()
	if len(left) > 0 {
		s.para(span{"  ", plain}, m.speak.Say("ui.not-tested", words.Args{"layers": m.speak.Listed(left)}), muted)
	}
	if len(hidden) > 0 {
		s.para(span{"  ", plain}, m.speak.Say("ui.not-visible", words.Args{"layers": m.speak.Listed(hidden)}), muted)
	}
	return s.lines
}

// runningLines is what is being tried. A step keeps its line until it is over.
func (m *Model) runningLines(width int) []line {
	s := &sheet{m: m, width: width}
	region := m.run.region
	note := m.speak.Say("tui.trying")
	if width < fieldsBeside {
		note, region = m.speak.Say("tui.trying-short"), "" // the title names the Region
	}
	head := m.speak.Say("tui.checking."+m.scheme.Name, words.Args{"region": region, "known": region != ""})
	s.lines = append(s.lines, plainLine(m.prose(head), bold), plainLine(note, muted))
	for _, x := range m.run.steps {
		if x.n == 0 {
			s.lines = append(s.lines, nil)
			continue
		}
		l := line{{m.prose("  · "), accent}, {m.prose(x.why), plain}}
		if x.n > 1 {
			l = append(l, span{fmt.Sprintf(" (%d)", x.n), muted})
		}
		s.lines = append(s.lines, l)
	}
	return s.lines
}

// runningRows is how many of the things that are tried are seen.
func (m *Model) runningRows() int { return m.layout.panel.h - runningHead }

// runningHead is how many lines stand above them.
const runningHead = 2

// panelLines is what the tab shows.
func (m *Model) panelLines(width int) []line {
	switch {
	case m.tab == tabWatch:
		return m.watchLines(width)
	case m.shown == nil && m.run.on:
		return m.runningLines(width)
	case m.shown == nil:
		return []line{plainLine(m.prose(m.speak.Say("tui.nothing-yet")), muted)}
	case m.tab == tabLayers:
		return m.layerLines(*m.shown, width)
	}
	return m.verdictLines(*m.shown, width)
}

// columns is the width of a text that this package wrote.
func columns(s string) int { return ansi.StringWidth(s) }

// summary is the status line of a run that is over, in parts.
func (m *Model) summary(r report.Report) []string {
	seen := m.speak.Say("ui.observations", words.Args{"n": len(r.Observations)})
	var parts []string
	if m.lacks(Again) {
		at := r.Run.StartedAt.UTC().Format("2006-01-02 15:04 UTC")
		parts = append(parts, m.speak.Say("tui.measured", words.Args{"time": at}))
	}
	parts = append(parts,
		m.speak.Say("ui.taken", words.Args{"observations": seen, "time": labels.Milliseconds(r.Run.DurationMS)}),
	)
	if n := len(r.Gaps); n > 0 {
		parts = append(parts, m.speak.Say("tui.gaps", words.Args{"n": n}))
	}
	return parts
}
