package report_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
)

// What every cause says, in every language, as a person reads it: one file for each
// language, to be read by whoever changes a sentence.
func TestEveryCauseAsItIsTold(t *testing.T) {
	worlds := diagnosetest.Goldens()
	maps.Copy(worlds, diagnosetest.InsideGoldens())
	maps.Copy(worlds, diagnosetest.NameGoldens())
	for _, name := range words.Languages() {
		c, _ := words.In(name)
		var out bytes.Buffer
		for _, code := range slices.Sorted(maps.Keys(worlds)) {
			told := report.Tell(c, diagnose.Judge(worlds[code].Fires.In))
			fmt.Fprintf(&out, "%s\n", code)
			say := func(what, text string) {
				if text != "" {
					fmt.Fprintf(&out, "  %-8s %s\n", what, text)
				}
				if strings.Contains(text, "[") && !strings.Contains(text, "://[") && !strings.Contains(text, "[2") || strings.Contains(text, "{") {
					t.Errorf("%s, %s: %s is not whole: %s", name, code, what, text)
				}
			}
			v := told.Verdict
			say("verdict", v.Summary)
			say("owner", v.Owner)
			for _, step := range v.Remedy {
				say("remedy", step)
			}
			if v.NextTest != nil {
				say("next", *v.NextTest)
			}
			for _, s := range v.Suspects {
				say("or", string(s.Layer)+": "+s.Why)
			}
			for _, f := range told.Findings {
				if f.Code == code && f.Summary != v.Summary {
					say("finding", f.Summary)
				}
			}
		}
		file := filepath.Join("testdata", "told."+name+".txt")
		if *update {
			if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}
