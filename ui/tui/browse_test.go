package tui

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"wsdoctor/internal/diagnose/finding"
)

// shelf is a sheet of many entries: the first opens a long text, the second cannot be
// opened, the third has nothing behind it.
func shelf() Sheet {
	s := Sheet{Title: "a company", Text: []string{"what was read", ""}}
	for i := range 30 {
		s.Entries = append(s.Entries, Entry{Label: fmt.Sprintf("✗ group %d", i), Status: finding.StatusFault})
	}
	s.Entries[0].Open = func(width int) (Sheet, error) {
		text := Sheet{Title: "group 0"}
		for i := range 100 {
			text.Text = append(text.Text, fmt.Sprintf("line %d of %d columns", i, width))
		}
		return text, nil
	}
	s.Entries[1].Open = func(int) (Sheet, error) { return Sheet{}, errors.New("the file is gone") }
	return s
}

// browsing is a browser on a screen of 40 by 12, and what presses its keys.
func browsing(unicode bool) (*browser, func(...string) string) {
	b := newBrowser(shelf(), Options{Unicode: unicode, NoColor: true})
	b.Update(tea.WindowSizeMsg{Width: 40, Height: 12})
	return b, func(keys ...string) string {
		for _, k := range keys {
			b.Update(keyPress(k))
		}
		return ansi.Strip(b.View().Content)
	}
}

func keyPress(name string) tea.KeyPressMsg {
	codes := map[string]rune{"up": tea.KeyUp, "down": tea.KeyDown, "enter": tea.KeyEnter, "esc": tea.KeyEscape, "end": tea.KeyEnd, "home": tea.KeyHome, "pgdown": tea.KeyPgDown}
	if code, special := codes[name]; special {
		return tea.KeyPressMsg{Code: code}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

func TestBrowsing(t *testing.T) {
	_, press := browsing(true)
	for _, step := range []struct {
		keys      string
		has, none string
	}{
		{"", "a company", "group 8"},
		{"", "▸ ✗ group 0", "▸ ✗ group 1"},
		{"down", "▸ ✗ group 1", "▸ ✗ group 0"},
		{"enter", "the file is gone", "choose"},
		{"down", "▸ ✗ group 2", "the file is gone"},
		{"enter", "▸ ✗ group 2", "line"}, // nothing is behind it
		{"end", "▸ ✗ group 29", "what was read"},
		{"home", "what was read", "group 29"},
		{"enter", "line 0 of 40 columns", "a company"},
		{"pgdown", "line 9 of", "line 0 of"},
		{"end", "line 99 of", "line 0 of"},
		{"esc", "▸ ✗ group 0", "line"},
	} {
		screen := press(strings.Fields(step.keys)...)
		if !strings.Contains(screen, step.has) || strings.Contains(screen, step.none) {
			t.Errorf("after %q: no %q, or %q:\n%s", step.keys, step.has, step.none, screen)
		}
		lines := strings.Split(screen, "\n")
		if len(lines) != 12 {
			t.Errorf("after %q: %d lines", step.keys, len(lines))
		}
		for _, l := range lines {
			if ansi.StringWidth(l) > 40 {
				t.Errorf("after %q: a line of %d columns: %s", step.keys, ansi.StringWidth(l), l)
			}
		}
	}
}

func TestBrowsingEnds(t *testing.T) {
	for _, key := range []string{"q", "esc"} {
		b, _ := browsing(true)
		if _, cmd := b.Update(keyPress(key)); cmd == nil {
			t.Errorf("%s does not leave", key)
		}
	}
}

func TestBrowsingInASCII(t *testing.T) {
	_, press := browsing(false)
	if screen := press("down"); !isASCII(strings.ReplaceAll(screen, "\n", "")) || !strings.Contains(screen, "> x group 1") {
		t.Errorf("%q", screen)
	}
}

// A screen without a size, and one of a single line, are no reason to fall.
func TestBrowsingOnNoScreen(t *testing.T) {
	b := newBrowser(shelf(), Options{})
	if got := b.View().Content; got != "" {
		t.Errorf("%q", got)
	}
	for _, size := range []tea.WindowSizeMsg{{Width: 1, Height: 1}, {Width: 3, Height: 2}} {
		b.Update(size)
		for _, key := range []string{"end", "home", "enter", "end"} {
			b.Update(keyPress(key))
			b.View()
		}
	}
}
