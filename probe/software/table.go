package software

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"wsdoctor/probe"
)

// marks are the names by which the systems know a product, apart by "; ". Case does
// not count anywhere. A mark that ends in "*" is a beginning.
type marks struct {
	process string // program files, without .exe and path; on every system
	service string // Windows: names of services and drivers, not their titles
	title   string // Windows: how its entry among the installed programs begins; macOS: its application's name
	adapter string // Windows: part of what an adapter or a filter driver calls itself
	bundle  string // macOS: how its bundle identifiers begin
	unit    string // Linux: systemd units, without .service
	pkg     string // Linux: packages of Debian, of RPM and of their like
}

type product struct {
	name  string
	kinds []probe.SoftwareKind
	marks
}

func kinds(list ...probe.SoftwareKind) []probe.SoftwareKind { return list }

// row is a product, with its marks taken apart.
type row struct {
	name                                                string
	kinds                                               []probe.SoftwareKind
	process, service, title, adapter, bundle, unit, pkg []string
}

var rows = sync.OnceValue(func() []row {
	list := make([]row, len(products))
	for i, p := range products {
		list[i] = row{
			p.name,
			p.kinds,
			split(p.process),
			split(p.service),
			split(p.title),
			split(p.adapter),
			split(p.bundle),
			split(p.unit),
			split(p.pkg),
		}
	}
	return list
})

func split(list string) (marks []string) {
	for mark := range strings.SplitSeq(list, ";") {
		if mark = strings.TrimSpace(mark); mark != "" {
			marks = append(marks, mark)
		}
	}
	return marks
}

// lists says which marks of a row count in a list of the system, and how they are
// compared.
var lists = map[string]struct {
	marks func(row) []string
	fits  func(mark string, x seen) bool
}{
	process:   {func(r row) []string { return r.process }, matchesWhole},
	service:   {func(r row) []string { return r.service }, matchesWhole},
	uninstall: {func(r row) []string { return r.title }, begins},
	adapter:   {func(r row) []string { return r.adapter }, holds},
	filter:    {func(r row) []string { return r.adapter }, holds},
	extension: {func(r row) []string { return r.bundle }, prefix},
	launch:    {func(r row) []string { return r.bundle }, prefix},
	app:       {func(r row) []string { return r.title }, begins},
	unit:      {func(r row) []string { return r.unit }, matchesWhole},
	pkg:       {func(r row) []string { return r.pkg }, matchesWhole},
}

// candidate is a row that an entry may belong to, and its place.
type candidate struct {
	at  int
	row row
}

// byBeginning sorts rows by the first letters of their marks, because hundreds of names
// are compared with hundreds of marks.
var byBeginning = sync.OnceValue(func() map[string]map[string][]candidate {
	index := map[string]map[string][]candidate{}
	for in, l := range lists {
		index[in] = map[string][]candidate{}
		for i, r := range rows() {
			marks := l.marks(r)
			if in == process {
				marks = slices.Concat(marks, r.bundle)
			}
			for _, m := range marks {
				key := beginning(m)
				if list := index[in][key]; len(list) == 0 || list[len(list)-1].at != i {
					index[in][key] = append(list, candidate{i, r})
				}
			}
		}
	}
	return index
})

// candidates gives the rows that have a mark which begins as the entry does; all, where
// a mark may stand inside.
func candidates(x seen) []candidate {
	if x.in == adapter || x.in == filter {
		return every()
	}
	return byBeginning()[x.in][beginning(x.name)]
}

var every = sync.OnceValue(func() (list []candidate) {
	for i, r := range rows() {
		list = append(list, candidate{i, r})
	}
	return list
})

// beginning is what every mark and name has at least (a test sees to it).
func beginning(name string) string { return strings.ToLower(name[:min(len(name), 3)]) }

// holds says which of a row's marks an entry bears.
func (r row) holds(x seen) (mark string, found bool) {
	l := lists[x.in]
	for _, m := range l.marks(r) {
		if l.fits(m, x) {
			return m, true
		}
	}
	if x.in == process { // macOS names the process of an extension after its bundle
		for _, m := range r.bundle {
			if prefix(m, x) || x.isCut() && hasPrefixFold(m, x.name) {
				return m, true
			}
		}
	}
	return "", false
}

// isCut says whether the name may be the beginning of a longer one.
func (x seen) isCut() bool { return x.cut > 0 && len(x.name) >= x.cut }

func matchesWhole(mark string, x seen) bool {
	name := x.name
	if x.in == process && len(name) > 4 && strings.EqualFold(name[len(name)-4:], ".exe") {
		name = name[:len(name)-4]
	}
	if beginning, open := strings.CutSuffix(mark, "*"); open {
		return hasPrefixFold(name, beginning)
	}
	return strings.EqualFold(name, mark) || x.isCut() && hasPrefixFold(mark, name)
}

func prefix(mark string, x seen) bool { return hasPrefixFold(x.name, mark) }

// begins: what follows is no letter, so that "AVG" is not "AVGuard".
func begins(mark string, x seen) bool {
	if !hasPrefixFold(x.name, mark) {
		return false
	}
	next, _ := utf8.DecodeRuneInString(x.name[len(mark):])
	return !unicode.IsLetter(next)
}

func holds(mark string, x seen) bool {
	return strings.Contains(strings.ToLower(x.name), strings.ToLower(mark))
}

func hasPrefixFold(s, beginning string) bool {
	return len(s) >= len(beginning) && strings.EqualFold(s[:len(beginning)], beginning)
}
