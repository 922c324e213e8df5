package dns

import (
	"fmt"
	"net/netip"
	"testing"
)

func TestBogonKnowsEveryBlockAndItsNeighbours(t *testing.T) {
	for text, want := range map[string]bool{
		"0.0.0.0": true, "0.1.2.3": true, "1.0.0.0": false,
		"10.0.0.1": true, "10.255.255.255": true, "11.0.0.0": false, "9.255.255.255": false,
		"100.64.0.1": true, "100.127.255.255": true, "100.128.0.0": false, "100.63.255.255": false,
		"127.0.0.1": true, "128.0.0.1": false,
		"169.254.169.254": true, "169.253.0.1": false,
		"172.16.0.1": true, "172.31.255.255": true, "172.32.0.0": false, "172.15.0.1": false,
		"192.0.0.8": true, "192.0.1.1": false, "192.0.2.1": true, "192.0.3.1": false,
		"192.168.1.1": true, "192.169.0.1": false,
		"198.18.0.1": true, "198.19.255.255": true, "198.20.0.1": false,
		"198.51.100.7": true, "198.51.101.7": false, "203.0.113.7": true, "203.0.114.7": false,
		"223.255.255.255": false, "224.0.0.1": true, "239.1.1.1": true, "240.0.0.1": true, "255.255.255.255": true,
		"::": true, "::1": true, "100::1": true, "2001:db8::1": true, "2001:db9::1": false,
		"3fff::1": true, "3fff:1000::1": false,
		"fc00::1": true, "fd12::1": true, "fe80::1": true, "fe80::1%eth0": true, "fec0::1": false, "ff02::1": true,
		"2600:1f18::1":     false,
		"64:ff9b::3.5.7.9": false, "64:ff9b::10.0.0.1": true,
		"::ffff:10.0.0.1": true, "::ffff:3.5.7.9": false,
	} {
		why, got := Bogon(netip.MustParseAddr(text))
		if got != want || (why != "") != want {
			t.Errorf("Bogon(%s) = %q, %v; want %v", text, why, got, want)
		}
	}
	if _, got := Bogon(netip.Addr{}); !got {
		t.Error("the zero address is right")
	}
}

func TestUsableAddressesCanBeConnectedTo(t *testing.T) {
	for text, want := range map[string]bool{
		"0.0.0.0": false, "127.0.0.53": false, "169.254.1.1": false, "224.0.0.1": false, "255.255.255.255": false,
		"::": false, "::1": false, "fe80::1%eth0": false, "ff02::1": false, "::ffff:127.0.0.1": false, "64:ff9b::127.0.0.1": false,
		"10.9.8.7": true, "192.168.1.1": true, "172.16.0.1": true, "100.64.0.1": true, "198.18.0.3": true, "fd12::1": true,
		"64:ff9b::3.5.7.9": true, "64:ff9b:1::3.5.7.9": true, "203.0.113.7": true, "3.5.7.9": true, "2600:1f18::1": true,
	} {
		if got := Usable(netip.MustParseAddr(text)); got != want {
			t.Errorf("Usable(%s) = %v", text, got)
		}
	}
	if Usable(netip.Addr{}) {
		t.Error("no address can be connected to")
	}
}

func ExampleBogon() {
	for _, text := range []string{"10.1.2.3", "3.209.215.252", "64:ff9b::3.209.215.252"} {
		why, bogon := Bogon(netip.MustParseAddr(text))
		fmt.Printf("%s %v %q\n", text, bogon, why)
	}
	// Output:
	// 10.1.2.3 true "private (RFC 1918)"
	// 3.209.215.252 false ""
	// 64:ff9b::3.209.215.252 false ""
}
