// Package labels holds what every renderer says alike: the words for the closed
// lists of a report, and its lines on protocols and on what was ruled out. A
// printed report and a screen that show the same report say the same.
//
// It judges nothing: each of its texts is a look-up in the catalogue by what the
// report says. Texts of the report itself are passed on as they are, and are the
// renderers' to clean.
package labels

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// In tells labels in the language of a catalogue.
type In struct{ *words.Catalogue }

// Speak is the language of a catalogue, or English where there is none.
func Speak(c *words.Catalogue) In {
	if c == nil {
		c = words.English()
	}
	return In{c}
}

// ASCII: the language can be written in it, as English can.
func (in In) ASCII() bool { return in.Name() == words.Default }

// Say tells one message.
func (in In) Say(id string, args ...words.Args) string { return in.Tell(words.Say(id, args...)) }

// Listed writes names one after another, with nothing special before the last.
func (in In) Listed(names []string) string { return strings.Join(names, in.Say("language.list.more")) }

// of is the label of a member of a closed list, or another one where a newer version
// has more of them.
func (in In) of(list, member, otherwise string) string {
	if id := "ui." + list + "." + member; member != "" && in.Has(id) {
		return in.Say(id)
	}
	return otherwise
}

// Certainty says what a confidence is worth; nothing where there is none.
func (in In) Certainty(c finding.Confidence) string { return in.of("certainty", string(c), "") }

// Confidence is the same in one word.
func (in In) Confidence(c finding.Confidence) string {
	return in.of("confidence", string(c), string(c))
}

// LayerState is a layer's state. It stands beside names such as "HTTPS inspection",
// which had better not "work".
func (in In) LayerState(s finding.LayerStatus) string { return in.of("layer-state", string(s), "") }

// Title is a layer's name in a few words.
func (in In) Title(id layer.ID) string {
	if _, known := layer.Get(id); known {
		return in.Tell(words.Title(id))
	}
	return string(id)
}

// Protocol is the line of one protocol.
type Protocol struct {
	Name  string // PCoIP or DCV
	State finding.ProtocolState
	Says  string
}

// Protocols gives the lines of the protocols that a run was about.
func (in In) Protocols(r report.Report) []Protocol {
	v := r.Verdict
	var list []Protocol
	if r.Target.Protocol != probe.DCV {
		list = append(list, in.protocol("PCoIP", v.Protocols.PCoIP, v.ProtocolsSeen.PCoIP))
	}
	if r.Target.Protocol != probe.PCoIP {
		list = append(list, in.protocol("DCV", v.Protocols.DCV, v.ProtocolsSeen.DCV))
	}
	return list
}

// protocol says of one whose state is not known how far its way was shown; a report of
// an older version does not tell that.
func (in In) protocol(name string, state finding.ProtocolState, seen finding.Seen) Protocol {
	says := in.of("protocol", string(state), "")
	if says == "" {
		says = in.of("seen", string(seen), in.Say("ui.seen.untold"))
	}
	return Protocol{Name: name, State: state, Says: says}
}

// Open is the heading over the layers that remain of a verdict besides the one it
// names, or of one that names none.
func (in In) Open(v report.Verdict) string {
	if v.Layer == nil {
		return in.Say("ui.could-be")
	}
	return in.Say("ui.could-also-be")
}

// Suspect is the line of a layer that remains.
func (in In) Suspect(s report.Suspect) string {
	return in.Say(
		"ui.suspect",
		words.Args{"layer": in.Title(s.Layer), "confidence": in.Confidence(s.Confidence), "why": s.Why},
	)
}

// RuledOut is the line of a layer that something contradicts, with the observations
// that show it.
func (in In) RuledOut(r report.RuledOut) string {
	why := r.Why
	if why == "" {
		why = in.of("look", r.Because, r.Because)
	}
	if len(r.By) == 0 {
		return in.Say("ui.ruled-out", words.Args{"layer": in.Title(r.Layer), "why": why})
	}
	return in.Say(
		"ui.ruled-out-by",
		words.Args{"layer": in.Title(r.Layer), "why": why, "observations": strings.Join(r.By, ", ")},
	)
}

// Milliseconds writes a duration given in ms for people: 4.2 ms, 41 ms, 1.8 s.
func Milliseconds(ms float64) string {
	switch {
	case ms >= 999.5:
		return strconv.FormatFloat(ms/1000, 'f', 1, 64) + " s"
	case ms >= 9.95 || ms == float64(int(ms)):
		return strconv.FormatFloat(ms, 'f', 0, 64) + " ms"
	}
	return strconv.FormatFloat(ms, 'f', 1, 64) + " ms"
}

// About is what whoever made a report says of it: its ticket, and labels by key.
func About(a report.About) string {
	var parts []string
	if a.Ticket != "" {
		parts = append(parts, a.Ticket)
	}
	for _, key := range slices.Sorted(maps.Keys(a.Labels)) {
		parts = append(parts, key+"="+a.Labels[key])
	}
	return strings.Join(parts, " · ")
}
