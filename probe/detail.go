package probe

import (
	"encoding/json"
	"net/netip"
)

// Operation is what was done. It decides the type of an observation's Detail.
type Operation string

// The closed list of operations, each with the type of its detail.
const (
	HostLinks        Operation = "host_links"     // LinksDetail: interfaces and addresses of this computer
	HostRoute        Operation = "host_route"     // RouteDetail: the route a packet to the target would take; one per family and port
	HostResolvers    Operation = "host_resolvers" // ResolversDetail
	HostProxy        Operation = "host_proxy"     // ProxyDetail
	HostVPN          Operation = "host_vpn"       // VPNDetail: VPN-like interfaces
	HostNeighbour    Operation = "host_neighbour" // NeighbourDetail: does the default gateway answer on the local network
	HostWorkspace    Operation = "host_workspace" // WorkspaceDetail: does this look like the inside of a WorkSpace
	DNSQuery         Operation = "dns_query"      // DNSDetail
	TCPConnect       Operation = "tcp_connect"    // ConnectDetail
	TLSHandshake     Operation = "tls_handshake"  // TLSDetail
	HTTPGet          Operation = "http_get"       // HTTPDetail
	ProxyConnect     Operation = "proxy_connect"  // ProxyConnectDetail
	STUNBinding      Operation = "stun_binding"   // ExchangeDetail with Mapped
	QUICVersion      Operation = "quic_version"   // ExchangeDetail with Versions
	PathSweep        Operation = "path_sweep"     // SweepDetail: one port, swept by TTL
	PathMTU          Operation = "path_mtu"       // MTUDetail: which sizes of packets pass
	HostCounters     Operation = "host_counters"  // CountersDetail: do datagrams leave this computer
	HostPauses       Operation = "host_pauses"    // PausesDetail: when this computer stood still during the run
	HostNames        Operation = "host_names"     // HostNamesDetail: what the hosts file says of names the run asks
	NothingOperation Operation = "none"           // NoDetail: a step that was skipped or not run
)

// Detail is the typed rest of an observation, one struct per operation. Texts
// from the network are cleaned by Clean before they are put into one.
type Detail interface{ detail() }

// details is where an operation is registered with the type of its detail: one row, from
// which stored reports are read, the schema is made and what is redacted is tested.
var details = []registered{
	{HostLinks, decode[LinksDetail]},
	{HostRoute, decode[RouteDetail]},
	{HostResolvers, decode[ResolversDetail]},
	{HostProxy, decode[ProxyDetail]},
	{HostVPN, decode[VPNDetail]},
	{HostNeighbour, decode[NeighbourDetail]},
	{HostWorkspace, decode[WorkspaceDetail]},
	{HostPauses, decode[PausesDetail]},
	{HostNames, decode[HostNamesDetail]},
	{HostCounters, decode[CountersDetail]},
	{HostSoftware, decode[SoftwareDetail]},
	{HostWireless, decode[WirelessDetail]},
	{HostNetworkState, decode[NetworkStateDetail]},
	{HostNamePolicy, decode[NamePolicyDetail]},
	{DNSQuery, decode[DNSDetail]},
	{TCPConnect, decode[ConnectDetail]},
	{TLSHandshake, decode[TLSDetail]},
	{HTTPGet, decode[HTTPDetail]},
	{ProxyConnect, decode[ProxyConnectDetail]},
	{STUNBinding, decode[ExchangeDetail]},
	{QUICVersion, decode[ExchangeDetail]},
	{PathSweep, decode[SweepDetail]},
	{PathMTU, decode[MTUDetail]},
	{HostRoutes, decode[RoutingDetail]},
	{HostManagement, decode[ManagementDetail]},
	{HostDirectory, decode[DirectoryDetail]},
	{HostServices, decode[ServicesDetail]},
	{HostListeners, decode[ListenersDetail]},
	{HostFirewall, decode[FirewallDetail]},
	{LDAPRoot, decode[LDAPDetail]},
	{NTPTime, decode[NTPDetail]},
	{AccountQuestion, decode[QuestionDetail]},
	{AccountIdentity, decode[IdentityDetail]},
	{AccountDirectories, decode[RegisteredDetail]},
	{AccountWorkspaces, decode[WorkspacesDetail]},
	{AccountConnections, decode[ConnectionsDetail]},
	{AccountIPGroups, decode[IPGroupsDetail]},
	{AccountAliases, decode[AliasesDetail]},
	{AccountClients, decode[ClientsDetail]},
	{AccountTenancy, decode[TenancyDetail]},
	{AccountDirectoryService, decode[DirectoryServiceDetail]},
	{AccountControllers, decode[ControllersDetail]},
	{AccountTrusts, decode[TrustsDetail]},
	{AccountInterfaces, decode[ENIsDetail]},
	{AccountSecurityGroups, decode[SecurityGroupsDetail]},
	{AccountSubnets, decode[SubnetsDetail]},
	{AccountRouteTables, decode[RouteTablesDetail]},
	{AccountNATGateways, decode[NATGatewaysDetail]},
	{AccountInternetGateways, decode[InternetGatewaysDetail]},
	{AccountNetworkACLs, decode[NetworkACLsDetail]},
	{AccountVPCs, decode[VPCsDetail]},
	{AccountVPCEndpoints, decode[VPCEndpointsDetail]},
	{AccountRole, decode[RoleDetail]},
	{AccountRolePolicies, decode[RolePoliciesDetail]},
	{AccountMetrics, decode[MetricsDetail]},
	{AccountChanges, decode[ChangesDetail]},
	{NothingOperation, decode[NoDetail]},
}

type registered struct {
	operation Operation
	decode    func(json.RawMessage) (Detail, error)
}

// decoder reads the detail of an operation from stored JSON; nil if it is not known.
func decoder(op Operation) func(json.RawMessage) (Detail, error) {
	for _, r := range details {
		if r.operation == op {
			return r.decode
		}
	}
	return nil
}

// DetailOf is the empty detail of one of the operations.
func DetailOf(op Operation) Detail {
	d, err := decoder(op)(nil)
	if err != nil {
		panic(err) // nothing was read
	}
	return d
}

// Operations lists every operation.
func Operations() []Operation {
	list := make([]Operation, 0, len(details))
	for _, r := range details {
		list = append(list, r.operation)
	}
	return list
}

func decode[D Detail](raw json.RawMessage) (Detail, error) {
	var d D
	if len(raw) == 0 {
		return d, nil
	}
	err := json.Unmarshal(raw, &d)
	return d, err
}

// NoDetail is the detail of an operation that gave none.
type NoDetail struct{}

// Interface is one network interface of this computer.
type Interface struct {
	Name      string         `json:"name" redact:"keep"`
	Index     int            `json:"index"`
	Up        bool           `json:"up"`      // administratively up
	Carrier   bool           `json:"carrier"` // link detected; true where the system cannot say
	Loopback  bool           `json:"loopback"`
	MTU       int            `json:"mtu"` // bytes
	Addresses []netip.Prefix `json:"addresses" redact:"own"`
	VPN       string         `json:"vpn,omitempty" redact:"text"` // why it looks like a VPN, empty if it does not
	Kind      LinkKind       `json:"kind,omitempty"`              // as the system tells; empty where it does not
}

// LinkKind is what the system says an interface is (Linux: IFLA_INFO_KIND of
// rtnetlink(7), and sysfs).
type LinkKind string

// The kinds that matter; others keep the system's own word, cleaned.
const (
	LinkLoopback  LinkKind = "loopback"
	LinkEthernet  LinkKind = "ethernet"
	LinkWiFi      LinkKind = "wifi"
	LinkBridge    LinkKind = "bridge" // of containers or virtual machines of this computer
	LinkVeth      LinkKind = "veth"   // one end of a container's cable
	LinkTun       LinkKind = "tun"    // a program of this computer takes the packets
	LinkWireGuard LinkKind = "wireguard"
)

// LinksDetail lists the interfaces. Failure NoInterface: none but loopback is up with an address that can be used.
type LinksDetail struct {
	Interfaces []Interface `json:"interfaces"`
	// Around says what this system runs in, if its router may be the computer
	// around it: "WSL", or "a container". Empty if nothing shows that.
	Around string `json:"around,omitempty" redact:"text"`
}

// RouteDetail is the route one packet would take. Outcome failed with
// LocalPolicyDenied: a policy rule of this computer forbids this port.
type RouteDetail struct {
	Family      string     `json:"family" redact:"keep"` // "ip4" or "ip6"
	Destination netip.Addr `json:"destination" redact:"aws,if=Endpoint,not=resolver"`
	Interface   string     `json:"interface,omitempty" redact:"keep"`
	Gateway     netip.Addr `json:"gateway,omitzero"`
	Source      netip.Addr `json:"source,omitzero" redact:"own"`
	VPN         string     `json:"vpn,omitempty" redact:"text"`      // why that interface looks like a VPN
	Error       string     `json:"error,omitempty" redact:"text"`    // the system's error, such as EACCES
	Endpoint    string     `json:"endpoint,omitempty" redact:"keep"` // the catalog endpoint asked for, or "resolver"; empty for a default route
	Transport   Transport  `json:"transport,omitempty"`              // of the port asked for; empty if only the address was
	Port        uint16     `json:"port,omitempty"`
	Kind        LinkKind   `json:"kind,omitempty"` // of the interface
	Failure     Failure    `json:"-"`              // why there is none, in HostFacts; stored by the observation itself
}

// ResolversDetail lists the resolvers in use. Failure NoResolver: there is none.
type ResolversDetail struct {
	Servers []netip.AddrPort `json:"servers"`
	Search  []string         `json:"search,omitempty" redact:"domain" say:"spaced"`
	Source  string           `json:"source" redact:"text"` // where this was read
}

// ProxyDetail is the configured web proxy, without credentials.
type ProxyDetail struct {
	HTTPS   string `json:"https,omitempty" redact:"proxy"` // proxy URL for https targets, empty for none
	HTTP    string `json:"http,omitempty" redact:"proxy"`
	NoProxy string `json:"no_proxy,omitempty" redact:"domain"`
	PAC     string `json:"pac,omitempty" redact:"proxy"` // address of an automatic configuration script, which only the system itself runs
	// Script is what the system made of its script, or of what it discovered, for
	// https requests to the names of this run. Other names were not asked for.
	Script []ScriptedProxy `json:"script,omitempty"`
	// Undiscovered: this system looks for proxies by itself (WPAD), and the run did not.
	Undiscovered bool   `json:"undiscovered,omitempty"`
	Credentials  bool   `json:"credentials"`          // the setting holds a user name or password (not recorded)
	Source       string `json:"source" redact:"text"` // environment, flag, system
	// Metadata is the proxy that http requests to 169.254.169.254 would go
	// through; empty for none, which is right inside a WorkSpace.
	Metadata string `json:"metadata,omitempty" redact:"proxy"`
}

// ScriptedProxy is the system's answer for one host.
type ScriptedProxy struct {
	Host  string `json:"host" redact:"text"`
	Proxy string `json:"proxy" redact:"proxy"` // URL; empty: directly
}

// VPNDetail lists interfaces that look like a VPN and why.
type VPNDetail struct {
	Interfaces []VPNInterface `json:"interfaces"`
}

// VPNInterface is one of them.
type VPNInterface struct {
	Name    string `json:"name" redact:"keep"`
	Why     string `json:"why" redact:"text"`
	Carries bool   `json:"carries"` // the route to the target goes through it
}

// NeighbourDetail is the system's neighbour entry (ARP, neighbour discovery) of
// the default gateway after the run. Failed with HostUnreachable: its hardware
// address could not be found.
type NeighbourDetail struct {
	Gateway   netip.Addr `json:"gateway"`
	Interface string     `json:"interface" redact:"keep"`
	State     string     `json:"state" redact:"keep"` // reachable, stale, delay, probe, incomplete, failed, none
}

// WorkspaceDetail says which signs of being inside a WorkSpace were found.
type WorkspaceDetail struct {
	Inside bool     `json:"inside"`
	Agent  bool     `json:"agent"` // the agent that only a WorkSpace has; a client on a desk never sets it
	Signs  []string `json:"signs" redact:"text"`
}

// DNSDetail is one answered or unanswered question.
type DNSDetail struct {
	Resolver  string       `json:"resolver" redact:"text"` // "system", or ip:port
	Transport Transport    `json:"transport,omitempty"`    // of the final answer; empty for the system resolver
	Name      string       `json:"name" redact:"host,if=Service"`
	Type      string       `json:"type" redact:"keep"`            // A, AAAA, TXT, SRV
	RCode     string       `json:"rcode,omitempty" redact:"keep"` // NOERROR, NXDOMAIN, …
	Addresses []netip.Addr `json:"addresses,omitempty" redact:"aws,of=Name"`
	CNAME     string       `json:"cname,omitempty" redact:"text"` // the last alias
	Texts     []string     `json:"texts,omitempty" redact:"text" say:"spaced"`
	Services  []string     `json:"services,omitempty" redact:"host" say:"spaced"` // SRV "host:port"
	Service   string       `json:"service,omitempty" redact:"text"`               // the SRV name whose answer named this host; Attempts 0: its addresses came with that answer
	Truncated bool         `json:"truncated,omitempty"`
	Attempts  int          `json:"attempts"`
	Garbage   int          `json:"garbage,omitempty"`                // messages that were no valid answer
	Extended  string       `json:"extended,omitempty" redact:"text"` // extended DNS error (RFC 8914)
	Offender  *ICMPError   `json:"icmp,omitempty"`
	Error     string       `json:"error,omitempty" redact:"text"`
}

// Attempt is one of several fresh probes of an observation.
type Attempt struct {
	AtMS      float64 `json:"at_ms"` // since the start of the observation
	ElapsedMS float64 `json:"elapsed_ms"`
	Outcome   Outcome `json:"outcome"`
	Failure   Failure `json:"failure"`
}

// ConnectDetail is a TCP connect by several fresh sockets. The first answer
// ends it: later attempts are not sent.
type ConnectDetail struct {
	Attempts []Attempt  `json:"attempts"`
	RTTMS    float64    `json:"rtt_ms,omitempty"`
	Local    string     `json:"local,omitempty" redact:"own"` // own address used
	ICMP     *ICMPError `json:"icmp,omitempty"`
	Error    string     `json:"error,omitempty" redact:"text"` // the system's words
	// Spoke says what was learnt after the connect: "tls" (a TLS record came
	// back), "bytes" (other bytes), "closed", "reset", "nothing" or "" (not
	// looked).
	Spoke string `json:"spoke,omitempty" redact:"keep"`
	// Phase says more of "closed", "reset" and "nothing": how far the ClientHello
	// came that was to make the port speak.
	Phase HelloPhase `json:"phase,omitempty"`
	// HostDropped, of a silent connect that was waited for long enough: true if
	// this computer could not even send the SYN again, so that its own firewall
	// or a filter on it swallows it; false if the SYN left. Absent where the
	// system does not tell, or the wait was shorter than a second.
	HostDropped *bool `json:"host_dropped,omitempty"`
	// RTTSource is "kernel" where RTTMS is the own TCP's (TCP_INFO), which no
	// busy computer makes late; empty where it was taken by this program.
	RTTSource string `json:"rtt_source,omitempty" redact:"text"`
	// SpokeMS is from our greeting to what Spoke tells, in milliseconds: a reset or
	// an answer that comes sooner than RTTMS came from nearer.
	SpokeMS float64 `json:"spoke_ms,omitempty"`
	// Sent and Answered count the connects of a sample, each of one SYN that is not
	// repeated; 0 for an observation that is no sample.
	Sent     int `json:"sent,omitempty"`
	Answered int `json:"answered,omitempty"`
	// Unclear, of a refusal: the system gives the same word for a reset and for a
	// router's ICMP error, so that it is not known whether the host or somebody on the
	// way refused.
	Unclear bool `json:"refusal_unclear,omitempty"`
}

// RTTKernel is what RTTSource says of a round trip that the system measured.
const RTTKernel = "kernel"

// Certificate is one certificate of a presented chain, cleaned for display.
type Certificate struct {
	Subject   string   `json:"subject" redact:"text"`
	Issuer    string   `json:"issuer" redact:"text"`
	NotBefore string   `json:"not_before" redact:"keep"` // RFC 3339
	NotAfter  string   `json:"not_after" redact:"keep"`
	SHA256    string   `json:"sha256" redact:"keep"`          // of the DER, hex
	SPKI      string   `json:"spki" redact:"keep"`            // SHA-256 of the public key info, hex
	Names     []string `json:"names,omitempty" redact:"text"` // DNS names, at most 8
	CA        bool     `json:"ca"`
}

// RootVerdict is what the presented chain ends in.
type RootVerdict string

// What a chain may end in.
const (
	RootAmazon      RootVerdict = "amazon"       // a bundled Amazon Trust Services or Starfield key
	RootAmazonNamed RootVerdict = "amazon-named" // named like one, with a key this version does not know
	RootOther       RootVerdict = "other"        // anybody else
	RootUnknown     RootVerdict = "unknown"      // no chain was seen
)

// RootVerdicts lists them, for the schema.
var RootVerdicts = []RootVerdict{RootAmazon, RootAmazonNamed, RootOther, RootUnknown}

// TLSDetail is a TLS handshake. The chain is kept even when it does not verify.
type TLSDetail struct {
	ServerName   string        `json:"server_name" redact:"text"`
	Version      string        `json:"version,omitempty" redact:"keep"`
	ALPN         string        `json:"alpn,omitempty" redact:"keep"`
	Via          string        `json:"via,omitempty" redact:"proxy"` // proxy used, without credentials
	Chain        []Certificate `json:"chain,omitempty"`
	ChainBytes   int           `json:"chain_bytes,omitempty"`
	Root         RootVerdict   `json:"root"`
	SystemTrust  bool          `json:"system_trust"` // verified against this computer's roots
	HostnameFits bool          `json:"hostname_fits"`
	Issuer       string        `json:"issuer,omitempty" redact:"text"` // of the last certificate presented or, if verified, of the verified chain's root: who vouches for it
	Error        string        `json:"error,omitempty" redact:"text"`

	Hello      HelloSize  `json:"hello,omitempty"` // how large a ClientHello was sent
	HelloBytes int        `json:"hello_bytes"`     // its size with its record header; 0 if none was sent
	ReplyBytes int        `json:"reply_bytes"`     // that came back before the handshake ended
	Phase      HelloPhase `json:"phase,omitempty"` // of a handshake that got no answer
	// HelloAcked: the other end's TCP (a proxy's, with Via) acknowledged all of
	// the ClientHello. Only for a handshake without an answer, and absent where
	// the system does not tell.
	HelloAcked  *bool `json:"hello_acked,omitempty"`
	Retransmits int   `json:"retransmits,omitempty"` // segments sent again during a handshake without an answer
	// EndMS is from the ClientHello to the reset or close that ended a handshake
	// without an answer, in milliseconds.
	EndMS float64 `json:"end_ms,omitempty"`
	// MSS is the maximum segment size that this computer told the other end, where
	// it was made small on purpose: all packets that came back were as small.
	MSS int `json:"mss,omitempty"`
}

// HTTPDetail is one HTTP exchange.
type HTTPDetail struct {
	URL       string     `json:"url" redact:"text"` // without query
	Via       string     `json:"via,omitempty" redact:"proxy"`
	Status    int        `json:"status,omitempty"`
	Location  string     `json:"location,omitempty" redact:"text"` // of a redirect, without query
	Server    string     `json:"server,omitempty" redact:"text"`
	Date      string     `json:"date,omitempty" redact:"keep"`            // RFC 3339 of the Date header
	ClockMS   *float64   `json:"clock_offset_ms,omitempty" say:"seconds"` // this computer's clock minus the server's, ± 1 s and half the round trip
	BodyBytes int        `json:"body_bytes"`
	Body      string     `json:"body,omitempty" redact:"text"`  // first bytes, cleaned, at most 200
	Title     string     `json:"title,omitempty" redact:"text"` // of an HTML page, at most 100
	Healthy   bool       `json:"healthy"`                       // the body is what the endpoint expects
	Egress    netip.Addr `json:"egress,omitzero" redact:"own"`  // the address an address echo saw
	Error     string     `json:"error,omitempty" redact:"text"`
}

// ProxyConnectDetail is one CONNECT through a proxy.
type ProxyConnectDetail struct {
	Proxy       string     `json:"proxy" redact:"proxy"` // host:port
	Status      int        `json:"status,omitempty"`
	Reason      string     `json:"reason,omitempty" redact:"text"`
	AuthSchemes []string   `json:"auth_schemes,omitempty" redact:"text"`
	ICMP        *ICMPError `json:"icmp,omitempty"`
	Error       string     `json:"error,omitempty" redact:"text"`
	// Reached says how far it got: "none" (the proxy itself was not reached),
	// "proxy" (it was, and said no or nothing), "target" (the tunnel stands).
	Reached string `json:"reached" redact:"keep"`
	Unclear bool   `json:"refusal_unclear,omitempty"` // as in ConnectDetail
}

// ExchangeDetail is a UDP question and answer by several spaced datagrams.
// Silence says nothing about the port; see the contract, section 4.
type ExchangeDetail struct {
	Sent     int            `json:"sent"`
	Answered int            `json:"answered"`
	Attempts []Attempt      `json:"attempts"`
	RTTMS    []float64      `json:"rtt_ms,omitempty"`
	Local    string         `json:"local,omitempty" redact:"own"`
	Mapped   netip.AddrPort `json:"mapped,omitzero" redact:"own"`                  // STUN: the address the server saw
	Versions []string       `json:"versions,omitempty" redact:"keep" say:"spaced"` // QUIC: versions offered, hex
	Garbage  int            `json:"garbage,omitempty"`                             // datagrams that were no valid answer
	ICMP     *ICMPError     `json:"icmp,omitempty"`
	Error    string         `json:"error,omitempty" redact:"text"`
}

func (NoDetail) detail()           {}
func (LinksDetail) detail()        {}
func (RouteDetail) detail()        {}
func (ResolversDetail) detail()    {}
func (ProxyDetail) detail()        {}
func (VPNDetail) detail()          {}
func (NeighbourDetail) detail()    {}
func (WorkspaceDetail) detail()    {}
func (DNSDetail) detail()          {}
func (ConnectDetail) detail()      {}
func (TLSDetail) detail()          {}
func (HTTPDetail) detail()         {}
func (ProxyConnectDetail) detail() {}
func (ExchangeDetail) detail()     {}
