package plan_test

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/plan"
	"wsdoctor/internal/run"
	"wsdoctor/probe"
)

// everyPlan makes every plan that matters: all Regions, all protocols, plain and
// with everything asked for at once.
func everyPlan(t *testing.T, see func(t *testing.T, in plan.Input, p plan.Plan)) {
	t.Helper()
	regions := load(t).Regions()
	if len(regions) != 20 {
		t.Fatalf("%d Regions, want 20", len(regions))
	}
	everything := func(in *plan.Input) {
		in.Facts.HasIPv6 = true
		in.Facts.Resolvers.Servers = resolvers("192.168.50.1", "192.168.50.1", "2001:db8::53", "10.9.9.9")
		in.ProxyFor = proxyForHTTPS
		in.Options.DirectoryID = "d-906734e1b2"
		in.Options.Domain = "corp.example.com"
		in.Options.DirectoryDNS = []netip.Addr{netip.MustParseAddr("10.0.0.10"), netip.MustParseAddr("10.0.0.10")}
		in.Options.Gateway = plan.Gateway{Host: "gw.corp.example.com"}
	}
	for _, r := range regions {
		for _, protocol := range probe.ProtocolChoices {
			for name, change := range map[string]func(*plan.Input){"plain": func(*plan.Input) {}, "everything": everything} {
				t.Run(r.ID+"/"+string(protocol)+"/"+name, func(t *testing.T) {
					in := input(t, r.ID)
					in.Options.Protocol = protocol
					change(&in)
					see(t, in, plan.Make(in))
				})
			}
		}
	}
}

func TestEveryPlanCanBeRun(t *testing.T) {
	everyPlan(t, func(t *testing.T, _ plan.Input, p plan.Plan) { runnable(t, p) })
}

// The packet counter of an interface knows neither hosts nor ports: of two looks at
// it one waits for the other, and both for every sweep.
func TestLooksAtThePacketCounterAreAlone(t *testing.T) {
	counters := 0
	everyPlan(t, func(t *testing.T, in plan.Input, _ plan.Plan) {
		in.Facts.HasIPv4, in.Facts.HasIPv6 = false, true // the most groups of sweeps
		p := plan.Make(in)
		var before []string
		for _, s := range p.Steps {
			if s.Probe == "path" {
				before = append(before, s.ID)
			}
		}
		for _, s := range p.Steps {
			if s.Probe != "counters" {
				continue
			}
			for _, id := range before {
				if !slices.Contains(s.After, id) {
					t.Errorf("%s does not wait for %s", s.ID, id)
				}
			}
			before, counters = append(before, s.ID), counters+1
		}
	})
	if counters == 0 {
		t.Error("no counters at all")
	}
}

// waitsForItself follows what steps wait for from a step and gives the way back to it, if there
// is one.
func waitsForItself(steps map[string]plan.Step, id string) string {
	seen := map[string]bool{}
	var follow func(at, way string) string
	follow = func(at, way string) string {
		for _, next := range slices.Concat(steps[at].After, steps[at].InSite, steps[at].Better) {
			if next == id {
				return way + " < " + next
			}
			if !seen[next] {
				seen[next] = true
				if circle := follow(next, way+" < "+next); circle != "" {
					return circle
				}
			}
		}
		return ""
	}
	return follow(id, id)
}

func TestWaitsForItselfFindsACircle(t *testing.T) {
	steps := map[string]plan.Step{"a": {After: []string{"b"}}, "b": {After: []string{"c"}}, "c": {Better: []string{"a"}}, "d": {InSite: []string{"a"}}}
	if got := waitsForItself(steps, "a"); got != "a < b < c < a" {
		t.Errorf("got %q", got)
	}
	if got := waitsForItself(steps, "d"); got != "" {
		t.Errorf("d only waits for a circle, got %q", got)
	}
}

// vendorDomains are the registered domains a plan may send to, besides what the
// user named.
var vendorDomains = []string{
	"amazonaws.com", "amazonworkspaces.com", "aws", "cloudfront.net", "amazonaws-us-gov.com", "amazon.com", "awsapps.com", "amazonaws.com.cn",
}

func TestPlansSendOnlyToTheVendorAndToWhatTheUserNamed(t *testing.T) {
	everyPlan(t, func(t *testing.T, in plan.Input, p plan.Plan) {
		named := map[string]bool{}
		if in.Options.Domain != "" {
			named[in.Options.Gateway.Host] = true
			for _, name := range []string{"", "_ldap._tcp.", "_kerberos._tcp."} {
				named[name+in.Options.Domain] = true
			}
		}
		for _, s := range p.Steps {
			host := s.Target.Host
			if strings.ContainsAny(host+s.Target.Path, "{}") {
				t.Errorf("step %q: %s%s holds a placeholder", s.ID, host, s.Target.Path)
			}
			if !named[host] && !ofVendor(host) {
				t.Errorf("step %q sends to %q", s.ID, host)
			}
		}
	})
}

func ofVendor(host string) bool {
	for _, d := range vendorDomains {
		if strings.HasSuffix(host, "."+d) {
			return true
		}
	}
	return false
}

func TestAThirdPartyIsRecognised(t *testing.T) {
	for host, want := range map[string]bool{
		"s3.amazonaws.com": true, "us-east-1.signin.aws": true, "evilamazonaws.com": false, "amazonaws.com.example.org": false, "aws": false,
	} {
		if ofVendor(host) != want {
			t.Errorf("%s: %v", host, !want)
		}
	}
}

// A resolver that is asked directly is one of the computer's own, or one of the
// directory's that the user named.
func TestPlansAskOnlyConfiguredResolvers(t *testing.T) {
	everyPlan(t, func(t *testing.T, in plan.Input, p plan.Plan) {
		allowed := map[string]bool{"system": true}
		for _, r := range in.Facts.Resolvers.Servers {
			allowed[r.String()] = true
		}
		for _, a := range in.Options.DirectoryDNS {
			allowed[netip.AddrPortFrom(a, 53).String()] = true
		}
		for _, s := range p.Steps {
			if s.Probe == "dns" && !allowed[s.Target.Resolver] {
				t.Errorf("step %q asks %q", s.ID, s.Target.Resolver)
			}
		}
	})
}

// Scripts read a plan's lists without asking whether they are there.
func TestAPlanHasNoNullInJSON(t *testing.T) {
	everyPlan(t, func(t *testing.T, _ plan.Input, p plan.Plan) {
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "null") {
			t.Errorf("%.300s", b)
		}
	})
}

func TestRegionsMeasuresEveryBrokerThatIsKnown(t *testing.T) {
	measured := 0
	for _, r := range load(t).Regions() {
		steps := plan.Regions(r)
		_, known := r.Endpoint("broker")
		if known != (len(steps) > 0) {
			t.Errorf("%s: broker known %v, %d steps", r.ID, known, len(steps))
		}
		for _, s := range steps {
			measured++
			if plan.RegionOf(s.ID) != r.ID || run.Probers()[s.Probe] == nil || !ofVendor(s.Target.Host) {
				t.Errorf("%s: step %+v", r.ID, s)
			}
		}
	}
	if measured == 0 {
		t.Error("no Region is measured")
	}
}

func TestADirectoryIDOfTheWrongFormChangesNothing(t *testing.T) {
	in := input(t, "us-east-1")
	want := show(plan.Make(in))
	in.Options.DirectoryID = "../../etc"
	if catalog.ValidDirectoryID(in.Options.DirectoryID) || show(plan.Make(in)) != want {
		t.Error("it went into the plan")
	}
}
