package host

import (
	"strconv"
	"strings"
)

// internetSettings are the values of the registry key "Internet Settings" that
// matter here (Microsoft, "INTERNET_PER_CONN_OPTION" and WinINet's registry).
type internetSettings struct {
	enable        uint64
	server        string // "host:port", or "http=host:port;https=host:port;socks=host:port"
	override      string // hosts that are reached directly, by ";"; "<local>" for names without a dot
	autoConfigURL string
	discovery     bool
}

// discoveryOn reads the flags of the value DefaultConnectionSettings: the byte
// at offset 8, of which bit 3 is "automatically detect settings".
func discoveryOn(blob []byte) bool { return len(blob) > 8 && blob[8]&0x08 != 0 }

func (w internetSettings) settings() *proxySettings {
	s := proxySettings{pac: w.autoConfigURL, discovery: w.discovery}
	if w.enable == 0 {
		return &s
	}
	s.https, s.http, s.socks = proxyServer(w.server)
	s.noProxy = exceptions(strings.FieldsFunc(w.override, func(r rune) bool { return r == ';' || r == ' ' }))
	return &s
}

// proxyServer splits WinINet's list. One address alone is for everything.
func proxyServer(list string) (https, http string, socks bool) {
	for _, part := range strings.FieldsFunc(list, func(r rune) bool { return r == ';' || r == ' ' }) {
		kind, address, found := strings.Cut(part, "=")
		if !found {
			return part, part, false
		}
		switch strings.ToLower(kind) {
		case "https":
			https = address
		case "http":
			http = address
		case "socks":
			socks = address != ""
		}
	}
	return https, http, socks
}

// exceptions turns the lists of Windows and macOS into NO_PROXY's form:
// "*.example.org" is ".example.org", "169.254/16" is "169.254.0.0/16", and
// "169.254.*" is that too.
func exceptions(list []string) string {
	var out []string
	for _, e := range list {
		e = strings.TrimSpace(e)
		if strings.HasPrefix(e, "*.") {
			e = e[1:]
		}
		if n, found := strings.CutSuffix(e, ".*"); found && strings.Trim(n, "0123456789.*") == "" {
			n = strings.TrimRight(n, ".*")
			if octets := strings.Count(n, ".") + 1; n != "" && octets < 4 {
				e = n + "/" + strconv.Itoa(8*octets)
			}
		}
		if net, bits, found := strings.Cut(e, "/"); found && strings.Trim(net, "0123456789.") == "" && net != "" {
			for strings.Count(net, ".") < 3 {
				net += ".0"
			}
			e = net + "/" + bits
		}
		if e != "" && !strings.Contains(e, ",") {
			out = append(out, e)
		}
	}
	return strings.Join(out, ",")
}
