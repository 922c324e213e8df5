package account

import (
	"encoding/json"
	"slices"
	"strings"
)

// document is a policy of IAM.
type document struct {
	Version   string
	Statement []permit
}

type permit struct {
	Sid      string
	Effect   string
	Action   []string
	Resource any // a text, or a list
}

// Policy is the smallest policy with which everything can be asked, in the partition of a
// Region. The calls that describe take no resource (Service Authorization Reference);
// those of IAM are for the two roles of WorkSpaces alone. Asking who one is needs none.
func Policy(region string) ([]byte, error) {
	read := permit{Sid: "WsdoctorRead", Effect: "Allow", Resource: "*"}
	roles := permit{Sid: "WsdoctorRoles", Effect: "Allow", Resource: []string{
		"arn:" + Partition(region) + ":iam::*:role/" + DefaultRole,
		"arn:" + Partition(region) + ":iam::*:role/" + CertificateRole,
	}}
	for _, action := range Actions() {
		switch service, _, _ := strings.Cut(action, ":"); service {
		case "sts":
		case "iam":
			roles.Action = append(roles.Action, action)
		default:
			read.Action = append(read.Action, action)
		}
	}
	slices.Sort(read.Action)
	slices.Sort(roles.Action)
	b, err := json.MarshalIndent(document{"2012-10-17", []permit{read, roles}}, "", "  ")
	return append(b, '\n'), err
}

// Partition is the part of AWS in which a Region is; that of most if none is named.
func Partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}
