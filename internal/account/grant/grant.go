// Package grant reads policy documents of IAM, as far as it takes to know who may take a
// role on, and what WorkSpaces may do with one. It does not work out what a policy comes
// to: where conditions, resources or exceptions decide that, it says so.
package grant

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"wsdoctor/probe"
)

// Bounds of a document. IAM's own are far below (IAM user guide, "IAM and AWS STS quotas").
const (
	mostBytes      = 1 << 18
	mostStatements = 200
	mostActions    = 1000 // of a statement
	longest        = 300  // runes of a text
)

// texts are cleaned for display. Never nil.
func texts(list []string) []string {
	cleaned := make([]string, 0, min(len(list), mostActions))
	for _, s := range list[:min(len(list), mostActions)] {
		cleaned = append(cleaned, probe.Clean(s, longest))
	}
	return cleaned
}

// statement is one of a policy document (IAM user guide, "IAM JSON policy elements").
type statement struct {
	Effect       string
	Principal    principals
	NotPrincipal json.RawMessage
	Action       oneOrMore
	NotAction    json.RawMessage
	Resource     oneOrMore
	NotResource  json.RawMessage
	Condition    map[string]json.RawMessage
}

// statements reads a document, which IAM gives with its characters escaped as in a URL
// (GetRole, API reference). One that cannot be read has none.
func statements(text string) []statement {
	if len(text) > mostBytes {
		return nil
	}
	if plain, err := url.PathUnescape(text); err == nil {
		text = plain
	}
	var several struct{ Statement []statement }
	if json.Unmarshal([]byte(text), &several) == nil {
		return several.Statement[:min(len(several.Statement), mostStatements)]
	}
	var one struct{ Statement statement }
	if json.Unmarshal([]byte(text), &one) == nil {
		return []statement{one.Statement}
	}
	return nil
}

// Trusts are the rules of a role's trust policy. Never nil.
func Trusts(document string) []probe.TrustRule {
	rules := []probe.TrustRule{}
	for _, s := range statements(document) {
		rules = append(rules, s.trust())
	}
	return rules
}

func (s statement) trust() probe.TrustRule {
	return probe.TrustRule{
		Effect: probe.Clean(s.Effect, longest), Services: texts(s.Principal.services),
		Others:  s.Principal.others || s.NotPrincipal != nil,
		Actions: texts(s.Action), Condition: len(s.Condition) > 0 || s.NotAction != nil || s.NotPrincipal != nil,
	}
}

// Inline is what a policy that is written into a role lets it do.
func Inline(name, document string) probe.InlinePolicy {
	p := probe.InlinePolicy{Name: name}
	all := statements(document)
	for _, s := range all {
		actions := texts(s.Action)
		for i := range actions {
			actions[i] = strings.ToLower(actions[i])
		}
		if s.Effect == "Deny" {
			p.Denied = append(p.Denied, actions...)
		} else {
			p.Allowed = append(p.Allowed, actions...)
		}
		everything := slices.Contains(s.Resource, "*")
		p.Narrow = p.Narrow || len(s.Condition) > 0 || s.NotAction != nil || s.NotResource != nil || !everything
	}
	p.Narrow = p.Narrow || len(all) == 0
	return p
}

// oneOrMore is a text, or a list of them.
type oneOrMore []string

// UnmarshalJSON reads either.
func (l *oneOrMore) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*l = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(l))
}

// principals are whom a statement is about: anybody, or some of several kinds.
type principals struct {
	services oneOrMore
	others   bool
}

// UnmarshalJSON reads "*" or an object by kinds.
func (p *principals) UnmarshalJSON(b []byte) error {
	var anybody string
	if json.Unmarshal(b, &anybody) == nil {
		p.services, p.others = oneOrMore{anybody}, true
		return nil
	}
	var kinds map[string]oneOrMore
	if err := json.Unmarshal(b, &kinds); err != nil {
		return err
	}
	p.services = kinds["Service"]
	delete(kinds, "Service")
	p.others = len(kinds) > 0
	return nil
}
