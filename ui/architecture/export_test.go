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
