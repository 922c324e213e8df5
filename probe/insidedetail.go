package probe

import "net/netip"

// What is looked at inside a WorkSpace.
const (
	HostRoutes     Operation = "host_routes"     // RoutingDetail: the whole routing table
	HostManagement Operation = "host_management" // ManagementDetail: which interface lies in a management range, and what overlaps it
	HostDirectory  Operation = "host_directory"  // DirectoryDetail: the directory this computer was told to use
	HostServices   Operation = "host_services"   // ServicesDetail: the services behind the streaming ports
	HostListeners  Operation = "host_listeners"  // ListenersDetail: who listens on the streaming ports
	HostFirewall   Operation = "host_firewall"   // FirewallDetail: what the firewall's rules do to a packet for these ports
	LDAPRoot       Operation = "ldap_root"       // LDAPDetail: the rootDSE over TCP, or a CLDAP ping over UDP
	NTPTime        Operation = "ntp_time"        // NTPDetail
)

// RoutingDetail is the routing table, at most 200 routes.
type RoutingDetail struct {
	Routes    []RouteEntry `json:"routes" say:"some"`
	Truncated bool         `json:"truncated,omitempty"`
}

// RouteEntry is one route of the table.
type RouteEntry struct {
	Destination netip.Prefix `json:"destination"`
	Gateway     netip.Addr   `json:"gateway,omitzero"`
	Interface   string       `json:"interface,omitempty" redact:"keep"`
	Metric      int          `json:"metric"`
	Table       string       `json:"table,omitempty" redact:"keep"` // empty for the main table
	Type        string       `json:"type,omitempty" redact:"keep"`  // empty for an ordinary route; blackhole, unreachable, prohibit, throw
}

// ManagementDetail says where the management interface (eth0) is. Failed with
// NoInterface: no interface has an address in one of the ranges.
type ManagementDetail struct {
	Ranges     []netip.Prefix     `json:"ranges" redact:"published"` // that were looked for
	Borrowed   bool               `json:"borrowed,omitempty"`        // they are other Regions': none are published for this one
	Interfaces []ManagedInterface `json:"interfaces"`
	// Overlaps are the networks and routes of other interfaces that overlap the
	// network or the management range of a managed interface.
	Overlaps []Overlap `json:"overlaps" say:"some"`
	// Answers are the ways by which this system would answer from the first
	// interface's address; empty where it cannot say.
	Answers []Answer `json:"answers,omitempty"`
}

// ManagedInterface is an interface with an address in a management range.
type ManagedInterface struct {
	Name    string       `json:"name" redact:"keep"`
	Address netip.Prefix `json:"address" redact:"own"`     // with the length of its own network
	Range   netip.Prefix `json:"range" redact:"published"` // the narrowest management range that holds it
}

// Overlap is a route or network of another interface inside, or around, the
// management network.
type Overlap struct {
	Prefix    netip.Prefix `json:"prefix"`
	Interface string       `json:"interface" redact:"keep"`         // that has it; empty for a blackhole
	Kind      string       `json:"kind" redact:"keep"`              // "address" (the interface's own network) or "route"
	Why       string       `json:"why,omitempty" redact:"text"`     // what the interface is: a VPN, a container bridge; empty if it does not show
	Network   bool         `json:"network"`                         // overlaps eth0's own network, not only the management range around it
	Sample    netip.Addr   `json:"sample"`                          // an address inside both
	Through   string       `json:"through,omitempty" redact:"keep"` // the interface by which this system would send to Sample; empty where it cannot say
}

// Answer is the way that what a service says takes back to its network: with the
// management interface's address as sender, by which rules of policy routing tell
// packets apart.
type Answer struct {
	To        netip.Addr `json:"to"` // in the interface's own network
	Transport Transport  `json:"transport"`
	Port      uint16     `json:"port"`                            // of the service that answers
	Through   string     `json:"through,omitempty" redact:"keep"` // the interface; empty where the system refuses to send
	Failure   Failure    `json:"failure,omitempty"`               // why it refuses
}

// DirectoryDetail is what this computer was told of its directory.
type DirectoryDetail struct {
	Domain       string       `json:"domain,omitempty" redact:"directory"`
	DomainSource string       `json:"domain_source,omitempty" redact:"text"` // flag, or where it was read
	Also         []string     `json:"also,omitempty" redact:"directory"`     // other domains that other settings name
	DNS          []netip.Addr `json:"dns"`                                   // the directory's DNS addresses
	DNSSource    string       `json:"dns_source,omitempty" redact:"text"`    // flag, ResolversInUse, or where it was read
}

// ResolversInUse is the DNSSource where nothing names the directory's DNS
// addresses and the resolvers in use stand in for them.
const ResolversInUse = "the resolvers in use"

// ServicesDetail lists the services that make a WorkSpace reachable.
type ServicesDetail struct {
	Manager  string    `json:"manager" redact:"keep"` // systemd or scm (Windows service control manager)
	Services []Service `json:"services" say:"some"`
}

// ServiceRole is what a service is for.
type ServiceRole string

// The closed list of roles. A service that streams has its protocol's name.
const (
	SkyLight    ServiceRole = "skylight" // answers AWS's status requests, TCP 8200
	ServesPCoIP             = ServiceRole(PCoIP)
	ServesDCV               = ServiceRole(DCV)
)

// String is for what takes anything that tells itself, such as a message's arguments.
func (r ServiceRole) String() string { return string(r) }

// Service is one service that was looked for.
type Service struct {
	Role      ServiceRole `json:"role" redact:"keep"`
	Name      string      `json:"name" redact:"keep"` // as the manager knows it
	Installed bool        `json:"installed"`
	State     string      `json:"state,omitempty" redact:"keep"`   // running, starting, stopping, stopped, failed, paused
	Enabled   string      `json:"enabled,omitempty" redact:"keep"` // enabled (starts with the system), manual, disabled, masked, static; empty if the manager does not say
	PID       int         `json:"pid,omitempty"`
	Result    string      `json:"result,omitempty" redact:"text"` // why it ended, in the manager's words
}

// Streams: the service is one of those that a protocol streams by.
func (s Service) Streams(p Protocol) bool { return s.Role == ServiceRole(p) }

// ListenersDetail lists the sockets on the streaming ports, and on no other.
type ListenersDetail struct {
	Listeners   []Listener   `json:"listeners" say:"some"`
	Connections []Connection `json:"connections" say:"some"` // established from outside this computer, at most 50
	Owners      bool         `json:"owners"`                 // every listener's process could be read
}

// Listener is a TCP socket that listens, or a UDP socket that is bound.
type Listener struct {
	Transport Transport  `json:"transport"`
	Address   netip.Addr `json:"address"` // 0.0.0.0 or :: for every address
	Port      uint16     `json:"port"`
	Both      bool       `json:"both,omitempty"` // a :: socket that takes IPv4 too
	PID       int        `json:"pid,omitempty"`
	Process   string     `json:"process,omitempty" redact:"keep"` // its name, without path or arguments
}

// Takes says whether a packet to a would reach this listener.
func (l Listener) Takes(a netip.Addr) bool {
	switch {
	case l.Address == a:
		return true
	case l.Address == netip.IPv4Unspecified():
		return a.Is4()
	case l.Address == netip.IPv6Unspecified():
		return a.Is6() || l.Both
	}
	return false
}

// Connection is an established TCP connection to a streaming port.
type Connection struct {
	Local  netip.AddrPort `json:"local"`
	Remote netip.AddrPort `json:"remote"`
}

// FirewallVerdict is what rules do to a packet.
type FirewallVerdict string

// The closed list of verdicts of a firewall's rules.
const (
	FirewallAccept  FirewallVerdict = "accept"
	FirewallDrop    FirewallVerdict = "drop"
	FirewallReject  FirewallVerdict = "reject"
	FirewallUnknown FirewallVerdict = "unknown" // an expression that could not be evaluated decides
	FirewallOff     FirewallVerdict = "off"     // no rule of this engine looks at such packets
)

// FirewallDetail is what one engine's rules do to a new inbound packet for a run
// of ports on an interface. Outcome ok: accepted or off. Failed with
// FirewallDenied: dropped or rejected. Skipped with PermissionDenied: the rules
// may not be read without privileges. Skipped with Unsupported: the rules were
// read and cannot be evaluated (Verdict unknown), or there is no way to read
// them here.
type FirewallDetail struct {
	Engine    string          `json:"engine" redact:"keep"` // nftables, iptables, windows
	Interface string          `json:"interface" redact:"keep"`
	Address   netip.Addr      `json:"address"` // destination of the packet
	Transport Transport       `json:"transport"`
	First     uint16          `json:"first"` // ports first to last
	Last      uint16          `json:"last"`
	Verdict   FirewallVerdict `json:"verdict"`
	Rule      string          `json:"rule,omitempty" redact:"text"`               // what decides: chain and rule, or the policy, in the system's words
	Manager   string          `json:"manager,omitempty" redact:"keep"`            // who wrote the rules, where it shows: firewalld, ufw, docker, group policy
	Unknown   []string        `json:"unknown,omitempty" redact:"text" say:"some"` // expressions that could not be evaluated
	Answers   bool            `json:"answers,omitempty"`                          // it is about what this computer answers from these ports; the packets come in
	Later     bool            `json:"later,omitempty"`                            // it is about the packets that follow a connection's first one, which is let in
	Repeat    string          `json:"repeat,omitempty" redact:"text"`             // of a skipped one: the command that could read the rules
	// Given is what the rules do to a packet on the conditions that Until, AtRest and
	// Redirected tell: that it comes before then, alone, and is meant for whoever
	// listens there. Where it is accept, Verdict is unknown: who tries at another hour,
	// or sends a stream, may meet another end.
	Given FirewallVerdict `json:"given,omitempty"`
	// Until is when another verdict begins to hold, RFC 3339 in UTC, where rules ask for
	// the time: by this computer's clock, as the kernel judges. Empty: none within a
	// month. Then and ThenRule are that verdict and what decides it; empty where the
	// rules were not judged for that time, but may change their mind.
	Until    string          `json:"until,omitempty" redact:"keep"`
	Then     FirewallVerdict `json:"then,omitempty"`
	ThenRule string          `json:"then_rule,omitempty" redact:"text"`
	// AtRest are limits (of packets, bytes or connections in a time) that are held for
	// not reached. Beside a Verdict of accept they meet new connections only, and what
	// belongs to one is let in whatever they say.
	AtRest []string `json:"at_rest,omitempty" redact:"text"`
	// Redirected is where the rules send packets for these ports instead.
	Redirected *Redirected `json:"redirected,omitempty"`
}

// Redirected is a destination that address translation puts in the place of another.
type Redirected struct {
	Address netip.Addr `json:"address"`
	Port    uint16     `json:"port,omitempty"` // zero: not known which
	// Listeners are the sockets on that port, all of them if Looked.
	Listeners []Listener `json:"listeners,omitempty"`
	Looked    bool       `json:"looked,omitempty"`
}

// LDAPDetail is a directory server's own description of itself, which it gives
// without credentials (RFC 4512 section 5.1; [MS-ADTS] 3.1.1.3.2 and 6.3.3).
type LDAPDetail struct {
	Transport Transport `json:"transport"`                            // tcp: rootDSE; udp: CLDAP netlogon ping
	Host      string    `json:"host,omitempty" redact:"host"`         // the server's DNS name
	Domain    string    `json:"domain,omitempty" redact:"directory"`  // DNS name of its domain
	Context   string    `json:"context,omitempty" redact:"directory"` // default naming context
	Site      string    `json:"site,omitempty" redact:"site"`
	// ClientSite is the site that the server takes this computer to be in, by its
	// address; CLDAP only.
	ClientSite string     `json:"client_site,omitempty" redact:"site"`
	Time       string     `json:"time,omitempty" redact:"keep"`           // RFC 3339, the server's clock
	ClockMS    *float64   `json:"clock_offset_ms,omitempty" say:"tenths"` // this computer's clock minus the server's, ± 1 s and half the round trip
	Sent       int        `json:"sent,omitempty"`                         // datagrams
	RTTMS      float64    `json:"rtt_ms,omitempty"`
	ICMP       *ICMPError `json:"icmp,omitempty"`
	Error      string     `json:"error,omitempty" redact:"text"`
}

// NTPDetail is an answer of a time server (RFC 5905).
type NTPDetail struct {
	ClockMS *float64   `json:"clock_offset_ms,omitempty" say:"tenths"` // this computer's clock minus the server's
	Stratum int        `json:"stratum,omitempty"`
	RTTMS   float64    `json:"rtt_ms,omitempty"`
	Sent    int        `json:"sent"`
	ICMP    *ICMPError `json:"icmp,omitempty"`
	Error   string     `json:"error,omitempty" redact:"text"`
}

func (RoutingDetail) detail()    {}
func (ManagementDetail) detail() {}
func (DirectoryDetail) detail()  {}
func (ServicesDetail) detail()   {}
func (ListenersDetail) detail()  {}
func (FirewallDetail) detail()   {}
func (LDAPDetail) detail()       {}
func (NTPDetail) detail()        {}
