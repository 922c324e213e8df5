package host

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

const (
	// krb5Depth and krb5Files bound what a krb5.conf may include.
	krb5Depth = 3
	krb5Files = 32
)

// placeholderRealms stand in files that nobody has filled in.
var placeholderRealms = map[string]bool{"example.com": true, "athena.mit.edu": true}

// krb5Reader follows includes. The first default_realm counts, as for the
// library (krb5.conf(5)).
type krb5Reader struct {
	root  fs.FS
	files int
	skip  error // the first file that could not be read
}

// defaultRealm is the Kerberos realm in lower case, which in Active Directory is
// the domain's name ([MS-ADTS] 1.1), and the file that says it. The error names
// a file that might have said more.
func defaultRealm(root fs.FS) (realm, file string, err error) {
	r := krb5Reader{root: root}
	realm, file = r.read("etc/krb5.conf", krb5Depth)
	return realm, file, r.skip
}

func (r *krb5Reader) read(name string, depth int) (realm, file string) {
	if r.files++; r.files > krb5Files || depth == 0 {
		r.fail(fmt.Errorf("/%s: too many files are included", name))
		return "", ""
	}
	b, err := readBounded(r.root, name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			r.fail(errors.New(unreadable(name, err)))
		}
		return "", ""
	}
	for _, line := range krb5Lines(b) {
		if line.include == "" {
			if realm := domainOf(line.realm); realm != "" && !placeholderRealms[realm] {
				return realm, "/" + name
			}
			continue
		}
		for _, included := range r.included(line) {
			if realm, file := r.read(included, depth-1); realm != "" {
				return realm, file
			}
		}
	}
	return "", ""
}

func (r *krb5Reader) fail(err error) {
	if r.skip == nil {
		r.skip = err
	}
}

// included lists the files of an include line. A directory gives those whose
// names are plain or end in .conf, in order.
func (r *krb5Reader) included(line krb5Line) []string {
	name := strings.TrimPrefix(path.Clean(line.include), "/")
	if !fs.ValidPath(name) {
		return nil
	}
	if !line.directory {
		return []string{name}
	}
	d, err := r.root.Open(name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			r.fail(errors.New(unreadable(name, err)))
		}
		return nil
	}
	defer d.Close()
	list, ok := d.(fs.ReadDirFile)
	if !ok {
		return nil
	}
	entries, _ := list.ReadDir(krb5Files)
	var names []string
	for _, e := range entries {
		if n := e.Name(); !strings.HasPrefix(n, ".") &&
			(strings.HasSuffix(n, ".conf") || !strings.ContainsFunc(n, notPlain)) {
			names = append(names, path.Join(name, n))
		}
	}
	slices.Sort(names)
	return names
}

func notPlain(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
}

// krb5Line is what matters of one line: a realm, or something to include.
type krb5Line struct {
	realm, include string
	directory      bool
}

// krb5Lines finds [libdefaults] default_realm, outside of any braces, and the
// include lines, which may stand anywhere.
func krb5Lines(b []byte) []krb5Line {
	var found []krb5Line
	section, braces := "", 0
	for raw := range strings.Lines(string(b)) {
		line := strings.TrimSpace(raw)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		word, rest := line, ""
		if i := strings.IndexAny(line, " \t"); i >= 0 {
			word, rest = line[:i], strings.TrimSpace(line[i:])
		}
		switch {
		case (word == "include" || word == "includedir") && strings.HasPrefix(rest, "/"):
			found = append(found, krb5Line{include: rest, directory: word == "includedir"})
			continue
		case line[0] == '[':
			section, _, _ = strings.Cut(line[1:], "]")
			braces = 0
			continue
		}
		key, value, isPair := strings.Cut(line, "=")
		value = strings.TrimSpace(value)
		switch {
		case value == "{":
			braces++
		case line[0] == '}':
			braces = max(0, braces-1)
		case isPair && braces == 0 && section == "libdefaults" && strings.TrimSpace(key) == "default_realm":
			found = append(found, krb5Line{realm: strings.Trim(value, `"`)})
		}
	}
	return found
}
