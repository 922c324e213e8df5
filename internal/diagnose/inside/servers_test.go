package inside

import (
	"net/netip"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/probe"
)

// A stored report may hold anything. What compares every server with every other
// one must not take minutes.
func TestServersOfAStoredReportAreBounded(t *testing.T) {
	w := diagnosetest.HealthyInside()
	for i := range 300 {
		a := netip.AddrFrom4([4]byte{10, 70, byte(i >> 8), byte(i)}).String()
		w.Add("dc-smb/tcp", "dc-smb", probe.TCPConnect, diagnosetest.Target(diagnosetest.Service, 445, "tcp"), a, probe.Failed, probe.ConnectionRefused, probe.ConnectDetail{})
		w.Add("directory-dns/"+a+":53/udp/x", "directory-dns", probe.DNSQuery, diagnosetest.Service, a+":53", probe.Silent, probe.Timeout, probe.DNSDetail{Resolver: a + ":53", Name: diagnosetest.Service, Type: "SRV"})
	}
	e := gather(w.In)
	if c, n := len(e.controllers()), len(e.nameServers()); c != mostServers || n != mostServers {
		t.Errorf("%d controllers and %d name servers, want %d", c, n, mostServers)
	}
}
