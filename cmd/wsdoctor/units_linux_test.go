package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What other programs make of the unit and of the manual that are printed for them.

// printedBy is what the program prints.
func printedBy(t *testing.T, args ...string) []byte {
	t.Helper()
	program, err := exec.LookPath("wsdoctor") // see TestMain
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program, args...).Output()
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	return out
}

func TestSystemdFindsNothingWrongWithTheUnit(t *testing.T) {
	analyze, dir := monitoring(t, "systemd-analyze"), t.TempDir()
	unit := printedBy(t, "watch", "install", "--print", "--kind", "systemd", "--region", "tokyo", "--label", "site=Osaka Nord",
		"--label", `quote="x"`, "--label", "money=$HOME", "--label", "percent=100%", "--label", `back=\`, "--label", "semi=;")
	verify := func(unit []byte) string {
		file := filepath.Join(dir, "wsdoctor-watch.service")
		if err := os.WriteFile(file, unit, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(analyze, "verify", "--man=no", "--user", file)
		cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+dir, "SYSTEMD_UNIT_PATH="+dir+":/usr/lib/systemd/user")
		out, _ := cmd.CombinedOutput()
		var about []string // other units are not our business
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, "wsdoctor-watch") {
				about = append(about, line)
			}
		}
		return strings.Join(about, "")
	}
	if said := verify(unit); said != "" {
		t.Errorf("%s\n%s", said, unit)
	}
	if said := verify(bytes.Replace(unit, []byte(`\"x\"`), []byte(`"x\"`), 1)); said == "" {
		t.Error("a wrong one is not noticed")
	}
}

func TestMandocFindsNothingWrongWithTheManual(t *testing.T) {
	mandoc := monitoring(t, "mandoc")
	lint := func(page []byte, level string) string {
		cmd := exec.Command(mandoc, "-Tlint", "-Kutf-8", "-W"+level)
		cmd.Stdin = bytes.NewReader(page)
		out, _ := cmd.CombinedOutput() // its exit code is how bad the worst is
		return string(out)
	}
	// A line's length in bytes, once it is written for mandoc, says nothing of Japanese.
	for lang, level := range map[string]string{"en": "style", "ja": "warning"} {
		if said := lint(printedBy(t, "man", "--lang", lang), level); said != "" {
			t.Errorf("%s:\n%s", lang, said)
		}
	}
	if said := lint([]byte(".TH A 1\n.XYZ\n"), "warning"); said == "" {
		t.Error("a wrong one is not noticed")
	}
}
