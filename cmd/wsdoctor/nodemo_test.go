package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A build without the simulator holds nothing of it, says so, and is whole otherwise.
func TestABuildWithoutTheSimulator(t *testing.T) {
	static := append(os.Environ(), "CGO_ENABLED=0")
	list := exec.Command("go", "list", "-deps", "-tags", "nodemo", ".")
	list.Env = static
	packages, err := list.Output()
	if err != nil || !strings.Contains(string(packages), "wsdoctor/internal/cli\n") {
		t.Fatalf("go list: %v\n%s", err, packages)
	}
	if strings.Contains(string(packages), "wsdoctor/internal/lab") {
		t.Error("the simulator is in it")
	}
	program := filepath.Join(t.TempDir(), "wsdoctor.exe")
	build := exec.Command("go", "build", "-tags", "nodemo", "-o", program, ".")
	build.Env = static
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"demo", 2, "this build of wsdoctor has no simulated network"},
		{"demo host-policy --loopback -o json --tui", 2, "this build of wsdoctor has no simulated network"},
		{"demo --lang ja", 2, "シミュレーション"},
		{"demo --help", 0, "wsdoctor demo"},
		{"check --region tokyo --plan", 0, "ws-broker-service"},
	} {
		cmd := exec.Command(program, strings.Fields(c.args)...)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		err := cmd.Run()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(out.String(), c.says) {
			t.Errorf("wsdoctor %s: exit code %d, want %d and %q\n%s", c.args, code, c.code, c.says, out.String())
		}
	}
}
