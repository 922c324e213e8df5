package software

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"wsdoctor/probe"
)

const (
	// step is the plan step that facts of this computer belong to.
	step = "host"
	// patience bounds Look. A desktop's some hundred processes and services take a
	// few ten milliseconds; nobody waits for the rest.
	patience = 150 * time.Millisecond
	// mostNames of one list are looked at, and longestName bytes of each: more is no
	// list of a desktop.
	mostNames   = 16 << 10
	longestName = 256
	// longestVersion is in bytes.
	longestVersion = 32
)

// Where a name was listed.
const (
	process   = "process"
	service   = "service"
	uninstall = "uninstall-entry"
	adapter   = "adapter"
	filter    = "filter" // a driver that binds itself to adapters
	extension = "system-extension"
	launch    = "launch-item" // what macOS starts by itself
	app       = "application"
	unit      = "unit"
	pkg       = "package"
)

// plurals are what a list is called, in the words of probe.SoftwareDetail.Looked.
var plurals = map[string]string{
	process: "processes", service: "services", uninstall: "uninstall-entries", adapter: "adapters", filter: "filters",
	extension: "system-extensions", launch: "launch-items", app: "applications", unit: "units", pkg: "packages",
}

// seen is one name that the system lists.
type seen struct {
	in, name, version string
	running           bool
	cut               int // names of this length may be the beginning of a longer one; 0: none is
}

// source is one list of the system. It hands each entry to tell, until tell says that
// it has had enough.
type source struct {
	in   string
	read func(ctx context.Context, tell func(seen) bool) error
}

// Look asks this computer, for about 150 ms at most. Gaps names what could not be
// looked through.
func Look(ctx context.Context) (probe.SoftwareDetail, []string) {
	return look(ctx, sources())
}

// look reads all sources at once: one that hangs holds up nobody, and what it would
// have told is a gap.
func look(ctx context.Context, list []source) (probe.SoftwareDetail, []string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found := make([]finds, len(list))
	ends := make([]chan error, len(list))
	for i, s := range list {
		ends[i] = make(chan error, 1)
		go func() {
			n := 0
			err := s.read(ctx, func(x seen) bool {
				found[i].add(matches(x))
				n++
				return n < mostNames && ctx.Err() == nil
			})
			if err == nil {
				err = ctx.Err()
			}
			ends[i] <- err
		}()
	}
	d := probe.SoftwareDetail{Products: []probe.Product{}, Looked: []string{}}
	var gaps []string
	var all []match
	for i, s := range list {
		var err error
		select {
		case err = <-ends[i]:
		case <-ctx.Done():
			select { // one that ended before counts, though another used the time up
			case err = <-ends[i]:
			default:
				err = ctx.Err()
			}
		}
		all = append(all, found[i].so()...)
		switch {
		case err != nil && errors.Is(err, ctx.Err()):
			gaps = append(gaps, "software on this computer: there was no time to look through all "+plurals[s.in])
		case err != nil:
			gaps = append(gaps, "software on this computer, "+plurals[s.in]+": "+probe.Clean(err.Error(), 100))
		case !slices.Contains(d.Looked, plurals[s.in]):
			d.Looked = append(d.Looked, plurals[s.in])
		}
	}
	d.Products = fold(all)
	return d, gaps
}

// finds are what a source has told so far; it may still be at work.
type finds struct {
	mu   sync.Mutex
	list []match
}

func (f *finds) add(list []match) {
	if len(list) > 0 {
		f.mu.Lock()
		f.list = append(f.list, list...)
		f.mu.Unlock()
	}
}

func (f *finds) so() []match {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.list)
}

// match is one name of a row that the system lists.
type match struct {
	row     int
	sign    probe.SoftwareSign
	version string
	running bool
}

// matches gives the rows that an entry belongs to.
func matches(x seen) (list []match) {
	if len(x.name) > longestName {
		return nil
	}
	for _, c := range candidates(x) {
		if mark, found := c.row.holds(x); found {
			list = append(list, match{c.at, probe.SoftwareSign{In: x.in, Name: mark}, plainVersion(x.version), x.running})
		}
	}
	if len(list) > 1 && x.isCut() {
		return nil // "com.paloaltonetw" may go on in several ways
	}
	return list
}

// fold makes products of what was found, in the order of the table.
func fold(list []match) []probe.Product {
	products := []probe.Product{}
	for i, row := range rows() {
		p := probe.Product{Name: row.name, Kinds: row.kinds, Signs: []probe.SoftwareSign{}}
		for _, m := range list {
			if m.row != i {
				continue
			}
			p.Running = p.Running || m.running
			if p.Version == "" {
				p.Version = m.version
			}
			if !slices.Contains(p.Signs, m.sign) {
				p.Signs = append(p.Signs, m.sign)
			}
		}
		if len(p.Signs) > 0 {
			products = append(products, p)
		}
	}
	return products
}

// plainVersion keeps what is a version number, and nothing that could tell more.
func plainVersion(s string) string {
	s = strings.TrimSpace(s)
	if _, after, epoch := strings.Cut(s, ":"); epoch { // of a Debian package
		s = after
	}
	odd := func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune(".-_+~", r))
	}
	if s == "" || len(s) > longestVersion || s[0] < '0' || s[0] > '9' || strings.ContainsFunc(s, odd) {
		return ""
	}
	return s
}

// Observation writes down what Look found: ok if anything could be looked through,
// whatever was there.
func Observation(d probe.SoftwareDetail, now time.Time) probe.Observation {
	outcome, failure := probe.OK, probe.Failure("")
	if len(d.Looked) == 0 {
		outcome, failure = probe.Skipped, probe.Unsupported
	}
	if d.Products == nil { // the report has no nulls
		d.Products = []probe.Product{}
	}
	if d.Looked == nil {
		d.Looked = []string{}
	}
	o := probe.Observe(probe.HostSoftware, probe.Target{}, now).Finish(now, outcome, failure, d)
	o.Step = step
	return o
}
