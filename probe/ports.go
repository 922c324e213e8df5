package probe

// Vantage is where a run was made.
type Vantage string

// The closed list of vantages.
const (
	AtDesk      Vantage = "desk"
	InWorkspace Vantage = "workspace"
	InAccount   Vantage = "account" // the API of the AWS account, which sees settings and no packet
)

// Vantages lists them, for the schema.
var Vantages = []Vantage{AtDesk, InWorkspace, InAccount}

// Protocol is what streams a desktop, or what of it a run is about.
type Protocol string

// The closed list of protocols.
const (
	PCoIP         Protocol = "pcoip"
	DCV           Protocol = "dcv" // formerly WSP
	BothProtocols Protocol = "both"
)

// ProtocolChoices are what a run can be about.
var ProtocolChoices = []Protocol{PCoIP, DCV, BothProtocols}

// String is for what takes anything that tells itself, such as a message's arguments.
func (p Protocol) String() string { return string(p) }

// StreamingProtocols are those that stream, in a list of the caller's own.
func StreamingProtocols() []Protocol { return []Protocol{PCoIP, DCV} }

// Other is the streaming protocol that a WorkSpace of this one does not have.
func (p Protocol) Other() Protocol {
	if p == PCoIP {
		return DCV
	}
	return PCoIP
}

// HTTPSPort is where the client signs in, and where DCV may come too since client 5.23.
const HTTPSPort uint16 = 443

// GatewayPort is a port of the streaming gateways.
type GatewayPort struct {
	Endpoint  string // its role in the catalog
	Protocol  Protocol
	Transport Transport
	Port      uint16
}

// GatewayPorts are those that a client needs, each protocol's TCP first (AWS WorkSpaces
// administration guide, "IP address and port requirements for WorkSpaces", ports for
// client applications).
var GatewayPorts = []GatewayPort{
	{"pcoip-tcp", PCoIP, TCP, 4172},
	{"pcoip-udp", PCoIP, UDP, 4172},
	{"dcv-tcp", DCV, TCP, 4195},
	{"dcv-udp", DCV, UDP, 4195},
}

// OfGateway gives the protocol of a port of the gateways, and false for another port.
func OfGateway(port uint16) (protocol Protocol, ok bool) {
	for _, g := range GatewayPorts {
		if g.Port == port {
			return g.Protocol, true
		}
	}
	return "", false
}

// PortRange is a run of ports of one transport.
type PortRange struct {
	Transport   Transport
	First, Last uint16
}

// Holds says whether a port is one of them.
func (r PortRange) Holds(t Transport, port uint16) bool {
	return r.Transport == t && r.First <= port && port <= r.Last
}

// The inbound ports of a WorkSpace's management interface, eth0 (the same guide,
// management interface ports).
var (
	Eth0PCoIP        = PortRange{TCP, 4172, 4172} // set-up
	Eth0PCoIPStream  = PortRange{UDP, 4172, 4172} // picture and input
	Eth0PCoIPWeb     = PortRange{TCP, 4489, 4489} // the web client
	Eth0Agent        = PortRange{TCP, 8200, 8200} // management and configuration; not in a pool
	Eth0DCV          = PortRange{TCP, 8201, 8250}
	Eth0DCVDatagrams = PortRange{UDP, 8220, 8220}
	Eth0Ports        = []PortRange{Eth0PCoIP, Eth0PCoIPStream, Eth0PCoIPWeb, Eth0Agent, Eth0DCV, Eth0DCVDatagrams}
)
