package host

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/probe"
)

// scriptedSystem is set to a script, which answers for hosts as given.
func scriptedSystem(settings proxySettings, ask func(host string) (string, error)) system {
	s := fakeSystem()
	s.proxy = func(context.Context) (*proxySettings, error) { return &settings, nil }
	s.script = func(got proxySettings) (scriptAsker, error) {
		if got != settings {
			return scriptAsker{}, errors.New("other settings")
		}
		return scriptAsker{ask, func() {}}, nil
	}
	return s
}

var (
	setScript  = proxySettings{pac: "http://pac.corp.example.com/proxy.pac", https: "http://static.corp.example.com:3128"}
	discovered = proxySettings{discovery: true}
	wanted     = []string{"Broker.amazonaws.com", "login.signin.aws", "192.0.2.1", "", "broker.amazonaws.com"}
)

func TestTheSystemsScriptIsAskedForEachName(t *testing.T) {
	var asked []string
	f := gather(t.Context(), Ask{Environ: nowhere, Names: wanted, Script: true}, scriptedSystem(setScript, func(host string) (string, error) {
		asked = append(asked, host)
		if strings.HasPrefix(host, "broker") {
			return "proxy.corp.example.com:8080;other.corp.example.com:8080", nil
		}
		return "", nil
	}))
	want := []probe.ScriptedProxy{{Host: "broker.amazonaws.com", Proxy: "http://proxy.corp.example.com:8080"}, {Host: "login.signin.aws"}}
	if diff := cmp.Diff(want, f.Proxy.Script); diff != "" || len(asked) != 2 || has(f.Gaps, "proxy:") {
		t.Errorf("asked for %q, gaps %q\n%s", asked, f.Gaps, diff)
	}
	for _, c := range []struct{ scheme, host, want string }{
		{"https", "broker.amazonaws.com", "http://proxy.corp.example.com:8080"},
		{"https", "LOGIN.signin.aws", ""},                                         // the script says so, whatever else is set
		{"https", "elsewhere.example.net", "http://static.corp.example.com:3128"}, // was not asked for
		{"http", "broker.amazonaws.com", ""},
	} {
		if got := ProxyFor(f.Proxy, c.scheme, c.host, 443); got != c.want {
			t.Errorf("%s://%s: %q, want %q", c.scheme, c.host, got, c.want)
		}
	}
}

func TestWhatBecomesOfAScript(t *testing.T) {
	nothing := func(string) (string, error) { return "", errNothingFound }
	for name, c := range map[string]struct {
		ask      Ask
		settings proxySettings
		answer   func(string) (string, error)
		told     int
		gap      string // empty: none about proxies
	}{
		"not to be asked (--plan)":      {Ask{}, setScript, nil, 0, gapScript},
		"another proxy is wished":       {Ask{Script: true, Proxy: "none"}, setScript, nil, 0, ""},
		"discovery finds nothing":       {Ask{Script: true}, discovered, nothing, 0, ""},
		"no script, and a setting":      {Ask{Script: true}, setScript, nothing, 0, "proxy: of 2 names the system was asked for by its own script or discovery, it answered for 0"},
		"the script cannot be fetched":  {Ask{Script: true}, setScript, func(string) (string, error) { return "", errors.New("the script could not be fetched") }, 0, "proxy: of 2 names"},
		"it gives something odd":        {Ask{Script: true}, setScript, func(string) (string, error) { return "\x1b[31m", nil }, 0, "proxy: for 2 names the system's script gives no web proxy's address"},
		"it gives a SOCKS proxy":        {Ask{Script: true}, setScript, func(string) (string, error) { return "socks=10.0.0.1:1080", nil }, 0, "proxy: for 2 names"},
		"it gives a login with a proxy": {Ask{Script: true}, setScript, func(string) (string, error) { return "jane:secret@proxy.example.com:1", nil }, 2, ""},
	} {
		c.ask.Environ, c.ask.Names = nowhere, wanted
		f := gather(t.Context(), c.ask, scriptedSystem(c.settings, c.answer))
		if len(f.Proxy.Script) != c.told || (c.gap != "") != has(f.Gaps, "proxy:") || c.gap != "" && !has(f.Gaps, c.gap) {
			t.Errorf("%s: %+v, gaps %q", name, f.Proxy.Script, f.Gaps)
		}
		for _, s := range f.Proxy.Script {
			if strings.Contains(s.Proxy, "secret") {
				t.Errorf("%s: %q", name, s.Proxy)
			}
		}
	}
	// A system that cannot be asked keeps its gap; a proxy that somebody wishes for is the
	// one that counts.
	for _, c := range []struct {
		settings     proxySettings
		flag         string
		undiscovered bool
		gap          string
	}{{setScript, "", false, gapScript}, {discovered, "", true, gapDiscovery}, {discovered, "none", false, ""}} {
		s := scriptedSystem(c.settings, nil)
		s.script = nil
		f := gather(t.Context(), Ask{Script: true, Environ: nowhere, Names: wanted, Proxy: c.flag}, s)
		if f.Proxy.Undiscovered != c.undiscovered || (c.gap != "") != has(f.Gaps, "proxy:") || !has(f.Gaps, c.gap) && c.gap != "" {
			t.Errorf("%+v %q: %+v, gaps %q", c.settings, c.flag, f.Proxy, f.Gaps)
		}
	}
	if f := gather(t.Context(), Ask{Script: true, Environ: nowhere, Names: wanted}, scriptedSystem(discovered, nothing)); f.Proxy.Undiscovered {
		t.Errorf("it was looked for, and nothing found: %+v", f.Proxy)
	}
}

// Nobody waits long for what is to be discovered, and a little longer for what somebody
// set; what was told in time counts.
func TestAScriptThatHangsIsAGap(t *testing.T) {
	for name, c := range map[string]struct {
		settings proxySettings
		limit    time.Duration
	}{"discovery": {discovered, discoveryPatience}, "a script": {setScript, scriptPatience}} {
		synctest.Test(t, func(t *testing.T) {
			release, first := make(chan struct{}), true
			start := time.Now()
			f := gather(t.Context(), Ask{Script: true, Environ: nowhere, Names: wanted}, scriptedSystem(c.settings, func(string) (string, error) {
				if first {
					first = false
					return "proxy.example.com:8080", nil
				}
				<-release
				return "", nil
			}))
			if took := time.Since(start); took > c.limit+afterwards || len(f.Proxy.Script) != 1 || !has(f.Gaps, "proxy: of 2 names the system was asked for by its own script or discovery, it answered for 1: it did not") {
				t.Errorf("%s: %v, %+v, gaps %q", name, took, f.Proxy.Script, f.Gaps)
			}
			close(release)
			synctest.Wait()
		})
	}
}

// A structure's size and its pointers are multiples of eight bytes on 64-bit Windows.
func TestScriptStructuresAreAligned(t *testing.T) {
	for name, at := range map[string]int{"options": autoOptionsSize, "address of the script": autoOptionsURL, "answer": proxyInfoSize, "proxies": proxyInfoProxy} {
		if at%8 != 0 {
			t.Errorf("%s: %d", name, at)
		}
	}
	if autoOptionsURL+8 > autoOptionsSize || autoOptionsLogon+4 > autoOptionsSize || proxyInfoProxy+16 > proxyInfoSize {
		t.Error("a field lies outside its structure")
	}
}
