package host

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"slices"

	"github.com/miekg/dns"

	"wsdoctor/probe"
)

const (
	// fileLimit is far more than a resolv.conf needs.
	fileLimit = 64 << 10
	// libcServers is how many name servers the C library and Go use
	// (resolv.conf(5), MAXNS); later lines are ignored.
	libcServers = 3
	// stubServers bounds the list behind a local stub.
	stubServers = 8
	// searchLimit and nameLimit bound what is kept of the search list.
	searchLimit = 32
	nameLimit   = 253
)

// stubs maps the address of a local forwarder to the file in which its owner
// writes the resolvers it forwards to.
var stubs = []struct {
	addr  netip.Addr
	file  string
	owner string
}{
	{netip.AddrFrom4([4]byte{127, 0, 0, 53}), "run/systemd/resolve/resolv.conf", "systemd-resolved"},
	{netip.AddrFrom4([4]byte{127, 0, 0, 54}), "run/systemd/resolve/resolv.conf", "systemd-resolved"},
	{netip.AddrFrom4([4]byte{127, 0, 1, 1}), "run/NetworkManager/no-stub-resolv.conf", "dnsmasq"},
}

// resolvConf is /etc/resolv.conf: the servers applications ask, in their order,
// and behind them, where the first is a local stub, the servers the stub asks.
// A missing file is no error but an empty list.
func resolvConf(root fs.FS) (probe.ResolversDetail, error) {
	const name = "etc/resolv.conf"
	b, err := readBounded(root, name)
	if errors.Is(err, fs.ErrNotExist) {
		return probe.ResolversDetail{Servers: []netip.AddrPort{}, Source: "/" + name + " (missing)"}, nil
	}
	if err != nil {
		return probe.ResolversDetail{Servers: []netip.AddrPort{}}, err
	}
	d := probe.ResolversDetail{Source: "/" + name}
	d.Servers, d.Search = parseResolvConf(b, libcServers)
	for _, s := range stubs {
		if len(d.Servers) == 0 || d.Servers[0].Addr() != s.addr {
			continue
		}
		b, err := readBounded(root, s.file)
		if err != nil {
			// The stub alone is what applications use, so the list is true.
			break
		}
		behind, _ := parseResolvConf(b, stubServers)
		for _, server := range behind {
			if !slices.Contains(d.Servers, server) {
				d.Servers = append(d.Servers, server)
			}
		}
		d.Source += fmt.Sprintf(" (%s at %s), servers behind it from /%s", s.owner, s.addr, s.file)
		break
	}
	return d, nil
}

// parseResolvConf gives at most limit servers in order and the search list.
// Lines that hold no address are passed over, as the C library does. The zone
// of a link-local address (fe80::1%eth0) is kept.
func parseResolvConf(b []byte, limit int) ([]netip.AddrPort, []string) {
	servers, search := []netip.AddrPort{}, []string(nil)
	c, err := dns.ClientConfigFromReader(bytes.NewReader(b))
	if err != nil {
		return servers, search
	}
	for _, s := range c.Servers {
		if a, ok := resolverAddr(s); ok && len(servers) < limit {
			servers = append(servers, netip.AddrPortFrom(a, 53))
		}
	}
	for _, s := range c.Search {
		search = appendSearch(search, s)
	}
	return servers, search
}

func appendSearch(list []string, s string) []string {
	if s = probe.Clean(s, nameLimit); s != "" && len(list) < searchLimit && !slices.Contains(list, s) {
		list = append(list, s)
	}
	return list
}

// resolverAddr reads one address. A zone with anything but plain characters is
// no interface name that could be shown or dialled.
func resolverAddr(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	if err != nil || len(s) > 64 || a.Zone() != probe.Clean(a.Zone(), 64) {
		return netip.Addr{}, false
	}
	return a.Unmap(), true
}

// readBounded reads a regular file up to fileLimit bytes. Anything else, a pipe
// for example, might never end and is an error.
func readBounded(root fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(root, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read /%s: not a regular file", name)
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, fileLimit))
	return bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), err // an editor's mark is no part of the text
}
