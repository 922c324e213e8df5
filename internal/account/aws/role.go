package aws

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"wsdoctor/internal/account"
	"wsdoctor/internal/account/grant"
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
	d.Trusts = grant.Trusts(aws.ToString(o.Role.AssumeRolePolicyDocument))
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
				p = grant.Inline(policy, aws.ToString(o.PolicyDocument))
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
