package host

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"path"
	"slices"
	"strings"

	"wsdoctor/probe"
)

const (
	fromFlag = "flag"
	// directoryServers is more than a directory gives: AWS names two DNS
	// addresses for each, clients of other directories have a few.
	directoryServers = 8
	// mostDomains bounds what settings may name; a WorkSpace is in one.
	mostDomains = 3
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
	domains, gaps := domainFiles(root, search)
	for i, found := range domains {
		if i == 0 {
			d.Domain, d.DomainSource = found.name, found.source
		} else {
			d.Also = append(d.Also, found.name)
		}
	}
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

// domainFiles looks for the domain in Kerberos's, SSSD's and Samba's settings, and
// where none of them tells it in the search list, which names the Region's own suffix
// on some WorkSpaces. It gives each name once, the one that counts first.
func domainFiles(root fs.FS, search []string) (list []domainSource, gaps []string) {
	add := func(name, source string) {
		if name != "" && len(list) < mostDomains &&
			!slices.ContainsFunc(list, func(have domainSource) bool { return have.name == name }) {
			list = append(list, domainSource{name, source})
		}
	}
	gap := func(text string) { gaps = append(gaps, domainGap+": "+text) }
	realm, from, err := defaultRealm(root)
	add(realm, from)
	if err != nil && realm == "" {
		gap(probe.Clean(err.Error(), 200))
	}
	for _, f := range []struct {
		name, more string // a file, and a directory whose files add to it
		domains    func([]iniLine) []string
	}{
		{"etc/sssd/sssd.conf", "etc/sssd/conf.d", parseSSSD},
		{"etc/samba/smb.conf", "", func(lines []iniLine) []string { return []string{parseSamba(lines)} }},
	} {
		lines, err := iniFiles(root, f.name, f.more)
		if err != nil && len(list) == 0 {
			gap(err.Error())
		}
		for _, name := range f.domains(lines) {
			add(name, "/"+f.name)
		}
	}
	for _, s := range search {
		if name := domainOf(s); len(list) == 0 && strings.Contains(name, ".") && !givenByDHCP(name) {
			add(name, "/etc/resolv.conf (search list)")
		}
	}
	if len(list) > 1 {
		var says []string
		for _, d := range list {
			says = append(says, d.name+" ("+d.source+")")
		}
		gap("several are named: " + strings.Join(says, ", ") + "; the first is used, and --domain says another")
	}
	return list, gaps
}

// iniFiles reads a file and those of a directory beside it, in the order of their
// names, whose lines add to it (sssd.conf(5), "config snippets").
func iniFiles(root fs.FS, name, more string) (lines []iniLine, err error) {
	names := []string{name}
	if more != "" {
		entries, err := fs.ReadDir(root, more)
		if errors.Is(err, fs.ErrPermission) {
			entries = nil // the file itself says so too
		}
		for _, e := range entries[:min(len(entries), krb5Files)] {
			if n := e.Name(); strings.HasSuffix(n, ".conf") && !strings.HasPrefix(n, ".") {
				names = append(names, path.Join(more, n))
			}
		}
	}
	for _, n := range names {
		b, readErr := readBounded(root, n)
		switch {
		case readErr == nil:
			lines = append(lines, iniLines(b)...)
		case !errors.Is(readErr, fs.ErrNotExist) && err == nil:
			err = errors.New(unreadable(n, readErr))
		}
	}
	return lines, err
}

// notDirectories are suffixes that DHCP gives and no directory has: a VPC's own
// (<region>.compute.internal, ec2.internal) and those of plain routers. Many a
// directory is called corp.internal.
var notDirectories = []string{"compute.internal", "ec2.internal", "localdomain", "home.arpa"}

func givenByDHCP(name string) bool {
	return slices.ContainsFunc(
		notDirectories,
		func(s string) bool { return name == s || strings.HasSuffix(name, "."+s) },
	)
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
	if a = a.Unmap(); a.IsLoopback() || a.IsUnspecified() || a.IsMulticast() || len(list) >= directoryServers ||
		slices.Contains(list, a) {
		return list
	}
	return append(list, a)
}
