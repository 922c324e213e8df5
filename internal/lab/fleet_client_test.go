//go:build linux

package lab

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/fleet"
	"wsdoctor/internal/layer"
)

// officeDesks are computers of one office in one network: some of them, with what keeps
// them from their desktops.
type officeDesks struct {
	site     string
	scenario string
	desks    int
}

// A company of three offices and forty computers, all with the same private addresses:
// in Osaka the firewall drops PCoIP, for one half of the desks before it looks at a
// packet's lifetime and for the other after it, in Nagoya the proxy refuses, and in Tokyo
// nothing is wrong.
var company = []officeDesks{
	{"Osaka", "path-firewall-drops-pcoip", 14}, {"Osaka", "path-firewall-drops-arriving", 14}, {"Nagoya", "proxy-deny", 7}, {"Tokyo", "healthy", 5},
}

// keepReports is where the reports of the company are kept: for the documents' picture.
var keepReports = flag.String("company-reports", "", "keep the reports of the company's computers in this folder")

// atOnce is how many computers run the program side by side.
const atOnce = 4

// TestACompanyIsOneFirewallAndOneProxy runs the program on each of the computers and
// asks fleet, which knows nothing but the reports.
func TestACompanyIsOneFirewallAndOneProxy(t *testing.T) {
	needLab(t)
	program := buildProgram(t)
	f := fleet.New(fleet.Options{})
	var running sync.WaitGroup
	places := make(chan struct{}, atOnce)
	total := 0
	networks := map[string]Scenario{}
	for _, o := range company {
		s, known := Find(o.scenario)
		if !known {
			t.Fatalf("no scenario %s", o.scenario)
		}
		networks[o.scenario] = s
	}
	for _, o := range company {
		s := networks[o.scenario]
		for range o.desks {
			total++
			name := fmt.Sprintf("%s-%02d", o.site, total)
			places <- struct{}{}
			running.Go(func() {
				defer func() { <-places }()
				report, err := reportOf(program, s, "--label", "site="+o.site, "--label", "host="+name)
				if err != nil {
					t.Errorf("%s, %s: %v", name, s.Name, err)
					return
				}
				f.Read(name, bytes.NewReader(report))
				if *keepReports == "" {
					return
				}
				if err := os.WriteFile(filepath.Join(*keepReports, name+".json"), report, 0o644); err != nil {
					t.Error(err)
				}
			})
		}
	}
	running.Wait()
	r := f.Result()
	text, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if r.Desks != total || r.Sites != 3 || len(r.Skipped) > 0 {
		t.Errorf("%d desks at %d sites: %s", r.Desks, r.Sites, text)
	}
	group := func(status finding.Status, id layer.ID) fleet.Group {
		i := slices.IndexFunc(r.Groups, func(g fleet.Group) bool { return g.Status == status && g.Layer == id })
		if i < 0 {
			t.Fatalf("nobody is %s at %q: %s", status, id, text)
		}
		return r.Groups[i]
	}
	firewall := group(finding.StatusFault, layer.NetworkFirewall)
	// Each half sees packets end on another side of it, so that it is the one.
	want := finding.Where{Kind: finding.OnDevice, From: "10.20.0.1", Ports: []string{"tcp/4172", "udp/4172"}}
	if firewall.Desks != 28 || firewall.Where == nil || fmt.Sprint(*firewall.Where) != fmt.Sprint(want) || firewall.Contradict != 0 || firewall.Sites[0].Name != "Osaka" {
		t.Errorf("the firewall: %+v %+v", firewall, firewall.Where)
	}
	if proxy := group(finding.StatusFault, layer.Proxy); proxy.Desks != 7 || proxy.Where == nil || proxy.Where.Kind != finding.AtProxy || proxy.Sites[0].Name != "Nagoya" {
		t.Errorf("the proxy: %+v %+v", proxy, proxy.Where)
	}
	if well := group(finding.StatusOK, ""); well.Desks != 5 || len(well.Sites) != 1 {
		t.Errorf("those that are well: %+v", well)
	}
	if t.Failed() {
		t.Logf("%s", text)
	}
}

// reportOf runs the program in a scenario's network and gives its report.
func reportOf(program string, s Scenario, flags ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	command := slices.Concat([]string{program, s.Command(), "-o", "json"}, s.Flags(), flags)
	if _, err := Run(ctx, Options{Scenario: s, Command: command, Stdout: &out, Stderr: &errs}); err != nil {
		return nil, err
	}
	if !bytes.Contains(out.Bytes(), []byte(`"wsdoctor.report/v1"`)) {
		return nil, fmt.Errorf("no report: %.500s%.500s", out.String(), errs.String())
	}
	return out.Bytes(), nil
}
