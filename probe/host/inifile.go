package host

import (
	"net/netip"
	"slices"
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

// parseSSSD gives the directories of sssd.conf(5), in its order: of each enabled
// domain its ad_domain, else its Kerberos realm, else its name if that has a dot.
// Where it is said that a domain is kept by something else than a directory of this
// kind, it is none.
func parseSSSD(lines []iniLine) []string {
	var enabled, sections []string
	of := map[string]map[string]string{}
	for _, l := range lines {
		name, isDomain := strings.CutPrefix(l.section, "domain/")
		switch {
		case l.section == "sssd" && l.key == "domains":
			enabled = strings.FieldsFunc(l.value, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
		case isDomain:
			if of[name] == nil {
				of[name] = map[string]string{}
				sections = append(sections, name)
			}
			of[name][l.key] = l.value
		}
	}
	if enabled == nil {
		enabled = sections
	}
	var list []string
	for _, name := range enabled {
		if of[name] == nil && len(sections) > 0 {
			continue // SSSD does not start it
		}
		if kind := of[name]["id_provider"]; kind != "" && kind != "ad" && of[name]["ad_domain"] == "" &&
			of[name]["krb5_realm"] == "" {
			continue
		}
		for _, text := range []string{of[name]["ad_domain"], of[name]["krb5_realm"], name} {
			if d := domainOf(text); strings.Contains(d, ".") {
				if !slices.Contains(list, d) {
					list = append(list, d)
				}
				break
			}
		}
	}
	return list
}

// parseSamba gives the realm of smb.conf(5), by which winbind joins a directory.
func parseSamba(lines []iniLine) string {
	for _, l := range lines {
		if strings.EqualFold(l.section, "global") && strings.EqualFold(l.key, "realm") {
			return domainOf(strings.Trim(l.value, `"`))
		}
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
