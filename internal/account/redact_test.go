package account_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"wsdoctor/internal/account/world"
	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// secrets are what the sample tells of its company.
var secrets = []string{
	world.SampleDirectory, "d-906734e1b3", world.SampleUser, world.SampleWorkspace, "Q7W2E9", "ZZZZZZ", "123456789012",
	"109876543210", "HelpDesk", "jane", "corp.example.com", "corp-example", "old.example.com", "partner.example.net",
	"idp.example.com", "desktops.example.com", "EC2AMAZ-ABC123", "wsb-1a2b3c4d5", "10.20.1.77", "fd00:20:1::77",
	"10.20.1.10", "subnet-0a1", "subnet-0b2", "wsipg-4kf0vjq11", "offices", "nobody", "sg-0aaaaaaaaaaaaaaa1", "wsca-k3m7",
	"ABCDEFGHIJKL", "vpc-01", "eni-01", "eni-02", "3.5.7.9", "3.5.7.11", "pl-01", "rtb-01", "rtb-02", "nat-01", "igw-01",
	"acl-01", "vpce-0d1", "/limits", "198.51.100.9", "203.0.113.7",
}

// Nothing of it is in a redacted report, wherever it was said, and what is one thing has
// one name everywhere.
func TestARedactedReportTellsNothingOfTheAccount(t *testing.T) {
	q := user()
	q.All, q.Registration = true, world.SampleCode
	r := walk(t, world.Sample(), q)
	if r.err != nil {
		t.Fatal(r.err)
	}
	for _, key := range []string{"", "a key of a company"} {
		pseudonyms := report.PseudonymKey{}
		if key != "" {
			var err error
			if pseudonyms, err = report.ReadPseudonymKey(strings.NewReader(key)); err != nil {
				t.Fatal(err)
			}
		}
		run := report.Run{ID: "1", Vantage: probe.InAccount, StartedAt: time.Unix(0, 0)}
		b := report.New(report.Tool{Version: "1"}, run, report.Target{
			Region: "us-east-1", Protocol: "both", DirectoryID: world.SampleDirectory, Registration: "SLiad+******",
		})
		for i, o := range r.seen {
			o.ID = fmt.Sprintf("o%d", i+1)
			b.Observe(o)
		}
		for _, s := range secrets {
			if !strings.Contains(s, "/") && s != "Q7W2E9" && s != "ZZZZZZ" {
				b.Gap("what is said of " + s + ", and (" + s + ")")
			}
		}
		b.Gap("arn:aws:iam::998877665544:role/x, subnet-0123456789abcdef0, Account ID 998877665544, wsipg-9z8y7x6w5")
		judged := diagnose.Judge(diagnose.Input{
			Vantage: probe.InAccount, Protocol: probe.BothProtocols, Region: world.SampleRegion, Observations: r.seen,
		})
		whole := b.Finish(report.Tell(words.English(), judged), time.Second, false)
		redacted, err := report.NewKeyedRedactor(report.Names{}, pseudonyms).Report(whole).JSON()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range append([]string{"998877665544", "0123456789abcdef0", "9z8y7x6w5"}, secrets...) {
			stands := s == "203.0.113.7" && key == "" // of the network that pseudonyms are taken from
			if at := bytes.Index(bytes.ToLower(redacted), []byte(strings.ToLower(s))); at >= 0 && !stands {
				t.Errorf("%q: %s in …%s…", key, s, redacted[max(0, at-80):min(len(redacted), at+60)])
			}
		}
		fits(t, redacted)
		again, err := report.Parse(bytes.NewReader(redacted))
		if err != nil {
			t.Fatal(err)
		}
		one, other := "", ""
		for _, o := range again.Observations {
			switch d := o.Detail.(type) {
			case probe.RegisteredDetail:
				one = d.Directories[0].ID
			case probe.DirectoryServiceDetail:
				other = d.Directories[0].ID
			case probe.RoleDetail:
				if d.Name != "workspaces_DefaultRole" && d.Name != "service-role/AmazonWorkSpacesPCAAccess" {
					t.Errorf("%+v", d)
				}
			}
		}
		if one == "" || one != other || !strings.HasPrefix(one, "d-") {
			t.Errorf("%q and %q", one, other)
		}
	}
}

// fits holds a report against the published schema.
func fits(t *testing.T, b []byte) {
	t.Helper()
	var schema jsonschema.Schema
	var v map[string]any
	if err := errors.Join(json.Unmarshal(report.SchemaJSON, &schema), json.Unmarshal(b, &v)); err != nil {
		t.Fatal(err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := resolved.Validate(v); err != nil {
		t.Error(err)
	}
}
