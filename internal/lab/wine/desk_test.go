//go:build wine && linux

package wine

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// deskFacts are what a report says of the software on this computer, of its networks
// and of name servers for single names.
type deskFacts struct {
	Observations []struct {
		Operation, Outcome string
		StartedMS          float64 `json:"started_ms"`
		Detail             json.RawMessage
	}
	Gaps []string
}

// of gives the detail of an operation, which must be told once.
func of[D any](t *testing.T, f deskFacts, operation string) (d D) {
	t.Helper()
	n := 0
	for _, o := range f.Observations {
		if o.Operation == operation {
			n++
			if err := json.Unmarshal(o.Detail, &d); err != nil || o.Outcome != "ok" {
				t.Errorf("%s: %s, %v", operation, o.Outcome, err)
			}
		}
	}
	if n != 1 {
		t.Fatalf("%s is told %d times; gaps %q", operation, n, f.Gaps)
	}
	return d
}

func readDesk(t *testing.T) (f deskFacts) {
	t.Helper()
	s := windows(t, "check", "--region", "us-east-1", "--timeout", "2s", "-o", "json")
	if err := json.Unmarshal([]byte(s.out), &f); err != nil {
		t.Fatalf("exit code %d, %v\n%.500s\n%s", s.code, err, s.out, s.err)
	}
	return f
}

type products struct {
	Products []struct {
		Name, Version string
		Running       bool
		Signs         []struct{ In, Name string }
	}
	Looked []string
}

func (p products) named(name string) (version string, running bool, signs []string) {
	for _, x := range p.Products {
		if x.Name == name {
			for _, s := range x.Signs {
				signs = append(signs, s.In+" "+s.Name)
			}
			return x.Version, x.Running, signs
		}
	}
	return "", false, nil
}

// What Windows lists as installed, and the drivers and services that it knows.
func TestTheSoftwareOnTheDeskIsFound(t *testing.T) {
	before := of[products](t, readDesk(t), "host_software")
	if len(before.Products) != 0 || !slices.Equal(before.Looked, []string{"processes", "services", "uninstall-entries", "adapters", "filters"}) {
		t.Errorf("a fresh Windows: %+v", before)
	}
	const (
		uninstall = `HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\`
		filters   = `HKLM\SYSTEM\CurrentControlSet\Control\Network\{4d36e974-e325-11ce-bfc1-08002be10318}\{1}`
		client    = uninstall + `{WorkSpaces}`
	)
	for _, v := range [][]string{
		{uninstall + `{Zscaler}`, "DisplayName", "Zscaler"}, {uninstall + `{Zscaler}`, "DisplayVersion", "4.3.0.190"},
		{uninstall + `{diary}`, "DisplayName", "Diary of Jane Doe"},
		{filters, "Description", "Kaspersky Lab NDIS 6 Filter"},
		{client, "DisplayName", "Amazon WorkSpaces"}, {client, "DisplayVersion", "5.21.0.4000"},
	} {
		tool(t, "reg", "add", v[0], "/v", v[1], "/t", "REG_SZ", "/d", v[2], "/f")
	}
	t.Cleanup(func() {
		for _, key := range []string{uninstall + `{Zscaler}`, uninstall + `{diary}`, filters, client} {
			tool(t, "reg", "delete", key, "/f")
		}
	})
	report := readDesk(t)
	after := of[products](t, report, "host_software")
	if version, running, signs := after.named("Zscaler Client Connector"); version != "4.3.0.190" || running || !slices.Equal(signs, []string{"uninstall-entry Zscaler"}) {
		t.Errorf("Zscaler: %q, running %v, %q", version, running, signs)
	}
	if _, running, signs := after.named("Kaspersky"); running || !slices.Equal(signs, []string{"filter Kaspersky"}) {
		t.Errorf("Kaspersky: running %v, %q", running, signs)
	}
	if len(after.Products) != 2 {
		t.Errorf("%+v", after.Products)
	}
	said := strings.Join(report.Gaps, "\n")
	if !strings.Contains(said, "client on this computer is 5.21.0.4000, and AWS supports 5.22.1") || !strings.Contains(said, "no streaming by DCV over port 443") {
		t.Errorf("the age of the client is not told:\n%s", said)
	}
	if strings.Contains(said, "Jane Doe") {
		t.Errorf("another program is told:\n%s", said)
	}
}

// The list of processes: the program itself runs under a product's name. Wine's service
// manager forgets what it was told of when the program that told it has ended, so that
// none of its services can be given one.
func TestProcessesAreListed(t *testing.T) {
	program, err := os.ReadFile(windowsBuild)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "ZSATunnel.exe")
	if err := os.WriteFile(copied, program, 0o755); err != nil {
		t.Fatal(err)
	}
	s := wine(t, "", copied, "check", "--region", "us-east-1", "--timeout", "2s", "-o", "json")
	var f deskFacts
	if err := json.Unmarshal([]byte(s.out), &f); err != nil {
		t.Fatalf("exit code %d, %v\n%.500s\n%s", s.code, err, s.out, s.err)
	}
	_, running, signs := of[products](t, f, "host_software").named("Zscaler Client Connector")
	if !running || !slices.Equal(signs, []string{"process ZSATunnel"}) {
		t.Errorf("running %v, %q", running, signs)
	}
}

func TestWindowsOwnStateIsRead(t *testing.T) {
	report := readDesk(t)
	for range 4 { // a busy computer may take longer than the program waits
		if !strings.Contains(strings.Join(report.Gaps, "\n"), "what Windows says of its networks: context deadline exceeded") {
			break
		}
		report = readDesk(t)
	}
	d := of[struct {
		Categories []string
		IPv4, IPv6 string
	}](t, report, "host_network_state")
	if !slices.Contains([]string{"internet", "local", "none"}, d.IPv4) || !slices.Contains([]string{"internet", "local", "none"}, d.IPv6) {
		t.Errorf("%+v", d)
	}
	t.Logf("%+v", d)
}

func TestTheNamePolicyIsRead(t *testing.T) {
	type policy struct {
		Source string
		Rules  int
		Holds  []struct {
			Namespace      string
			Names, Servers []string
		}
	}
	if p := of[policy](t, readDesk(t), "host_name_policy"); p.Rules != 0 {
		t.Errorf("a fresh Windows: %+v", p)
	}
	const key = `HKLM\SYSTEM\CurrentControlSet\Services\Dnscache\Parameters\DnsPolicyConfig\{1}`
	tool(t, "reg", "add", key, "/v", "Name", "/t", "REG_MULTI_SZ", "/d", `.corp.example.com\0.amazonaws.com`, "/f")
	tool(t, "reg", "add", key, "/v", "GenericDNSServers", "/t", "REG_SZ", "/d", "10.9.8.7;10.9.8.8", "/f")
	tool(t, "reg", "add", key, "/v", "ConfigOptions", "/t", "REG_DWORD", "/d", "8", "/f")
	t.Cleanup(func() { tool(t, "reg", "delete", key, "/f") })
	p := of[policy](t, readDesk(t), "host_name_policy")
	if p.Source != "local" || p.Rules != 1 || len(p.Holds) != 1 || p.Holds[0].Namespace != ".amazonaws.com" ||
		!slices.Contains(p.Holds[0].Names, "ws-broker-service.us-east-1.amazonaws.com") || !slices.Equal(p.Holds[0].Servers, []string{"10.9.8.7", "10.9.8.8"}) {
		t.Errorf("%+v", p)
	}
}
