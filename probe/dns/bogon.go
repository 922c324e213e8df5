package dns

import "net/netip"

// bogons are the address blocks that no name on the public internet can rightly
// have: the IANA special-purpose registries (RFC 6890) and multicast, with the
// words a person needs.
var bogons = []struct {
	block netip.Prefix
	why   string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "unspecified (RFC 791)"},
	{netip.MustParsePrefix("10.0.0.0/8"), "private (RFC 1918)"},
	{netip.MustParsePrefix("100.64.0.0/10"), "provider-internal, carrier-grade NAT (RFC 6598)"},
	{netip.MustParsePrefix("127.0.0.0/8"), "loopback (RFC 1122)"},
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local (RFC 3927)"},
	{netip.MustParsePrefix("172.16.0.0/12"), "private (RFC 1918)"},
	{netip.MustParsePrefix("192.0.0.0/24"), "protocol assignments (RFC 6890)"},
	{netip.MustParsePrefix("192.0.2.0/24"), "documentation (RFC 5737)"},
	{netip.MustParsePrefix("192.168.0.0/16"), "private (RFC 1918)"},
	{netip.MustParsePrefix("198.18.0.0/15"), "benchmarks (RFC 2544)"},
	{netip.MustParsePrefix("198.51.100.0/24"), "documentation (RFC 5737)"},
	{netip.MustParsePrefix("203.0.113.0/24"), "documentation (RFC 5737)"},
	{netip.MustParsePrefix("224.0.0.0/4"), "multicast (RFC 5771)"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved (RFC 1112)"},
	{netip.MustParsePrefix("::/128"), "unspecified (RFC 4291)"},
	{netip.MustParsePrefix("::1/128"), "loopback (RFC 4291)"},
	{netip.MustParsePrefix("100::/64"), "discard only (RFC 6666)"},
	{netip.MustParsePrefix("2001:db8::/32"), "documentation (RFC 3849)"},
	{netip.MustParsePrefix("3fff::/20"), "documentation (RFC 9637)"},
	{netip.MustParsePrefix("fc00::/7"), "private, unique local (RFC 4193)"},
	{netip.MustParsePrefix("fe80::/10"), "link-local (RFC 4291)"},
	{netip.MustParsePrefix("ff00::/8"), "multicast (RFC 4291)"},
}

// nat64 is the well-known prefix under which a DNS64 resolver hides an IPv4
// address in its last four bytes (RFC 6052, section 2.1).
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// Bogon says whether an address cannot be right for a name on the public
// internet, and why. An IPv4-mapped address is judged as the IPv4 address. An
// address that a DNS64 resolver made up under 64:ff9b::/96 is right where the
// IPv4 address inside it is.
func Bogon(addr netip.Addr) (why string, bogon bool) {
	if !addr.IsValid() {
		return "no address", true
	}
	addr = addr.Unmap().WithZone("")
	if nat64.Contains(addr) {
		bytes := addr.As16()
		addr = netip.AddrFrom4([4]byte(bytes[12:]))
	}
	for _, b := range bogons {
		if b.block.Contains(addr) {
			return b.why, true
		}
	}
	return "", false
}

// nowhere are the blocks to which no connection can lead to another computer's
// service. Every other address, however odd for a name of the public internet,
// may have the genuine host behind it: a stand-in of a proxy program (198.18/15),
// of a provider or an access service (100.64/10), of a VPC or a split horizon
// (private), of NAT64. Only a connection tells.
var nowhere = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("224.0.0.0/4"),
	netip.MustParsePrefix("255.255.255.255/32"),
	netip.MustParsePrefix(
		"::/128",
	),
	netip.MustParsePrefix("::1/128"),
	netip.MustParsePrefix("fe80::/10"),
	netip.MustParsePrefix("ff00::/8"),
}

// Usable says whether a connection to an address can lead to another computer's
// service.
func Usable(addr netip.Addr) bool {
	if !addr.IsValid() {
		return false
	}
	addr = addr.Unmap().WithZone("")
	if nat64.Contains(addr) {
		bytes := addr.As16()
		addr = netip.AddrFrom4([4]byte(bytes[12:]))
	}
	for _, block := range nowhere {
		if block.Contains(addr) {
			return false
		}
	}
	return true
}

// unusable says why when no address of the list can be connected to. It is false
// for an empty list.
func unusable(addresses []netip.Addr) (why string, all bool) {
	for _, a := range addresses {
		if Usable(a) {
			return "", false
		}
		if reason, _ := Bogon(a); why == "" {
			why = a.String() + " is " + reason
		}
	}
	return why, len(addresses) > 0
}
