package report

import (
	"maps"
	"regexp"
	"strings"
	"unicode/utf8"

	"wsdoctor/probe"
)

// About is what whoever made a report says of it, for the systems that it goes to.
type About struct {
	Labels map[string]string `json:"labels,omitempty" redact:"text"` // site=Osaka
	Ticket string            `json:"ticket,omitempty" redact:"text"`
}

// Bounds of what is said of a report: enough for a site, a floor and an asset number.
const (
	MostLabels   = 20
	LongestLabel = 200 // of a value, and of a ticket, in runes
)

var labelKey = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,39}$`)

// ReadLabel reads "key=value".
func ReadLabel(s string) (key, value string, ok bool) {
	key, value, ok = strings.Cut(s, "=")
	return key, value, ok && labelKey.MatchString(key) && showable(value)
}

// ReadTicket says whether an ID of a ticket can be one.
func ReadTicket(s string) bool { return showable(s) }

// showable: one line of something, and nothing in it that is not shown.
func showable(s string) bool {
	return s != "" && utf8.RuneCountInString(s) <= LongestLabel && probe.Clean(s, LongestLabel) == s
}

// Or gives what is said, and what is not as it was said before.
func (a About) Or(before About) About {
	out := About{Ticket: a.Ticket}
	if out.Ticket == "" {
		out.Ticket = before.Ticket
	}
	if len(a.Labels)+len(before.Labels) > 0 {
		out.Labels = map[string]string{}
		maps.Copy(out.Labels, before.Labels)
		maps.Copy(out.Labels, a.Labels)
	}
	return out
}

// Policy adds the policy that it is made under.
func (b *Builder) Policy(mark *PolicyMark) { b.report.Policy = mark }

// About adds what is said of the report.
func (b *Builder) About(a About) { b.report.About = a }
