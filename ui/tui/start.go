package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/chart"
	"wsdoctor/ui/labels"
)

// start is the first screen: a line that takes a registration code or filters
// the Regions, and their list with the round trips as they arrive.
type start struct {
	text   string
	cursor int // row of the filtered list; -1 for none
	top    int // first row that is drawn
	rows   []Region
	rtts   map[string]float64 // ms; 0: asked and no answer
	over   bool
	cancel context.CancelFunc
	box    *inbox
	chosen Choice // what the symptoms are asked for
}

// longestInput is longer than any registration code.
const longestInput = 120

// typed adds what was typed or pasted.
func (m *Model) typed(s string) {
	clean := probe.Clean(s, longestInput)
	if clean == "" && s != "" && strings.Trim(s, " ") == "" {
		clean = " " // alone, as between the words of a place
	}
	m.start.text = cut(m.start.text+clean, longestInput)
	m.filter()
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// erase takes the last character back.
func (m *Model) erase() {
	if r := []rune(m.start.text); len(r) > 0 {
		m.start.text = string(r[:len(r)-1])
	}
	m.filter()
}

// filter picks the Regions that the text names. The order is always the same,
// so that nothing moves while round trips arrive.
func (m *Model) filter() {
	s := &m.start
	s.cursor, s.top = 0, 0
	s.rows = s.rows[:0]
	want := strings.ToLower(strings.TrimSpace(s.text))
	for _, r := range m.deps.Regions {
		all := strings.ToLower(r.ID + " " + r.Name + " " + strings.Join(r.Words, " "))
		if strings.Contains(all, want) {
			s.rows = append(s.rows, r)
		}
	}
	if want == "" && len(s.rows) != 1 { // the first of all is nobody's choice
		s.cursor = slices.IndexFunc(
			s.rows,
			func(r Region) bool { return m.shown != nil && r.ID == m.shown.Target.Region },
		)
	}
}

// pinged takes round trips in.
func (m *Model) pinged(msg pingsMsg) tea.Cmd {
	if msg.box != m.start.box {
		return nil // of a measurement that was given up
	}
	if m.start.rtts == nil {
		m.start.rtts = map[string]float64{}
	}
	for _, p := range msg.list {
		m.start.rtts[p.Region] = p.RTTMS
	}
	if m.start.over = msg.over; msg.over {
		return nil
	}
	return listenPings(m.start.box)
}

// nearest is the Region with the shortest round trip so far, "" for none.
func (m *Model) nearest() (id string) {
	for _, r := range m.deps.Regions {
		if ms := m.start.rtts[r.ID]; ms > 0 && (id == "" || ms < m.start.rtts[id]) {
			id = r.ID
		}
	}
	return id
}

// chooseNearest moves to the nearest Region.
func (m *Model) chooseNearest() {
	if i := slices.IndexFunc(m.start.rows, func(r Region) bool { return r.ID == m.nearest() }); i >= 0 {
		m.start.cursor = i
	}
}

// registration says whether the text is a registration code, and of which Region.
func (m *Model) registration() (region string, is bool) {
	if m.start.text == "" || m.deps.ParseRegistration == nil {
		return "", false
	}
	region, err := m.deps.ParseRegistration(strings.TrimSpace(m.start.text))
	return region, err == nil
}

// chooseStart takes the code or the row, and asks for the symptom.
func (m *Model) chooseStart() tea.Cmd {
	s := &m.start
	s.chosen = Choice{Symptom: m.choice.Symptom}
	if _, is := m.registration(); is {
		s.chosen.Registration = strings.TrimSpace(s.text)
	} else if s.cursor >= 0 && s.cursor < len(s.rows) {
		s.chosen.Region = s.rows[s.cursor].ID
	} else if s.text == "" {
		m.notice = notice{m.speak.Say("tui.notice.type"), true}
		return nil
	} else {
		m.notice = notice{m.speak.Say("tui.notice.neither"), true}
		return nil
	}
	if m.inside() {
		return m.choose() // a symptom says nothing there
	}
	m.symptom = m.symptomRow()
	m.open(screenSymptoms)
	return nil
}

// inside says whether the run is one inside a WorkSpace.
func (m *Model) inside() bool { return m.scheme == &chart.InsideScheme }

// chooseSymptom takes the row and runs; the first row is none.
func (m *Model) chooseSymptom() tea.Cmd {
	m.start.chosen.Symptom = ""
	if m.symptom > 0 {
		m.start.chosen.Symptom = m.deps.Symptoms[m.symptom-1].ID
	}
	return m.choose()
}

// choose runs with what was chosen. Of another way nothing that was seen before
// counts; a registration code is not shown again.
func (m *Model) choose() tea.Cmd {
	chosen := m.start.chosen
	if chosen.Region != m.choice.Region || chosen.Registration != m.choice.Registration {
		m.report, m.shown, m.rows, m.watch.samples, m.watch.changes = nil, nil, evidence{}, nil, nil
		m.facts, m.selected = chart.NewFacts(m.scheme), -1
	}
	m.choice, m.start.text = chosen, ""
	m.filter()
	m.screen, m.back, m.scroll = screenMap, nil, 0
	return m.begin()
}

// askSymptom opens the list of symptoms, for the next run.
func (m *Model) askSymptom() tea.Cmd {
	if m.run.on {
		m.notice = notice{m.speak.Say("tui.notice.running"), true}
		return nil
	}
	if m.inside() {
		m.notice = notice{m.speak.Say("tui.notice.no-symptom"), true}
		return nil
	}
	m.start.chosen = m.choice
	m.symptom = m.symptomRow()
	m.open(screenSymptoms)
	return nil
}

// symptomRow is the row of the symptom that was chosen before; 0 for none.
func (m *Model) symptomRow() int {
	return 1 + slices.IndexFunc(m.deps.Symptoms, func(s Symptom) bool { return s.ID == m.choice.Symptom })
}

// askRegion goes to the first screen.
func (m *Model) askRegion() tea.Cmd {
	if m.run.on {
		m.notice = notice{m.speak.Say("tui.notice.running"), true}
		return nil
	}
	m.start.text = ""
	m.filter()
	m.open(screenStart)
	return m.measure()
}

// drawStart draws the first screen.
func (m *Model) drawStart(c *canvas) {
	s, r := &m.start, m.layout.page
	x, w := r.x+1, min(r.w-2, 90)
	y := r.y
	narrow := w < 56
	if narrow {
		c.put(x, y, r.x+r.w, m.speak.Say("tui.start.ask-short"), bold)
	} else {
		c.put(x, y, r.x+r.w, m.speak.Say("tui.start.ask"), bold)
	}
	end := c.put(c.put(x, y+1, x+2, "▸ ", accent|bold), y+1, x+w, lastOf(s.text, w-4), plain)
	c.put(end, y+1, x+w, "▏", accent)
	if s.text == "" {
		c.put(end+1, y+1, x+w, m.speak.Say("tui.start.example"), muted)
	}
	if region, is := m.registration(); is {
		id := "tui.start.code"
		switch {
		case region != "" && narrow:
			id = "tui.start.code-of-short" // as much as there is room for
		case region != "":
			id = "tui.start.code-of"
		}
		so := words.Args{"region": region}
		if region == "" {
			so = nil
		}
		c.put(x, y+2, x+w, "✓ "+m.speak.Say(id, so), good)
		return // the list of the Regions that the text names would be empty
	} else if id := m.nearest(); id != "" {
		c.put(
			x,
			y+2,
			x+w,
			m.speak.Say("tui.start.nearest", words.Args{"region": id, "time": labels.Milliseconds(s.rtts[id])}),
			muted,
		)
	} else if !s.over && s.box != nil {
		c.put(x, y+2, x+w, m.speak.Say("tui.start.measuring"), muted)
	}
	m.drawRegions(c, rect{x, y + 4, w, r.h - 4})
}

// lastOf gives the end of a text that is too long.
func lastOf(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return "…" + string(r[len(r)-n+1:])
	}
	return s
}

// drawRegions draws the list: Region, place, and a bar as long as its round trip.
func (m *Model) drawRegions(c *canvas, r rect) {
	s := &m.start
	if len(s.rows) == 0 {
		c.put(r.x, r.y, r.x+r.w, m.speak.Say("tui.start.no-row"), muted)
		return
	}
	s.cursor = min(s.cursor, len(s.rows)-1)
	s.top = window(s.top, max(s.cursor, 0), r.h, len(s.rows))
	longest := 1.0
	for _, ms := range s.rtts {
		longest = max(longest, ms)
	}
	for i := range min(r.h, len(s.rows)-s.top) {
		row := s.rows[s.top+i]
		y := r.y + i
		look, head := plain, "  "
		if s.top+i == s.cursor {
			look, head = bold, "▸ "
		}
		c.put(r.x, y, r.x+r.w, head, accent|bold)
		c.put(r.x+2, y, r.x+18, row.ID, look)
		x := r.x + 18
		if r.w >= 70 {
			c.put(x, y, x+26, row.Name, muted|look&bold)
			x += 27
		}
		ms, asked := s.rtts[row.ID]
		room := r.x + r.w - x - 9
		switch {
		case ms > 0:
			c.fill(x, y, max(1, int(float64(room)*ms/longest)), "█", accent)
			c.put(r.x+r.w-8, y, r.x+r.w, fmt.Sprintf("%8s", labels.Milliseconds(ms)), plain)
		case !row.Measurable:
			c.put(x, y, r.x+r.w, m.speak.Say("tui.start.not-measured"), muted)
		case asked || s.over:
			c.put(x, y, r.x+r.w, m.speak.Say("tui.start.no-answer"), muted)
		default:
			c.put(x, y, r.x+r.w, "·", muted)
		}
		m.spots = append(m.spots, spot{rect{r.x, y, r.w, 1}, s.top + i, false})
	}
	bar(c, rect{r.x, r.y, r.w + 1, r.h}, s.top, len(s.rows))
}

// window moves the first row that is drawn as little as the cursor asks.
func window(top, cursor, height, all int) int {
	top = min(top, cursor)
	top = max(top, cursor-height+1)
	return max(min(top, all-height), 0)
}

// drawSymptoms draws the list of what the client shows.
func (m *Model) drawSymptoms(c *canvas) {
	r := m.layout.page
	c.put(r.x+1, r.y, r.x+r.w, m.speak.Say("tui.symptoms.ask"), bold)
	note := m.speak.Say("tui.symptoms.note")
	if r.w < fieldsBeside {
		note = m.speak.Say("tui.symptoms.note-short")
	}
	c.put(r.x+1, r.y+1, r.x+r.w, note, muted)
	list := rect{r.x + 1, r.y + 3, r.w - 2, r.h - 3}
	all := len(m.deps.Symptoms) + 1
	m.symptom = min(max(m.symptom, 0), all-1)
	m.scroll = window(m.scroll, m.symptom, list.h, all)
	for i := range min(list.h, all-m.scroll) {
		row := m.scroll + i
		says := m.speak.Say("tui.symptoms.none")
		if row > 0 {
			says = m.deps.Symptoms[row-1].Shows
		}
		look, head := plain, "  "
		if row == m.symptom {
			look, head = bold, "▸ "
		}
		c.put(list.x, list.y+i, list.x+list.w, head, accent|bold)
		c.put(list.x+2, list.y+i, list.x+list.w, says, look)
		m.spots = append(m.spots, spot{rect{list.x, list.y + i, list.w, 1}, row, false})
	}
	bar(c, rect{list.x, list.y, list.w + 1, list.h}, m.scroll, all)
}
