// Package pane is a terminal in which a program runs, for tests of what people see: keys go
// in, and the screen is read. It is tmux, which .ci/test installs.
package pane

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// patience is how long a screen may take to show what is waited for: a run has
// ten seconds, and the machine may be busy.
const patience = 25 * time.Second

// Pane is a terminal in which the program runs, driven as a person would: keys
// go in, and the screen is read.
type Pane struct {
	t      *testing.T
	socket string
	dir    string
}

// Open starts a command line in a terminal of a size. When the command is over,
// the terminal says its exit code and how the terminal was left.
func Open(t *testing.T, w, h int, command string) *Pane {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Fatalf("%v; .ci/test installs it", err)
	}
	p := &Pane{t: t, socket: "wsdoctor", dir: t.TempDir()} // a server in a folder of its own
	line := "trap : INT; " + command + `; printf '\nleft with %d, ' $?; stty -a | tr ' ;' '\n\n' | grep -x -e '-\?icanon' -e '-\?echo' | tr '\n' ' '; exec sleep 600`
	p.Tmux("new-session", "-d", "-x", fmt.Sprint(w), "-y", fmt.Sprint(h), "sh", "-c", line)
	t.Cleanup(func() { p.Tmux("kill-server") })
	return p
}

// Tmux runs one command of this pane's own server.
func (p *Pane) Tmux(args ...string) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "tmux", append([]string{"-u", "-L", p.socket, "-f", "/dev/null"}, args...)...)
	cmd.Env = append(os.Environ(), "TMUX_TMPDIR="+p.dir, "TMUX=", "LANG=C.UTF-8", "LC_ALL=", "NO_COLOR=", "TERM=xterm-256color")
	out, err := cmd.CombinedOutput()
	if err != nil {
		p.t.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// Screen is what can be seen, and on the normal screen what scrolled away above.
func (p *Pane) Screen() string { return p.Tmux("capture-pane", "-p", "-S", "-200") }

// Keys presses keys, by tmux's names.
func (p *Pane) Keys(names ...string) { p.Tmux(append([]string{"send-keys"}, names...)...) }

// Until waits for everything wanted to be on the screen at once.
func (p *Pane) Until(want ...string) string {
	p.t.Helper()
	end := time.Now().Add(patience)
	for {
		out := p.Screen()
		missing := ""
		for _, w := range want {
			if !strings.Contains(out, w) {
				missing = w
			}
		}
		if missing == "" {
			return out
		}
		if time.Now().After(end) {
			p.t.Fatalf("no %q on the screen:\n%s", missing, out)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Left wants the program gone with a code, the verdict on the normal screen, and
// the terminal as it was.
func (p *Pane) Left(code int, verdict string) {
	p.t.Helper()
	p.Until(verdict, fmt.Sprintf("left with %d, icanon echo", code))
	if flags := strings.TrimSpace(p.Tmux("display-message", "-p", "alternate #{alternate_on} cursor #{cursor_flag} mouse #{mouse_any_flag}")); flags != "alternate 0 cursor 1 mouse 0" {
		p.t.Errorf("the terminal was left with %s", flags)
	}
}
