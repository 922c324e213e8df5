package tui

import (
	"context"
	"errors"
	"io"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/words"
	"wsdoctor/ui/labels"
)

// Sheet is what Browse shows at once: a text, and entries that open further sheets.
type Sheet struct {
	Title   string
	Text    []string // lines; they are cut, not wrapped
	Entries []Entry
}

// Entry is a line that can be opened. Open is asked for a width in columns; nil: there
// is nothing behind it. It may take its time only as long as a file is read.
type Entry struct {
	Label  string
	Status finding.Status
	Open   func(width int) (Sheet, error)
}

// Browse shows a sheet on a terminal and lets the user go into its entries and back,
// until he leaves or ctx ends. The error says that the interface itself failed.
func Browse(ctx context.Context, s Sheet, o Options, in io.Reader, out io.Writer, environ []string) error {
	options := []tea.ProgramOption{
		tea.WithInput(in), tea.WithOutput(out), tea.WithEnvironment(environ), tea.WithContext(ctx),
		tea.WithoutSignalHandler(), tea.WithFPS(framesPerSecond),
	}
	if o.NoColor {
		options = append(options, tea.WithColorProfile(colorprofile.Ascii))
	}
	_, err := tea.NewProgram(newBrowser(s, o), options...).Run()
	if err != nil && !errors.Is(err, tea.ErrInterrupted) && ctx.Err() == nil {
		return words.Fail(words.Say("tui.error.show", words.Args{"why": words.Reason(err)})).Because(err)
	}
	return nil
}

// browser is a stack of sheets, the last of which is shown.
type browser struct {
	o             Options
	speak         labels.In
	theme         *theme
	width, height int
	open          []opened
	problem       string
}

// opened is a sheet with what of it is shown.
type opened struct {
	Sheet
	chosen int // entry
	top    int // the first line shown
}

func newBrowser(s Sheet, o Options) *browser {
	return &browser{
		o:     o,
		speak: labels.Speak(o.Words),
		theme: newTheme(true, o.NoColor, colorprofile.TrueColor),
		open:  []opened{{Sheet: s}},
	}
}

func (b *browser) Init() tea.Cmd {
	if b.o.NoColor {
		return nil
	}
	return tea.RequestBackgroundColor
}

func (b *browser) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		b.width, b.height = msg.Width, msg.Height
	case tea.BackgroundColorMsg:
		b.theme = newTheme(msg.IsDark(), b.o.NoColor, colorprofile.TrueColor)
	case tea.KeyPressMsg:
		b.problem = ""
		if do := browseKeys[msg.String()]; do != nil {
			return b, do(b)
		}
	}
	return b, nil
}

// browseKeys are what the keys do.
var browseKeys = map[string]func(*browser) tea.Cmd{
	"up": moveBy(-1), "k": moveBy(-1), "down": moveBy(1), "j": moveBy(1),
	"pgup": movePages(-1), "pgdown": movePages(1), "space": movePages(1),
	"home": moveBy(-1 << 20), "g": moveBy(-1 << 20), "end": moveBy(1 << 20), "G": moveBy(1 << 20),
	"enter": (*browser).enter, "right": (*browser).enter, "l": (*browser).enter,
	"esc": (*browser).back, "left": (*browser).back, "backspace": (*browser).back, "h": (*browser).back,
	"q": leaveBrowser, "ctrl+c": leaveBrowser,
}

func leaveBrowser(*browser) tea.Cmd { return tea.Quit }

func moveBy(n int) func(*browser) tea.Cmd {
	return func(b *browser) tea.Cmd { b.move(n); return nil }
}

func movePages(n int) func(*browser) tea.Cmd {
	return func(b *browser) tea.Cmd { b.move(n * max(1, b.room()-1)); return nil }
}

func (b *browser) shown() *opened { return &b.open[len(b.open)-1] }

// room is how many lines of a sheet are shown: all but the title and the keys.
func (b *browser) room() int { return max(1, b.height-2) }

// move goes to another entry, or through a text that has none.
func (b *browser) move(n int) {
	s := b.shown()
	lines := len(s.Text) + len(s.Entries)
	last := max(0, lines-b.room())
	if len(s.Entries) == 0 {
		s.top = min(max(0, s.top+n), last)
		return
	}
	s.chosen = min(max(0, s.chosen+n), len(s.Entries)-1)
	at := len(s.Text) + s.chosen
	switch {
	case s.chosen == 0:
		s.top = 0 // what stands above the entries is seen again
	case at < s.top:
		s.top = at
	case at >= s.top+b.room():
		s.top = at - b.room() + 1
	}
	s.top = min(s.top, last)
}

func (b *browser) enter() tea.Cmd {
	s := b.shown()
	if len(s.Entries) == 0 || s.Entries[s.chosen].Open == nil {
		return nil
	}
	next, err := s.Entries[s.chosen].Open(b.width)
	if err != nil {
		b.problem = b.speak.Tell(words.Reason(err))
		return nil
	}
	b.open = append(b.open, opened{Sheet: next})
	return nil
}

func (b *browser) back() tea.Cmd {
	if len(b.open) == 1 {
		return tea.Quit
	}
	b.open = b.open[:len(b.open)-1]
	return nil
}

func (b *browser) View() tea.View {
	v := tea.NewView(b.draw())
	v.AltScreen, v.WindowTitle = true, "wsdoctor"
	return v
}

// statusLooks are the colours of entries.
var statusLooks = map[finding.Status]style{
	finding.StatusOK:           good,
	finding.StatusDegraded:     limited,
	finding.StatusFault:        bad,
	finding.StatusInconclusive: doubtful,
}

// draw gives the screen as text.
func (b *browser) draw() string {
	if b.width <= 0 || b.height <= 0 {
		return "" // the terminal has not told its size yet
	}
	s := b.shown()
	lines := []string{b.line(s.Title, accent|bold)}
	for i := s.top; i < len(s.Text)+len(s.Entries) && len(lines) <= b.room(); i++ {
		if i < len(s.Text) {
			lines = append(lines, b.line(s.Text[i], plain))
			continue
		}
		e := s.Entries[i-len(s.Text)]
		mark, look := "  ", statusLooks[e.Status]
		if i-len(s.Text) == s.chosen {
			mark, look = "▸ ", look|reverse
		}
		lines = append(lines, b.line(mark+e.Label, look))
	}
	for len(lines) <= b.room() {
		lines = append(lines, "")
	}
	foot := b.problem
	if foot == "" {
		foot = b.speak.Say("tui.browse.keys")
	}
	return strings.Join(append(lines, b.line(foot, muted)), "\n")
}

// line is a line that fits the screen, in a look.
func (b *browser) line(text string, look style) string {
	if !b.o.Unicode {
		text = asciiOf(text)
	}
	text = ansi.Truncate(text, b.width, "…")
	if !b.o.Unicode {
		text = asciiOf(text)
	}
	if look == plain {
		return text
	}
	prefix := b.theme.prefix[look]
	if prefix == "" {
		return text
	}
	return prefix + text + ansi.ResetStyle
}
