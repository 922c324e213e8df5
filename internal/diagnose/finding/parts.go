package finding

import "slices"

// Below gives everything that a part stands on, by a table of what each needs to do its
// work; the part itself not.
func Below(p Part, standsOn map[Part][]Part) []Part {
	var list []Part
	for next := slices.Clone(standsOn[p]); len(next) > 0; next = next[1:] {
		if !slices.Contains(list, next[0]) {
			list = append(list, next[0])
			next = append(next, standsOn[next[0]]...)
		}
	}
	return list
}

// SuppressParts marks every finding about a part that stands on another one with which
// something is wrong. Of several the deepest is named. No two parts stand on each other,
// so that the order does not matter.
func SuppressParts(findings []Finding, standsOn map[Part][]Part) {
	for i := range findings {
		var cause *Finding
		for j := range findings {
			f := &findings[j]
			wrong := f.Severity == SeverityFault || f.Severity == SeveritySuspect
			if wrong && slices.Contains(Below(findings[i].Part, standsOn), f.Part) &&
				(cause == nil || slices.Contains(Below(cause.Part, standsOn), f.Part)) {
				cause = f
			}
		}
		if cause != nil {
			code := cause.Code
			findings[i].SuppressedBy = &code
		}
	}
}
