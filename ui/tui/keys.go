package tui

import (
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// action is one key and what it does. The tables below handle the keys, and
// make the help and the line at the bottom.
type action struct {
	key.Binding
	do    func(m *Model) tea.Cmd
	last  bool    // its place is at the right: help and quit
	needs Ability // without which there is no such key
}

// needing is the action, where the interface has the ability.
func (a action) needing(b Ability) action {
	a.needs = b
	return a
}

// lacks says whether the interface has no such ability.
func (m *Model) lacks(b Ability) bool { return m.opt.Lacks&b != 0 }

// bind gives an action its keys, of which one is shown, to what the catalogue calls it: tui.key.NAME.
func (m *Model) bind(keys []string, shown, name string, do func(*Model) tea.Cmd) action {
	return action{
		Binding: key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, m.speak.Say("tui.key."+name))),
		do:      do,
		last:    name == "help" || name == "quit",
	}
}

// then fits a function without a command into the table.
func then(f func(*Model)) func(*Model) tea.Cmd {
	return func(m *Model) tea.Cmd { f(m); return nil }
}

func scrollBy(n int) func(*Model) tea.Cmd { return then(func(m *Model) { m.move(n) }) }
func scrollPage(n int) func(*Model) tea.Cmd {
	return then(func(m *Model) { m.move(n * max(m.visible()-1, 1)) })
}

// actions are the keys of a screen that this interface has, the most wanted first. within
// says that there is a map behind the start screen, to go back to.
func (m *Model) actions(s screen, within bool) []action {
	return slices.DeleteFunc(m.table(s, within), func(a action) bool { return m.lacks(a.needs) })
}

// table is every key that a screen may have.
func (m *Model) table(s screen, within bool) []action {
	on := m.bind
	var (
		help  = on([]string{"?", "f1"}, "?", "help", (*Model).help)
		quit  = on([]string{"q", "ctrl+c"}, "q", "quit", (*Model).quit)
		back  = on([]string{"esc", "backspace"}, "esc", "back", then((*Model).close))
		up    = on([]string{"up", "k"}, "↑/k", "up", scrollBy(-1))
		down  = on([]string{"down", "j"}, "↓/j", "down", scrollBy(1))
		pgUp  = on([]string{"pgup", "ctrl+u"}, "pgup", "a-page-up", scrollPage(-1))
		pgDn  = on([]string{"pgdown", "ctrl+d", "space"}, "pgdn", "a-page-down", scrollPage(1))
		first = on([]string{"home", "g"}, "home", "to-the-beginning", scrollBy(-1<<20))
		last  = on([]string{"end", "G"}, "end", "to-the-end", scrollBy(1<<20))
		save  = on([]string{"S", "ctrl+s"}, "S", "save", (*Model).save)
	)
	switch s {
	case screenStart:
		begin := []action{on([]string{"enter"}, "enter", "go-on", (*Model).chooseStart)}
		leave := on([]string{"esc", "ctrl+c"}, "esc", "quit", (*Model).quit)
		if within {
			back.SetKeys("esc") // the other one deletes
			begin, leave = append(begin, back), on([]string{"ctrl+c"}, "ctrl+c", "quit", (*Model).quit)
		}
		return append(begin,
			on([]string{"up", "ctrl+p"}, "↑", "up", scrollBy(-1)),
			on([]string{"down", "ctrl+n"}, "↓", "down", scrollBy(1)),
			on([]string{"tab"}, "tab", "nearest", then((*Model).chooseNearest)),
			on([]string{"pgup"}, "pgup", "a-page-up", scrollPage(-1)),
			on([]string{"pgdown"}, "pgdn", "a-page-down", scrollPage(1)),
			on([]string{"backspace"}, "⌫", "delete", then((*Model).erase)),
			on([]string{"ctrl+u"}, "ctrl+u", "delete-all", then(func(m *Model) { m.start.text = ""; m.filter() })),
			help, leave)
	case screenSymptoms:
		return []action{
			on(
				[]string{"enter"},
				"enter",
				"run",
				(*Model).chooseSymptom,
			),
			back,
			up,
			down,
			pgUp,
			pgDn,
			first,
			last,
			help,
			quit,
		}
	case screenEvidence:
		return []action{
			on([]string{"enter", "right", "l"}, "enter", "open", (*Model).openEvidence),
			on([]string{"esc", "backspace", "left", "h", "e"}, "esc", "back", then((*Model).close)),
			up,
			down,
			on([]string{"x"}, "x", "explain", (*Model).explainEvidence),
			pgUp,
			pgDn,
			first,
			last,
			on([]string{"a"}, "a", "architecture", then((*Model).openArchitecture)),
			save,
			on([]string{"R"}, "R", "redact", (*Model).toggleRedaction),
			help,
			quit,
		}
	case screenArchitecture:
		return []action{
			on([]string{"tab", "right", "l"}, "tab", "next-marked-box", then(func(m *Model) { m.chooseBox(1) })),
			on([]string{"enter", "x"}, "x", "explain", (*Model).explainPart),
			on([]string{"esc", "backspace", "a"}, "esc", "back", then((*Model).close)),
			up,
			down,
			pgDn,
			pgUp,
			on([]string{"shift+tab", "left", "h"}, "shift+tab", "the-same-backwards", then(func(m *Model) { m.chooseBox(-1) })),
			first,
			last,
			save,
			on([]string{"R"}, "R", "redact", (*Model).toggleRedaction),
			help,
			quit,
		}
	case screenPage:
		return []action{
			on(
				[]string{"esc", "backspace", "left", "h", "enter", "?", "f1"},
				"esc",
				"back",
				then((*Model).close),
			),
			up,
			down,
			pgUp,
			pgDn,
			first,
			last,
			quit,
		}
	}
	return []action{
		on([]string{"e"}, "e", "evidence", (*Model).openList),
		on([]string{"x"}, "x", "explain", (*Model).explainVerdict),
		on([]string{"r"}, "r", "run-again", (*Model).restart).needing(Again),
		on([]string{"w"}, "w", "watch", (*Model).toggleWatch).needing(Watching),
		on([]string{"a"}, "a", "architecture", then((*Model).openArchitecture)),
		on([]string{"c"}, "c", "copy-ticket", (*Model).copies),
		on([]string{"s"}, "s", "symptom", (*Model).askSymptom).needing(Again),
		save,
		help, quit,
		on([]string{"tab"}, "tab", "the-other-tabs", then(func(m *Model) { m.turn(1) })),
		on([]string{"shift+tab"}, "shift+tab", "the-same-backwards", then(func(m *Model) { m.turn(-1) })),
		on([]string{"right", "l"}, "→/l", "next-box-of-the-map", then(func(m *Model) { m.pick(1) })),
		on([]string{"left", "h"}, "←/h", "box-before", then(func(m *Model) { m.pick(-1) })),
		on([]string{"enter"}, "enter", "explain-the-box", (*Model).explainBox),
		on([]string{"R"}, "R", "hide-names-and-addresses", (*Model).toggleRedaction),
		on([]string{"n"}, "n", "another-region", (*Model).askRegion).needing(OtherRegion),
		on([]string{"esc"}, "esc", "no-box", then(func(m *Model) { m.selected = -1 })),
		up, down, pgUp, pgDn, first, last,
	}
}

// key does what a key is for on this screen.
func (m *Model) key(msg tea.KeyPressMsg) tea.Cmd {
	m.notice = notice{}
	if msg.String() == "ctrl+z" {
		if m.opt.Suspends {
			return tea.Suspend
		}
		m.notice = notice{m.speak.Say("tui.notice.no-shell"), true}
		return nil
	}
	if m.layout.small {
		if msg.String() == "ctrl+c" || msg.String() == "q" {
			return m.quit()
		}
		return nil
	}
	for _, a := range m.actions(m.screen, m.report != nil) {
		if key.Matches(msg, a.Binding) {
			return a.do(m)
		}
	}
	if m.screen == screenStart && msg.Text != "" {
		m.typed(msg.Text)
	}
	return nil
}

// turn changes the tab.
func (m *Model) turn(by int) {
	list := m.tabs()
	m.tab, m.scroll = list[(slices.Index(list, m.tab)+by+len(list))%len(list)], 0
}

// pick moves the selection over the map.
func (m *Model) pick(by int) {
	n := len(m.scheme.Nodes)
	if m.selected < 0 && by < 0 {
		m.selected = n - 1
		return
	}
	m.selected = (m.selected + by + n) % n
}

// toggleRedaction hides what tells who and where the user is, or shows it again.
func (m *Model) toggleRedaction() tea.Cmd {
	m.redact = !m.redact
	m.show()
	if m.redact {
		m.notice = notice{m.speak.Say("tui.notice.hidden"), false}
	} else {
		m.notice = notice{m.speak.Say("tui.notice.open"), false}
	}
	return nil
}

// wheel scrolls like three arrow keys.
func (m *Model) wheel(msg tea.MouseWheelMsg) {
	switch msg.Button {
	case tea.MouseWheelUp:
		m.move(-3)
	case tea.MouseWheelDown:
		m.move(3)
	}
}

// click explains a box of the map, or takes a row of a list.
func (m *Model) click(msg tea.MouseClickMsg) tea.Cmd {
	if msg.Button != tea.MouseLeft {
		return nil
	}
	for _, s := range m.spots {
		if !s.at.holds(msg.X, msg.Y) {
			continue
		}
		switch m.screen {
		case screenMap:
			if s.tab {
				m.tab, m.scroll = tab(s.item), 0
				return nil
			}
			m.selected = s.item
			return m.explainBox()
		case screenStart:
			m.start.cursor = s.item
		case screenSymptoms:
			m.symptom = s.item
		case screenEvidence:
			m.rows.cursor = s.item
			return m.openEvidence()
		case screenArchitecture:
			m.plate.chosen = s.item
			return m.explainPart()
		}
		return nil
	}
	return nil
}
