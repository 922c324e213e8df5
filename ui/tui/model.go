package tui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"wsdoctor/internal/report"
	"wsdoctor/probe"
	"wsdoctor/ui/architecture"
	"wsdoctor/ui/chart"
	"wsdoctor/ui/labels"
)

// screen is one of the places the user can be.
type screen int

// The closed list of screens.
const (
	screenStart screen = iota
	screenSymptoms
	screenMap
	screenEvidence
	screenArchitecture
	screenPage // explanation, help, one observation: text that scrolls
)

// tab is what the panel under the map shows.
type tab int

// The closed list of tabs.
const (
	tabVerdict tab = iota
	tabLayers
	tabWatch
)

// Model is the one model of the interface. Update changes it, View draws it;
// whatever takes time is a command.
type Model struct {
	deps Deps
	opt  Options
	ctx  context.Context // ends when the program is asked to

	speak labels.In // the language of the screen

	width, height int
	layout        layout
	scheme        *chart.Scheme
	theme         *theme
	dark          bool // the background
	profile       colorprofile.Profile
	canvas        canvas
	spots         []spot // where a click goes, as last drawn

	screen   screen
	back     []place // where esc leads
	tab      tab
	scroll   int // of the panel or the page
	notice   notice
	redact   bool
	selected int // box of the map, -1 for none

	choice  Choice
	start   start
	symptom int // row of the symptom list
	run     running
	watch   watch
	rows    evidence
	page    page
	plate   plate

	report *report.Report // the last finished run's
	hidden *report.Report // the same, redacted
	// drawing is the architecture as the report is drawn, if that is not alone.
	drawing *architecture.Drawing
	facts   *chart.Facts   // of what is shown: the run's so far, or the report's
	shown   *report.Report // report, redacted if that is wished
	err     error
	quits   bool // quit as soon as the run is over
}

// place is a screen, and how far it was scrolled.
type place struct {
	screen screen
	scroll int
}

// notice is a line for the user, until the next key.
type notice struct {
	text string
	bad  bool
}

// spot is a part of the screen that can be clicked.
type spot struct {
	at   rect
	item int  // box of the map, tab, or row of a list
	tab  bool // it is a tab
}

// running is the run that is under way.
type running struct {
	on       bool
	number   int // of the run, so that a late message of another one is known
	cancel   context.CancelFunc
	inbox    *inbox
	began    time.Time
	elapsed  time.Duration
	total    int
	done     int
	steps    []step            // slots: what is tried keeps its place until it is over
	whys     map[string]string // of the steps that are under way, by their IDs
	seen     int               // observations
	facts    *chart.Facts
	protocol probe.Protocol
	region   string
	stopping bool
	frame    int // of the spinner
}

// step is what is tried at the moment, by one step of the plan or by several.
type step struct {
	why string // empty for a free slot
	n   int    // how many steps are under way for it
}

// newModel makes the model; ctx ends when the program is asked to.
func newModel(ctx context.Context, d Deps, o Options) *Model {
	if o.Watch <= 0 {
		o.Watch = DefaultWatch
	}
	m := &Model{deps: d, opt: o, ctx: ctx, speak: labels.Speak(o.Words), selected: -1, choice: o.Choice, redact: o.Redact}
	m.dark, m.profile = true, colorprofile.TrueColor // until the terminal tells
	m.dress()
	m.scheme = chart.SchemeFor(o.Vantage)
	m.facts = chart.NewFacts(m.scheme)
	m.watch.on = o.Watching
	m.filter()
	if o.Problem != "" {
		m.notice = notice{o.Problem, true}
	}
	return m
}

// Init starts the run, or the measurement of the Regions.
func (m *Model) Init() tea.Cmd {
	cmds := []tea.Cmd{m.untilInterrupted()}
	if !m.opt.NoColor {
		cmds = append(cmds, tea.RequestBackgroundColor)
	}
	if m.opt.Known {
		return tea.Batch(append(cmds, m.begin())...)
	}
	return tea.Batch(append(cmds, m.measure())...)
}

// Update takes a message in.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.resize(msg.Width, msg.Height)
	case tea.BackgroundColorMsg:
		m.dark = msg.IsDark()
		m.dress()
	case tea.ColorProfileMsg:
		m.profile = msg.Profile
		m.dress()
	case tea.KeyPressMsg:
		return m, m.key(msg)
	case tea.PasteMsg:
		if m.screen == screenStart {
			m.typed(msg.Content)
		}
	case tea.MouseClickMsg:
		return m, m.click(msg)
	case tea.MouseWheelMsg:
		m.wheel(msg)
	case interruptedMsg:
		return m, m.interrupt()
	case pingsMsg:
		return m, m.pinged(msg)
	case eventsMsg:
		return m, m.heard(msg)
	case finishedMsg:
		return m, m.finished(msg)
	case tickMsg:
		return m, m.tick(msg)
	case againMsg:
		return m, m.again(msg)
	case noticeMsg:
		m.notice = notice(msg)
	case explainedMsg:
		m.explained(msg)
	}
	return m, nil
}

// dress makes the theme.
func (m *Model) dress() { m.theme = newTheme(m.dark, m.opt.NoColor, m.profile) }

func (m *Model) resize(w, h int) {
	m.width, m.height = w, h
	m.layout = newLayout(w, h, m.scheme)
	m.run.settle(m.runningRows())
}

// setScheme changes the map, when the run says from where it looks.
func (m *Model) setScheme(vantage probe.Vantage) {
	if s := chart.SchemeFor(vantage); s != m.scheme {
		m.scheme, m.selected = s, -1
		m.facts = chart.NewFacts(s)
		m.resize(m.width, m.height)
	}
}

// take takes a run's result in.
func (m *Model) take(r result) {
	m.report, m.hidden, m.drawing, m.plate.chosen = &r.open, &r.hidden, r.drawing, -1
	m.show()
	m.remember()
}

// show makes what is drawn from the report, redacted or not.
func (m *Model) show() {
	if m.report == nil {
		return
	}
	r := *m.report
	if m.redact {
		r = *m.hidden
	}
	m.shown = &r
	m.setScheme(r.Run.Vantage)
	m.facts = chart.FoldFacts(m.scheme, r.Observations)
	m.facts.Parts = partsOf(r)
	before := m.rows
	if m.rows = m.newEvidence(r); len(before.rows) > 0 { // who reads it keeps the place
		m.rows.cursor, m.rows.top = min(before.cursor, len(m.rows.rows)-1), before.top
	}
}

// hideDetails: addresses of a run that is not over cannot be redacted yet.
func (m *Model) hideDetails() bool { return m.redact && m.shown == nil }

// observation finds one by its ID.
func (m *Model) observation(id string) (probe.Observation, bool) {
	if m.shown != nil {
		for _, o := range m.shown.Observations {
			if o.ID == id {
				return o, true
			}
		}
	}
	return probe.Observation{}, false
}

// open goes to another screen, from which esc leads back.
func (m *Model) open(s screen) {
	m.back = append(m.back, place{m.screen, m.scroll})
	m.screen, m.scroll = s, 0
}

// close goes back; on the first screen it does nothing.
func (m *Model) close() {
	if n := len(m.back); n > 0 {
		m.screen, m.scroll, m.back = m.back[n-1].screen, m.back[n-1].scroll, m.back[:n-1]
	}
}
