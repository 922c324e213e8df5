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
	// either are devices of which two at once would look the same: each desk has one of
	// those two among what it leaves.
	either []string
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
// all other desks of the site whether it can be that one, and whether it need be one.
func (f *Fleet) weigh() []*cluster {
	desks := map[int32]int{}
	a := asked{since: map[int32]int64{}, at: map[int32][]*desk{}}
	for _, d := range f.desks {
		desks[d.kind]++
		if s, has := a.since[d.kind]; !has || d.since() < s {
			a.since[d.kind] = d.since()
		}
		a.all, a.at[d.site] = append(a.all, d), append(a.at[d.site], d)
	}
	order := slices.SortedFunc(maps.Keys(desks), func(a, b int32) int {
		if n := desks[b] - desks[a]; n != 0 {
			return n
		}
		return strings.Compare(f.kinds[a].name, f.kinds[b].name)
	})
	var all []*cluster
	for _, c := range f.joined(order, a.since, nil) {
		all = append(all, f.confront(c, a)...)
	}
	return all
}

// asked are the desks that are asked what they know.
type asked struct {
	since map[int32]int64 // that somebody says what a kind says
	all   []*desk
	at    map[int32][]*desk // by site: in a million desks nobody is asked about other offices
}

// about are those whose packets may pass a cluster's places.
func (a asked) about(c *cluster) []*desk {
	if c.site < 0 {
		return a.all
	}
	return a.at[c.site]
}

// joined makes clusters of kinds, of which each leaves its places but for those that
// somebody cleared.
func (f *Fleet) joined(kinds []int32, since map[int32]int64, cleared map[string]int) (list []*cluster) {
	for _, i := range kinds {
		k := f.kinds[i]
		if !k.ofTheWay() {
			continue
		}
		places := without(placesOf(k.record.Where), cleared)
		if len(places) == 0 { // it contradicts those who clear it
			places = placesOf(k.record.Where)
		}
		at := slices.IndexFunc(list, func(c *cluster) bool {
			return c.site == k.site && c.level == k.record.Redacted && c.ports&k.ports != 0 &&
				len(common(c.places, places)) > 0
		})
		if at < 0 {
			list = append(
				list,
				&cluster{
					site:    k.site,
					level:   k.record.Redacted,
					places:  places,
					ports:   k.ports,
					since:   since[i],
					cleared: map[string]int{},
				},
			)
			at = len(list) - 1
		}
		list[at].join(i, k, places, since[i])
	}
	return list
}

func (c *cluster) join(i int32, k kind, places []string, since int64) {
	c.kinds = append(c.kinds, i)
	c.places = common(c.places, places)
	c.ports &= k.ports
	c.since = min(c.since, since)
	c.exact = c.exact || k.record.Where.Kind == finding.OnDevice
}

func common(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(p string) bool { return !slices.Contains(b, p) })
}

func without(list []string, cleared map[string]int) []string {
	return slices.DeleteFunc(slices.Clone(list), func(p string) bool { return cleared[p] > 0 })
}

// confront asks desks for which all the ports pass, after the trouble began: each
// device that their packets pass is not the one. If none is left of those that would
// explain all of it, several explain a part each; if that cannot be either, those desks
// contradict.
func (f *Fleet) confront(c *cluster, a asked) []*cluster {
	all := c.union(f)
	var passing []*desk
	passed := map[string]int{} // on the way of somebody who saw packets end farther out
	for _, d := range a.about(c) {
		if f.kinds[d.kind].record.Redacted != c.level || !d.passesAny(f, all) {
			continue
		}
		switch k := f.kinds[d.kind]; {
		case slices.Contains(c.kinds, d.kind):
			for _, p := range d.before(f, k.record.Where.From) {
				passed[p]++
			}
		case d.pass&c.ports == c.ports && d.at >= c.since:
			passing = append(passing, d)
		case k.record.Status == finding.StatusInconclusive && d.dead&c.ports != 0 && d.passesAny(f, c.places):
			c.fits++
		}
	}
	cleared := map[string]int{}
	for _, d := range passing {
		for _, p := range all {
			if d.passes(f, p) {
				cleared[p]++
			}
		}
	}
	for _, p := range c.places {
		if n := cleared[p]; n > 0 {
			c.cleared[p] = n
		}
	}
	if left := without(c.places, cleared); len(left) > 0 {
		shared := c.places
		c.places = left
		maps.Copy(cleared, passed)
		c.either = f.pairs(c, shared, cleared)
		c.sides(f)
		return []*cluster{c}
	}
	if parts := f.joined(c.kinds, a.since, cleared); len(parts) > 1 {
		var told []*cluster
		for _, part := range parts {
			told = append(told, f.confront(part, a)...)
		}
		return told
	}
	clear(c.cleared)
	c.against = slices.DeleteFunc(passing, func(d *desk) bool { return !d.passesAny(f, c.places) })
	c.sides(f)
	return []*cluster{c}
}

// union are the places that any of the desks leaves.
func (c *cluster) union(f *Fleet) []string {
	all := slices.Clone(c.places)
	for _, i := range c.kinds {
		for _, p := range placesOf(f.kinds[i].record.Where) {
			if !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	return all
}

// pairs are the devices outside what all share of which two at once would look the same as
// the one that they share: what every desk leaves holds one of those two.
func (f *Fleet) pairs(c *cluster, shared []string, cleared map[string]int) (either []string) {
	var leaves [][]string
	var all []string
	for _, i := range c.kinds {
		outside := slices.DeleteFunc(without(placesOf(f.kinds[i].record.Where), cleared), func(p string) bool {
			return slices.Contains(shared, p)
		})
		if len(outside) == 0 {
			return nil // this one can only be what they share
		}
		leaves = append(leaves, outside)
		all = append(all, outside...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	for n, one := range all {
		for _, other := range all[n+1:] {
			if slices.ContainsFunc(leaves, func(l []string) bool {
				return !slices.Contains(l, one) && !slices.Contains(l, other)
			}) {
				continue
			}
			either = append(either, one, other)
		}
	}
	slices.Sort(either)
	return slices.Compact(either)
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
	case len(c.either) > 0:
		of.From, of.Also = c.places[0], append(slices.Clone(c.places[1:]), c.either...)
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

// before are the devices that a desk's packets pass on their way to one: from its first
// router on, which all of them pass.
func (d *desk) before(f *Fleet, place string) []string {
	list := strings.Fields(f.names.list[d.devices])
	if at := slices.Index(list, place); at >= 0 {
		return list[:at]
	}
	if place == "" {
		return nil
	}
	return list[:min(len(list), 1)]
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
