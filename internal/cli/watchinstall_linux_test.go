package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wsdoctor/internal/layer"
)

// systemctl puts a program of that name before all others, which notes how it was called.
func systemctl(t *testing.T) (home string, heard func() string) {
	t.Helper()
	home = t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("PATH", home)
	script := "#!/bin/sh\necho \"$@\" >>" + home + "/heard\n[ ! -e " + home + "/broken ] || { echo no bus; exit 1; }\n"
	if err := os.WriteFile(filepath.Join(home, "systemctl"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return home, func() string {
		b, _ := os.ReadFile(filepath.Join(home, "heard"))
		os.Remove(filepath.Join(home, "heard"))
		return string(b)
	}
}

func TestAWatchIsInstalledAndUninstalled(t *testing.T) {
	home, heard := systemctl(t)
	unit := filepath.Join(home, ".config/systemd/user/wsdoctor-watch.service")
	do := func(code int, says string, args ...string) {
		t.Helper()
		r := execute(t.Context(), append([]string{"watch"}, args...)...)
		said := strings.Join(strings.Fields(r.out+r.stderr), " ")
		if r.code != code || !strings.Contains(said, says) {
			t.Errorf("%q: exit code %d\n%s%s", args, r.code, r.out, r.stderr)
		}
	}
	// The journal of the computer that tests run on may not be there.
	install := []string{"install", "--region", "tokyo", "--keep", filepath.Join(home, "kept")}
	do(0, "No watch is installed", "uninstall")
	do(0, "Installed: "+unit, install...)
	if got := heard(); !strings.Contains(got, "--user enable --now wsdoctor-watch.service") {
		t.Errorf("%s", got)
	}
	first, _ := os.ReadFile(unit)
	if !strings.Contains(string(first), "--region=tokyo") {
		t.Errorf("%s", first)
	}
	do(0, "installed already, with the same flags", install...)
	do(layer.ExitUsage, "hint: wsdoctor watch install --replace", append(install, "--every", "7m")...)
	if b, _ := os.ReadFile(unit); string(b) != string(first) {
		t.Errorf("it was overwritten\n%s", b)
	}
	do(0, "Installed", append(install, "--every", "7m", "--replace")...)
	if b, _ := os.ReadFile(unit); !strings.Contains(string(b), "--every=7m0s") {
		t.Errorf("%s", b)
	}
	do(layer.ExitUsage, "launchd is for darwin", append(install, "--kind", "launchd")...)
	do(layer.ExitUsage, "task is for windows", "uninstall", "--kind", "task")
	do(0, "no longer installed", "uninstall")
	if _, err := os.Stat(unit); err == nil {
		t.Error("it is still there")
	}
	if err := os.WriteFile(filepath.Join(home, "broken"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	do(layer.ExitInternal, "systemctl --user daemon-reload failed: no bus", install...)
	if _, err := os.Stat(unit); err == nil {
		t.Error("what failed was left there")
	}
}

// A watch that could not write what it is to write is not installed.
func TestWhatTheWatchCouldNotWriteIsKnownBeforeItIsInstalled(t *testing.T) {
	home, heard := systemctl(t)
	for _, flag := range []string{"output-file", "metrics-file", "redact-key"} {
		r := execute(t.Context(), "watch", "install", "--region", "tokyo", "--keep", filepath.Join(home, "kept"),
			"--"+flag, filepath.Join(home, "none", "file"))
		if r.code != layer.ExitUsage || heard() != "" {
			t.Errorf("%s: exit code %d\n%s", flag, r.code, r.stderr)
		}
	}
	if r := execute(t.Context(), "watch", "install", "--keep", filepath.Join(home, "kept")); r.code != layer.ExitUsage ||
		!strings.Contains(r.stderr, "--region us-east-1") {
		t.Errorf("without a Region: exit code %d\n%s", r.code, r.stderr)
	}
}

func TestOnlyWindowsStartsServicesOfWindows(t *testing.T) {
	r := execute(t.Context(), "watch", "--region", "tokyo", "--as-service", "--keep", "none")
	if r.code != layer.ExitUsage || !strings.Contains(r.stderr, "Windows") {
		t.Errorf("exit code %d\n%s", r.code, r.stderr)
	}
}
