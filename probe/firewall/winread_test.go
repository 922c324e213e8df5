package firewall

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/probe"
)

// fakeWindows is a registry of texts: a key on a line by itself in brackets, then
// Name=number or Name="text".
type fakeWindows struct {
	keys    map[string]map[string]string
	running uint32
	noState error
	locked  string // a key that may not be read
}

func windowsOf(text string) *fakeWindows {
	f := &fakeWindows{keys: map[string]map[string]string{}, running: serviceRunning}
	key := ""
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if inner, is := strings.CutPrefix(line, "["); is {
			key = strings.TrimSuffix(inner, "]")
			f.keys[key] = map[string]string{}
			continue
		}
		if name, value, is := strings.Cut(line, "="); is {
			f.keys[key][name] = value
		}
	}
	return f
}

func (f *fakeWindows) key(path string) (winKey, error) {
	if f.locked == path {
		return nil, fs.ErrPermission
	}
	for name, values := range f.keys {
		if name == path || strings.HasPrefix(name, path+`\`) {
			if name != path {
				values = f.keys[path] // only there because of a key below it
			}
			return fakeKey(values), nil
		}
	}
	return nil, fs.ErrNotExist
}

func (f *fakeWindows) state(string) (uint32, error) { return f.running, f.noState }
func (*fakeWindows) adapter(string) (string, string) {
	return "{11111111-2222-3333-4444-555555555555}", "Lan"
}
func (*fakeWindows) expand(path string) string {
	return strings.ReplaceAll(path, "%ProgramFiles%", `C:\Program Files`)
}

type fakeKey map[string]string

func (fakeKey) close() {}

func (k fakeKey) number(name string) (uint32, error) {
	switch v, there := k[name]; {
	case !there:
		return 0, fs.ErrNotExist
	case len(v) == 1:
		return uint32(v[0] - '0'), nil
	}
	return 0, errors.New("unexpected key value type")
}

func (k fakeKey) text(name string) (string, error) {
	v, there := k[name]
	if !there {
		return "", fs.ErrNotExist
	}
	inner, is := strings.CutPrefix(v, `"`)
	if !is {
		return "", errors.New("unexpected key value type")
	}
	return strings.TrimSuffix(inner, `"`), nil
}

func (k fakeKey) values(most int) (list []string, err error) {
	for name := range k {
		list = append(list, name)
	}
	slices.Sort(list)
	return list[:min(len(list), most+1)], nil
}

// Keys as a new Windows has them, and group policy's.
const (
	regProfiles = `
[` + keyLocal + `\DomainProfile]
EnableFirewall=1
[` + keyLocal + `\StandardProfile]
EnableFirewall=1
[` + keyLocal + `\PublicProfile]
EnableFirewall=1`
	regRules = `
[` + keyLocal + `\FirewallRules]
{A}="v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|Name=RDP|"`
	regDomain  = "\n[" + keyGroup + `\DomainProfile`
	regPublic  = "\n[" + keyGroup + `\PublicProfile`
	regPrivate = "\n[" + keyGroup + `\StandardProfile`
)

// listed puts an entry into a list of all three profiles in group policy.
func listed(list, entry string) string {
	text := ""
	for _, key := range []string{regDomain, regPublic, regPrivate} {
		text += key + `\` + list + "\\List]\n{1}=\"" + entry + `"`
	}
	return text
}

func TestWindowsFirewallFromTheRegistry(t *testing.T) {
	const agent = `C:\Program Files\Teradici\PCoIP Agent\bin\pcoip_server.exe`
	const ports4172 = "GloballyOpenPorts"
	const programs = "AuthorizedApplications"
	usual := regProfiles + regRules
	for _, c := range []struct {
		name, reg string
		want      string
		because   string // of what is not known
	}{
		{"a new Windows", usual, tcpAll("drop"), ""},
		{"nothing in the registry", "", tcpAll("unknown"), "this computer's own rules are not in the registry"},
		{"rules, but no profiles", regRules, tcpAll("unknown"), "Domain profile: its settings are not in the registry"},
		{"profiles, but no rules", regProfiles, tcpAll("unknown"), "this computer's own rules are not in the registry"},
		{"one profile less", strings.Replace(usual, "PublicProfile", "Elsewhere", 1), tcpAll("unknown"), "Public profile: its settings are not in the registry"},
		{"a setting that is no number", strings.Replace(usual, "EnableFirewall=1", `EnableFirewall="0"`, 1), tcpAll("unknown"), "the policy could not be read: EnableFirewall of DomainProfile: unexpected key value type"},

		{"a port that group policy lists", usual + listed(ports4172, "4172:TCP:*:enabled:PCoIP"), "tcp 4172 accept, udp 4172 drop", ""},
		{"a port that it lists for the local subnet", usual + listed(ports4172, "4172:TCP:LocalSubNet:Enabled:PCoIP"), "tcp 4172 unknown, udp 4172 drop", `allow rule "PCoIP, GloballyOpenPorts" (group policy)`},
		{"a port that it lists for the gateways", usual + listed(ports4172, "4172:UDP:10.0.0.0/8,198.19.0.0/255.255.0.0:Enabled:PCoIP"), "tcp 4172 drop, udp 4172 accept", ""},
		{"a port that it lists for others", usual + listed(ports4172, "4172:TCP:10.0.0.0/8:Enabled:PCoIP"), tcpAll("drop"), ""},
		{"a port that it lists as disabled", usual + listed(ports4172, "4172:TCP:*:Disabled:PCoIP"), tcpAll("drop"), ""},
		{"another port", usual + listed(ports4172, "4173:TCP:*:Enabled:x"), tcpAll("drop"), ""},
		{"no port", usual + listed(ports4172, "4172:TCP:*"), tcpAll("unknown"), `allow rule "GloballyOpenPorts entry" (group policy)`},
		{"a list that is switched off", usual + listed(ports4172, "4172:TCP:*:Enabled:PCoIP") +
			regDomain + "\\GloballyOpenPorts]\nEnabled=0" + regPublic + "\\GloballyOpenPorts]\nEnabled=0" + regPrivate + "\\GloballyOpenPorts]\nEnabled=0", tcpAll("drop"), ""},
		{"a port listed in one profile", usual + regDomain + "\\GloballyOpenPorts\\List]\n4172:TCP=\"4172:TCP:*:Enabled:PCoIP\"", "tcp 4172 unknown, udp 4172 drop", "which profile the interface has, as the registry does not say (Domain: accept, Private: drop, Public: drop)"},
		{"the program that listens", usual + listed(programs, `%ProgramFiles%\Teradici\PCoIP Agent\bin\pcoip_server.exe:*:Enabled:PCoIP: server`), tcpAll("accept"), ""},
		{"the program by its drive", usual + listed(programs, agent+`:*:Enabled:PCoIP`), tcpAll("accept"), ""},
		{"another program", usual + listed(programs, `C:\x.exe:*:Enabled:x`), tcpAll("drop"), ""},
		{"a list of the computer's own", usual + "\n[" + keyLocal + "\\DomainProfile\\GloballyOpenPorts\\List]\n4172:TCP=\"4172:TCP:*:Enabled:PCoIP\"", "tcp 4172 unknown, udp 4172 drop", `allow rule "PCoIP, GloballyOpenPorts" (local)`},
		{"a port that is open by rule and listed as disabled", usual + "\n{B}=\"v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=4172|Name=x|\"" + listed(ports4172, "4172:TCP:*:Disabled:PCoIP"), "tcp 4172 unknown, udp 4172 drop", `block rule "PCoIP, GloballyOpenPorts" (group policy)`},
		{"both names of the private profile", usual + "\n[" + keyGroup + "\\PrivateProfile]\nDefaultInboundAction=1" + listed(ports4172, "4172:TCP:*:enabled:PCoIP"), "tcp 4172 accept, udp 4172 drop", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := Ask{Interface: "Ethernet", Address: eth0, Sources: management, Ports: []Port{{Transport: probe.TCP, First: 4172}, {Transport: probe.UDP, First: 4172}},
				Program: func(probe.Transport, uint16) string { return agent }}
			list, _ := lookWindows(t.Context(), a, windowsOf(c.reg))
			checkObserved(t, list, c.want, c.because)
		})
	}
}

func tcpAll(verdict string) string { return "tcp 4172 " + verdict + ", udp 4172 " + verdict }

func checkObserved(t *testing.T, list []probe.Observation, want, because string) {
	t.Helper()
	var got []string
	var unknown []string
	for _, o := range list {
		d := o.Detail.(probe.FirewallDetail)
		got = append(got, string(d.Transport)+" 4172 "+string(d.Verdict))
		unknown = append(unknown, d.Unknown...)
	}
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("got %s, want %s", s, want)
	}
	if because != "" && !slices.Contains(unknown, because) || because == "" && len(unknown) > 0 {
		t.Errorf("not known: %q, want %q", unknown, because)
	}
}

func TestWindowsFirewallWithoutItsService(t *testing.T) {
	for _, c := range []struct {
		name    string
		state   uint32
		err     error
		reg     string
		because string
	}{
		{"stopped", 1, nil, "", "the service of Windows Firewall (MpsSvc) is stopped"},
		{"disabled", 1, nil, "\n[" + keyService + "]\nStart=4", "the service of Windows Firewall (MpsSvc) is disabled and stopped"},
		{"starting", 2, nil, "", "the service of Windows Firewall (MpsSvc) is starting"},
		{"not there", 0, fs.ErrNotExist, "", "there is no service of Windows Firewall (MpsSvc) on this system"},
		{"silent", 0, errors.New("x"), "", "the service of Windows Firewall (MpsSvc) could not be asked for its state: x"},
		{"of no known state", 9, nil, "", "the service of Windows Firewall (MpsSvc) is in an unknown state (9)"},
	} {
		f := windowsOf(regProfiles + regRules + c.reg)
		f.running, f.noState = c.state, c.err
		list, _ := lookWindows(t.Context(), Ask{Interface: "Ethernet", Address: eth0, Sources: management, Ports: []Port{{Transport: probe.TCP, First: 4172}}}, f)
		t.Run(c.name, func(t *testing.T) { checkObserved(t, list, "tcp 4172 unknown", c.because) })
	}
	f := windowsOf(regProfiles + regRules + "\n[" + keyService + "]\nStart=4") // disabled for the next start, and running
	list, _ := lookWindows(t.Context(), Ask{Interface: "Ethernet", Address: eth0, Sources: management, Ports: []Port{{Transport: probe.TCP, First: 4172}}}, f)
	checkObserved(t, list, "tcp 4172 drop", "")
}

func TestWindowsFirewallThatMayNotBeRead(t *testing.T) {
	f := windowsOf(regProfiles + regRules)
	f.locked = keyLocal + `\FirewallRules`
	list, gaps := lookWindows(t.Context(), Ask{Interface: "Ethernet", Address: eth0, Sources: management, Ports: ports}, f)
	if len(list) != 1 || list[0].Failure != probe.PermissionDenied || len(gaps) != 2 {
		t.Errorf("%+v %q", list, gaps)
	}
}

// hangs is a Windows whose service manager does not answer.
type hangs struct {
	*fakeWindows
	release chan struct{}
}

func (h hangs) state(string) (uint32, error) { <-h.release; return 0, fs.ErrNotExist }

func TestAWindowsThatHangsHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, start := hangs{windowsOf(regProfiles + regRules), make(chan struct{})}, time.Now()
		list, gaps := lookWindows(t.Context(), Ask{Interface: "Ethernet", Address: eth0, Sources: management, Ports: ports}, h)
		if took := time.Since(start); took != patience || len(gaps) != 2 || !strings.Contains(gaps[1], "did not answer in time") {
			t.Errorf("after %v: gaps %q", took, gaps)
		}
		for _, o := range list {
			if d := o.Detail.(probe.FirewallDetail); d.Verdict != probe.FirewallUnknown {
				t.Errorf("%+v", d)
			}
		}
		if len(list) == 0 {
			t.Error("nothing is said of the ports")
		}
		close(h.release)
		synctest.Wait()
	})
}

func FuzzListedRule(f *testing.F) {
	for _, s := range []string{"4172:TCP:*:Enabled:x", `C:\x.exe:LocalSubNet,10.0.0.0/8:Disabled:a:b`, "::::", `C:\`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := policyOf("", "", usual, nil)
		for _, l := range winLists {
			p.stores[0].rules = append(p.stores[0].rules, listedRule(storeGroup, l.key, text, profileDomain, l.subject))
		}
		wellFormed(t, evaluateWindows(p, Ask{Interface: "Ethernet", Address: eth0, Sources: management, Ports: ports}))
	})
}
