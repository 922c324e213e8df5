package client

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"wsdoctor/probe"
)

// Where the installed client says its version; on Windows among the installed
// programs (see registry_windows.go).
const (
	dpkgStatus  = "/var/lib/dpkg/status"
	dpkgPackage = "workspacesclient"
	dpkgFiles   = "/var/lib/dpkg/info/workspacesclient.list"
	macInfo     = "/Applications/WorkSpaces.app/Contents/Info.plist"
	macKey      = "CFBundleShortVersionString"
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
		return versionFromPlist(b)
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
		if e.version != "" && (strings.EqualFold(e.name, "Amazon WorkSpaces") || strings.EqualFold(e.name, "Amazon WorkSpaces Client")) {
			return probe.Clean(e.version, longestVersion)
		}
	}
	return ""
}

// versionFromStatus reads dpkg's list: paragraphs of "Key: value", in which the
// package's state comes before its version.
func versionFromStatus(in io.Reader) string {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	ours, installed := false, false
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimSpace(value)
		switch {
		case key == "Package":
			ours, installed = value == dpkgPackage, false
		case ours && key == "Status":
			installed = strings.HasSuffix(value, " installed")
		case ours && installed && key == "Version":
			return probe.Clean(value, longestVersion)
		}
	}
	return ""
}

// versionFromPlist reads an XML property list; a binary one tells nothing here.
func versionFromPlist(b []byte) string {
	d := xml.NewDecoder(bytes.NewReader(b))
	var last, element string
	for {
		token, err := d.Token()
		if err != nil {
			return ""
		}
		switch t := token.(type) {
		case xml.StartElement:
			element = t.Name.Local
		case xml.EndElement:
			element = ""
		case xml.CharData:
			switch text := strings.TrimSpace(string(t)); {
			case element == "key":
				last = text
			case element == "string" && last == macKey:
				return probe.Clean(text, longestVersion)
			}
		}
	}
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
