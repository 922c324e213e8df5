package cli

import (
	"strings"
	"testing"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/words"
)

func TestAnOldClientIsNamed(t *testing.T) {
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ version, system, region, want string }{
		{"5.21.0", "darwin", "us-east-1", "5.22.1 and newer"},
		{"5.30.1", "darwin", "us-east-1", ""},
		{"5.30.1", "darwin", "us-east-2", "in no client before 5.32.0"},
		{"5.32.0", "darwin", "us-east-2", ""},
		{"2024.8.5130", "linux", "us-east-1", "2025.0 and newer"},
		{"2026.0", "linux", "us-east-2", ""}, // its notes do not say
		{"", "darwin", "us-east-2", ""},
		{"1.0", "plan9", "us-east-1", ""},
	} {
		r, err := c.Find(x.region)
		if err != nil {
			t.Fatal(err)
		}
		notes := strings.Join(words.English().All(clientAge(x.version, x.system, r)), " ")
		if (x.want == "") != (notes == "") || !strings.Contains(notes, x.want) {
			t.Errorf("%+v: %q", x, notes)
		}
	}
}

func TestDefectsOfTheInstalledClientAreTold(t *testing.T) {
	for _, x := range []struct {
		version, system string
		want            []string // in this order; none: nothing is said
	}{
		{"5.33.2", "windows", []string{"no reconnection"}},
		{"5.32.0", "windows", []string{"5.34.0", "SAML", "KB5083769"}},
		{"5.34.0", "windows", nil},
		{"5.32.0", "darwin", []string{"proxy"}},
		{"5.22.1", "darwin", []string{"proxy", "443"}},
		{"2024.2.1", "linux", []string{"443"}},
		{"2025.0", "linux", nil},
		{"", "windows", nil},
		{"nonsense", "windows", nil},
	} {
		got := strings.Join(words.English().All(clientDefects(x.version, x.system)), " ")
		rest := got
		for _, w := range x.want {
			_, after, found := strings.Cut(rest, w)
			if !found {
				t.Errorf("%s on %s: %q lacks %q", x.version, x.system, got, w)
			}
			rest = after
		}
		if (got == "") != (x.want == nil) {
			t.Errorf("%s on %s: %q", x.version, x.system, got)
		}
	}
}

func TestDefectsAreOfKnownSystemsAndHaveAVersion(t *testing.T) {
	for _, d := range catalog.Defects {
		if _, known := catalog.OldestClient[d.System]; !known || !words.Has("cli.defect."+d.ID) || clientDefects("0.0.1", d.System) == nil {
			t.Errorf("%+v", d)
		}
	}
}
