package host

import (
	"strings"

	"wsdoctor/probe"
)

// kindWhy: what the kernel calls the interface decides before any name.
var kindWhy = map[string]string{
	"tun":       "a TUN interface, which VPN programs make",
	"tap":       "a TAP interface, which VPN programs make",
	"wireguard": "a WireGuard interface",
	"ovpn":      "an OpenVPN interface",
	"ovpn-dco":  "an OpenVPN interface",
	"xfrm":      "an IPsec interface",
	"vti":       "an IPsec interface",
	"vti6":      "an IPsec interface",
	"ppp":       "a PPP interface: a VPN of the PPTP, L2TP or SSTP kind, or a dial-up or PPPoE line",
}

// plainKinds are never a VPN, whatever their name.
var plainKinds = map[string]bool{
	"bridge": true, "veth": true, "bond": true, "team": true, "vlan": true, "dummy": true, "ifb": true,
	"macvlan": true, "macvtap": true, "ipvlan": true, "vxlan": true, "vrf": true, "sit": true, "netkit": true,
}

// nameWhy lists beginnings of interface names of known VPN programs. What
// follows must be a digit, a separator or nothing, so that "wg" is not "wgpc".
var nameWhy = []struct{ prefix, why string }{
	{"cscotun", "the name Cisco AnyConnect gives"},
	{"gpd", "the name GlobalProtect gives"},
	{"zcctun", "the name Zscaler gives"},
	{"fctvpn", "the name FortiClient gives"},
	{"tunsnx", "the name Check Point gives"},
	{"snx", "the name Check Point gives"},
	{"jip", "the name Juniper gives"},
	{"CloudflareWARP", "the name Cloudflare WARP gives"},
	{"tailscale", "the name Tailscale gives"},
	{"nordlynx", "the name NordVPN gives"},
	{"nordtun", "the name NordVPN gives"},
	{"mullvad", "the name Mullvad gives"},
	{"wg-mullvad", "the name Mullvad gives"},
	{"proton", "the name Proton VPN gives"},
	{"zt", "the name ZeroTier gives"},
	{"wg", "a WireGuard name"},
	{"utun", "a tunnel with an address of its own, which a VPN made"},
	{"tun", "a TUN name, which VPN programs use"},
	{"tap", "a TAP name, which VPN programs use"},
	{"ipsec", "an IPsec name"},
	{"ppp", kindWhy["ppp"]},
}

// descriptionWhy lists words of Windows adapter descriptions, in lower case.
var descriptionWhy = []struct{ word, why string }{
	{"cisco anyconnect", "Cisco AnyConnect"},
	{"cisco secure client", "Cisco Secure Client"},
	{"globalprotect", "GlobalProtect"},
	{"pangp", "GlobalProtect"},
	{"zscaler", "Zscaler"},
	{"netskope", "Netskope"},
	{"forticlient", "FortiClient"},
	{"fortinet ssl vpn", "FortiClient"},
	{"fortinet virtual ethernet", "FortiClient"},
	{
		"juniper networks",
		"Pulse Secure",
	},
	{"pulse secure", "Pulse Secure"},
	{"ivanti secure access", "Ivanti Secure Access"},
	{"check point virtual", "Check Point"},
	{"sonicwall", "SonicWall"},
	{"netextender", "SonicWall"},
	{"f5 networks vpn", "F5"},
	{"f5 vpn", "F5"},
	{"sophos ssl vpn", "Sophos"},
	{"citrix vpn", "Citrix"},
	{
		"mullvad",
		"Mullvad",
	},
	{"nordlynx", "NordVPN"},
	{"nordvpn", "NordVPN"},
	{"proton vpn", "Proton VPN"},
	{"protonvpn", "Proton VPN"},
	{"expressvpn", "ExpressVPN"},
	{"surfshark", "Surfshark"},
	{"cloudflare warp", "Cloudflare WARP"},
	{
		"tailscale",
		"Tailscale",
	},
	{"zerotier", "ZeroTier"},
	{"hamachi", "LogMeIn Hamachi"},
	{"vpn client adapter", "SoftEther"},
	{"openvpn", "OpenVPN"},
	{"tap-windows", "OpenVPN's TAP-Windows"},
	{"tap-win32", "OpenVPN's TAP-Windows"},
	{"wireguard", "WireGuard"},
	{"wintun", "Wintun"},
	{"wan miniport (ikev2)", "the Windows VPN client"},
	{"wan miniport (l2tp)", "the Windows VPN client"},
	{"wan miniport (pptp)", "the Windows VPN client"},
	{"wan miniport (sstp)", "the Windows VPN client"},
}

// vpnWhy says why l could be a VPN, or "".
func vpnWhy(l link) string {
	if l.Loopback || l.Enslaved || plainKinds[l.Kind] {
		return ""
	}
	why := kindWhy[l.Kind]
	description := strings.ToLower(l.Description)
	for _, d := range descriptionWhy {
		if strings.Contains(description, d.word) {
			return "its description names " + d.why
		}
	}
	// A Windows name is whatever the user typed; elsewhere programs choose it.
	if l.Description == "" {
		for _, n := range nameWhy {
			if rest, ok := strings.CutPrefix(l.Name, n.prefix); ok && separated(rest, n.prefix) {
				if why == "" || !generic[n.prefix] {
					why = n.why
				}
				break
			}
		}
	}
	if why != "" && l.PointToPoint {
		why += " (point to point)"
	}
	return why
}

// generic names say less than the kernel's own word for the interface.
var generic = map[string]bool{"wg": true, "utun": true, "tun": true, "tap": true, "ipsec": true, "ppp": true}

func separated(rest, prefix string) bool {
	// ZeroTier's names are "zt" and ten random letters and digits.
	if prefix == "zt" {
		return len(rest) >= 8
	}
	return rest == "" || strings.ContainsAny(rest[:1], "0123456789-_")
}

// markVPN lists the interfaces that look like a VPN, and marks them in list and
// routes. One that is down, or that has neither an address of its own nor a
// route over it, is left out: macOS always has some utun interfaces with
// nothing but link-local addresses, and Linux keeps idle tunnels.
func markVPN(links []link, list []probe.Interface, routes []probe.RouteDetail) probe.VPNDetail {
	carries := map[string]bool{}
	for _, r := range routes {
		if r.Interface != "" {
			carries[r.Interface] = true
		}
	}
	found := probe.VPNDetail{Interfaces: []probe.VPNInterface{}}
	for i, l := range links {
		why := vpnWhy(l)
		if why == "" || !l.Up || !(linked(list[i:i+1]) || carries[l.Name]) {
			continue
		}
		list[i].VPN = why
		found.Interfaces = append(
			found.Interfaces,
			probe.VPNInterface{Name: l.Name, Why: why, Carries: carries[l.Name]},
		)
		for j := range routes {
			if routes[j].Interface == l.Name {
				routes[j].VPN = why
			}
		}
	}
	return found
}
