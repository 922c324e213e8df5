package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"wsdoctor/internal/lab"
	"wsdoctor/internal/lab/pane"
)

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
			p := pane.Open(t, c.w, c.h, demo(c.scenario))
			p.Until(append(c.shows, " observations in ", "wsdoctor  demo: ")...)
			p.Keys("e")
			p.Until("wsdoctor  evidence", "▸ ")
			p.Keys("Down", "Enter")
			p.Until("Started")
			p.Keys("Escape")
			p.Until("wsdoctor  evidence")
			p.Keys("Escape")
			p.Until("[Verdict]")
			p.Keys("x")
			p.Until("the verdict", "esc back")
			p.Keys("Escape")
			p.Until("[Verdict]")
			p.Keys("?")
			p.Until("Keys", "evidence")
			p.Keys("q")
			p.Left(c.code, c.verdict)
		})
	}
	t.Run("resize", func(t *testing.T) {
		p := pane.Open(t, 80, 24, demo(whileAllDrops))
		p.Until("Being tried now")
		// What is waited for is there in a run and behind it: a busy machine may be late.
		for _, size := range [][]string{{"45", "16", " Computer ── "}, {"200", "60", " This computer  │"}, {"30", "10", "a little more room"}, {"100", "30", " Computer  │"}} {
			p.Tmux("resize-window", "-x", size[0], "-y", size[1])
			p.Until(size[2])
		}
		p.Until(" observations in ", "MAYBE HERE", "192.168.50.1 ─ 10.20.0.1 ✗")
		p.Keys("q")
		p.Left(3, "? Nothing on the internet answers")
	})
	t.Run("interrupt", func(t *testing.T) {
		p := pane.Open(t, 80, 24, demo(whileAllDrops))
		p.Until("Being tried now") // for five seconds
		p.Keys("C-c")
		p.Left(130, "The run was stopped early.")
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
			p := pane.Open(t, 80, 24, fmt.Sprintf("sh -c 'echo $$ >%s; exec %s'", file, s.command))
			p.Until("Being tried now")
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
			p.Left(130, "The run was stopped early.")
		})
	}
	t.Run("stop", func(t *testing.T) {
		// The demo's parent cannot be stopped from within; a program with a shell can.
		p := pane.Open(t, 80, 24, demo("healthy"))
		p.Until(" observations in ")
		p.Keys("C-z")
		p.Until("No shell waits behind this program")
		p.Keys("q")
		p.Left(0, "✓ Everything")
		p = pane.Open(t, 80, 24, "PS1='ready> ' bash --norc -i")
		p.Until("ready>")
		p.Keys(program+" demo --loopback --tui proxy-auth", "Enter")
		p.Until(" observations in ")
		p.Keys("C-z")
		p.Until("Stopped", "ready>")
		p.Keys("fg", "Enter")
		p.Until(" observations in ", "BREAKS HERE")
		p.Keys("q")
		p.Until("✗ ", "ready>")
		p.Keys("exit", "Enter")
		p.Left(14, "✗ ")
	})
	t.Run("start", func(t *testing.T) {
		// Without a Region the first screen comes; in an empty network nobody answers.
		p := pane.Open(t, 80, 24, "HOME="+t.TempDir()+" unshare --user --map-root-user --net "+program)
		p.Until("Which WorkSpace?", "us-east-1")
		p.Keys("t", "o", "k", "y", "o")
		p.Until("▸ ap-northeast-1")
		p.Keys("Enter")
		p.Until("What does the WorkSpaces client show?")
		p.Keys("Escape")
		p.Until("Which WorkSpace?")
		p.Keys("C-c")
		p.Until(fmt.Sprintf("left with %d, icanon echo", 130))
		p = pane.Open(t, 80, 24, "HOME="+t.TempDir()+" unshare --user --map-root-user --net "+program+" --plain")
		p.Until("Which WorkSpace?")
		p.Keys("m", "o", "o", "n", "Enter")
		p.Until("This is neither")
		p.Keys("C-c")
		p.Until("left with 130, icanon echo")
		p = pane.Open(t, 80, 24, "HOME="+t.TempDir()+" unshare --user --map-root-user --net "+program+" --ascii --no-color")
		if out := p.Until("Which WorkSpace?", "af-south-1"); strings.ContainsFunc(out, func(r rune) bool { return r > '~' }) {
			t.Errorf("more than ASCII:\n%s", out)
		}
		p.Keys("C-c")
		p.Until("left with 130, icanon echo")
		p = pane.Open(t, 80, 24, "HOME="+t.TempDir()+" unshare --user --map-root-user --net "+program+" --force --region tokyo --management-cidr 172.30.0.0/16")
		p.Until("wsdoctor  inside the WorkSpace", "? eth0", " observations in ")
		p.Keys("q")
		p.Left(3, "? This WorkSpace has no management interface")
	})
	t.Run("save", func(t *testing.T) {
		dir := t.TempDir()
		p := pane.Open(t, 80, 24, fmt.Sprintf("cd %s && %s demo --loopback --tui proxy-auth", dir, program))
		p.Until("┃ ✗ Network ┃", " observations in ")
		p.Keys("S")
		p.Until("Saved ")
		p.Keys("c")
		p.Until("Copied.")
		p.Keys("q")
		p.Left(14, "✗ ")
		found, err := filepath.Glob(filepath.Join(dir, "wsdoctor-*"))
		if err != nil || len(found) != 4 {
			t.Errorf("saved %q, %v", found, err)
		}
	})
	t.Run("plain", func(t *testing.T) {
		p := pane.Open(t, 80, 60, program+" demo --tui --loopback proxy-auth") // TERM is tmux's here
		p.Until("┃ ✗ Network ┃")
		p.Keys("q")
		p.Left(14, "✗ ")
		p = pane.Open(t, 80, 60, "TERM=dumb "+demo("healthy"))
		p.Until("Checking the path to your WorkSpace in us-east-1", "443 tcp: answers", "+ Everything that can be measured", "left with 0")
		if out := p.Screen(); strings.Contains(out, "╭") {
			t.Errorf("a picture:\n%s", out)
		}
		p = pane.Open(t, 80, 60, "unset TERM; "+program+" demo --tui --loopback proxy-auth") // nobody knows what it can draw
		p.Until("Checking the path to your WorkSpace in us-east-1", "left with 14")
	})
}
