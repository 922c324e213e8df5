package details

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/internal/account/world"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/labels"
)

var update = flag.Bool("update", false, "rewrite golden files")

func TestEveryDetailIsTold(t *testing.T) {
	for _, op := range probe.Operations() {
		of := reflect.TypeOf(probe.DetailOf(op))
		if _, known := rows[of]; !known && of != reflect.TypeFor[probe.NoDetail]() {
			t.Errorf("rows.go has no row for %s, the detail of %s", of, op)
		}
	}
}

// A clause about something that its detail does not give would show a brace.
func TestClausesAreAboutWhatTheirDetailGives(t *testing.T) {
	for _, language := range words.Languages() {
		c, _ := words.In(language)
		for of, r := range rows {
			given := in{labels.Speak(c)}.arguments(r, reflect.New(of).Elem())
			clauses := 0
			for ; c.Has(fmt.Sprintf("detail.%s.%d", r.name, clauses)); clauses++ {
				asked, err := c.Arguments(fmt.Sprintf("detail.%s.%d", r.name, clauses))
				if err != nil {
					t.Errorf("%s: %s: %v", language, r.name, err)
				}
				for name := range asked {
					if _, is := given[name]; !is {
						t.Errorf("%s: %s.%d is about %s, which %s does not give", language, r.name, clauses, name, of)
					}
				}
			}
			if clauses == 0 {
				t.Errorf("%s: nothing is said of %s", language, r.name)
			}
		}
	}
}

func TestTagsAreThoseThatThereAre(t *testing.T) {
	known := []string{"spaced", "some", "seconds", "tenths"}
	for of := range rows {
		for _, f := range reflect.VisibleFields(of) {
			if say, tagged := f.Tag.Lookup("say"); tagged && !slices.Contains(known, say) {
				t.Errorf("%s.%s: %q is no word of the tag", of, f.Name, say)
			}
		}
	}
}

// Each row of the table is used by the samples, and what they say is read in review.
func TestDetailsAsTheyAreTold(t *testing.T) {
	seen := map[reflect.Type]bool{}
	for _, language := range words.Languages() {
		c, _ := words.In(language)
		var b strings.Builder
		for _, o := range observations() {
			if line := fmt.Sprintf("%s: %s\n", o.Operation, Tell(c, o)); !strings.Contains(b.String(), line) {
				b.WriteString(line)
			}
			mark(seen, reflect.ValueOf(o.Detail))
		}
		file := filepath.Join("testdata", "told."+language+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Errorf("%s (-file +told):\n%s", file, diff)
		}
	}
	for of := range rows {
		if !seen[of] && of.PkgPath() == reflect.TypeFor[probe.Hop]().PkgPath() {
			t.Errorf("no sample has a %s", of)
		}
	}
}

// observations are those of all samples, and further ones.
func observations() (all []probe.Observation) {
	samples := reporttest.Samples()
	for _, name := range slices.Sorted(maps.Keys(samples)) {
		if name != "hostile" {
			all = append(all, samples[name].Observations...)
		}
	}
	return slices.Concat(all, further, world.Observations())
}

// mark notes the types that a value is made of.
func mark(seen map[reflect.Type]bool, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			mark(seen, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			mark(seen, v.Index(i))
		}
	case reflect.Struct:
		seen[v.Type()] = true
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				mark(seen, v.Field(i))
			}
		}
	}
}

func TestWhatIsMissingIsNotTold(t *testing.T) {
	for of, r := range rows {
		for _, language := range words.Languages() {
			c, _ := words.In(language)
			said := in{labels.Speak(c)}.structure(reflect.New(of).Elem())
			if strings.ContainsAny(said, "{}[]") || strings.Contains(said, "invalid") {
				t.Errorf("%s: an empty %s says %q", language, r.name, said)
			}
		}
	}
	if said := Tell(nil, probe.Observation{Operation: probe.HTTPGet}); said != "" {
		t.Errorf("an observation without a detail says %q", said)
	}
}
