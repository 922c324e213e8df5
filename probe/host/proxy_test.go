package host

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/probe"
)

func addrPort(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func TestCleanProxyDropsCredentialsAndRefusesNonsense(t *testing.T) {
	for _, c := range []struct {
		raw, want       string
		credentials, ok bool
	}{
		{"", "", false, true},
		{"proxy.example:8080", "http://proxy.example:8080", false, true},
		{"http://proxy.example:8080/path?q#f", "http://proxy.example:8080", false, true},
		{"https://proxy.example", "https://proxy.example", false, true},
		{"socks5://192.0.2.1:1080", "socks5://192.0.2.1:1080", false, true},
		{"http://[2001:db8::1]:3128", "http://[2001:db8::1]:3128", false, true},
		{"http://bob:secret@proxy.example:8080", "http://proxy.example:8080", true, true},
		{"bob:secret@proxy.example:8080", "http://proxy.example:8080", true, true},
		{"http://bob@proxy.example:8080", "http://proxy.example:8080", true, true},
		{"http://bob:se#cret@proxy.example:8080", "", true, false},
		{"http://bob:12#3@proxy.example:8080", "", true, false},
		{"http://proxy.example:99999", "", false, false},
		{"http://proxy\x1b[31m.example", "", false, false},
		{"ftp://proxy.example", "", false, false},
		{"://", "", false, false},
	} {
		got, credentials, ok := cleanProxy(c.raw)
		if got != c.want || credentials != c.credentials || ok != c.ok {
			t.Errorf("%q: %q %v %v, want %q %v %v", c.raw, got, credentials, ok, c.want, c.credentials, c.ok)
		}
	}
}

func TestWhichProxySettingCounts(t *testing.T) {
	env := map[string]string{"HTTPS_PROXY": "http://upper.example:1", "https_proxy": "http://lower.example:2", "NO_PROXY": ".corp.example"}
	system := &proxySettings{https: "sys.example:8080", http: "sys.example:8080"}
	for name, c := range map[string]struct {
		flag   string
		env    map[string]string
		system *proxySettings
		want   probe.ProxyDetail
		gaps   int
	}{
		"nothing set":                      {"", nil, nil, probe.ProxyDetail{Source: "environment"}, 0},
		"nothing set on a Linux desktop":   {"", map[string]string{"XDG_CURRENT_DESKTOP": "GNOME"}, nil, probe.ProxyDetail{Source: "environment"}, 1},
		"lower case wins":                  {"", env, nil, probe.ProxyDetail{HTTPS: "http://lower.example:2", NoProxy: ".corp.example", Source: "environment"}, 0},
		"ALL_PROXY fills the rest":         {"", map[string]string{"ALL_PROXY": "socks5://all.example:1080", "http_proxy": "web.example:80"}, nil, probe.ProxyDetail{HTTPS: "socks5://all.example:1080", HTTP: "http://web.example:80", Metadata: "http://web.example:80", Source: "environment"}, 0},
		"credentials are only counted":     {"", map[string]string{"https_proxy": "http://u:p@web.example"}, nil, probe.ProxyDetail{HTTPS: "http://web.example", Credentials: true, Source: "environment"}, 0},
		"flag none overrides all":          {"none", env, system, probe.ProxyDetail{Source: "flag"}, 0},
		"flag overrides all":               {"http://flag.example:3128", env, system, probe.ProxyDetail{HTTPS: "http://flag.example:3128", HTTP: "http://flag.example:3128", Metadata: "http://flag.example:3128", Source: "flag"}, 0},
		"system before environment":        {"", env, system, probe.ProxyDetail{HTTPS: "http://sys.example:8080", HTTP: "http://sys.example:8080", Metadata: "http://sys.example:8080", Source: "system"}, 1},
		"environment where system is bare": {"", env, &proxySettings{noProxy: "x"}, probe.ProxyDetail{HTTPS: "http://lower.example:2", NoProxy: ".corp.example", Source: "environment"}, 0},
		"system says none":                 {"", nil, &proxySettings{}, probe.ProxyDetail{Source: "system"}, 0},
		"script is named, not run":         {"", nil, &proxySettings{pac: "http://u:p@wpad.example/proxy.pac?token=1"}, probe.ProxyDetail{PAC: "http://wpad.example/proxy.pac", Credentials: true, Source: "system"}, 1},
		"discovery is a gap":               {"", nil, &proxySettings{discovery: true, socks: true}, probe.ProxyDetail{Source: "system"}, 2},
		"nonsense is a gap":                {"", map[string]string{"https_proxy": "ftp://x"}, nil, probe.ProxyDetail{Source: "environment"}, 1},
	} {
		got, gaps := chooseProxy(c.flag, environ(c.env), c.system)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if len(gaps) != c.gaps {
			t.Errorf("%s: gaps %q, want %d", name, gaps, c.gaps)
		}
	}
}

func TestMetadataProxyIsWhatARequestToTheMetadataWouldUse(t *testing.T) {
	windows := func(override string) *proxySettings {
		return internetSettings{enable: 1, server: "http=bob:secret@web.example:3128;https=tls.example:3129", override: override}.settings()
	}
	for name, c := range map[string]struct {
		env    map[string]string
		system *proxySettings
		want   string
	}{
		"no proxy":                   {nil, nil, ""},
		"https only":                 {map[string]string{"https_proxy": "web.example:3128"}, nil, ""},
		"proxied, without password":  {map[string]string{"http_proxy": "http://bob:secret@web.example:3128"}, nil, "http://web.example:3128"},
		"excluded by address":        {map[string]string{"http_proxy": "web.example:3128", "no_proxy": "localhost,169.254.169.254"}, nil, ""},
		"excluded by network":        {map[string]string{"http_proxy": "web.example:3128", "no_proxy": "169.254.0.0/16"}, nil, ""},
		"another address excluded":   {map[string]string{"http_proxy": "web.example:3128", "no_proxy": "169.254.169.253,.internal"}, nil, "http://web.example:3128"},
		"everything excluded":        {map[string]string{"http_proxy": "web.example:3128", "no_proxy": "*"}, nil, ""},
		"Windows":                    {nil, windows("<local>"), "http://web.example:3128"},
		"Windows, excluded":          {nil, windows("*.corp.example;169.254.169.254"), ""},
		"Windows, excluded by star":  {nil, windows("<local>;169.254.*"), ""},
		"Windows, excluded by stars": {nil, windows("169.254.*.*"), ""},
		"Windows, other star":        {nil, windows("10.*;192.168.*"), "http://web.example:3128"},
	} {
		d, _ := chooseProxy("", environ(c.env), c.system)
		if d.Metadata != c.want {
			t.Errorf("%s: %q, want %q", name, d.Metadata, c.want)
		}
	}
	if d, _ := chooseProxy("none", environ(map[string]string{"http_proxy": "web.example:3128"}), nil); d.Metadata != "" {
		t.Errorf("the user wants no proxy: %q", d.Metadata)
	}
}

func TestProxyForHonoursNoProxy(t *testing.T) {
	p := probe.ProxyDetail{HTTPS: "http://p.example:1", HTTP: "http://q.example:2", NoProxy: ".corp.example,198.51.100.0/24"}
	for _, c := range []struct{ scheme, host, want string }{
		{"https", "ws-broker-service.us-east-1.amazonaws.com", "http://p.example:1"},
		{"http", "portal.example", "http://q.example:2"},
		{"https", "x.corp.example", ""},
		{"https", "198.51.100.9", ""},
		{"https", "2001:db8::1", "http://p.example:1"},
	} {
		if got := ProxyFor(p, c.scheme, c.host, 443); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.scheme, c.host, got, c.want)
		}
	}
}

func TestWindowsInternetSettings(t *testing.T) {
	for name, c := range map[string]struct {
		in   internetSettings
		want proxySettings
	}{
		"one for all":         {internetSettings{enable: 1, server: "proxy.example:8080", override: "*.corp.example;<local>;10.*"}, proxySettings{https: "proxy.example:8080", http: "proxy.example:8080", noProxy: ".corp.example,<local>,10.0.0.0/8"}},
		"per protocol":        {internetSettings{enable: 1, server: "http=a.example:80;https=b.example:443;socks=c.example:1080"}, proxySettings{https: "b.example:443", http: "a.example:80", socks: true}},
		"switched off":        {internetSettings{server: "proxy.example:8080"}, proxySettings{}},
		"script and discover": {internetSettings{autoConfigURL: "http://x.example/p.pac", discovery: discoveryOn([]byte{70, 0, 0, 0, 3, 0, 0, 0, 9})}, proxySettings{pac: "http://x.example/p.pac", discovery: true}},
	} {
		if diff := cmp.Diff(c.want, *c.in.settings(), cmp.AllowUnexported(proxySettings{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if discoveryOn(nil) || discoveryOn([]byte{70, 0, 0, 0, 3, 0, 0, 0, 1}) {
		t.Error("discovery seen where it is off")
	}
}

// checkProxy: whatever was read, the detail can be shown and holds no secret.
func checkProxy(t *testing.T, d probe.ProxyDetail) {
	t.Helper()
	for _, s := range []string{d.HTTPS, d.HTTP, d.Metadata} {
		if s == "" {
			continue
		}
		u, err := url.Parse(s)
		if err != nil || u.User != nil || u.Host == "" || u.Path != "" || strings.ContainsFunc(s, unicode.IsControl) || strings.Contains(s, "@") {
			t.Errorf("proxy %q: %v", s, err)
		}
	}
	if strings.ContainsFunc(d.PAC+d.NoProxy, unicode.IsControl) {
		t.Errorf("%q %q", d.PAC, d.NoProxy)
	}
}

func FuzzProxySettings(f *testing.F) {
	f.Add("http://u:p@proxy.example:8080", "*.corp;<local>", "http=a:1;https=b:2")
	f.Add("http://bob:1#2@proxy", ",,", ";;=;https=")
	f.Add("\x1b]0;x\x07", "169.254/16 10/8", "socks=@@")
	f.Add("http://%40@[::1%25eth0]:1", "/", "http://u:p@h")
	f.Fuzz(func(t *testing.T, proxy, override, server string) {
		d, _ := chooseProxy("", environ(map[string]string{"https_proxy": proxy, "no_proxy": override}), nil)
		checkProxy(t, d)
		ProxyFor(d, "https", "name.example", 443)
		d, _ = internetSettings{enable: 1, server: server, override: override, autoConfigURL: proxy}.settings().detail("system")
		checkProxy(t, d)
	})
}
