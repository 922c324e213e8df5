package catalog

import (
	"slices"
	"strings"
	"testing"
	"time"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

func TestEndingsHaveADayAndComeInOrder(t *testing.T) {
	var days []string
	for _, e := range Endings() {
		if _, err := time.Parse(time.DateOnly, e.Day); err != nil || e.AsOf == "" {
			t.Errorf("%s: %v, %+v", e.ID, err, e)
		}
		if s := words.English().Tell(e.Sentence().Then(e.Then())); s != probe.Clean(s, 600) || !strings.HasSuffix(s, ".") {
			t.Errorf("%s: %q", e.ID, s)
		}
		if found, known := EndingByID(e.ID); !known || found != e {
			t.Errorf("%s is not found", e.ID)
		}
		days = append(days, e.Day)
	}
	if !slices.IsSorted(days) {
		t.Errorf("days %q", days)
	}
	if _, known := EndingByID("moon-end"); known {
		t.Error("an ending that is none is known")
	}
}
