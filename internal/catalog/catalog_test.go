package catalog

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wsdoctor/probe"
)

func loaded(t testing.TB) *Catalog {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func found(t testing.TB, id string) Region {
	t.Helper()
	r, err := loaded(t).Find(id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// thin are the Regions whose hosts are not published.
var thin = []string{"ap-southeast-5", "cn-northwest-1", "us-east-2"}

func TestEveryRegionIsThere(t *testing.T) {
	want := []string{
		"af-south-1", "ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1",
		"ap-southeast-2", "ap-southeast-5", "ca-central-1", "cn-northwest-1", "eu-central-1",
		"eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "sa-east-1",
		"us-east-1", "us-east-2", "us-gov-east-1", "us-gov-west-1", "us-west-2",
	}
	var got []string
	for _, r := range loaded(t).Regions() {
		got = append(got, r.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Regions (-want +got):\n%s", diff)
	}
}

func TestARegionWithoutHostsSaysWhyAndOthersHaveThem(t *testing.T) {
	for _, r := range loaded(t).Regions() {
		if got, want := r.Gap != "", slices.Contains(thin, r.ID); got != want {
			t.Errorf("%s: gap %q", r.ID, r.Gap)
		}
		e, ok := r.Endpoint("broker")
		if !ok || e.ByPattern != (r.Gap != "") || r.Guessed(e.Host) != e.ByPattern {
			t.Errorf("%s: broker there: %v, by pattern: %v, gap %q", r.ID, ok, e.ByPattern, r.Gap)
		}
	}
}

func TestEveryKnownRegionHasTheDefaultRolesInOrder(t *testing.T) {
	want := []string{
		"broker", "broker-v6", "session-broker", "login", "directory-settings", "pre-login",
		"connectivity", "portal-http", "address-echo",
		"pcoip-tcp", "pcoip-udp", "dcv-tcp", "dcv-udp",
		"pcoip-tcp-v6", "pcoip-udp-v6", "dcv-tcp-v6", "dcv-udp-v6", "stun",
	}
	for _, r := range loaded(t).Regions() {
		if r.Gap != "" {
			continue
		}
		var got []string
		for _, e := range r.Endpoints {
			if e.Probe {
				got = append(got, e.ID)
			}
		}
		want := want
		if r.Partition == "aws-us-gov" { // the page lists no sign-in settings host there
			want = slices.DeleteFunc(slices.Clone(want), func(id string) bool { return id == "pre-login" })
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", r.ID, diff)
		}
	}
}

func TestEndpointsOfARegion(t *testing.T) {
	tokyo := found(t, "ap-northeast-1")
	health := []netip.Addr{netip.MustParseAddr("18.178.102.247"), netip.MustParseAddr("54.64.174.128")}
	for _, want := range []Endpoint{
		{ID: "broker", Transport: probe.TCP, Scheme: "https", Host: "ws-broker-service.ap-northeast-1.amazonaws.com", Path: "/ping", Port: 443, Family: "ip4", Required: true, Probe: true, Expect: ExpectHealthy},
		{ID: "session-broker", Transport: probe.TCP, Scheme: "https", Host: "skylight-cm.ap-northeast-1.amazonaws.com", Path: "/", Port: 443, Family: "ip4", Required: true, Probe: true, Protocols: []probe.Protocol{"pcoip"}, Expect: ExpectAnyHTTP},
		{ID: "portal-http", Transport: probe.TCP, Scheme: "http", Host: "clients.amazonworkspaces.com", Path: "/", Port: 80, Probe: true, Expect: ExpectAnyHTTP},
		{ID: "address-echo", Transport: probe.TCP, Scheme: "http", Host: "checkip.amazonaws.com", Path: "/", Port: 80, Probe: true, Expect: ExpectIP},
		{ID: "pcoip-udp", Transport: probe.UDP, Host: "drp-nrt.amazonworkspaces.com", Port: 4172, Family: "ip4", Required: true, Probe: true, Protocols: []probe.Protocol{"pcoip"}, Expect: ExpectSTUN, Addresses: health},
		{ID: "dcv-udp", Transport: probe.UDP, Host: "drp-nrt.amazonworkspaces.com", Port: 4195, Family: "ip4", Probe: true, Protocols: []probe.Protocol{"dcv"}, Expect: ExpectQUIC, Addresses: health},
		{ID: "dcv-tcp-v6", Transport: probe.TCP, Host: "drp-workspaces.ap-northeast-1.api.aws", Port: 4195, Family: "ip6", Probe: true, Protocols: []probe.Protocol{"dcv"}, Expect: ExpectTLS},
		{ID: "stun", Transport: probe.UDP, Host: "stun.kinesisvideo.ap-northeast-1.amazonaws.com", Port: 443, Family: "ip4", Probe: true, Expect: ExpectSTUN},
		{ID: "client-metrics", Transport: probe.TCP, Scheme: "https", Host: "skylight-client-ds.ap-northeast-1.amazonaws.com", Path: "/", Port: 443, Family: "ip4", Expect: ExpectAnyHTTP},
	} {
		got, ok := tokyo.Endpoint(want.ID)
		if !ok {
			t.Errorf("no %s", want.ID)
			continue
		}
		ignore := cmpopts.IgnoreFields(Endpoint{}, "Purpose", "Layer", "Uncertain", "Source", "AsOf")
		if diff := cmp.Diff(want, got, ignore, cmpopts.IgnoreUnexported(Endpoint{}), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.ID, diff)
		}
		if _, ok := loaded(t).Source(got.Source); !ok {
			t.Errorf("%s: source %q is unknown", want.ID, got.Source)
		}
	}
}

func TestGovCloudHasItsOwnHosts(t *testing.T) {
	const id = "d-906734e1b2"
	for region, want := range map[string][2]string{
		"us-gov-west-1": {"us-gov-west-1.signin-fips.amazonaws-us-gov.com", "/workspaces-client-properties/prod/pdt/" + id},
		"us-gov-east-1": {"us-gov-east-1.signin-fips.amazonaws-us-gov.com", "/workspaces-client-properties/prod/osu/" + id},
		"us-east-1":     {"us-east-1.signin.aws", "/prod/us-east-1/" + id},
	} {
		r := found(t, region)
		login, _ := r.Endpoint("login")
		settings, _ := r.Endpoint("directory-settings")
		if got := [2]string{login.Host, settings.ForDirectory(id).Path}; got != want {
			t.Errorf("%s: got %q, want %q", region, got, want)
		}
	}
}

func TestADirectoryIDGoesIntoPathAndHostOnlyIfItIsOne(t *testing.T) {
	r := found(t, "us-east-1")
	settings, _ := r.Endpoint("directory-settings")
	page, _ := r.Endpoint("login-directory")
	for id, want := range map[string][2]string{
		"d-906734e1b2":     {"/prod/us-east-1/d-906734e1b2", "d-906734e1b2.awsapps.com"},
		"wsd-0abc12345xyz": {"/prod/us-east-1/wsd-0abc12345xyz", "wsd-0abc12345xyz.awsapps.com"},
		"":                 {"/", "{directory_id}.awsapps.com"},
		"../../etc":        {"/", "{directory_id}.awsapps.com"},
		"d-906734e1b2\r\n": {"/", "{directory_id}.awsapps.com"},
		"D-906734E1B2":     {"/", "{directory_id}.awsapps.com"},
	} {
		got := [2]string{settings.ForDirectory(id).Path, page.ForDirectory(id).Host}
		if got != want {
			t.Errorf("%q: got %q, want %q", id, got, want)
		}
	}
}

func TestABorrowedSTUNHostIsOwnedUpTo(t *testing.T) {
	for region, host := range map[string]string{"il-central-1": "eu-central-1", "us-gov-west-1": "us-west-2", "us-gov-east-1": "us-east-1", "eu-west-1": ""} {
		r := found(t, region)
		e, _ := r.Endpoint("stun")
		if e.HostRegion != host || (e.Uncertain == "") != (host == "") {
			t.Errorf("%s: host region %q, uncertain %q", region, e.HostRegion, e.Uncertain)
		}
	}
}

func TestOnlyTheAddressesOfParisAreDoubtful(t *testing.T) {
	for _, r := range loaded(t).Regions() {
		for _, e := range r.Endpoints {
			if e.AddressesDoubtful != (r.ID == "eu-west-3" && len(e.Addresses) > 0) {
				t.Errorf("%s %s: doubtful %v", r.ID, e.ID, e.AddressesDoubtful)
			}
		}
	}
}

func TestOfChinaLittleIsPublished(t *testing.T) {
	r := found(t, "cn-northwest-1")
	var probed []string
	for _, e := range r.Endpoints {
		if e.Probe {
			probed = append(probed, e.ID)
		}
	}
	if len(probed) != 1 || len(r.Nets(UseGateway)) != 4 {
		t.Errorf("probed %q, gateways %v", probed, r.Nets(UseGateway))
	}
}

// A new Region is asked by names that follow from the others' and is told apart
// from them; a name that is published is never a guess.
func TestNamesByPatternFollowThePattern(t *testing.T) {
	ohio, model := found(t, "us-east-2"), found(t, "us-west-2")
	guessed := 0
	for _, e := range ohio.Endpoints {
		if !e.ByPattern {
			continue
		}
		guessed++
		like, known := model.Endpoint(e.ID)
		if want := strings.ReplaceAll(like.Host, "us-west-2", "us-east-2"); !known || e.Host != want || e.Uncertain == "" {
			t.Errorf("%s: %s, want %s", e.ID, e.Host, want)
		}
	}
	if guessed < 6 {
		t.Errorf("%d names by pattern", guessed)
	}
	if ohio.Guessed("workspaces.us-east-2.amazonaws.com") || !ohio.Guessed("WS-broker-service.us-east-2.amazonaws.com") {
		t.Error("what is published and what is guessed are confused")
	}
}

func TestSAMLComesBackToTheRegion(t *testing.T) {
	for region, want := range map[string][2]string{
		"us-west-2":     {"workspaces.euc-sso.us-west-2.aws.amazon.com", "workspaces.euc-sso-fips.us-west-2.aws.amazon.com"},
		"us-gov-west-1": {"workspaces.euc-sso.us-gov-west-1.amazonaws-us-gov.com", "workspaces.euc-sso-fips.us-gov-west-1.amazonaws-us-gov.com"},
		"eu-west-3":     {}, // not listed
		"eu-west-1":     {"workspaces.euc-sso.eu-west-1.aws.amazon.com", ""},
	} {
		relay, _ := found(t, region).Endpoint("saml-relay")
		fips, _ := found(t, region).Endpoint("saml-relay-fips")
		if got := [2]string{relay.Host, fips.Host}; got != want || relay.Probe {
			t.Errorf("%s: %q, probed %v; want %q", region, got, relay.Probe, want)
		}
	}
}

func TestManagementRangesAreTyped(t *testing.T) {
	gov := found(t, "us-gov-west-1")
	got := fmt.Sprint(gov.Management, gov.ManagementDCV, found(t, "ap-south-1").Management, loaded(t).Global().Nets(UseManagementBYOLDCV))
	want := "[198.19.0.0/16] [10.0.0.0/8 192.169.0.0/16] [192.168.0.0/16] [54.239.224.0/20 10.0.0.0/8]"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestGatewayRangesAreTyped(t *testing.T) {
	g := found(t, "eu-west-2").Gateways
	got := fmt.Sprint(g.PCoIP, g.DCV, g.AGA)
	want := "[18.132.21.0/24 18.132.22.0/23 35.176.32.0/24 2a05:d032:c000::/40] [18.134.68.0/22 2a05:d02c:8::/48] [93.77.140.0/24 93.77.141.0/24]"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if len(g.Domains) != 4 || g.Domains[0].Name != "*.prod.eu-west-2.highlander.aws.a2z.com" {
		t.Errorf("domains: %+v", g.Domains)
	}
}

func TestLookup(t *testing.T) {
	for addr, want := range map[string]string{
		"3.209.215.252":               "us-east-1 health-check address",
		"::ffff:3.209.215.252":        "us-east-1 health-check address",
		"51.17.52.90":                 "il-central-1 health-check address", // Paris is given it by mistake
		"51.44.204.7":                 "eu-west-3 PCoIP gateway range",
		"18.192.219.255":              "eu-central-1 DCV gateway range",
		"93.77.128.1":                 "ca-central-1 DCV range of Global Accelerator",
		"2406:da14:785:5300::1":       "ap-northeast-1 health-check range",
		"44.214.159.255":              "us-east-1 gateway range",
		"43.192.144.1":                "cn-northwest-1 gateway range",
		"10.1.2.3":                    " ",
		"198.19.1.1":                  " ",
		"8.8.8.8":                     " ",
		"fe80::1%eth0":                " ",
		"2600:1f32:8000::1%something": "us-east-1 PCoIP gateway range",
	} {
		region, what, ok := loaded(t).Lookup(netip.MustParseAddr(addr))
		if got := region + " " + what; got != want || ok != (region != "") {
			t.Errorf("%s: got %q %v, want %q", addr, got, ok, want)
		}
	}
	if _, _, ok := loaded(t).Lookup(netip.Addr{}); ok {
		t.Error("the zero address belongs to somebody")
	}
}

func TestCallersCannotReorderTheCatalog(t *testing.T) {
	c := loaded(t)
	slices.Reverse(c.Regions())
	if c.Regions()[0].ID != "af-south-1" {
		t.Error("Regions gave away its own slice")
	}
}

func TestTextForPeopleIsPlain(t *testing.T) {
	for _, r := range loaded(t).Regions() {
		for _, e := range r.Endpoints {
			for _, s := range []string{e.Purpose, e.Uncertain} {
				if s != probe.Clean(s, 400) || (s != "" && !strings.HasSuffix(s, ".")) {
					t.Errorf("%s %s: %q", r.ID, e.ID, s)
				}
			}
		}
	}
}

func BenchmarkParse(b *testing.B) {
	data := embeddedData(b)
	for b.Loop() {
		if _, err := parse(data); err != nil {
			b.Fatal(err)
		}
	}
}
