package lab

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// rootless tells the test binary that it is the root of a namespace of its own.
const rootless = "LAB_ROOTLESS"

// The root of a container without further users, who can become nobody else.
func TestRootOfNobodyElse(t *testing.T) {
	needLab(t)
	if os.Getenv(rootless) != "" {
		expect(t, Options{}, everything)
		return
	}
	cmd := exec.Command("/proc/self/exe", "-test.run", "^TestRootOfNobodyElse$", "-test.v")
	cmd.Env = append(os.Environ(), rootless+"=yes")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: TestRootOfNobodyElse")) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestUsersOfANamespace(t *testing.T) {
	for text, want := range map[string]bool{
		"         0          0 4294967295\n":                               true,
		"         0       1000          1\n":                               false,
		"         0       1000          1\n         1     100000  65536\n": true,
		"         0       1000          1\n         1     100000  65534\n": true,
		"         0       1000          1\n         1     100000  65533\n": false,
		"": false,
	} {
		file := filepath.Join(t.TempDir(), "uid_map")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := knows(nobody, file); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	if !knows(nobody, filepath.Join(t.TempDir(), "none")) {
		t.Error("a kernel without maps has every user")
	}
}
