package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/internal/words"
)

// watchedAs runs a watch of which each letter is a run: h is healthy, f has a firewall,
// s slept in a healthy one, i was interrupted.
func watchedAs(t *testing.T, f watchFlags, runs string) (r result, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	env := Env{Stdout: &out, Stderr: &errs, Getenv: func(string) string { return "" }, Words: words.English()}
	f.every, f.spreads = time.Minute, true
	if f.format == "" {
		f.format = "text"
	}
	w, err := newWatcher(t.Context(), env, f)
	if err != nil {
		return result{stderr: errs.String()}, err
	}
	samples := reporttest.Samples()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := 0
	w.loop.Run = func(ctx context.Context) (report.Report, error) {
		if done == len(runs) {
			cancel()
			return report.Report{Run: report.Run{Interrupted: true}}, nil
		}
		name := "healthy"
		if runs[done] == 'f' {
			name = "rivals"
		}
		r, known := samples[name]
		if !known {
			t.Fatalf("no sample %s", name)
		}
		if name == "rivals" {
			r.Verdict.Where = finding.At(finding.OnDevice, "10.20.0.1")
		}
		r.Run.StartedAt = time.Now()
		done++
		return r, nil
	}
	tell := w.loop.Tell
	w.loop.Tell = func(r report.Report, _ bool) (bool, error) {
		return tell(r, done > 0 && !r.Run.Interrupted && runs[done-1] == 's')
	}
	err = w.do(ctx)
	return result{out: out.String(), stderr: errs.String()}, err
}

func lines(r result) []string { return strings.Split(strings.TrimSuffix(r.out, "\n"), "\n") }

// wantLines holds every line against what it must hold.
func wantLines(t *testing.T, r result, want ...string) {
	t.Helper()
	got := lines(r)
	if len(got) != len(want) {
		t.Fatalf("%d lines, want %d\n%s", len(got), len(want), r.out)
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("line %d: %q lacks %q", i, got[i], want[i])
		}
	}
}

func TestAWatchTellsOfEveryRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		r, err := watchedAs(t, watchFlags{keep: dir}, "hhfffsfh")
		wantLines(
			t,
			r,
			"[first run]",
			"  ok ",
			"[changed; before: ok since 00:00:00, 2 runs]",
			"  network-firewall ",
			"[sustained: 3 runs in a row, since 00:02:00]",
			"[not counted: the computer slept during this run]",
			"  fault ",
			"[changed; before: fault since 00:02:00, 4 runs, sustained]",
			"7 runs in 7m0s, 3 of them ok; 2 changes. Troubles: 0 one-off, 1 sustained, 0 recurring.",
		)
		if err != exitError(layer.ExitInterrupted) {
			t.Errorf("%v", err)
		}
		kept, _ := filepath.Glob(filepath.Join(dir, "*.json"))
		if len(kept) != 3 {
			t.Fatalf("kept %q", kept)
		}
		b, _ := os.ReadFile(kept[1])
		if read, err := report.Parse(bytes.NewReader(b)); err != nil || read.Verdict.Layer == nil ||
			*read.Verdict.Layer != layer.NetworkFirewall {
			t.Errorf("%s: %v", kept[1], err)
		}
	})
}

func TestAQuietWatchTellsOfChangesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := watchedAs(t, watchFlags{keep: keepNothing, flags: flags{output: output{quiet: true}}}, "hhhhfhhfhhf")
		wantLines(
			t,
			r,
			"[first run]",
			"[changed; before: ok",
			"one-off]",
			"[changed; before: ok",
			"one-off]",
			"[recurring, 3 times within a day; before: ok",
			"1 recurring",
		)
	})
}

func TestAWatchUntilAChangeEndsWithItsExitCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := watchedAs(t, watchFlags{keep: keepNothing, untilChange: true}, "hhf")
		wantLines(t, r, "first run", "ok", "changed", "3 runs")
		firewall, _ := layer.Get(layer.NetworkFirewall)
		if err != exitError(firewall.Exit) {
			t.Errorf("%v", err)
		}
	})
}

func TestLinesForProgramsAreJSONAndRedacted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := watchFlags{keep: keepNothing, flags: flags{output: output{format: "ndjson"}}}
		plain, _ := watchedAs(t, f, "hf")
		f.redact = true
		hidden, _ := watchedAs(t, f, "hf")
		place := ""
		for i, text := range lines(plain) {
			var l watchLine
			if err := json.Unmarshal(
				[]byte(text),
				&l,
			); err != nil || l.Schema != watchSchema ||
				l.Event != []string{"first", "changed", "end"}[i] {
				t.Errorf("%s: %v", text, err)
			}
			if l.Where != nil {
				place = l.Where.From
			}
			if i == 1 && (l.Spell == nil || l.Before == nil || l.Before.Runs != 1) ||
				i == 2 && (l.Totals == nil || l.Totals.Changes != 1) {
				t.Errorf("%s", text)
			}
		}
		if place == "" || !strings.Contains(plain.out, place) || strings.Contains(hidden.out, `"`+place+`"`) {
			t.Errorf("%s is told, or was not there\n%s", place, hidden.out)
		}
	})
}

// A folder that is gone, or a disk that is full, ends nothing: it is said once, and
// again when it worked in between.
func TestAWatchGoesOnWithoutKeeping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "kept")
		var out, errs bytes.Buffer
		env := Env{Stdout: &out, Stderr: &errs, Getenv: func(string) string { return "" }, Words: words.English()}
		f := watchFlags{keep: dir, every: time.Minute, spreads: true, flags: flags{output: output{format: "text"}}}
		w, err := newWatcher(t.Context(), env, f)
		if err != nil {
			t.Fatal(err)
		}
		os.RemoveAll(dir)
		samples := reporttest.Samples()
		for i := range 4 {
			r := samples[[]string{"healthy", "rivals"}[i%2]]
			if r.Run.StartedAt = time.Now(); i == 3 {
				os.Mkdir(dir, 0o700)
			}
			if _, err := w.tell(t.Context(), r, false); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		if n := strings.Count(errs.String(), "are not kept: "); n != 1 || strings.Count(out.String(), "\n") != 4 {
			t.Errorf("said %d times\n%s%s", n, errs.String(), out.String())
		}
		if kept, _ := os.ReadDir(dir); len(kept) != 1 {
			t.Errorf("kept %v", kept)
		}
	})
}

func TestAWatchAddsToItsFileAndRenewsItsMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		file, metrics := filepath.Join(dir, "log"), filepath.Join(dir, "desk.prom")
		if err := os.WriteFile(file, []byte("before\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		f := watchFlags{keep: keepNothing, flags: flags{output: output{file: file, metricsFile: metrics}}}
		r, _ := watchedAs(t, f, "hf")
		b, _ := os.ReadFile(file)
		if got := strings.Split(
			string(b),
			"\n",
		); len(got) != 5 || got[0] != "before" || !strings.Contains(got[3], "2 runs") ||
			r.out != "" {
			t.Errorf("%q, standard output %q", b, r.out)
		}
		if m, err := os.ReadFile(metrics); err != nil || !strings.Contains(string(m), "wsdoctor_status 2") {
			t.Errorf("%s, %v", m, err)
		}
	})
}

func TestWhatAWatchCannotDoIsKnownAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ args, says, hint string }{
		"too often":           {"--every 29s", "--every 29s is not between 30s and 24h0m0s", "--every 5m"},
		"too seldom":          {"--every 25h", "--every 25h0m0s is not between", "--every 5m"},
		"shorter than one":    {"--every 10m --for 5m", "--for 5m0s is shorter than --every 10m0s", "--for 8h"},
		"a negative time":     {"--for -1h", "--for -1h0m0s is shorter", "--for 8h"},
		"no duration":         {"--every soon", "--every takes a time with its unit", "wsdoctor watch --every 5m"},
		"a spread of days":    {"--spread 48h", "--spread 48h0m0s is not between", "--spread 5m"},
		"a form of one run":   {"-o junit", "unknown output format", "-o text or -o ndjson"},
		"a file for a folder": {"--region tokyo --keep " + file, "reports cannot be kept", "--keep none"},
		"an unknown log":      {"--log papertrail", `unknown log "papertrail"`, "--log journald"},
		"both loud and quiet": {"-q -v", "-q and -v", ""},
		"no such Region":      {"--region atlantis", "atlantis", "regions"},
	} {
		r := execute(t.Context(), append([]string{"watch"}, strings.Fields(c.args)...)...)
		if r.code != layer.ExitUsage || r.out != "" || !strings.Contains(r.stderr, c.says) ||
			!strings.Contains(r.stderr, c.hint) {
			t.Errorf("%s: exit code %d\n%s%s", name, r.code, r.out, r.stderr)
		}
	}
}

// The real thing, in an empty network: it runs, and ends when it is told to.
func TestAWatchEndsWithASummaryWhenInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	var errs bytes.Buffer
	env := Env{Stdin: strings.NewReader(""), Stdout: writer, Stderr: &errs, Getenv: func(string) string { return "" }}
	code := make(chan int, 1)
	go func() {
		code <- Execute(ctx, env, []string{"watch", "--region", "tokyo", "--spread", "0s", "--keep", "none"})
		writer.Close()
	}()
	b := make([]byte, 4096)
	n, err := reader.Read(b) // the first line, whenever it comes
	if err != nil || !strings.Contains(string(b[:n]), "[first run]") {
		t.Errorf("%q, %v", b[:n], err)
	}
	cancel()
	n, _ = reader.Read(b)
	if !strings.Contains(string(b[:n]), "1 run in 0s") {
		t.Errorf("%q", b[:n])
	}
	if got := <-code; got != layer.ExitInterrupted {
		t.Errorf("exit code %d\n%s", got, errs.String())
	}
}

func TestAPlanOfAWatchSaysThatItIsRepeated(t *testing.T) {
	r := execute(t.Context(), "watch", "--region", "tokyo", "--every", "7m", "--plan")
	if r.code != 0 || !strings.Contains(r.out, "every 7m0s") || !strings.Contains(r.out, "Nothing has been sent.") {
		t.Errorf("exit code %d\n%s%s", r.code, r.out, r.stderr)
	}
}
