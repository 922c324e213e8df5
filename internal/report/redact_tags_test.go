package report_test

import (
	"reflect"
	"slices"
	"testing"

	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/probe"
)

// A text without a tag would be printed by --redact with whatever it tells of the user.
func TestEveryTextOfAReportSaysWhatItTellsOfTheUser(t *testing.T) {
	types := []reflect.Type{reflect.TypeFor[report.Report](), reflect.TypeFor[report.Line]()}
	for _, op := range probe.Operations() {
		types = append(types, reflect.TypeOf(probe.DetailOf(op)))
	}
	for _, of := range types {
		for _, problem := range reporttest.Untagged(of) {
			t.Error(problem)
		}
	}
}

func TestATextWithoutATagIsNoticed(t *testing.T) {
	type inner struct {
		Name string `redact:"host,if=Known"`
		More string
	}
	type detail struct {
		Text    string
		List    []string
		Map     map[string]int
		Any     any
		Pointer *string
		Inner   []*inner
		Odd     string `redact:"secret"`
		Lost    string `redact:"host,if=Nowhere"`
		Alone   string `redact:"host,not=x"`
		Fine    string `redact:"keep"`
		Word    probe.Outcome
		Number  int
		hidden  string
	}
	want := []string{
		"detail.Text: no tag", "detail.List: no tag", "detail.Map: no tag", "detail.Any: no tag", "detail.Pointer: no tag",
		`detail.Inner.Name: "if=Known" is no condition`, "detail.Inner.More: no tag", `detail.Odd: "secret" is no word of the tag`,
		`detail.Lost: "if=Nowhere" is no condition`, `detail.Alone: "not=x" is no condition`,
	}
	if got := reporttest.Untagged(reflect.TypeOf(detail{hidden: ""})); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
