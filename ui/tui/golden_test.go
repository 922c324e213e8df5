package tui

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/accounttest"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// sizes are the screens that every state is drawn on.
var sizes = []struct{ w, h int }{{80, 24}, {120, 40}, {40, 15}}

// noon is the clock of the goldens.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// clock is a clock that tests move.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// fakeDeps are dependencies that touch nothing.
func fakeDeps(c *clock) Deps {
	d := Deps{
		Now:      c.Now,
		Symptoms: []Symptom{{"loading-then-login", "gray \"Loading…\", then the login page again"}, {"black-screen", "connects, then a black screen"}, {"slow", "\"network connection is slow\""}},
		ParseRegistration: func(code string) (string, error) {
			if strings.HasPrefix(code, "SLiad+") {
				return "us-east-1", nil
			}
			return "", errors.New("not a code")
		},
		Explain: func(topic string) (string, error) {
			if topic == "nothing" {
				return "", errors.New("unknown")
			}
			return "About " + topic + "\n\n" + strings.Repeat("It is a part of the way to the WorkSpace, and this says in plain words what it does. ", 4) +
				"\n\nWhat to do:\n  1. Ask the person who runs it.\n  2. Run the check again.", nil
		},
		Redact: func(r report.Report) report.Report { return report.NewRedactor(report.Names{}).Report(r) },
		Save: func(report.Report) ([]string, error) {
			return []string{"/home/ada/wsdoctor-1.json", "/home/ada/wsdoctor-1.txt"}, nil
		},
		Keep: func(report.Report, string) (string, error) { return "/home/ada/wsdoctor-1-ticket.txt", nil },
	}
	for i, name := range []string{"us-east-1 N. Virginia", "us-west-2 Oregon", "ca-central-1 Montreal", "sa-east-1 Sao Paulo", "eu-west-1 Ireland", "eu-central-1 Frankfurt",
		"ap-northeast-1 Tokyo", "ap-southeast-2 Sydney", "us-gov-west-1 GovCloud West", "cn-northwest-1 Ningxia"} {
		id, place, _ := strings.Cut(name, " ")
		d.Regions = append(d.Regions, Region{ID: id, Name: place, Measurable: i < 9})
	}
	return d
}

// at makes a model of a size that has been told the report of a finished run.
func at(w, h int, r *report.Report, o Options) (*Model, *clock) {
	c := &clock{noon}
	if o.Protocol == "" {
		o.Protocol = "both"
	}
	m := newModel(context.Background(), fakeDeps(c), o)
	m.resize(w, h)
	if r != nil {
		m.begin()
		c.now = c.now.Add(1300 * time.Millisecond)
		m.Update(finishedMsg{m.run.number, m.deps.result(*r), nil})
	}
	return m, c
}

// press sends keys, by their names, and runs the commands that are at once over.
func press(m *Model, keys ...string) {
	for _, k := range keys {
		_, cmd := m.Update(keyOf(k))
		if cmd != nil && (k == "enter" || k == "x" || k == "S") {
			if msg := cmd(); msg != nil {
				m.Update(msg)
			}
		}
	}
}

func keyOf(k string) tea.KeyPressMsg {
	special := map[string]rune{"enter": tea.KeyEnter, "tab": tea.KeyTab, "esc": tea.KeyEscape, "up": tea.KeyUp, "down": tea.KeyDown,
		"left": tea.KeyLeft, "right": tea.KeyRight, "pgdown": tea.KeyPgDown, "pgup": tea.KeyPgUp, "end": tea.KeyEnd, "home": tea.KeyHome, "backspace": tea.KeyBackspace}
	if code, is := special[k]; is {
		return tea.KeyPressMsg{Code: code}
	}
	if k == "ctrl+c" {
		return tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}
	}
	return tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
}

// states are what the goldens show.
var states = map[string]func(w, h int, o Options) *Model{
	"start": func(w, h int, o Options) *Model {
		m, _ := at(w, h, nil, o)
		m.start.box = newInbox()
		m.Update(pingsMsg{box: m.start.box, list: []Ping{{"us-east-1", 12.4}, {"eu-central-1", 98}, {"ap-northeast-1", 171}, {"sa-east-1", 0}}})
		press(m, "down", "down", "down")
		return m
	},
	"region-filter": func(w, h int, o Options) *Model {
		m, _ := at(w, h, nil, o)
		m.start.box = newInbox()
		m.Update(pingsMsg{box: m.start.box, list: []Ping{{"us-east-1", 12.4}, {"us-west-2", 71}, {"us-gov-west-1", 80}}, over: true})
		press(m, "u", "s", "-")
		return m
	},
	"registration": func(w, h int, o Options) *Model {
		m, _ := at(w, h, nil, o)
		m.Update(tea.PasteMsg{Content: "SLiad+ABC123"})
		return m
	},
	"nothing-chosen": func(w, h int, o Options) *Model {
		m, _ := at(w, h, nil, o)
		press(m, "enter")
		return m
	},
	"neither": func(w, h int, o Options) *Model { // a code that is not yet whole
		m, _ := at(w, h, nil, o)
		m.typed("WSpdx+AB")
		return m
	},
	"symptoms": func(w, h int, o Options) *Model {
		m, _ := at(w, h, nil, o)
		press(m, "down", "enter", "down", "down")
		return m
	},
	"running-early": func(w, h int, o Options) *Model { return midRun(w, h, o, 8) },
	"running-mid":   func(w, h int, o Options) *Model { return midRun(w, h, o, 14) },
	"running-last": func(w, h int, o Options) *Model { // what is left began when the list was full
		m := midRun(w, h, o, 8)
		var events []Event
		for i := range 12 {
			events = append(events, Event{Kind: Started, Step: fmt.Sprint("last", i), Why: fmt.Sprintf("Try number %d.", i/2)})
		}
		for i := range 9 {
			events = append(events, Event{Kind: Done, Step: fmt.Sprint(i)})
		}
		for i := range 8 {
			events = append(events, Event{Kind: Done, Step: fmt.Sprint("last", i)})
		}
		m.Update(eventsMsg{m.run.number, events})
		return m
	},
	"symptom": func(w, h int, o Options) *Model {
		r := reporttest.Samples()["healthy"]
		eth0 := layer.ManagementInterface
		r.Target.Symptom = "loading-then-login"
		r.Verdict.Status, r.Verdict.Layer, r.Verdict.Confidence, r.Verdict.Owner = finding.StatusFault, &eth0, finding.Possible, "the WorkSpaces administrator"
		r.Verdict.Summary = "Everything measurable from this desk passes, so the stream is lost between the gateway and the WorkSpace."
		r.Verdict.Suspects = []report.Suspect{
			{Layer: layer.WorkspaceFirewall, Confidence: finding.Possible, Why: "A firewall on eth0 is the commonest cause."},
			{Layer: layer.PrimaryInterface, Confidence: finding.Possible, Why: "Or eth1 is down."},
			{Layer: layer.DirectoryDNS, Confidence: finding.Possible, Why: "Or the directory does not answer."},
		}
		m, _ := at(w, h, &r, o)
		return m
	},
	"healthy":        sampled("healthy"),
	"slow":           sampled("slow"),
	"host-firewall":  sampled("host-firewall"),
	"inspection":     sampled("tls-inspection"),
	"allow-list":     sampled("ip-access-control"),
	"inconclusive":   sampled("office-firewall"),
	"portal":         sampled("captive-portal"),
	"tcp-only":       sampled("tcp-only"),
	"interrupted":    sampled("interrupted"),
	"as-far-as-seen": sampled("as-far-as-seen"),
	"undecided":      sampled("undecided"),
	"rivals":         sampled("rivals"),
	"office-firewall": func(w, h int, o Options) *Model {
		r := reporttest.Hops()
		m, _ := at(w, h, &r, o)
		return m
	},
	"inside-eth0": func(w, h int, o Options) *Model {
		r := reporttest.MissingEth0()
		m, _ := at(w, h, &r, o)
		return m
	},
	"inside-healthy":  sampled("inside-healthy"),
	"inside-broken":   sampled("inside-broken"),
	"layers":          sampled("host-firewall", "tab"),
	"redacted":        sampled("healthy", "R"),
	"evidence":        sampled("host-firewall", "e", "down", "down"),
	"evidence-rivals": sampled("rivals", "e", "down", "down", "down", "down", "down", "down", "down", "down"),
	"ruled-out":       sampled("rivals", "e", "down", "down", "down", "down", "down", "enter"),
	"remains":         sampled("rivals", "e", "down", "down", "down", "down", "down", "down", "down", "down", "enter"),
	"finding-rivals":  sampled("rivals", "e", "enter"),
	"evidence-end":    sampled("office-firewall", "e", "end"),
	"finding":         sampled("host-firewall", "e", "down", "down", "down", "down", "enter"),
	"software":        sampled("host-firewall", "e", "down", "down", "down", "enter"),
	"gap":             sampled("host-firewall", "e", "end", "enter"),
	"observation":     sampled("host-firewall", "e", "down", "enter"),
	"explain":         sampled("host-firewall", "x"),
	"box":             sampled("healthy", "right", "right", "enter"),
	"help":            sampled("healthy", "?"),
	"saved":           sampled("healthy", "S"),
	"watch": func(w, h int, o Options) *Model {
		m, c := at(w, h, nil, o)
		for i, name := range []string{"healthy", "healthy", "healthy", "office-firewall", "office-firewall", "healthy", "slow", "healthy"} {
			r := reporttest.Samples()[name]
			r.Target.Protocol = "both"
			c.now = noon.Add(time.Duration(i) * 10 * time.Second)
			m.run.on = false
			m.begin()
			c.now = c.now.Add(time.Second)
			m.Update(finishedMsg{m.run.number, m.deps.result(r), nil})
		}
		press(m, "w")
		c.now = c.now.Add(2 * time.Second)
		return m
	},
	"account":                seen("faults"),
	"account-healthy":        seen("quick-setup"),
	"account-denied":         seen("denied"),
	"account-layers":         seen("faults", "tab"),
	"account-help":           seen("faults", "?"),
	"account-running":        midWalk,
	"account-architecture":   seen("faults", "a"),
	"account-marked":         seen("faults", "a", "tab", "tab"),
	"account-explained":      seen("faults", "a", "tab", "x"),
	"account-drawn-redacted": seen("faults", "R", "a", "end"),
	"architecture":           sampled("healthy", "a"),
	"architecture-end":       sampled("healthy", "a", "end"),
	"architecture-help":      sampled("healthy", "a", "?"),
	"stored": func(w, h int, o Options) *Model {
		o.Lacks = Again | Watching | OtherRegion
		return sampled("healthy")(w, h, o)
	},
	"stored-help": func(w, h int, o Options) *Model {
		o.Lacks = Again | Watching | OtherRegion
		return sampled("healthy", "?")(w, h, o)
	},
	"failed": func(w, h int, o Options) *Model {
		m, _ := at(w, h, nil, o)
		m.begin()
		m.Update(finishedMsg{m.run.number, result{}, errors.New("no Region was given, and the WorkSpaces client has no registration on this machine")})
		return m
	},
}

// sampled shows a sample report, after keys.
func sampled(name string, keys ...string) func(w, h int, o Options) *Model {
	return func(w, h int, o Options) *Model {
		r := reporttest.Samples()[name]
		m, _ := at(w, h, &r, o)
		press(m, keys...)
		return m
	}
}

// spoken is the language of the screen.
func spoken(o Options) string {
	if o.Words == nil {
		return words.Default
	}
	return o.Words.Name()
}

// seen shows the report of an account, after keys.
func seen(world string, keys ...string) func(w, h int, o Options) *Model {
	return func(w, h int, o Options) *Model {
		r := accounttest.Worlds[world].Report(spoken(o))
		o.Vantage, o.Lacks = probe.InAccount, Watching|OtherRegion
		m, _ := at(w, h, &r, o)
		press(m, keys...)
		return m
	}
}

// midWalk is half a walk through an account.
func midWalk(w, h int, o Options) *Model {
	o.Vantage, o.Lacks = probe.InAccount, Watching|OtherRegion
	m, c := at(w, h, nil, o)
	m.begin()
	events := []Event{{Kind: Planned, Total: 12, Region: "us-east-1", Protocol: "both", Vantage: probe.InAccount}}
	for i, x := range accounttest.Worlds["quick-setup"].Report(spoken(o)).Observations {
		id := string(x.Operation)
		events = append(events, Event{Kind: Started, Step: id, Why: "Ask for " + id + "."})
		if i < 5 {
			events = append(events, Event{Kind: Observed, Observation: x}, Event{Kind: Done, Step: id})
		} else if i == 7 {
			break
		}
	}
	m.Update(eventsMsg{m.run.number, events})
	c.now = c.now.Add(700 * time.Millisecond)
	m.Update(tickMsg(m.run.number))
	return m
}

// midRun is a run that has told so many observations.
func midRun(w, h int, o Options, observations int) *Model {
	m, c := at(w, h, nil, o)
	m.choice.Region = "eu-central-1"
	m.begin()
	events := []Event{{Kind: Planned, Total: 31, Region: "eu-central-1", Protocol: "both", Vantage: "desk"}}
	for i := range 9 {
		events = append(events, Event{Kind: Started, Step: fmt.Sprint(i), Why: []string{
			"The client's own registration and session service.", "The health-check server for PCoIP streaming, UDP 4172.", "The name as applications on this computer see it."}[i%3]})
	}
	for i, x := range reporttest.Samples()["healthy"].Observations {
		if i == observations {
			break
		}
		events = append(events, Event{Kind: Observed, Observation: x})
	}
	for i := range observations / 3 {
		events = append(events, Event{Kind: Done, Step: fmt.Sprint(2 * i)})
	}
	m.Update(eventsMsg{m.run.number, events})
	c.now = c.now.Add(700 * time.Millisecond)
	m.Update(tickMsg(m.run.number))
	return m
}

// screenOf is the screen as a person reads it, without colours.
func screenOf(m *Model) string { return ansi.Strip(m.View().Content) + "\n" }

func TestScreens(t *testing.T) {
	for name, show := range states {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size.w, size.h), func(t *testing.T) {
				golden.RequireEqual(t, screenOf(show(size.w, size.h, Options{Unicode: true})))
			})
		}
	}
}

// Whole screens of a language with wide characters: nothing may leave its box.
func TestScreensInJapanese(t *testing.T) {
	ja, spoken := words.In("ja")
	if !spoken {
		t.Fatal("Japanese is not spoken")
	}
	for _, name := range []string{"start", "office-firewall", "healthy", "inside-eth0", "running-mid", "watch", "layers", "help", "symptoms",
		"account", "account-healthy", "account-running", "account-help", "account-marked", "architecture", "stored"} {
		show := states[name]
		if show == nil {
			t.Fatalf("there is no state %s", name)
		}
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size.w, size.h), func(t *testing.T) {
				golden.RequireEqual(t, screenOf(show(size.w, size.h, Options{Unicode: true, Words: ja})))
			})
		}
	}
}

// The map has room for so many columns, whatever the language.
func TestTheMapsWordsFitInEveryLanguage(t *testing.T) {
	checked := 0
	for _, name := range words.Languages() {
		c, _ := words.In(name)
		for _, id := range c.IDs() {
			for pattern, most := range map[string]int{`^tui\.box\..*\.name$`: 9, `^tui\.word\.`: 6, `^tui\.spoke\.`: 8, `^tui\.caption-short\.`: 7, `^tui\.field\.`: 9} {
				if regexp.MustCompile(pattern).MatchString(id) {
					checked++
					if w := ansi.StringWidth(c.Source(id)); w > most {
						t.Errorf("%s: %s is %d columns wide, there is room for %d: %s", name, id, w, most, c.Source(id))
					}
				}
			}
		}
	}
	if checked < 2*40 {
		t.Errorf("only %d words were looked at", checked)
	}
}

func TestOtherScreens(t *testing.T) {
	for name, s := range map[string]struct {
		state string
		w, h  int
		o     Options
		keep  bool // the escape sequences
	}{
		"ascii-fault":   {"office-firewall", 80, 24, Options{}, false},
		"ascii-healthy": {"healthy", 120, 40, Options{}, false},
		"ascii-inside":  {"inside-eth0", 80, 24, Options{}, false},
		"ascii-running": {"running-mid", 40, 15, Options{}, false},
		"ascii-start":   {"start", 80, 24, Options{}, false},
		"ascii-watch":   {"watch", 80, 24, Options{}, false},
		"no-color":      {"office-firewall", 80, 24, Options{Unicode: true, NoColor: true}, true},
		"too-small":     {"healthy", 39, 14, Options{Unicode: true}, false},
		"very-wide":     {"office-firewall", 200, 60, Options{Unicode: true}, false},
		"tall":          {"office-firewall", 60, 45, Options{Unicode: true}, false},
		"ascii-account": {"account", 80, 24, Options{}, false},
		"ascii-marked":  {"account-marked", 80, 24, Options{}, false},
		"ascii-tree":    {"account-marked", 60, 20, Options{}, false},
		"color-marked":  {"account-marked", 100, 30, Options{Unicode: true}, true},
		"plain-marked":  {"account-marked", 100, 30, Options{Unicode: true, NoColor: true}, true},
		"wide-account":  {"account", 140, 45, Options{Unicode: true}, false},
		"wide-marked":   {"account-marked", 140, 45, Options{Unicode: true}, false},
		"pcoip-only":    {"slow", 100, 30, Options{Unicode: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := states[s.state](s.w, s.h, s.o)
			out := screenOf(m)
			if s.keep {
				out = m.View().Content + "\n"
			}
			golden.RequireEqual(t, out)
		})
	}
}

var _ = probe.OK
