package probe

// What is read of this computer beside the probes, because no plan depends on it.
const (
	// HostSoftware: SoftwareDetail, the programs that can stand between a client and
	// the network. That one of them is there says nothing of what it does.
	HostSoftware     Operation = "host_software"
	HostWireless     Operation = "host_wireless"      // WirelessDetail
	HostNetworkState Operation = "host_network_state" // NetworkStateDetail: what the system itself says of its networks
	HostNamePolicy   Operation = "host_name_policy"   // NamePolicyDetail: Windows' name resolution policy table
)

// SoftwareDetail lists the products of a known list that are on this computer. No
// other program is told, and no path, user or command line.
type SoftwareDetail struct {
	Products []Product `json:"products"` // in the order of the list
	// Looked says where was looked through to the end: "processes", "services",
	// "uninstall-entries", "adapters", "filters", "system-extensions", "launch-items",
	// "applications", "units", "packages". A product's absence counts only there.
	Looked []string `json:"looked" redact:"keep"`
}

// Product is one of them.
type Product struct {
	Name  string         `json:"name" redact:"keep"`
	Kinds []SoftwareKind `json:"kinds"`
	// Version is what its entry among the installed programs says; empty if none does.
	Version string `json:"version,omitempty" redact:"version"`
	// Running: one of its processes, services or drivers runs. False: it is installed,
	// and nothing of it was seen to run.
	Running bool           `json:"running"`
	Signs   []SoftwareSign `json:"signs"`
}

// SoftwareSign is by what a product was found: a name of the list, never more of what
// this computer calls it.
type SoftwareSign struct {
	In   string `json:"in" redact:"keep"` // one of SoftwareDetail.Looked, without the plural
	Name string `json:"name" redact:"keep"`
}

// SoftwareKind is what a product does that matters to a connection.
type SoftwareKind string

// The closed list of kinds.
const (
	VPN                SoftwareKind = "vpn"
	WebGateway         SoftwareKind = "web-gateway"         // sends web traffic, or all, to a filter elsewhere
	EndpointProtection SoftwareKind = "endpoint-protection" // antivirus and its like, which may filter connections
	PersonalFirewall   SoftwareKind = "firewall"
	ProxyProgram       SoftwareKind = "proxy"      // takes connections and opens its own
	DNSFilter          SoftwareKind = "dns-filter" // answers name questions itself
)

// SoftwareKinds lists every kind, for schema and lint tests.
var SoftwareKinds = []SoftwareKind{VPN, WebGateway, EndpointProtection, PersonalFirewall, ProxyProgram, DNSFilter}

// WirelessDetail is how this computer receives its wireless networks. Their names are
// not told.
type WirelessDetail struct {
	Links []WirelessLink `json:"links"`
}

// WirelessLink is one interface that is connected. What the system does not tell is
// zero or empty.
type WirelessLink struct {
	Interface string `json:"interface,omitempty" redact:"keep"`
	// SignalDBM is the strength of what is received, in dBm: -50 is strong, -80 weak.
	SignalDBM int `json:"signal_dbm,omitempty"`
	// Quality is the same as the system rates it, in percent.
	Quality *int `json:"quality_percent,omitempty"`
	MHz     int  `json:"mhz,omitempty"`     // middle of the channel
	Channel int  `json:"channel,omitempty"` // its number, where the system tells that instead
	// Band is "2.4 GHz", "5 GHz", "6 GHz" or "60 GHz"; empty where a channel's number
	// stands in several.
	Band string `json:"band,omitempty" redact:"keep"`
}

// NetworkStateDetail is what the system's own connectivity check and its user say of
// the networks that this computer is connected to. Their names are not told.
type NetworkStateDetail struct {
	// Categories of the networks: "public", "private" or "domain", which decide what
	// the system's own firewall lets in.
	Categories []string `json:"categories" redact:"keep"`
	// IPv4 and IPv6 are how far the system believes to reach: "internet", "local",
	// "none", or empty where it does not say.
	IPv4 string `json:"ipv4,omitempty" redact:"keep"`
	IPv6 string `json:"ipv6,omitempty" redact:"keep"`
}

// NamePolicyDetail is the table by which the system asks other name servers for some
// names (Windows: NRPT). Only rules that hold for names of this run are listed.
type NamePolicyDetail struct {
	Source string           `json:"source" redact:"keep"` // "group-policy" or "local"; empty: there are no rules
	Rules  int              `json:"rules"`                // that there are in all
	Holds  []NamePolicyRule `json:"holds"`
}

// NamePolicyRule is a rule, and what it holds for.
type NamePolicyRule struct {
	Namespace string   `json:"namespace" redact:"domain"`          // ".example.com", or "." for every name
	Names     []string `json:"names" redact:"text" say:"spaced"`   // of this run
	Servers   []string `json:"servers" redact:"host" say:"spaced"` // addresses or names; empty: the rule is about something else than servers
}

func (SoftwareDetail) detail()     {}
func (WirelessDetail) detail()     {}
func (NetworkStateDetail) detail() {}
func (NamePolicyDetail) detail()   {}
