package tui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
)

func TestAPlaceOfTwoWordsCanBeTyped(t *testing.T) {
	m, _ := at(80, 24, nil, Options{Unicode: true})
	m.deps.Regions = append(m.deps.Regions, Region{ID: "af-south-1", Name: "Cape Town"})
	for _, k := range strings.Split("cape town", "") {
		if k == " " {
			m.Update(tea.KeyPressMsg{Code: tea.KeySpace, Text: " "})
			continue
		}
		press(m, k)
	}
	if len(m.start.rows) != 1 || m.start.rows[0].ID != "af-south-1" {
		t.Errorf("%q gives %v", m.start.text, m.start.rows)
	}
}

func TestPastedTextIsOneShortLine(t *testing.T) {
	for _, s := range []string{strings.Repeat("x", 1<<20), "a\nb\r\nc\t\x1b[2J\x1b]0;title\x07\u202edef", strings.Repeat("漢", 500), "SLiad+ABC123\n"} {
		m, _ := at(40, 15, nil, Options{Unicode: true})
		m.Update(tea.PasteMsg{Content: s})
		inOrder(t, "pasted", m)
		if n := len([]rune(m.start.text)); n > longestInput {
			t.Errorf("%d characters are kept", n)
		}
		if _, is := m.registration(); is != strings.HasPrefix(s, "SLiad") {
			t.Errorf("%.20q: a registration code: %v", s, is)
		}
	}
}

// Who looks at the list of Regions and comes back has chosen nothing.
func TestTheRegionListCanBeLeftAgain(t *testing.T) {
	r := reporttest.Samples()["healthy"]
	m, _ := at(80, 24, &r, Options{Unicode: true, Choice: Choice{Region: "eu-central-1"}})
	press(m, "n")
	if out := screenOf(m); !strings.Contains(out, "esc back") {
		t.Errorf("no way back:\n%s", out)
	}
	press(m, "down", "enter", "down", "esc")
	if _, cmd := m.Update(keyOf("esc")); cmd != nil || m.screen != screenMap {
		t.Errorf("esc leads to screen %d, quits: %v", m.screen, cmd != nil)
	}
	if want := (Choice{Region: "eu-central-1"}); m.choice != want {
		t.Errorf("the next run is for %+v", m.choice)
	}
}

// What was seen of one Region says nothing of another.
func TestAnotherRegionBeginsANewHistory(t *testing.T) {
	m := states["watch"](80, 24, Options{Unicode: true, Choice: Choice{Region: "eu-central-1"}})
	press(m, "n", "t", "o", "k", "y", "o", "enter", "down", "enter")
	if m.choice.Region != "ap-northeast-1" || !m.run.on || m.shown != nil || len(m.watch.samples) != 0 {
		t.Errorf("%+v, running %v, %d samples", m.choice, m.run.on, len(m.watch.samples))
	}
	m = states["watch"](80, 24, Options{Unicode: true})
	press(m, "s", "down", "enter")
	if m.shown == nil || len(m.watch.samples) == 0 || !m.run.on {
		t.Error("another symptom forgets what was measured")
	}
}

func TestASymptomThatWasGivenIsOffered(t *testing.T) {
	m, _ := at(80, 24, nil, Options{Unicode: true, Choice: Choice{Symptom: "slow"}})
	press(m, "down", "enter", "enter")
	if m.choice.Symptom != "slow" {
		t.Errorf("%+v", m.choice)
	}
}

func TestARegistrationCodeIsNotShownAgain(t *testing.T) {
	m, _ := at(80, 24, nil, Options{Unicode: true})
	m.Update(tea.PasteMsg{Content: "SLiad+QWERTY"})
	press(m, "enter", "enter")
	if m.choice.Registration != "SLiad+QWERTY" || !m.run.on {
		t.Fatalf("%+v", m.choice)
	}
	m.Update(finishedMsg{m.run.number, result{}, errors.New("no such code")})
	if out := screenOf(m); m.screen != screenStart || strings.Contains(out, "QWERTY") || m.notice.text != "no such code" {
		t.Errorf("screen %d:\n%s", m.screen, out)
	}
}

// A measurement that a run cut short is made again; until then nobody is said not
// to answer.
func TestRegionsAreMeasuredAgainAfterARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := withRuns(&runs{})
		asked := 0
		d.MeasureRegions = func(ctx context.Context, tell func(Ping)) {
			asked++
			tell(Ping{"us-east-1", 12})
			<-ctx.Done()
			tell(Ping{"us-west-2", 0})
		}
		x := launch(t.Context(), t, d, Options{})
		x.shows("us-east-1")
		x.press("\t\r\r") // the nearest
		x.shows("Everything that can be measured")
		x.press("n")
		x.shows("Which WorkSpace?", "12 ms")
		if out := x.screen(); asked != 2 || strings.Contains(out, "no answer") {
			t.Errorf("asked %d times:\n%s", asked, out)
		}
		x.press("\x03")
		x.end()
	})
}

func TestASmallScreenCanAlwaysBeLeft(t *testing.T) {
	for name, show := range states {
		m := show(39, 14, Options{Unicode: true})
		m.run.on = false
		if _, cmd := m.Update(keyOf("q")); cmd == nil {
			t.Errorf("%s: q quits, it says, and does not", name)
		}
	}
}

func TestSymptomsDoNotApplyInside(t *testing.T) {
	r := reporttest.MissingEth0()
	m, _ := at(80, 24, &r, Options{Unicode: true})
	press(m, "s")
	if out := screenOf(m); m.screen != screenMap || !strings.Contains(out, "does not apply here") {
		t.Errorf("screen %d:\n%s", m.screen, out)
	}
}

func TestATabCanBeClicked(t *testing.T) {
	m := states["healthy"](80, 24, Options{Unicode: true})
	screenOf(m)
	for i, name := range tabNames {
		lines := strings.Split(screenOf(m), "\n")
		y := m.layout.tabs.y
		before, _, found := strings.Cut(lines[y], m.speak.Say("tui.tab."+name))
		m.Update(tea.MouseClickMsg{X: len([]rune(before)), Y: y, Button: tea.MouseLeft})
		if !found || m.tab != tab(i) {
			t.Errorf("%s: tab %d", name, m.tab)
		}
	}
}

func TestATitleIsShownAboveTheMap(t *testing.T) {
	for _, w := range []int{40, 80, 200} {
		m := states["healthy"](w, 24, Options{Unicode: true, Title: "demo: a firewall\x1b[2J drops everything that is not for the web, and does not say so"})
		inOrder(t, "title", m)
		first, _, _ := strings.Cut(screenOf(m), "\n")
		if !strings.Contains(first, "demo: a fire") || !strings.Contains(first, "  eu-central-1") {
			t.Errorf("%d: %q", w, first)
		}
	}
}

// A run that begins by itself must not take the screen from under a choice.
func TestAWatchWaitsForWhoIsChoosing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &runs{takes: time.Second}
		x := launch(t.Context(), t, withRuns(r), Options{Known: true, Watch: 10 * time.Second, Watching: true})
		time.Sleep(2 * time.Second)
		x.press("n")
		x.press("to")
		time.Sleep(30 * time.Second)
		x.shows("Which WorkSpace?", "to▏")
		x.press("?")
		time.Sleep(30 * time.Second)
		x.shows("Keys")
		if r.count() != 1 {
			t.Errorf("%d runs meanwhile", r.count())
		}
		x.press("\x1b")
		x.press("\x1b")
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if r.count() != 2 {
			t.Errorf("%d runs afterwards", r.count())
		}
		x.press("q")
		x.end()
	})
}

// A program that stops where no shell waits would hang with the terminal released.
func TestCtrlZNeedsAShell(t *testing.T) {
	for _, shell := range []bool{true, false} {
		m := states["healthy"](80, 24, Options{Unicode: true, Suspends: shell})
		_, cmd := m.Update(tea.KeyPressMsg{Code: 'z', Mod: tea.ModCtrl})
		if (cmd != nil) != shell || (m.notice.text == "") != shell {
			t.Errorf("shell %v: stops %v, says %q", shell, cmd != nil, m.notice.text)
		}
	}
}

// Explanations come with line breaks of their own width; narrower screens have others.
func TestExplanationsAreWrappedOnce(t *testing.T) {
	body := "A router that filters still answers for itself, so the device is the last one\nthat answered or the\n\nWhat to do:\n  1. Ask whoever runs the device named in the evidence to allow outbound TCP\n     and UDP 4172 (PCoIP) and 4195 (DCV).\n  2. Run it again."
	m, _ := at(40, 15, nil, Options{Unicode: true})
	m.Update(explainedMsg{"x", body})
	want := `A router that filters still answers
for itself, so the device is the last
one that answered or the

What to do:
  1. Ask whoever runs the device named
     in the evidence to allow outbound
     TCP and UDP 4172 (PCoIP) and 4195
     (DCV).
  2. Run it again.
`
	got := ""
	for _, l := range m.pageLines(38) {
		for _, s := range l {
			got += s.text
		}
		got += "\n"
	}
	if got != want {
		t.Errorf("%s", got)
	}
}

// A defect in a run leaves the interface alive, and its exit code is not Go's own.
func TestADefectInARunIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := withRuns(&runs{})
		d.Run = func(context.Context, Choice, func(Event)) (report.Report, error) { panic("index out of range") }
		x := launch(t.Context(), t, d, Options{Known: true})
		x.shows("Which WorkSpace?", "internal error: index out of range")
		x.press("\x1b")
		if got := x.end(); got.Err == nil || !strings.Contains(got.Err.Error(), "start_test.go") {
			t.Errorf("%v", got.Err)
		}
		if _, got := tellAll(t.Context(), t, d, Options{Known: true}, ""); got.Err == nil || !strings.Contains(got.Err.Error(), "internal error") {
			t.Errorf("plain: %v", got.Err)
		}
	})
}

// Redacting may have to wait for the network. It is the run that waits then, never
// a key.
func TestNobodyWaitsForTheRedactionAtAKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := withRuns(&runs{takes: time.Second})
		redact := d.Redact
		d.Redact = func(r report.Report) report.Report {
			time.Sleep(10 * time.Second)
			return redact(r)
		}
		x := launch(t.Context(), t, d, Options{Known: true})
		time.Sleep(3 * time.Second)
		x.press("?")
		at := time.Now()
		x.shows("copy ticket") // the help, in the middle of it
		if took := time.Since(at); took > time.Second {
			t.Errorf("a key was answered after %s", took)
		}
		x.press("\x1b")
		time.Sleep(10 * time.Second)
		x.shows("Everything that can be measured")
		at = time.Now()
		x.press("R")
		x.shows("redacted", "192.0.2.")
		if took := time.Since(at); took > time.Second {
			t.Errorf("R was answered after %s", took)
		}
		x.press("q")
		x.end()
	})
}

// Whoever presses Enter before anything was chosen is not checked against a far
// Region that happens to stand first; who comes back finds the one of before.
func TestEnterAloneChoosesNoRegion(t *testing.T) {
	m, _ := at(80, 24, nil, Options{Unicode: true})
	if press(m, "enter"); m.screen != screenStart || m.notice.text == "" {
		t.Errorf("screen %d, %q", m.screen, m.notice.text)
	}
	for keys, want := range map[string]string{"down": "us-east-1", "up": "us-east-1", "down down": "us-west-2", "o r e g": "us-west-2"} {
		m, _ := at(80, 24, nil, Options{Unicode: true})
		press(m, strings.Fields(keys)...)
		press(m, "enter")
		if m.screen != screenSymptoms || m.start.chosen.Region != want {
			t.Errorf("%s: screen %d, %+v", keys, m.screen, m.start.chosen)
		}
	}
	r := reporttest.Samples()["healthy"]
	m, _ = at(80, 24, &r, Options{Unicode: true})
	if press(m, "n", "enter"); m.start.chosen.Region != "eu-central-1" {
		t.Errorf("%+v", m.start.chosen)
	}
}
