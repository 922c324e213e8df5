package aws

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wsdoctor/internal/account"
	"wsdoctor/internal/account/fake"
	"wsdoctor/internal/account/world"
	"wsdoctor/internal/lab/alone"
	"wsdoctor/probe"
)

func TestMain(m *testing.M) {
	alone.Enter()
	os.Exit(m.Run())
}

// asking gives the adapter in front of a fake, without waits between attempts and without
// paces.
func asking(t *testing.T, s *fake.Server) account.API {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(func() {
		server.CloseClientConnections() // calls that hang
		server.Close()
	})
	return from(aws.Config{
		Region: s.World.Region, BaseEndpoint: &server.URL,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""),
		HTTPClient:  awshttp.NewBuildableClient(),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts = 2
				o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
			})
		},
	}, nil, nil)
}

// everything is one question to each of the calls, with what the sample has of it.
var everything = map[probe.Operation]func(context.Context, account.API) (any, error){
	probe.AccountIdentity: func(ctx context.Context, a account.API) (any, error) { return a.Identity(ctx) },
	probe.AccountDirectories: func(ctx context.Context, a account.API) (any, error) {
		return a.Directories(ctx, nil)
	},
	probe.AccountWorkspaces: func(ctx context.Context, a account.API) (any, error) {
		return a.Workspaces(ctx, account.WorkspaceFilter{Directory: world.SampleDirectory, User: world.SampleUser})
	},
	probe.AccountConnections: func(ctx context.Context, a account.API) (any, error) {
		return a.Connections(ctx, []string{world.SampleWorkspace})
	},
	probe.AccountIPGroups: func(ctx context.Context, a account.API) (any, error) {
		return a.IPGroups(ctx, world.Sample().Directories[0].IPGroups)
	},
	probe.AccountAliases: func(ctx context.Context, a account.API) (any, error) { return a.Aliases(ctx) },
	probe.AccountClients: func(ctx context.Context, a account.API) (any, error) {
		return a.Clients(ctx, world.SampleDirectory)
	},
	probe.AccountTenancy: func(ctx context.Context, a account.API) (any, error) { return a.Tenancy(ctx) },
	probe.AccountDirectoryService: func(ctx context.Context, a account.API) (any, error) {
		return a.ServiceDirectories(ctx, []string{world.SampleDirectory, "d-906734e1b3"})
	},
	probe.AccountControllers: func(ctx context.Context, a account.API) (any, error) {
		return a.Controllers(ctx, world.SampleDirectory)
	},
	probe.AccountTrusts: func(ctx context.Context, a account.API) (any, error) {
		return a.Trusts(ctx, world.SampleDirectory)
	},
	probe.AccountInterfaces: func(ctx context.Context, a account.API) (any, error) {
		return a.Interfaces(ctx, account.InterfaceFilter{Addresses: []netip.Addr{world.Sample().Workspaces[0].Address}})
	},
	probe.AccountSecurityGroups: func(ctx context.Context, a account.API) (any, error) {
		return a.SecurityGroups(ctx, []string{"sg-0aaaaaaaaaaaaaaa1", "sg-0aaaaaaaaaaaaaaa3", "sg-gone"})
	},
	probe.AccountSubnets: func(ctx context.Context, a account.API) (any, error) {
		return a.Subnets(ctx, []string{"subnet-0a1", "subnet-gone"})
	},
	probe.AccountRouteTables: func(ctx context.Context, a account.API) (any, error) {
		return a.RouteTables(ctx, "vpc-01")
	},
	probe.AccountNATGateways: func(ctx context.Context, a account.API) (any, error) {
		return a.NATGateways(ctx, []string{"nat-01", "nat-gone"})
	},
	probe.AccountInternetGateways: func(ctx context.Context, a account.API) (any, error) {
		return a.InternetGateways(ctx, "vpc-01")
	},
	probe.AccountNetworkACLs: func(ctx context.Context, a account.API) (any, error) {
		return a.NetworkACLs(ctx, []string{"subnet-0a1"})
	},
	probe.AccountVPCs: func(ctx context.Context, a account.API) (any, error) { return a.VPCs(ctx, []string{"vpc-01"}) },
	probe.AccountVPCEndpoints: func(ctx context.Context, a account.API) (any, error) {
		return a.VPCEndpoints(ctx, []string{"vpce-0d1", "vpce-gone"})
	},
	probe.AccountRole: func(ctx context.Context, a account.API) (any, error) { return a.Role(ctx, account.DefaultRole) },
	probe.AccountRolePolicies: func(ctx context.Context, a account.API) (any, error) {
		return a.RolePolicies(ctx, account.DefaultRole)
	},
	probe.AccountMetrics: func(ctx context.Context, a account.API) (any, error) {
		return a.Metrics(ctx, account.MetricsQuery{
			Workspace: world.SampleWorkspace, Directory: world.SampleDirectory,
			From: world.SampleTime.Add(-time.Hour), Until: world.SampleTime.Add(time.Hour),
		})
	},
	probe.AccountChanges: func(ctx context.Context, a account.API) (any, error) {
		return a.Changes(ctx, account.ChangesQuery{
			Source: account.EventSources[0], Since: world.SampleTime.Add(-time.Hour), Pages: 2,
		})
	},
}

func TestEveryCallIsTried(t *testing.T) {
	for _, op := range probe.Operations() {
		if account.ActionOf(op) != "" && everything[op] == nil {
			t.Errorf("nothing asks for %s", op)
		}
	}
}

// What the world holds comes back through the SDK, detail for detail.
func TestWhatTheWorldHoldsArrives(t *testing.T) {
	s := &fake.Server{World: world.Sample()}
	api, memory := asking(t, s), world.API{World: world.Sample()}
	for op, ask := range everything {
		t.Run(string(op), func(t *testing.T) {
			want, err := ask(t.Context(), memory)
			if err != nil {
				t.Fatal(err)
			}
			got, err := ask(t.Context(), api)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, byValue, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-world +read:\n%s", diff)
			}
		})
	}
}

var byValue = cmp.Exporter(func(t reflect.Type) bool { return t.PkgPath() == "net/netip" || t.PkgPath() == "unique" })

// seldom are fields of which the sample has nothing, because the others exclude it.
var seldom = map[string]bool{
	"WorkspacesDetail.Truncated": true, "ChangesDetail.Truncated": true, "RolePoliciesDetail.Partial": true,
	"RegisteredDirectory.CodeMatches": true, "ENIsDetail.Asked": true,
}

// A field that the sample does not set would arrive whatever the adapter does.
func TestTheSampleSetsEveryField(t *testing.T) {
	set := map[string]bool{}
	memory := world.API{World: world.Sample()}
	for op, ask := range everything {
		got, err := ask(t.Context(), memory)
		if err != nil {
			t.Fatal(op, err)
		}
		note(set, reflect.ValueOf(got))
	}
	for field, is := range set {
		if !is && !seldom[field] {
			t.Errorf("the sample has no %s", field)
		}
	}
}

// note marks the fields of structs that have a value.
func note(set map[string]bool, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			note(set, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			note(set, v.Index(i))
		}
	case reflect.Struct:
		if !strings.Contains(v.Type().PkgPath(), "wsdoctor") {
			return
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.Anonymous {
				note(set, v.Field(i))
				continue
			}
			name := v.Type().Name() + "." + f.Name
			set[name] = set[name] || !v.Field(i).IsZero()
			note(set, v.Field(i))
		}
	}
}

// Each call, refused in each way that a service has.
func TestWhatServicesSayIsUnderstood(t *testing.T) {
	for _, failure := range []probe.Failure{
		probe.AccessDenied, probe.Throttled, probe.CredentialsInvalid, probe.ServiceError, probe.Timeout,
	} {
		for op, ask := range everything {
			t.Run(fmt.Sprint(failure, "/", op), func(t *testing.T) {
				t.Parallel()
				w := world.Sample()
				w.Fails = map[string]probe.Failure{}
				for _, action := range account.Actions() {
					w.Fails[action] = failure
				}
				ctx, cancel := t.Context(), func() {}
				if failure == probe.Timeout {
					ctx, cancel = context.WithTimeout(ctx, 300*time.Millisecond)
				}
				defer cancel()
				_, err := ask(ctx, asking(t, &fake.Server{World: w}))
				var said *account.Error
				switch {
				case failure == probe.Timeout:
					if !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("%v", err)
					}
				case !errors.As(err, &said) || said.Failure != failure || !slices.Contains(account.Actions(), said.Action):
					t.Errorf("%v, not %s", err, failure)
				}
			})
		}
	}
}

// A refusal for the rate that passes is not told.
func TestOneThrottledAttemptIsRepeated(t *testing.T) {
	for op, ask := range everything {
		action := account.ActionOf(op)
		s := &fake.Server{
			World: world.Sample(), Codes: map[string]string{action: "ThrottlingException"}, Times: map[string]int{action: 1},
		}
		if _, err := ask(t.Context(), asking(t, s)); err != nil {
			t.Errorf("%s: %v", op, err)
		}
	}
}

func TestWhatDoesNotExistIsAnAnswer(t *testing.T) {
	api := asking(t, &fake.Server{World: &world.World{Region: "us-east-1"}})
	for _, ask := range []func() (any, error){
		func() (any, error) { return api.ServiceDirectories(t.Context(), []string{"d-0000000000"}) },
		func() (any, error) { return api.Role(t.Context(), account.DefaultRole) },
		func() (any, error) { return api.RolePolicies(t.Context(), account.DefaultRole) },
	} {
		var said *account.Error
		if _, err := ask(); !errors.As(err, &said) || said.Failure != probe.NotFound {
			t.Errorf("%v", err)
		}
	}
	if list, err := api.Directories(t.Context(), []string{"d-0000000000"}); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
}

// Another part of a role's policies can be denied than its whole.
func TestPoliciesThatAreDeniedInPart(t *testing.T) {
	for _, action := range []string{listAttached, listInline, getInline} {
		s := &fake.Server{World: world.Sample(), Codes: map[string]string{action: "AccessDenied"}}
		d, err := asking(t, s).RolePolicies(t.Context(), account.DefaultRole)
		if err != nil || !slices.Equal(d.Partial, []string{action}) {
			t.Errorf("%s: %+v, %v", action, d, err)
		}
	}
}

func TestFiveThousandWorkspaces(t *testing.T) {
	w := &world.World{Region: "us-east-1"}
	for i := range account.MostWorkspaces + 30 {
		w.Workspaces = append(w.Workspaces, probe.AccountWorkspace{ID: fmt.Sprintf("ws-%09d", i), DirectoryID: "d-1"})
	}
	s := &fake.Server{World: w}
	d, err := asking(t, s).Workspaces(t.Context(), account.WorkspaceFilter{Directory: "d-1"})
	if err != nil || len(d.Workspaces) != account.MostWorkspaces || !d.Truncated || len(s.Calls()) != 200 {
		t.Errorf("%d of them, truncated %v, by %d calls: %v", len(d.Workspaces), d.Truncated, len(s.Calls()), err)
	}
	for i, got := range d.Workspaces {
		if got.ID != w.Workspaces[i].ID {
			t.Fatalf("%s in the place of %s", got.ID, w.Workspaces[i].ID)
		}
	}
	few, err := asking(t, s).Workspaces(t.Context(), account.WorkspaceFilter{Directory: "d-1", Most: 25})
	if err != nil || len(few.Workspaces) != 25 || !few.Truncated {
		t.Errorf("%d of them, truncated %v: %v", len(few.Workspaces), few.Truncated, err)
	}
}

// Lists that come in pages of one are whole.
func TestPagesAreJoined(t *testing.T) {
	api, memory := asking(t, &fake.Server{World: world.Sample(), Page: 1}), world.API{World: world.Sample()}
	for op, ask := range everything {
		want, _ := ask(t.Context(), memory)
		got, err := ask(t.Context(), api)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, byValue, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: -world +read:\n%s", op, diff)
		}
	}
}

func TestTheServicesPaceIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, began := newPace(2, 5), time.Now()
		for i := range 12 {
			if err := p.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			// A burst of five, then one each half second.
			want := time.Duration(max(0, i-4)) * 500 * time.Millisecond
			if got := time.Since(began); got != want {
				t.Errorf("call %d after %v, not %v", i, got, want)
			}
		}
		limited, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := p.wait(limited); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}

// alike is an environment in which there is nothing but what a test puts there.
func alike(t *testing.T, config string, set map[string]string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range os.Environ() {
		if name, _, _ := strings.Cut(name, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
		}
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("AWS_CONFIG_FILE", file)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file+".none")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for name, value := range set {
		t.Setenv(name, value)
	}
}

func TestCredentialsThatAreOfNoUse(t *testing.T) {
	const single = "[profile desk]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = R\n" +
		"[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://example.awsapps.com/start\n"
	const second = "[profile mfa]\nrole_arn = arn:aws:iam::123456789012:role/R\nmfa_serial = arn:aws:iam::1:mfa/m\n" +
		"source_profile = own\n[profile own]\naws_access_key_id = A\naws_secret_access_key = B\n"
	for name, c := range map[string]struct{ config, profile, problem, hint string }{
		"none":       {"", "", "account.bad.credentials", "account.hint.credentials"},
		"no profile": {"[profile desk]\nregion = us-east-1\n", "desc", "account.bad.profile", ""},
		"signed out": {single, "desk", "account.bad.sso", ""},
		"no token":   {second, "mfa", "account.bad.mfa", "account.hint.mfa"},
	} {
		t.Run(name, func(t *testing.T) {
			alike(t, c.config, nil)
			_, err := Open(t.Context(), account.Access{Region: "us-east-1", Profile: c.profile})
			var of *account.Unusable
			if !errors.As(err, &of) || of.Problem.ID() != c.problem || of.Hint.ID() != c.hint {
				t.Errorf("%v: %#v", err, of)
			}
		})
	}
}

// The Region is the one that the command "aws" would take where no flag names one.
func TestTheRegionOfAProfile(t *testing.T) {
	const file = "[default]\nregion = eu-west-1\n[profile desk]\nregion = ap-northeast-1\n[profile bare]\noutput = json\n"
	for name, c := range map[string]struct {
		set           map[string]string
		profile, want string
	}{
		"of the profile":      {nil, "desk", "ap-northeast-1"},
		"of the default":      {nil, "", "eu-west-1"},
		"of a chosen profile": {map[string]string{"AWS_PROFILE": "desk"}, "", "ap-northeast-1"},
		"of the environment":  {map[string]string{"AWS_REGION": "us-west-2"}, "desk", "us-west-2"},
		"none":                {nil, "bare", ""},
	} {
		t.Run(name, func(t *testing.T) {
			alike(t, file, c.set)
			if got, err := Side.Region(t.Context(), c.profile); err != nil || got != c.want {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	alike(t, file, nil)
	var of *account.Unusable
	if _, err := Side.Region(t.Context(), "desc"); !errors.As(err, &of) || of.Problem.ID() != "account.bad.profile" {
		t.Errorf("a profile that is not there: %v", err)
	}
}

// The keys of the environment are taken, and the log of the account says who asked.
func TestTheEnvironmentIsHeeded(t *testing.T) {
	s := &fake.Server{World: world.Sample()}
	server := httptest.NewServer(s)
	defer server.Close()
	alike(t, "", map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "AKIAENVIRONMENT", "AWS_SECRET_ACCESS_KEY": "s",
	})
	api, err := Open(t.Context(), account.Access{Region: "eu-west-1", Version: "1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := api.Identity(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := s.Calls(); len(c) != 1 || c[0].Key != "AKIAENVIRONMENT" || !strings.Contains(c[0].Agent, "wsdoctor/1.2.3") {
		t.Errorf("%+v", c)
	}
}

// Whatever an answer holds is fit to be shown, and no list is longer than is sensible.
func TestHostileAnswers(t *testing.T) {
	w := world.Sample()
	w.Workspaces[0].Error = "\x1b[31mred\u202e" + strings.Repeat("x", 5000)
	for range 3 * mostList {
		w.IPGroups[0].Unread = append(w.IPGroups[0].Unread, "no network")
	}
	api := asking(t, &fake.Server{World: w})
	d, err := api.Workspaces(t.Context(), account.WorkspaceFilter{ID: world.SampleWorkspace})
	if err != nil {
		t.Fatal(err)
	}
	if s := d.Workspaces[0].Error; s != probe.Clean(s, longest+1) || len(s) > longest+10 {
		t.Errorf("%q", s)
	}
	g, err := api.IPGroups(t.Context(), w.Directories[0].IPGroups)
	if err != nil || len(g.Groups[0].Unread) > mostList {
		t.Errorf("%d, %v", len(g.Groups[0].Unread), err)
	}
}
