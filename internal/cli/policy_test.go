package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/desk"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/merge"
	"wsdoctor/internal/policy"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// laidDown writes a policy and gives its name.
func laidDown(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "policy.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

const companyPolicy = `{
  "name": "Example Corp", "version": "7",
  "region": "eu-central-1", "protocol": "dcv",
  "directory_dns": ["10.0.0.10"], "domain": "corp.example.com",
  "no_egress": true, "labels": {"site": "Osaka", "floor": "3"},
  "owners": {
    "user": {"name": "the help desk", "contact": "call 4711"},
    "network-team": {"name": "Netz-Team", "contact": "form X", "remedy": ["Say where you sit."]}
  }
}`

func TestAPlanGoesByThePolicyAndAFlagWins(t *testing.T) {
	file := laidDown(t, companyPolicy)
	for name, c := range map[string]struct {
		args     string
		has, not []string
	}{
		"the policy alone":         {"", []string{"Region eu-central-1;", "4195", "corp.example.com", "(--no-egress)", "By the company policy Example Corp 7 (" + file + "): region, protocol, directory_dns, domain, no_egress, labels."}, []string{"4172"}},
		"a Region":                 {"--region tokyo", []string{"Region ap-northeast-1;"}, []string{"eu-central-1"}},
		"a code instead":           {"--registration SLiad+ABC123", []string{"Region us-east-1;"}, []string{"eu-central-1"}},
		"a protocol":               {"--protocol pcoip", []string{"4172"}, []string{"4195"}},
		"the address after all":    {"--no-egress=false", nil, []string{"(--no-egress)"}},
		"other name servers":       {"--directory-dns 10.9.9.9", []string{"10.9.9.9"}, []string{"10.0.0.10"}},
		"watch goes by it as well": {"--every 1m", []string{"Region eu-central-1;", "every 1m0s", "Example Corp"}, nil},
	} {
		command := "check"
		if strings.Contains(c.args, "--every") {
			command = "watch"
		}
		r := execute(t.Context(), append([]string{command, "--plan", "--policy", file}, strings.Fields(c.args)...)...)
		if r.code != 0 {
			t.Errorf("%s: exit code %d\n%s", name, r.code, r.stderr)
		}
		for _, text := range c.has {
			if !strings.Contains(r.out, text) {
				t.Errorf("%s: lacks %q\n%s", name, text, r.out)
			}
		}
		for _, text := range c.not {
			if strings.Contains(r.out, text) {
				t.Errorf("%s: has %q\n%s", name, text, r.out)
			}
		}
	}
}

// The real thing, in an empty network: the computer itself is at fault there.
func TestAReportSaysWhatPolicyItWasMadeUnder(t *testing.T) {
	r := execute(t.Context(), "check", "--policy", laidDown(t, companyPolicy), "--label", "floor=9", "-o", "json")
	read, err := report.Parse(strings.NewReader(r.out))
	if err != nil {
		t.Fatalf("%v\n%s%s", err, r.out, r.stderr)
	}
	if read.Policy == nil || *read.Policy != (report.PolicyMark{Name: "Example Corp", Version: "7"}) {
		t.Errorf("%+v", read.Policy)
	}
	if read.Labels["site"] != "Osaka" || read.Labels["floor"] != "9" || read.Target.Region != "eu-central-1" ||
		read.Target.Protocol != "dcv" {
		t.Errorf("%v, %+v", read.Labels, read.Target)
	}
	v := read.Verdict
	if v.Layer == nil || *v.Layer != layer.LocalDevice {
		t.Fatalf("an empty network is %+v", v)
	}
	if v.Owner != "the help desk" || len(v.Remedy) == 0 || v.Remedy[0] != "Contact the help desk: call 4711." {
		t.Errorf("owner %q, %q", v.Owner, v.Remedy)
	}
	file := laidDown(t, r.out)
	again := execute(t.Context(), "rejudge", file, "--policy", laidDown(t, companyPolicy), "-o", "json")
	bare := execute(t.Context(), "rejudge", file, "--policy", "none", "-o", "json")
	if !strings.Contains(again.out, `"owner": "the help desk"`) || !strings.Contains(again.out, `"version": "7"`) ||
		strings.Contains(bare.out, "the help desk") || strings.Contains(bare.out, "Example Corp") {
		t.Errorf("judged again:\n%s\n%s", again.out[:300], bare.out[:300])
	}
	plain := execute(t.Context(), "check", "--policy", "none", "--region", "iad", "-o", "json")
	var all map[string]any
	if err := json.Unmarshal([]byte(plain.out), &all); err != nil || all["policy"] != nil {
		t.Errorf("%v, %v", err, all["policy"])
	}
}

func TestExplainNamesTheCompanysOwners(t *testing.T) {
	file := laidDown(t, companyPolicy)
	for _, topic := range []string{"network-firewall", "udp_not_passing"} {
		r := execute(t.Context(), "explain", topic, "--policy", file)
		for _, text := range []string{"Netz-Team", "1. Contact Netz-Team: form X.", "2. Say where you sit."} {
			if r.code != 0 || !strings.Contains(r.out, text) {
				t.Errorf("%s lacks %q\n%s%s", topic, text, r.out, r.stderr)
			}
		}
	}
}

func TestAWrongPolicyIsToldByItsPlace(t *testing.T) {
	for name, c := range map[string]struct{ text, says, hint string }{
		"a key that is not known": {"{\n  \"protcol\": \"dcv\"\n}", `line 2, column 3: no key is called "protcol"`, `"protocol"`},
		"no such Region":          {"{\n\"name\": \"x\",\n\"region\": \"atlantis\"}", "line 3, column 11: ", "atlantis"},
		"no CIDR":                 {`{"allowed_cidrs": ["10.0.0.0/8", "ten"]}`, "line 1, column 19: ", "not a CIDR"},
		"no protocol":             {`{"protocol": "rdp"}`, "line 1, column 14: ", "--protocol dcv"},
		"no name server":          {`{"directory_dns": ["dns.example.com"]}`, "line 1, column 19: ", "--directory-dns"},
		"a proxy with a password": {`{"proxy": "http://a:SECRET@p.example.com"}`, "line 1, column 11: ", ""},
		"no code":                 {`{"registration": "???"}`, "line 1, column 18: ", ""},
		"no JSON":                 {"{\n\n  region}", "line 3, column 3: this is no JSON", "wsdoctor policy template json"},
	} {
		file := laidDown(t, c.text)
		r := execute(t.Context(), "check", "--policy", file, "--region", "iad")
		if r.code != layer.ExitUsage || r.out != "" || !strings.Contains(r.stderr, file) ||
			!strings.Contains(r.stderr, c.says) ||
			!strings.Contains(r.stderr, c.hint) ||
			strings.Contains(r.stderr, "SECRET") {
			t.Errorf("%s: exit code %d\n%s", name, r.code, r.stderr)
		}
	}
	missing := filepath.Join(t.TempDir(), "none.json")
	if r := execute(
		t.Context(),
		"check",
		"--policy",
		missing,
		"--plan",
	); r.code != layer.ExitUsage ||
		!strings.Contains(r.stderr, missing) {
		t.Errorf("exit code %d\n%s", r.code, r.stderr)
	}
}

// What the administrator laid down holds without a flag, and one that others may write
// holds for nobody.
func TestTheAdministratorsPolicyHoldsWithoutAFlag(t *testing.T) {
	var out, errs bytes.Buffer
	place := "/etc/wsdoctor/policy.json"
	env := Env{Stdout: &out, Stderr: &errs, Stdin: strings.NewReader(""), Getenv: func(string) string { return "" }}
	env.ManagedPolicy = func() ([]byte, string, error) { return []byte(companyPolicy), place, nil }
	if code := Execute(
		t.Context(),
		env,
		[]string{"check", "--plan"},
	); code != 0 ||
		!strings.Contains(out.String(), "Example Corp 7 ("+place+")") {
		t.Errorf("exit code %d\n%s%s", code, out.String(), errs.String())
	}
	out.Reset()
	if code := Execute(
		t.Context(),
		env,
		[]string{"check", "--plan", "--policy", "none", "--region", "iad"},
	); code != 0 ||
		strings.Contains(out.String(), "Example") {
		t.Errorf("exit code %d\n%s%s", code, out.String(), errs.String())
	}
	env.ManagedPolicy = func() ([]byte, string, error) {
		return nil, place, &os.PathError{Op: "open", Path: place, Err: policy.ErrWritable}
	}
	out.Reset()
	if code := Execute(
		t.Context(),
		env,
		[]string{"check", "--plan", "--region", "iad"},
	); code != layer.ExitUsage || out.Len() != 0 ||
		!strings.Contains(errs.String(), "others than the administrator may write it") ||
		!strings.Contains(errs.String(), place) {
		t.Errorf("exit code %d\n%s%s", code, out.String(), errs.String())
	}
}

func TestThePolicyCommandSaysWhatHolds(t *testing.T) {
	file := laidDown(t, companyPolicy)
	if r := execute(
		t.Context(),
		"policy",
		"--policy",
		file,
	); r.code != 0 ||
		!strings.Contains(strings.ReplaceAll(r.out, "\n", " "), "region, protocol, directory_dns") {
		t.Errorf("exit code %d\n%s%s", r.code, r.out, r.stderr)
	}
	if r := execute(
		t.Context(),
		"policy",
		"--policy",
		"none",
	); r.code != 0 ||
		r.out != "No company policy holds here.\n" {
		t.Errorf("exit code %d\n%s%s", r.code, r.out, r.stderr)
	}
	// The example can be used as it is.
	example := execute(t.Context(), "policy", "template", "json")
	if r := execute(
		t.Context(),
		"check",
		"--plan",
		"--policy",
		laidDown(t, example.out),
	); example.code != 0 || r.code != 0 ||
		!strings.Contains(r.out, "Example Corp") {
		t.Errorf("exit code %d\n%s%s", r.code, r.out, r.stderr)
	}
	for args, says := range map[string]string{"policy template": "needs one kind", "policy template admix": "hint: wsdoctor policy template admx\n", "policy zzz": "zzz"} {
		if r := execute(
			t.Context(),
			strings.Fields(args)...); r.code != layer.ExitUsage ||
			!strings.Contains(r.stderr, says) {
			t.Errorf("%s: exit code %d\n%s", args, r.code, r.stderr)
		}
	}
}

// joinedSamples joins a desk's report and one from inside.
func joinedSamples(t *testing.T, args ...string) result {
	t.Helper()
	names := []string{"merge"}
	for _, name := range []string{"host-firewall", "inside-broken"} {
		b, err := reporttest.Samples()[name].JSON()
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), name+".json")
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, file)
	}
	return execute(t.Context(), append(append(names, "--any-age", "--any-region"), args...)...)
}

func TestAJoinedVerdictNamesTheCompanysOwners(t *testing.T) {
	file := laidDown(t, `{"name": "Example Corp", "labels": {"site": "Osaka"}, "owners": {
		"desktop-it": {"name": "Bureautique", "contact": "call 4711"},
		"workspaces-administrator": {"name": "Cloud team"}}}`)
	r := joinedSamples(t, "--policy", file, "-o", "json")
	var joined merge.Result
	if err := json.Unmarshal([]byte(r.out), &joined); err != nil {
		t.Fatalf("%v\n%s", err, r.stderr)
	}
	if joined.Verdict.Owner != "Bureautique" || joined.Verdict.Remedy[0] != "Contact Bureautique: call 4711." {
		t.Errorf("%s, %q", joined.Verdict.Owner, joined.Verdict.Remedy)
	}
	if len(joined.Also) == 0 || joined.Also[0].Owner != "Cloud team" {
		t.Errorf("what is wrong besides: %+v", joined.Also)
	}
	if joined.Policy == nil || joined.Policy.Name != "Example Corp" || joined.Labels["site"] != "Osaka" {
		t.Errorf("%+v, %v", joined.Policy, joined.Labels)
	}
	if plain := joinedSamples(t, "--policy", "none", "-o", "json"); strings.Contains(plain.out, `"policy"`) ||
		strings.Contains(plain.out, "Bureautique") {
		t.Errorf("without a policy:\n%.500s", plain.out)
	}
}

// Monitors get a joined verdict as they get a run's, with the exit codes that they expect.
func TestMonitorsReadAJoinedVerdict(t *testing.T) {
	for form, want := range map[string]struct {
		code  int
		begin string
	}{
		"nagios": {2, "WORKSPACES CRITICAL - This computer"}, "junit": {11, "<?xml"},
		"intune": {1, "status=fault layer=local-firewall"},
	} {
		r := joinedSamples(t, "-o", form)
		if r.code != want.code || !strings.HasPrefix(r.out, want.begin) || r.stderr != "" {
			t.Errorf("%s: exit code %d\n%s%s", form, r.code, r.out, r.stderr)
		}
		if form == "junit" && !strings.Contains(r.out, `failures="1"`) {
			t.Errorf("%s", r.out)
		}
	}
	if r := execute(t.Context(), "merge", "none.json", "nothing.json", "-o", "nagios"); r.code != unknownToNagios ||
		!strings.HasPrefix(r.out, "WORKSPACES UNKNOWN") {
		t.Errorf("%+v", r)
	}
}

// A path is told with the company's owner of the layer, first what it wants done.
func TestAPathNamesTheCompanysOwners(t *testing.T) {
	p, err := policy.Parse([]byte(companyPolicy))
	if err != nil {
		t.Fatal(err)
	}
	where := finding.At(finding.OnDevice, "10.20.0.1").For([]string{"udp/4172"})
	v := tellLocated(Env{Words: words.English(), Policy: p}, desk.Located{
		Transport: probe.UDP, Port: 4172, Layer: layer.NetworkFirewall, Confidence: finding.Likely, Where: where,
	})
	if v.Owner != "Netz-Team" || v.Where != where || !slices.Equal(v.Remedy, []string{"Contact Netz-Team: form X.", "Say where you sit."}) {
		t.Errorf("%+v", v)
	}
	if said := why(words.English(), v); !strings.Contains(said, "Who fixes it: Netz-Team.\n  Contact Netz-Team: form X.\n") {
		t.Errorf("%s", said)
	}
	if bare := tellLocated(Env{Words: words.English()}, desk.Located{Layer: layer.NetworkFirewall}); bare.Owner == "" || bare.Remedy != nil {
		t.Errorf("%+v", bare)
	}
}

// A simulation has a Region and name servers of its own: of the policy it gets the owners.
func TestASimulationGoesByTheOwnersAlone(t *testing.T) {
	p, err := policy.Parse([]byte(companyPolicy))
	if err != nil {
		t.Fatal(err)
	}
	owned, err := policy.Parse(p.Owned())
	if err != nil || len(owned.Flags()) > 0 || owned.Name != p.Name || owned.Version != p.Version ||
		!reflect.DeepEqual(owned.Owners, p.Owners) {
		t.Errorf("%+v, %v", owned, err)
	}
	if text := (&policy.Policy{Region: "us-east-1"}).Owned(); text != nil {
		t.Errorf("%s", text)
	}
	r := execute(t.Context(), "demo", "--loopback", "proxy-auth", "--policy", laidDown(t, companyPolicy), "-o", "json")
	read, err := report.Parse(strings.NewReader(r.out))
	if err != nil || read.Verdict.Owner != "Netz-Team" || read.Target.Region != "us-east-1" || read.Policy == nil ||
		read.Policy.Version != "7" || read.Target.Protocol != "both" {
		t.Errorf("%v, %s, %+v\n%s", err, read.Verdict.Owner, read.Target, r.stderr)
	}
}
