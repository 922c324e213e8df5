package firewall

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"wsdoctor/probe"
)

// Windows had two lists per profile before it had rules, and group policy still
// writes them: of ports, "4172:TCP:*:Enabled:name", and of programs,
// "C:\x.exe:*:Enabled:name" (administrative template WindowsFirewall.admx,
// "Define inbound port exceptions" and "Define inbound program exceptions").
var winLists = []struct {
	key     string
	subject func(r *winRule, text string) (rest string, fine bool)
}{
	{"GloballyOpenPorts", listedPort},
	{"AuthorizedApplications", listedProgram},
}

// Conditions of such entries that cannot be decided.
const (
	// Later versions of Windows keep what is set by hand as rules; whether they
	// still hold to an old list of the computer's own is not documented.
	oldList = "an old list that Windows may pass over"
	// "Disabled" withdraws other entries for the same port or program.
	withdrawn = "an entry that takes others back"
	illegible = "an entry that cannot be read"
)

// readLists reads the lists of a profile as rules.
func readLists(system winSystem, store, path string, profile winProfiles) ([]winRule, error) {
	var list []winRule
	for _, l := range winLists {
		if !listHolds(system, path+`\`+l.key) {
			continue
		}
		values, names, err := texts(system, path+`\`+l.key+`\List`)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			list = append(list, listedRule(store, l.key, values[name], profile, l.subject))
		}
	}
	return list, nil
}

// listHolds: group policy switches its list off with Enabled = 0.
func listHolds(system winSystem, path string) bool {
	k, err := system.key(path)
	if err != nil {
		return true
	}
	defer k.close()
	v, err := k.number("Enabled")
	return err != nil || v != 0
}

// listedRule makes a rule of an entry. One that cannot be read may allow anything:
// such a list blocks nothing.
func listedRule(store, list, text string, profile winProfiles, subject func(*winRule, string) (string, bool)) winRule {
	r := winRule{id: list + " entry", store: store, active: true, in: true, profiles: profile, protocol: anyProtocol}
	rest, fine := subject(&r, text)
	scope, rest, fine2 := strings.Cut(rest, ":")
	status, name, _ := strings.Cut(rest, ":")
	switch {
	case !fine || !fine2 || len(text) > maxRuleText || scope == "":
		return winRule{
			id:       r.id,
			store:    store,
			active:   true,
			in:       true,
			profiles: profile,
			protocol: anyProtocol,
			others:   []string{illegible},
		}
	case strings.EqualFold(status, "Disabled"):
		r.block, r.others = true, []string{withdrawn}
	case !strings.EqualFold(status, "Enabled"):
		r.others = []string{illegible}
	}
	if store == storeLocal {
		r.others = append(r.others, oldList)
	}
	r.remoteAddr.add(scope)
	if name = probe.Clean(name, 100); name != "" {
		r.name = name + ", " + list
	}
	return r
}

// listedPort reads "4172:TCP:".
func listedPort(r *winRule, text string) (rest string, fine bool) {
	port, rest, _ := strings.Cut(text, ":")
	transport, rest, fine := strings.Cut(rest, ":")
	number, known := map[string]int{"TCP": 6, "UDP": 17}[strings.ToUpper(transport)]
	n, err := strconv.ParseUint(port, 10, 16)
	if !fine || !known || err != nil {
		return "", false
	}
	r.protocol = number
	r.local.add(strconv.FormatUint(n, 10))
	return rest, true
}

// listedProgram reads `C:\x.exe:`, whose first colon may be the drive's.
func listedProgram(r *winRule, text string) (rest string, fine bool) {
	drive := ""
	if len(text) > 2 && text[1] == ':' && (text[2] == '\\' || text[2] == '/') {
		drive, text = text[:2], text[2:]
	}
	path, rest, fine := strings.Cut(text, ":")
	if !fine || drive+path == "" {
		return "", false
	}
	r.app = drive + path
	return rest, true
}
