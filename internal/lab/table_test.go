package lab

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"testing"

	"net/netip"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/lab/servers"
	"wsdoctor/internal/layer"
)

func TestScenarioNamesAreUniqueAndTyped(t *testing.T) {
	form, seen := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`), map[string]bool{}
	for _, s := range slices.Concat(trials(), realTrials()) {
		if seen[s.Name] || !form.MatchString(s.Name) || s.Title == "" {
			t.Errorf("%q: not unique, not in the form of a name, or without a title", s.Name)
		}
		seen[s.Name] = true
	}
	if len(trials()) < 40 {
		t.Errorf("only %d scenarios", len(trials()))
	}
}

func TestEveryDeskLayerHasFaults(t *testing.T) {
	for _, l := range layer.All {
		if !l.Desk {
			continue
		}
		n := 0
		for _, s := range trials() {
			if s.Expect.Names(l.ID) {
				n++
			}
		}
		if n < 2 {
			t.Errorf("%s: %d scenarios", l.ID, n)
		}
	}
}

func TestScenariosSurviveTheWayToTheHost(t *testing.T) {
	for _, tried := range trials() {
		s := tried.Scenario
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back Scenario
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, back, cmpopts.EquateEmpty(), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", s.Name, diff)
		}
	}
}

// TestModesExist catches a misspelt mode, which would inject nothing.
func TestModesExist(t *testing.T) {
	modes := map[Kind][]string{
		DNS: servers.DNSFaults(), Web: servers.WebFaults(), Proxy: append(servers.ProxyModes(), "", "closed", "gone"),
		Portal: {"redirect", "page", "http-only", "dns"}, FakeAccept: {"", "relay", "carry", "reset"}, Intercept: {"", "trusted"},
		Blackhole: {"", "unreachable", "prohibit"}, Swallow: {"", "queue"}, Chatter: slices.Collect(maps.Keys(chatterRates)),
		Service: slices.Collect(maps.Keys(unitStates)), Overlap: {"bridge", "vpn", "route"}, DirectoryMode: servers.DirectoryModes(),
		LocalStub: {"", "dead", "silent"}, LocalProxy: append(servers.ProxyModes(), "", "dead"), FakeIP: {"", "web-only"}, Genuine: {"", "refuses"}, RateLimit: {"", "first"},
	}
	for _, s := range trials() {
		for _, f := range s.Faults {
			if f.Kind == Ruleset { // see TestRulesetsOfScenariosExist
				continue
			}
			if list, has := modes[f.Kind]; has && !slices.Contains(list, f.Mode) || !has && f.Mode != "" {
				t.Errorf("%s: %s has no mode %q", s.Name, f.Kind, f.Mode)
			}
		}
	}
}

func TestEveryNameOfTheCatalogResolvesInTheLab(t *testing.T) {
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	z, err := world()
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Find(region)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range r.Endpoints {
		got := z.Hosts[e.ForDirectory("d-906734e1b2").Host]
		if len(got) == 0 {
			t.Errorf("%s: %s does not resolve", e.ID, e.Host)
		}
		if e.Family == "ip6" && !slices.ContainsFunc(got, netip.Addr.Is6) || e.Family == "ip4" && !slices.ContainsFunc(got, netip.Addr.Is4) {
			t.Errorf("%s: %s has no address of family %s", e.ID, e.Host, e.Family)
		}
		if len(e.Addresses) > 0 && !slices.Equal(got, e.Addresses) {
			t.Errorf("%s: %v, published are %v", e.ID, got, e.Addresses)
		}
	}
}
