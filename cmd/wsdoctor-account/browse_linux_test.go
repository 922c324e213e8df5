package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wsdoctor/internal/account"
	"wsdoctor/internal/account/fake"
	"wsdoctor/internal/account/world"
	"wsdoctor/internal/lab/pane"
)

// shut is a healthy account but for a group that keeps the WorkSpaces from the directory.
func shut() *fake.Server {
	w := world.Healthy()
	w.Groups[0].Egress = nil
	return &fake.Server{World: w, Latency: 150 * time.Millisecond}
}

var ofUser = []string{"--region", "us-east-1", "--user", world.User}

// browsed is the command line that shows an account of a fake in the interface.
func browsed(t *testing.T, program string, s *fake.Server, env []string, args ...string) string {
	t.Helper()
	cmd := prepared(t, program, s, env, append(args, "--browse")...)
	return "cd " + cmd.Dir + " && env " + strings.Join(cmd.Env, " ") + " " + strings.Join(cmd.Args, " ")
}

// The walk is seen as it goes, then what it came to; the drawing and every explanation are a
// key away, and the terminal is left as it was. Either program does it.
func TestAnAccountIsBrowsed(t *testing.T) {
	for name, c := range map[string]struct {
		program string
		w, h    int
		env     []string
		running string
		shows   []string
		drawn   []string
		marked  string
		sure    string // in the explanation alone
		verdict string
	}{
		"small screen": {
			"wsdoctor", 80, 24, nil, "Reading what your AWS account knows",
			[]string{"┃ ✗ eth1     ┃", "┗BREAKS HERE━┛", "Who fixes it  the WorkSpaces administrator", "│ AVAILABLE  │"},
			[]string{"┆ User's network", "─▶┆ Internet"}, "║ ✗ Security group", "How sure: proven", "✗ Security group",
		},
		"wide, without colour": {
			"wsdoctor-account", 140, 45, []string{"NO_COLOR=1"}, "Reading what your AWS account knows",
			[]string{"┃ ✗ eth1 ", "│ ✓ Route table", "Layer by layer"},
			[]string{"╭─", "IP access control groups"}, "║ ✗ Security group", "How sure: proven", "✗ Security group",
		},
		"Japanese": {
			"wsdoctor-account", 100, 30, []string{"LANG=ja_JP.UTF-8"}, "AWS アカウントにある WorkSpace の情報",
			[]string{"┃ ✗ eth1 ", "障害箇所"}, []string{"IP アクセスコントロールグループ"}, "║ ✗ セキュリティグループ", "確かさ", "✗ セキュリティグループ",
		},
		"console of another language": { // whose letters it cannot show
			"wsdoctor-account", 80, 24, []string{"LANG=ja_JP.UTF-8", "TERM=linux"}, "Reading what your AWS account knows",
			[]string{"#BREAKS HERE=#", "# x eth1     #", "Who fixes it  the WorkSpaces administrator"},
			[]string{": User's network", "->: Internet"}, "# x Security group", "How sure: proven", "x Security group",
		},
		"least": {
			"wsdoctor", 40, 15, nil, "Being tried:", []string{"✗ eth1", "✓ WorkSpace"},
			[]string{"├─ ┄ User's network"}, "└─ ✗ Security group", "How sure: proven", "✗ Security group",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := shut()
			p := pane.Open(t, c.w, c.h, browsed(t, c.program, s, c.env, ofUser...))
			p.Until(c.running, "/12 ")
			p.Until(c.shows...)
			p.Keys("a")
			p.Until(c.drawn...)
			p.Keys("Tab")
			p.Until(c.marked)
			p.Keys("x")
			p.Until(c.sure)
			p.Keys("Escape")
			p.Until(c.marked)
			p.Keys("Escape")
			p.Until(c.shows[0])
			if colours := strings.Contains(p.Tmux("capture-pane", "-p", "-e"), "[38;"); colours == (len(c.env) > 0 && c.env[0] == "NO_COLOR=1") {
				t.Errorf("coloured: %v", colours)
			}
			before := len(s.Calls())
			p.Keys("w", "n") // watching and other Regions are a desk's
			p.Keys("r")
			for end := time.Now().Add(20 * time.Second); len(s.Calls()) < 2*before; time.Sleep(50 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("%d calls, and %d before the second walk", len(s.Calls()), before)
				}
			}
			p.Until(c.shows...)
			p.Keys("R", "a", "Tab")
			if out := p.Until("sg-1"); strings.Contains(out, world.Members) {
				t.Errorf("the group is named:\n%s", out)
			}
			p.Keys("q")
			p.Left(33, c.verdict)
			if strings.Contains(p.Screen(), world.User) {
				t.Errorf("the user is named:\n%s", p.Screen())
			}
		})
	}
}

// A walk that is stopped tells what it saw; credentials that are of no use end the
// interface, and the shell is told what to do.
func TestABrowsedWalkThatEndsEarly(t *testing.T) {
	expired := map[string]string{}
	for _, action := range account.Actions() {
		expired[action] = "ExpiredTokenException"
	}
	for name, c := range map[string]struct {
		codes map[string]string
		keys  []string
		code  int
		says  string
	}{
		"stopped": {map[string]string{"ds:DescribeDirectories": fake.Hangs}, []string{"C-c"}, 130, "The run was stopped early."},
		"expired": {expired, nil, 2, "AWS does not accept these credentials"},
	} {
		t.Run(name, func(t *testing.T) {
			s := shut()
			s.Codes = c.codes
			p := pane.Open(t, 80, 24, browsed(t, "wsdoctor", s, nil, ofUser...))
			if c.keys != nil {
				p.Until("Being tried now", "The directory itself: its stage")
				p.Keys(c.keys...)
			}
			p.Left(c.code, c.says)
		})
	}
}

// A stored report is shown by a program that can reach nothing, and nothing of it can be
// run again.
func TestAStoredReportIsBrowsed(t *testing.T) {
	s := shut()
	e := run(t, "wsdoctor-account", s, nil, append(ofUser, "-o", "json")...)
	file := filepath.Join(t.TempDir(), "report.json")
	key := file + ".key"
	if err := errors.Join(os.WriteFile(file, []byte(e.out), 0o600), os.WriteFile(key, bytes.Repeat([]byte("0123456789abcdef"), 4), 0o600)); err != nil {
		t.Fatal(err)
	}
	before := len(s.Calls())
	cmd := prepared(t, "wsdoctor", s, nil)
	p := pane.Open(t, 80, 24, "env "+strings.Join(cmd.Env, " ")+" wsdoctor rejudge --browse --redact-key "+key+" "+file)
	p.Until("┗BREAKS HERE━┛", "read or measured", "redacted")
	p.Keys("r", "w", "s", "n", "?")
	if out := p.Until("Keys", "architecture"); strings.Contains(out, "run again") || strings.Contains(out, "symptom") {
		t.Errorf("help about what cannot be done:\n%s", out)
	}
	p.Keys("Escape")
	p.Until("[Verdict]")
	p.Keys("a", "Tab")
	p.Until("║ ✗ Security group")
	p.Keys("q")
	p.Left(33, "✗ Security group")
	if out := p.Screen(); strings.Contains(out, world.Members) {
		t.Errorf("the group is named:\n%s", out)
	}
	if after := len(s.Calls()); after != before {
		t.Errorf("%d calls", after-before)
	}
}
