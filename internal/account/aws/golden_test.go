package aws

import (
	"bufio"
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"wsdoctor/internal/account"
	"wsdoctor/internal/account/world"
	"wsdoctor/probe"
)

// shipped are operations of which the modules of the SDK hold a whole answer, with the
// file that it is in. The other services have none yet.
var shipped = map[probe.Operation][]string{
	probe.AccountRole:         {"iam", "GetRole"},
	probe.AccountRolePolicies: {"iam", "ListAttachedRolePolicies", "ListRolePolicies", "GetRolePolicy"},
	probe.AccountMetrics:      {"cloudwatch", "GetMetricData"},
}

// unset are fields that those answers cannot give: their texts are no documents.
var unset = map[string]bool{
	"RoleDetail.Trusts": true, "InlinePolicy.Allowed": true, "InlinePolicy.Denied": true,
	"RolePoliciesDetail.Partial": true, "Series.Incomplete": true,
}

// The adapter reads what AWS's own tests answer with: every field of ours arrives.
func TestAnswersThatTheSDKHoldsAreRead(t *testing.T) {
	for op, files := range shipped {
		t.Run(string(op), func(t *testing.T) {
			server := httptest.NewServer(snapshots(t, files[0], files[1:]))
			defer server.Close()
			api := from(sdk.Config{
				Region: "us-east-1", BaseEndpoint: &server.URL,
				Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""),
			}, nil, nil)
			got, err := everything[op](t.Context(), api)
			if err != nil {
				t.Fatal(err)
			}
			set := map[string]bool{}
			note(set, reflect.ValueOf(got))
			for field, is := range set {
				if !is && !unset[field] {
					t.Errorf("%s is not read", field)
				}
			}
		})
	}
}

// snapshots answers from the files of a module of the SDK, one by one.
func snapshots(t *testing.T, service string, files []string) http.Handler {
	t.Helper()
	module := "github.com/aws/aws-sdk-go-v2/service/" + service
	folder, err := exec.CommandContext(context.Background(), "go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatal(err)
	}
	next := 0
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		file := files[min(next, len(files)-1)]
		next++
		b, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(folder)), "response_snapshot", file+".response.snap"))
		if err != nil {
			t.Error(err)
			return
		}
		r := bufio.NewReader(bytes.NewReader(b))
		line, _ := r.ReadString('\n')
		status, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			t.Error(err)
			return
		}
		header, err := textproto.NewReader(r).ReadMIMEHeader()
		if err != nil {
			t.Error(err)
			return
		}
		for name, values := range header {
			w.Header()[name] = values
		}
		var body bytes.Buffer
		if _, err := r.WriteTo(&body); err != nil {
			t.Error(err)
		}
		// The query's name, as CBOR writes a text of so many bytes.
		whole := bytes.ReplaceAll(body.Bytes(), []byte("f__Id__"), []byte("bm0"))
		w.WriteHeader(status)
		w.Write(whole)
	})
}

// The moment of the answer of CloudWatch, whose tag and form are CBOR's own.
func TestTimesOfTheShippedAnswer(t *testing.T) {
	server := httptest.NewServer(snapshots(t, "cloudwatch", []string{"GetMetricData"}))
	defer server.Close()
	api := from(sdk.Config{
		Region: "us-east-1", BaseEndpoint: &server.URL,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""),
	}, nil, nil)
	d, err := api.Metrics(t.Context(), account.MetricsQuery{Workspace: world.SampleWorkspace})
	if err != nil || len(d.Series[0].Points) == 0 {
		t.Fatalf("%+v, %v", d, err)
	}
	want := probe.Point{At: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), Value: 1}
	if got := d.Series[0].Points[0]; got != want {
		t.Errorf("%+v", got)
	}
}
