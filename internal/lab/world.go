package lab

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/lab/servers"
)

// Addresses of the simulated network that scenarios and tests name.
const (
	clientIP     = "192.168.50.10"
	clientIP6    = "2001:db8:50::10"
	routerLAN    = "192.168.50.1"
	routerLAN6   = "2001:db8:50::1"
	firewallLAN  = "10.20.0.1"
	proxyAddress = "10.30.0.10:3128"
	proxyIP      = "10.30.0.10"
	directory1   = "10.20.5.10"
	directory2   = "10.20.5.11"
	publicIP     = "203.0.113.10" // of the office, seen from outside
	rotatedIP    = "203.0.113.17"
	udpIP        = "203.0.113.18"
	proxyOutIP   = "203.0.113.19"
	providerDNS  = "203.0.113.53"
	coveredDNS   = "172.20.9.1" // a name server of the office in a network that container engines like to take
	providerIP   = "203.0.113.9"
	edgeIP       = "52.94.0.2"
	edgeIP6      = "2600:1f18:0:9::2"
	portalHost   = "login.hotel-wifi.example"
	domain       = "corp.example.com"
	realm        = "CORP.EXAMPLE.COM"
)

// The region the lab plays, and names of it.
const (
	region      = "us-east-1"
	brokerHost  = "ws-broker-service.us-east-1.amazonaws.com"
	sessionHost = "skylight-cm.us-east-1.amazonaws.com"
	signinHost  = "us-east-1.signin.aws"
	settingHost = "d21ui22avrxoh6.cloudfront.net"
	healthHost  = "drp-iad.amazonworkspaces.com"
	health6Host = "drp-workspaces.us-east-1.api.aws"
	stunHost    = "stun.kinesisvideo.us-east-1.amazonaws.com"
	checkipHost = "checkip.amazonaws.com"
	clientsHost = "clients.amazonworkspaces.com"
)

// health are the published addresses of drp-iad.amazonworkspaces.com (AWS
// WorkSpaces administration guide, port requirements, 2026) and one address of
// the published IPv6 range 2600:1f18:74e9:4400::/56.
var health = addrs(fixed[healthHost] + " " + fixed[health6Host])

// fixed are addresses of services that scenarios name. The names are AWS's; the
// addresses are made up inside AWS's ranges.
var fixed = map[string]string{
	healthHost:                            "3.209.215.252 3.212.50.30 3.225.55.35 3.226.24.234 34.200.29.95 52.200.219.150",
	health6Host:                           "2600:1f18:74e9:4400::10",
	stunHost:                              "3.80.12.40", // IPv4 only (Kinesis Video Streams WebRTC, system requirements)
	brokerHost:                            "52.119.198.10",
	"ws-broker-service.us-east-1.api.aws": "52.119.198.10 2600:1f18:0:1::10",
	sessionHost:                           "52.119.198.11",
	"skylight-cm.us-east-1.api.aws":       "52.119.198.11 2600:1f18:0:1::11",
	signinHost:                            "52.119.199.20 2600:1f18:0:2::20",
	settingHost:                           "13.225.78.10 2600:9000:21c4::10",
	clientsHost:                           "13.225.79.21",
	checkipHost:                           "54.243.133.40",
}

var stunAddr = netip.MustParseAddr("3.80.12.40")

// world is what every name means: each host that the catalog knows for the
// region, the other Regions' brokers, and a hotspot's sign-in page.
func world() (servers.Zone, error) {
	z := servers.Zone{Hosts: map[string][]netip.Addr{portalHost: addrs(routerLAN)}}
	for name, list := range fixed {
		z.Hosts[name] = addrs(list)
	}
	c, err := catalog.Load()
	if err != nil {
		return z, err
	}
	var unfixed []string
	for _, r := range c.Regions() {
		for _, e := range r.Endpoints {
			host := strings.ReplaceAll(e.Host, "{directory_id}", "d-906734e1b2")
			if r.ID == region || e.ID == "broker" {
				unfixed = append(unfixed, host)
			}
		}
	}
	slices.Sort(unfixed)
	for i, name := range slices.Compact(unfixed) {
		if z.Hosts[name] != nil {
			continue
		}
		z.Hosts[name] = []netip.Addr{netip.AddrFrom4([4]byte{52, 119, 200, byte(10 + i)})}
		if strings.HasSuffix(name, ".api.aws") { // dual-stack names
			z.Hosts[name] = append(
				z.Hosts[name],
				netip.MustParseAddr("2600:1f18:0:3::"+strconv.FormatInt(int64(10+i), 16)),
			)
		}
	}
	return z, nil
}

// directoryZone is what the directory's own name servers know besides, whose
// addresses are those of the domain controllers.
func directoryZone(dc1, dc2 string) servers.Zone {
	z := servers.Zone{Hosts: map[string][]netip.Addr{
		domain:          addrs(dc1 + " " + dc2),
		"dc1." + domain: addrs(dc1),
		"dc2." + domain: addrs(dc2),
	}, SRV: map[string][]string{}}
	for service, port := range serviceRecords {
		z.SRV[service+domain] = []string{
			"0 100 " + port + " dc1." + domain + ".",
			"0 100 " + port + " dc2." + domain + ".",
		}
	}
	return z
}

// serviceRecords are the records by which a computer finds the controllers of
// its domain, and the port each leads to ([MS-ADTS] 6.3.2.3).
var serviceRecords = map[string]string{
	"_ldap._tcp.":               "389",
	"_kerberos._tcp.":           "88",
	"_kerberos._udp.":           "88",
	"_ldap._tcp.dc._msdcs.":     "389",
	"_kerberos._tcp.dc._msdcs.": "88",
	"_gc._tcp.":                 "3268",
	"_kpasswd._tcp.":            "464",
	"_kpasswd._udp.":            "464",
}

// held lists every address that AWS holds in that world.
func held(z servers.Zone) []netip.Addr {
	var list []netip.Addr
	for name, hosts := range z.Hosts {
		if name != portalHost {
			list = append(list, hosts...)
		}
	}
	slices.SortFunc(list, netip.Addr.Compare)
	return slices.Compact(list)
}

// addrs parses addresses parted by spaces.
func addrs(list string) []netip.Addr {
	var out []netip.Addr
	for _, a := range strings.Fields(list) {
		out = append(out, netip.MustParseAddr(a))
	}
	return out
}
