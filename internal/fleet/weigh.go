package fleet

import (
	"maps"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/finding"
)

// cluster is one device that explains what several desks saw: each of them leaves some
// places, and these are left by all.
type cluster struct {
	kinds   []int32
	site    int32  // where its places mean something; -1: everywhere
	level   string // of redaction: one key's pseudonyms are not another's
	places  []string
	ports   ports
	since   int64
	near    bool // a desk saw packets end before them
	behind  bool // or after them
	exact   bool // a desk named the device itself
	cleared map[string]int
	against []*desk // desks whose packets pass all that is left
	fits    int     // undecided desks that see just this
}

// ofTheWay: what is blamed is a place on the way, which other desks' packets may pass.
func (k kind) ofTheWay() bool {
	w := k.record.Where
	return w != nil && (w.Kind == finding.Between || w.Kind == finding.OnDevice) && len(placesOf(w)) > 0 && k.ports != 0
}

// places are the devices that a verdict leaves.
func placesOf(w *finding.Where) (list []string) {
	for _, p := range append([]string{w.From, w.To}, w.Also...) {
		if p != "" && !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list
}

// weigh joins what one device explains, the verdicts of the most desks first, and asks
// all other desks of the site whether it can be that one.
func (f *Fleet) weigh() []*cluster {
	desks := map[int32]int{}
	since := map[int32]int64{}
	for _, d := range f.desks {
		desks[d.kind]++
		if s, has := since[d.kind]; !has || d.since() < s {
			since[d.kind] = d.since()
		}
	}
	order := slices.SortedFunc(maps.Keys(desks), func(a, b int32) int {
		if n := desks[b] - desks[a]; n != 0 {
			return n
		}
		return strings.Compare(f.kinds[a].name, f.kinds[b].name)
	})
	var list []*cluster
	for _, i := range order {
		k := f.kinds[i]
		if !k.ofTheWay() {
			continue
		}
		at := slices.IndexFunc(list, func(c *cluster) bool {
			return c.site == k.site && c.level == k.record.Redacted && c.ports&k.ports != 0 && c.holds(k)
		})
		if at < 0 {
			list = append(
				list,
				&cluster{
					site:    k.site,
					level:   k.record.Redacted,
					places:  placesOf(k.record.Where),
					ports:   k.ports,
					since:   since[i],
					cleared: map[string]int{},
				},
			)
			at = len(list) - 1
		}
		list[at].join(i, k, since[i])
	}
	for _, c := range list {
		f.confront(c)
	}
	return list
}

func (c *cluster) holds(k kind) bool { return len(common(c.places, placesOf(k.record.Where))) > 0 }

func (c *cluster) join(i int32, k kind, since int64) {
	c.kinds = append(c.kinds, i)
	c.places = common(c.places, placesOf(k.record.Where))
	c.ports &= k.ports
	c.since = min(c.since, since)
	c.exact = c.exact || k.record.Where.Kind == finding.OnDevice
}

func common(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(p string) bool { return !slices.Contains(b, p) })
}

// confront asks desks for which all the ports pass, after the trouble began: each
// device that their packets pass is not the one, unless a device would have to be that
// nobody left. Then they contradict.
func (f *Fleet) confront(c *cluster) {
	var passing []*desk
	for _, d := range f.desks {
		if c.site >= 0 && d.site != c.site || f.kinds[d.kind].record.Redacted != c.level || !d.passesAny(f, c.places) {
			continue
		}
		switch k := f.kinds[d.kind]; {
		case slices.Contains(c.kinds, d.kind):
		case d.pass&c.ports == c.ports && d.at >= c.since:
			passing = append(passing, d)
		case k.record.Status == finding.StatusInconclusive && d.dead&c.ports != 0:
			c.fits++
		}
	}
	for _, d := range passing {
		for _, p := range c.places {
			if d.passes(f, p) {
				c.cleared[p]++
			}
		}
	}
	left := slices.DeleteFunc(slices.Clone(c.places), func(p string) bool { return c.cleared[p] > 0 })
	if len(left) > 0 {
		c.places = left
		c.sides(f)
		return
	}
	clear(c.cleared)
	c.against = passing
	c.sides(f)
}

// sides says on which side of what is left something unseen may be: where every desk
// saw packets end before a device, what stands right before it is not told from it.
func (c *cluster) sides(f *Fleet) {
	for _, i := range c.kinds {
		w := f.kinds[i].record.Where
		if w.Kind != finding.Between {
			continue
		}
		c.near = c.near || slices.Contains(c.places, w.To)
		c.behind = c.behind || slices.Contains(c.places, w.From)
	}
}

// place writes what is left as a place: of two desks that saw packets end on either
// side of one device, it is that device.
func (c *cluster) place(w finding.Where) *finding.Where {
	of := finding.Where{Kind: finding.OnDevice, Ports: c.ports.names(), Product: w.Product}
	switch one := len(c.places) == 1; {
	case one && (c.exact || c.near && c.behind):
		of.From = c.places[0]
	case one && c.near:
		of.Kind, of.To = finding.Between, c.places[0]
	case one && c.behind:
		of.Kind, of.From = finding.Between, c.places[0]
	case w.Kind == finding.Between && len(c.places) == 2:
		of.Kind, of.From, of.To = finding.Between, w.From, w.To
	default:
		of.From, of.Also = c.places[0], c.places[1:]
	}
	return &of
}

func (d *desk) passesAny(f *Fleet, places []string) bool {
	return slices.ContainsFunc(places, func(p string) bool { return d.passes(f, p) })
}

// passes: the desk's packets were seen at a device.
func (d *desk) passes(f *Fleet, place string) bool {
	list := f.names.list[d.devices]
	i := strings.Index(list, place)
	return i >= 0 && slices.Contains(strings.Fields(list), place)
}
