package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/policy"
	"wsdoctor/internal/report"
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
