package account

import (
	"strings"
	"time"

	"wsdoctor/internal/plan"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// calls are what may be asked, in the order in which it is, and by which actions.
var calls = []struct {
	operation probe.Operation
	key       string   // of its step, and of the message that says what is looked at
	actions   []string // as an IAM policy names them; the first stands for all
}{
	{probe.AccountIdentity, "identity", []string{"sts:GetCallerIdentity"}},
	{probe.AccountDirectories, "directories", []string{"workspaces:DescribeWorkspaceDirectories"}},
	{probe.AccountWorkspaces, "workspaces", []string{"workspaces:DescribeWorkspaces"}},
	{probe.AccountConnections, "connections", []string{"workspaces:DescribeWorkspacesConnectionStatus"}},
	{probe.AccountIPGroups, "ip-groups", []string{"workspaces:DescribeIpGroups"}},
	{probe.AccountDirectoryService, "directory-service", []string{"ds:DescribeDirectories"}},
	{probe.AccountInterfaces, "interfaces", []string{"ec2:DescribeNetworkInterfaces"}},
	{probe.AccountAliases, "aliases", []string{"workspaces:DescribeConnectionAliases"}},
	{probe.AccountClients, "clients", []string{"workspaces:DescribeClientProperties"}},
	{probe.AccountControllers, "controllers", []string{"ds:DescribeDomainControllers"}},
	{probe.AccountTrusts, "trusts", []string{"ds:DescribeTrusts"}},
	{probe.AccountRole, "role", []string{"iam:GetRole"}},
	{probe.AccountRolePolicies, "role-policies", []string{
		"iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:GetRolePolicy",
	}},
	{probe.AccountTenancy, "tenancy", []string{"workspaces:DescribeAccount"}},
	{probe.AccountVPCEndpoints, "vpc-endpoints", []string{"ec2:DescribeVpcEndpoints"}},
	{probe.AccountSecurityGroups, "security-groups", []string{"ec2:DescribeSecurityGroups"}},
	{probe.AccountRouteTables, "route-tables", []string{"ec2:DescribeRouteTables"}},
	{probe.AccountNATGateways, "nat-gateways", []string{"ec2:DescribeNatGateways"}},
	{probe.AccountInternetGateways, "internet-gateways", []string{"ec2:DescribeInternetGateways"}},
	{probe.AccountMetrics, "metrics", []string{"cloudwatch:GetMetricData"}},
	{probe.AccountChanges, "changes", []string{"cloudtrail:LookupEvents"}},
	{probe.AccountSubnets, "subnets", []string{"ec2:DescribeSubnets"}},
	{probe.AccountNetworkACLs, "network-acls", []string{"ec2:DescribeNetworkAcls"}},
	{probe.AccountVPCs, "vpcs", []string{"ec2:DescribeVpcs"}},
}

// Actions are all that is ever asked, as an IAM policy names it.
func Actions() (all []string) {
	for _, c := range calls {
		all = append(all, c.actions...)
	}
	return all
}

// ActionOf gives the action that stands for an operation.
func ActionOf(op probe.Operation) string { return actionsOf(op)[0] }

func actionsOf(op probe.Operation) []string {
	for _, c := range calls {
		if c.operation == op {
			return c.actions
		}
	}
	return []string{""}
}

// Steps are those of every walk.
func Steps() (steps []plan.Step) {
	for _, c := range calls {
		steps = append(steps, stepFor(c.operation))
	}
	return steps
}

// stepFor is the step of an operation. Its endpoint is the service, its host the action.
func stepFor(op probe.Operation) plan.Step {
	action := ActionOf(op)
	service, _, _ := strings.Cut(action, ":")
	return plan.Step{
		ID:      stepOf(op),
		Probe:   service,
		Target:  probe.Target{Endpoint: service, Host: action},
		After:   []string{},
		Timeout: probe.Millis(callTimeout),
		Why:     words.Say("account.why." + keyOf(op)),
	}
}

func stepOf(op probe.Operation) string { return "account/" + keyOf(op) }

// keyOf is the name of an operation in steps and messages.
func keyOf(op probe.Operation) string {
	for _, c := range calls {
		if c.operation == op {
			return c.key
		}
	}
	return string(op)
}

// Plan is everything that a walk may ask, for `--plan`. No packet is needed for it.
func Plan(q Question, limit time.Duration) plan.Plan {
	p := plan.Plan{Region: q.Region, Timeout: probe.Millis(limit), Steps: Steps()}
	budget := words.Say("account.note.all")
	if most := q.Most(); most > 0 {
		budget = words.Say("account.note.budget", words.Args{"most": most})
	}
	p.Notes = []words.Text{
		words.Say("account.note.hosts", words.Args{"hosts": words.Names(Hosts(q.Region))}), budget,
		words.Say("account.note.reads"),
	}
	return p
}

// Hosts are the endpoints of the APIs in a Region (AWS General Reference, service
// endpoints); the environment and the profile may name others.
func Hosts(region string) []string {
	suffix, iam := "amazonaws.com", "iam.amazonaws.com"
	switch {
	case strings.HasPrefix(region, "cn-"):
		suffix, iam = "amazonaws.com.cn", "iam.cn-north-1.amazonaws.com.cn"
	case strings.HasPrefix(region, "us-gov-"):
		iam = "iam.us-gov.amazonaws.com"
	}
	var hosts []string
	for _, service := range []string{"sts", "workspaces", "ds", "ec2", "monitoring", "cloudtrail"} {
		hosts = append(hosts, service+"."+region+"."+suffix)
	}
	return append(hosts, iam)
}
