package tui

import (
	"image/color"
	"math"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// luminance of a colour (WCAG 2.2, relative luminance).
func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	part := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*part(r) + 0.7152*part(g) + 0.0722*part(b)
}

func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// Text must be readable: 4.5 to 1 is what WCAG asks for (success criterion 1.4.3).
func TestColoursCanBeReadOnTheirBackground(t *testing.T) {
	white, black := color.White, color.RGBA{0x1e, 0x1e, 0x1e, 0xff}
	for look, c := range tokens {
		if c.dark == nil {
			continue
		}
		if got := contrast(c.light, white); got < 4.5 {
			t.Errorf("look %d on white: %.1f", look, got)
		}
		if got := contrast(c.dark, black); got < 4.5 {
			t.Errorf("look %d on dark grey: %.1f", look, got)
		}
	}
}

func TestBackgroundChangesColoursOnly(t *testing.T) {
	m := sampled("host-firewall")(80, 24, Options{Unicode: true})
	dark, words := m.View().Content, screenOf(m)
	m.Update(tea.BackgroundColorMsg{Color: color.White})
	if m.View().Content == dark || screenOf(m) != words {
		t.Error("a light background changes nothing, or more than colours")
	}
}

// Among sixteen colours none is left to chance: the nearest to grey may be blue.
func TestSixteenColoursAreChosen(t *testing.T) {
	for _, dark := range []bool{true, false} {
		th := newTheme(dark, false, colorprofile.ANSI)
		for look := range looks {
			if code := th.prefix[look]; strings.Contains(code, "38;") {
				t.Errorf("look %d: %q", look, code)
			}
		}
		if th.prefix[muted] != "" || th.prefix[bad] == th.prefix[doubtful] || th.prefix[bad] == "" {
			t.Errorf("muted %q, bad %q, doubtful %q", th.prefix[muted], th.prefix[bad], th.prefix[doubtful])
		}
	}
	m := sampled("host-firewall")(80, 24, Options{Unicode: true})
	m.Update(tea.ColorProfileMsg{Profile: colorprofile.ANSI})
	if out := m.View().Content; strings.Contains(out, "38;2;") || !strings.Contains(out, "\x1b[") {
		t.Errorf("colours by number:\n%q", out)
	}
}
