package lab

import (
	"math"
	"slices"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
)

// Category is what a verdict is worth, held against the truth of a random world.
type Category string

// The categories, from the best to the worst.
const (
	Right           Category = "right"
	Open            Category = "open"             // undecided, the truth is among the suspects, and the network does not tell them apart
	Shy             Category = "shy"              // undecided, though the network tells, or nothing is wrong
	Overstated      Category = "overstated"       // names another layer as possible, and the true one besides
	Missed          Category = "missed"           // undecided or degraded without a word of the true layer, or ok though something is impaired
	FalseAlarm      Category = "false alarm"      // finds fault where nothing is wrong
	FalseClearance  Category = "false clearance"  // ok though a protocol is dead
	FalseAccusation Category = "false accusation" // names a layer that is not at fault
)

// Categories lists them in that order.
var Categories = []Category{Right, Open, Shy, Overstated, Missed, FalseAlarm, FalseClearance, FalseAccusation}

// False says whether somebody would be sent to the wrong place, or home.
func (c Category) False() bool {
	return slices.Index(Categories, c) >= slices.Index(Categories, FalseAlarm)
}

// seenSoFar is the code of a verdict that says ok only of what could be seen.
const seenSoFar = "passes_as_far_as_seen"

// Judged is a verdict as the calibration reads it.
type Judged struct {
	report.Verdict
	Candidates []report.Suspect `json:"candidates"`
	Rivals     []report.Suspect `json:"rivals"`
}

// Named are the layers that the verdict names besides the one it accuses.
func (j Judged) Named() (list []layer.ID) {
	for _, s := range slices.Concat(j.Suspects, j.Candidates, j.Rivals) {
		list = append(list, s.Layer)
	}
	return unique(list)
}

// Categorise holds a verdict against the truth.
func (t Truth) Categorise(j Judged) Category {
	named := slices.ContainsFunc(t.Layers, func(l layer.ID) bool { return slices.Contains(j.Named(), l) })
	switch j.Status {
	case finding.StatusOK:
		return t.ofOK(j, named)
	case finding.StatusInconclusive:
		switch {
		case t.Healthy():
			return Shy
		case !named:
			return Missed
		case len(t.Same) == len(t.Layers):
			return Shy
		}
		return Open
	}
	return t.ofNamed(j, named)
}

func (t Truth) ofOK(j Judged, named bool) Category {
	dead := t.PCoIP == Dead || t.DCV == Dead
	switch {
	case t.Healthy():
		return Right
	case dead && j.Code != seenSoFar:
		return FalseClearance
	case !dead:
		return Missed
	case slices.Contains(t.Same, layer.StreamingGateway): // may be behind the last point that is visible
		return Open
	}
	return Missed
}

// ofNamed is for verdicts that say faulty or degraded.
func (t Truth) ofNamed(j Judged, named bool) Category {
	degraded := j.Status == finding.StatusDegraded
	accused := layer.ID("")
	if j.Layer != nil {
		accused = *j.Layer
	}
	mild := degraded && len(t.MayDegrade) > 0 && (accused == "" || slices.Contains(t.MayDegrade, accused))
	switch {
	case t.Healthy() && mild:
		return Right
	case t.Healthy():
		return FalseAlarm
	case t.accepts(accused, j.Owner):
		return Right
	case accused == "" && named:
		return Open
	case accused == "" || mild:
		return Missed
	case named && j.Confidence == finding.Possible:
		return Overstated
	}
	return FalseAccusation
}

// accepts says whether the layer is at fault, or the one whose owner was
// rightly said to be another than usual.
func (t Truth) accepts(l layer.ID, owner string) bool {
	if slices.Contains(t.Layers, l) {
		return true
	}
	usual, known := layer.Get(l)
	return known && slices.Contains(t.Owned, l) && owner != words.English().Tell(words.Owner(usual.Owner))
}

// Contradiction compares the constructed truth with what the witness found; it
// is empty where they agree. A world in which they do not is a fault of the lab.
func (t Truth) Contradiction(found map[Element]Tried, link Link) (wrong []string) {
	for _, e := range elements {
		want, got := t.Elements[e], found[e].State()
		overUDP := slices.Contains(overUDP, e)
		agree := got == want
		switch {
		case got == Untried && e == ByProxy:
			agree = want == Alive
		case want == Resigned:
			agree = got == Dead // is not genuine
		case want == Lossing && overUDP:
			agree = found[e].Small < found[e].Of
		case want == Lossing: // a few connections show no share
			agree = true
		case want == Sized:
			agree = got == Sized || got == Dead && found[e].Small == 0
		case want == Alive && got == Lossing:
			agree = link.Loss > 0 && found[e].Small*2 > found[e].Of
		}
		if !agree {
			wrong = append(wrong, string(e)+" should be "+spoken(want)+", the witness finds "+spoken(got)+" ("+found[e].Why+")")
		}
	}
	return wrong
}

func spoken(s State) string {
	if s == Alive {
		return "alive"
	}
	return string(s)
}

// wilson is Wilson's 95 % interval of a share.
func wilson(n, of int) (low, high float64) {
	const z = 1.96
	p, m := float64(n)/float64(of), float64(of)
	middle, half := p+z*z/(2*m), z*math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(0, (middle-half)/(1+z*z/m)), min(1, (middle+half)/(1+z*z/m))
}
