package host

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/probe"
)

func TestVPNInterfacesByKindNameAndDescription(t *testing.T) {
	for _, c := range []struct {
		name, kind, description string
		want                    string // a part of the reason, "" for not a VPN
	}{
		{"tun0", "tun", "", "TUN interface"},
		{"cscotun0", "tun", "", "Cisco AnyConnect"},
		{"gpd0", "tun", "", "GlobalProtect"},
		{"tailscale0", "tun", "", "Tailscale"},
		{"zcctun0", "tun", "", "Zscaler"},
		{"ztabcdefghij", "tap", "", "ZeroTier"},
		{"ztx", "device", "", ""},
		{"corp", "wireguard", "", "WireGuard interface"},
		{"wg0", "wireguard", "", "WireGuard interface"},
		{"nordlynx", "wireguard", "", "NordVPN"},
		{"wg0-mullvad", "tun", "", "TUN interface"},
		{"CloudflareWARP", "tun", "", "Cloudflare WARP"},
		{"ppp0", "ppp", "", "PPPoE"},
		{"ipsec0", "xfrm", "", "IPsec"},
		{"utun4", "", "", "an address of its own"},
		{"ipsec0", "", "", "IPsec"},

		{"docker0", "bridge", "", ""},
		{"br-1234", "bridge", "", ""},
		{"virbr0", "bridge", "", ""},
		{"tun0", "bridge", "", ""},
		{"vethtun0", "veth", "", ""},
		{"tun7", "veth", "", ""},
		{"eth0", "device", "", ""},
		{"wlan0", "device", "", ""},
		{"wgpc", "device", "", ""},
		{"tunnel", "device", "", ""},
		{"tapestry", "device", "", ""},
		{"sit0", "sit", "", ""},
		{"en0", "", "", ""},
		{"awdl0", "", "", ""},
		{"bridge100", "", "", ""},

		{"Ethernet 2", "", "Cisco AnyConnect Virtual Miniport Adapter for Windows x64", "Cisco AnyConnect"},
		{"Ethernet 3", "", "PANGP Virtual Ethernet Adapter Secure", "GlobalProtect"},
		{"Ethernet 4", "", "Fortinet SSL VPN Virtual Ethernet Adapter", "FortiClient"},
		{"Local Area Connection", "", "TAP-Windows Adapter V9", "TAP-Windows"},
		{"OpenVPN", "", "OpenVPN Data Channel Offload", "OpenVPN"},
		{"office", "", "WireGuard Tunnel", "WireGuard"},
		{"Zscaler", "", "Zscaler Network Adapter 1.0.2.0", "Zscaler"},
		{"My VPN", "ppp", "My VPN", "PPP interface"},
		{"Wi-Fi", "", "Intel(R) Wi-Fi 6 AX201 160MHz", ""},
		{"tun0", "", "Realtek PCIe GbE Family Controller", ""}, // renamed by its user
		{"vEthernet (Default Switch)", "", "Hyper-V Virtual Ethernet Adapter", ""},
		{"Ethernet 9", "", "VirtualBox Host-Only Ethernet Adapter", ""},
	} {
		l := link{Interface: probe.Interface{Name: c.name}, Kind: c.kind, Description: c.description}
		got := vpnWhy(l)
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s (%s, %q): %q, want %q", c.name, c.kind, c.description, got, c.want)
		}
	}
}

func TestMemberOfABridgeIsNoVPN(t *testing.T) {
	l := link{Interface: probe.Interface{Name: "vnet0"}, Kind: "tap", Enslaved: true}
	if why := vpnWhy(l); why != "" {
		t.Errorf("a virtual machine's TAP: %q", why)
	}
}

func TestIdleTunnelsAreLeftOutAndCarryingOnesMarked(t *testing.T) {
	down := eth(6, "utun9", "10.9.9.9/32")
	down.Up = false
	links := []link{
		eth(2, "en0", "192.0.2.10/24"),
		eth(3, "utun0", "fe80::1/64"), // as on every Mac
		eth(4, "utun4", "10.8.0.2/32"),
		eth(5, "utun5", "10.7.0.2/32"),
		down,
		eth(7, "ipsec0"), // no address, but a route
	}
	links[2].PointToPoint = true
	list := interfaces(links)
	routes := []probe.RouteDetail{{Interface: "en0"}, {Interface: "utun4"}, {Interface: "ipsec0"}, {Failure: probe.NoRoute}}
	got := markVPN(links, list, routes)
	want := probe.VPNDetail{Interfaces: []probe.VPNInterface{
		{Name: "utun4", Why: "a tunnel with an address of its own, which a VPN made (point to point)", Carries: true},
		{Name: "utun5", Why: "a tunnel with an address of its own, which a VPN made"},
		{Name: "ipsec0", Why: "an IPsec name", Carries: true},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if routes[0].VPN != "" || routes[1].VPN == "" || list[0].VPN != "" || list[1].VPN != "" || list[2].VPN == "" {
		t.Errorf("marks: routes %+v, interfaces %+v", routes, list)
	}
}
