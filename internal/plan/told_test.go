package plan_test

import (
	"testing"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/words"
)

// What the vendor's catalog says in English of what is asked is said in every language,
// and in English alike.
func TestWhatIsAskedIsSaidAsInTheCatalog(t *testing.T) {
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	said := func(id string) string { return words.English().Tell(words.Say(id)) }
	purposes, gaps := 0, 0
	for _, r := range c.Regions() {
		if r.Gap != "" {
			gaps++
			if got := said("plan.gap." + r.ID); got != r.Gap {
				t.Errorf("%s: %q, in the catalog %q", r.ID, got, r.Gap)
			}
		}
		for _, e := range r.Endpoints {
			if !e.Probe {
				continue
			}
			purposes++
			if got := said("plan.purpose." + e.ID); got != e.Purpose {
				t.Errorf("%s: %q, in the catalog %q", e.ID, got, e.Purpose)
			}
		}
	}
	if purposes < 100 || gaps < 2 {
		t.Errorf("%d purposes and %d gaps", purposes, gaps)
	}
}
