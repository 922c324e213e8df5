package grant

import (
	"encoding/json"
	"slices"
	"testing"

	"wsdoctor/probe"
)

func TestWhoMayTakeARoleOn(t *testing.T) {
	for document, want := range map[string]probe.TrustRule{
		`{"Statement":[{"Effect":"Allow","Principal":{"Service":"workspaces.amazonaws.com"},"Action":"sts:AssumeRole"}]}`: {
			Effect: "Allow", Services: []string{"workspaces.amazonaws.com"}, Actions: []string{"sts:AssumeRole"},
		},
		`%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%22*%22%2C%22Action%22%3A` +
			`%5B%22a%2Bb%22%5D%7D%7D`: {
			Effect: "Allow", Services: []string{"*"}, Others: true, Actions: []string{"a+b"},
		},
		`{"Statement":[{"Effect":"Deny","NotPrincipal":{"AWS":"x"},"NotAction":"sts:*"}]}`: {
			Effect: "Deny", Services: []string{}, Others: true, Actions: []string{}, Condition: true,
		},
		`{"Statement":[{"Effect":"Allow","Principal":{"Service":["a","b"],"AWS":"1"},"Action":"*",` +
			`"Condition":{"Bool":{}}}]}`: {
			Effect: "Allow", Services: []string{"a", "b"}, Others: true, Actions: []string{"*"}, Condition: true,
		},
	} {
		got := Trusts(document)
		if len(got) != 1 || got[0].Effect != want.Effect || !slices.Equal(got[0].Services, want.Services) ||
			!slices.Equal(got[0].Actions, want.Actions) || got[0].Others != want.Others || got[0].Condition != want.Condition {
			t.Errorf("%s: %+v", document, got)
		}
	}
	for _, nothing := range []string{"", "{}", "no policy", "%zz", `{"Statement":"x"}`} {
		if got := Trusts(nothing); got == nil || len(got) > 0 {
			t.Errorf("%s: %+v", nothing, got)
		}
	}
}

func TestWhatARoleMayDo(t *testing.T) {
	plain := Inline("p", `{"Statement":{"Effect":"Allow","Action":["ec2:CreateNetworkInterface"],"Resource":"*"}}`)
	if plain.Narrow || !slices.Equal(plain.Allowed, []string{"ec2:createnetworkinterface"}) || plain.Denied != nil {
		t.Errorf("%+v", plain)
	}
	if p := Inline("p", `{"Statement":[{"Effect":"Deny","Action":"ec2:*","Resource":["*"]}]}`); p.Narrow ||
		!slices.Equal(p.Denied, []string{"ec2:*"}) {
		t.Errorf("%+v", p)
	}
	for _, narrow := range []string{
		`{"Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"arn:aws:ec2:*:*:subnet/x"}}`,
		`{"Statement":{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}}`,
		`{"Statement":{"Effect":"Allow","Action":"ec2:*","NotResource":"x"}}`,
		`{"Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"*","Condition":{"Bool":{}}}}`, `broken`,
	} {
		if p := Inline("p", narrow); !p.Narrow {
			t.Errorf("%s: %+v", narrow, p)
		}
	}
}

func FuzzStatements(f *testing.F) {
	f.Add(`{"Statement":[{"Effect":"Allow","Principal":"*","Action":["sts:AssumeRole"]}]}`)
	f.Add(`%7B%22Statement%22%3A%7B%22Principal%22%3A%7B%22Service%22%3A%5B%5D%7D%7D%7D`)
	f.Add(`{"Statement":[null,{"Principal":{"AWS":null}}]}`)
	f.Fuzz(func(t *testing.T, document string) {
		if rules := Trusts(document); rules == nil || len(rules) > mostStatements {
			t.Errorf("%d", len(rules))
		}
		if _, err := json.Marshal(Inline("x", document)); err != nil {
			t.Error(err)
		}
	})
}
