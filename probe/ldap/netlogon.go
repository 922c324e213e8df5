package ldap

import (
	"encoding/binary"
	"errors"
	"strings"

	"wsdoctor/probe"
)

// netlogon is what is kept of a NETLOGON_SAM_LOGON_RESPONSE_EX.
type netlogon struct {
	forest, domain, host string // DNS names
	site, clientSite     string // of the server, and of whoever asks
	paused               bool
}

// Operation codes of an extended response ([MS-ADTS] 6.3.1.3).
const (
	logonResponse = 23
	logonPaused   = 24
	logonUnknown  = 25 // the user asked for; nobody is asked for here
)

// netlogonHead in bytes are the operation code, a zero, the flags and the GUID
// of the domain.
const netlogonHead = 2 + 2 + 4 + 16

// netlogonTail in bytes are the version and two tokens of ones, which end the
// response.
const netlogonTail = 4 + 2 + 2

var (
	errShort  = errors.New("a Netlogon value that is cut short")
	errOther  = errors.New("a Netlogon value of an unknown kind")
	errBroken = errors.New("a Netlogon value with a broken name")
)

// parseNetlogon reads a NETLOGON_SAM_LOGON_RESPONSE_EX ([MS-ADTS] 6.3.1.9):
// after the head eight names, an address of the server and a next closest site
// where they were asked for (they are not), and the tail. Nothing outside b is
// touched and no name grows past what DNS allows.
func parseNetlogon(b []byte) (netlogon, error) {
	var l netlogon
	if len(b) < netlogonHead+netlogonTail {
		return l, errShort
	}
	switch binary.LittleEndian.Uint16(b) {
	case logonResponse, logonUnknown:
	case logonPaused:
		l.paused = true
	default:
		return l, errOther
	}
	var user, flat, computer string
	at := netlogonHead
	for _, field := range []*string{&l.forest, &l.domain, &l.host, &flat, &computer, &user, &l.site, &l.clientSite} {
		name, next, ok := compressedName(b[:len(b)-netlogonTail], at)
		if !ok {
			return netlogon{}, errBroken
		}
		*field, at = probe.Clean(name, maxText), next
	}
	if binary.LittleEndian.Uint32(b[len(b)-4:]) != 0xffffffff {
		return netlogon{}, errOther
	}
	return l, nil
}

// maxName in bytes of a name on the wire (RFC 1035 section 2.3.4).
const maxName = 255

// compressedName reads a name compressed as in DNS (RFC 1035 section 4.1.4; the
// labels are UTF-8) and gives where the next field begins. Every pointer must
// lead to a name before this one, and nearer to the beginning than the pointer
// before it, so that there is no circle.
func compressedName(b []byte, at int) (name string, next int, ok bool) {
	var labels []string
	size, limit := 0, at
	for {
		if at >= len(b) {
			return "", 0, false
		}
		switch c := int(b[at]); {
		case c == 0:
			if next == 0 { // no pointer was followed
				next = at + 1
			}
			return strings.Join(labels, "."), next, true
		case c&0xc0 == 0xc0:
			if at+1 >= len(b) {
				return "", 0, false
			}
			to := c&0x3f<<8 | int(b[at+1])
			if to >= limit || to < netlogonHead {
				return "", 0, false
			}
			if next == 0 {
				next = at + 2
			}
			at, limit = to, to
		case c > 63 || at+1+c > len(b):
			return "", 0, false
		default:
			if size += c + 1; size > maxName {
				return "", 0, false
			}
			labels = append(labels, string(b[at+1:at+1+c]))
			at += 1 + c
		}
	}
}
