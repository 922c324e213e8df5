package host

import (
	"net/netip"
	"strings"
)

// iniLine is one "key = value" and its section.
type iniLine struct{ section, key, value string }

// iniLines reads the format of SSSD, NetworkManager's keyfiles and ifcfg files
// (which have no sections): comments begin with "#" or ";".
func iniLines(b []byte) []iniLine {
	var list []iniLine
	section := ""
	for raw := range strings.Lines(string(b)) {
		line := strings.TrimSpace(raw)
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
		case line[0] == '[':
			section = strings.TrimSpace(strings.TrimSuffix(line[1:], "]"))
		default:
			if key, value, ok := strings.Cut(line, "="); ok {
				list = append(list, iniLine{section, strings.TrimSpace(key), strings.TrimSpace(value)})
			}
		}
	}
	return list
}

// parseSSSD gives the domain of sssd.conf(5): of the first enabled one its
// ad_domain, else its name if that has a dot. Nothing else is looked at.
func parseSSSD(b []byte) string {
	lines := iniLines(b)
	first, adDomain := "", map[string]string{}
	for _, l := range lines {
		name, isDomain := strings.CutPrefix(l.section, "domain/")
		switch {
		case l.section == "sssd" && l.key == "domains":
			first, _, _ = strings.Cut(l.value, ",")
			first = strings.TrimSpace(first)
		case isDomain && l.key == "ad_domain":
			adDomain[name] = l.value
		}
	}
	if first == "" {
		for _, l := range lines {
			if name, isDomain := strings.CutPrefix(l.section, "domain/"); isDomain {
				first = name
				break
			}
		}
	}
	if d := domainOf(adDomain[first]); d != "" {
		return d
	}
	if d := domainOf(first); strings.Contains(d, ".") {
		return d
	}
	return ""
}

// parseKeyfile gives the dns lists of a NetworkManager keyfile
// (nm-settings-keyfile(5)): "dns=ip;ip;" in [ipv4] and [ipv6].
func parseKeyfile(b []byte) ([]netip.Addr, error) {
	var list []netip.Addr
	for _, l := range iniLines(b) {
		if (l.section == "ipv4" || l.section == "ipv6") && l.key == "dns" {
			found, err := addressList(l.value, ";,")
			if err != nil {
				return nil, err
			}
			for _, a := range found {
				list = appendServer(list, a)
			}
		}
	}
	return list, nil
}

// parseIfcfg gives DNS1, DNS2 and so on of an ifcfg file, NetworkManager's
// format in RHEL 8 and Rocky Linux 8 (nm-settings-ifcfg-rh(5)).
func parseIfcfg(b []byte) ([]netip.Addr, error) {
	var list []netip.Addr
	for _, l := range iniLines(b) {
		if n, ok := strings.CutPrefix(l.key, "DNS"); !ok || n == "" || strings.Trim(n, "0123456789") != "" {
			continue
		}
		found, err := addressList(l.value, " ")
		if err != nil {
			return nil, err
		}
		for _, a := range found {
			list = appendServer(list, a)
		}
	}
	return list, nil
}
