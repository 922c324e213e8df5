package alone

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"

	"github.com/vishvananda/netlink"
)

// Enter is the first call of a TestMain. It starts the test binary again in an
// empty network and ends with its exit code; in that second process it brings
// loopback up and returns. A test binary that plays the program itself has no
// test flags: it stays in the network it was started in.
func Enter() {
	tests := slices.ContainsFunc(os.Args[1:], func(a string) bool { return strings.HasPrefix(a, "-test.") })
	if !tests || os.Getenv(disable) == "1" {
		return
	}
	if os.Getenv(Mark) != "" {
		if err := loopbackUp(); err != nil {
			fmt.Fprintln(os.Stderr, "bring loopback up in a network of its own:", err)
			os.Exit(1)
		}
		return
	}
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Env = append(os.Environ(), Mark+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		os.Exit(0)
	case errors.As(err, &exit):
		os.Exit(max(1, exit.ExitCode()))
	}
	fmt.Fprintf(os.Stderr, "start the tests in a network of their own: %v (%s=1 goes without)\n", err, disable)
	os.Exit(1)
}

// loopbackUp does nothing where it is up, which a process without privileges
// could not change.
func loopbackUp() error {
	lo, err := netlink.LinkByName("lo")
	if err != nil || lo.Attrs().Flags&1 != 0 { // IFF_UP
		return err
	}
	return netlink.LinkSetUp(lo)
}
