package catalog

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"wsdoctor/internal/words"

	"github.com/google/go-cmp/cmp"
)

func TestRegistrationCodesAreUnderstood(t *testing.T) {
	for code, want := range map[string]Registration{
		"SLiad+ABC123":     {"SLiad+ABC123", "SLiad", "region", "us-east-1", "high"},
		"sliad+abc123":     {"SLiad+abc123", "SLiad", "region", "us-east-1", "high"},
		"  WSpdx+AB12CD\n": {"WSpdx+AB12CD", "WSpdx", "region", "us-west-2", "high"},
		"wsnrt+ABCDEF":     {"wsnrt+ABCDEF", "wsnrt", "region", "ap-northeast-1", "high"},
		"WSNRT+ABCDEF":     {"wsnrt+ABCDEF", "wsnrt", "region", "ap-northeast-1", "high"},
		"WSfra+ABCDEF":     {"WSfra+ABCDEF", "WSfra", "region", "eu-central-1", "inferred"},
		"SLfra+ABCDEF":     {"SLfra+ABCDEF", "SLfra", "region", "eu-central-1", "inferred"},
		"SLiad%2BABC123":   {"SLiad+ABC123", "SLiad", "region", "us-east-1", "high"},
		"\"SLiad+ABC123\"": {"SLiad+ABC123", "SLiad", "region", "us-east-1", "high"},
		"“SLiad+ABC123”":   {"SLiad+ABC123", "SLiad", "region", "us-east-1", "high"},
		"SLiad＋ABC123":     {"SLiad+ABC123", "SLiad", "region", "us-east-1", "high"},
		"ＳＬｉａｄ＋ＡＢＣ１２３":     {"SLiad+ABC123", "SLiad", "region", "us-east-1", "high"},
		"Registration Code: \"SLiad%2bABC123\"\u00a0":           {"SLiad+ABC123", "SLiad", "region", "us-east-1", "high"},
		"registration code SLiad+\u200bABC123":                  {"SLiad+ABC123", "SLiad", "region", "us-east-1", "high"},
		"Registration Code: desktop.example.com":                {"desktop.example.com", "", "fqdn", "", ""},
		"workspaces://@SLiad+ABC123":                            {"SLiad+ABC123", "SLiad", "region", "us-east-1", "high"},
		"workspaces://jane@SLiad+ABC123?MFACode=123456":         {"SLiad+ABC123", "SLiad", "region", "us-east-1", "high"},
		"WorkSpaces://jane+x@example.com@wsdub%2BABC123/":       {"wsdub+ABC123", "wsdub", "region", "eu-west-1", "high"},
		"workspaces://desktop.example.com":                      {"desktop.example.com", "", "fqdn", "", ""},
		"Desktop.Example.COM.":                                  {"desktop.example.com", "", "fqdn", "", ""},
		strings.Repeat("a", 63) + ".xn--mnchen-3ya.example.org": {strings.Repeat("a", 63) + ".xn--mnchen-3ya.example.org", "", "fqdn", "", ""},
	} {
		got, err := loaded(t).ParseRegistration(code)
		if err != nil {
			t.Errorf("%q: %v", code, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", code, diff)
		}
	}
}

// bad are texts that are no codes; secret is what no message may repeat.
var bad = []struct{ code, secret, reason string }{
	{"", "", "nothing in it"},
	{"workspaces://", "", "holds no code"},
	{"workspaces://jane@", "jane", "holds no code"},
	{"workspaces://@SLiad+%ZZABCD", "ABCD", "not a valid one"},
	{"SLiad+ABC12", "ABC12", "6 characters, not 5"},
	{"SLiad+ABC1234", "ABC1234", "6 characters, not 7"},
	{"SLiad+ABC-12", "ABC-12", "letters and digits only"},
	{"SLiad+ABC12\x00", "ABC12", "6 characters, not 5"}, // what cannot be seen is no character
	{"SLiad+ABC12é", "ABC12", "not 7"},
	{"Registration Code:", "", "nothing in it"},
	{"Registration Code: ABC123", "ABC123", "it holds no \"+\""},
	{"SLiad+ABC+12", "ABC+12", "letters and digits only"},
	{"SLiad+******", "", "blanked out"},
	{"SLiad ABC123", "ABC123", "it holds no \"+\""},
	{"SLiadABC123", "ABC123", "it holds no \"+\""},
	{"ABC123+SLiad", "ABC123", "the part before \"+\""},
	{"XXiad+ABC123", "ABC123", "the part before \"+\""},
	{"+ABC123", "ABC123", "the part before \"+\""},
	{"WSxyz+ABC123", "ABC123", "no Region is known for the prefix WSxyz"},
	{"d-906734e1b2", "906734e1b2", "directory ID"},
	{"eu-west-1", "", "Region's name"},
	{"tokyo", "", "Region's name"},
	{"192.0.2.1", "", "address"},
	{"256.256.256.256", "", "it holds no \"+\""},
	{"desktop..example.com", "", "it holds no \"+\""},
	{"desktop_1.example.com", "", "it holds no \"+\""},
	{"https://desktop.example.com/", "", "it holds no \"+\""},
	{strings.Repeat("ABC123", 1000), "ABC123", "far too long"},
}

func TestBadRegistrationsSayWhyWithoutTheSecret(t *testing.T) {
	for _, c := range bad {
		_, err := loaded(t).ParseRegistration(c.code)
		var b *BadRegistration
		if !errors.As(err, &b) {
			t.Errorf("%.40q: got %v", c.code, err)
			continue
		}
		if !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%.40q: got %q, want it to say %q", c.code, err, c.reason)
		}
		if b.Hint.Empty() {
			t.Errorf("%.40q: no hint", c.code)
		}
		// The hint shows an example of a code; it is the same for everybody.
		said := err.Error()
		if hint := words.English().Tell(b.Hint); hint != words.English().Tell(formHint) {
			said += hint
		}
		if c.secret != "" && strings.Contains(strings.ToLower(said), strings.ToLower(c.secret)) {
			t.Errorf("%.40q: the message repeats %q: %s", c.code, c.secret, said)
		}
	}
}

func TestTheRegionOfAPrefix(t *testing.T) {
	for prefix, want := range map[string]string{"SLiad": "us-east-1", "wsNRT": "ap-northeast-1", "WSfra": "eu-central-1", "WSxyz": "", "iad": "", "": "", "SLiad+ABC123": ""} {
		if got, known := loaded(t).RegionOfPrefix(prefix); got != want || known != (want != "") {
			t.Errorf("%q: %q, %v", prefix, got, known)
		}
	}
}

func TestARegistrationNeverPrintsItsSecret(t *testing.T) {
	r, err := loaded(t).ParseRegistration("SLiad+QQ7788")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%v %s %+v %#v %v", r, r, r, r, &r); strings.Contains(got, "QQ7788") || !strings.Contains(got, "SLiad+******") {
		t.Errorf("printed %s", got)
	}
	r, err = loaded(t).ParseRegistration("desktop.example.com")
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Redacted(); strings.Contains(got, "example") {
		t.Errorf("a DNS name is redacted as %q", got)
	}
}

func TestAliasText(t *testing.T) {
	for text, want := range map[string]string{
		"wsca-us-west-2-abcdef":  "us-west-2",
		"region=EU-WEST-1;id=7":  "eu-west-1",
		"v=1 SLiad+ABC123":       "us-east-1",
		"SLiad+ABC123 us-east-1": "us-east-1",
		"us-gov-west-1":          "us-gov-west-1",
	} {
		if got, err := loaded(t).ParseAliasText(text); got != want || err != nil {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "1a2b3c4d5e", "tokyo", "nrt", "us-east-12", "xus-east-1", "SLiad+ABC1234", "\x00\xff"} {
		if got, err := loaded(t).ParseAliasText(text); got != "" || !errors.Is(err, ErrOpaqueAlias) {
			t.Errorf("%q: got %q, %v; the text does not tell", text, got, err)
		}
	}
	for _, text := range []string{"us-east-1 us-west-2", strings.Repeat("us-east-1 ", 1000)} {
		if got, err := loaded(t).ParseAliasText(text); got != "" || err == nil || errors.Is(err, ErrOpaqueAlias) {
			t.Errorf("%.40q: got %q, %v", text, got, err)
		}
	}
}

func FuzzParseRegistration(f *testing.F) {
	for _, c := range bad {
		f.Add(c.code)
	}
	f.Add("SLiad+ABC123")
	f.Add("workspaces://jane@wsdub%2BABC123?MFACode=1")
	f.Add("desktop.example.com")
	c := loaded(f)
	f.Fuzz(func(t *testing.T, code string) {
		r, err := c.ParseRegistration(code)
		var b *BadRegistration
		switch {
		case err != nil && (!errors.As(err, &b) || r != Registration{}):
			t.Errorf("%q: %v with %#v", code, err, r)
		case err != nil:
		case r.Kind == KindRegion:
			again, err := c.ParseRegistration(r.Code)
			if err != nil || again != r || len(r.Code) != 12 {
				t.Errorf("%q: understood as %q, which is understood as %q, %v", code, r.Code, again.Code, err)
			}
		case r.Kind != KindFQDN || !validHost(r.Code):
			t.Errorf("%q: understood as %q", code, r.Code)
		}
	})
}

func FuzzParseAliasText(f *testing.F) {
	for _, s := range []string{"", "wsca-us-west-2-abcdef", "SLiad+ABC123 us-east-1", "+++", "us-east-1us-east-1"} {
		f.Add(s)
	}
	c := loaded(f)
	f.Fuzz(func(t *testing.T, text string) {
		region, err := c.ParseAliasText(text)
		if (region == "") == (err == nil) {
			t.Errorf("%q: %q with %v", text, region, err)
		}
		if region != "" {
			if r, err := c.Find(region); err != nil || r.ID != region {
				t.Errorf("%q: %q is no Region", text, region)
			}
		}
	})
}
