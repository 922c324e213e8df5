package probe

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Transport is tcp or udp.
type Transport string

// The transports that exist for wsdoctor.
const (
	TCP Transport = "tcp"
	UDP Transport = "udp"
)

// Target is what a prober is pointed at. It is plain data and printable: the
// plan shows it, the prober reads it, nothing else travels between the two.
type Target struct {
	Endpoint  string       `json:"endpoint"`              // catalog endpoint ID, the role of the target
	Host      string       `json:"host"`                  // DNS name or IP literal
	Port      uint16       `json:"port,omitempty"`        // 0 for names that are only resolved
	Transport Transport    `json:"transport,omitempty"`   // tcp or udp
	Addresses []netip.Addr `json:"addresses,omitempty"`   // addresses to try; filled from DNS observations before the prober starts
	Path      string       `json:"path,omitempty"`        // HTTP path
	Scheme    string       `json:"scheme,omitempty"`      // http or https
	Expect    string       `json:"expect,omitempty"`      // what a right answer looks like: see catalog.Expect
	Proxy     string       `json:"proxy,omitempty"`       // proxy URL; empty means direct. Never holds credentials
	Resolver  string       `json:"resolver,omitempty"`    // "system", or ip:port of one resolver
	Types     []string     `json:"types,omitempty"`       // DNS record types
	Attempts  int          `json:"attempts,omitempty"`    // fresh probes per address; 0 means the prober's default
	Extend    int          `json:"extend,omitempty"`      // further probes if one of the first was lost, to tell loss from chance; 0 for none
	Spacing   Millis       `json:"spacing_ms,omitempty"`  // distance between them; 0 means the prober's default
	Patience  Millis       `json:"patience_ms,omitempty"` // least wait for an answer after the last of them; 0 means the prober's default
	Hello     HelloSize    `json:"hello,omitempty"`       // size of the first ClientHello; empty means small
	LocalPort uint16       `json:"local_port,omitempty"`  // UDP port to send from; 0 for any
	Domain    string       `json:"domain,omitempty"`      // DNS name of the directory's domain, for a CLDAP question
}

// Millis is a duration that is written as a number of milliseconds.
type Millis time.Duration

// MarshalJSON writes milliseconds.
func (m Millis) MarshalJSON() ([]byte, error) {
	return []byte(strconv.FormatFloat(Milliseconds(time.Duration(m)), 'f', -1, 64)), nil
}

// String is "host:port/transport", or the bare host where there is no port.
// ParseTarget reads it back.
func (t Target) String() string {
	if t.Port == 0 {
		return t.Host
	}
	s := net.JoinHostPort(t.Host, strconv.Itoa(int(t.Port)))
	if t.Transport != "" {
		s += "/" + string(t.Transport)
	}
	return s
}

// ParseTarget splits what Target.String wrote. Missing parts are zero.
func ParseTarget(s string) (host string, port uint16, transport Transport) {
	rest, proto, found := strings.Cut(s, "/")
	if found {
		transport = Transport(proto)
	}
	h, p, err := net.SplitHostPort(rest)
	if err != nil {
		return rest, 0, transport
	}
	n, err := strconv.ParseUint(p, 10, 16)
	if err != nil {
		return rest, 0, transport
	}
	return h, uint16(n), transport
}
