package fleet

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"wsdoctor/internal/report"
)

// hostLabels name a computer, if its reports were made with one of them.
var hostLabels = []string{"host", "hostname", "computer", "desk", "device", "asset"}

// identity tells one desk from another. Reports hold no name of a computer, so that
// without a label its address in its site has to do; a pseudonym tells nobody apart.
func identity(r Record) string {
	for _, name := range hostLabels {
		if v := r.Labels[name]; v != "" {
			return v
		}
	}
	if r.Source != "" && len(r.Egress) > 0 && r.Redacted != report.RunPseudonyms {
		return strings.Join(
			[]string{r.Source, r.Egress[0], strings.Join(r.Devices[:min(1, len(r.Devices))], ""), r.OS, r.Vantage},
			"|",
		)
	}
	return "run|" + r.Run
}

// siteOf names where a desk stands: by its label, or by the public address that its
// traffic comes from. Pseudonyms of one report alone are a site of their own, and those
// of one key have nothing to do with another's.
func siteOf(r Record, label string) string {
	name := ""
	switch {
	case r.Redacted == report.RunPseudonyms:
	case r.Labels[label] != "":
		name = r.Labels[label]
	case len(r.Egress) > 0:
		name = slices.Min(r.Egress)
	}
	if name == "" {
		return nameless + r.Run
	}
	if r.Redacted == "" {
		return name
	}
	return r.Redacted + keyEnds + name
}

// What a site's key begins with if only one run of it is known, and what stands between
// the mark of a redaction's key and its name. Neither can stand in a name.
const nameless, keyEnds = "run|", "||"

// siteName gives a site's name, or none where only its desk is known.
func siteName(site string) string {
	if strings.HasPrefix(site, nameless) {
		return ""
	}
	if _, name, keyed := strings.Cut(site, keyEnds); keyed {
		return name
	}
	return site
}

// Dimension is what desks can be divided by.
type Dimension struct {
	Name string
	of   func(Record) string
}

// Dimensions by name; label:NAME is one for every label.
var Dimensions = []Dimension{
	{"egress", func(r Record) string { return strings.Join(r.Egress, " ") }},
	{"region", func(r Record) string { return r.Region }},
	{"vantage", func(r Record) string { return r.Vantage }},
	{"os", func(r Record) string { return r.OS }},
	{"version", func(r Record) string { return r.Version }},
	{"protocol", func(r Record) string { return r.Protocol }},
	{"code", func(r Record) string { return r.Code }},
	{"hour", func(r Record) string { return r.At.UTC().Truncate(time.Hour).Format("2006-01-02T15Z") }},
	{"day", func(r Record) string { return r.At.UTC().Format(time.DateOnly) }},
}

// labelPrefix begins the dimensions that are labels.
const labelPrefix = "label:"

// KnownDimension says whether desks can be divided by something.
func KnownDimension(name string) bool {
	label, isLabel := strings.CutPrefix(name, labelPrefix)
	return isLabel && label != "" || slices.ContainsFunc(Dimensions, func(d Dimension) bool { return d.Name == name })
}

func (f *Fleet) groupOf(r Record) string {
	var parts []string
	for _, name := range f.o.GroupBy {
		value := ""
		if label, isLabel := strings.CutPrefix(name, labelPrefix); isLabel {
			value = r.Labels[label]
		} else if i := slices.IndexFunc(Dimensions, func(d Dimension) bool { return d.Name == name }); i >= 0 {
			value = Dimensions[i].of(r)
		}
		parts = append(parts, value)
	}
	return strings.Join(parts, "\x00")
}

// labelsOf writes labels in one order, to be kept once for many desks. What names one
// computer is left out.
func labelsOf(r Record) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(r.Labels)) {
		if !slices.Contains(hostLabels, k) {
			b.WriteString(k + "=" + r.Labels[k] + "\x00")
		}
	}
	return b.String()
}

// ports is a set of the ports that a client needs.
type ports uint8

var portNames = []string{"tcp/443", "tcp/4172", "udp/4172", "tcp/4195", "udp/4195"}

func portsOf(all map[string]string, outcomes ...string) (p ports) {
	for i, name := range portNames {
		if slices.Contains(outcomes, all[name]) {
			p |= 1 << i
		}
	}
	return p
}

func portsIn(list []string) (p ports) {
	for i, name := range portNames {
		if slices.ContainsFunc(list, func(s string) bool { return covers(s, name) }) {
			p |= 1 << i
		}
	}
	return p
}

// covers: "udp/4172" and "udp/4000-5000" hold udp/4172.
func covers(s, name string) bool {
	transport, numbers, _ := strings.Cut(s, "/")
	wanted, number, _ := strings.Cut(name, "/")
	from, to, ranged := strings.Cut(numbers, "-")
	if !ranged {
		to = from
	}
	low, err1 := strconv.Atoi(from)
	high, err2 := strconv.Atoi(to)
	n, _ := strconv.Atoi(number)
	return transport == wanted && err1 == nil && err2 == nil && low <= n && n <= high
}

// Names lists the ports.
func (p ports) names() (list []string) {
	for i, name := range portNames {
		if p&(1<<i) != 0 {
			list = append(list, name)
		}
	}
	return list
}
