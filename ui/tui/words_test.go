package tui

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/ui/chart"
	"wsdoctor/ui/labels"
	"wsdoctor/ui/text"
)

// flat is a text without its line breaks and indents.
func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

func linesOf(list []line) string {
	var out strings.Builder
	for _, l := range list {
		for _, s := range l {
			out.WriteString(s.text)
		}
		out.WriteString("\n")
	}
	return flat(out.String())
}

// TestTheScreenSaysWhatThePageSays: of every sample, the printed page and the screen
// hold the same of the verdict, of the protocols, and of what remains and what was
// ruled out, in the same words.
func TestTheScreenSaysWhatThePageSays(t *testing.T) {
	for name, r := range reporttest.Samples() {
		if name == "hostile" {
			continue // has words that are longer than a line
		}
		r = r.Printable(2000)
		var out bytes.Buffer
		if err := text.Render(&out, r, text.Options{Unicode: true, Verbose: true, Width: 5000}); err != nil {
			t.Fatal(err)
		}
		page := flat(out.String())
		m, _ := at(120, 40, &r, Options{Unicode: true})
		screen := linesOf(m.verdictLines(r, 5000)) + linesOf(m.layerLines(r, 5000))
		var rows []string
		for _, row := range (&Model{speak: labels.Speak(nil)}).newEvidence(r).rows {
			rows = append(rows, flat(row.text))
		}
		say := []string{r.Verdict.Summary}
		for _, p := range labels.Speak(nil).Protocols(r) {
			say = append(say, p.Says)
		}
		for _, s := range r.Verdict.Suspects {
			say = append(say, labels.Speak(nil).Suspect(s))
		}
		for _, l := range r.Layers {
			if state := labels.Speak(nil).LayerState(l.Status); state != "" {
				say = append(say, labels.Speak(nil).Title(l.ID)+" "+state)
			}
		}
		for _, s := range say {
			if s = flat(s); !strings.Contains(page, s) || !strings.Contains(screen, s) {
				t.Errorf("%s: %q is on the page %v, on the screen %v", name, s, strings.Contains(page, s), strings.Contains(screen, s))
			}
		}
		for _, f := range r.Findings {
			for _, o := range f.RuledOut {
				if l := flat(labels.Speak(nil).RuledOut(o)); !strings.Contains(page, l) || !slices.Contains(rows, l) {
					t.Errorf("%s: %q is on the page %v, in the evidence %v", name, l, strings.Contains(page, l), slices.Contains(rows, l))
				}
			}
		}
	}
}

// A run that found nothing wrong and could not show everything has no green verdict
// and no green box where a protocol was not shown; one that showed all has both.
func TestWhatWasNotShownIsNotGreen(t *testing.T) {
	for name, want := range map[string]chart.State{"as-far-as-seen": chart.StateUnclear, "healthy": chart.StateOK} {
		r := reporttest.Samples()[name]
		if got := chart.OfVerdict(r.Verdict); got != want {
			t.Errorf("%s: the verdict looks %s", name, got.Called())
		}
		b := chart.NewBoard(&chart.DeskScheme, chart.FoldFacts(&chart.DeskScheme, r.Observations), &r, "both")
		if got := b.Nodes[chart.DeskStreaming]; got != want {
			t.Errorf("%s: the streaming gateway looks %s", name, got.Called())
		}
		if b.Nodes[chart.DeskSignIn] != chart.StateOK {
			t.Errorf("%s: sign-in looks %s", name, b.Nodes[chart.DeskSignIn].Called())
		}
	}
	// What is worse than unclear stays.
	r := reporttest.Samples()["as-far-as-seen"]
	for i := range r.Layers {
		if slices.Contains(chart.DeskScheme.Nodes[chart.DeskStreaming].Layers, r.Layers[i].ID) {
			r.Layers[i].Status = finding.LayerFault
		}
	}
	if b := chart.NewBoard(&chart.DeskScheme, chart.FoldFacts(&chart.DeskScheme, r.Observations), &r, "both"); b.Nodes[chart.DeskStreaming] != chart.StateFault {
		t.Errorf("a fault there looks %s", b.Nodes[chart.DeskStreaming].Called())
	}
}

// The control is compared with, and is no port that is needed: that nobody answered
// it is no fault; and a sweep is drawn beside one of its own transport.
func TestASilentControlIsNoFault(t *testing.T) {
	r := reporttest.Samples()["as-far-as-seen"]
	m, _ := at(120, 40, &r, Options{Unicode: true})
	b := m.board()
	list := chart.HopLines(m.facts.Sweeps)
	if len(list) != 2 {
		t.Fatalf("%d lines of hops", len(list))
	}
	for _, l := range list {
		if st := b.EndOf(m.scheme, l); st == chart.StateFault {
			t.Errorf("%sends in a fault", l.Label)
		}
		if l.Of.Transport() != list[0].Of.Transport() {
			t.Errorf("%sis of another transport than %s", l.Label, list[0].Label)
		}
	}
}
