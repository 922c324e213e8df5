package software

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/probe"
)

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text), Mode: 0o644} }

func signs(pairs ...string) (list []probe.SoftwareSign) {
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, probe.SoftwareSign{In: pairs[i], Name: pairs[i+1]})
	}
	return list
}

func one(name string, kinds []probe.SoftwareKind, version string, running bool, pairs ...string) probe.Product {
	return probe.Product{Name: name, Kinds: kinds, Version: version, Running: running, Signs: signs(pairs...)}
}

// debian is a desktop with a tunnel that runs, one that is installed, a firewall's
// leavings, and programs that are nobody's business.
func debian() fstest.MapFS {
	return fstest.MapFS{
		"run/systemd/system": {Mode: fs.ModeDir | 0o755},
		"proc/1/comm":        file("systemd\n"),
		"proc/77/comm":       file("tailscaled\n"),
		"proc/78/comm":       file("falcon-sensor-b\n"), // of falcon-sensor-bpf
		"proc/79/comm":       file("private-diary\n"),
		"proc/self":          {Mode: fs.ModeSymlink | 0o777},
		"sys/fs/cgroup/system.slice/tailscaled.service/cgroup.procs": file("77\n"),
		"usr/lib/systemd/system/tailscaled.service":                  file(""),
		"usr/lib/systemd/system/nordvpnd.service":                    file(""),
		"var/lib/dpkg/info/tailscale.list":                           file(""),
		"var/lib/dpkg/info/nordvpn.list":                             file(""),
		"var/lib/dpkg/info/opensnitch.list":                          file(""),
		"var/lib/dpkg/status": file(`Package: tailscale
Status: install ok installed
Maintainer: Somebody <somebody@example.com>
Version: 1.90.6

Package: diary
Status: install ok installed
Version: 3

Package: opensnitch
Status: deinstall ok config-files
Version: 1.5.8-1

Package: nordvpn
Status: install ok installed
Version: 2:4.2.0-1~deb
`),
	}
}

func TestLinuxDesktop(t *testing.T) {
	got, gaps := look(t.Context(), linuxSources(debian(), noRPM))
	want := probe.SoftwareDetail{
		Products: []probe.Product{
			one("Tailscale", kinds(vpn, names), "1.90.6", true, "process", "tailscaled", "unit", "tailscaled", "package", "tailscale"),
			one("NordVPN", kinds(vpn), "4.2.0-1~deb", false, "unit", "nordvpnd", "package", "nordvpn"),
			one("CrowdStrike Falcon", kinds(endpoint), "", true, "process", "falcon-sensor-bpf"),
		},
		Looked: []string{"processes", "units", "packages"},
	}
	if diff := cmp.Diff(want, got); diff != "" || len(gaps) > 0 {
		t.Errorf("gaps %q\n%s", gaps, diff)
	}
}

// noRPM is for systems that have none.
func noRPM(context.Context, []string) ([]byte, error) { return nil, errors.New("was asked") }

func TestPackagesOfRPM(t *testing.T) {
	root := debian()
	for name := range root {
		if strings.HasPrefix(name, "var/lib/dpkg") {
			delete(root, name)
		}
	}
	root[rpmProgram] = file("")
	got, gaps := look(t.Context(), linuxSources(root, func(_ context.Context, names []string) ([]byte, error) {
		if !slices.Contains(names, "tailscale") || !slices.Contains(names, "mdatp") || slices.ContainsFunc(names, func(n string) bool { return n == "" || n[0] == '-' }) {
			t.Errorf("asked for %q", names)
		}
		return []byte("package zscaler-client is not installed\ntailscale\t1.90.6\ndiary\t1\n"), nil
	}))
	if len(gaps) > 0 || !slices.Contains(got.Looked, "packages") || len(got.Products) != 3 || got.Products[0].Version != "1.90.6" {
		t.Errorf("%+v, gaps %q", got, gaps)
	}
	if _, gaps = look(t.Context(), linuxSources(root, noRPM)); len(gaps) != 1 || !strings.Contains(gaps[0], "packages: was asked") {
		t.Errorf("gaps %q", gaps)
	}
}

func TestLinuxThatHidesIsAGap(t *testing.T) {
	root := debian()
	delete(root, "proc/1/comm")
	delete(root, "run/systemd/system")
	for name := range root {
		if strings.HasPrefix(name, "var/lib/dpkg") {
			delete(root, name)
		}
	}
	got, gaps := look(t.Context(), linuxSources(root, noRPM))
	if len(got.Looked) != 0 || len(gaps) != 3 {
		t.Errorf("%+v, gaps %q", got, gaps)
	}
	if len(got.Products) != 2 { // what can be seen is told all the same
		t.Errorf("%+v", got.Products)
	}
	if o := Observation(got, time.Unix(1, 0)); o.Outcome != probe.Skipped || o.Failure != probe.Unsupported {
		t.Errorf("%+v", o)
	}
}

const plist = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict><key>CFBundleName</key><string>7.7.7</string><key>CFBundleShortVersionString</key><string>4.3.0.121</string></dict></plist>`

func TestMac(t *testing.T) {
	root := fstest.MapFS{
		"Library/SystemExtensions/db.plist": file("bplist00"),
		"Library/SystemExtensions/0A1B-2C3D/com.cisco.anyconnect.macos.acsockext.systemextension/Contents/Info.plist": file(plist),
		"Library/SystemExtensions/0A1B-2C3E/com.example.diary.systemextension/Contents/Info.plist":                    file(plist),
		"Library/LaunchDaemons/com.crowdstrike.falcond.plist":                                                         file(plist),
		"Library/LaunchDaemons/com.example.diary.plist":                                                               file(plist),
		"Library/LaunchAgents/com.crowdstrike.falcon.UserAgent.plist":                                                 file(plist),
		"Applications/Zscaler/Zscaler.app/Contents/Info.plist":                                                        file(plist),
		"Applications/Diary.app/Contents/Info.plist":                                                                  file(plist),
		"Applications/LuLu.app/Contents/Info.plist":                                                                   file("bplist00"),
		"Applications/Cisco/Cisco Secure Client.app/Contents/MacOS":                                                   file(""),
		"Applications/Charlestown.app/Contents/Info.plist":                                                            file(plist), // not Charles
	}
	running := func() ([]string, error) {
		return []string{"launchd", "ZscalerTunnel", "com.cisco.anycon", "com.paloaltonetw", "LuLu"}, nil
	}
	got, gaps := look(t.Context(), darwinSources(root, running))
	want := []probe.Product{
		one("Zscaler Client Connector", kinds(vpn, gateway), "4.3.0.121", false, "application", "Zscaler"),
		one("Cisco Secure Client (AnyConnect)", kinds(vpn), "4.3.0.121", true,
			"process", "com.cisco.anyconnect", "system-extension", "com.cisco.anyconnect", "application", "Cisco Secure Client"),
		one("CrowdStrike Falcon", kinds(endpoint), "", false, "launch-item", "com.crowdstrike.falcon"),
		one("LuLu", kinds(firewall), "", true, "process", "LuLu", "application", "LuLu"),
	}
	if diff := cmp.Diff(want, got.Products); diff != "" || len(gaps) > 0 {
		t.Errorf("gaps %q\n%s", gaps, diff)
	}
}

func TestAMacWithoutExtensions(t *testing.T) {
	root := fstest.MapFS{"Applications/Diary.app/Contents/Info.plist": file(plist)}
	got, gaps := look(t.Context(), darwinSources(root, func() ([]string, error) { return nil, errors.New("operation not permitted") }))
	if len(got.Products) != 0 || !slices.Equal(got.Looked, []string{"system-extensions", "launch-items", "applications"}) || len(gaps) != 1 {
		t.Errorf("%+v, gaps %q", got, gaps)
	}
}

// fakeWindows is a registry by path, and what runs.
type fakeWindows struct {
	running []string
	known   []winService
	values  map[string]string // path\key\value
	refuses string            // a path that may not be read
}

func (f fakeWindows) processes() ([]string, error)    { return f.running, nil }
func (f fakeWindows) services() ([]winService, error) { return f.known, nil }

func (f fakeWindows) keys(path string) (list []string, err error) {
	if path == f.refuses {
		return nil, fs.ErrPermission
	}
	for _, name := range slices.Sorted(maps.Keys(f.values)) {
		if rest, below := strings.CutPrefix(name, path+`\`); below {
			key, _, _ := strings.Cut(rest, `\`)
			if !slices.Contains(list, key) {
				list = append(list, key)
			}
		}
	}
	if list == nil {
		return nil, fs.ErrNotExist
	}
	return list, nil
}

func (f fakeWindows) text(path, value string) (string, error) {
	if s, there := f.values[path+`\`+value]; there {
		return s, nil
	}
	return "", fs.ErrNotExist
}

func officeComputer() fakeWindows {
	u := `HKLM\` + uninstallPath + `\`
	return fakeWindows{
		running: []string{"System", "ZSATunnel.exe", "notepad.exe", "AVGuardian.exe"},
		known:   []winService{{"Dnscache", true}, {"ZSAService", true}, {"CSAgent", true}, {"CSFalconService", false}, {"WireGuardTunnel$office", true}},
		values: map[string]string{
			u + `{1}\DisplayName`:                                       "Zscaler",
			u + `{1}\DisplayVersion`:                                    "4.3.0.190",
			u + `{2}\DisplayName`:                                       "Diary of Jane Doe",
			u + `{3}\SystemComponent`:                                   "1",
			`HKLM32\` + uninstallPath + `\GlobalProtect\DisplayName`:    "GlobalProtect",
			`HKLM32\` + uninstallPath + `\GlobalProtect\DisplayVersion`: `C:\Users\jane`,
			`HKCU\` + uninstallPath + `\NordVPN\DisplayName`:            "NordVPN",
			adapterPath + `\0000\DriverDesc`:                            "Intel(R) Wi-Fi 6 AX201 160MHz",
			adapterPath + `\0001\DriverDesc`:                            "PANGP Virtual Ethernet Adapter Secure",
			filterPath + `\{a}\Description`:                             "Kaspersky Lab NDIS 6 Filter",
			filterPath + `\{b}\Description`:                             "QoS Packet Scheduler",
		},
	}
}

func TestWindows(t *testing.T) {
	got, gaps := look(t.Context(), windowsSources(officeComputer()))
	want := probe.SoftwareDetail{
		Products: []probe.Product{
			one("Zscaler Client Connector", kinds(vpn, gateway), "4.3.0.190", true, "process", "ZSATunnel", "service", "ZSAService", "uninstall-entry", "Zscaler"),
			one("Palo Alto GlobalProtect", kinds(vpn), "", false, "uninstall-entry", "GlobalProtect", "adapter", "PANGP Virtual"),
			one("WireGuard", kinds(vpn), "", true, "service", "WireGuardTunnel$*"),
			one("NordVPN", kinds(vpn), "", false, "uninstall-entry", "NordVPN"),
			one("CrowdStrike Falcon", kinds(endpoint), "", true, "service", "CSAgent", "service", "CSFalconService"),
			one("Kaspersky", kinds(endpoint, firewall), "", false, "filter", "Kaspersky"),
		},
		Looked: []string{"processes", "services", "uninstall-entries", "adapters", "filters"},
	}
	if diff := cmp.Diff(want, got); diff != "" || len(gaps) > 0 {
		t.Errorf("gaps %q\n%s", gaps, diff)
	}
}

func TestAKeyThatMayNotBeReadIsAGap(t *testing.T) {
	w := officeComputer()
	w.refuses = filterPath
	got, gaps := look(t.Context(), windowsSources(w))
	if slices.Contains(got.Looked, "filters") || len(gaps) != 1 || !strings.Contains(gaps[0], "filters") {
		t.Errorf("%q, gaps %q", got.Looked, gaps)
	}
}

// Only names of the table and version numbers leave this package, whatever the system
// calls things.
func TestNothingElseIsTold(t *testing.T) {
	allowed := map[string]bool{}
	for _, r := range rows() {
		for _, list := range [][]string{r.process, r.service, r.title, r.adapter, r.bundle, r.unit, r.pkg} {
			for _, m := range list {
				allowed[m] = true
			}
		}
	}
	for _, list := range [][]source{linuxSources(debian(), noRPM), windowsSources(officeComputer())} {
		d, _ := look(t.Context(), list)
		for _, p := range d.Products {
			if p.Version != plainVersion(p.Version) {
				t.Errorf("%q", p.Version)
			}
			for _, s := range p.Signs {
				if !allowed[s.Name] {
					t.Errorf("%+v is no mark of the table", s)
				}
			}
		}
	}
	for _, odd := range []string{`C:\Users\jane`, "jane", "4.3 of jane", strings.Repeat("1", 40), "4.3\x1b[31m", ""} {
		if got := plainVersion(odd); got != "" {
			t.Errorf("%q became the version %q", odd, got)
		}
	}
}

func TestWhatHangsHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		list := append(linuxSources(debian(), noRPM), source{service, func(context.Context, func(seen) bool) error { <-release; return nil }})
		start := time.Now()
		got, gaps := look(t.Context(), list)
		if took := time.Since(start); took != patience || len(got.Products) != 3 || len(gaps) != 1 || !strings.Contains(gaps[0], "no time to look through all services") {
			t.Errorf("%v: %+v, gaps %q", took, got, gaps)
		}
		close(release)
		synctest.Wait()
	})
}

func TestAnEndlessListEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // in which a busy computer costs no time
		n := 0
		got, _ := look(t.Context(), []source{{process, func(_ context.Context, tell func(seen) bool) error {
			for tell(seen{in: process, name: "tailscaled"}) {
				n++
			}
			return nil
		}}})
		if n >= mostNames || len(got.Products) != 1 || len(got.Products[0].Signs) != 1 {
			t.Errorf("%d names, %+v", n, got)
		}
	})
}

func TestEveryRowCanBeFoundAndNoTwoAreTheSame(t *testing.T) {
	owner := map[string]string{}
	for i, r := range rows() {
		if r.name == "" || len(r.kinds) == 0 || slices.ContainsFunc(r.kinds, func(k probe.SoftwareKind) bool { return !slices.Contains(probe.SoftwareKinds, k) }) {
			t.Errorf("%+v", r)
		}
		for in, list := range map[string][]string{process: r.process, service: r.service, uninstall: r.title, adapter: r.adapter, extension: r.bundle, unit: r.unit, pkg: r.pkg} {
			for _, m := range list {
				if len(strings.TrimSuffix(m, "*")) < 3 || beginning(m) != beginning(strings.TrimSuffix(m, "*")) || strings.ContainsAny(m, `/\`) || strings.Contains(m, ".exe") {
					t.Errorf("%s: the mark %q", r.name, m)
				}
				key := in + " " + strings.ToLower(m)
				if other := owner[key]; other != "" {
					t.Errorf("%s and %s both have %s", other, r.name, key)
				}
				owner[key] = r.name
				found := matches(seen{in: in, name: strings.TrimSuffix(m, "*")})
				if !slices.ContainsFunc(found, func(x match) bool { return x.row == i }) {
					t.Errorf("%s is not found by %s", r.name, key)
				}
			}
		}
	}
}

// Programs that every desktop has are nobody's mark.
func TestOrdinaryProgramsAreNoProducts(t *testing.T) {
	for in, list := range map[string]string{
		process:   "systemd; sshd; bash; NetworkManager; pulseaudio; chrome; svchost.exe; MsMpEng.exe; NisSrv.exe; lsass.exe; explorer.exe; Finder; Dock; mDNSResponder; nehelper; com.apple.MobileS; dnsmasq; systemd-resolve; containerd; code; python3; node; Teams; slack; workspaces; dcvclient; cups-browsed",
		service:   "Dnscache; BFE; mpssvc; WinDefend; WdNisSvc; WlanSvc; RasMan; IKEEXT; NlaSvc; Tcpip; NDIS; vwififlt; PolicyAgent",
		uninstall: "Amazon WorkSpaces; Google Chrome; Microsoft Edge; Mozilla Firefox; Python 3.12; Dell SupportAssist; AVGuard; Lanternfish",
		adapter:   "Intel(R) Ethernet Connection; WAN Miniport (IKEv2); Hyper-V Virtual Ethernet Adapter; Microsoft Kernel Debug Network Adapter; Bluetooth Device (Personal Area Network)",
		unit:      "systemd-resolved; NetworkManager; wpa_supplicant; ssh",
		pkg:       "iptables; nftables; network-manager; libnss3",
	} {
		for _, name := range split(list) {
			if found := matches(seen{in: in, name: name, cut: map[string]int{process: nameLimit}[in]}); len(found) > 0 {
				t.Errorf("%s %q is taken for %s", in, name, rows()[found[0].row].name)
			}
		}
	}
}

func TestThisComputer(t *testing.T) {
	d, gaps := Look(t.Context())
	if len(d.Looked)+len(gaps) == 0 {
		t.Error("nothing was looked through, and nothing said")
	}
}
