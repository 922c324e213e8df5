package tui

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"wsdoctor/internal/account/world"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/accounttest"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/architecture"
	"wsdoctor/ui/chart"
	"wsdoctor/ui/labels"
)

// inSight says whether the first line of the chosen box is on the screen, and reversed.
func inSight(m *Model) bool {
	m.View()
	s, r := m.plate.spots[m.plate.marked[m.plate.chosen]], inset(m.layout.page)
	y := s.HeadY - m.scroll
	return y >= 0 && y < r.h && m.canvas.cells[(r.y+y)*m.canvas.w+r.x+s.HeadX].style&reverse != 0
}

// Every box that a finding is about can be reached, forwards and backwards, in every
// window; it is in sight then, and x tells what was found about it.
func TestEveryMarkedBoxIsReachedAndExplained(t *testing.T) {
	for _, size := range append(sizes[:len(sizes):len(sizes)], struct{ w, h int }{140, 45}, struct{ w, h int }{75, 16}) {
		m := seen("faults", "a")(size.w, size.h, Options{Unicode: true})
		n := len(m.drawn().marked)
		if n < 5 {
			t.Fatalf("%d marked boxes", n)
		}
		at := map[int]bool{}
		for i := range 2 * n {
			if i == n {
				m.plate.chosen = -1
			}
			press(m, map[bool]string{true: "right", false: "left"}[i < n])
			if !inSight(m) {
				t.Errorf("%v: box %d is out of sight", size, m.plate.chosen)
			}
			at[m.plate.chosen] = true
			b := m.plate.spots[m.plate.marked[m.plate.chosen]]
			top := m.scroll
			press(m, "x")
			said := m.page.body
			for _, f := range m.shown.Findings {
				if slices.Contains(b.Codes, f.Code) && (!strings.Contains(said, f.Summary) || !strings.Contains(said, "About "+f.Code)) {
					t.Errorf("%v: nothing of %s in\n%s", size, f.Code, said)
				}
			}
			press(m, "esc")
			if m.screen != screenArchitecture || m.scroll != top {
				t.Errorf("%v: left at screen %d, line %d, not %d", size, m.screen, m.scroll, top)
			}
		}
		if len(at) != n {
			t.Errorf("%v: %d of %d boxes were reached", size, len(at), n)
		}
	}
}

// With no box chosen a key says how to choose; where none is marked it explains the
// verdict, and before a report says that there is none.
func TestExplainWithoutAChosenBox(t *testing.T) {
	m := seen("faults", "a", "x")(80, 24, Options{Unicode: true})
	if m.screen != screenArchitecture || !strings.Contains(m.notice.text, "tab") {
		t.Errorf("%d %+v", m.screen, m.notice)
	}
	m = sampled("healthy", "a", "tab")(80, 24, Options{Unicode: true})
	if m.notice.text == "" || m.plate.chosen != -1 {
		t.Errorf("%+v", m.plate)
	}
	press(m, "x")
	if m.screen != screenPage || !strings.Contains(m.page.body, m.shown.Verdict.Code) {
		t.Errorf("%+v", m.page)
	}
	m = midWalk(80, 24, Options{Unicode: true})
	press(m, "a", "x")
	if m.screen != screenArchitecture || !m.notice.bad {
		t.Errorf("%+v", m.notice)
	}
}

// What is drawn before a run is over explains any WorkSpace; its report takes the place.
func TestTheDrawingBecomesTheReports(t *testing.T) {
	m := midWalk(80, 24, Options{Unicode: true})
	press(m, "a")
	if out := screenOf(m); !strings.Contains(out, "which public addresses may connect") {
		t.Errorf("no explanation:\n%s", out)
	}
	r := accounttest.Worlds["faults"].Report(words.Default)
	m.Update(finishedMsg{m.run.number, m.deps.result(r), nil})
	if out := screenOf(m); !strings.Contains(out, "✗ Group") || m.screen != screenArchitecture {
		t.Errorf("not the report's:\n%s", out)
	}
}

// From the evidence it is a key too, and back leads there.
func TestTheDrawingIsReachedFromTheEvidence(t *testing.T) {
	m := seen("faults", "e", "a")(80, 24, Options{Unicode: true})
	if m.screen != screenArchitecture {
		t.Fatalf("screen %d", m.screen)
	}
	for _, want := range []screen{screenEvidence, screenMap} {
		if press(m, "esc"); m.screen != want {
			t.Errorf("screen %d, not %d", m.screen, want)
		}
	}
}

// A click goes to the innermost box that is marked.
func TestAClickExplainsTheInnermostBox(t *testing.T) {
	m := seen("faults", "a")(80, 24, Options{Unicode: true})
	m.View()
	for i, s := range m.spots {
		_, cmd := m.Update(tea.MouseClickMsg{X: s.at.x + 1, Y: s.at.y + 1, Button: tea.MouseLeft})
		if s.at.y+1 >= 24 || s.at.y < 0 {
			continue
		}
		if cmd == nil {
			t.Fatalf("spot %d explains nothing", i)
		}
		m.Update(cmd())
		if got := m.plate.chosen; got != s.item {
			t.Errorf("box %d, not %d", got, s.item)
		}
		press(m, "esc")
	}
	if len(m.spots) == 0 {
		t.Error("nothing can be clicked")
	}
}

// Redacted is redacted in the drawing too, and shown again keeps the place.
func TestTheDrawingIsRedacted(t *testing.T) {
	m := seen("faults", "a", "tab", "tab", "R")(100, 400, Options{Unicode: true})
	chosen, out := m.plate.chosen, screenOf(m)
	for _, secret := range []string{world.User, world.DirectoryID, world.VPCID, world.Account, world.IPGroupID, "10.0.0.21", "corp.example.com", "Osaka"} {
		if strings.Contains(out, secret) {
			t.Errorf("%s is still there:\n%s", secret, out)
		}
	}
	press(m, "R")
	if out := screenOf(m); !strings.Contains(out, world.IPGroupID) || m.plate.chosen != chosen || chosen != 1 {
		t.Errorf("box %d, before %d:\n%s", m.plate.chosen, chosen, out)
	}
}

// What an administrator named in the account stays a name.
func TestNamesOfAnAccountCannotLeaveTheirPlace(t *testing.T) {
	evil := reporttest.Escape + "\u6c49\u5b57\U0001F468\u200d\U0001F469\u202e\x9b31m\xff" + strings.Repeat("\u9577\u3044", 50)
	w := world.Healthy()
	d := &w.Directories[0].RegisteredDirectory
	d.Name, d.IPGroups = evil, []string{world.IPGroupID}
	w.IPGroups = []probe.IPGroup{{ID: world.IPGroupID, Name: evil, Rules: []netip.Prefix{}}}
	w.Groups[0].Name, w.Groups[0].Egress, w.Workspaces[0].State = evil, nil, evil
	w.Tables[0].Routes[1].Target = evil
	for _, language := range words.Languages() {
		c, _ := words.In(language)
		r := accounttest.Report(w, probe.QuestionDetail{User: world.User, System: evil}, language)
		for _, size := range append(sizes[:len(sizes):len(sizes)], struct{ w, h int }{200, 300}) {
			for _, keys := range []string{"", "tab", "e", "a", "a end", "a tab x", "a tab tab tab", "R a"} {
				m, _ := at(size.w, size.h, &r, Options{Unicode: true, Words: c, Vantage: probe.InAccount})
				press(m, strings.Fields(keys)...)
				inOrder(t, language+" "+keys, m)
			}
		}
	}
}

// Whatever an interface cannot do has no key, no help, no tab and no effect.
func TestWhatAnInterfaceLacksIsNotThere(t *testing.T) {
	keys := map[Ability]string{Again: "rs", Watching: "w", OtherRegion: "n"}
	for lacks := range Again | Watching | OtherRegion + 1 {
		r := reporttest.Samples()["healthy"]
		m, _ := at(200, 60, &r, Options{Unicode: true, Lacks: lacks})
		var has string
		for _, a := range m.actions(screenMap, true) {
			has += " " + strings.Join(a.Keys(), " ") + " "
		}
		for need, list := range keys {
			for _, k := range list {
				want := lacks&need == 0
				if got := strings.Contains(has, fmt.Sprintf(" %c ", k)); got != want {
					t.Errorf("lacking %d: key %c is there: %v", lacks, k, got)
				}
				before := m.run.number
				if !want {
					press(m, string(k))
				}
				if m.run.number != before || m.screen != screenMap || m.watch.on {
					t.Errorf("lacking %d: key %c did something", lacks, k)
				}
			}
		}
		out := screenOf(m)
		if got := strings.Contains(out, "Watch"); got != (lacks&Watching == 0) {
			t.Errorf("lacking %d: the tab of the watch is there: %v\n%s", lacks, got, out)
		}
		seen := map[tab]bool{}
		for range 6 {
			seen[m.tab] = true
			press(m, "tab")
		}
		if len(seen) != len(m.tabs()) {
			t.Errorf("lacking %d: tabs %v", lacks, seen)
		}
		if got := strings.Contains(out, "read or measured"); got != (lacks&Again != 0) {
			t.Errorf("lacking %d: when it was measured is told: %v", lacks, got)
		}
	}
}

// On the account's map nothing that the drawing marks is left out, and nothing is said
// that the drawing does not: of many accounts.
func TestTheAccountsMapSaysWhatTheDrawingSays(t *testing.T) {
	graver := map[architecture.State]chart.State{
		architecture.Wrong: chart.StateFault, architecture.Suspect: chart.StateSuspect, architecture.Limited: chart.StateLimited,
	}
	told := map[chart.State]int{}
	for seed := range uint64(300) {
		drawn := world.Draw(seed)
		r := accounttest.Report(drawn.World, drawn.Question, words.Default)
		m, _ := at(80, 24, &r, Options{Unicode: true})
		b := m.board()
		worst := slices.Max(b.Nodes)
		for _, box := range architecture.Of(r).Boxes() {
			if st := graver[box.State]; st > worst {
				t.Errorf("seed %d: %s is %s, and the gravest of the map %s", seed, box.ID, st.Called(), worst.Called())
			}
		}
		told[worst]++
		for i, n := range m.scheme.Nodes {
			if n.ID == "eth0" && b.Nodes[i] == chart.StateOK {
				t.Errorf("seed %d: eth0 is well, and no call shows it", seed)
			}
		}
		if b.Broken < 0 && r.Verdict.Layer != nil {
			t.Errorf("seed %d: %s has no box", seed, *r.Verdict.Layer)
		}
	}
	if told[chart.StateFault] < 30 || told[chart.StateOK]+told[chart.StateUnclear] < 10 {
		t.Errorf("too few are of a kind: %v", told)
	}
}

// The map without boxes has room for its lines on the least screen, in every language.
func TestTheCompactMapFitsInEveryLanguage(t *testing.T) {
	for _, name := range words.Languages() {
		c, _ := words.In(name)
		for _, vantage := range []probe.Vantage{probe.AtDesk, probe.InWorkspace, probe.InAccount} {
			m := newModel(t.Context(), fakeDeps(&clock{noon}), Options{Unicode: true, Words: c, Vantage: vantage})
			m.resize(leastWidth, leastHeight)
			m.screen = screenMap
			out := screenOf(m)
			for _, n := range m.scheme.Nodes {
				if name := labels.Speak(c).Say("tui.box." + m.scheme.Name + "." + n.ID + ".name"); !strings.Contains(out, name) {
					t.Errorf("%s, %s: no %q in\n%s", c.Name(), vantage, name, out)
				}
			}
			for _, l := range strings.Split(out, "\n") {
				if ansi.StringWidth(l) > leastWidth {
					t.Errorf("%s: %q", vantage, l)
				}
			}
		}
	}
}

// The drawing is laid out once for a window and a report, not for every frame.
func TestTheDrawingIsLaidOutOnce(t *testing.T) {
	m := seen("faults", "a")(80, 24, Options{Unicode: true})
	m.View()
	first := &m.plate.lines[0]
	press(m, "down", "tab")
	if m.View(); first != &m.plate.lines[0] {
		t.Error("a key lays it out anew")
	}
	if m.resize(60, 24); len(m.drawn().lines) > 0 && first == &m.plate.lines[0] {
		t.Error("another window does not")
	}
	if w := ansi.StringWidth(slices.MaxFunc(m.plate.lines, func(a, b string) int { return ansi.StringWidth(a) - ansi.StringWidth(b) })); w > 60 {
		t.Errorf("%d columns", w)
	}
}

// A run that knows more than its own report is drawn with that; what is hidden is drawn
// alone, because the rest would tell it.
func TestTheDrawingOfMoreThanTheReport(t *testing.T) {
	account := accounttest.Worlds["faults"].Report(words.Default)
	m := sampled("healthy")(80, 24, Options{Unicode: true})
	m.deps.Draw = func(report.Report) architecture.Drawing { return architecture.Of(account) }
	m.deps.Redact = func(r report.Report) report.Report { return r.Redacted() }
	m.take(m.deps.result(reporttest.Samples()["healthy"]))
	press(m, "a")
	if out := screenOf(m); !strings.Contains(out, world.IPGroupID) {
		t.Errorf("the run's report alone:\n%s", out)
	}
	if press(m, "R"); !m.redact {
		t.Fatal("not redacted")
	}
	if out := strings.Join(m.drawn().lines, "\n"); strings.Contains(out, world.IPGroupID) || strings.Contains(out, "10.1.20.34") {
		t.Errorf("not hidden:\n%s", out)
	}
}
