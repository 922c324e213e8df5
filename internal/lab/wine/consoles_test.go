//go:build wine && linux

package wine

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// screenPatience is how long a screen may take to show what is waited for.
const screenPatience = 40 * time.Second

// console is a terminal with Wine's console in it, driven as a person would. Wine 8
// draws what a program writes and passes escape sequences on, but counts them as
// text, so that a screen that was drawn over may be a mess: words are looked for
// that were drawn once.
type console struct {
	t   *testing.T
	dir string
}

// openConsole starts a program of Windows in a console of an unknown kind: neither
// Windows Terminal nor a Unix one. Ctrl-C is a key there, and no signal to Wine.
func openConsole(t *testing.T, command ...string) *console {
	t.Helper()
	c := &console{t, t.TempDir()}
	line := "stty -isig; env -u TERM -u TERM_PROGRAM '" + strings.Join(append([]string{os.Getenv(loaderVariable)}, command...), "' '") + `'; echo "left with $?."; exec sleep 600`
	c.tmux("new-session", "-d", "-x", "100", "-y", "30", "sh", "-c", line)
	t.Cleanup(func() { c.tmux("kill-server") })
	return c
}

func (c *console) tmux(args ...string) string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "tmux", append([]string{"-u", "-L", "wine", "-f", "/dev/null"}, args...)...)
	cmd.Env = append(os.Environ(), "TMUX_TMPDIR="+c.dir, "TMUX=", "TERM=xterm-256color")
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.t.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// until waits for all of these on the screen, and gives it.
func (c *console) until(want ...string) string {
	c.t.Helper()
	for end := time.Now().Add(screenPatience); ; time.Sleep(100 * time.Millisecond) {
		screen := c.tmux("capture-pane", "-p", "-S", "-100")
		missing := ""
		for _, w := range want {
			if !strings.Contains(screen, w) {
				missing = w
			}
		}
		switch {
		case missing == "":
			return screen
		case time.Now().After(end):
			c.t.Fatalf("no %q on the screen:\n%s", missing, screen)
		}
	}
}

// press presses keys, by tmux's names.
func (c *console) press(keys ...string) { c.tmux(append([]string{"send-keys"}, keys...)...) }

// ownScreen wants the program's own screen to be shown, or to be gone.
func (c *console) ownScreen(want bool) {
	c.t.Helper()
	if got := strings.TrimSpace(c.tmux("display-message", "-p", "#{alternate_on}")) == "1"; got != want {
		c.t.Errorf("a screen of its own: %v, want %v", got, want)
	}
}

const anyKey = "Press any key to close this window."

// runIsOver stands in the last line when a run is over, which nothing is drawn over:
// Wine's console moves the cursor wrongly, so that lines above it may be mixed.
const runIsOver = "observations in"

func TestTheInterfaceStartsOnAConsole(t *testing.T) {
	c := openConsole(t, windowsBuild, "demo", "--loopback", "--tui", "proxy-auth")
	c.until("demands a login", "Who fixes it", "BREAKS HERE")
	c.ownScreen(true)
	c.press("q")
	screen := c.until("left with 14.", "web proxy (proven)")
	c.ownScreen(false)
	if strings.Contains(screen, anyKey) {
		t.Errorf("this window is a shell's, and stays by itself:\n%s", screen)
	}
}

func TestTheProgramWithoutACommandIsTheInterface(t *testing.T) {
	c := openConsole(t, windowsBuild, "--region", "us-east-1", "--timeout", "2s")
	c.until(runIsOver)
	c.ownScreen(true)
	c.press("q")
	c.until("left with 3.")
	c.ownScreen(false)
}

func TestADoubleClickOpensTheInterfaceAndTheWindowStays(t *testing.T) {
	c := openConsole(t, explorer, windowsBuild)
	c.until("Which WorkSpace?", "us-east-1")
	c.ownScreen(true)
	c.press("us-east-1", "Enter")
	c.until("It matters only", "nothing of this")
	c.press("Enter")
	c.until(runIsOver)
	c.press("q")
	c.until(anyKey)
	time.Sleep(time.Second) // it stays
	if screen := c.until(anyKey); strings.Contains(screen, "the window closes") {
		t.Errorf("no key was pressed:\n%s", screen)
	}
	c.press("k")
	c.until("the window closes after 3")
}

func TestAWindowStaysAfterAnError(t *testing.T) {
	c := openConsole(t, explorer, windowsBuild, "chek")
	c.until("hint: wsdoctor check", anyKey)
	c.press("Space")
	c.until("the window closes after 2")
}

// An old console draws with what every font has, and a program that reads from the
// program gets the bytes of the console's code page.
func TestOldConsolesAndTheirCodePages(t *testing.T) {
	for page, ellipsis := range map[string]string{"437": ".", "850": ".", "932": "\x81\x63", "65001": "…"} {
		t.Run(page, func(t *testing.T) {
			dir := t.TempDir()
			name := filepath.Join(dir, "run.bat")
			program := path(windowsBuild)
			text := strings.Join([]string{
				"@echo off", "chcp " + page, program + " symptoms > " + path(dir) + `\symptoms.txt`, program + " symptoms --json > " + path(dir) + `\symptoms.json`,
				program + " demo --loopback proxy-auth > " + path(dir) + `\report.txt`, program + " demo --loopback proxy-auth", "chcp",
			}, "\r\n") + "\r\n"
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			screen := openConsole(t, "cmd", "/c", path(name)).until("left with")
			if !strings.Contains(screen, "x The web proxy") || !strings.Contains(screen, "ctive code page: "+page) {
				t.Errorf("on the console:\n%s", screen)
			}
			read := func(name string) string {
				b, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				return string(b)
			}
			if text := read("symptoms.txt"); !strings.Contains(text, "Loading"+ellipsis) {
				t.Errorf("no %q in\n%.600q", "Loading"+ellipsis, text)
			}
			report, list := read("report.txt"), read("symptoms.json")
			if page == "65001" {
				if !strings.Contains(report, "✗ The web proxy") || !strings.Contains(list, "Loading…") {
					t.Errorf("%.300q\n%.300q", report, list)
				}
				return
			}
			if !strings.Contains(report, "x The web proxy") || !strings.Contains(list, `Loading\u2026`) || strings.ContainsFunc(report+list, func(r rune) bool { return r > '~' }) {
				t.Errorf("%.300q\n%.300q", report, list)
			}
		})
	}
}

// What ">" of Windows PowerShell 5.1 makes of a report.
func TestPowerShellsRedirectionIsReadBack(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "desk.json")
	wide := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(strings.ReplaceAll(reportOf(t, "proxy-auth"), "\n", "\r\n"))) {
		wide = append(wide, byte(unit), byte(unit>>8))
	}
	if err := os.WriteFile(name, wide, 0o600); err != nil {
		t.Fatal(err)
	}
	if s := windows(t, "rejudge", "-q", path(name)); s.code != 14 || !strings.Contains(s.out, "demands a login") {
		t.Errorf("exit code %d\n%s\n%s", s.code, s.out, s.err)
	}
	if s := windows(t, "merge", path(name), path(name)); s.code != 2 || strings.Contains(s.err, "JSON") {
		t.Errorf("it is a desk's report: exit code %d\n%s\n%s", s.code, s.out, s.err)
	}
}
