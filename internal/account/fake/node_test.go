//go:build awsmodels

package fake

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"wsdoctor/internal/account"
	"wsdoctor/internal/account/world"
	"wsdoctor/internal/lab/alone"
)

// nodeVariable names a folder with the packages of the SDK for JavaScript in it; see
// .ci/account.
const nodeVariable = "AWS_NODE"

func TestMain(m *testing.M) {
	alone.Enter()
	os.Exit(m.Run())
}

// unread are values that this reader does not know either.
var unread = map[string]int{"workspaces:DescribeClientProperties": 1} // ClientExperiencePolicy

// Another SDK finds as many values in an answer as there are in it: a key with a slip
// would be passed over.
func TestAnotherReaderFindsEveryValue(t *testing.T) {
	folder := os.Getenv(nodeVariable)
	if folder == "" {
		t.Fatalf("%s names no folder", nodeVariable)
	}
	s := &Server{World: world.Sample()}
	server := httptest.NewServer(s)
	defer server.Close()
	type ask struct {
		Action string `json:"action"`
		Input  object `json:"input"`
	}
	var asks []ask
	for action, q := range asked() {
		asks = append(asks, ask{action, input(action, q)})
	}
	script, err := filepath.Abs(filepath.Join("testdata", "reader.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	question, err := json.Marshal(object{"endpoint": server.URL, "asks": asks})
	if err != nil {
		t.Fatal(err)
	}
	limited, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(limited, "node", script)
	cmd.Dir, cmd.Stdin = folder, bytes.NewReader(question)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%.2000s", err, errs.String())
	}
	read := map[string]any{}
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatalf("%v in %.500s", err, out)
	}
	for action, q := range asked() {
		body, err := answers[action](t.Context(), s, q)
		if err != nil {
			t.Fatal(action, err)
		}
		want, got := values(t, action, body)-unread[action], leaves(read[action])
		if want < 1 || got != want {
			t.Errorf("%s: %d values are in the answer, and %d were read: %v", action, want, got, read[action])
		}
	}
	if len(read) != len(answers) {
		t.Errorf("%d of %d were read", len(read), len(answers))
	}
}

// input is what a request holds, as the SDK takes it.
func input(action string, q request) object {
	keys := map[string][]string{
		"workspaces:DescribeWorkspaceDirectories": {}, "workspaces:DescribeConnectionAliases": {},
		"workspaces:DescribeAccount": {}, "sts:GetCallerIdentity": {},
		"workspaces:DescribeWorkspaces":                 {"DirectoryId"},
		"workspaces:DescribeWorkspacesConnectionStatus": {"WorkspaceIds"},
		"workspaces:DescribeIpGroups":                   {"GroupIds"},
		"workspaces:DescribeClientProperties":           {"ResourceIds"},
		"ds:DescribeDirectories":                        {"DirectoryIds"},
		"ds:DescribeDomainControllers":                  {"DirectoryId"}, "ds:DescribeTrusts": {"DirectoryId"},
		"cloudtrail:LookupEvents":  {"LookupAttributes", "StartTime"},
		"cloudwatch:GetMetricData": {"MetricDataQueries", "StartTime"},
	}[action]
	in := object{}
	for _, key := range keys {
		in[key] = q.body[key]
	}
	if action == "workspaces:DescribeWorkspaceDirectories" {
		in["DirectoryIds"] = q.body["DirectoryIds"]
	}
	if action == "cloudwatch:GetMetricData" {
		in["EndTime"] = float64(world.SampleTime.Unix())
	}
	if name := q.form.Get("Filter.1.Name"); name != "" {
		filters := "Filters"
		if action == "ec2:DescribeNatGateways" {
			filters = "Filter"
		}
		in[filters] = []object{{"Name": name, "Values": q.filter(name)}}
	}
	if role := q.form.Get("RoleName"); role == account.DefaultRole && action[:4] == "iam:" {
		in["RoleName"] = role
		if action == "iam:GetRolePolicy" {
			in["PolicyName"] = q.form.Get("PolicyName")
		}
	}
	return in
}

// values counts those of an answer.
func values(t *testing.T, action string, body []byte) int {
	t.Helper()
	switch action[:3] {
	case "ec2", "iam", "sts":
		var root node
		if err := xml.Unmarshal(body, &root); err != nil {
			t.Fatal(err)
		}
		return texted(root)
	case "clo":
		if action == "cloudwatch:GetMetricData" {
			var v any
			if err := cbor.Unmarshal(body, &v); err != nil {
				t.Fatal(err)
			}
			return leaves(v)
		}
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	return leaves(v)
}

func texted(n node) int {
	if len(n.Kids) == 0 && n.Text != "" {
		return 1
	}
	count := 0
	for _, kid := range n.Kids {
		count += texted(kid)
	}
	return count
}

// leaves counts the values in lists and objects.
func leaves(v any) int {
	count := 0
	switch v := v.(type) {
	case nil:
	case []any:
		for _, each := range v {
			count += leaves(each)
		}
	case object, map[any]any:
		for _, each := range keyed(v) {
			count += leaves(each)
		}
	default:
		return 1
	}
	return count
}
