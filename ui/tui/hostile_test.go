package tui

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/probe"
	"wsdoctor/ui/chart"
)

// looksOnly are the escape sequences that a frame may hold: colours and the like.
var looksOnly = regexp.MustCompile("\x1b\\[[0-9;:]*m")

// inOrder wants a frame that does nothing to a terminal but show text.
func inOrder(t *testing.T, name string, m *Model) {
	t.Helper()
	for _, r := range looksOnly.ReplaceAllString(m.View().Content, "") {
		if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs) {
			t.Errorf("%s: %U on the screen", name, r)
			return
		}
	}
	for _, l := range strings.Split(screenOf(m), "\n") {
		if n := ansi.StringWidth(l); n > m.width {
			t.Errorf("%s: %d columns of %d: %q", name, n, m.width, l)
		}
	}
	if v := m.View(); v.WindowTitle != "wsdoctor" || !v.AltScreen {
		t.Errorf("%s: %+v", name, v)
	}
}

// raw undoes what the report's own cleaning does: the second lock is tested alone.
func raw(r report.Report) *report.Report { return &r }

func TestForeignTextCannotLeaveItsPlace(t *testing.T) {
	evil := reporttest.Escape + "\u6c49\u5b57\U0001F468\u200d\U0001F469\u26a0\ufe0f\U0001F1E9\U0001F1EA\U0001F44D\U0001F3FDe\u0301\u0301\u202e\x9b31m\xff" // wide ones, joined ones, flags, a bare C1
	hostile := reporttest.Samples()["hostile"]
	for _, ascii := range []bool{false, true} {
		for _, size := range append(sizes[:len(sizes):len(sizes)], struct{ w, h int }{200, 60}) {
			o := Options{Unicode: !ascii}
			for _, keys := range [][]string{{}, {"tab"}, {"tab", "tab"}, {"e"}, {"e", "end"}, {"e", "down", "down", "enter"}, {"e", "down", "enter"}, {"x"}, {"R"}, {"?"}} {
				m, _ := at(size.w, size.h, raw(hostile), o)
				m.deps.Explain = func(topic string) (string, error) { return topic + evil + strings.Repeat(evil, 30), nil }
				press(m, keys...)
				inOrder(t, strings.Join(keys, " "), m)
			}
			m, _ := at(size.w, size.h, nil, o)
			m.deps.Regions = append(m.deps.Regions, Region{ID: "x" + evil, Name: evil, Measurable: true})
			m.deps.Symptoms = append(m.deps.Symptoms, Symptom{ID: evil, Shows: evil})
			m.filter()
			m.typed(evil)
			inOrder(t, "typed", m)
			m.start.text = ""
			m.filter()
			inOrder(t, "start", m)
			press(m, "down", "enter")
			inOrder(t, "symptoms", m)
			m.begin()
			m.Update(eventsMsg{m.run.number, []Event{{Kind: Planned, Total: 3, Region: evil, Protocol: probe.Protocol(evil), Vantage: probe.Vantage(evil)}, {Kind: Started, Step: evil, Why: evil}}})
			for _, o := range hostile.Observations {
				m.Update(eventsMsg{m.run.number, []Event{{Kind: Observed, Observation: o}}})
			}
			inOrder(t, "running", m)
			m.Update(noticeMsg{"saved " + evil + strings.Repeat(evil, 20), true})
			inOrder(t, "notice", m)
			m.Update(finishedMsg{m.run.number, result{}, errors.New(evil)})
			inOrder(t, "failed", m)
		}
	}
}

func TestForeignReportsDoNotBreakTheScreen(t *testing.T) {
	for name, r := range reporttest.Samples() {
		for _, w := range []int{40, 80, 110, 500} {
			for _, h := range []int{15, 24, 100} {
				m, _ := at(w, h, &r, Options{Unicode: true})
				inOrder(t, name, m)
			}
		}
	}
	empty := report.Report{}
	m, _ := at(80, 24, &empty, Options{Unicode: true})
	for _, keys := range []string{"", "tab", "e", "enter", "esc", "x", "R", "w"} {
		press(m, strings.Fields(keys)...)
		inOrder(t, "empty", m)
	}
}

func TestWithoutColourNothingIsColoured(t *testing.T) {
	for name, show := range states {
		m := show(80, 24, Options{Unicode: true, NoColor: true})
		for _, code := range looksOnly.FindAllString(m.View().Content, -1) {
			if strings.Trim(code, "\x1b[m17;") != "" {
				t.Errorf("%s: %q", name, code)
			}
		}
		if coloured := show(80, 24, Options{Unicode: true}); screenOf(coloured) != screenOf(m) {
			t.Errorf("%s: colour changes what is said", name)
		}
	}
}

func TestAsciiScreensAreASCII(t *testing.T) {
	for name, show := range states {
		for _, size := range sizes {
			for _, r := range screenOf(show(size.w, size.h, Options{})) {
				if r > unicode.MaxASCII {
					t.Errorf("%s at %d: %q", name, size.w, r)
					break
				}
			}
		}
	}
}

func TestStatesDifferWithoutColour(t *testing.T) {
	for _, unicode := range []bool{true, false} {
		seen := map[string]chart.State{}
		for _, st := range []chart.State{chart.StateWaiting, chart.StateOK, chart.StateLimited, chart.StateSuspect, chart.StateFault, chart.StateUnclear} {
			mark := st.Mark()
			if !unicode {
				mark = asciiOf(mark)
			}
			if before, taken := seen[mark]; taken || len([]rune(mark)) != 1 {
				t.Errorf("%q stands for %d and for %d", mark, before, st)
			}
			seen[mark] = st
		}
	}
}
