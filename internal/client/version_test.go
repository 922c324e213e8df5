package client

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheInstalledVersionIsRead(t *testing.T) {
	const other = "Package: tmux\nStatus: install ok installed\nVersion: 3.3a-3\n\n"
	for in, want := range map[string]string{
		other + "Package: workspacesclient\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2024.8.5130\n\n" + other: "2024.8.5130",
		"Package: workspacesclient\nStatus: deinstall ok config-files\nVersion: 2024.8.5130\n":                                   "",
		"Package: workspacesclient-docs\nStatus: install ok installed\nVersion: 1\n":                                             "",
		other: "", "": "",
	} {
		if got := versionFromStatus(strings.NewReader(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestTheVersionIsFoundAmongInstalledPrograms(t *testing.T) {
	for name, c := range map[string]struct {
		list []installedProgram
		want string
	}{
		"installed":       {[]installedProgram{{"Amazon Kindle", "1.0"}, {"Amazon WorkSpaces", "5.34.1.9999"}}, "5.34.1.9999"},
		"another product": {[]installedProgram{{"Amazon WorkSpaces Application Manager", "1.0"}}, ""},
		"no version":      {[]installedProgram{{"Amazon WorkSpaces", ""}}, ""},
		"hostile":         {[]installedProgram{{"Amazon WorkSpaces", "5\x1b[31m"}}, "5[31m"},
		"nothing":         {nil, ""},
	} {
		if got := versionInTime(func() []installedProgram { return c.list }); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		release, start := make(chan struct{}), time.Now()
		if got := versionInTime(func() []installedProgram { <-release; return nil }); got != "" || time.Since(start) != registryPatience {
			t.Errorf("a registry that hangs: %q after %v", got, time.Since(start))
		}
		close(release)
	})
}

func TestVersionsAreComparedByNumber(t *testing.T) {
	for _, c := range []struct {
		version, than string
		older         bool
	}{
		{"5.9.0", "5.22.1", true}, {"5.22.1", "5.22.1", false}, {"5.22", "5.22.1", true}, {"5.22.1.0", "5.22.1", false},
		{"2024.8.5130", "2025.0", true}, {"2025.0", "2025.0", false}, {"", "5.0", false}, {"five", "6", false}, {"5.30.1", "x", false}, {"-1", "5", false},
	} {
		if got := Older(c.version, c.than); got != c.older {
			t.Errorf("%s older than %s: %v", c.version, c.than, got)
		}
	}
}

func FuzzInstalledVersion(f *testing.F) {
	f.Add([]byte("Package: workspacesclient\nStatus: a installed\nVersion: 1.2\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v := versionFromStatus(strings.NewReader(string(b)))
		if len([]rune(v)) > longestVersion+1 || strings.ContainsAny(v, "\x1b\n\r") {
			t.Errorf("version %q", v)
		}
		Older(v, "5.22.1")
	})
}
