package client

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/words"
)

func loaded(t *testing.T) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDefaultPicksTheCurrentOrTheOnlyRegion(t *testing.T) {
	iad := Entry{RegistrationCode: "SLiad+ABC123"}
	iad2 := Entry{RegistrationCode: "SLiad+ABC124"}
	nrt := Entry{RegistrationCode: "wsnrt+XYZ789"}
	current := func(e Entry) Entry { e.Current = true; return e }
	keyed := func(e Entry, key string) Entry { e.RegionKey = key; return e }
	broken := Entry{RegistrationCode: "nonsense"}
	fqdn := Entry{RegistrationCode: "desk.example.com"}
	for _, c := range []struct {
		name         string
		entries      []Entry
		region, note string
	}{
		{"the only one", []Entry{iad}, "us-east-1", ""},
		{"the current one", []Entry{iad, current(nrt)}, "ap-northeast-1", ""},
		{"several of one Region", []Entry{iad, iad2}, "us-east-1", "2 registrations, all in this Region"},
		{"unusable ones are left out", []Entry{broken, nrt}, "ap-northeast-1", ""},
		{"an unusable code with a key", []Entry{keyed(broken, "fra")}, "eu-central-1", "not understood"},
		{"a key that no Region has", []Entry{keyed(iad, "moon")}, "us-east-1", ""},
		{"a known prefix goes before the key", []Entry{keyed(iad, "us-west-2")}, "us-east-1", "list says Region us-west-2, its registration code says us-east-1"},
		{"the key goes before an inferred prefix", []Entry{keyed(Entry{RegistrationCode: "WSfra+ABC123"}, "eu-west-1")}, "eu-west-1", "eu-west-1 is taken"},
		{"a DNS name", []Entry{fqdn}, "", ""},
		{"a DNS name with a prefix for a key", []Entry{keyed(fqdn, "SLiad")}, "us-east-1", ""},
		{"a DNS name with a prefix that is inferred", []Entry{keyed(fqdn, "WSfra")}, "eu-central-1", ""},
		{"a code with its own prefix for a key", []Entry{keyed(nrt, "wsnrt")}, "ap-northeast-1", ""},
		{"a DNS name with a key", []Entry{keyed(fqdn, "iad")}, "us-east-1", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Default(loaded(t), c.entries)
			if err != nil {
				t.Fatal(err)
			}
			if got.Region != c.region || !strings.Contains(words.English().Tell(got.Note), c.note) || (c.note == "") != (words.English().Tell(got.Note) == "") {
				t.Errorf("got %q, note %q; want %q, %q", got.Region, words.English().Tell(got.Note), c.region, c.note)
			}
		})
	}
}

func TestDefaultSaysWhenItCannotChoose(t *testing.T) {
	c := loaded(t)
	iad, nrt := Entry{RegistrationCode: "SLiad+ABC123"}, Entry{RegistrationCode: "wsnrt+XYZ789"}
	_, err := Default(c, []Entry{iad, nrt})
	var several *Several
	if !errors.As(err, &several) {
		t.Fatalf("got %v", err)
	}
	if diff := cmp.Diff([]string{"ap-northeast-1", "us-east-1"}, several.Regions); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := Default(c, []Entry{{RegistrationCode: "a.example.com"}, {RegistrationCode: "b.example.com"}}); !errors.As(err, &several) {
		t.Errorf("two DNS names of unknown Regions: got %v", err)
	}
	if _, err := Default(c, nil); !errors.Is(err, ErrNone) {
		t.Errorf("none: got %v", err)
	}
	var bad *catalog.BadRegistration
	for _, entries := range [][]Entry{{{RegistrationCode: "SLiad+SECRET1"}}, {{RegistrationCode: "SLiad+SECRET1", Current: true}, iad}} {
		if _, err := Default(c, entries); !errors.As(err, &bad) || strings.Contains(err.Error(), "SECRET1") {
			t.Errorf("unusable: got %v", err)
		}
	}
}
