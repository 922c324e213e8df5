package cli

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"wsdoctor/internal/words"
)

// pathExample is the hint where nothing better follows from what was typed.
const pathExample = "wsdoctor path drp-iad.amazonworkspaces.com 4172"

// pathHint makes the command that was probably meant: people paste HOST:PORT, an
// address in brackets, or a URL.
func pathHint(args []string) string {
	if len(args) == 0 {
		return pathExample
	}
	host, port := args[0], ""
	if u, err := url.Parse(host); err == nil && u.Host != "" {
		host = u.Host
	}
	if h, p, err := net.SplitHostPort(host); err == nil {
		host, port = h, p
	}
	host = strings.Trim(host, "[]")
	if len(args) > 1 && validPort(args[1]) {
		port = args[1]
	}
	if !validPort(port) {
		port = "4172"
	}
	if !(isName(host) || isAddr(host)) {
		return pathExample
	}
	return "wsdoctor path " + host + " " + port
}

// pathPort reads the port, and wants the control's to be another.
func pathPort(args []string, control uint16) (uint16, error) {
	port, err := strconv.ParseUint(args[1], 10, 16)
	if err != nil || port == 0 {
		return 0, badInput(
			words.Raw(pathHint(args)),
			words.Say("cli.bad.port", words.Args{"port": strconv.Quote(args[1])}),
		)
	}
	if control == 0 || uint64(control) == port {
		other := 443
		if port == 443 {
			other = 80
		}
		return 0, badInput(
			words.Say("cli.hint.control", words.Args{"path": pathHint(args), "port": other}),
			words.Say("cli.bad.control"),
		)
	}
	return uint16(port), nil
}

// isName: what ends in a number is a mistyped address and no name (the rule of the
// URL standard's host parser too).
func isName(host string) bool {
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	return validHost(host) && strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

// pathHost wants a name or the address of one host, of the family asked for.
func pathHost(args []string, six bool) error {
	host := args[0]
	a, err := netip.ParseAddr(host)
	switch {
	case err != nil && !isName(host):
		return badInput(words.Raw(pathHint(args)), words.Say("cli.bad.host", words.Args{"host": strconv.Quote(host)}))
	case err != nil:
		return nil
	case a.IsUnspecified(), a.IsMulticast(), a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return badInput(words.Raw(pathExample), words.Say("cli.bad.no-host", words.Args{"host": strconv.Quote(host)}))
	case a.Is6() && a.IsLinkLocalUnicast() && a.Zone() == "":
		return badInput(
			words.Say("cli.hint.link", words.Args{"path": "wsdoctor path " + host + "%eth0 " + args[1]}),
			words.Say("cli.bad.link", words.Args{"host": strconv.Quote(host)}),
		)
	case six && a.Unmap().Is4():
		return badInput(
			words.Say("cli.hint.no-ipv6", words.Args{"path": pathHint(args)}),
			words.Say("cli.bad.ipv4", words.Args{"host": strconv.Quote(host)}),
		)
	}
	return nil
}
