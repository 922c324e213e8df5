package tui

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
)

// style names a look by what it means. It can be combined with bold and
// reverse, which show without colour too.
type style uint8

// The looks.
const (
	plain style = iota
	muted
	accent
	good
	limited
	bad
	doubtful
	looks // how many there are
)

// bold and reverse are added to a look.
const (
	bold    style = 0x40
	reverse style = 0x80
)

// tokens are the colours of each look on a light and on a dark background. No
// colour is named anywhere else.
var tokens = [looks]struct{ light, dark color.Color }{
	muted:    {lipgloss.Color("#6b7280"), lipgloss.Color("#8b93a1")},
	accent:   {lipgloss.Color("#0b6bcb"), lipgloss.Color("#6cb6ff")},
	good:     {lipgloss.Color("#187a36"), lipgloss.Color("#7ee2a0")},
	limited:  {lipgloss.Color("#8f5d00"), lipgloss.Color("#f2cc60")},
	bad:      {lipgloss.Color("#c4160a"), lipgloss.Color("#ff7b72")},
	doubtful: {lipgloss.Color("#8327a8"), lipgloss.Color("#d2a8ff")},
}

// few are the tokens for a terminal of sixteen colours, where the nearest one to
// grey may be a blue that nobody can read. What is muted has the terminal's own.
var few = [looks]struct{ light, dark color.Color }{
	accent:   {lipgloss.Blue, lipgloss.BrightCyan},
	good:     {lipgloss.Green, lipgloss.BrightGreen},
	limited:  {lipgloss.Yellow, lipgloss.BrightYellow},
	bad:      {lipgloss.Red, lipgloss.BrightRed},
	doubtful: {lipgloss.Magenta, lipgloss.BrightMagenta},
}

// theme holds the escape sequence that begins each style.
type theme struct{ prefix [256]string }

// newTheme makes the styles for a background and what the terminal can show, or
// without colours.
func newTheme(dark, noColor bool, can colorprofile.Profile) *theme {
	t := &theme{}
	pick := lipgloss.LightDark(dark)
	palette := &tokens
	if can == colorprofile.ANSI {
		palette = &few
	}
	for look := range looks {
		for _, extra := range []style{0, bold, reverse, bold | reverse} {
			s := lipgloss.NewStyle().Bold(extra&bold != 0).Reverse(extra&reverse != 0)
			if c := palette[look]; c.dark != nil && !noColor {
				s = s.Foreground(pick(c.light, c.dark))
			}
			prefix, _, found := strings.Cut(s.Render("x"), "x")
			if found {
				t.prefix[look|extra] = prefix
			}
		}
	}
	return t
}
