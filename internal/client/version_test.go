package client

import (
	"strings"
	"testing"
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
	const plist = `<?xml version="1.0"?><!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "x"><plist version="1.0"><dict>
		<key>CFBundleVersion</key><string>9</string>
		<key>CFBundleShortVersionString</key>
		<string>5.30.1</string></dict></plist>`
	for in, want := range map[string]string{plist: "5.30.1", "bplist00\x01": "", "": "", plist[:200]: ""} {
		if got := versionFromPlist([]byte(in)); got != want {
			t.Errorf("%.40q: %q, want %q", in, got, want)
		}
	}
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
	f.Add([]byte("<plist><dict><key>CFBundleShortVersionString</key><string>1.2</string></dict></plist>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, v := range []string{versionFromStatus(strings.NewReader(string(b))), versionFromPlist(b)} {
			if len([]rune(v)) > longestVersion+1 || strings.ContainsAny(v, "\x1b\n\r") {
				t.Errorf("version %q", v)
			}
			Older(v, "5.22.1")
		}
	})
}
