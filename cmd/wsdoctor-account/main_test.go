package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/rogpeppe/go-internal/testscript"

	"wsdoctor/internal/account"
	"wsdoctor/internal/account/fake"
	"wsdoctor/internal/account/world"
	"wsdoctor/internal/attention"
	"wsdoctor/internal/cli"
	"wsdoctor/internal/lab"
	"wsdoctor/internal/lab/alone"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/probe"
)

func TestMain(m *testing.M) {
	if lab.IsHost() {
		main()
	}
	if strings.HasSuffix(os.Args[0], ".test") {
		attention.Ignore() // these are the tests, and not one of the programs
	}
	alone.Enter()
	testscript.Main(m, map[string]func(){"wsdoctor-account": main, "wsdoctor": desk})
}

// desk is the program without the account's side.
func desk() {
	ctx, stop := attention.Context(context.Background())
	os.Exit(cli.Main(ctx, stop, nil))
}

// ended is how a program ended.
type ended struct {
	code      int
	out, errs string
}

// account of a fake on loopback, asked by one of the programs. There is no other network.
func run(t *testing.T, program string, s *fake.Server, env []string, args ...string) ended {
	t.Helper()
	cmd := prepared(t, program, s, env, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ended{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

func prepared(t *testing.T, program string, s *fake.Server, env []string, args ...string) *exec.Cmd {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	file, err := exec.LookPath(program)
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	cmd := exec.Command(file, append([]string{"account"}, args...)...)
	cmd.Dir = home
	cmd.Env = append([]string{
		"HOME=" + home, "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", alone.Mark + "=" + os.Getenv(alone.Mark),
		"AWS_ENDPOINT_URL=" + server.URL, "AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=verysecret",
		"AWS_EC2_METADATA_DISABLED=true",
	}, env...)
	return cmd
}

var forUser = []string{
	"--region", world.SampleRegion, "--directory-id", world.SampleDirectory, "--user", world.SampleUser,
}

// parsed reads a report, and holds it against the published schema.
func parsed(t *testing.T, e ended) report.Report {
	t.Helper()
	var schema jsonschema.Schema
	var v map[string]any
	if err := errors.Join(json.Unmarshal(report.SchemaJSON, &schema), json.Unmarshal([]byte(e.out), &v)); err != nil {
		t.Fatalf("exit code %d: %v\n%s%s", e.code, err, e.out, e.errs)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := resolved.Validate(v); err != nil {
		t.Error(err)
	}
	r, err := report.Parse(strings.NewReader(e.out))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A user's run: one report, in no more requests than there may be, and nothing of the
// credentials in it.
func TestAnAccountIsRead(t *testing.T) {
	s := &fake.Server{World: world.Sample()}
	e := run(t, "wsdoctor-account", s, nil, append(forUser, "-o", "json", "--registration", world.SampleCode)...)
	r := parsed(t, e)
	if r.Run.Vantage != probe.InAccount || r.Target.DirectoryID != world.SampleDirectory || e.errs != "" {
		t.Errorf("%+v %+v\n%s", r.Run, r.Target, e.errs)
	}
	calls := s.Calls()
	if len(calls) > account.MostCalls || len(calls) < 8 {
		t.Errorf("%d requests: %+v", len(calls), calls)
	}
	for _, c := range calls {
		if !strings.Contains(c.Agent, "wsdoctor/") || c.Key != "AKIAEXAMPLE" {
			t.Errorf("%+v", c)
		}
	}
	seen := map[probe.Operation]probe.Outcome{}
	for _, o := range r.Observations {
		seen[o.Operation] = o.Outcome
	}
	for _, want := range []probe.Operation{
		probe.AccountQuestion, probe.AccountIdentity, probe.AccountWorkspaces, probe.AccountInterfaces,
	} {
		if seen[want] != probe.OK {
			t.Errorf("%s: %q", want, seen[want])
		}
	}
	for _, secret := range []string{"verysecret", "AKIAEXAMPLE", strings.TrimPrefix(world.SampleCode, "SLiad+")} {
		if strings.Contains(e.out, secret) {
			t.Errorf("the report holds %s", secret)
		}
	}
}

// Every form of output, and the redacted one.
func TestEveryFormOfAnAccount(t *testing.T) {
	for _, form := range []string{"text", "json", "ndjson", "html", "ticket", "packed", "summary", "junit", "nagios"} {
		s := &fake.Server{World: world.Sample()}
		args := append(forUser, "-o", form, "--redact", "--all", "--label", "site=Osaka")
		e := run(t, "wsdoctor-account", s, nil, args...)
		if e.code == layer.ExitUsage && form != "nagios" || e.code == layer.ExitInternal || e.out == "" {
			t.Errorf("%s: exit code %d\n%s%s", form, e.code, e.out, e.errs)
		}
		for _, secret := range []string{world.SampleDirectory, "123456789012", "sg-0aaaaaaaaaaaaaaa1", "eni-01", "10.20.1.77"} {
			if strings.Contains(e.out, secret) {
				t.Errorf("%s tells %s", form, secret)
			}
		}
	}
}

func TestAnEmptyAccountIsAReport(t *testing.T) {
	s := &fake.Server{World: &world.World{Region: "eu-west-1"}}
	r := parsed(t, run(t, "wsdoctor-account", s, nil, "--region", "eu-west-1", "--user", "jdoe", "-o", "json", "--all"))
	if len(r.Observations) < 4 {
		t.Errorf("%+v", r.Observations)
	}
}

// What is not permitted is a gap that names the action, and everything else goes on.
func TestWhatIsNotPermittedIsAGap(t *testing.T) {
	s := &fake.Server{World: world.Sample(), Codes: map[string]string{
		"workspaces:DescribeIpGroups": "AccessDeniedException", "ec2:DescribeNetworkInterfaces": "UnauthorizedOperation",
	}}
	r := parsed(t, run(t, "wsdoctor-account", s, nil, append(forUser, "-o", "json")...))
	gaps := strings.Join(r.Gaps, "\n")
	for _, action := range []string{"workspaces:DescribeIpGroups", "ec2:DescribeNetworkInterfaces"} {
		if !strings.Contains(gaps, "Not permitted: "+action) {
			t.Errorf("%s is not in %q", action, gaps)
		}
	}
}

// Wrong credentials end it as users of "aws" expect.
func TestCredentialsOfNoUse(t *testing.T) {
	codes := map[string]string{}
	for _, action := range account.Actions() {
		codes[action] = "ExpiredTokenException"
	}
	for name, c := range map[string]struct {
		env  []string
		args []string
		says string
	}{
		"expired":    {nil, nil, "aws sts get-caller-identity"},
		"none":       {[]string{"AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY="}, nil, "aws configure"},
		"no profile": {nil, []string{"--profile", "desk"}, "aws configure list-profiles"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &fake.Server{World: world.Sample(), Codes: codes}
			e := run(t, "wsdoctor-account", s, c.env, append(append([]string{}, forUser...), c.args...)...)
			if e.code != layer.ExitUsage || e.out != "" || !strings.Contains(e.errs, c.says) {
				t.Errorf("exit code %d\n%s%s", e.code, e.out, e.errs)
			}
		})
	}
}

// The Region of a profile is found by the program of the desk too, which cannot read it.
func TestTheRegionOfAProfile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte("[profile tokyo]\nregion = ap-northeast-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"wsdoctor", "wsdoctor-account"} {
		e := run(t, program, &fake.Server{World: world.Sample()}, []string{"AWS_CONFIG_FILE=" + file}, "--profile", "tokyo", "--plan")
		if e.code != layer.ExitOK || !strings.Contains(e.out, "ap-northeast-1") {
			t.Errorf("%s: exit code %d\n%s%s", program, e.code, e.out, e.errs)
		}
	}
}

func TestSeveralDirectoriesAreAQuestion(t *testing.T) {
	e := run(t, "wsdoctor-account", &fake.Server{World: world.Sample()}, nil, "--region", "us-east-1", "-o", "json")
	if e.code != layer.ExitUsage || e.out != "" || !strings.Contains(e.errs, "--directory-id "+world.SampleDirectory) {
		t.Errorf("exit code %d\n%s%s", e.code, e.out, e.errs)
	}
}

// The time limit holds, and what was seen until then is told.
func TestAnEndpointThatHangs(t *testing.T) {
	s := &fake.Server{World: world.Sample(), Codes: map[string]string{"ds:DescribeDirectories": fake.Hangs}}
	began := time.Now()
	r := parsed(t, run(t, "wsdoctor-account", s, nil, append(forUser, "-o", "json", "--timeout", "2s")...))
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("%v", took)
	}
	for _, o := range r.Observations {
		if o.Operation == probe.AccountDirectoryService && o.Outcome == probe.OK {
			t.Errorf("%+v", o)
		}
		if o.Operation == probe.AccountWorkspaces && o.Outcome != probe.OK {
			t.Errorf("%+v", o)
		}
	}
}

// The desk's program starts this one, with the same streams, and ends as it does.
func TestTheDesksProgramHandsOver(t *testing.T) {
	s := &fake.Server{World: world.Sample()}
	own := run(t, "wsdoctor-account", s, nil, append(forUser, "-o", "json")...)
	handed := run(t, "wsdoctor", s, nil, append(forUser, "-o", "json")...)
	if len(parsed(t, handed).Observations) != len(parsed(t, own).Observations) || handed.code != own.code {
		t.Errorf("exit codes %d and %d\n%s", handed.code, own.code, handed.errs)
	}
	if e := run(t, "wsdoctor", s, nil, "--region", "us-east-1"); e.code != layer.ExitUsage ||
		!strings.Contains(e.errs, "--directory-id") {
		t.Errorf("exit code %d\n%s%s", e.code, e.out, e.errs)
	}
	// Where there is none, it says where to get it.
	file, err := exec.LookPath("wsdoctor")
	if err != nil {
		t.Fatal(err)
	}
	lonely := filepath.Join(t.TempDir(), "wsdoctor")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(lonely, b, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := prepared(t, "wsdoctor", s, []string{"PATH=/nowhere"}, forUser...)
	cmd.Path = lonely
	var errs bytes.Buffer
	cmd.Stderr = &errs
	cmd.Run()
	code, said := cmd.ProcessState.ExitCode(), errs.String()
	if code != layer.ExitUsage || !strings.Contains(said, "wsdoctor-account") {
		t.Errorf("exit code %d\n%s", code, said)
	}
}

// An interrupt of either program ends in a report of what was seen.
func TestAnInterruptIsHeard(t *testing.T) {
	for _, program := range []string{"wsdoctor-account", "wsdoctor"} {
		s := &fake.Server{World: world.Sample(), Codes: map[string]string{"ds:DescribeDirectories": fake.Hangs}}
		cmd := prepared(t, program, s, nil, append(forUser, "-o", "json")...)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(20 * time.Second); len(s.Calls()) < 4 && time.Now().Before(deadline); {
			time.Sleep(20 * time.Millisecond)
		}
		cmd.Process.Signal(syscall.SIGINT)
		cmd.Wait()
		e := ended{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
		if r := parsed(t, e); e.code != layer.ExitInterrupted || !r.Run.Interrupted {
			t.Errorf("%s: exit code %d\n%s", program, e.code, e.errs)
		}
	}
}

// A plan names the calls and the hosts, and asks nobody; the permissions are those of
// the calls.
func TestPlanAndPolicySendNothing(t *testing.T) {
	s := &fake.Server{World: world.Sample()}
	for _, program := range []string{"wsdoctor", "wsdoctor-account"} {
		e := run(t, program, s, []string{"AWS_ACCESS_KEY_ID="}, append(forUser, "--plan")...)
		if e.code != 0 || !strings.Contains(e.out, "workspaces.us-east-1.amazonaws.com") ||
			!strings.Contains(e.out, "ec2:DescribeNetworkInterfaces") {
			t.Errorf("exit code %d\n%s%s", e.code, e.out, e.errs)
		}
		var policy struct{ Statement []struct{ Action []string } }
		e = run(t, program, s, nil, "policy", "--region", "cn-northwest-1")
		if err := json.Unmarshal([]byte(e.out), &policy); err != nil || !strings.Contains(e.out, "arn:aws-cn:iam::*") {
			t.Fatalf("%v\n%s%s", err, e.out, e.errs)
		}
		permitted := len(policy.Statement[0].Action) + len(policy.Statement[1].Action)
		if want := len(account.Actions()) - 1; permitted != want {
			t.Errorf("%d actions, not %d", permitted, want)
		}
	}
	if calls := s.Calls(); len(calls) > 0 {
		t.Errorf("%+v", calls)
	}
}

// Whatever can be asked reaches the rules: each flag that says something of the user
// decides a verdict.
func TestWhatIsAskedIsJudged(t *testing.T) {
	group := func(w *world.World) {
		w.Directories[0].IPGroups = []string{world.IPGroupID}
		w.IPGroups = []probe.IPGroup{{ID: world.IPGroupID, Rules: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}}}
	}
	elsewhere := func(w *world.World) {
		other := account.Directory{Code: "SLiad+XYZ789", RegisteredDirectory: w.Directories[0].RegisteredDirectory}
		other.ID = "d-9067000002"
		w.Directories = append(w.Directories, other)
	}
	for name, c := range map[string]struct {
		spoil func(*world.World)
		args  []string
		code  string
		exit  int
	}{
		"nothing is wrong":         {nil, nil, "passes_as_far_as_seen", 5},
		"another user":             {nil, []string{"--user", "nobody", "--directory-id", world.DirectoryID}, "workspace_none", 23},
		"a system that is denied":  {nil, []string{"--system", "linux"}, "device_type_denied", 20},
		"an address outside":       {group, []string{"--egress", "203.0.113.77"}, "ip_group_excludes", 20},
		"an address inside":        {group, []string{"--egress", "198.51.100.7"}, "passes_as_far_as_seen", 5},
		"another directory's code": {elsewhere, []string{"--registration", "SLiad+XYZ789"}, "registration_elsewhere", 23},
		"one WorkSpace": {
			func(w *world.World) { w.Workspaces[0].State = "ERROR" },
			[]string{"--user", "", "--workspace", world.WorkspaceID}, "workspace_state", 32,
		},
		"a role that is missing, all asked": {
			func(w *world.World) { w.Roles, w.Policies = nil, nil }, []string{"--all"}, "role_missing", 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := world.Healthy()
			if c.spoil != nil {
				c.spoil(w)
			}
			w.Since(time.Now())
			args := append([]string{"--region", world.Region, "--user", world.User, "-o", "json"}, c.args...)
			e := run(t, "wsdoctor-account", &fake.Server{World: w}, nil, args...)
			if r := parsed(t, e); r.Verdict.Code != c.code || e.code != c.exit {
				t.Errorf("%s, exit code %d, want %s, %d\n%s", r.Verdict.Code, e.code, c.code, c.exit, r.Verdict.Summary)
			}
		})
	}
}
