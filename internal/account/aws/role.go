package aws

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"wsdoctor/internal/account"
	"wsdoctor/probe"
)

// The actions of RolePolicies.
const (
	listAttached = "iam:ListAttachedRolePolicies"
	listInline   = "iam:ListRolePolicies"
	getInline    = "iam:GetRolePolicy"
)

// madeByWorkSpaces begins the names of the inline policies that WorkSpaces once made.
const madeByWorkSpaces = "SkyLight"

// nameOf is a role's name without its path.
func nameOf(role string) *string {
	role = role[strings.LastIndexByte(role, '/')+1:]
	return &role
}

// Role is iam:GetRole.
func (c *client) Role(ctx context.Context, name string) (d probe.RoleDetail, err error) {
	o, err := c.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: nameOf(name)})
	if err != nil {
		return d, because(ctx, account.ActionOf(probe.AccountRole), err)
	}
	if o.Role == nil {
		return d, &account.Error{Action: account.ActionOf(probe.AccountRole), Failure: probe.MalformedReply}
	}
	d.Name = strings.TrimPrefix(word(o.Role.Path), "/") + word(o.Role.RoleName)
	d.Trusts = []probe.TrustRule{}
	for _, s := range statements(o.Role.AssumeRolePolicyDocument) {
		d.Trusts = append(d.Trusts, s.trust())
	}
	if b := o.Role.PermissionsBoundary; b != nil {
		d.Boundary = word(b.PermissionsBoundaryArn)
	}
	return d, nil
}

// RolePolicies is iam:ListAttachedRolePolicies, iam:ListRolePolicies, and iam:GetRolePolicy
// for those that WorkSpaces may have made. What is denied of it is told in Partial, unless
// all of it is.
func (c *client) RolePolicies(ctx context.Context, name string) (d probe.RolePoliciesDetail, err error) {
	d = probe.RolePoliciesDetail{Name: name, Attached: []string{}, Inline: []probe.InlinePolicy{}}
	attached, first := c.iam.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: nameOf(name)})
	if first = because(ctx, listAttached, first); first == nil {
		d.Attached = each(attached.AttachedPolicies, func(p types.AttachedPolicy) string { return word(p.PolicyName) })
	} else if !isDenied(first) {
		return probe.RolePoliciesDetail{}, first
	} else {
		d.Partial = append(d.Partial, listAttached)
	}
	inline, err := c.iam.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: nameOf(name)})
	switch err = because(ctx, listInline, err); {
	case err != nil && (first != nil || !isDenied(err)):
		return probe.RolePoliciesDetail{}, err
	case err != nil:
		d.Partial = append(d.Partial, listInline)
		return d, nil
	}
	names := texts(inline.PolicyNames)
	slices.SortStableFunc(names, func(a, b string) int {
		return rank(strings.HasPrefix(a, madeByWorkSpaces)) - rank(strings.HasPrefix(b, madeByWorkSpaces))
	})
	for i, policy := range names {
		p := probe.InlinePolicy{Name: policy, Narrow: true} // as long as it was not read
		if i < account.MostInline {
			o, err := c.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: nameOf(name), PolicyName: &policy})
			if err = because(ctx, getInline, err); err == nil {
				p = inlined(policy, o.PolicyDocument)
			} else if ctx.Err() != nil {
				return probe.RolePoliciesDetail{}, err
			} else if !slices.Contains(d.Partial, getInline) {
				d.Partial = append(d.Partial, getInline)
			}
		}
		d.Inline = append(d.Inline, p)
	}
	return d, nil
}

// rank puts what is so first.
func rank(so bool) int {
	if so {
		return 0
	}
	return 1
}

func isDenied(err error) bool {
	var said *account.Error
	return errors.As(err, &said) && said.Failure == probe.AccessDenied
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
func statements(document *string) []statement {
	if document == nil || len(*document) > mostBytes {
		return nil
	}
	text := *document
	if plain, err := url.PathUnescape(text); err == nil {
		text = plain
	}
	var several struct{ Statement []statement }
	if json.Unmarshal([]byte(text), &several) == nil {
		return several.Statement[:min(len(several.Statement), mostList)]
	}
	var one struct{ Statement statement }
	if json.Unmarshal([]byte(text), &one) == nil {
		return []statement{one.Statement}
	}
	return nil
}

func (s statement) trust() probe.TrustRule {
	return probe.TrustRule{
		Effect: text(s.Effect), Services: texts(s.Principal.services), Others: s.Principal.others || s.NotPrincipal != nil,
		Actions: texts(s.Action), Condition: len(s.Condition) > 0 || s.NotAction != nil || s.NotPrincipal != nil,
	}
}

func inlined(name string, document *string) probe.InlinePolicy {
	p := probe.InlinePolicy{Name: name}
	all := statements(document)
	for _, s := range all {
		actions := each(s.Action, func(a string) string { return strings.ToLower(text(a)) })
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
