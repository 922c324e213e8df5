package report_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/probe"
)

// acme is the inside sample with a directory whose names would tell the company.
func acme(t *testing.T) report.Report {
	t.Helper()
	b := string(encoded(t, reporttest.Samples()["inside-broken"]))
	b = strings.NewReplacer("corp.example.org", "ad.acmecorp.org", "DC=corp,DC=example,DC=org", "DC=ad,DC=acmecorp,DC=org", "dc1.", "berdc01.", "dc2.", "berdc02.").Replace(b)
	b = strings.Replace(b, "inet hardening input: policy drop", "ACMECORP-baseline: drop, set by ACMECORP\\\\admin on BERDC02", 1)
	r, err := report.Parse(strings.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRedactedInsideReportHidesTheDirectory(t *testing.T) {
	_, s := schema(t)
	b := encoded(t, report.NewRedactor(report.Names{}).Report(acme(t)))
	if err := s.Validate(object(t, b)); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"acmecorp", "berdc", "frankfurt-office", "10.66.3.5", "10.66.9.20", "172.20.", "198.51.100.44"} {
		if at := bytes.Index(bytes.ToLower(b), []byte(secret)); at >= 0 {
			t.Errorf("%s in ...%s...", secret, b[max(0, at-80):min(len(b), at+80)])
		}
	}
	for _, want := range []string{
		`"domain": "domain-1.example"`, `"context": "DC=domain-1,DC=example"`, `"name": "_ldap._tcp.dc._msdcs.domain-1.example"`, `"site": "site-1"`,
		`"10.0.0.0/8"`, `"169.254.169.254/32"`, `"destination": "0.0.0.0/0"`, `"interface": "docker0"`, `"process": "skylight-agent"`, `"name": "skylight-agent.service"`, `"engine": "nftables"`,
	} {
		if !bytes.Contains(b, []byte(want)) {
			t.Errorf("no %s in\n%s", want, b)
		}
	}
}

// A directory's sites are called after towns and offices.
func TestRedactedReportHidesTheSite(t *testing.T) {
	r := acme(t)
	for _, site := range []string{"Augsburg-Office", "HQ"} {
		r.Observations = append(r.Observations,
			probe.Observation{ID: "x1", Step: "site/dc", Operation: probe.LDAPRoot, Outcome: probe.OK, Detail: probe.LDAPDetail{Transport: probe.UDP, ClientSite: site}},
			probe.Observation{ID: "x2", Step: "site-dns/dc", Operation: probe.DNSQuery, Target: "_ldap._tcp." + site + "._sites.dc._msdcs.ad.acmecorp.org", Outcome: probe.OK, Detail: probe.DNSDetail{
				Name: "_ldap._tcp." + site + "._sites.dc._msdcs.ad.acmecorp.org", Type: "SRV"}})
	}
	b := encoded(t, report.NewRedactor(report.Names{}).Report(r))
	for _, secret := range []string{"augsburg", "hq._sites", "acmecorp"} {
		if at := bytes.Index(bytes.ToLower(b), []byte(secret)); at >= 0 {
			t.Errorf("%s in ...%s...", secret, b[max(0, at-80):min(len(b), at+80)])
		}
	}
	for _, want := range []string{`"client_site": "site-2"`, `"name": "_ldap._tcp.site-2._sites.dc._msdcs.domain-1.example"`, `"name": "_ldap._tcp.site._sites.dc._msdcs.domain-1.example"`} {
		if !bytes.Contains(b, []byte(want)) {
			t.Errorf("no %s", want)
		}
	}
}

// One domain controller stands in SRV records, in what it says of itself, in
// prose and, by its short name alone, in a firewall's rule.
func TestRedactedInsideReportCallsAControllerByOneName(t *testing.T) {
	r := report.NewRedactor(report.Names{}).Report(acme(t))
	var asked, itself, said, alone string
	for _, o := range r.Observations {
		switch d := o.Detail.(type) {
		case probe.DNSDetail:
			if len(d.Services) == 2 {
				asked = strings.TrimSuffix(d.Services[1], ":389")
			}
		case probe.LDAPDetail:
			itself = d.Host
		case probe.FirewallDetail:
			if d.Transport == probe.UDP {
				alone = d.Rule
			}
		}
	}
	for _, f := range r.Findings {
		if strings.Contains(f.Summary, "Kerberos") {
			said = f.Summary
		}
	}
	short, _, _ := strings.Cut(itself, ".")
	if itself == "" || asked != itself || !strings.Contains(said, itself) || !strings.HasSuffix(alone, "on "+short) {
		t.Errorf("in the record %q, by itself %q, in prose %q, alone %q", asked, itself, said, alone)
	}
}

func TestRedactedInsideStreamUsesTheReportsPseudonyms(t *testing.T) {
	r := reporttest.Samples()["inside-broken"]
	var out bytes.Buffer
	e := report.NewEncoder(&out, report.NewRedactor(report.Names{}))
	lines := []report.Line{report.StartLine(r.Tool, r.Run, r.Target)}
	for _, o := range r.Observations {
		lines = append(lines, report.ObservationLine(o))
	}
	for _, l := range append(lines, report.DoneLine(r)) {
		if err := e.Write(l); err != nil {
			t.Fatal(err)
		}
	}
	written := strings.Split(strings.TrimSpace(out.String()), "\n")
	done := object(t, []byte(written[len(written)-1]))["report"].(map[string]any)["observations"].([]any)
	for i, line := range written[1 : len(written)-1] {
		if alone := object(t, []byte(line))["observation"]; fmt.Sprint(alone) != fmt.Sprint(done[i]) {
			t.Errorf("observation %d differs:\n%v\n%v", i, alone, done[i])
		}
	}
}

func TestRedactUsesWhatWasLearntOfAReport(t *testing.T) {
	x := report.NewRedactor(report.Names{})
	x.Learn(acme(t))
	type joined struct {
		Says []string
		At   netip.Addr
	}
	in := joined{Says: []string{"berdc02.ad.acmecorp.org at 172.20.11.10 is 431 s behind"}, At: netip.MustParseAddr("10.66.3.5")}
	out := report.Redact(x, in)
	if strings.Contains(out.Says[0], "acme") || !strings.Contains(out.Says[0], ".domain-1.example at private-") || out.At == in.At || in.Says[0][:5] != "berdc" {
		t.Errorf("%+v", out)
	}
}
