package host

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/probe"
)

const (
	fromFlag = "flag"
	// directoryServers is more than a directory gives: AWS names two DNS
	// addresses for each, clients of other directories have a few.
	directoryServers = 8
	// domainGap and dnsGap begin the gaps about either setting.
	domainGap = "directory domain"
	dnsGap    = "directory DNS addresses"
)

// directoryKeys reads a Windows WorkSpace. The agent keeps the directory's DNS
// addresses in the value DomainJoinDns as "ip1,ip2" (AWS, "Update DNS servers
// for WorkSpaces"); the domain is the computer's own suffix (Microsoft,
// Tcpip\Parameters). text gives fs.ErrNotExist for what is not there.
func directoryKeys(text func(key, name string) (string, error)) (d probe.DirectoryDetail, gaps []string) {
	const (
		hive   = `HKEY_LOCAL_MACHINE\`
		suffix = `SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`
	)
	read := func(what, key, name string) string {
		s, err := text(key, name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			gaps = append(gaps, what+": "+hive+key+`\`+name+": "+probe.Clean(err.Error(), 100))
		}
		return s
	}
	d.DNS = []netip.Addr{}
	if d.Domain = domainOf(read(domainGap, suffix, "Domain")); d.Domain != "" {
		d.DomainSource = hive + suffix + `\Domain`
	}
	if s := read(dnsGap, agentKey, "DomainJoinDns"); s != "" {
		list, err := addressList(s, ",; ")
		if err != nil {
			gaps = append(gaps, dnsGap+": "+hive+agentKey+`\DomainJoinDns: `+err.Error())
		} else if d.DNS = listed(list); len(list) > 0 {
			d.DNSSource = hive + agentKey + `\DomainJoinDns`
		}
	}
	return d, gaps
}

// dnsFiles hold the directory's DNS addresses on Linux WorkSpaces: Ubuntu's,
// Rocky Linux's and RHEL's in both of NetworkManager's formats, and Amazon Linux
// 2's (AWS, "Update DNS servers for WorkSpaces"). The files that only WorkSpaces
// have come first.
var dnsFiles = []struct {
	name  string
	parse func([]byte) ([]netip.Addr, error)
}{
	{"etc/netplan/zz-workspaces-domain.yaml", parseNetplan},
	{"etc/NetworkManager/system-connections/CustomerNIC.nmconnection", parseKeyfile},
	{"etc/sysconfig/network-scripts/ifcfg-CustomerNIC", parseIfcfg},
	{"etc/dhcp/dhclient.conf", parseDHClient},
}

// directoryFiles reads a Linux WorkSpace. search is the resolvers' search list,
// the last resort for the domain.
func directoryFiles(root fs.FS, search []string) (d probe.DirectoryDetail, gaps []string) {
	domain, domainGaps := domainFiles(root, search)
	d.Domain, d.DomainSource, gaps = domain.name, domain.source, domainGaps
	var dnsGaps []string
	d.DNS = []netip.Addr{}
	for _, f := range dnsFiles {
		b, err := readBounded(root, f.name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			if d.DNS, err = f.parse(b); err == nil && len(d.DNS) == 0 {
				continue
			}
		}
		if err != nil {
			dnsGaps = append(dnsGaps, dnsGap+": "+unreadable(f.name, err))
			d.DNS = []netip.Addr{}
			if _, statErr := fs.Stat(root, f.name); statErr != nil {
				continue // nobody knows whether it is there
			}
		} else {
			d.DNSSource = "/" + f.name
		}
		break // this file counts, read or not: a later one would be a guess
	}
	return d, append(gaps, dnsGaps...)
}

func unreadable(name string, err error) string {
	if errors.Is(err, fs.ErrPermission) {
		return "/" + name + " can only be read with privileges (sudo)"
	}
	return "/" + name + ": " + probe.Clean(err.Error(), 100)
}

// domainSource is a domain and where it was read.
type domainSource struct{ name, source string }

// domainFiles looks for the domain in Kerberos's and SSSD's settings and then in
// the search list, which names the Region's own suffix on some WorkSpaces.
func domainFiles(root fs.FS, search []string) (domainSource, []string) {
	var gaps []string
	realm, from, err := defaultRealm(root)
	if realm != "" {
		return domainSource{realm, from}, nil
	}
	if err != nil {
		gaps = append(gaps, domainGap+": "+probe.Clean(err.Error(), 200))
	}
	const sssd = "etc/sssd/sssd.conf"
	b, err := readBounded(root, sssd)
	switch {
	case err == nil:
		if name := parseSSSD(b); name != "" {
			return domainSource{name, "/" + sssd}, nil
		}
	case !errors.Is(err, fs.ErrNotExist):
		gaps = append(gaps, domainGap+": "+unreadable(sssd, err))
	}
	for _, s := range search {
		if name := domainOf(s); strings.Contains(name, ".") && !givenByDHCP(name) {
			return domainSource{name, "/etc/resolv.conf (search list)"}, gaps
		}
	}
	return domainSource{}, gaps
}

// notDirectories are suffixes that DHCP gives and no directory has: a VPC's own
// (<region>.compute.internal, ec2.internal) and those of plain routers. Many a
// directory is called corp.internal.
var notDirectories = []string{"compute.internal", "ec2.internal", "localdomain", "home.arpa"}

func givenByDHCP(name string) bool {
	return slices.ContainsFunc(notDirectories, func(s string) bool { return name == s || strings.HasSuffix(name, "."+s) })
}

// domainOf is the DNS name in s, in lower case and without a final dot, or "" if
// it is none: labels of letters, digits, "-" and "_" (RFC 1035 section 2.3.1 and
// what Active Directory allows besides).
func domainOf(s string) string {
	s = strings.TrimSuffix(strings.ToLower(strings.TrimSpace(s)), ".")
	if s == "" || len(s) > nameLimit {
		return ""
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return ""
		}
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return ""
	}
	return s
}

// addressList reads addresses between any of the separators, at most
// directoryServers. A local forwarder is no directory and is left out; anything
// but an address is an error.
func addressList(s, separators string) ([]netip.Addr, error) {
	var list []netip.Addr
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		a, err := netip.ParseAddr(strings.Trim(word, `"'`))
		if err != nil || a.Zone() != "" {
			return nil, fmt.Errorf("%q is not an address", probe.Clean(word, 40))
		}
		list = appendServer(list, a)
	}
	return list, nil
}

func appendServer(list []netip.Addr, a netip.Addr) []netip.Addr {
	if a = a.Unmap(); a.IsLoopback() || a.IsUnspecified() || a.IsMulticast() || len(list) >= directoryServers || slices.Contains(list, a) {
		return list
	}
	return append(list, a)
}
