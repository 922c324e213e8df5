package account_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/internal/account"
	"wsdoctor/internal/account/world"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// latency is what a call to an API in another country takes.
const latency = 80 * time.Millisecond

// walked is what came of a walk.
type walked struct {
	seen    []probe.Observation
	actions []string // of the calls, in their order
	gaps    []string
	err     error
	took    time.Duration
}

// walk walks through a world in which every call takes its time, by a clock that does not.
func walk(t *testing.T, w *world.World, q account.Question) (r walked) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		calls := make(chan string, 1000)
		api := world.API{World: w, Before: func(ctx context.Context, action string) error {
			calls <- action
			delay := latency
			if w.Fails[action] == probe.Timeout {
				delay = time.Hour
			}
			select {
			case <-time.After(delay):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
		began := time.Now()
		var gaps []words.Text
		gaps, r.err = account.Walk(ctx, api, q, func(e account.Event) {
			if e.Kind == account.Observed {
				r.seen = append(r.seen, e.Observation)
			}
		})
		r.took = time.Since(began)
		r.gaps = words.English().All(gaps)
		close(calls)
		for action := range calls {
			r.actions = append(r.actions, action)
		}
	})
	return r
}

// of gives the observations of an operation.
func (r walked) of(op probe.Operation) (list []probe.Observation) {
	for _, o := range r.seen {
		if o.Operation == op {
			list = append(list, o)
		}
	}
	return list
}

// sound is the sample without what is out of order in it.
func sound() *world.World {
	w := world.Sample()
	w.Directories = w.Directories[:1]
	w.Directories[0].Endpoints, w.Directories[0].Tenancy, w.Directories[0].Error = nil, "SHARED", ""
	w.Directories[0].Certificates = "DISABLED"
	w.Services[0].Stage = "Active"
	w.Workspaces[0].Protocols = []string{"WSP"}
	return w
}

func user() account.Question {
	return account.Question{
		Region:         world.SampleRegion,
		QuestionDetail: probe.QuestionDetail{DirectoryID: world.SampleDirectory, User: world.SampleUser},
	}
}

// The seven first, then what separates what often remains: in twelve calls, and well
// below three seconds.
func TestOneUsersRunIsShort(t *testing.T) {
	for name, q := range map[string]func(*account.Question){
		"directory and user": func(*account.Question) {},
		"user":               func(q *account.Question) { q.DirectoryID = "" },
		"code and user":      func(q *account.Question) { q.DirectoryID, q.Registration = "", world.SampleCode },
		"alias and user": func(q *account.Question) {
			q.DirectoryID, q.Registration, q.Alias = "", strings.ToUpper(world.SampleAlias), true
		},
		"WorkSpace": func(q *account.Question) {
			q.DirectoryID, q.User, q.WorkspaceID = "", "", world.SampleWorkspace
		},
		"directory": func(q *account.Question) { q.User = "" },
		"nothing":   func(q *account.Question) { q.User, q.DirectoryID = "", "" },
		"symptom":   func(q *account.Question) { q.Symptom = "launch-error" },
	} {
		for which, w := range map[string]*world.World{"sound": sound(), "sample": world.Sample()} {
			t.Run(name+"/"+which, func(t *testing.T) {
				question := user()
				q(&question)
				r := walk(t, w, question)
				var several *account.ErrSeveral
				if name == "nothing" && which == "sample" && errors.As(r.err, &several) && len(several.IDs) == 2 {
					return
				}
				if r.err != nil {
					t.Fatal(r.err)
				}
				cost := len(r.actions)
				if slices.Contains(r.actions, "iam:ListAttachedRolePolicies") {
					cost += 3 // which are one call in memory
				}
				if cost > account.MostCalls {
					t.Errorf("%d calls: %s", cost, r.actions)
				}
				if limit := 3 * time.Second; r.took > limit/2 {
					t.Errorf("%d rounds, %v", r.took/latency, r.took)
				}
				for _, want := range []probe.Operation{
					probe.AccountIdentity, probe.AccountDirectories, probe.AccountWorkspaces, probe.AccountConnections,
					probe.AccountIPGroups, probe.AccountDirectoryService,
				} {
					if got := r.of(want); len(got) == 0 || got[0].Outcome != probe.OK {
						t.Errorf("no %s: %v", want, got)
					}
				}
				if o := r.of(probe.AccountInterfaces); len(o) == 0 && name != "directory" && name != "nothing" {
					t.Error("eth1 was not asked for")
				}
				if seen := r.of(probe.AccountQuestion); len(seen) != 1 || r.seen[0].Operation != probe.AccountQuestion {
					t.Errorf("%v", seen)
				}
			})
		}
	}
}

func TestWhatASoundAccountIsAsked(t *testing.T) {
	r := walk(t, sound(), user())
	want := []string{
		"sts:GetCallerIdentity", "workspaces:DescribeWorkspaceDirectories", "workspaces:DescribeWorkspaces",
		"workspaces:DescribeWorkspacesConnectionStatus", "workspaces:DescribeIpGroups", "ds:DescribeDirectories",
		"ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeRouteTables",
		"ec2:DescribeInternetGateways", "ec2:DescribeNatGateways", "cloudwatch:GetMetricData",
	}
	slices.Sort(want)
	slices.Sort(r.actions)
	if !slices.Equal(want, r.actions) {
		t.Errorf("%q\nnot\n%q", r.actions, want)
	}
	if len(r.gaps) != 1 || !strings.Contains(r.gaps[0], "--all") ||
		!strings.Contains(r.gaps[0], "ec2:DescribeNetworkAcls") {
		t.Errorf("%q", r.gaps)
	}
}

// What is out of order makes other calls teach something.
func TestWhatTeachesSomethingIsAsked(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*world.World, *account.Question)
		asked  []probe.Operation
		not    []probe.Operation
	}{
		"nothing": {func(*world.World, *account.Question) {}, nil, []probe.Operation{
			probe.AccountRole, probe.AccountTenancy, probe.AccountVPCEndpoints, probe.AccountClients,
			probe.AccountControllers, probe.AccountTrusts, probe.AccountChanges, probe.AccountAliases,
		}},
		"none for the user": {func(w *world.World, _ *account.Question) { w.Workspaces = nil },
			[]probe.Operation{probe.AccountRole, probe.AccountRolePolicies, probe.AccountSubnets}, nil},
		"in error": {func(w *world.World, _ *account.Question) { w.Workspaces[0].State = "ERROR" },
			[]probe.Operation{probe.AccountRole, probe.AccountSubnets}, nil},
		"an endpoint": {func(w *world.World, _ *account.Question) {
			w.Directories[0].Endpoints = []probe.AccessEndpoint{{Type: "STREAMING_WSP", ID: "vpce-0d1"}}
		}, []probe.Operation{probe.AccountVPCEndpoints}, nil},
		"PCoIP": {func(w *world.World, _ *account.Question) { w.Workspaces[0].Protocols = []string{"PCOIP"} },
			[]probe.Operation{probe.AccountClients}, nil},
		"pools": {func(w *world.World, _ *account.Question) { w.Directories[0].Workspaces = "POOLS" },
			[]probe.Operation{probe.AccountClients}, nil},
		"an ill directory": {func(w *world.World, _ *account.Question) { w.Services[0].Stage = "Impaired" },
			[]probe.Operation{probe.AccountControllers, probe.AccountTrusts}, nil},
		"an ill Simple AD": {func(w *world.World, _ *account.Question) {
			w.Services[0].Stage, w.Services[0].Type = "Impaired", "SimpleAD"
		}, nil, []probe.Operation{probe.AccountControllers, probe.AccountTrusts}},
		"own hardware": {func(w *world.World, _ *account.Question) { w.Directories[0].Tenancy = "DEDICATED" },
			[]probe.Operation{probe.AccountTenancy}, nil},
		"no way to NAT": {func(w *world.World, _ *account.Question) {
			w.Tables[0].Routes = nil
		}, nil, []probe.Operation{probe.AccountNATGateways}},
		"everybody let in": {func(w *world.World, _ *account.Question) { w.Directories[0].IPGroups = nil },
			[]probe.Operation{probe.AccountNetworkACLs}, []probe.Operation{probe.AccountIPGroups}},
		"users from elsewhere": {func(w *world.World, q *account.Question) {
			w.Directories[0].ID, q.DirectoryID, w.Workspaces[0].DirectoryID = "wsd-1", "wsd-1", "wsd-1"
		}, nil, []probe.Operation{probe.AccountDirectoryService}},
		"everything": {func(_ *world.World, q *account.Question) { q.All = true }, []probe.Operation{
			probe.AccountRole, probe.AccountRolePolicies, probe.AccountTenancy, probe.AccountClients,
			probe.AccountControllers, probe.AccountTrusts, probe.AccountChanges, probe.AccountAliases,
			probe.AccountVPCs, probe.AccountNetworkACLs, probe.AccountSubnets,
		}, nil},
		"quick setup": {func(_ *world.World, q *account.Question) { q.Expect = "quick-setup" }, []probe.Operation{
			probe.AccountRole, probe.AccountRolePolicies, probe.AccountVPCs, probe.AccountSubnets,
			probe.AccountRouteTables, probe.AccountInternetGateways, probe.AccountSecurityGroups,
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w, q := sound(), user()
			c.change(w, &q)
			r := walk(t, w, q)
			for _, op := range c.asked {
				if len(r.of(op)) == 0 {
					t.Errorf("%s was not asked", op)
				}
			}
			for _, op := range c.not {
				if len(r.of(op)) > 0 {
					t.Errorf("%s was asked", op)
				}
			}
		})
	}
}

// A fault that began after a connection is looked for in what was changed since.
func TestChangesAfterARecentFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, q := sound(), user()
		w.Workspaces[0].State = "UNHEALTHY"
		w.Connections[0].LastAt = time.Now().Add(-26 * time.Hour)
		var since time.Time
		_, err := account.Walk(t.Context(), world.API{World: w}, q, func(e account.Event) {
			if d, is := e.Observation.Detail.(probe.ChangesDetail); is {
				since = d.Since
			}
		})
		if want := w.Connections[0].LastAt.UTC(); err != nil || !since.Equal(want) {
			t.Errorf("since %v, not %v: %v", since, want, err)
		}
	})
}

// Each call, without an answer of each kind: the others go on, and the gap names it.
func TestCallsWithoutAnAnswerAreGaps(t *testing.T) {
	for _, failure := range []probe.Failure{
		probe.AccessDenied, probe.Throttled, probe.CredentialsInvalid, probe.ServiceError, probe.Timeout,
	} {
		for _, action := range account.Actions() {
			if strings.HasPrefix(action, "iam:List") || action == "iam:GetRolePolicy" && failure != probe.AccessDenied {
				continue // of one call in memory; see the adapter's test
			}
			t.Run(fmt.Sprint(failure, "/", action), func(t *testing.T) {
				w, q := world.Sample(), user()
				q.All = true
				w.Fails = map[string]probe.Failure{action: failure}
				r := walk(t, w, q)
				if r.err != nil {
					t.Fatal(r.err)
				}
				failed := false
				for _, o := range r.seen {
					if o.Target == action {
						failed = true
						if o.Outcome != probe.Failed || o.Failure != failure || o.Detail != (probe.NoDetail{}) {
							t.Errorf("%+v", o)
						}
					} else if o.Outcome != probe.OK {
						t.Errorf("%s was stopped by it: %s", o.Target, o.Failure)
					}
				}
				named := slices.ContainsFunc(r.gaps, func(g string) bool { return strings.Contains(g, action) })
				if failed != named || !failed && !strings.HasPrefix(action, "iam:") {
					t.Errorf("asked %v, and the gaps are %q", failed, r.gaps)
				}
			})
		}
	}
}

func TestCredentialsThatNobodyTakesEndTheWalk(t *testing.T) {
	w := world.Sample()
	w.Fails = map[string]probe.Failure{}
	for _, action := range account.Actions() {
		w.Fails[action] = probe.CredentialsInvalid
	}
	r := walk(t, w, user())
	var said *account.Error
	if !errors.As(r.err, &said) || said.Failure != probe.CredentialsInvalid || len(r.actions) > 4 {
		t.Errorf("%v after %q", r.err, r.actions)
	}
}

// Everything denied is a walk of gaps.
func TestNothingPermitted(t *testing.T) {
	w := world.Sample()
	w.Fails = map[string]probe.Failure{}
	for _, action := range account.Actions() {
		w.Fails[action] = probe.AccessDenied
	}
	r := walk(t, w, user())
	if r.err != nil || len(r.gaps) < 3 {
		t.Errorf("%v, %q", r.err, r.gaps)
	}
}

func TestAnotherRegionsAccountIsEmpty(t *testing.T) {
	r := walk(t, &world.World{Region: "eu-west-1"}, account.Question{
		QuestionDetail: probe.QuestionDetail{User: world.SampleUser}, Registration: world.SampleCode,
	})
	d := r.of(probe.AccountDirectories)
	if r.err != nil || len(d) != 1 || len(d[0].Detail.(probe.RegisteredDetail).Directories) != 0 {
		t.Errorf("%v, %+v", r.err, d)
	}
}

// The code decides which directory is meant, whatever its case, and goes nowhere.
func TestTheCodeChooses(t *testing.T) {
	w, q := world.Sample(), user()
	q.DirectoryID, q.Registration = "", strings.ToLower(world.SampleCode)
	r := walk(t, w, q)
	d := r.of(probe.AccountDirectories)[0].Detail.(probe.RegisteredDetail)
	if len(d.Directories) != 1 || d.Others != 1 || d.Directories[0].CodeMatches == nil || !*d.Directories[0].CodeMatches {
		t.Errorf("%+v", d)
	}
	if all := strings.ToLower(fmt.Sprintf("%+v", r.seen)); strings.Contains(all, strings.ToLower(world.SampleCode)) {
		t.Error("the code is in an observation")
	}
	q.Registration = "SLiad+NOBODY"
	r = walk(t, w, q)
	d = r.of(probe.AccountDirectories)[0].Detail.(probe.RegisteredDetail)
	if len(d.Directories) != 2 || d.Directories[0].CodeMatches == nil || *d.Directories[0].CodeMatches {
		t.Errorf("%+v", d)
	}
	if len(r.of(probe.AccountInterfaces)) == 0 {
		t.Error("the user's WorkSpace was not found in another directory")
	}
}

// A user in a dozen directories costs no dozen calls.
func TestUsersAreNotLookedForEverywhere(t *testing.T) {
	w := world.Sample()
	for i := range 12 {
		d := w.Directories[1]
		d.ID = fmt.Sprintf("d-%010d", i)
		w.Directories = append([]account.Directory{d}, w.Directories...)
	}
	q := user()
	q.DirectoryID = ""
	r := walk(t, w, q)
	said := slices.ContainsFunc(r.gaps, func(g string) bool { return strings.Contains(g, "--directory-id") })
	if n := len(r.of(probe.AccountWorkspaces)); n > 5 || !said {
		t.Errorf("%d directories, %q", n, r.gaps)
	}
	q.All = true
	if r = walk(t, w, q); len(r.of(probe.AccountInterfaces)) == 0 {
		t.Error("the user was not found")
	}
}

// A private address is of several VPCs; the one of the WorkSpace's subnet is meant.
func TestAnAddressOfAnotherVPC(t *testing.T) {
	w := sound()
	other := w.Interfaces[0]
	other.ID, other.VPC, other.Subnet, other.Groups = "eni-99", "vpc-99", "subnet-99", []string{"sg-99"}
	w.Interfaces = append([]probe.ENI{other}, w.Interfaces...)
	r := walk(t, w, user())
	both := 0
	for _, i := range r.of(probe.AccountInterfaces)[0].Detail.(probe.ENIsDetail).Interfaces {
		if i.Address == other.Address {
			both++
		}
	}
	if both != 2 {
		t.Errorf("%d interfaces have the address", both)
	}
	if d := r.of(probe.AccountRouteTables)[0].Detail.(probe.RouteTablesDetail); d.Tables[0].VPC != "vpc-01" {
		t.Errorf("%+v", d)
	}
	if d := r.of(probe.AccountSecurityGroups)[0].Detail.(probe.SecurityGroupsDetail); slices.Contains(d.Missing, "sg-99") {
		t.Errorf("%+v", d)
	}
}

func TestAUserOfSeveralDirectories(t *testing.T) {
	w, q := world.Sample(), user()
	second := w.Workspaces[0]
	second.ID, second.DirectoryID = "ws-000000002", w.Directories[1].ID
	w.Workspaces = append(w.Workspaces, second)
	q.DirectoryID = ""
	r := walk(t, w, q)
	said := slices.ContainsFunc(r.gaps, func(g string) bool { return strings.Contains(g, "several directories") })
	if r.err != nil || !said || len(r.actions) > account.MostCalls {
		t.Errorf("%v, %q, %q", r.err, r.gaps, r.actions)
	}
}

func TestAnInterruptedWalkTellsWhatItSaw(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		var seen []probe.Observation
		_, err := account.Walk(ctx, world.API{World: world.Sample(), Before: func(ctx context.Context, _ string) error {
			select {
			case <-time.After(latency):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}, user(), func(e account.Event) {
			if e.Kind == account.Observed {
				seen = append(seen, e.Observation)
			}
		})
		ran, stopped := 0, 0
		for _, o := range seen {
			switch o.Outcome {
			case probe.OK:
				ran++
			case probe.NotRun:
				stopped++
			default:
				t.Errorf("%+v", o)
			}
		}
		if err != nil || ran < 3 || stopped == 0 {
			t.Errorf("%v, %d, %d", err, ran, stopped)
		}
	})
}

func TestThePlanIsWhatIsAsked(t *testing.T) {
	p := account.Plan(account.Question{Region: "us-gov-west-1"}, 30*time.Second)
	ids := map[string]bool{}
	for _, s := range p.Steps {
		if ids[s.ID] || s.Target.Host == "" || s.Why.Empty() {
			t.Errorf("%+v", s)
		}
		ids[s.ID] = true
	}
	q := user()
	q.All = true
	synctest.Test(t, func(t *testing.T) {
		account.Walk(t.Context(), world.API{World: world.Sample()}, q, func(e account.Event) {
			if e.Observation.Operation != probe.AccountQuestion && !ids[e.Step.ID] {
				t.Errorf("%s is not planned", e.Step.ID)
			}
		})
	})
	if told := words.English().All(p.Notes); !strings.Contains(told[0], "workspaces.us-gov-west-1.amazonaws.com") ||
		!strings.Contains(told[0], "iam.us-gov.amazonaws.com") {
		t.Errorf("%q", told)
	}
}
