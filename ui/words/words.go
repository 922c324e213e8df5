// Package words holds what every renderer says alike: the words for the closed
// lists of a report, and its lines on protocols and on what was ruled out. A
// printed report and a screen that show the same report say the same.
//
// It judges nothing: each of its texts is a look-up in a table by what the report
// says. Texts of the report itself are passed on as they are, and are the
// renderers' to clean.
package words

import (
	"cmp"
	"strings"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	catalogue "wsdoctor/internal/words"
)

// Certainty says what a confidence is worth.
var Certainty = map[finding.Confidence]string{
	finding.Proven:   "proven",
	finding.Likely:   "likely, not proven",
	finding.Possible: "possible, not proven",
}

// Layers are the layer states. They stand beside names such as "HTTPS
// inspection", which had better not "work".
var Layers = map[finding.LayerStatus]string{
	finding.LayerOK:       "ok",
	finding.LayerDegraded: "limited",
	finding.LayerFault:    "fault",
	finding.LayerSuspect:  "suspect",
	finding.LayerUnknown:  "unclear",
}

// Title is a layer's name in a few words.
func Title(id layer.ID) string {
	if l, known := layer.Get(id); known {
		return catalogue.English().Tell(catalogue.Title(l.ID))
	}
	return string(id)
}

// protocols are the protocol states that need no more words.
var protocols = map[finding.ProtocolState]string{
	finding.ProtocolOK:       "works",
	finding.ProtocolDegraded: "works, with limits",
	finding.ProtocolBlocked:  "blocked",
}

// unknown says of a protocol whose state is not known how far its way was shown.
var unknown = map[finding.Seen]string{
	finding.SeenHost:       "not known, though its ports answer",
	finding.SeenLastRouter: "reaches the last router that can be seen; the host did not answer",
	finding.SeenNothing:    "not shown to work",
}

// Protocol is the line of one protocol.
type Protocol struct {
	Name  string // PCoIP or DCV
	State finding.ProtocolState
	Says  string
}

// Protocols gives the lines of the protocols that a run was about.
func Protocols(r report.Report) []Protocol {
	v := r.Verdict
	var list []Protocol
	if r.Target.Protocol != "dcv" {
		list = append(list, protocol("PCoIP", v.Protocols.PCoIP, v.ProtocolsSeen.PCoIP))
	}
	if r.Target.Protocol != "pcoip" {
		list = append(list, protocol("DCV", v.Protocols.DCV, v.ProtocolsSeen.DCV))
	}
	return list
}

func protocol(name string, state finding.ProtocolState, seen finding.Seen) Protocol {
	says, plain := protocols[state]
	if !plain {
		says = "not known" // a report of an older version does not say how far
		if how, told := unknown[seen]; told {
			says = how
		}
	}
	return Protocol{Name: name, State: state, Says: says}
}

// Open is the heading over the layers that remain of a verdict besides the one it
// names, or of one that names none.
func Open(v report.Verdict) string {
	if v.Layer == nil {
		return "It could be"
	}
	return "It could also be"
}

// Suspect is the line of a layer that remains.
func Suspect(s report.Suspect) string {
	return Title(s.Layer) + " (" + string(s.Confidence) + "): " + s.Why
}

// because says what contradicts a layer, by the look that showed it.
var because = map[string]string{
	"swept":    "packets to the port end elsewhere on the way",
	"heard":    "a device farther away received the packets",
	"too-soon": "the answer came sooner than its distance allows",
	"left":     "the packets left this computer",
	"stayed":   "the packets did not leave this computer",
	"unsent":   "this computer could not send its first packet again",
	"alike":    "the same port of another host works",
	"said":     "another device said that it refuses",
}

// RuledOut is the line of a layer that something contradicts, with the observations
// that show it.
func RuledOut(r report.RuledOut) string {
	why := cmp.Or(r.Why, because[r.Because], r.Because) // the last for one of a newer version
	line := "not " + Title(r.Layer) + ": " + why
	if len(r.By) > 0 {
		line += " (" + strings.Join(r.By, ", ") + ")"
	}
	return line
}
