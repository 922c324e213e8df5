package alone

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// inside tells a test that it runs in the network made for it.
const inside = "WSDOCTOR_TEST_INSIDE"

// Inside says whether this process is the second one of Again, for that test. If
// not, the test must do nothing: it would change this computer's network.
func Inside(t *testing.T) bool { return os.Getenv(inside) == t.Name() }

// Again runs one test of this binary once more, as root of a network namespace
// in which there is nothing, and of a user namespace if need be. A machine that
// gives none fails the test, so that nobody takes a skipped one for a passed
// one; WSDOCTOR_NO_NETNS=1 skips it on purpose.
func Again(t *testing.T, test string, env ...string) {
	t.Helper()
	if os.Getenv(disable) == "1" {
		t.Skip(disable + "=1: the real kernel was not asked")
	}
	args := []string{"-test.run=^" + test + "$", "-test.v", "-test.timeout=0"} // the outer one's ends it
	flag.Visit(func(f *flag.Flag) {
		if !strings.HasPrefix(f.Name, "test.") {
			args = append(args, "-"+f.Name+"="+f.Value.String())
		}
	})
	c := exec.CommandContext(t.Context(), "/proc/self/exe", args...)
	c.Env = append(append(os.Environ(), inside+"="+test), env...)
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() != 0 {
		c.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil && strings.Contains(string(out), "--- PASS: "+test):
		t.Logf("%s", out)
	case err == nil || errors.As(err, &exit):
		t.Errorf("in the namespace: %v\n%s", err, out)
	default:
		t.Fatalf("no network namespace can be had here: %v (%s=1 goes without this test)", err, disable)
	}
}
