package tui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
)

// terminal is what a program under test is attached to.
type terminal struct {
	t      *testing.T
	p      *tea.Program
	m      *Model
	keys   *io.PipeWriter
	result chan Result
	err    error
	left   time.Time // when the program ended

	mu    sync.Mutex
	wrote bytes.Buffer
}

func (x *terminal) Write(b []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.wrote.Write(b)
}

// said is what was written since it was asked last.
func (x *terminal) said() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.wrote.String()
	x.wrote.Reset()
	return s
}

// launch starts a program on a fake terminal of 80 by 24, inside a bubble.
func launch(ctx context.Context, t *testing.T, d Deps, o Options) *terminal {
	t.Helper()
	if d.Now == nil {
		d.Now = time.Now
	}
	in, keys := io.Pipe()
	x := &terminal{t: t, keys: keys, result: make(chan Result, 1)}
	o.Unicode = true
	go func() {
		r, err := runWith(ctx, d, o, func(p *tea.Program, m *Model) { x.p, x.m = p, m },
			tea.WithInput(in), tea.WithOutput(x), tea.WithEnvironment([]string{"TERM=xterm-256color"}), tea.WithWindowSize(80, 24), tea.WithFilter(ask))
		x.err, x.left = err, time.Now()
		in.Close()
		x.result <- r
	}()
	synctest.Wait()
	return x
}

// askMsg makes the program call a function between two messages, where the model
// may be looked at.
type askMsg func()

func ask(_ tea.Model, msg tea.Msg) tea.Msg {
	if f, is := msg.(askMsg); is {
		f()
		return nil
	}
	return msg
}

// look calls f where the model may be looked at.
func (x *terminal) look(f func(m *Model)) {
	done := make(chan struct{})
	x.p.Send(askMsg(func() { f(x.m); close(done) }))
	<-done
}

func (x *terminal) screen() (s string) {
	x.look(func(m *Model) { s = screenOf(m) })
	return s
}

// press types and waits until nothing happens any more.
func (x *terminal) press(keys string) {
	x.keys.Write([]byte(keys))
	time.Sleep(100 * time.Millisecond) // a lone escape is waited for
	synctest.Wait()
}

func (x *terminal) shows(want ...string) {
	x.t.Helper()
	time.Sleep(150 * time.Millisecond)
	synctest.Wait()
	out := x.screen()
	for _, w := range want {
		if !strings.Contains(out, w) {
			x.t.Errorf("no %q on the screen:\n%s", w, out)
		}
	}
}

func (x *terminal) end() Result {
	x.t.Helper()
	r := <-x.result
	time.Sleep(2 * time.Hour) // whatever still waits for a clock is over then
	if x.err != nil {
		x.t.Errorf("the interface failed: %v", x.err)
	}
	return r
}

// runs answers Run with reports, each after some time, and counts.
type runs struct {
	mu     sync.Mutex
	starts []time.Time
	asked  []Choice
	takes  time.Duration
	stuck  bool // it ignores its context
	slow   bool // one observation is told before the next is made, so that each is heard by itself
	report func(n int) report.Report
	err    error
}

func (r *runs) Run(ctx context.Context, c Choice, tell func(Event)) (report.Report, error) {
	r.mu.Lock()
	n := len(r.starts)
	r.starts, r.asked = append(r.starts, time.Now()), append(r.asked, c)
	r.mu.Unlock()
	if r.err != nil {
		return report.Report{}, r.err
	}
	rep := reporttest.Samples()["healthy"]
	if r.report != nil {
		rep = r.report(n)
	}
	tell(Event{Kind: Planned, Total: 20, Region: "eu-central-1", Protocol: "both", Vantage: rep.Run.Vantage})
	for i, o := range rep.Observations {
		tell(Event{Kind: Started, Step: o.ID, Why: "Look at " + o.ID + "."})
		tell(Event{Kind: Observed, Observation: o})
		if i%2 == 0 {
			tell(Event{Kind: Done, Step: o.ID})
		}
		if r.slow {
			time.Sleep(time.Millisecond)
		}
	}
	if r.stuck {
		time.Sleep(time.Hour)
		return rep, nil
	}
	select {
	case <-time.After(r.takes):
	case <-ctx.Done():
		time.Sleep(300 * time.Millisecond) // what a run may take to end
		rep = reporttest.Samples()["interrupted"]
	}
	return rep, nil
}

func (r *runs) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.starts)
}

// withRuns are fake dependencies around runs.
func withRuns(r *runs) Deps {
	d := fakeDeps(&clock{noon})
	d.Now, d.Run = func() time.Time { return time.Now().UTC() }, r.Run
	return d
}

func TestARunIsShownAndLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &runs{takes: 2 * time.Second}
		x := launch(t.Context(), t, withRuns(r), Options{Known: true})
		x.shows("Look at o2.", "  7/20", "✓ Computer", "443 tcp  ✓ 41 ms")
		time.Sleep(2 * time.Second)
		x.shows("Everything that can be measured from here works", "13 observations in 413 ms")
		x.press("e")
		x.shows("1 thing", "tcp_connect")
		x.press("\x1b")
		x.shows("[Verdict]")
		x.press("\t")
		x.shows("[Layers]", "name resolution (DNS)")
		x.press("\x1b[C\x1b[C\r") // two boxes on, and explain
		x.shows("Local network")
		x.press("h?") // back, and help
		x.shows("copy ticket")
		x.press("\x1b")
		x.said()
		x.press("q")
		if got := x.end(); got.Report == nil || got.Report.Verdict.Status != "ok" || r.count() != 1 {
			t.Errorf("%+v after %d runs", got.Report, r.count())
		}
		leavesClean(t, x.said())
	})
}

// leavesClean wants the last bytes to give the terminal back: main screen,
// cursor, no mouse, no bracketed paste.
func leavesClean(t *testing.T, out string) {
	t.Helper()
	for _, want := range []string{"\x1b[?1049l", "\x1b[?25h", "\x1b[?1002l", "\x1b[?2004l"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not among the last bytes: %q", want, out)
		}
	}
}

func TestCtrlCInTheMiddleGivesThePartialReport(t *testing.T) {
	for name, end := range map[string]func(x *terminal, cancel func()){
		"key":    func(x *terminal, _ func()) { x.press("\x03") },
		"q":      func(x *terminal, _ func()) { x.press("q") },
		"signal": func(_ *terminal, cancel func()) { cancel() },
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			x := launch(ctx, t, withRuns(&runs{takes: time.Minute}), Options{Known: true})
			x.shows("Look at o2.")
			x.said()
			began := time.Now()
			end(x, cancel)
			got := x.end()
			if got.Report == nil || !got.Report.Run.Interrupted {
				t.Errorf("%s: %+v", name, got.Report)
			}
			if took := x.left.Sub(began); took > 500*time.Millisecond {
				t.Errorf("%s: left after %s", name, took)
			}
			leavesClean(t, x.said())
		})
	}
}

// addedLimit is what the interface may add to a run.
const addedLimit = 50 * time.Millisecond

func TestTheInterfaceAddsNearlyNothingToARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &runs{takes: 2 * time.Second}
		began := time.Now()
		x := launch(t.Context(), t, withRuns(r), Options{Known: true})
		synctest.Wait()
		if r.count() != 1 || r.starts[0].Sub(began) > addedLimit/2 {
			t.Errorf("%d runs, begun %v", r.count(), r.starts)
		}
		time.Sleep(2*time.Second + addedLimit - time.Millisecond)
		synctest.Wait()
		if out := x.said(); !strings.Contains(out, "Round trip 41 ms.") {
			t.Errorf("the verdict is not on the screen %s after the run: %q", addedLimit, out)
		}
		x.press("q")
		x.end()
	})
}

func TestASecondCtrlCWaitsForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := launch(t.Context(), t, withRuns(&runs{stuck: true}), Options{Known: true})
		began := time.Now()
		x.press("\x03")
		x.shows("stopping")
		x.press("\x03")
		if got := x.end(); got.Report != nil || x.left.Sub(began) > time.Second {
			t.Errorf("%+v after %s", got.Report, x.left.Sub(began))
		}
	})
}

func TestNothingMovesWhileNothingHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := launch(t.Context(), t, withRuns(&runs{}), Options{Known: true})
		x.shows("Everything that can be measured")
		x.said()
		x.look(func(m *Model) {
			m.deps.Now = func() time.Time { t.Error("the clock is looked at while nothing happens"); return time.Now() }
		})
		time.Sleep(time.Hour)
		synctest.Wait()
		if s := x.said(); s != "" {
			t.Errorf("%d bytes were written in an idle hour: %.200q", len(s), s)
		}
		x.press("q")
		x.end()
	})
}

func TestTheSpinnerIsCalm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := launch(t.Context(), t, withRuns(&runs{takes: time.Minute}), Options{Known: true})
		time.Sleep(time.Second)
		synctest.Wait()
		before, after := 0, 0
		x.look(func(m *Model) { before = m.run.frame })
		time.Sleep(10 * time.Second)
		synctest.Wait()
		x.look(func(m *Model) { after = m.run.frame })
		if turns := after - before; turns < 90 || turns > 100 {
			t.Errorf("%d turns in ten seconds", turns)
		}
		x.press("q")
		x.end()
	})
}

func TestARunDoesNotWaitForTheScreen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := withRuns(&runs{})
		d.Run = func(ctx context.Context, _ Choice, tell func(Event)) (report.Report, error) {
			began := time.Now()
			for range 5000 {
				tell(Event{Kind: Started, Step: "a", Why: "Why."})
				tell(Event{Kind: Done, Step: "a"})
			}
			if took := time.Since(began); took > 0 {
				t.Errorf("told after %s", took)
			}
			return reporttest.Samples()["healthy"], nil
		}
		x := launch(t.Context(), t, d, Options{Known: true})
		x.shows("Everything that can be measured")
		x.press("q")
		x.end()
	})
}

func TestResizeInTheMiddleOfARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := launch(t.Context(), t, withRuns(&runs{takes: time.Minute}), Options{Known: true})
		for _, size := range [][2]int{{40, 15}, {200, 60}, {1, 1}, {39, 80}, {80, 24}, {500, 15}, {40, 200}} {
			x.p.Send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			time.Sleep(50 * time.Millisecond)
			synctest.Wait()
			lines := strings.Split(x.screen(), "\n")
			if len(lines) != size[1]+1 {
				t.Errorf("%v: %d lines", size, len(lines)-1)
			}
			for _, l := range lines {
				if n := len([]rune(l)); n > size[0] {
					t.Errorf("%v: %d columns: %q", size, n, l)
				}
			}
		}
		x.p.Send(tea.WindowSizeMsg{Width: 80, Height: 24})
		x.shows("Look at o2.")
		x.press("q")
		x.end()
	})
}

func TestWatchRepeatsFromStartToStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &runs{takes: 2 * time.Second, report: func(n int) report.Report {
			if n == 2 {
				return reporttest.Samples()["office-firewall"]
			}
			return reporttest.Samples()["healthy"]
		}}
		x := launch(t.Context(), t, withRuns(r), Options{Known: true, Watch: 10 * time.Second})
		time.Sleep(3 * time.Second)
		x.press("w")
		x.shows("[Watch]", "next run in", "No change in 1 run")
		time.Sleep(50 * time.Second)
		synctest.Wait()
		if n := r.count(); n != 6 {
			t.Errorf("%d runs in 53 seconds, want 6", n)
		}
		for i := 1; i < len(r.starts); i++ {
			if apart := r.starts[i].Sub(r.starts[i-1]); apart < 10*time.Second || apart > 10100*time.Millisecond {
				t.Errorf("run %d began %s after the one before", i, apart)
			}
		}
		x.shows("✓✓✗✓", "4172 tcp: works, before: fault")
		x.press("w")
		before := r.count()
		time.Sleep(time.Minute)
		if n := r.count(); n != before {
			t.Errorf("%d runs after the watch was stopped", n-before)
		}
		x.press("q")
		x.end()
	})
}

func TestARunThatOutlastsItsIntervalIsFollowedByAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &runs{takes: 8 * time.Second}
		x := launch(t.Context(), t, withRuns(r), Options{Known: true, Watch: 5 * time.Second, Watching: true})
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if n := r.count(); n != 4 { // at 0, 9, 18 and 27
			t.Errorf("%d runs", n)
		}
		x.press("q")
		if got := x.end(); got.Report == nil || got.Report.Run.Interrupted {
			t.Errorf("of a watch the last whole run counts: %+v", got.Report)
		}
	})
}

func TestARunThatCannotBeDoneLeadsToTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := launch(t.Context(), t, withRuns(&runs{err: errors.New("no Region was given")}), Options{Known: true})
		x.shows("Which WorkSpace?", "no Region was given")
		x.press("\x1b")
		if got := x.end(); got.Report != nil || got.Err == nil {
			t.Errorf("%+v", got)
		}
	})
}

func TestStartAsksForRegionAndSymptom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &runs{}
		d := withRuns(r)
		measured := make(chan struct{})
		d.MeasureRegions = func(ctx context.Context, tell func(Ping)) {
			tell(Ping{"ap-northeast-1", 33})
			<-ctx.Done()
			close(measured)
		}
		x := launch(t.Context(), t, d, Options{})
		x.shows("ap-northeast-1  Tokyo", "33 ms", "nearest: ap-northeast-1")
		x.press("tokyo\r")
		x.shows("What does the WorkSpaces client show?")
		x.press("jj\r")
		x.shows("Everything that can be measured")
		<-measured // the run does not share the line with it
		if want := (Choice{Region: "ap-northeast-1", Symptom: "black-screen"}); len(r.asked) != 1 || r.asked[0] != want {
			t.Errorf("asked for %+v", r.asked)
		}
		x.press("s")
		x.shows("▸ connects, then a black screen")
		x.press("k\r")
		x.shows("Everything that can be measured")
		if r.asked[1].Symptom != "loading-then-login" {
			t.Errorf("asked for %+v", r.asked)
		}
		x.press("q")
		x.end()
	})
}

func TestAClickExplainsTheBox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := launch(t.Context(), t, withRuns(&runs{}), Options{Known: true})
		x.shows("Everything that can be measured")
		x.press("\x1b[<0;70;6M\x1b[<0;70;6m") // the streaming gateway
		x.shows("About streaming-gateway")
		x.press("\x1b[<65;10;10M") // the wheel
		x.press("q")
		x.end()
	})
}
