package installed

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

const status = `Package: tmux
Status: install ok installed
Version: 3.3a-3

Package: workspacesclient
Status: install ok installed
Architecture: amd64
Description: a client
 Version: 9
Version: 2024.8.5130

Package: workspacesclient-docs
Status: install ok installed
Version: 1

Package: opensnitch
Status: deinstall ok config-files
Version: 1.5.8-1

Package: nordvpn
Status: install ok installed
Version: 2:4.2.0-1~deb
`

func read(ctx context.Context, text string, enough int, names ...string) (list []string, err error) {
	err = Dpkg(ctx, strings.NewReader(text), func(name string) bool { return slices.Contains(names, name) }, func(name, version string) bool {
		list = append(list, name+" "+version)
		return len(list) < enough
	})
	return list, err
}

func TestPackagesThatAreInstalledAreTold(t *testing.T) {
	for _, c := range []struct {
		enough int
		names  string
		want   []string
	}{
		{9, "workspacesclient opensnitch nordvpn none", []string{"workspacesclient 2024.8.5130", "nordvpn 2:4.2.0-1~deb"}},
		{1, "workspacesclient nordvpn", []string{"workspacesclient 2024.8.5130"}},
		{9, "opensnitch", nil},
		{9, "workspaces", nil},
	} {
		got, err := read(t.Context(), status, c.enough, strings.Fields(c.names)...)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, %v; want %q", c.names, got, err, c.want)
		}
	}
	if got, err := read(t.Context(), "Package: a\n"+strings.Repeat("x", longestLine+1), 9, "a"); err == nil {
		t.Errorf("a line without an end: %q", got)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := read(over, status, 9, "nordvpn"); !errors.Is(err, context.Canceled) || got != nil {
		t.Errorf("nobody waits any more: %q, %v", got, err)
	}
}

func TestWhatRPMSaysIsRead(t *testing.T) {
	const said = "package zscaler-client is not installed\ntailscale\t1.90.6\nmdatp\t101.25082.0006\npackage nordvpn is not installed\n"
	var list []string
	tell := func(name, version string) bool { list = append(list, name+" "+version); return len(list) < 2 }
	if err := RPM([]byte(said), tell); err != nil || !slices.Equal(list, []string{"tailscale 1.90.6", "mdatp 101.25082.0006"}) {
		t.Errorf("%q, %v", list, err)
	}
	if list = nil; RPM([]byte("package nordvpn is not installed\n"), tell) != nil || list != nil {
		t.Errorf("none is there: %q", list)
	}
	for _, bad := range []string{"", "error: cannot open Packages database in /var/lib/rpm\n"} {
		if err := RPM([]byte(bad), tell); err == nil || list != nil {
			t.Errorf("%q: %q", bad, list)
		}
	}
}

const plist = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
	<key>CFBundleVersion</key><string>9</string>
	<key>CFBundleShortVersionString</key>
	<string>5.30.1</string></dict></plist>`

func TestTheVersionOfABundleIsRead(t *testing.T) {
	for in, want := range map[string]string{
		plist: "5.30.1", "bplist00\x01": "", "": "", plist[:200]: "",
		`<plist><dict><key>Other</key><string>1</string></dict></plist>`: "",
	} {
		if got := BundleVersion([]byte(in)); got != want {
			t.Errorf("%.40q: %q, want %q", in, got, want)
		}
	}
}

func FuzzLists(f *testing.F) {
	f.Add([]byte(status))
	f.Add([]byte(plist))
	f.Add([]byte("bplist00"))
	f.Add([]byte("tailscale\t1.90.6\npackage nordvpn is not installed\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, _ := read(t.Context(), string(b), 4, "workspacesclient", "nordvpn", "")
		if len(list) > 4 {
			t.Errorf("%d were told after enough", len(list))
		}
		_ = RPM(b, func(string, string) bool { return false })
		if v := BundleVersion(b); v != strings.TrimSpace(v) {
			t.Errorf("%q", v)
		}
	})
}
