package client

import (
	"context"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/installed"
)

// Where the installed client says its version; on Windows among the installed
// programs (see registry_windows.go).
const (
	dpkgStatus  = "/var/lib/dpkg/status"
	dpkgPackage = "workspacesclient"
	dpkgFiles   = "/var/lib/dpkg/info/workspacesclient.list"
	macInfo     = "/Applications/WorkSpaces.app/Contents/Info.plist"
	// mostStatus bounds the list of Debian's packages: some thousand of them take a
	// few MiB.
	mostStatus = 32 << 20
	// longestVersion is in characters.
	longestVersion = 30
)

// Installed gives the version of the WorkSpaces client on this computer, system
// as in runtime.GOOS; empty if there is none or it cannot be told.
func Installed(system string) string {
	switch system {
	case "linux":
		if _, err := os.Stat(dpkgFiles); err != nil {
			return "" // which saves reading the whole list before the first packet
		}
		if info, err := os.Stat(dpkgStatus); err != nil || !info.Mode().IsRegular() {
			return ""
		}
		f, err := os.Open(dpkgStatus)
		if err != nil {
			return ""
		}
		defer f.Close()
		return versionFromStatus(io.LimitReader(f, mostStatus))
	case "darwin":
		b, err := read(macInfo)
		if err != nil {
			return ""
		}
		return probe.Clean(installed.BundleVersion(b), longestVersion)
	case "windows":
		return versionInTime(registryEntries)
	}
	return ""
}

// installedProgram is one of Windows' list.
type installedProgram struct{ name, version string }

// registryPatience bounds the reading, which the first packet waits for. Some hundred
// keys take a few milliseconds.
const registryPatience = 150 * time.Millisecond

// versionInTime looks for the client among the installed programs.
func versionInTime(entries func() []installedProgram) string {
	found := make(chan string, 1)
	go func() { found <- versionFromEntries(entries()) }()
	select {
	case v := <-found:
		return v
	case <-time.After(registryPatience):
		return ""
	}
}

func versionFromEntries(list []installedProgram) string {
	for _, e := range list {
		if e.version != "" &&
			(strings.EqualFold(e.name, "Amazon WorkSpaces") || strings.EqualFold(e.name, "Amazon WorkSpaces Client")) {
			return probe.Clean(e.version, longestVersion)
		}
	}
	return ""
}

func versionFromStatus(in io.Reader) (version string) {
	_ = installed.Dpkg(
		context.Background(),
		in,
		func(name string) bool { return name == dpkgPackage },
		func(_, listed string) bool {
			version = probe.Clean(listed, longestVersion)
			return false
		},
	)
	return version
}

// Older says whether a version is older than another: numbers parted by dots,
// where what is left out is 0. What is no such version is not older.
func Older(version, than string) bool {
	a, ok1 := numbers(version)
	b, ok2 := numbers(than)
	if !ok1 || !ok2 {
		return false
	}
	for i := range max(len(a), len(b)) {
		var x, y int
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			return x < y
		}
	}
	return false
}

func numbers(version string) (list []int, ok bool) {
	for _, part := range strings.Split(version, ".") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return nil, false
		}
		list = append(list, n)
	}
	return list, true
}
