package text

import (
	"io"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/labels"
)

const (
	// redrawEvery keeps the line to ten draws a second: more than an eye can
	// follow, few enough for a slow remote terminal.
	redrawEvery = 100 * time.Millisecond
	// clearLine goes to the start of the line and clears to its end (ECMA-48 EL).
	clearLine = "\r\x1b[K"
)

// ProgressOptions say how to draw.
type ProgressOptions struct {
	Terminal bool // w is a terminal; false: nothing is ever written
	Width    int  // columns; 0 means 80
	Unicode  bool
	Words    *words.Catalogue // nil means English
}

// Progress is the one line that tells what a running check is trying. It
// redraws itself in place and erases itself at the end, so that nothing of it
// stays on the screen. Its methods may be called by several goroutines.
type Progress struct {
	w    io.Writer
	page *page
	o    ProgressOptions
	quit chan struct{}
	idle chan struct{} // closed when the drawing goroutine is gone
	stop sync.Once

	mu      sync.Mutex
	started time.Time
	running []running // in order of their start
	done    int
	seen    int
	total   int
}

type running struct{ id, why string }

// NewProgress starts drawing to w, which should be stderr. Stop must be called.
// The first draw comes after a tenth of a second: a shorter run shows nothing.
func NewProgress(w io.Writer, o ProgressOptions) *Progress {
	p := &Progress{
		w: w, o: o, page: newPage(Options{Width: o.Width, Unicode: o.Unicode, Words: o.Words}), started: time.Now(),
		quit: make(chan struct{}), idle: make(chan struct{}),
	}
	if o.Terminal {
		go p.draw()
	} else {
		close(p.idle)
	}
	return p
}

// Expect tells how many steps the plan has. Until then the steps seen so far
// stand for them.
func (p *Progress) Expect(steps int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total = steps
}

// StepStarted tells that a step began, and why it is there.
func (p *Progress) StepStarted(id, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen++
	p.running = append(p.running, running{id, probe.Clean(why, mostText)})
}

// StepDone tells that a step is over.
func (p *Progress) StepDone(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, r := range p.running {
		if r.id == id {
			p.running = append(p.running[:i], p.running[i+1:]...)
			p.done++
			return
		}
	}
}

// Stop erases the line and returns when nothing will be written any more.
// Calling it again does nothing.
func (p *Progress) Stop() {
	p.stop.Do(func() { close(p.quit) })
	<-p.idle
}

func (p *Progress) draw() {
	defer close(p.idle)
	ticker := time.NewTicker(redrawEvery)
	defer ticker.Stop()
	shown := false
	for {
		select {
		case <-ticker.C:
			io.WriteString(p.w, clearLine+p.line()) // a broken terminal must not end the run
			shown = true
		case <-p.quit:
			if shown {
				io.WriteString(p.w, clearLine)
			}
			return
		}
	}
}

// line is what is shown now, one column narrower than the terminal, because
// some wrap when the last column is written.
func (p *Progress) line() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	elapsed := labels.Milliseconds(float64(time.Since(p.started).Round(redrawEvery).Milliseconds()))
	so := words.Args{"done": p.done, "total": max(p.total, p.seen), "time": elapsed}
	id := "ui.checking"
	if n := len(p.running); n > 0 {
		id, so["what"] = "ui.checking-what", p.running[0].why // the one that has been waited for longest
		if n > 1 {
			id, so["more"] = "ui.checking-more", n-1
		}
	}
	s := p.page.speak.Say(id, so)
	tail := "…"
	if !p.o.Unicode {
		tail = "..."
	}
	return ansi.Truncate(p.page.plain(s), p.page.o.Width-1, tail)
}
