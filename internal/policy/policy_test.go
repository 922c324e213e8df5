package policy

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
)

const whole = `{
  "schema": "wsdoctor.policy/v1",
  "name": "Example Corp",
  "version": "7",
  "region": "eu-central-1",
  "registration": "wsFRA+ABC123",
  "protocol": "dcv",
  "directory_id": "d-906734e1b2",
  "directory_dns": ["10.0.0.10", "10.0.1.10"],
  "domain": "corp.example.com",
  "allowed_cidrs": ["203.0.113.0/24"],
  "proxy": "none",
  "no_egress": true,
  "labels": {"site": "Osaka"},
  "owners": {
    "network-team": {"name": "Netz-Team", "contact": "call 4711", "remedy": ["Fill in form X."]},
    "tls-inspection": {"contact": "mail security@example.com"}
  }
}`

func TestAPolicyIsReadWhole(t *testing.T) {
	p, err := Parse([]byte("\ufeff" + whole))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"region": {
			"eu-central-1",
		},
		"registration": {"wsFRA+ABC123"},
		"protocol":     {"dcv"},
		"directory-id": {"d-906734e1b2"},
		"directory-dns": {
			"10.0.0.10",
			"10.0.1.10",
		},
		"domain":       {"corp.example.com"},
		"allowed-cidr": {"203.0.113.0/24"},
		"proxy":        {"none"},
		"no-egress":    {"true"},
		"label":        {"site=Osaka"},
	}
	got := map[string][]string{}
	for _, g := range p.Flags() {
		got[g.Flag] = g.Values
		if p.Places[g.Key].Line < 2 {
			t.Errorf("%s stands at %v", g.Key, p.Places[g.Key])
		}
	}
	if !reflect.DeepEqual(got, want) || p.Name != "Example Corp" || p.Version != "7" {
		t.Errorf("%v", got)
	}
	if at := p.Places["region"]; at != (Place{5, 13}) {
		t.Errorf("region stands at %v", at)
	}
	// Every key that is known is in the text above.
	for _, k := range keys {
		if !strings.Contains(whole, `"`+k.name+`"`) {
			t.Errorf("%s is not tried", k.name)
		}
	}
	if none, err := Parse([]byte("{}")); err != nil || len(none.Flags()) != 0 {
		t.Errorf("%v, %v", none, err)
	}
}

func TestAMistakeIsToldWhereItStands(t *testing.T) {
	long := strings.Repeat("x", longestText+1)
	for name, c := range map[string]struct {
		text, id string
		at       Place
		hint     string
	}{
		"nothing":            {"", "policy.why.end", Place{1, 1}, ""},
		"no object":          {`["region"]`, "policy.why.object", Place{1, 1}, ""},
		"half of it":         {"{\n \"region\": \"x\"", "policy.why.end", Place{2, 15}, ""},
		"no JSON":            {"{\n  region: 1}", "policy.why.syntax", Place{2, 3}, ""},
		"a comma too many":   {"{\n  \"region\": \"x\",\n}", "policy.why.syntax", Place{3, 1}, ""},
		"a wrong key":        {"{\"name\": \"ä\", \"regoin\": \"x\"}", "policy.why.unknown", Place{1, 15}, `"region"`},
		"a foreign key":      {"{\n\n\"zzzzzzzzzz\": 1}", "policy.why.unknown", Place{3, 1}, ""},
		"a key twice":        {"{\"region\": \"x\",\n \"region\": \"y\"}", "policy.why.twice", Place{2, 2}, ""},
		"a number":           {`{"region": 7}`, "policy.why.text", Place{1, 12}, ""},
		"an empty text":      {`{"region": ""}`, "policy.why.text", Place{1, 12}, ""},
		"two lines":          {`{"name": "a\nb"}`, "policy.why.text", Place{1, 10}, ""},
		"an escape sequence": {`{"name": "a\u001b[31mb"}`, "policy.why.text", Place{1, 10}, ""},
		"a long text":        {`{"name": "` + long + `"}`, "policy.why.text", Place{1, 10}, ""},
		"a text for a list":  {`{"directory_dns": "10.0.0.1"}`, "policy.why.list", Place{1, 19}, ""},
		"a number in a list": {"{\"directory_dns\": [\"10.0.0.1\",\n 7]}", "policy.why.text", Place{2, 2}, ""},
		"a text for truth":   {`{"no_egress": "yes"}`, "policy.why.truth", Place{1, 15}, ""},
		"another form":       {`{"schema": "wsdoctor.policy/v9"}`, "policy.why.schema", Place{1, 12}, ""},
		"no label":           {`{"labels": {"a b": "c"}}`, "policy.why.label", Place{1, 20}, ""},
		"no owner":           {`{"owners": {"netwrk-team": {}}}`, "policy.why.unknown", Place{1, 13}, `"network-team"`},
		"no key of an owner": {`{"owners": {"dns": {"phone": "1"}}}`, "policy.why.unknown", Place{1, 21}, ""},
		"what follows":       {"{}\n{}", "policy.why.more", Place{2, 1}, ""},
		"too large":          {strings.Repeat(" ", Largest+1), "policy.why.large", Place{1, 1}, ""},
		"many steps":         {`{"owners": {"dns": {"remedy": [` + strings.Repeat(`"x",`, mostSteps) + `"x"]}}}`, "policy.why.many", Place{1, 72}, ""},
	} {
		_, err := Parse([]byte(c.text))
		var w *Wrong
		if !errors.As(err, &w) || w.Text.ID() != c.id || w.Place != c.at || words.English().Tell(w.Hint) != c.hint {
			t.Errorf("%s: %+v, want %s at %v with hint %q", name, err, c.id, c.at, c.hint)
			if w != nil {
				t.Logf("got %s at %v", w.Text.ID(), w.Place)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte(`{"owners":{"dns":{"remedy":["x"]}},"labels":{}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Parse(b)
		var w *Wrong
		if err != nil && (!errors.As(err, &w) || w.Place.Line < 1 || w.Place.Column < 1) || err == nil && p == nil {
			t.Fatalf("%v, %v", p, err)
		}
	})
}

func verdict(id layer.ID, owner layer.Owner) *report.Verdict {
	return &report.Verdict{
		Status: finding.StatusFault,
		Layer:  &id,
		Owner:  words.English().Tell(words.Owner(owner)),
		Remedy: []string{"ours"},
	}
}

func TestTheCompanysOwnersStandInTheVerdict(t *testing.T) {
	p, err := Parse([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	special := verdict(layer.DNS, layer.NetworkTeam)
	special.Owner = "whoever runs the DNS filter"
	for name, c := range map[string]struct {
		v      *report.Verdict
		owner  string
		remedy []string
	}{
		"by owner":                           {verdict(layer.NetworkFirewall, layer.NetworkTeam), "Netz-Team", []string{"Contact Netz-Team: call 4711.", "Fill in form X.", "ours"}},
		"by layer, before by owner":          {verdict(layer.TLSInspection, layer.NetworkTeam), "the network team", []string{"Contact the network team: mail security@example.com.", "ours"}},
		"the place's owner, not the layer's": {verdict(layer.TLSInspection, layer.DesktopIT), "desktop IT", []string{"ours"}},
		"another layer's place at that team": {verdict(layer.LocalFirewall, layer.NetworkTeam), "Netz-Team", []string{"Contact Netz-Team: call 4711.", "Fill in form X.", "ours"}},
		"nobody that it names":               {verdict(layer.InternetPath, layer.Provider), "the internet provider", []string{"ours"}},
		"somebody in no list":                {special, "whoever runs the DNS filter", []string{"ours"}},
	} {
		p.Speak(words.English(), c.v)
		if c.v.Owner != c.owner || !reflect.DeepEqual(c.v.Remedy, c.remedy) {
			t.Errorf("%s: %s, %q", name, c.v.Owner, c.v.Remedy)
		}
	}
	undecided := &report.Verdict{Remedy: []string{"ours"}}
	p.Speak(words.English(), undecided)
	(*Policy)(nil).Speak(words.English(), undecided)
	if undecided.Owner != "" || len(undecided.Remedy) != 1 {
		t.Errorf("%+v", undecided)
	}
}
