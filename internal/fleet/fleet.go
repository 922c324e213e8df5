package fleet

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
)

// Options say what is counted, and as what.
type Options struct {
	Now   time.Time
	Since time.Time // older reports are not counted; zero: all are
	// GroupBy are further parts that desks are divided by; see Dimensions.
	GroupBy []string
	// SiteLabel names the label that says where a desk stands. Without it, desks of one
	// public address are one site.
	SiteLabel string
	Demo      bool // count demos too
	// Unweighed: desks are grouped by what each of them blames, and not asked what they
	// know of each other's. That is what the queries for databases give.
	Unweighed bool
}

// DefaultSiteLabel is what a site is called unless the user says otherwise.
const DefaultSiteLabel = "site"

// Reason is why a report is not counted.
type Reason string

// The closed list of reasons.
const (
	Unreadable Reason = "unreadable" // it cannot be opened or read
	Damaged    Reason = "damaged"    // it is no report, or not the whole of one
	Newer      Reason = "newer"      // of a schema that this version does not know
	Twice      Reason = "twice"      // a report that was counted already
	Future     Reason = "future"     // it was made later than now
	Old        Reason = "old"        // before Since
	Demo       Reason = "demo"       // of a simulated network
	Joined     Reason = "joined"     // what merge writes
)

// Reasons in the order in which they are told.
var Reasons = []Reason{Unreadable, Damaged, Newer, Joined, Twice, Future, Old, Demo}

// aheadMost is how far a desk's clock may run ahead of this computer's.
const aheadMost = 10 * time.Minute

// Fleet gathers records. It keeps a few numbers of each desk and no report. Safe for
// several goroutines.
type Fleet struct {
	o Options

	mu      sync.Mutex
	seed    maphash.Seed
	names   interned
	desks   map[uint64]*desk
	runs    map[uint64]struct{}
	kinds   []kind // of verdicts, by what they blame
	kindOf  map[string]int
	skipped map[Reason]*Skipped
	reports int
	first   time.Time
	last    time.Time
}

// desk is what is kept of one computer: its latest report, and since when it says so.
type desk struct {
	at      int64 // Unix microseconds
	run     string
	kind    int32
	site    int32
	group   int32 // of GroupBy
	egress  int32
	devices int32
	labels  int32
	file    int32 // its latest report's, for drilling down
	pass    ports
	dead    ports
	reports uint16
	firsts  []first // of what it ever blamed
}

// first is when a desk first blamed something, in Unix microseconds.
type first struct {
	kind int32
	at   int64
}

// since is when the desk first blamed what it blames now.
func (d *desk) since() int64 {
	return d.firsts[slices.IndexFunc(d.firsts, func(f first) bool { return f.kind == d.kind })].at
}

// blamed keeps the first time of a kind.
func (d *desk) blamed(kind int32, at int64) {
	i := slices.IndexFunc(d.firsts, func(f first) bool { return f.kind == kind })
	if i < 0 {
		d.firsts = append(d.firsts, first{kind, at})
		return
	}
	d.firsts[i].at = min(d.firsts[i].at, at)
}

// kind is a verdict that desks may share.
type kind struct {
	name   string
	record Record // the latest of it
	site   int32  // where its places are private; -1 otherwise
	ports  ports
}

// Skipped are reports that were not counted for one reason.
type Skipped struct {
	Reason Reason   `json:"reason"`
	Count  int      `json:"count"`
	Files  []string `json:"files"` // the first of them
	Detail string   `json:"detail,omitempty"`
}

// mostFiles of the skipped are named.
const mostFiles = 5

// New makes an empty fleet.
func New(o Options) *Fleet {
	if o.SiteLabel == "" {
		o.SiteLabel = DefaultSiteLabel
	}
	return &Fleet{
		o:       o,
		seed:    maphash.MakeSeed(),
		names:   interned{ids: map[string]int32{}},
		desks:   map[uint64]*desk{},
		runs:    map[uint64]struct{}{},
		kindOf:  map[string]int{},
		skipped: map[Reason]*Skipped{},
	}
}

// Skip counts a file that is not used, with what is wrong with it.
func (f *Fleet) Skip(file string, why Reason, detail string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.skip(file, why, detail)
}

func (f *Fleet) skip(file string, why Reason, detail string) {
	s := f.skipped[why]
	if s == nil {
		s = &Skipped{Reason: why, Detail: detail}
		f.skipped[why] = s
	}
	s.Count++
	if len(s.Files) < mostFiles && !slices.Contains(s.Files, file) {
		s.Files = append(s.Files, file)
	}
}

// Add counts a report. The file is where it was read.
func (f *Fleet) Add(r Record, file string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	run := f.hash(r.Run)
	switch _, twice := f.runs[run]; {
	case r.Demo != "" && !f.o.Demo:
		f.skip(file, Demo, r.Demo)
		return
	case r.Run != "" && twice:
		f.skip(file, Twice, "")
		return
	case !f.o.Now.IsZero() && r.At.After(f.o.Now.Add(aheadMost)):
		f.skip(file, Future, r.At.UTC().Format(time.RFC3339))
		return
	case r.At.Before(f.o.Since):
		f.skip(file, Old, "")
		return
	}
	f.runs[run] = struct{}{}
	f.reports++
	if f.first.IsZero() || r.At.Before(f.first) {
		f.first = r.At
	}
	if r.At.After(f.last) {
		f.last = r.At
	}
	f.count(r, file)
}

// count keeps the latest report of a desk, and the time since which it says the same.
// Of two at one moment the later by name counts, so that the order does not matter.
func (f *Fleet) count(r Record, file string) {
	r = r.keyed(f.o.SiteLabel)
	site := f.names.id(r.Site)
	now := desk{
		at:      r.At.UnixMicro(),
		run:     strings.Clone(r.Run),
		site:    site,
		kind:    f.kindFor(r, site),
		group:   f.names.id(f.groupOf(r)),
		egress:  f.names.id(strings.Join(r.Egress, " ")),
		devices: f.names.id(strings.Join(r.Devices, " ")),
		labels:  f.names.id(labelsOf(r)),
		file:    f.names.id(file),
		reports: 1,
	}
	now.pass, now.dead = portsOf(r.Ports, "ok"), portsOf(r.Ports, "silent", "failed")
	key := f.hash(r.Desk)
	d := f.desks[key]
	if d == nil {
		d = &now
		f.desks[key] = d
		d.blamed(now.kind, now.at)
		return
	}
	d.blamed(now.kind, now.at)
	now.reports, now.firsts = d.reports+1, d.firsts
	if cmp.Or(cmp.Compare(now.at, d.at), strings.Compare(now.run, d.run)) < 0 {
		d.reports = now.reports
		return
	}
	*d = now
}

func (f *Fleet) hash(s string) uint64 { return maphash.String(f.seed, s) }

// kindFor gives the verdict's kind: what it blames, or that it blames nobody. Its words
// are those of its latest report.
func (f *Fleet) kindFor(r Record, site int32) int32 {
	name := strings.Join([]string{string(r.Status), string(r.Layer), r.Code, r.Redacted, r.Culprit}, "\x00")
	i, known := f.kindOf[name]
	if !known {
		i = len(f.kinds)
		k := kind{name: strings.Clone(name), site: -1}
		if ofSite(r) {
			k.site = site
		}
		if r.Where != nil {
			k.ports = portsIn(r.Where.Ports)
		}
		f.kinds, f.kindOf[k.name] = append(f.kinds, k), i
	}
	if have := &f.kinds[i].record; !known || cmp.Or(r.At.Compare(have.At), strings.Compare(r.Run, have.Run)) > 0 {
		*have = r
		have.Ports, have.Devices, have.Labels = nil, nil, nil
	}
	return int32(i)
}

// ofSite: what a report blames is of its own site alone. Another office's address may
// be spelt alike, and what has no address there may be something else here. Programs on
// a computer, and nothing at all, are the same everywhere.
func ofSite(r Record) bool {
	switch w := r.Where; {
	case r.Status == finding.StatusOK:
		return false
	case w == nil:
		return r.Layer == "" || slices.Contains(networks, r.Layer)
	case w.Kind == finding.OnComputer || w.Kind == finding.ByRule:
		return false
	default:
		return r.Redacted == report.RunPseudonyms || r.private(w.From) || w.To != "" && r.private(w.To)
	}
}

// networks are the layers that a site's desks share.
var networks = []layer.ID{
	layer.DNS, layer.CaptivePortal, layer.Proxy, layer.TLSInspection, layer.NetworkFirewall, layer.InternetPath,
	layer.DirectoryDNS, layer.VPCEgress,
}

// interned keeps each text once.
type interned struct {
	list []string
	ids  map[string]int32
}

func (n *interned) id(s string) int32 {
	if i, known := n.ids[s]; known {
		return i
	}
	i := int32(len(n.list))
	s = strings.Clone(s)
	n.list, n.ids[s] = append(n.list, s), i
	return i
}
