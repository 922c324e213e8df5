// Command pictures makes the documents' pictures from real runs in the simulated
// network: it builds the program, runs it in a terminal (tmux), waits for the verdict
// and draws what the terminal shows; and it has a browser (Chromium) show the page of
// a run, in a network in which there is nothing.
//
//	go run ./internal/lab/pictures        # from the top of the repository
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// pictures are what is made: a run, and the file it is shown in.
var pictures = []struct {
	file    string
	command []string // after the program's name
	w, h    int
}{
	{"healthy.svg", []string{"demo", "--tui", "healthy-40ms"}, 100, 30},
	{"broken.svg", []string{"demo", "--tui", "path-router-drops-40ms"}, 100, 30},
	{"inside.svg", []string{"demo", "--tui", "inside-eth0-down"}, 100, 30},
}

// drawings are pictures that the program itself writes.
var drawings = []struct {
	file    string
	command []string
}{
	{"architecture.svg", []string{"rejudge", "ui/architecture/testdata/faults.json", "-o", "svg"}},
	{"joined.svg", []string{"merge", "ui/architecture/testdata/joined.desk.json", "ui/architecture/testdata/joined.inside.json",
		"ui/architecture/testdata/joined.account.json", "-o", "svg"}},
}

// pages are those of `-o html`: a run, and the picture of its page's beginning.
var pages = []struct {
	file    string
	command []string
	w, h    int
}{
	{"ticket.png", []string{"demo", "path-router-drops-40ms", "-o", "html"}, 1000, 1240},
	{"fleet.png", []string{"fleet", companyReports, "-o", "html"}, 1000, 640},
}

// companyReports is the folder with reports of forty computers, which a test makes.
const companyReports = "reports"

const (
	folder   = ".github/pictures"
	runOver  = " observations in " // stands in the status line when the run is over
	patience = 30 * time.Second
)

func main() {
	if err := makeAll(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

func makeAll(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "wsdoctor-pictures-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "wsdoctor")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "./cmd/wsdoctor")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the program: %w\n%s", err, out)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // the simulated network's user runs it
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, p := range pictures {
		shown, err := capture(ctx, dir, p.file, append([]string{program}, p.command...), p.w, p.h)
		if err != nil {
			return fmt.Errorf("%s: %w", p.file, err)
		}
		if err := os.WriteFile(filepath.Join(folder, p.file), []byte(svg(parse(shown), p.w, p.h)), 0o644); err != nil {
			return err
		}
		fmt.Println(filepath.Join(folder, p.file))
	}
	for _, d := range drawings {
		drawn, err := exec.CommandContext(ctx, program, d.command...).Output()
		var diagnosis *exec.ExitError // the exit code is the verdict
		if err != nil && !errors.As(err, &diagnosis) || len(drawn) == 0 {
			return fmt.Errorf("%s: %w", d.file, err)
		}
		if err := os.WriteFile(filepath.Join(folder, d.file), drawn, 0o644); err != nil {
			return err
		}
		fmt.Println(filepath.Join(folder, d.file))
	}
	if err := company(ctx, filepath.Join(dir, companyReports)); err != nil {
		return err
	}
	for _, p := range pages {
		if err := photograph(ctx, dir, p.file, append([]string{program}, p.command...), p.w, p.h); err != nil {
			return fmt.Errorf("%s: %w", p.file, err)
		}
		fmt.Println(filepath.Join(folder, p.file))
	}
	return nil
}

// company has the program run on forty computers of a simulated company, and keeps their
// reports in a folder.
func company(ctx context.Context, reports string) error {
	if err := os.Mkdir(reports, 0o755); err != nil {
		return err
	}
	const longest = 5 * time.Minute
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	test := exec.CommandContext(ctx, "go", "test", "-count=1", "./internal/lab",
		"-run", "^TestACompanyIsOneFirewallAndOneProxy$", "-company-reports", reports)
	if out, err := test.CombinedOutput(); err != nil {
		return fmt.Errorf("the company's reports: %w\n%s", err, out)
	}
	return nil
}

// photograph runs a command that prints a page, and has a browser show it.
func photograph(ctx context.Context, dir, name string, command []string, w, h int) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	run := exec.CommandContext(ctx, command[0], command[1:]...)
	run.Dir = dir
	page, err := run.Output()
	var diagnosis *exec.ExitError // the exit code is the verdict
	if err != nil && !errors.As(err, &diagnosis) {
		return err
	}
	file, to := filepath.Join(dir, name+".html"), filepath.Join(folder, name)
	if err := os.WriteFile(file, page, 0o644); err != nil {
		return err
	}
	to, err = filepath.Abs(to)
	if err != nil {
		return err
	}
	// Its network is empty, so that nothing but the file can be shown.
	out, err := exec.CommandContext(ctx, "unshare", "-rn", "chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
		"--hide-scrollbars", "--user-data-dir="+filepath.Join(dir, "browser"), fmt.Sprintf("--window-size=%d,%d", w, h),
		"--screenshot="+to, "file://"+file).
		CombinedOutput()
	if err != nil {
		return fmt.Errorf("chromium: %w: %s", err, out)
	}
	return nil
}

// capture runs a command in a terminal of its own until the verdict is there,
// and gives the screen with its colours.
func capture(ctx context.Context, dir, name string, command []string, w, h int) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tmux := func(ctx context.Context, args ...string) (string, error) {
		cmd := exec.CommandContext(ctx, "tmux", append([]string{"-u", "-L", name, "-f", "/dev/null"}, args...)...)
		cmd.Env = append(
			os.Environ(),
			"TMUX_TMPDIR="+dir,
			"TMUX=",
			"LANG=C.UTF-8",
			"LC_ALL=",
			"NO_COLOR=",
			"TERM=xterm-256color",
		)
		out, err := cmd.CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("tmux %s: %w: %s", strings.Join(args, " "), err, out)
		}
		return string(out), nil
	}
	// Under tmux's own name of its terminal programs keep to 256 colours.
	start := append(
		[]string{
			"new-session",
			"-d",
			"-x",
			fmt.Sprint(w),
			"-y",
			fmt.Sprint(h),
			"env",
			"TERM=xterm-256color",
			"COLORTERM=truecolor",
		},
		command...)
	if _, err := tmux(ctx, start...); err != nil {
		return "", err
	}
	defer tmux(context.WithoutCancel(ctx), "kill-server") // of this socket in this folder: nobody else's
	for {
		shown, err := tmux(ctx, "capture-pane", "-p", "-e")
		if err != nil {
			return "", err
		}
		if strings.Contains(shown, runOver) {
			return shown, nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return "", fmt.Errorf("no verdict after %s:\n%s", patience, shown)
		}
	}
}
