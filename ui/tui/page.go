package tui

import (
	"regexp"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
	"wsdoctor/ui/chart"
)

// page is text that scrolls: an explanation, the help, or one observation.
type page struct {
	title       string
	kind        pageKind
	body        string
	observation probe.Observation
}

type pageKind int

const (
	pageText pageKind = iota
	pageHelp
	pageObservation
)

// explained shows what a topic means.
func (m *Model) explained(msg explainedMsg) {
	m.page = page{title: msg.title, body: msg.body}
	if m.screen != screenPage {
		m.open(screenPage)
	}
	m.scroll = 0
}

// explainVerdict explains what decided; where nothing is wrong, the box that is
// selected, or everything that was looked at.
func (m *Model) explainVerdict() tea.Cmd {
	if m.shown == nil || m.shown.Verdict.Layer == nil && m.selected >= 0 {
		return m.explainBox()
	}
	v := m.shown.Verdict
	topics := []string{v.Code}
	if v.Layer != nil {
		topics = append(topics, string(*v.Layer))
	}
	for _, s := range v.Suspects {
		topics = append(topics, string(s.Layer))
	}
	if v.Layer == nil && len(v.Suspects) == 0 {
		for _, l := range m.shown.Layers {
			if chart.OfLayer[l.Status] == chart.StateOK {
				topics = append(topics, string(l.ID))
			}
		}
	}
	return m.explain(m.speak.Say("tui.page.verdict"), "", topics...)
}

// explainBox explains the layers of the selected box, the gravest first.
func (m *Model) explainBox() tea.Cmd {
	if m.selected < 0 {
		m.notice = notice{m.speak.Say("tui.notice.pick"), false}
		return nil
	}
	n := m.scheme.Nodes[m.selected]
	list := slices.Clone(n.Layers)
	if m.shown != nil {
		grave := func(id layer.ID) chart.State {
			for _, l := range m.shown.Layers {
				if l.ID == id {
					return chart.OfLayer[l.Status]
				}
			}
			return chart.StateUntested
		}
		slices.SortStableFunc(list, func(a, b layer.ID) int { return int(grave(b) - grave(a)) })
	}
	var topics []string
	for _, id := range list {
		topics = append(topics, string(id))
	}
	if n.About != "" {
		topics = append(topics, n.About)
	}
	return m.explain(m.boxTitle(n), "", topics...)
}

// help shows every key of the screen the user is on.
func (m *Model) help() tea.Cmd {
	m.page = page{title: m.speak.Say("tui.page.help"), kind: pageHelp}
	m.open(screenPage)
	return nil
}

// helpLines lists the keys of the screen that help was asked on, and the marks.
func (m *Model) helpLines(width int) []line {
	s := &sheet{m: m, width: width}
	on := screenMap
	if n := len(m.back); n > 0 {
		on = m.back[n-1].screen
	}
	s.lines = append(s.lines, plainLine(m.speak.Say("tui.help.keys"), bold))
	for _, a := range m.actions(on, m.report != nil) {
		h := a.Help()
		s.para(span{"  " + padRight(m.prose(h.Key), 11), accent}, h.Desc, plain)
	}
	if on == screenArchitecture {
		s.heading(m.speak.Say("tui.help.on-drawing"))
		s.para(span{"  ", plain}, m.speak.Say("tui.help.drawing"), plain)
	} else {
		m.helpMarks(s)
	}
	s.heading(m.speak.Say("tui.help.mouse"))
	s.para(span{"  ", plain}, m.speak.Say("tui.help.wheel"), plain)
	s.heading(m.speak.Say("tui.help.elsewhere"))
	s.para(span{"  ", plain}, m.speak.Say("tui.help.plain"), plain)
	return s.lines
}

// helpMarks says what the marks of the map mean.
func (m *Model) helpMarks(s *sheet) {
	s.heading(m.speak.Say("tui.help.map"))
	for _, st := range []chart.State{chart.StateOK, chart.StateLimited, chart.StateSuspect, chart.StateFault, chart.StateUnclear, chart.StateWaiting} {
		s.para(
			span{"  " + padRight(m.prose(st.Mark()), 11), drawn[st] | bold},
			m.stateHelp(st),
			plain,
		)
	}
	s.para(span{"  " + padRight(m.prose("╌╌╌"), 11), muted}, m.speak.Say("tui.help.unseen"), plain)
}

// stateHelp says what a mark of the map means.
func (m *Model) stateHelp(st chart.State) string {
	if own := "tui.state-help." + m.scheme.Name + "." + st.Called(); m.speak.Has(own) {
		return m.speak.Say(own)
	}
	return m.speak.Say("tui.state-help." + st.Called())
}

// pageLines is the page's text for a width.
func (m *Model) pageLines(width int) []line {
	width = min(width, 100)
	switch m.page.kind {
	case pageHelp:
		return m.helpLines(width)
	case pageObservation:
		return m.observationLines(m.page.observation, width)
	}
	var lines []line
	for _, body := range paragraphs(m.page.body) {
		text := strings.TrimLeft(body, " ")
		indent := len(body) - len(text)
		if text == "" {
			lines = append(lines, nil)
			continue
		}
		first := padRight("", indent)
		if head := numbered.FindString(text); head != "" {
			first, text = first+head, text[len(head):]
		}
		s := &sheet{m: m, width: width}
		s.para(span{first, plain}, text, plain)
		lines = append(lines, s.lines...)
	}
	return lines
}

var numbered = regexp.MustCompile(`^[0-9]+\. `)

// explainWidth is where the explanations break their lines.
const explainWidth = 78

// paragraphs undoes the line breaks of a text that was made for explainWidth
// columns: those before words that had no room left.
func paragraphs(s string) (list []string) {
	before := ""
	for raw := range strings.Lines(s) {
		l := strings.TrimRight(raw, " \n")
		word, _, _ := strings.Cut(strings.TrimLeft(l, " "), " ")
		if before != "" && word != "" && !numbered.MatchString(word+" ") &&
			columns(before)+1+columns(word) > explainWidth {
			list[len(list)-1] += " " + strings.TrimLeft(l, " ")
		} else {
			list = append(list, l)
		}
		before = l
	}
	return list
}
