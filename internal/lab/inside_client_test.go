//go:build linux

package lab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/beevik/ntp"
	"github.com/go-ldap/ldap/v3"
	"github.com/vishvananda/netlink"
)

// insideInstruments are what the tests of a WorkSpace's world need besides.
var insideInstruments = map[string]func([]string) string{
	"tcp-from":        func(a []string) string { return dialFrom(a[0], a[1]) },
	"whoami-udp":      func(a []string) string { return askDaemon(a[0]) },
	"route":           func(a []string) string { return routeTo(a[0]) },
	"metadata":        func([]string) string { return metadata("/latest/meta-data/", false) },
	"metadata-clock":  func([]string) string { return metadata("/latest/meta-data/", true) },
	"metadata-region": func([]string) string { return metadata("/latest/meta-data/placement/region", false) },
	"date":            func(a []string) string { return dateOf(a[0]) },
	"ntp":             func(a []string) string { return askNTP(a[0]) },
	"ldap":            func(a []string) string { return askLDAP(a[0]) },
	"vendor":          func(a []string) string { return vendor(a[0]) },
	"kerberos":        func(a []string) string { return askKerberos(a[0]) },
	"connected":       func(a []string) string { return connected(a[0]) },
	"sh": func(a []string) string {
		out, err := exec.Command("sh", "-c", strings.Join(a, " ")).CombinedOutput()
		if len(out) == 0 && err != nil {
			return ""
		}
		return strings.ReplaceAll(string(out), "\n", "|")
	},
}

func dialFrom(from, to string) string {
	d := net.Dialer{Timeout: shortPatience, LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	c, err := d.Dial("tcp", to)
	if err == nil {
		c.Close()
	}
	return errorWord(err)
}

// askDaemon gives the name of the process that took a datagram.
func askDaemon(to string) string {
	c, err := net.Dial("udp", to)
	if err != nil {
		return errorWord(err)
	}
	defer c.Close()
	_, _ = io.WriteString(c, whoami)
	_ = c.SetReadDeadline(time.Now().Add(shortPatience))
	b := make([]byte, 100)
	n, err := c.Read(b)
	if err != nil {
		return errorWord(err)
	}
	return string(b[:n])
}

// routeTo names the interface through which this computer would send.
func routeTo(to string) string {
	list, err := netlink.RouteGet(net.ParseIP(to))
	if err != nil {
		return errorWord(err)
	}
	link, err := netlink.LinkByIndex(list[0].LinkIndex)
	if err != nil {
		return errorWord(err)
	}
	return link.Attrs().Name
}

// metadata asks for a token and then for what there is, or for the time.
func metadata(page string, clock bool) string {
	client := &http.Client{Timeout: 2 * shortPatience}
	ask := func(method, path, key, value string) (*http.Response, string, error) {
		r, _ := http.NewRequest(method, "http://"+metadataIP+path, nil)
		r.Header.Set(key, value)
		reply, err := client.Do(r)
		if err != nil {
			return nil, "", err
		}
		defer reply.Body.Close()
		b, err := io.ReadAll(reply.Body)
		return reply, strings.ReplaceAll(string(b), "\n", " "), err
	}
	reply, token, err := ask("PUT", "/latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds", "60")
	if err == nil && clock {
		return sinceHeader(reply)
	}
	var text string
	if err == nil {
		reply, text, err = ask("GET", page, "X-aws-ec2-metadata-token", token)
	}
	if err != nil {
		if os.IsTimeout(err) {
			return "silence"
		}
		return errorWord(err)
	}
	return fmt.Sprint(reply.StatusCode, " ", text)
}

// minutes is a clock's distance from this computer's, in whole minutes.
func minutes(d time.Duration) string { return fmt.Sprintf("%dm", int(d.Round(time.Minute).Minutes())) }

func sinceHeader(r *http.Response) string {
	at, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil {
		return err.Error()
	}
	return minutes(time.Until(at))
}

func dateOf(address string) string {
	client := &http.Client{Timeout: 4 * shortPatience}
	r, err := client.Get(address)
	if err != nil {
		return errorWord(err)
	}
	r.Body.Close()
	return sinceHeader(r)
}

func askNTP(to string) string {
	r, err := ntp.QueryWithOptions(to, ntp.QueryOptions{Timeout: shortPatience})
	if err != nil {
		return errorWord(err)
	}
	return minutes(r.ClockOffset)
}

// rootDSE asks a directory server what it says of itself.
func rootDSE(to string) (*ldap.Entry, error) {
	c, err := ldap.DialURL("ldap://"+to, ldap.DialWithDialer(&net.Dialer{Timeout: shortPatience}))
	if err != nil {
		return nil, err
	}
	defer c.Close()
	c.SetTimeout(2 * shortPatience)
	r, err := c.Search(ldap.NewSearchRequest("", ldap.ScopeBaseObject, ldap.NeverDerefAliases, 1, 1, false, "(objectClass=*)", []string{"dnsHostName", "currentTime", "vendorName"}, nil))
	if err != nil {
		return nil, err
	}
	return r.Entries[0], nil
}

func askLDAP(to string) string {
	e, err := rootDSE(to)
	if err != nil {
		var netErr *net.OpError
		if errors.As(err, &netErr) {
			return errorWord(err)
		}
		return err.Error()
	}
	at, err := time.Parse("20060102150405.0Z", e.GetAttributeValue("currentTime"))
	if err != nil {
		return err.Error()
	}
	return strings.ToLower(e.GetAttributeValue("dnsHostName")) + " " + minutes(time.Until(at))
}

// vendor is who a directory server says made it.
func vendor(to string) string {
	e, err := rootDSE(to)
	if err != nil {
		return err.Error()
	}
	return e.GetAttributeValue("vendorName")
}

// askKerberos asks for the administrator's ticket without a password, and gives
// the number of the error.
func askKerberos(to string) string {
	text := func(tag byte, parts ...[]byte) []byte { // a DER value of less than 256 bytes
		body := slices.Concat(parts...)
		if len(body) < 128 {
			return append([]byte{tag, byte(len(body))}, body...)
		}
		return append([]byte{tag, 0x81, byte(len(body))}, body...)
	}
	name := func(kind byte, words ...string) []byte {
		var list []byte
		for _, w := range words {
			list = append(list, text(0x1b, []byte(w))...)
		}
		return text(0x30, text(0xa0, []byte{2, 1, kind}), text(0xa1, text(0x30, list)))
	}
	body := text(0x30,
		text(0xa0, []byte{3, 5, 0, 0, 0, 0, 0}),
		text(0xa1, name(1, "Administrator")),
		text(0xa2, text(0x1b, []byte(realm))),
		text(0xa3, name(2, "krbtgt", realm)),
		text(0xa5, text(0x18, []byte("20370913024805Z"))),
		text(0xa7, []byte{2, 4, 0x11, 0x22, 0x33, 0x44}),
		text(0xa8, text(0x30, []byte{2, 1, 18, 2, 1, 17})))
	request := text(0x6a, text(0x30, text(0xa1, []byte{2, 1, 5}), text(0xa2, []byte{2, 1, 10}), text(0xa4, body)))
	c, err := net.Dial("udp", to)
	if err != nil {
		return errorWord(err)
	}
	defer c.Close()
	_, _ = c.Write(request)
	_ = c.SetReadDeadline(time.Now().Add(2 * shortPatience))
	b := make([]byte, 4096)
	n, err := c.Read(b)
	if err != nil {
		return errorWord(err)
	}
	// KRB-ERROR is application 30, its error-code [6] an INTEGER.
	if i := bytes.Index(b[:n], []byte{0xa6, 3, 2, 1}); b[0] == 0x7e && i >= 0 {
		return fmt.Sprint("error ", b[i+4])
	}
	return fmt.Sprintf("% x", b[:min(n, 40)])
}

// connected counts the established connections to a local address, and names
// the last one's other end.
func connected(local string) string {
	want := netip.MustParseAddrPort(local)
	list, err := netlink.SocketDiagTCP(netlink.FAMILY_V4)
	if err != nil {
		return err.Error()
	}
	n, from := 0, ""
	for _, s := range list {
		if a, ok := netip.AddrFromSlice(s.ID.Source); ok && s.State == 1 && netip.AddrPortFrom(a.Unmap(), s.ID.SourcePort) == want {
			n, from = n+1, s.ID.Destination.String()
		}
	}
	return fmt.Sprintf("%d from %s", n, from)
}
