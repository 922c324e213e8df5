package known_test

import (
	"net/netip"
	"testing"

	"wsdoctor/internal/known"
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func TestWhoseAnAddressIs(t *testing.T) {
	for _, c := range []struct {
		address  string
		aws      bool
		services string
	}{
		{"52.93.56.1", true, "-"},    // published, Cape Town's border
		{"52.93.13.1", true, "-"},    // not published, in AWS's block
		{"13.246.108.9", true, "EW"}, // a gateway
		{"::ffff:13.246.108.9", true, "EW"},
		{"3.40.0.1", true, "E"},
		{"2406:dafc:1000::1", true, "-"},
		{"203.0.113.9", false, ""},
		{"192.168.1.1", false, ""},
		{"8.8.8.8", false, ""},
		{"2001:db8::1", false, ""},
	} {
		b, aws := known.AWS(addr(c.address))
		if aws != c.aws || b.Services != c.services {
			t.Errorf("%s: %v %+v, want %v %q", c.address, aws, b, c.aws, c.services)
		}
	}
	if _, found := known.AWS(netip.Addr{}); found {
		t.Error("no address is AWS's")
	}
}

func TestListedNetworks(t *testing.T) {
	if n, found := known.NetworkOf(known.BlockPage, addr("146.112.61.106")); !found || n.Conf != known.High {
		t.Errorf("the block page: %v %+v", found, n)
	}
	if n, found := known.NetworkOf(known.Egress, addr("165.225.1.1")); !found || n.ID != "zscaler" {
		t.Errorf("an egress: %v %+v", found, n)
	}
	if n, found := known.NetworkOf(known.BlockPage, addr("146.112.61.1")); found {
		t.Errorf("not the block page: %+v", n)
	}
	if r, found := known.ResolverOf(addr("9.9.9.9")); !found || !r.Filters {
		t.Errorf("a public resolver: %v %+v", found, r)
	}
	if product, own, found := known.VPNResolver(addr("100.100.100.100")); !found || product != "Tailscale" || !own.Contains(addr("100.101.1.1")) {
		t.Errorf("a VPN program's resolver: %v %s %s", found, product, own)
	}
}

func TestInspectorsAreNamed(t *testing.T) {
	for _, c := range []struct {
		name, product string
		where         known.Where
	}{
		{"CN=Kaspersky Anti-Virus Personal Root Certificate,O=AO Kaspersky Lab", "Kaspersky", known.OnComputer},
		{"CN=Zscaler Intermediate Root CA (zscalerthree.net) (t),OU=Zscaler Inc.,O=Zscaler Inc.", "Zscaler", known.InNetwork},
		{`CN=ca.tenant.goskope.com,O=Contoso\, Ltd.`, "Netskope", known.InNetwork},
		{"1.2.840.113549.1.9.1=#161563657274" + "61646d696e406e6574736b6f70652e636f6d,CN=x", "Netskope", known.InNetwork},
		{"O=Fortinet,CN=FGT60E", "Fortinet", known.InNetwork},
		{`CN=a\,O=Fortinet`, "", ""}, // inside a value, not an attribute
		{"CN=Amazon Root CA 1,O=Amazon,C=US", "", ""},
		{"CN=Starfield Services Root Certificate Authority - G2", "", ""},
		{"", "", ""},
	} {
		i, found := known.InspectorOf(c.name)
		if found != (c.product != "") || i.Product != c.product || i.Where != c.where {
			t.Errorf("%s: %v %+v, want %q %q", c.name, found, i, c.product, c.where)
		}
	}
}

// Whatever a peer puts into its certificate, looking it up ends and does not fail.
func FuzzInspectorOf(f *testing.F) {
	f.Add("CN=a,O=b")
	f.Add(`CN=\,1.2.840.113549.1.9.1=#16`)
	f.Fuzz(func(t *testing.T, name string) { known.InspectorOf(name) })
}

func BenchmarkAWS(b *testing.B) {
	for b.Loop() {
		known.AWS(addr("203.0.113.9"))
	}
}
