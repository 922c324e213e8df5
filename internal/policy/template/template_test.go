package template

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/policy"
	"wsdoctor/internal/preferences"
)

func text(t *testing.T, kind string) string {
	t.Helper()
	s, known := Text(kind)
	if !known || strings.Contains(s, hole) || !strings.HasSuffix(s, "\n") {
		t.Fatalf("%s: known %v\n%s", kind, known, s)
	}
	return s
}

// same wants what was taken out of a form to be the example, and a policy.
func same(t *testing.T, kind, got string) {
	t.Helper()
	if strings.TrimSpace(got) != example() {
		t.Errorf("%s holds\n%s", kind, got)
	}
	if p, err := policy.Parse([]byte(got)); err != nil || len(p.Owners) != 2 {
		t.Errorf("%s: %v", kind, err)
	}
}

func TestTheExampleIsAPolicy(t *testing.T) {
	same(t, "json", text(t, "json"))
	if _, known := Text("zzz"); known {
		t.Error("there is a form zzz")
	}
	for _, kind := range Kinds() {
		text(t, kind)
	}
}

// element is any of an XML document.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []element  `xml:",any"`
}

func parseXML(t *testing.T, kind string) element {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text(t, kind)))
	var top element
	if err := d.Decode(&top); err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if space, is := token.(xml.CharData); err != nil || !is || len(strings.TrimSpace(string(space))) > 0 {
			t.Fatalf("%s: %v, %v follows", kind, err, token)
		}
	}
	return top
}

// find gives all elements of a name.
func (e element) find(name string) (list []element) {
	for _, c := range e.Children {
		if c.XMLName.Local == name {
			list = append(list, c)
		}
		list = append(list, c.find(name)...)
	}
	return list
}

func (e element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func names(list []element, attr string) (all []string) {
	for _, e := range list {
		all = append(all, e.attr(attr))
	}
	return all
}

var reference = regexp.MustCompile(`\$\((string|presentation)\.(\w+)\)`)

// The order of the parts and what they are called: Microsoft, "ADMX syntax".
func TestTheGroupPolicyFormsFitTogether(t *testing.T) {
	const space = "http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions"
	admx, adml := parseXML(t, "admx"), parseXML(t, "adml")
	if admx.XMLName != (xml.Name{Space: space, Local: "policyDefinitions"}) ||
		adml.XMLName != (xml.Name{Space: space, Local: "policyDefinitionResources"}) {
		t.Errorf("%v, %v", admx.XMLName, adml.XMLName)
	}
	var parts []string
	for _, c := range admx.Children {
		parts = append(parts, c.XMLName.Local)
	}
	if !slices.Equal(parts, []string{"policyNamespaces", "resources", "supportedOn", "categories", "policies"}) {
		t.Errorf("parts %q", parts)
	}
	known := map[string][]string{
		"string":       names(adml.find("string"), "id"),
		"presentation": names(adml.find("presentation"), "id"),
	}
	references := reference.FindAllStringSubmatch(text(t, "admx"), -1)
	if len(references) < 4 {
		t.Errorf("only %d references", len(references))
	}
	for _, r := range references {
		if !slices.Contains(known[r[1]], r[2]) {
			t.Errorf("%s leads nowhere", r[0])
		}
	}
	p := admx.find("policy")
	if len(p) != 1 || p[0].attr("class") != "Machine" || p[0].attr("key") != `SOFTWARE\Policies\wsdoctor` {
		t.Fatalf("%+v", p)
	}
	value := p[0].find("multiText")
	if len(value) != 1 || value[0].attr("valueName") != "Policy" ||
		!slices.Equal(names(adml.find("multiTextBox"), "refId"), names(value, "id")) {
		t.Errorf("%+v", value)
	}
	if !slices.Contains(names(admx.find("category"), "name"), p[0].find("parentCategory")[0].attr("ref")) ||
		!slices.Contains(names(admx.find("definition"), "name"), p[0].find("supportedOn")[0].attr("ref")) {
		t.Error("the policy is in no category, or for no system")
	}
	for _, s := range adml.find("string") {
		if _, after, has := strings.Cut(s.Text, "An example:"); has {
			same(t, "adml", after)
		}
	}
}

func TestTheProfileIsAPropertyListWithThePolicy(t *testing.T) {
	parseXML(t, "mobileconfig")
	got, has := preferences.Text([]byte(text(t, "mobileconfig")), "Policy")
	if !has {
		t.Fatal("no policy in it")
	}
	same(t, "mobileconfig", got)
	for _, key := range []string{"PayloadType", "PayloadUUID", "PayloadIdentifier", "PayloadVersion"} {
		if n := strings.Count(text(t, "mobileconfig"), "<key>"+key+"</key>"); n != 2 {
			t.Errorf("%d of %s", n, key)
		}
	}
}

// between is what stands between two lines.
func between(t *testing.T, s, begin, end string) string {
	t.Helper()
	_, rest, found := strings.Cut(s, begin+"\n")
	inner, _, ended := strings.Cut(rest, "\n"+end+"\n")
	if !found || !ended {
		t.Fatalf("nothing between %q and %q", begin, end)
	}
	return inner
}

func checkShell(t *testing.T, name, script string) {
	t.Helper()
	cmd := exec.Command("sh", "-n")
	cmd.Stdin = strings.NewReader(script)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", name, err, out)
	}
}

func TestTheShellScriptsParse(t *testing.T) {
	for kind, begin := range map[string]string{"jamf": "policy=$(cat <<'POLICY'", "linux": "cat >/etc/wsdoctor/.policy.json.new <<'POLICY'"} {
		checkShell(t, kind, text(t, kind))
		same(t, kind, between(t, text(t, kind), begin, "POLICY"))
	}
}

// checkPowerShell looks for what is open at the end, outside of texts.
func checkPowerShell(t *testing.T, script string) {
	t.Helper()
	here := regexp.MustCompile(`(?s)@'\n.*?\n'@`)
	bare := regexp.MustCompile(`'[^'\n]*'|"[^"\n]*"|#[^\n]*`).ReplaceAllString(here.ReplaceAllString(script, ""), "")
	var open []rune
	pairs := map[rune]rune{')': '(', '}': '{', ']': '['}
	for _, c := range bare {
		switch c {
		case '(', '{', '[':
			open = append(open, c)
		case ')', '}', ']':
			if len(open) == 0 || open[len(open)-1] != pairs[c] {
				t.Fatalf("%c closes nothing\n%s", c, bare)
			}
			open = open[:len(open)-1]
		case '\'', '"':
			t.Errorf("a text is not ended\n%s", bare)
		}
	}
	if len(open) > 0 {
		t.Errorf("%q are not closed", open)
	}
}

func TestTheScriptForWindowsIsBalanced(t *testing.T) {
	script := text(t, "intune")
	checkPowerShell(t, script)
	same(t, "intune", between(t, script, "$policy = @'", "'@"))
	if !strings.Contains(script, `'HKLM:\SOFTWARE\Policies\wsdoctor'`) || !strings.Contains(script, "-Name 'Policy'") {
		t.Errorf("it writes elsewhere\n%s", script)
	}
}

// Schema version 2.2: AWS Systems Manager user guide, "Data elements and parameters".
func TestTheCommandDocumentRunsEachScriptOnItsSystem(t *testing.T) {
	var d document
	in := json.NewDecoder(strings.NewReader(text(t, "ssm")))
	in.DisallowUnknownFields()
	if err := in.Decode(&d); err != nil || d.SchemaVersion != "2.2" || len(d.MainSteps) != 2 {
		t.Fatalf("%v, %+v", err, d)
	}
	stepName := regexp.MustCompile(`^[a-zA-Z0-9_]{1,128}$`)
	for _, s := range d.MainSteps {
		script := strings.Join(s.Inputs.RunCommand, "\n") + "\n"
		want := map[[2]string]string{{"aws:runShellScript", "Linux"}: "linux", {"aws:runPowerShellScript", "Windows"}: "intune"}[[2]string{s.Action, s.Precondition.StringEquals[1]}]
		if want == "" || script != text(t, want) || !stepName.MatchString(s.Name) ||
			s.Precondition.StringEquals[0] != "platformType" {
			t.Errorf("%+v", s)
		}
	}
}
