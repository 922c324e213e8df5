//go:build wine && linux

package wine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"wsdoctor/internal/lab"
	"wsdoctor/internal/lab/alone"
)

// What .ci/wine tells: a folder with what it built, and Wine's loader and server,
// whose variables are Wine's own too.
const (
	builtVariable  = "WSDOCTOR_WINE"
	loaderVariable = "WINELOADER"
	serverVariable = "WINESERVER"
)

// The computer that the program finds itself on. Nobody answers behind its router.
const (
	ownAddress = "192.168.77.2/24"
	gateway    = "192.168.77.1"
	adapter    = "eth0"
)

// longest is for one command under Wine; a run has ten seconds.
const longest = 60 * time.Second

var (
	windowsBuild, linuxBuild, explorer, service string
	folder                                      string // of this run: Wine's own and the tests' files
)

func TestMain(m *testing.M) {
	if lab.IsHost() {
		lab.HostMain(lab.Hooks{})
	}
	alone.Enter()
	os.Exit(setUp(m))
}

func setUp(m *testing.M) int {
	fail := func(doing string, err error) int {
		fmt.Fprintf(os.Stderr, "%s: %v\n", doing, err)
		return 1
	}
	if os.Getenv(alone.Mark) == "" {
		return fail("start", errors.New("this test binary is not in a network of its own"))
	}
	built := os.Getenv(builtVariable)
	windowsBuild, linuxBuild, explorer = filepath.Join(built, "wsdoctor.exe"), filepath.Join(built, "wsdoctor"), filepath.Join(built, "explorer.exe")
	service = filepath.Join(built, "service.exe")
	dll := filepath.Join(built, "bcryptprimitives.dll")
	for _, name := range []string{windowsBuild, linuxBuild, explorer, service, dll, os.Getenv(loaderVariable), os.Getenv(serverVariable)} {
		if !filepath.IsAbs(name) {
			return fail("find what .ci/wine builds", fmt.Errorf("%s, %s or %s is not set: run these tests by .ci/wine", builtVariable, loaderVariable, serverVariable))
		}
		if _, err := os.Stat(name); err != nil {
			return fail("find what .ci/wine builds", err)
		}
	}
	var err error
	if folder, err = os.MkdirTemp("", "wine"); err != nil {
		return fail("make a folder for Wine", err)
	}
	defer os.RemoveAll(folder)
	for name, value := range map[string]string{
		"WINEPREFIX": filepath.Join(folder, "prefix"), "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml=",
		"HOME": folder, "LANG": "C.UTF-8", "LC_ALL": "", "DISPLAY": "", "HTTPS_PROXY": "", "https_proxy": "", "HTTP_PROXY": "", "http_proxy": "", "WT_SESSION": "", "TERM_PROGRAM": "", "TERM": "",
	} {
		if value == "" {
			os.Unsetenv(name)
		} else {
			os.Setenv(name, value)
		}
	}
	if err := os.Mkdir(os.Getenv("WINEPREFIX"), 0o700); err != nil {
		return fail("make a folder for Wine", err)
	}
	if err := network(); err != nil {
		return fail("lay the network", err)
	}
	if err := startServer(); err != nil {
		return fail("start Wine's server", err)
	}
	defer exec.Command(os.Getenv(serverVariable), "-k").Run()
	if err := exec.Command(os.Getenv(loaderVariable), "wineboot", "-i").Run(); err != nil {
		return fail("make Wine's folder", err)
	}
	if err := give(dll); err != nil {
		return fail("give Wine what it lacks", err)
	}
	return m.Run()
}

// startServer starts Wine's server, in this network, which stays until it is told to go.
// Neither it nor what ends it may be given a pipe: what they start would keep it open.
func startServer() error { return exec.Command(os.Getenv(serverVariable), "-p").Run() }

// anew ends Wine's server and everything that runs on it, and starts another one: what
// earlier tests left makes some of Wine's services slow to answer.
func anew(t *testing.T) {
	t.Helper()
	if err := exec.Command(os.Getenv(serverVariable), "-k", "-w").Run(); err != nil {
		t.Logf("end Wine's server: %v", err)
	}
	if err := startServer(); err != nil {
		t.Fatalf("start Wine's server: %v", err)
	}
	// Its services start with the first program, and would keep that one's pipes open.
	if err := exec.Command(os.Getenv(loaderVariable), "wineboot").Run(); err != nil {
		t.Fatalf("start Wine's services: %v", err)
	}
}

// network gives this computer an adapter with an address and a router.
func network() error {
	attributes := netlink.NewLinkAttrs()
	attributes.Name = adapter
	if err := netlink.LinkAdd(&netlink.Veth{LinkAttrs: attributes, PeerName: "cable"}); err != nil {
		return err
	}
	for _, name := range []string{"cable", adapter} {
		link, err := netlink.LinkByName(name)
		if err == nil {
			err = netlink.LinkSetUp(link)
		}
		if err != nil {
			return err
		}
	}
	link, err := netlink.LinkByName(adapter)
	if err != nil {
		return err
	}
	address, err := netlink.ParseAddr(ownAddress)
	if err != nil {
		return err
	}
	if err := netlink.AddrAdd(link, address); err != nil {
		return err
	}
	router, err := netlink.ParseIPNet(gateway + "/32")
	if err != nil {
		return err
	}
	return netlink.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Gw: router.IP})
}

// said is what a command wrote and how it ended.
type said struct {
	out, err string
	code     int
}

// run runs a program of this system.
func run(t *testing.T, stdin string, command ...string) said {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), longest) // not the test's, which has ended when it tidies up
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir, cmd.Stdin = t.TempDir(), strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("%q: %v (%v)\n%s", command, err, ctx.Err(), errs.String())
	}
	return said{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// windows runs the Windows build.
func windows(t *testing.T, args ...string) said { return windowsWith(t, "", args...) }

func windowsWith(t *testing.T, stdin string, args ...string) said {
	t.Helper()
	return wine(t, stdin, append([]string{windowsBuild}, args...)...)
}

// wine runs a program of Windows.
func wine(t *testing.T, stdin string, command ...string) said {
	t.Helper()
	return run(t, stdin, append([]string{os.Getenv(loaderVariable)}, command...)...)
}

// linux runs the build for this system.
func linux(t *testing.T, args ...string) said {
	t.Helper()
	return run(t, "", append([]string{linuxBuild}, args...)...)
}

// path is the name that Windows has for a file.
func path(name string) string { return `Z:` + strings.ReplaceAll(name, "/", `\`) }

// give puts a file among Windows' own.
func give(name string) error {
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "prefix/drive_c/windows/system32", filepath.Base(name)), b, 0o755)
}
