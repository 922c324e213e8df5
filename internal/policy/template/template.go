// Package template holds what hands a company's policy out to its computers: an example
// of one, and the forms and scripts of the usual management systems with it inside. They
// are texts; nothing here changes a computer.
package template

import (
	"bytes"
	"embed"
	"encoding/json"
	"encoding/xml"
	"strings"
)

//go:embed files
var files embed.FS

// hole is where the example stands in a form.
const hole = "@POLICY@"

// kinds are all there are, each with its file and how a text is written in it.
var kinds = []struct {
	name, file string
	write      func(string) string
}{
	{"json", "policy.json", plain},
	{"admx", "wsdoctor.admx", plain},
	{"adml", "wsdoctor.adml", inXML},
	{"mobileconfig", "wsdoctor.mobileconfig", inXML},
	{"jamf", "jamf.sh", plain},
	{"intune", "intune.ps1", plain},
	{"linux", "linux.sh", plain},
}

// Kinds lists the forms.
func Kinds() (names []string) {
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return append(names, "ssm")
}

// Text gives a form; false: there is no such one.
func Text(kind string) (string, bool) {
	if kind == "ssm" {
		return ssm(), true
	}
	for _, k := range kinds {
		if k.name == kind {
			return strings.ReplaceAll(read(k.file), hole, k.write(example())), true
		}
	}
	return "", false
}

func read(name string) string {
	b, err := files.ReadFile("files/" + name)
	if err != nil {
		panic(err) // it was built in
	}
	return string(b)
}

func example() string { return strings.TrimSpace(read("policy.json")) }

func plain(s string) string { return s }

func inXML(s string) string {
	var b bytes.Buffer
	xml.EscapeText(&b, []byte(s))
	return strings.NewReplacer("&#xA;", "\n", "&#34;", `"`).Replace(b.String())
}

// document is a command document of AWS Systems Manager, schema version 2.2.
type document struct {
	SchemaVersion string `json:"schemaVersion"`
	Description   string `json:"description"`
	MainSteps     []step `json:"mainSteps"`
}

type step struct {
	Action       string       `json:"action"`
	Name         string       `json:"name"`
	Precondition precondition `json:"precondition"`
	Inputs       inputs       `json:"inputs"`
}

type precondition struct {
	StringEquals [2]string `json:"StringEquals"`
}

type inputs struct {
	RunCommand []string `json:"runCommand"`
}

// ssm runs the scripts for Windows and Linux, each on its own system.
func ssm() string {
	d := document{SchemaVersion: "2.2", Description: "wsdoctor: policy"}
	for _, s := range []struct{ action, system, kind string }{
		{"aws:runPowerShellScript", "Windows", "intune"}, {"aws:runShellScript", "Linux", "linux"},
	} {
		text, _ := Text(s.kind)
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		when := precondition{[2]string{"platformType", s.system}}
		d.MainSteps = append(d.MainSteps, step{s.action, "policy" + s.system, when, inputs{lines}})
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(d); err != nil {
		panic(err) // they are texts
	}
	return b.String()
}
