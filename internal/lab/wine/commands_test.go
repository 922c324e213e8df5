//go:build wine && linux

package wine

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestCommands(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		out  string // a pattern
	}{
		{"--help", 0, `wsdoctor check --region tokyo`},
		{"help check", 0, `--registration`},
		{"--version", 0, `wsdoctor version \S+`},
		{"regions --list", 0, `(?m)^ap-northeast-1 +Asia Pacific \(Tokyo\)`},
		{"regions --list -o json", 0, `"region": "ap-northeast-1"`},
		{"explain network-firewall", 0, `Exit code of a fault here: 16`},
		{"explain port_silent", 0, `.`},
		{"symptoms", 0, `(?m)^black-screen +`},
		{"symptoms --json", 0, `"id": "black-screen"`},
		{"demo --list", 0, `(?m)^healthy +nothing is wrong`},
		{"completion powershell", 0, `Register-ArgumentCompleter`},
		{"man", 0, `TH WSDOCTOR 1`},
		{"check --region us-east-1 --plan", 0, `Nothing has been sent`},
		{"check --region us-east-1 --plan -o json", 0, `"steps"`},
		// Nobody answers in this network. That is no fault of anybody's, and no crash.
		{"check --region us-east-1 --timeout 3s -q", 3, `(Nothing on the internet|No name server) answers|too busy`},
		{"--region us-east-1 --timeout 3s -q", 3, `(Nothing on the internet|No name server) answers|too busy`},
		{"path 203.0.113.9 4172 --timeout 3s", 3, `.`},
		{"regions --timeout 3s", 0, `Nothing came back in time|too busy to wait`},
		{"version", 0, `(?m)^system +windows/amd64`},
		{"version -o json", 0, `"os": "windows"`},
		{"inside --force --region us-east-1 --timeout 3s -o json", -1, `"schema": "wsdoctor.report/v1"`},
	} {
		t.Run(c.args, func(t *testing.T) {
			t.Parallel()
			s := windows(t, strings.Fields(c.args)...)
			if c.code >= 0 && s.code != c.code || !regexp.MustCompile(c.out).MatchString(s.out) {
				t.Errorf("exit code %d, want %d, and %q in:\n%.2000s\n%.1000s", s.code, c.code, c.out, s.out, s.err)
			}
		})
	}
}

func TestBadInputEndsWithAHint(t *testing.T) {
	for args, hint := range map[string]string{
		"chek":                          `hint: wsdoctor check`,
		"check --regoin x":              `hint: wsdoctor check --region`,
		"check --region atlantis":       `hint: `,
		"explain xyzzy":                 `hint: `,
		"demo --loopback helthy":        `hint: wsdoctor demo healthy`,
		"demo --tui --loopback healthy": `hint: leave --tui out`,
		"rejudge nothing.json":          `hint: `,
		"merge one.json":                `hint: `,
		"inside":                        `hint: wsdoctor check`,
		`demo --loopback healthy --output-file Z:\nowhere\r.json`: `hint: --output-file`,
	} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			s := windows(t, strings.Fields(args)...)
			if s.code != 2 || s.out != "" || !strings.Contains(s.err, hint) {
				t.Errorf("exit code %d, want 2 and %q:\n%s\n%s", s.code, hint, s.out, s.err)
			}
		})
	}
}

// reportOf keeps the report of a demo that went well.
func reportOf(t *testing.T, scenario string) string {
	t.Helper()
	s := windows(t, "demo", "--loopback", scenario, "-o", "json")
	if !json.Valid([]byte(s.out)) {
		t.Fatalf("exit code %d, no JSON:\n%.500s\n%s", s.code, s.out, s.err)
	}
	return s.out
}

func TestStoredReportsAreReadBack(t *testing.T) {
	report := reportOf(t, "proxy-auth")
	name := filepath.Join(t.TempDir(), "desk.json")
	if err := os.WriteFile(name, []byte(report), 0o600); err != nil {
		t.Fatal(err)
	}
	for title, s := range map[string]said{"file": windows(t, "rejudge", path(name)), "standard input": windowsWith(t, report, "rejudge", "-")} {
		if s.code != 14 || !strings.Contains(s.out, "demands a login") {
			t.Errorf("%s: exit code %d\n%s\n%s", title, s.code, s.out, s.err)
		}
	}
	if s := windows(t, "merge", path(name), path(name)); s.code != 2 || !strings.Contains(s.err, "hint: ") {
		t.Errorf("a desk's report twice: exit code %d\n%s\n%s", s.code, s.out, s.err)
	}
}

// batch runs lines of a batch file, as people and scripts do.
func batch(t *testing.T, lines ...string) (s said, dir string) {
	t.Helper()
	dir = t.TempDir()
	name := filepath.Join(dir, "run.bat")
	text := "@echo off\r\ncd /d " + path(dir) + "\r\n" + strings.Join(lines, "\r\n") + "\r\n"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return wine(t, "", "cmd", "/c", path(name)), dir
}

func TestExitCodesReachAShell(t *testing.T) {
	s, _ := batch(t, path(windowsBuild)+" demo --loopback proxy-auth -q", "echo code %ERRORLEVEL%", path(windowsBuild)+" chek", "echo code %ERRORLEVEL%", path(windowsBuild)+" --help", "echo code %ERRORLEVEL%")
	want := []string{"code 14", "code 2", "code 0"}
	if got := regexp.MustCompile(`(?m)^code \d+`).FindAllString(s.out, -1); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%q, want %q\n%s\n%s", got, want, s.out, s.err)
	}
}

func TestOutputIntoFilesAndPipes(t *testing.T) {
	s, dir := batch(t,
		path(windowsBuild)+" demo --loopback proxy-auth -o json > redirected.json",
		path(windowsBuild)+" demo --loopback proxy-auth -o json --output-file named.json",
		path(windowsBuild)+" demo --loopback proxy-auth -o json | "+path(windowsBuild)+" rejudge - -q",
		"echo code %ERRORLEVEL%",
	)
	if !strings.Contains(s.out, "demands a login") || !strings.Contains(s.out, "code 14") {
		t.Errorf("through a pipe:\n%s\n%s", s.out, s.err)
	}
	for _, name := range []string{"redirected.json", "named.json"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		var r struct{ Verdict struct{ Layer string } }
		if err == nil {
			err = json.Unmarshal(b, &r)
		}
		if err != nil || r.Verdict.Layer != "proxy" {
			t.Errorf("%s: %v, layer %q\n%.300s", name, err, r.Verdict.Layer, b)
		}
	}
}
