// Package catalog is what is known of the vendor's side: the Regions WorkSpaces
// runs in, the endpoints a client needs there, the published address ranges,
// and which page says so. It holds no opinion and sends nothing.
//
// The knowledge is data, embedded from data/*.json and checked when it is
// loaded. A role (data/global.json) says once what an endpoint is for, on which
// port, and what a right answer looks like; a Region's file says which host
// plays it there. A new Region is therefore one new file. Every endpoint,
// range, prefix and address carries the key of its source (data/sources.json)
// and the date at which the source said so.
//
// Start with Load, then Find, ParseRegistration or Lookup. It imports no net,
// only net/netip.
package catalog

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// Expect says what a right answer of an endpoint is.
type Expect string

// The closed list of expectations.
const (
	ExpectHealthy Expect = "healthy"  // the HTTP body contains the word "healthy"
	ExpectAnyHTTP Expect = "any-http" // any HTTP status from the vendor's own host
	ExpectIP      Expect = "ip"       // the HTTP body is an IP address
	ExpectTLS     Expect = "tls"      // bytes of TLS
	ExpectSTUN    Expect = "stun"     // a STUN Binding response
	ExpectQUIC    Expect = "quic"     // a QUIC version negotiation packet
	ExpectControl Expect = "control"  // a sweep for comparison; no endpoint has it
	ExpectSample  Expect = "sample"   // a sample of loss; no endpoint has it
	ExpectNothing Expect = ""         // nothing is known of the answer
)

// Endpoint is one thing a client talks to.
type Endpoint struct {
	ID        string          // the role, the same in every Region: "broker", "dcv-udp"
	Purpose   string          // one plain sentence
	Layer     layer.ID        // the layer that answers
	Transport probe.Transport // tcp or udp
	Scheme    string          // http or https; empty where the port does not speak HTTP
	Host      string          // DNS name; may hold {directory_id} where Probe is false
	Path      string          // HTTP path; empty where Scheme is
	Port      uint16
	// Family is the address family the vendor lists the name for: "ip4", "ip6",
	// or empty where the page does not tell.
	Family    string
	Required  bool             // the client cannot work without it
	Probe     bool             // part of the default plan; false: known, not probed
	Protocols []probe.Protocol // which need it; empty: both
	Expect    Expect
	// Addresses are the published addresses of a health-check host, for use when
	// its name does not resolve. AddressesDoubtful: the vendor's page
	// contradicts itself about them, so they prove nothing.
	Addresses         []netip.Addr
	AddressesDoubtful bool
	// HostRegion is set where another Region's host is used because this one
	// has none, or none is known.
	HostRegion string
	// Uncertain says what is not documented about this endpoint; empty if
	// everything is.
	Uncertain string
	// ByPattern: nobody publishes the name, it only follows from those of other
	// Regions. That it answers proves something; that it does not, nothing.
	ByPattern bool
	Source    string // key for Catalog.Source, for the host
	AsOf      string // YYYY-MM-DD or YYYY-MM

	directoryPath string // Path once the directory is known
}

// directoryForm is the pattern of DirectoryId in the WorkSpaces API reference.
var directoryForm = regexp.MustCompile(`^(d-[0-9a-f]{8,63}|wsd-[0-9a-z]{8,63})$`)

// ValidDirectoryID says whether id has the form of a directory ID
// ("d-906734e1b2", "wsd-…").
func ValidDirectoryID(id string) bool { return directoryForm.MatchString(id) }

// ForDirectory gives the endpoint as a client of that directory uses it: path
// and host with the directory's ID in them. An ID of the wrong form changes
// nothing.
func (e Endpoint) ForDirectory(id string) Endpoint {
	if !ValidDirectoryID(id) {
		return e
	}
	if e.directoryPath != "" {
		e.Path = strings.ReplaceAll(e.directoryPath, directoryMark, id)
	}
	e.Host = strings.ReplaceAll(e.Host, directoryMark, id)
	return e
}

// Use says what a published range or domain is for.
type Use string

// The closed list of uses.
const (
	UseHealth              Use = "health"                  // health-check hosts
	UsePCoIPGateway        Use = "pcoip-gateway"           // PCoIP streaming gateways
	UseDCVGateway          Use = "dcv-gateway"             // DCV streaming gateways
	UseGateway             Use = "gateway"                 // streaming gateways; for which protocol is not published
	UseDCVAccelerated      Use = "dcv-aga"                 // DCV through Global Accelerator
	UseManagement          Use = "management"              // eth0 of a WorkSpace, both protocols
	UseManagementDCV       Use = "management-dcv"          // eth0, additionally with DCV
	UseManagementBYOLPCoIP Use = "management-byol-pcoip"   // eth0, own licence, PCoIP
	UseManagementBYOLDCV   Use = "management-byol-dcv"     // eth0, own licence, DCV
	UsePools               Use = "pools"                   // management interface of WorkSpaces Pools
	UsePoolsBYOLDCV        Use = "pools-byol-dcv"          // the same, own licence with DCV
	UsePoolsReserved       Use = "pools-reserved"          // reserved inside WorkSpaces Pools
	UsePrivateLinkPublic   Use = "dcv-privatelink-public"  // VPC endpoint, name in public DNS
	UsePrivateLinkPrivate  Use = "dcv-privatelink-private" // VPC endpoint, name in the VPC's DNS only
	UsePCoIPWebAccess      Use = "pcoip-web-access"        // TURN servers of PCoIP Web Access
)

// Range is one published address range with its source.
type Range struct {
	Use          Use
	Prefix       netip.Prefix
	Source, AsOf string
}

// Domain is one published domain with its source. A leading "*." stands for
// any name below; the bare domain need not resolve.
type Domain struct {
	Use          Use
	Name         string
	Source, AsOf string
}

// Gateways are the addresses of a Region's streaming gateways.
type Gateways struct {
	PCoIP   []netip.Prefix // TCP and UDP 4172
	DCV     []netip.Prefix // UDP and TCP 4195, with newer clients 443 too
	AGA     []netip.Prefix // DCV where Global Accelerator is enabled
	Domains []Domain       // of DCV gateways, VPC endpoints, PCoIP Web Access
}

// RegistrationPrefix is what a Region's registration codes start with.
type RegistrationPrefix struct {
	Prefix       string // "SLiad"; upper and lower case mean the same
	Confidence   string // "high": seen in public codes; "inferred": from the form of the others
	Source, AsOf string
}

// Region is one AWS Region. Its slices are shared: read them, do not change them.
type Region struct {
	ID          string   // "ap-northeast-1"
	Name        string   // "Asia Pacific (Tokyo)"
	Partition   string   // "aws", "aws-us-gov" or "aws-cn"
	Aliases     []string // what people call it; the first is the usual short name
	AirportCode string   // three letters, as in the health-check host and the codes; empty if unknown
	Prefixes    []RegistrationPrefix
	Endpoints   []Endpoint // in the order of the roles, global ones included
	Gateways    Gateways
	// Management are the ranges eth0 has its address from, with either
	// protocol; ManagementDCV come on top with DCV.
	Management, ManagementDCV []netip.Prefix
	Ranges                    []Range // all of the above once more, each with its source
	Notes                     []string
	Gap                       string // non-empty: hosts are unknown; says why
}

// Named is the Region's name as the vendor writes it in each language.
func (r Region) Named() words.Text { return words.Say("region-name." + r.ID) }

// City is the short name people use: "Tokyo".
func (r Region) City() words.Text { return words.Say("region-city." + r.ID) }

// Guessed says whether a host's name is one that only follows from a pattern.
func (r Region) Guessed(host string) bool {
	return slices.ContainsFunc(
		r.Endpoints,
		func(e Endpoint) bool { return e.ByPattern && strings.EqualFold(e.Host, host) },
	)
}

// Endpoint finds the endpoint of a role.
func (r Region) Endpoint(id string) (Endpoint, bool) {
	for _, e := range r.Endpoints {
		if e.ID == id {
			return e, true
		}
	}
	return Endpoint{}, false
}

// Nets gives the published ranges for a use.
func (r Region) Nets(use Use) []netip.Prefix { return nets(r.Ranges, use) }

func nets(ranges []Range, use Use) (list []netip.Prefix) {
	for _, x := range ranges {
		if x.Use == use {
			list = append(list, x.Prefix)
		}
	}
	return list
}

// InsideAddress is an address a WorkSpace itself must reach, or that lies on it.
type InsideAddress struct {
	ID, Purpose string
	Address     netip.Addr // invalid where Eth0Suffix is set
	// Eth0Suffix: the address is the first two octets of eth0's, then these
	// two ("64.250").
	Eth0Suffix   string
	Transport    probe.Transport
	Port         uint16 // 0: any
	Source, AsOf string
}

// Global is what holds in every Region.
type Global struct {
	Ranges []Range // management ranges of own-licence bundles and of Pools
	Inside []InsideAddress
	Notes  []string
}

// Nets gives the ranges for a use that hold in every Region.
func (g Global) Nets(use Use) []netip.Prefix { return nets(g.Ranges, use) }

// Source is where a fact comes from.
type Source struct {
	Title string `json:"title"`
	Page  string `json:"page,omitempty"` // without scheme; empty where it is no page
	Date  string `json:"date"`           // when it was read: YYYY-MM-DD or YYYY-MM
	Note  string `json:"note,omitempty"`
}
