package host

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"wsdoctor/probe"
)

// proxySettings is what a system or an environment says, not yet checked.
type proxySettings struct {
	https, http, noProxy, pac string
	discovery                 bool // look for a PAC script by WPAD
	socks                     bool // a SOCKS proxy is set as well
}

func (s proxySettings) empty() bool { return s.https == "" && s.http == "" && s.pac == "" }

const (
	// addressLimit is more than any proxy address needs, in bytes.
	addressLimit = 2048
	// noProxyLimit holds the longest exception lists of large companies.
	noProxyLimit = 8 << 10
)

// What is said of a script that nobody ran: this program runs none, and not every
// system does it for others.
const (
	gapDiscovery = "proxy: automatic discovery (WPAD) is on; what it would find was not looked up"
	gapScript    = "proxy: an automatic configuration script is set; it was not run"
)

// schemes a proxy may have, as curl and Go understand them.
var schemes = map[string]bool{
	"http":    true,
	"https":   true,
	"socks4":  true,
	"socks4a": true,
	"socks5":  true,
	"socks5h": true,
}

// chooseProxy decides which setting counts. The user's flag comes first. Then,
// where there is one, the system's setting: that is what the WorkSpaces client
// uses (AWS, "Proxy server settings"). Then the environment.
func chooseProxy(flag string, environ func(string) string, system *proxySettings) (probe.ProxyDetail, []string) {
	if strings.EqualFold(flag, "none") {
		return probe.ProxyDetail{Source: "flag"}, nil
	}
	if flag != "" {
		return proxySettings{https: flag, http: flag}.detail("flag")
	}
	env := environProxy(environ)
	if system == nil {
		d, gaps := env.detail("environment")
		if env.empty() && environ("XDG_CURRENT_DESKTOP") != "" {
			gaps = append(
				gaps,
				"proxy settings of the desktop ("+probe.Clean(
					environ("XDG_CURRENT_DESKTOP"),
					40,
				)+"): not read, only the environment is",
			)
		}
		return d, gaps
	}
	if system.empty() && !env.empty() {
		d, gaps := env.detail("environment")
		return d, append(gaps, system.gaps()...)
	}
	d, gaps := system.detail("system")
	if !env.empty() && env.https != system.https {
		gaps = append(gaps, "proxy: the environment names another one than the system settings, which were used")
	}
	return d, gaps
}

// environProxy follows httpproxy.FromEnvironment: the lower-case spelling wins.
// ALL_PROXY, which curl and others read, fills what is missing.
func environProxy(environ func(string) string) proxySettings {
	get := func(names ...string) string {
		for _, n := range names {
			if v := environ(n); v != "" {
				return v
			}
		}
		return ""
	}
	return proxySettings{
		https:   get("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
		http:    get("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"),
		noProxy: get("no_proxy", "NO_PROXY"),
	}
}

func (s proxySettings) gaps() (gaps []string) {
	if s.discovery {
		gaps = append(gaps, gapDiscovery)
	}
	if s.socks {
		gaps = append(gaps, "proxy: a SOCKS proxy is set in the system; it was not used")
	}
	return gaps
}

func (s proxySettings) detail(source string) (probe.ProxyDetail, []string) {
	d := probe.ProxyDetail{Source: source, NoProxy: probe.Clean(s.noProxy, noProxyLimit)}
	gaps := s.gaps()
	if len(s.noProxy) > noProxyLimit {
		gaps = append(gaps, "proxy exceptions: the list is too long, only its beginning was read")
	}
	for _, p := range []struct {
		raw  string
		into *string
		name string
	}{{s.https, &d.HTTPS, "https"}, {s.http, &d.HTTP, "http"}} {
		clean, credentials, ok := cleanProxy(p.raw)
		if !ok {
			gaps = append(gaps, "proxy for "+p.name+": the setting is not a proxy address")
		}
		*p.into = clean
		d.Credentials = d.Credentials || credentials
	}
	if s.pac != "" {
		var credentials bool
		d.PAC, credentials = cleanPAC(s.pac)
		d.Credentials = d.Credentials || credentials
		gaps = append(gaps, gapScript)
	}
	d.Metadata = ProxyFor(d, "http", metadata.String(), 80)
	return d, gaps
}

// cleanProxy makes "scheme://host[:port]" of a setting, with the reading of
// httpproxy (a bare "host:port" is http). The user name and password are
// dropped and never kept for later: AWS's desktop clients do not support proxy
// authentication, so a probe that authenticated would say "works" where the
// client cannot. An empty setting is ok and empty.
func cleanProxy(raw string) (clean string, credentials, ok bool) {
	raw = strings.TrimSpace(raw)
	if raw == "" {
		return "", false, true
	}
	if len(raw) > addressLimit {
		return "", strings.Contains(raw, "@"), false
	}
	c := httpproxy.Config{HTTPSProxy: raw}
	u, err := c.ProxyFunc()(&url.URL{Scheme: "https", Host: "name.invalid"})
	if err != nil || u == nil {
		return "", false, false
	}
	host, port := u.Hostname(), u.Port()
	// An unescaped "#" or "/" in a password moves the "@" out of the authority;
	// what is left would be part of the credentials.
	if strings.Contains(raw, "@") && u.User == nil {
		return "", true, false
	}
	if !schemes[u.Scheme] || !plainHost(host) || !plainPort(port) {
		return "", u.User != nil, false
	}
	out := url.URL{Scheme: u.Scheme, Host: host}
	if strings.Contains(host, ":") {
		out.Host = "[" + host + "]"
	}
	if port != "" {
		out.Host = net.JoinHostPort(host, port)
	}
	return out.String(), u.User != nil, true
}

// cleanPAC drops credentials, query and fragment of a script's address.
func cleanPAC(raw string) (string, bool) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Opaque != "" {
		return "(not an address)", false
	}
	credentials := u.User != nil
	if !credentials && strings.Contains(raw, "@") {
		return "(not an address)", true
	}
	return probe.Clean((&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String(), 300), credentials
}

func plainHost(h string) bool {
	return h != "" && len(h) <= 253 && strings.IndexFunc(h, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_:", r))
	}) < 0
}

func plainPort(p string) bool {
	if p == "" {
		return true
	}
	n, err := strconv.ParseUint(p, 10, 16)
	return err == nil && n > 0
}

// ProxyFor says which proxy of p, if any, a request goes through, with
// NO_PROXY applied as httpproxy does. scheme is http or https.
func ProxyFor(p probe.ProxyDetail, scheme, host string, port uint16) string {
	if scheme == "https" {
		for _, s := range p.Script { // what the system itself would do goes before what is set beside the script
			if strings.EqualFold(s.Host, host) {
				return s.Proxy
			}
		}
	}
	c := httpproxy.Config{HTTPProxy: p.HTTP, HTTPSProxy: p.HTTPS, NoProxy: p.NoProxy}
	u, err := c.ProxyFunc()(&url.URL{Scheme: scheme, Host: net.JoinHostPort(host, strconv.Itoa(int(port)))})
	if err != nil || u == nil {
		return ""
	}
	return u.String()
}
