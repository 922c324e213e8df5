package socket

import (
	"net"
	"net/netip"
	"testing"

	"wsdoctor/probe"
)

func TestTheLocalPortIsTheOneAskedFor(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "::1"} {
		held, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(host)})
		if err != nil {
			t.Fatal(err)
		}
		taken := held.LocalAddr().(*net.UDPAddr).AddrPort().Port()
		to := netip.AddrPortFrom(netip.MustParseAddr(host), 9)
		_, err = New(Options{}).DialUDPWith(t.Context(), to, probe.UDPOptions{LocalPort: taken})
		if err == nil {
			t.Fatalf("%s: a port that is taken was given", host)
		}
		if e := err.(*probe.NetError); e.Failure != probe.AddressNotAvailable {
			t.Errorf("%s: %s (%v)", host, e.Failure, e)
		}
		held.Close()
		c, err := New(Options{}).DialUDPWith(t.Context(), to, probe.UDPOptions{LocalPort: taken})
		if err != nil {
			t.Errorf("%s: a free port: %v", host, err)
			continue
		}
		if got := c.LocalAddr().(*net.UDPAddr).AddrPort(); got.Port() != taken || got.Addr().Unmap() != to.Addr() {
			t.Errorf("%s: sent from %s", host, got)
		}
		c.Close()
	}
}
