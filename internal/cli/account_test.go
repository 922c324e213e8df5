package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/account"
	"wsdoctor/internal/account/world"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// askedOf runs `account` in front of a world, with an environment, and gives how it was
// to be reached.
func askedOf(t *testing.T, w *world.World, environ map[string]string, args ...string) (result, account.Access) {
	t.Helper()
	var out, errs bytes.Buffer
	var access account.Access
	env := Env{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
		Getenv: func(name string) string { return environ[name] },
		Account: &account.Side{
			Open: func(_ context.Context, a account.Access) (account.API, error) {
				access = a
				return world.API{World: w}, nil
			},
			Region: func(_ context.Context, profile string) (string, error) {
				return map[string]string{"helpdesk": "eu-central-1", "far": "xx-nowhere-9"}[profile], nil
			},
		},
	}
	code := Execute(t.Context(), env, append([]string{"account", "-o", "json"}, args...))
	return result{code, out.String(), errs.String()}, access
}

// question is what of a report says whom it is about.
func question(t *testing.T, r result) (report.Report, probe.QuestionDetail) {
	t.Helper()
	read, err := report.Parse(strings.NewReader(r.out))
	if err != nil {
		t.Fatalf("exit code %d: %v\n%s%s", r.code, err, r.out, r.stderr)
	}
	for i, o := range read.Observations {
		if o.ID == "" || o.Step == "" {
			t.Errorf("observation %d: %+v", i, o)
		}
		if d, is := o.Detail.(probe.QuestionDetail); is {
			return read, d
		}
	}
	t.Fatal("nobody was asked about")
	return read, probe.QuestionDetail{}
}

func TestWhatIsAskedOfAnAccount(t *testing.T) {
	r, access := askedOf(t, world.Sample(), nil, "--region", "us-east-1", "--directory-id", "D-906734E1B2",
		"--user", "jdoe", "--egress", "203.0.113.7,2001:db8::7", "--system", "macOS", "--profile", "helpdesk",
		"--protocol", "wsp", "--symptom", "not-authorized", "--label", "site=Osaka", "--expect", "quick-setup")
	read, d := question(t, r)
	if access.Region != "us-east-1" || access.Profile != "helpdesk" || access.Token != nil {
		t.Errorf("%+v", access)
	}
	if d.DirectoryID != world.SampleDirectory || d.User != "jdoe" || d.System != "macos" || d.Expect != quickSetup ||
		!slices.Equal(d.Egress, []netip.Addr{netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("2001:db8::7")}) {
		t.Errorf("%+v", d)
	}
	for _, gap := range read.Gaps {
		if strings.Contains(gap, "amazonaws.com") {
			t.Errorf("what a plan says is a gap: %s", gap)
		}
	}
	if read.Run.Vantage != probe.InAccount || read.Target.Symptom != "not-authorized" || read.Target.Protocol != "dcv" ||
		read.Labels["site"] != "Osaka" {
		t.Errorf("%+v %+v", read.Run, read.Target)
	}
}

// The Region comes from where people have it.
func TestTheRegionOfAnAccount(t *testing.T) {
	for name, c := range map[string]struct {
		environ map[string]string
		args    []string
		want    string
	}{
		"flag": {map[string]string{"AWS_REGION": "eu-west-1"}, []string{"--region", "tokyo"}, "ap-northeast-1"},
		"code": {
			map[string]string{"AWS_REGION": "eu-west-1"}, []string{"--registration", world.SampleCode}, "us-east-1",
		},
		"environment": {map[string]string{"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-west-2"}, nil, "eu-west-1"},
		"default":     {map[string]string{"AWS_DEFAULT_REGION": "us-west-2"}, nil, "us-west-2"},
		"profile":     {nil, []string{"--profile", "helpdesk"}, "eu-central-1"},
		"before it":   {map[string]string{"AWS_REGION": "us-west-2"}, []string{"--profile", "helpdesk"}, "us-west-2"},
	} {
		t.Run(name, func(t *testing.T) {
			r, access := askedOf(t, world.Sample(), c.environ, append(c.args, "--user", "jdoe")...)
			if read, _ := question(t, r); read.Target.Region != c.want || access.Region != c.want {
				t.Errorf("%q and %q", read.Target.Region, access.Region)
			}
			if strings.Contains(r.out, strings.TrimPrefix(world.SampleCode, "SLiad+")) {
				t.Error("the report holds the code")
			}
		})
	}
	for _, profile := range []string{"", "bare", "far"} {
		r, _ := askedOf(t, world.Sample(), nil, "--profile", profile)
		if r.code != layer.ExitUsage || !strings.Contains(r.stderr, "--region") {
			t.Errorf("%q: exit code %d, %s", profile, r.code, r.stderr)
		}
	}
}

// An alias is a code that is a host name: the directory is the one it leads to.
func TestAnAliasOfAnAccount(t *testing.T) {
	r, _ := askedOf(t, world.Sample(), nil, "--region", "us-east-1", "--registration", world.SampleAlias, "--user", "jdoe")
	read, d := question(t, r)
	if !d.Code || read.Target.Registration != "******" {
		t.Errorf("%+v %+v", d, read.Target)
	}
	for _, o := range read.Observations {
		if d, is := o.Detail.(probe.RegisteredDetail); is && (len(d.Directories) != 1 || !*d.Directories[0].CodeMatches) {
			t.Errorf("%+v", d)
		}
	}
}

func TestAnAccountThatCannotBeOpened(t *testing.T) {
	for _, err := range []error{
		&account.Unusable{Problem: words.Say("account.bad.sso"), Hint: words.Raw("aws sso login --profile x")},
		&account.Error{Action: "sts:GetCallerIdentity", Failure: probe.CredentialsInvalid},
		&account.ErrSeveral{IDs: []string{"d-1", "d-2"}},
	} {
		var usage *usageError
		if told := accountError(t.Context(), err); !errors.As(told, &usage) || usage.hint.Empty() {
			t.Errorf("%v became %v", err, told)
		}
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	var end exitError
	if err := accountError(stopped, context.Canceled); !errors.As(err, &end) || int(end) != layer.ExitInterrupted {
		t.Errorf("%v", err)
	}
}

// The interface has the terminal to itself: what begins to ask there would break it.
func TestNobodyIsAskedForACodeBehindTheInterface(t *testing.T) {
	showing := false
	ask := untilShown(func() (string, error) { return "123456", nil }, &showing)
	if code, err := ask(); code != "123456" || err != nil {
		t.Errorf("%q %v", code, err)
	}
	showing = true
	if code, err := ask(); code != "" || err == nil {
		t.Errorf("%q", code)
	}
	if untilShown(nil, &showing) != nil {
		t.Error("nobody is there, and would be asked")
	}
}

func TestAnAccountsPlanIsJSONToo(t *testing.T) {
	r, access := askedOf(t, world.Sample(), nil, "--region", "us-east-1", "--plan")
	var p struct {
		Steps []struct{ ID, Probe, Why string }
	}
	err := json.Unmarshal([]byte(r.out), &p)
	if err != nil || len(p.Steps) != len(account.Steps()) || access.Region != "" {
		t.Errorf("%v, %+v\n%s", err, access, r.out)
	}
	for _, s := range p.Steps {
		if s.Why == "" || s.Probe == "" {
			t.Errorf("%+v", s)
		}
	}
}
