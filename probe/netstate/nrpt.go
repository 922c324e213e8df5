package netstate

import (
	"errors"
	"io/fs"
	"net/netip"
	"strings"

	"wsdoctor/probe"
)

// registry is what is asked of Windows: a seam. Paths are below HKEY_LOCAL_MACHINE;
// what is not there is fs.ErrNotExist.
type registry interface {
	keys(path string) ([]string, error)
	texts(path, value string) ([]string, error) // REG_MULTI_SZ
	text(path, value string) (string, error)
	number(path, value string) (uint32, error)
}

// Where the rules are kept (Microsoft, MS-GPNRPT section 2.2.2). Where group policy
// has any, those of the computer itself do not count.
const (
	policyRules = `SOFTWARE\Policies\Microsoft\Windows NT\DNSClient\DnsPolicyConfig`
	localRules  = `SYSTEM\CurrentControlSet\Services\Dnscache\Parameters\DnsPolicyConfig`
)

// ConfigOptions: what a rule is about.
const (
	aboutDirectAccess = 0x4
	aboutServers      = 0x8
)

const (
	mostRules  = 4096
	mostSpaces = 256 // namespaces of one rule
	mostServer = 16
	longest    = 253
)

// rule is one of the table.
type rule struct{ spaces, servers []string }

// readPolicy reads the table, and keeps the rules that hold for names.
func readPolicy(r registry, names []string) (probe.NamePolicyDetail, error) {
	d := probe.NamePolicyDetail{Holds: []probe.NamePolicyRule{}}
	for _, place := range []struct{ path, source string }{{policyRules, "group-policy"}, {localRules, "local"}} {
		keys, err := r.keys(place.path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return d, err
		}
		if len(keys) == 0 {
			continue
		}
		var rules []rule
		for _, key := range keys[:min(len(keys), mostRules)] {
			rules = append(rules, readRule(r, place.path+`\`+key))
		}
		d.Source, d.Rules, d.Holds = place.source, len(keys), holding(rules, names)
		return d, nil
	}
	return d, nil
}

func readRule(r registry, path string) (x rule) {
	x.spaces, _ = r.texts(path, "Name") // a rule without a name holds for nothing
	x.spaces = x.spaces[:min(len(x.spaces), mostSpaces)]
	options, err := r.number(path, "ConfigOptions")
	for _, source := range []struct {
		flag  uint32
		value string
	}{{aboutServers, "GenericDNSServers"}, {aboutDirectAccess, "DirectAccessDNSServers"}} {
		if err == nil && options&source.flag == 0 {
			continue
		}
		list, _ := r.text(path, source.value)
		for s := range strings.SplitSeq(list, ";") {
			if s = strings.TrimSpace(s); s != "" && len(x.servers) < mostServer && plainServer(s) {
				x.servers = append(x.servers, s)
			}
		}
	}
	return x
}

// plainServer: an address or a name.
func plainServer(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	return plainName(s)
}

func plainName(s string) bool {
	return len(s) <= longest && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_", r))
	}) < 0
}

// holding gives each name the rule that fits it best, as Windows does: the whole name,
// then its first label, then the longest end, then the rule for every name.
func holding(rules []rule, names []string) []probe.NamePolicyRule {
	out := []probe.NamePolicyRule{}
	at := map[[2]int]int{} // rule and namespace → place in out
	seen := map[string]bool{}
	for _, name := range names {
		name = strings.ToLower(strings.TrimSuffix(name, "."))
		if _, err := netip.ParseAddr(name); err == nil || name == "" || seen[name] {
			continue
		}
		seen[name] = true
		best, which := 0, [2]int{}
		for i, r := range rules {
			for j, space := range r.spaces {
				if fit := fits(strings.ToLower(space), name); fit > best && plainName(space) {
					best, which = fit, [2]int{i, j}
				}
			}
		}
		if best == 0 {
			continue
		}
		k, known := at[which]
		if !known {
			r := rules[which[0]]
			k = len(out)
			at[which] = k
			out = append(
				out,
				probe.NamePolicyRule{
					Namespace: r.spaces[which[1]],
					Names:     []string{},
					Servers:   append([]string{}, r.servers...),
				},
			)
		}
		out[k].Names = append(out[k].Names, name)
	}
	return out
}

// fits rates how well a namespace fits a name; 0: not at all.
func fits(space, name string) int {
	const any, suffix, label, whole = 1, 2, 1000, 2000
	first, _, _ := strings.Cut(name, ".")
	switch {
	case space == "":
		return 0
	case space == ".":
		return any
	case space[0] == '.':
		if strings.HasSuffix(name, space) {
			return suffix + len(space)
		}
	case !strings.Contains(space, "."):
		if first == space {
			return label
		}
	case space == name:
		return whole
	}
	return 0
}
