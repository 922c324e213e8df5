package diagnose

import (
	"wsdoctor/internal/account/world"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// secondEndpoints are accounts whose streaming endpoint looks wrong, or is.
func secondEndpoints() []secondCase {
	gateway := just(layer.StreamingGateway)
	pcoip := func(s *second) { s.mine().Protocols = []string{"PCOIP"} }
	return []secondCase{
		{
			name: "endpoint that is sound", status: quiet,
			why: "nothing is wrong",
			do:  func(s *second) { s.streamsBy("10.0.0.0/8") },
		}, {
			name: "endpoint whose group names another group", status: mild,
			why: "users in the VPC come from members of that group",
			do: func(s *second) {
				s.streamsBy()
				s.group("sg-0a00000000000005").Ingress = []probe.AccessRule{{Protocol: "all", Last: 65535, Groups: []string{world.Members}}}
			},
		}, {
			name: "endpoint whose group names a prefix list", status: mild,
			why: "whom the list holds was not read",
			do: func(s *second) {
				s.streamsBy()
				s.group("sg-0a00000000000005").Ingress = []probe.AccessRule{{Protocol: "all", Last: 65535, Lists: []string{"pl-0a00000000000001"}}}
			},
		}, {
			name: "endpoint open on 443 alone", status: unwell, layers: gateway, suspects: gateway, most: finding.Likely,
			why: "today's clients may stream by 443; AWS asks for 4195 too",
			do: func(s *second) {
				s.streamsBy()
				s.group("sg-0a00000000000005").Ingress = []probe.AccessRule{rule("tcp", 443, 443, "10.0.0.0/8"), rule("udp", 443, 443, "10.0.0.0/8")}
			},
		}, {
			name: "endpoint open on TCP alone", status: calm, layers: gateway,
			why: "DCV falls back to TCP",
			do: func(s *second) {
				s.streamsBy()
				s.group("sg-0a00000000000005").Ingress = []probe.AccessRule{rule("tcp", 443, 443, "10.0.0.0/8"), rule("tcp", 4195, 4195, "10.0.0.0/8")}
			},
		}, {
			name: "endpoint with a second group that is open", status: quiet,
			why: "what one group permits is permitted",
			do: func(s *second) {
				e := s.streamsBy()
				e.Groups = append([]string{aside}, e.Groups...)
				s.Groups = append(s.Groups, probe.SecurityGroup{ID: aside, VPC: world.VPCID, Ingress: []probe.AccessRule{}})
			},
		}, {
			name: "endpoint in another VPC", status: quiet,
			why: "users reach it by their VPN; it needs not be where WorkSpaces are",
			do:  func(s *second) { s.streamsBy("10.0.0.0/8").VPC = "vpc-0b00000000000001" },
		}, {
			name: "endpoint in one subnet", status: calm, layers: gateway,
			why: "less available, and available",
			do: func(s *second) {
				e := s.streamsBy("10.0.0.0/8")
				e.Subnets = e.Subnets[:1]
			},
		}, {
			name: "endpoint of another account", status: wary, layers: gateway, suspects: gateway,
			why: "a directory streams by an endpoint of its own account alone",
			do:  func(s *second) { s.streamsBy("10.0.0.0/8").Owner = "210987654321" },
		}, {
			name: "endpoint that is being made", status: wary, layers: gateway, suspects: gateway,
			why: "nobody with DCV can stream until it is available",
			do:  func(s *second) { s.streamsBy("10.0.0.0/8").State = "pending" },
		}, {
			name: "endpoint of another service", status: wary, layers: gateway, suspects: gateway,
			why: "the endpoint of the API serves administrators and carries no stream",
			do:  func(s *second) { s.streamsBy("10.0.0.0/8").Service = "com.amazonaws.us-east-1.workspaces" },
		}, {
			name: "endpoint with names for both, and PCoIP by the internet", status: calm, layers: gateway,
			why: "PCoIP asks no endpoint, and is let out to the internet",
			do:  func(s *second) { pcoip(s); s.streamsBy("10.0.0.0/8").Records = "dualstack" },
		}, {
			name: "endpoint that is gone, and PCoIP by the internet", status: calm, layers: gateway,
			why: "PCoIP asks no endpoint, and is let out to the internet",
			do:  func(s *second) { pcoip(s); s.streamsBy("10.0.0.0/8"); s.Endpoints = nil },
		}, {
			name: "endpoint that is gone", status: broken, layers: gateway,
			why: "DCV streams by that endpoint or not at all",
			do:  func(s *second) { s.streamsBy("10.0.0.0/8"); s.Endpoints = nil },
		}, {
			name: "PCoIP, and nothing else odd", status: quiet,
			why: "it ends in 2027, not today",
			do:  pcoip,
		},
	}
}

// secondRoles are accounts whose roles look wrong, or are.
func secondRoles() []secondCase {
	directory := just(layer.Directory)
	return []secondCase{
		{
			name: "a role that two services take on", status: quiet,
			why: "one statement that trusts WorkSpaces is enough",
			do: func(s *second) {
				s.Roles[0].Trusts = []probe.TrustRule{
					{Effect: "Allow", Services: []string{"ec2.amazonaws.com"}, Actions: []string{"sts:AssumeRole"}},
					{Effect: "Allow", Services: []string{"workspaces.amazonaws.com"}, Actions: []string{"sts:*"}},
				}
			},
		}, {
			name: "a role trusted under a condition", status: calm,
			why: "a condition on the account is AWS's advice against confused deputies",
			do:  func(s *second) { s.Roles[0].Trusts[0].Condition = true },
		}, {
			name: "a role with a boundary, and a WorkSpace that runs", status: calm, layers: directory,
			why: "it may cut launches; this WorkSpace was launched",
			do:  func(s *second) { s.Roles[0].Boundary = "arn:aws:iam::" + world.Account + ":policy/limits" },
		}, {
			name: "a role of another name", status: calm, layers: nil, spared: directory,
			why: "the directory was registered with a role of its own; nobody needs the default one",
			do: func(s *second) {
				s.dir().Role = "arn:aws:iam::" + world.Account + ":role/platform/WorkSpacesRole"
				s.Roles, s.Policies = nil, nil
			},
		}, {
			name: "a role of another name, and a launch that failed", status: unwell, layers: just(layer.StreamingHost), spared: directory, suspects: just(layer.StreamingHost),
			why: "the role that is missing is not the one that launches here",
			do: func(s *second) {
				s.dir().Role = "arn:aws:iam::" + world.Account + ":role/platform/WorkSpacesRole"
				s.Roles, s.Policies = nil, nil
				s.mine().State = "ERROR"
			},
		}, {
			name: "a policy of the company's own", status: calm, layers: nil,
			why: "what a customer's managed policy permits was not read",
			do:  func(s *second) { s.Policies[0].Attached = []string{"CompanyWorkSpacesPolicy"} },
		}, {
			name: "an inline policy for all of EC2", status: quiet,
			why: "ec2:* holds what WorkSpaces needs",
			do: func(s *second) {
				s.Policies[0] = probe.RolePoliciesDetail{Name: "workspaces_DefaultRole", Inline: []probe.InlinePolicy{{Name: "all", Allowed: []string{"ec2:*", "workspaces:*"}}}}
			},
		}, {
			name: "role missing, and the WorkSpace runs", status: calm, layers: directory,
			why: "running WorkSpaces go on; the next launch fails",
			do:  func(s *second) { s.Roles, s.Policies = nil, nil },
		}, {
			name: "role missing, and the launch failed", status: broken, layers: just(layer.StreamingHost, layer.Directory),
			why: "either says it: the state, and its reason",
			do:  func(s *second) { s.Roles, s.Policies = nil, nil; s.mine().State = "ERROR" },
		}, {
			name: "certificates for logon, and no role to issue them", status: unwell, layers: directory, suspects: directory,
			why: "the user is asked for a password (C9)",
			do: func(s *second) {
				s.dir().SAML, s.dir().SAMLURL, s.dir().Certificates = "ENABLED", "https://idp.example.com/app", "ENABLED"
			},
		},
	}
}

// secondCounters are accounts of which CloudWatch tells something odd, or something else.
func secondCounters() []secondCase {
	behind := just(layer.StreamingHost, layer.WorkspaceFirewall, layer.ManagementInterface, layer.NetworkFirewall, layer.StreamingGateway)
	return []secondCase{
		{
			name: "attempts fail, while others of the directory succeed", status: open, suspects: behind, spared: just(layer.Directory, layer.DirectoryDNS),
			why: "sign-in passed; inside, or this user's network",
			do: func(s *second) {
				s.Series = append(s.Series, counted("ConnectionAttempt", 5, 2), counted("ConnectionFailure", 5, 2),
					world.Counted("ConnectionAttempt", "DirectoryId", world.DirectoryID, 5, 8), world.Counted("ConnectionSuccess", "DirectoryId", world.DirectoryID, 5, 6),
					world.Counted("ConnectionFailure", "DirectoryId", world.DirectoryID, 5, 2))
			},
		}, {
			name: "the second attempt succeeded", status: quiet,
			why: "the user is in",
			do: func(s *second) {
				s.Series = append(s.Series, counted("ConnectionAttempt", 5, 2), counted("ConnectionFailure", 5, 1), counted("ConnectionSuccess", 5, 1))
			},
		}, {
			name: "no attempts, and no complaint", status: quiet,
			why: "a user who does not try has no fault",
			do:  func(s *second) { s.Series = nil },
		}, {
			name: "unhealthy yesterday", status: quiet,
			why: "it is available now",
			do:  func(s *second) { s.Series = append(s.Series, counted("Unhealthy", 1100, 1)) },
		}, {
			name: "failures of others in the directory", status: mild, layers: nil,
			why: "this user connected three hours ago, and has not tried since",
			do: func(s *second) {
				s.Series = append(s.Series, world.Counted("ConnectionAttempt", "DirectoryId", world.DirectoryID, 5, 2), world.Counted("ConnectionFailure", "DirectoryId", world.DirectoryID, 5, 2))
			},
		}, {
			name: "failures before the WorkSpace was connected again", status: quiet,
			why: "CONNECTED now: whatever failed is over",
			do: func(s *second) {
				s.World.Connections[0].State, s.World.Connections[0].LastAt = "CONNECTED", world.Now
				s.Series = append(s.Series, counted("ConnectionAttempt", 30, 2), counted("ConnectionFailure", 30, 2))
			},
		}, {
			name: "latency of a distant user", status: mild, layers: just(layer.InternetPath, layer.NetworkFirewall),
			why: "300 ms is slow for DCV, and works",
			do:  func(s *second) { s.Series = append(s.Series, counted("InSessionLatency", 5, 300)) },
		}, {
			name: "everything was healthy, and the client says that it is not authorized", status: mild, symptom: "not-authorized", layers: nil,
			why: "the account has no group and denies no device; a text on a screen accuses nobody",
			do:  func(*second) {},
		}, {
			name: "an administrator tried to change something in vain", status: quiet,
			why: "a call that was refused changed nothing",
			do: func(s *second) {
				s.Changes["workspaces.amazonaws.com"] = []probe.Change{{At: world.Now.Add(-600e9), Event: "DeregisterWorkspaceDirectory", Failed: "AccessDeniedException"}}
			},
		},
	}
}
