package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"wsdoctor/internal/lab"
)

// patience is how long a screen may take to show what is waited for: a run has
// ten seconds, and the machine may be busy.
const screenPatience = 25 * time.Second

// pane is a terminal in which the program runs, driven as a person would: keys
// go in, and the screen is read.
type pane struct {
	t      *testing.T
	socket string
	dir    string
}

// open starts a command line in a terminal of a size. When the command is over,
// the terminal says its exit code and how the terminal was left.
func open(t *testing.T, w, h int, command string) *pane {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Fatalf("%v; .ci/test installs it", err)
	}
	p := &pane{t: t, socket: "wsdoctor", dir: t.TempDir()} // a server in a folder of its own
	line := "trap : INT; " + command + `; printf '\nleft with %d, ' $?; stty -a | tr ' ;' '\n\n' | grep -x -e '-\?icanon' -e '-\?echo' | tr '\n' ' '; exec sleep 600`
	p.tmux("new-session", "-d", "-x", fmt.Sprint(w), "-y", fmt.Sprint(h), "sh", "-c", line)
	t.Cleanup(func() { p.tmux("kill-server") })
	return p
}

// tmux runs one command of this pane's own server.
func (p *pane) tmux(args ...string) string {
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

// screen is what can be seen, and on the normal screen what scrolled away above.
func (p *pane) screen() string { return p.tmux("capture-pane", "-p", "-S", "-200") }

// keys presses keys, by tmux's names.
func (p *pane) keys(names ...string) { p.tmux(append([]string{"send-keys"}, names...)...) }

// until waits for everything wanted to be on the screen at once.
func (p *pane) until(want ...string) string {
	p.t.Helper()
	end := time.Now().Add(screenPatience)
	for {
		out := p.screen()
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

// left wants the program gone with a code, the verdict on the normal screen, and
// the terminal as it was.
func (p *pane) left(code int, verdict string) {
	p.t.Helper()
	p.until(verdict, fmt.Sprintf("left with %d, icanon echo", code))
	if flags := strings.TrimSpace(p.tmux("display-message", "-p", "alternate #{alternate_on} cursor #{cursor_flag} mouse #{mouse_any_flag}")); flags != "alternate 0 cursor 1 mouse 0" {
		p.t.Errorf("the terminal was left with %s", flags)
	}
}

// TestTheInterfaceInTheLab runs the interface as it is shipped in the simulated
// network, on a real terminal.
func TestTheInterfaceInTheLab(t *testing.T) {
	if os.Getenv(lab.Disable) == "1" {
		t.Skip(lab.Disable + "=1 is set")
	}
	program := build(t)
	demo := func(scenario string) string { return program + " demo --tui " + scenario }
	for _, c := range []struct {
		scenario string
		w, h     int
		shows    []string // when the run is over
		verdict  string   // its beginning on the normal screen, afterwards
		code     int
	}{
		{"healthy-40ms", 80, 24, []string{"│ ✓ Computer│─✓─│ ✓ Network │─✓─│ ✓ Internet│", "443 tcp  ✓", "4195 udp ✓", "PCoIP ✓", "not visible from here"}, "✓ Everything that can be measured", 0},
		{"host-rejects", 80, 24, []string{"┃ ✗ Computer┃", "BREAKS HERE", "4172 tcp ✗", "PCoIP ✗", "Who fixes it  desktop IT"}, "✗ This computer", 11},
		{"path-firewall-drops-40ms", 120, 40, []string{"│ ? Local network│", "MAYBE HERE", "OR HERE", "hops 443  192.168.50.1 ─ 10.20.0.1 ─ 203.0.113.9", "10.20.0.1 ✗", "4172 tcp ✗ silent", "✗ network firewall  fault"}, "✗ Your network probably blocks", 16},
		{"inspection-untrusted", 80, 24, []string{"┃ ✗ Network ┃", "BREAKS HERE", "Who fixes it  the network team"}, "✗ ", 15},
		{"cidr-out", 80, 24, []string{"┃ ✗ Sign-in  ┃", "BREAKS HERE", "Who fixes it  the WorkSpaces administrator"}, "✗ ", 20},
		{"firewall-drops-pcoip", 40, 15, []string{"? Network", "Streaming  4172 ✗✗ 4195 ✓✓"}, "✗ ", 16},
		{"firewall-accepts", 80, 24, []string{"4172 tcp ✗ forged", "4172 udp ✓"}, "✗ ", 16},
		{"symptom-loading", 80, 24, []string{"? WorkSpace│──–──│ ? eth0│", "MAYBE", "─ OR HERE ─"}, "✗ Everything measurable", 30},
		{"portal", 80, 24, []string{"┃ ✗ Network ┃─–─│ – Internet│", "4172 udp ? silent"}, "✗ This network", 13},
		{"inside-healthy-root", 80, 24, []string{"┆  Gateway  ┆╌╌╌│ ✓ eth0    │─✓─│ ✓ Firewall│", "│ ✓ eth1    │─✓─│ ✓ VPC", "│ ✓ Directory"}, "✓ Everything that can be seen from inside", 0},
		{"inside-eth0-down", 80, 24, []string{"┆  Gateway  ┆╌╌╌┃ ✗ eth0    ┃ ✗ │", "BREAKS HERE", "Who fixes it  the WorkSpaces administrator"}, "✗ The management interface eth0", 30},
	} {
		t.Run(c.scenario, func(t *testing.T) {
			p := open(t, c.w, c.h, demo(c.scenario))
			p.until(append(c.shows, " observations in ", "wsdoctor  demo: ")...)
			p.keys("e")
			p.until("wsdoctor  evidence", "▸ ")
			p.keys("Down", "Enter")
			p.until("Started")
			p.keys("Escape")
			p.until("wsdoctor  evidence")
			p.keys("Escape")
			p.until("[Verdict]")
			p.keys("x")
			p.until("the verdict", "esc back")
			p.keys("Escape")
			p.until("[Verdict]")
			p.keys("?")
			p.until("Keys", "evidence")
			p.keys("q")
			p.left(c.code, c.verdict)
		})
	}
	t.Run("resize", func(t *testing.T) {
		p := open(t, 80, 24, demo(whileAllDrops))
		p.until("Being tried now")
		// What is waited for is there in a run and behind it: a busy machine may be late.
		for _, size := range [][]string{{"45", "16", " Computer ── "}, {"200", "60", " This computer  │"}, {"30", "10", "a little more room"}, {"100", "30", " Computer  │"}} {
			p.tmux("resize-window", "-x", size[0], "-y", size[1])
			p.until(size[2])
		}
		p.until(" observations in ", "MAYBE HERE", "192.168.50.1 ─ 10.20.0.1 ✗")
		p.keys("q")
		p.left(3, "? Nothing on the internet answers")
	})
	t.Run("interrupt", func(t *testing.T) {
		p := open(t, 80, 24, demo(whileAllDrops))
		p.until("Being tried now") // for five seconds
		p.keys("C-c")
		p.left(130, "The run was stopped early.")
	})
	for name, s := range map[string]struct {
		signal  syscall.Signal
		command string
	}{
		"terminate": {syscall.SIGTERM, demo(whileAllDrops)},
		"hang-up":   {syscall.SIGHUP, program + " demo --loopback --tui " + whileAllDrops}, // the lab's parent dies of it
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "pid")
			p := open(t, 80, 24, fmt.Sprintf("sh -c 'echo $$ >%s; exec %s'", file, s.command))
			p.until("Being tried now")
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil {
				t.Fatal(err)
			}
			if err := syscall.Kill(pid, s.signal); err != nil {
				t.Fatal(err)
			}
			p.left(130, "The run was stopped early.")
		})
	}
	t.Run("stop", func(t *testing.T) {
		// The demo's parent cannot be stopped from within; a program with a shell can.
		p := open(t, 80, 24, demo("healthy"))
		p.until(" observations in ")
		p.keys("C-z")
		p.until("No shell waits behind this program")
		p.keys("q")
		p.left(0, "✓ Everything")
		p = open(t, 80, 24, "PS1='ready> ' bash --norc -i")
		p.until("ready>")
		p.keys(program+" demo --loopback --tui proxy-auth", "Enter")
		p.until(" observations in ")
		p.keys("C-z")
		p.until("Stopped", "ready>")
		p.keys("fg", "Enter")
		p.until(" observations in ", "BREAKS HERE")
		p.keys("q")
		p.until("✗ ", "ready>")
		p.keys("exit", "Enter")
		p.left(14, "✗ ")
	})
	t.Run("start", func(t *testing.T) {
		// Without a Region the first screen comes; in an empty network nobody answers.
		p := open(t, 80, 24, "HOME="+t.TempDir()+" unshare --user --map-root-user --net "+program)
		p.until("Which WorkSpace?", "us-east-1")
		p.keys("t", "o", "k", "y", "o")
		p.until("▸ ap-northeast-1")
		p.keys("Enter")
		p.until("What does the WorkSpaces client show?")
		p.keys("Escape")
		p.until("Which WorkSpace?")
		p.keys("C-c")
		p.until(fmt.Sprintf("left with %d, icanon echo", 130))
		p = open(t, 80, 24, "HOME="+t.TempDir()+" unshare --user --map-root-user --net "+program+" --plain")
		p.until("Which WorkSpace?")
		p.keys("m", "o", "o", "n", "Enter")
		p.until("This is neither")
		p.keys("C-c")
		p.until("left with 130, icanon echo")
		p = open(t, 80, 24, "HOME="+t.TempDir()+" unshare --user --map-root-user --net "+program+" --ascii --no-color")
		if out := p.until("Which WorkSpace?", "af-south-1"); strings.ContainsFunc(out, func(r rune) bool { return r > '~' }) {
			t.Errorf("more than ASCII:\n%s", out)
		}
		p.keys("C-c")
		p.until("left with 130, icanon echo")
		p = open(t, 80, 24, "HOME="+t.TempDir()+" unshare --user --map-root-user --net "+program+" --force --region tokyo --management-cidr 172.30.0.0/16")
		p.until("wsdoctor  inside the WorkSpace", "? eth0", " observations in ")
		p.keys("q")
		p.left(3, "? This WorkSpace has no management interface")
	})
	t.Run("save", func(t *testing.T) {
		dir := t.TempDir()
		p := open(t, 80, 24, fmt.Sprintf("cd %s && %s demo --loopback --tui proxy-auth", dir, program))
		p.until("┃ ✗ Network ┃", " observations in ")
		p.keys("S")
		p.until("Saved ")
		p.keys("c")
		p.until("Copied.")
		p.keys("q")
		p.left(14, "✗ ")
		found, err := filepath.Glob(filepath.Join(dir, "wsdoctor-*"))
		if err != nil || len(found) != 4 {
			t.Errorf("saved %q, %v", found, err)
		}
	})
	t.Run("plain", func(t *testing.T) {
		p := open(t, 80, 60, program+" demo --tui --loopback proxy-auth") // TERM is tmux's here
		p.until("┃ ✗ Network ┃")
		p.keys("q")
		p.left(14, "✗ ")
		p = open(t, 80, 60, "TERM=dumb "+demo("healthy"))
		p.until("Checking the path to your WorkSpace in us-east-1", "443 tcp: answers", "+ Everything that can be measured", "left with 0")
		if out := p.screen(); strings.Contains(out, "╭") {
			t.Errorf("a picture:\n%s", out)
		}
		p = open(t, 80, 60, "unset TERM; "+program+" demo --tui --loopback proxy-auth") // nobody knows what it can draw
		p.until("Checking the path to your WorkSpace in us-east-1", "left with 14")
	})
}
