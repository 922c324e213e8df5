package fake

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"net/url"
	"strconv"
	"strings"

	"wsdoctor/probe"
)

// tag is an element and what is in it, leaf one with a text; a leaf without one is not
// there.
func tag(name string, inside ...string) string {
	return "<" + name + ">" + strings.Join(inside, "") + "</" + name + ">"
}

func leaf(name, text string) string {
	if text == "" {
		return ""
	}
	var escaped bytes.Buffer
	xml.EscapeText(&escaped, []byte(text))
	return tag(name, escaped.String())
}

func document(root string) []byte { return []byte(xml.Header + root) }

// items are elements of one name.
func items[T any](name string, list []T, of func(T) string) string {
	var all []string
	for _, v := range list {
		all = append(all, tag(name, of(v)))
	}
	return strings.Join(all, "")
}

// member are texts as the query protocol lists them.
func member(list []string) string {
	var all string
	for _, s := range list {
		all += leaf("member", s)
	}
	return all
}

var queryAnswers = map[string]answer{
	"sts:GetCallerIdentity": func(ctx context.Context, s *Server, _ request) ([]byte, error) {
		d, err := s.api().Identity(ctx)
		arn := "arn:" + d.Partition + ":sts::" + d.Account + ":" + d.Principal
		return document(tag("GetCallerIdentityResponse", tag("GetCallerIdentityResult",
			leaf("Arn", arn), leaf("UserId", "AROAEXAMPLE:jane"), leaf("Account", d.Account)))), err
	},
	"iam:GetRole": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		name := s.withPath(q.form.Get("RoleName"))
		d, err := s.api().Role(ctx, name)
		if err != nil {
			return nil, err
		}
		path := "/" + strings.TrimSuffix(name, q.form.Get("RoleName"))
		boundary := ""
		if d.Boundary != "" {
			boundary = tag("PermissionsBoundary", leaf("PermissionsBoundaryType", "Policy"),
				leaf("PermissionsBoundaryArn", d.Boundary))
		}
		return document(tag("GetRoleResponse", tag("GetRoleResult", tag("Role",
			leaf("Path", path), leaf("RoleName", q.form.Get("RoleName")), leaf("RoleId", "AROAEXAMPLE"),
			leaf("Arn", "arn:aws:iam::"+s.World.Identity.Account+":role"+path+q.form.Get("RoleName")),
			leaf("CreateDate", "2020-01-01T00:00:00Z"),
			leaf("AssumeRolePolicyDocument", escaped(trustDocument(d.Trusts))), boundary)))), nil
	},
	"iam:ListAttachedRolePolicies": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		d, err := s.api().RolePolicies(ctx, s.withPath(q.form.Get("RoleName")))
		list := items("member", d.Attached, func(name string) string {
			return leaf("PolicyName", name) + leaf("PolicyArn", "arn:aws:iam::aws:policy/"+name)
		})
		return document(tag("ListAttachedRolePoliciesResponse", tag("ListAttachedRolePoliciesResult",
			leaf("IsTruncated", "false"), tag("AttachedPolicies", list)))), err
	},
	"iam:ListRolePolicies": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		d, err := s.api().RolePolicies(ctx, s.withPath(q.form.Get("RoleName")))
		var names []string
		for _, p := range d.Inline {
			names = append(names, p.Name)
		}
		return document(tag("ListRolePoliciesResponse", tag("ListRolePoliciesResult",
			leaf("IsTruncated", "false"), tag("PolicyNames", member(names))))), err
	},
	"iam:GetRolePolicy": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		d, err := s.api().RolePolicies(ctx, s.withPath(q.form.Get("RoleName")))
		for _, p := range d.Inline {
			if p.Name == q.form.Get("PolicyName") {
				return document(tag("GetRolePolicyResponse", tag("GetRolePolicyResult",
					leaf("RoleName", q.form.Get("RoleName")), leaf("PolicyName", p.Name),
					leaf("PolicyDocument", escaped(inlineDocument(p)))))), err
			}
		}
		return nil, errMissing
	},
}

// withPath is the world's name of a role.
func (s *Server) withPath(name string) string {
	for _, r := range s.World.Roles {
		if r.Name == name || strings.HasSuffix(r.Name, "/"+name) {
			return r.Name
		}
	}
	return name
}

// escaped is how IAM writes a document in an answer (RFC 3986; GetRole, API reference).
func escaped(document object) string {
	b, _ := json.Marshal(document)
	return strings.ReplaceAll(url.QueryEscape(string(b)), "+", "%20")
}

func trustDocument(rules []probe.TrustRule) object {
	statements := []object{}
	for _, r := range rules {
		principal := object{}
		if len(r.Services) == 1 {
			principal["Service"] = r.Services[0] // AWS writes one without a list
		} else if len(r.Services) > 1 {
			principal["Service"] = r.Services
		}
		if r.Others {
			principal["AWS"] = "arn:aws:iam::210987654321:root"
		}
		o := object{"Effect": r.Effect, "Principal": principal, "Action": r.Actions}
		if len(r.Actions) == 1 {
			o["Action"] = r.Actions[0]
		}
		if r.Condition {
			o["Condition"] = object{"StringEquals": object{"sts:ExternalId": "a b+c"}}
		}
		statements = append(statements, o)
	}
	return object{"Version": "2012-10-17", "Statement": statements}
}

func inlineDocument(p probe.InlinePolicy) object {
	statements := []object{}
	resource := "*"
	if p.Narrow {
		resource = "arn:aws:ec2:*:*:subnet/*"
	}
	for effect, actions := range map[string][]string{"Allow": p.Allowed, "Deny": p.Denied} {
		if len(actions) > 0 {
			statements = append(statements, object{"Effect": effect, "Action": actions, "Resource": resource})
		}
	}
	return object{"Version": "2012-10-17", "Statement": statements}
}

func whole(n int) string { return strconv.Itoa(n) }
