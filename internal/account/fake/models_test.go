//go:build awsmodels

package fake

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"wsdoctor/internal/account"
	"wsdoctor/internal/account/world"
)

// modelsVariable names the folder apis of the npm package aws-sdk, which holds AWS's own
// descriptions of what its APIs answer; see .ci/account.
const modelsVariable = "AWS_MODELS"

// models are the files of the services.
var models = map[string]string{
	"workspaces": "workspaces-2015-04-08", "ds": "ds-2015-04-16", "cloudtrail": "cloudtrail-2013-11-01",
	"iam": "iam-2010-05-08", "sts": "sts-2011-06-15", "ec2": "ec2-2016-11-15", "cloudwatch": "monitoring-2010-08-01",
}

// newer are members that those descriptions, which are no longer made, do not know. They
// are members of the SDK's types (ClientExperiencePolicy excepted, which is newer still),
// which the adapter's test proves by reading them.
var newer = map[string]bool{
	"AccessEndpointConfig": true, "DnsIpv6Addresses": true, "EndpointEncryptionMode": true, "GlobalAccelerator": true,
	"DeviceTypeWorkSpacesThinClient": true, "ClientExperiencePolicy": true, "Ipv6Address": true, "DnsIpv6Addrs": true,
	"NetworkType": true,
}

// shape is a type of a model.
type shape struct {
	Shape         string
	Type          string
	Members       map[string]*shape
	Member        *shape
	LocationName  string
	Flattened     bool
	ResultWrapper string
}

type model struct {
	Operations map[string]struct{ Output *shape }
	Shapes     map[string]*shape
	used       map[string]bool
}

// whole is a shape with what its name stands for.
func (m *model) whole(s *shape) *shape {
	if s == nil || s.Shape == "" {
		return s
	}
	full := *m.Shapes[s.Shape]
	full.LocationName = s.LocationName
	return &full
}

// asked are requests to every action, by what they hold.
func asked() map[string]request {
	list := func(values ...string) (all []any) {
		for _, v := range values {
			all = append(all, v)
		}
		return all
	}
	filter := func(name string, values ...string) url.Values {
		form := url.Values{"Filter.1.Name": {name}}
		for i, v := range values {
			form.Set(fmt.Sprintf("Filter.1.Value.%d", i+1), v)
		}
		return form
	}
	role := url.Values{"RoleName": {account.DefaultRole}, "PolicyName": {"SkyLightServiceAccess"}}
	metric := object{
		"Id": "m0", "MetricStat": object{"Stat": "Sum", "Metric": object{
			"Namespace": "AWS/WorkSpaces", "MetricName": "ConnectionAttempt",
			"Dimensions": []any{object{"Name": "WorkspaceId", "Value": world.SampleWorkspace}},
		}},
	}
	event := object{"AttributeKey": "EventSource", "AttributeValue": account.EventSources[0]}
	of := object{
		"DirectoryId": world.SampleDirectory, "DirectoryIds": list(world.SampleDirectory), "WorkspaceIds": nil,
		"GroupIds": list(world.Sample().Directories[0].IPGroups...), "ResourceIds": list(world.SampleDirectory),
		"LookupAttributes": []any{event}, "StartTime": 0.0, "MetricDataQueries": []any{metric},
	}
	all := map[string]request{}
	for action := range answers {
		q := request{action: action, body: maps.Clone(of), form: role}
		if action == "cloudwatch:GetMetricData" {
			q.wire = cborRPC
		}
		switch action {
		case "workspaces:DescribeWorkspacesConnectionStatus":
			q.body["WorkspaceIds"] = list(world.SampleWorkspace)
		case "ds:DescribeDirectories":
			q.body["DirectoryIds"] = list(world.SampleDirectory, "d-906734e1b3")
		case "ec2:DescribeNetworkInterfaces":
			q.form = filter("addresses.private-ip-address", "10.20.1.77")
		case "ec2:DescribeSecurityGroups":
			q.form = filter("group-id", "sg-0aaaaaaaaaaaaaaa1", "sg-0aaaaaaaaaaaaaaa3")
		case "ec2:DescribeSubnets":
			q.form = filter("subnet-id", "subnet-0a1")
		case "ec2:DescribeRouteTables":
			q.form = filter("vpc-id", "vpc-01")
		case "ec2:DescribeVpcs":
			q.form = filter("vpc-id", "vpc-01")
		case "ec2:DescribeNatGateways":
			q.form = filter("nat-gateway-id", "nat-01")
		case "ec2:DescribeInternetGateways":
			q.form = filter("attachment.vpc-id", "vpc-01")
		case "ec2:DescribeNetworkAcls":
			q.form = filter("association.subnet-id", "subnet-0a1")
		case "ec2:DescribeVpcEndpoints":
			q.form = filter("vpc-endpoint-id", "vpce-0d1")
		}
		all[action] = q
	}
	return all
}

// Every answer is one that AWS describes: each key is a member, each value of its type.
func TestAnswersAreThoseThatAWSDescribes(t *testing.T) {
	folder := os.Getenv(modelsVariable)
	if folder == "" {
		t.Fatalf("%s names no folder", modelsVariable)
	}
	unused := maps.Clone(newer)
	s := &Server{World: world.Sample(), Page: 1} // so that there are tokens
	for action, q := range asked() {
		service, name, _ := strings.Cut(action, ":")
		b, err := os.ReadFile(filepath.Join(folder, models[service]+".min.json"))
		if err != nil {
			t.Fatal(err)
		}
		var m model
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		output := m.whole(m.Operations[name].Output)
		if output == nil {
			t.Errorf("AWS has no %s", action)
			continue
		}
		body, err := answers[action](t.Context(), s, q)
		if err != nil {
			t.Fatal(action, err)
		}
		w := walker{t, &m, unused, 0}
		switch service {
		case "ec2", "iam", "sts":
			w.document(action, body, output)
		case "cloudwatch":
			var v any
			if err := cbor.Unmarshal(body, &v); err != nil {
				t.Fatal(err)
			}
			w.value(action, v, output)
		default:
			var v any
			if err := json.Unmarshal(body, &v); err != nil {
				t.Fatal(err)
			}
			w.value(action, v, output)
		}
		if w.seen < 2 {
			t.Errorf("%s answers with %d values: %s", action, w.seen, body)
		}
	}
	for member := range unused {
		t.Errorf("%s is known, or not answered", member)
	}
}

type walker struct {
	t      *testing.T
	m      *model
	unused map[string]bool
	seen   int
}

// member gives the shape of a key, nil for one that is newer than the model.
func (w *walker) member(at, key string, s *shape) *shape {
	if next, known := s.Members[key]; known {
		return w.m.whole(next)
	}
	if delete(w.unused, key); !newer[key] {
		w.t.Errorf("%s: %s is no member", at, key)
	}
	return nil
}

// value holds a value of JSON or CBOR against its shape.
func (w *walker) value(at string, v any, s *shape) {
	w.seen++
	fits := false
	switch s.Type {
	case "structure":
		o := keyed(v)
		fits = len(o) > 0
		for key, inside := range o {
			if next := w.member(at, key, s); next != nil {
				w.value(at+"."+key, inside, next)
			}
		}
	case "list":
		var all []any
		all, fits = v.([]any)
		for _, inside := range all {
			w.value(at+"[]", inside, w.m.whole(s.Member))
		}
	case "timestamp":
		_, number := v.(float64)
		_, moment := v.(time.Time)
		fits = number || moment
	case "boolean":
		_, fits = v.(bool)
	case "integer", "long", "double", "float":
		_, fits = v.(float64)
	case "", "string":
		_, fits = v.(string)
	}
	if !fits {
		w.t.Errorf("%s: %v (%T) is no %s", at, v, v, s.Type)
	}
}

// node is an element of XML.
type node struct {
	XMLName xml.Name
	Text    string `xml:",chardata"`
	Kids    []node `xml:",any"`
}

// document holds one against the shape of an output.
func (w *walker) document(at string, body []byte, s *shape) {
	var root node
	if err := xml.NewDecoder(bytes.NewReader(body)).Decode(&root); err != nil {
		w.t.Fatalf("%s: %v in %s", at, err, body)
	}
	if s.ResultWrapper != "" {
		if len(root.Kids) != 1 || root.Kids[0].XMLName.Local != s.ResultWrapper {
			w.t.Errorf("%s: no %s in %s", at, s.ResultWrapper, body)
			return
		}
		root = root.Kids[0]
	}
	w.element(at, root, s)
}

// element holds one against its shape. Members are found by the name they have on the way.
func (w *walker) element(at string, n node, s *shape) {
	w.seen++
	switch s.Type {
	case "structure":
		names := map[string]string{}
		for name, m := range s.Members {
			names[name] = name
			if m.LocationName != "" {
				delete(names, name)
				names[m.LocationName] = name
			}
		}
		for _, kid := range n.Kids {
			name, known := names[kid.XMLName.Local]
			if !known {
				w.t.Errorf("%s: %s is no member of %q", at, kid.XMLName.Local, slices.Sorted(maps.Keys(names)))
				continue
			}
			if next := w.member(at, name, s); next != nil {
				w.element(at+"."+name, kid, next)
			}
		}
	case "list":
		inside := w.m.whole(s.Member)
		name := "member"
		if s.Member.LocationName != "" {
			name = s.Member.LocationName
		}
		for _, kid := range n.Kids {
			if kid.XMLName.Local != name {
				w.t.Errorf("%s: %s in the place of %s", at, kid.XMLName.Local, name)
			}
			w.element(at+"[]", kid, inside)
		}
	case "boolean":
		if _, err := strconv.ParseBool(n.Text); err != nil {
			w.t.Errorf("%s: %q", at, n.Text)
		}
	case "integer", "long":
		if _, err := strconv.Atoi(n.Text); err != nil {
			w.t.Errorf("%s: %q", at, n.Text)
		}
	case "timestamp":
		if _, err := time.Parse(time.RFC3339, n.Text); err != nil {
			w.t.Errorf("%s: %q", at, n.Text)
		}
	default:
		if len(n.Kids) > 0 || n.Text == "" {
			w.t.Errorf("%s: %q with %d elements is no text", at, n.Text, len(n.Kids))
		}
	}
}
