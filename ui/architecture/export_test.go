package architecture

import (
	"slices"

	"wsdoctor/ui/labels"
)

// Undrawn are the links that a terminal of that width does not show.
func Undrawn(d Drawing, width int) (list []Link) {
	l := lay(d, labels.Speak(nil), onTerminal, clean, width)
	paths := l.paths(d)
	for _, k := range d.Links {
		if !slices.ContainsFunc(paths, func(p path) bool { return p.Link == k }) {
			list = append(list, k)
		}
	}
	return list
}

// Crossing are the links that in a terminal of that width go over a text.
func Crossing(d Drawing, width int) (list []Link) {
	l := lay(d, labels.Speak(nil), onTerminal, clean, width)
	for _, p := range l.paths(d) {
		for _, b := range l.boxes {
			if slices.ContainsFunc(p.legs(), func(way rect) bool { return l.written(b, way) }) {
				list = append(list, p.Link)
			}
		}
	}
	return list
}
