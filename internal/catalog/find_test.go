package catalog

import (
	"errors"
	"strings"
	"testing"
	"wsdoctor/internal/words"

	"github.com/google/go-cmp/cmp"
)

func TestFindIsKind(t *testing.T) {
	for name, want := range map[string]string{
		"ap-northeast-1":          "ap-northeast-1",
		"Tokyo":                   "ap-northeast-1",
		"tokyo":                   "ap-northeast-1",
		"東京":                      "ap-northeast-1",
		"サンパウロ":                   "sa-east-1",
		" TOKYO\n":                "ap-northeast-1",
		"Asia Pacific (Tokyo)":    "ap-northeast-1",
		"nrt":                     "ap-northeast-1",
		"AP_NORTHEAST_1":          "ap-northeast-1",
		"apnortheast1":            "ap-northeast-1",
		"us-east1":                "us-east-1",
		"virginia":                "us-east-1",
		"São Paulo":               "sa-east-1",
		"sao paulo":               "sa-east-1",
		"GovCloud (US-West)":      "us-gov-west-1",
		"AWS GovCloud (US-East)":  "us-gov-east-1",
		"Canada":                  "ca-central-1",
		"Europe (Frankfurt)":      "eu-central-1",
		"US East (Ohio)":          "us-east-2",
		"\x1b[31mLondon\u202e":    "",
		"London\u200b":            "eu-west-2", // an invisible character from a web page
		"China (Ningxia)":         "cn-northwest-1",
		"europe":                  "",
		"":                        "",
		"-":                       "",
		strings.Repeat("x", 1e6):  "",
		strings.Repeat("ü", 1000): "",
	} {
		r, err := loaded(t).Find(name)
		if r.ID != want || (err == nil) != (want != "") {
			t.Errorf("%.40q: got %q, %v; want %q", name, r.ID, err, want)
		}
	}
}

func TestAWrongRegionGetsASuggestion(t *testing.T) {
	for name, want := range map[string][]string{
		"tokio":      {"ap-northeast-1"},
		"Frankfrut":  {"eu-central-1"},
		"us-west-1":  {"us-west-2"},
		"us-east-11": {"us-east-1"},
		"us-east-3":  {"us-east-1", "us-east-2"},
		"us-east-1a": {"us-east-1"},
		"frank":      {"eu-central-1"},
		"nrtt":       {"ap-northeast-1"},
		"xx":         nil,
		"atlantis":   nil,
	} {
		_, err := loaded(t).Find(name)
		var unknown *UnknownRegion
		if !errors.As(err, &unknown) {
			t.Errorf("%q: got %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, unknown.Suggestions); diff != "" {
			t.Errorf("%q (-want +got):\n%s", name, diff)
		}
	}
}

func TestSuggestionsNameCitiesInTheUsersLanguage(t *testing.T) {
	_, err := loaded(t).Find("tokio")
	var unknown *UnknownRegion
	if !errors.As(err, &unknown) {
		t.Fatal(err)
	}
	ja, _ := words.In("ja")
	if got, want := ja.Tell(unknown.Told()), `"tokio" というリージョンはありません。ap-northeast-1 (東京) ではありませんか?`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Who types what was suggested is understood.
func TestEveryCityIsFoundInEveryLanguage(t *testing.T) {
	c := loaded(t)
	for _, name := range words.Languages() {
		speak, _ := words.In(name)
		for _, r := range c.Regions() {
			city := speak.Tell(r.City())
			if found, err := c.Find(city); err != nil || found.ID != r.ID {
				t.Errorf("%s: %s is %q, which finds %s, %v", name, r.ID, city, found.ID, err)
			}
		}
	}
}

func TestUnknownRegionReadsWell(t *testing.T) {
	for name, want := range map[string]string{
		"tokio":             `unknown Region "tokio"; did you mean ap-northeast-1 (Tokyo)?`,
		"us-east-3":         `unknown Region "us-east-3"; did you mean us-east-1 (N. Virginia) or us-east-2 (Ohio)?`,
		"atlantis":          `unknown Region "atlantis"`,
		"\x1b]0;x\x07atlan": `unknown Region "]0;xatlan"`,
	} {
		if _, err := loaded(t).Find(name); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", name, err, want)
		}
	}
}
