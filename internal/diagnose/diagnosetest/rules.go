package diagnosetest

import (
	"testing"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/words"
)

// CompleteRows: every rule explains itself, says what it needs, and is found in one way;
// inside a WorkSpace it is about a part.
func CompleteRows[E any](t *testing.T, rules []finding.Rule[E], inside bool) {
	t.Helper()
	for _, r := range rules {
		ways := 0
		for _, has := range []bool{r.Check != nil, r.All != nil, r.Family != ""} {
			if has {
				ways++
			}
		}
		if c := "cause." + r.Code; !words.Has(c+".meaning") || !words.Has(c+".decided") || len(r.Cause().Remedy()) == 0 || len(r.Needs) == 0 || ways != 1 {
			t.Errorf("%s: the row is not complete", r.Code)
		}
		if (r.Where != nil) == (r.Family != "") {
			t.Errorf("%s: the row does not say where it is, or that it knows no place", r.Code)
		}
		if inside != (r.Part != "") {
			t.Errorf("%s: inside %v, about the part %q", r.Code, inside, r.Part)
		}
	}
}
