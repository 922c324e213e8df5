package architecture_test

import (
	"flag"
	html5 "html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/accounttest"
	"wsdoctor/internal/words"
	"wsdoctor/ui/architecture"
)

var update = flag.Bool("update", false, "write golden files")

func same(s string) string { return s }

func in(t testing.TB, language string) *words.Catalogue {
	t.Helper()
	c, known := words.In(language)
	if !known {
		t.Fatalf("no %s", language)
	}
	return c
}

// What is the same in every picture, and letters that are not of ASCII.
var (
	styled = regexp.MustCompile(`(?s)<style>.*</style>\n`)
	coded  = regexp.MustCompile(`&#[0-9]{3,};`)
)

func readable(svg []byte) string {
	return coded.ReplaceAllStringFunc(styled.ReplaceAllString(string(svg), ""), html5.UnescapeString)
}

func lines(c *words.Catalogue, d architecture.Drawing, width int) string {
	return strings.Join(architecture.Lines(c, d, width, false, same), "\n") + "\n"
}

// unjudged is a report of which only what was seen is kept: the documents' picture is made
// of it by rejudge, so that no rule's words stand in a golden file of pictures.
func unjudged(t *testing.T, r report.Report) string {
	t.Helper()
	r.Findings, r.Layers, r.Gaps = []report.Finding{}, nil, nil
	r.Verdict = report.Verdict{
		Status: finding.StatusInconclusive, Code: finding.CodeNotMeasured,
		Protocols: finding.Protocols{PCoIP: finding.ProtocolUnknown, DCV: finding.ProtocolUnknown},
	}
	b, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What people see, to be read in review.
func TestGolden(t *testing.T) {
	got := map[string]string{}
	for _, language := range words.Languages() {
		c := in(t, language)
		for name, w := range accounttest.Worlds {
			d := architecture.Of(w.Report(language))
			got[name+"."+language+".txt"] = lines(c, d, 80)
			if language == words.Default {
				got[name+".svg"] = readable(architecture.SVG(c, d))
			}
			if name == "faults" {
				if language == words.Default {
					got[name+".json"] = unjudged(t, w.Report(language))
				}
				got[name+".narrow."+language+".txt"] = lines(c, d, 40)
			}
		}
		for name, d := range pictures(t, language) {
			got["joined."+name+"."+language+".txt"] = lines(c, d, 80)
			if language == words.Default {
				got["joined."+name+".svg"] = readable(architecture.SVG(c, d))
			}
		}
		got["joined.endpoints.wide."+language+".txt"] = lines(c, pictures(t, language)["endpoints"], 120)
		for name, r := range documented(language) {
			if language == words.Default {
				got["joined."+name+".json"] = unjudged(t, r)
			}
		}
		got["generic."+language+".txt"] = lines(c, architecture.Generic(), 78)
	}
	if len(got) < 41 {
		t.Fatalf("only %d pictures", len(got))
	}
	for name, text := range got {
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), text); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}
