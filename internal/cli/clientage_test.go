package cli

import (
	"strings"
	"testing"

	"wsdoctor/internal/catalog"
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
		notes := strings.Join(clientAge(x.version, x.system, r), " ")
		if (x.want == "") != (notes == "") || !strings.Contains(notes, x.want) {
			t.Errorf("%+v: %q", x, notes)
		}
	}
}
