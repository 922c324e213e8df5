package text_test

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/ansi"

	"wsdoctor/ui/text"
)

// terminal records every write and when it came.
type terminal struct {
	mu     sync.Mutex
	frames []string
	times  []time.Time
}

func (t *terminal) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.frames, t.times = append(t.frames, string(b)), append(t.times, time.Now())
	return len(b), nil
}

const erase = "\r\x1b[K"

func TestProgressShowsWhatIsTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out terminal
		p := text.NewProgress(&out, text.ProgressOptions{Terminal: true, Unicode: true})
		p.Expect(9)
		p.StepStarted("a", "is the broker \x1b[31mthere")
		p.StepStarted("b", "does port 4172 answer")
		time.Sleep(150 * time.Millisecond)
		p.StepDone("a")
		p.StepDone("never started")
		time.Sleep(100 * time.Millisecond)
		p.StepDone("b")
		time.Sleep(1700 * time.Millisecond)
		p.Stop()
		p.Stop()
		got := out.frames
		for i, want := range map[int]string{
			0: erase + "Checking 0/9, 100 ms: is the broker [31mthere (and 1 more)", 1: erase + "Checking 1/9, 200 ms: does port 4172 answer",
			2: erase + "Checking 2/9, 300 ms", 18: erase + "Checking 2/9, 1.9 s", len(got) - 1: erase,
		} {
			if i >= len(got) || got[i] != want {
				t.Errorf("frame %d of %d: %q, want %q", i, len(got), got[min(i, len(got)-1)], want)
			}
		}
	})
}

func TestProgressDrawsTenTimesASecondAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out terminal
		p := text.NewProgress(&out, text.ProgressOptions{Terminal: true})
		for range 2000 { // two seconds of a step every millisecond
			p.StepStarted("a", "why")
			p.StepDone("a")
			time.Sleep(time.Millisecond)
		}
		p.Stop()
		if n := len(out.frames); n < 19 || n > 21 {
			t.Errorf("%d frames in 2 s", n)
		}
		for i := 1; i < len(out.times)-1; i++ {
			if gap := out.times[i].Sub(out.times[i-1]); gap < 100*time.Millisecond {
				t.Errorf("frame %d came %v after the one before", i, gap)
			}
		}
	})
}

func TestProgressOfAShortRunShowsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out terminal
		p := text.NewProgress(&out, text.ProgressOptions{Terminal: true})
		p.StepStarted("a", "why")
		time.Sleep(90 * time.Millisecond)
		p.Stop()
		if len(out.frames) != 0 {
			t.Errorf("frames %q", out.frames)
		}
	})
}

func TestProgressIsSilentWhereThereIsNoTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := text.NewProgress(&out, text.ProgressOptions{})
		p.StepStarted("a", "why")
		time.Sleep(time.Second)
		p.StepDone("a")
		p.Stop()
		if out.Len() != 0 {
			t.Errorf("wrote %q", out.String())
		}
	})
}

func TestProgressStaysOnOneLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, unicode := range []bool{true, false} {
			var out terminal
			p := text.NewProgress(&out, text.ProgressOptions{Terminal: true, Width: 40, Unicode: unicode})
			p.StepStarted("a", strings.Repeat("界 wide\n", 100))
			time.Sleep(150 * time.Millisecond)
			p.Stop()
			frame := strings.TrimPrefix(out.frames[0], erase)
			if w := ansi.StringWidth(frame); w > 39 || w < 35 || strings.ContainsAny(frame, "\n\r\x1b") {
				t.Errorf("%d columns: %q", w, frame)
			}
		}
	})
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("gone") }

func TestProgressSurvivesABrokenTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := text.NewProgress(broken{}, text.ProgressOptions{Terminal: true})
		time.Sleep(time.Second)
		p.Stop()
	})
}
