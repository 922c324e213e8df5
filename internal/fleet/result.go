package fleet

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
)

// ResultSchema is the identifier of a Result's JSON.
const ResultSchema = "wsdoctor.fleet/v1"

// Result is what many reports come to.
type Result struct {
	Schema  string    `json:"schema"`
	From    time.Time `json:"from"` // the earliest report counted
	To      time.Time `json:"to"`
	Reports int       `json:"reports"`
	Desks   int       `json:"desks"`
	Sites   int       `json:"sites"`
	GroupBy []string  `json:"group_by"`
	Groups  []Group   `json:"groups"` // of faults the largest first, then what is slow, undecided, and well
	Skipped []Skipped `json:"skipped"`
}

// Group is desks that one thing keeps from their desktops, or nothing.
type Group struct {
	By      map[string]string `json:"by,omitempty"` // of --group-by
	Status  finding.Status    `json:"status"`
	Layer   layer.ID          `json:"layer,omitempty"`
	Code    string            `json:"code"`
	Owner   string            `json:"owner,omitempty"`
	Summary string            `json:"summary"` // of one of their reports
	Where   *finding.Where    `json:"where,omitempty"`
	Desks   int               `json:"desks"`
	Reports int               `json:"reports"`
	Since   time.Time         `json:"since"`
	Last    time.Time         `json:"last"`
	Sites   []Site            `json:"sites"` // the largest first, at most MostSites
	// Cleared are devices that it could have been, if desks whose packets pass them
	// were not well.
	Cleared []Cleared `json:"cleared,omitempty"`
	// Contradict counts desks whose packets pass what is blamed. A device may treat
	// them otherwise, or the trouble comes and goes.
	Contradict int      `json:"contradict"`
	Against    []string `json:"against,omitempty"` // files of some of those
	// Fits counts desks of undecided verdict that see just this; they stand in a group of their own.
	Fits int `json:"fits"`
	// Files hold the latest reports, at most MostExamples, and Runs are the runs they are of.
	Files []string `json:"files"`
	Runs  []string `json:"runs"`
}

// Site is a place with the desks of a group there.
type Site struct {
	Name   string            `json:"name,omitempty"`
	Egress []string          `json:"egress,omitempty"`
	Labels map[string]string `json:"labels,omitempty"` // that all of them have
	Desks  int               `json:"desks"`
}

// Cleared is a device and how many desks clear it.
type Cleared struct {
	Device string `json:"device"`
	Desks  int    `json:"desks"`
}

// Bounds of what a group lists.
const (
	MostSites    = 20
	MostExamples = 50
)

// JSON writes a result.
func (r Result) JSON() ([]byte, error) {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write fleet: %w", err)
	}
	return append(b, '\n'), nil
}

// gathering is a group while desks are added to it.
type gathering struct {
	Group
	sites map[int32]*gatheredSite
}

type gatheredSite struct {
	Site
	labels []string // that all have so far
	egress map[int32]bool
}

// Result groups what was read so far.
func (f *Fleet) Result() Result {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := Result{
		Schema: ResultSchema, From: f.first, To: f.last, Reports: f.reports, Desks: len(f.desks),
		GroupBy: slices.Clone(f.o.GroupBy), Groups: []Group{}, Skipped: []Skipped{},
	}
	var clusters []*cluster
	if !f.o.Unweighed {
		clusters = f.weigh()
	}
	clusterOf := map[int32]int{}
	for n, c := range clusters {
		for _, i := range c.kinds {
			clusterOf[i] = n + 1
		}
	}
	type key struct {
		cluster     int
		kind, group int32
	}
	groups := map[key]*gathering{}
	sites := map[int32]bool{}
	for _, d := range f.latestFirst() {
		sites[d.site] = true
		k := key{cluster: clusterOf[d.kind], kind: d.kind, group: d.group}
		if k.cluster > 0 {
			k.kind = 0
		}
		g := groups[k]
		if g == nil {
			g = f.open(f.kinds[d.kind].record, d.group)
			if k.cluster > 0 {
				f.tell(g, clusters[k.cluster-1])
			}
			groups[k] = g
		}
		f.gather(g, d)
	}
	for _, g := range groups {
		r.Groups = append(r.Groups, f.closed(g))
	}
	slices.SortFunc(r.Groups, byWeight)
	r.Sites = len(sites)
	for _, why := range Reasons {
		if s := f.skipped[why]; s != nil {
			slices.Sort(s.Files)
			r.Skipped = append(r.Skipped, *s)
		}
	}
	return r
}

// latestFirst lists the desks in an order that does not change from run to run.
func (f *Fleet) latestFirst() []*desk {
	return slices.SortedFunc(maps.Values(f.desks), func(a, b *desk) int {
		return cmp.Or(
			cmp.Compare(b.at, a.at),
			strings.Compare(f.names.list[a.file], f.names.list[b.file]),
			strings.Compare(a.run, b.run),
		)
	})
}

func (f *Fleet) open(r Record, group int32) *gathering {
	g := &gathering{sites: map[int32]*gatheredSite{}, Group: Group{
		Status:  r.Status,
		Layer:   r.Layer,
		Code:    r.Code,
		Owner:   r.Owner,
		Summary: r.Summary,
		Where:   r.Where,
		Files:   []string{},
		Runs:    []string{},
	}}
	values := strings.Split(f.names.list[group], "\x00")
	for i, name := range f.o.GroupBy {
		if g.By == nil {
			g.By = map[string]string{}
		}
		g.By[name] = values[i]
	}
	return g
}

// tell adds what the desks of one site know together.
func (f *Fleet) tell(g *gathering, c *cluster) {
	main := f.kinds[c.kinds[0]].record // of the most desks
	g.Status, g.Layer, g.Code, g.Owner, g.Summary = main.Status, main.Layer, main.Code, main.Owner, main.Summary
	g.Where, g.Contradict, g.Fits = c.place(*main.Where), len(c.against), c.fits
	for _, p := range slices.Sorted(maps.Keys(c.cleared)) {
		g.Cleared = append(g.Cleared, Cleared{p, c.cleared[p]})
	}
	for _, d := range c.against {
		g.Against = append(g.Against, f.names.list[d.file])
	}
	slices.Sort(g.Against)
	g.Against = g.Against[:min(len(g.Against), mostFiles)]
}

func (f *Fleet) gather(g *gathering, d *desk) {
	g.Desks++
	g.Reports += int(d.reports)
	if since := time.UnixMicro(d.since()).UTC(); g.Since.IsZero() || since.Before(g.Since) {
		g.Since = since
	}
	if at := time.UnixMicro(d.at).UTC(); at.After(g.Last) {
		g.Last = at
	}
	if len(g.Files) < MostExamples {
		g.Files, g.Runs = append(g.Files, f.names.list[d.file]), append(g.Runs, d.run)
	}
	labels := strings.Split(f.names.list[d.labels], "\x00")
	s := g.sites[d.site]
	if s == nil {
		s = &gatheredSite{Site: Site{Name: siteName(f.names.list[d.site])}, labels: labels, egress: map[int32]bool{}}
		g.sites[d.site] = s
	}
	s.Desks++
	s.labels = slices.DeleteFunc(s.labels, func(l string) bool { return !slices.Contains(labels, l) })
	if !s.egress[d.egress] && len(s.Egress) < mostPorts {
		s.egress[d.egress] = true
		for _, a := range strings.Fields(f.names.list[d.egress]) {
			if !slices.Contains(s.Egress, a) {
				s.Egress = append(s.Egress, a)
			}
		}
	}
}

func (f *Fleet) closed(g *gathering) Group {
	g.Group.Sites = []Site{}
	for _, s := range g.sites {
		for _, l := range s.labels {
			if k, v, ok := strings.Cut(l, "="); ok {
				if s.Labels == nil {
					s.Labels = map[string]string{}
				}
				s.Labels[k] = v
			}
		}
		slices.Sort(s.Egress)
		g.Group.Sites = append(g.Group.Sites, s.Site)
	}
	slices.SortFunc(g.Group.Sites, func(a, b Site) int {
		return cmp.Or(
			b.Desks-a.Desks,
			strings.Compare(a.Name, b.Name),
			strings.Compare(strings.Join(a.Egress, " "), strings.Join(b.Egress, " ")),
		)
	})
	g.Group.Sites = g.Group.Sites[:min(len(g.Group.Sites), MostSites)]
	return g.Group
}

var weights = []finding.Status{
	finding.StatusFault,
	finding.StatusDegraded,
	finding.StatusInconclusive,
	finding.StatusOK,
}

func byWeight(a, b Group) int {
	text := func(g Group) string {
		w := ""
		if g.Where != nil {
			w = fmt.Sprint(*g.Where)
		}
		return strings.Join([]string{g.Code, w, fmt.Sprint(g.By), fmt.Sprint(g.Sites)}, "\x00")
	}
	return cmp.Or(
		cmp.Compare(slices.Index(weights, a.Status), slices.Index(weights, b.Status)),
		cmp.Compare(b.Desks, a.Desks), strings.Compare(text(a), text(b)),
	)
}
