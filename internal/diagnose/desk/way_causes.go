package desk

import (
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// ways names the family.
const ways = "ways"

// The causes of the family of ways, as `explain` and the report tell them. What
// is found, and which of them it is, is decided in way.go.

var hostSwallows = rule{
	Code: "host_swallows", Layer: layer.LocalFirewall, Family: ways, Needs: []probe.Operation{probe.HostCounters, probe.TCPConnect},
	Meaning: "Software on this computer silently drops packets to a port WorkSpaces needs. They never leave it.",
	Decided: "The network card's packet counter stayed still while packets for the port were sent, and moved for a control port in the same moment. Or the system's TCP could not send its first packet again.",
	Remedy:  []string{"Ask desktop IT to allow outbound TCP and UDP 4172 and 4195 for this computer, in its firewall, VPN client and security software."},
}

var hostAnswers = rule{
	Code: "host_answers", Layer: layer.LocalFirewall, Family: ways, Needs: []probe.Operation{probe.HostCounters, probe.PathSweep},
	Meaning: "Software on this computer answers in AWS's place: it refuses or accepts connections that never leave this computer.",
	Decided: "Connections to the port were answered from no farther than the first router. The network card's packet counter stayed still while they were opened, and moved for a control port in the same moment.",
	Remedy:  []string{"Ask desktop IT to allow outbound TCP and UDP 4172 and 4195 in this computer's firewall, VPN client and security software, without inspection."},
}

var pathLocated = rule{
	Code: "path_located", Layer: layer.NetworkFirewall, Family: ways, Needs: []probe.Operation{probe.PathSweep},
	Meaning: "Packets to a port WorkSpaces needs are dropped on the way, and the place is known.",
	Decided: "Packets with a growing lifetime (TTL) were sent to the port and, at the same moment, to a control port of the same address. Routers answered for the control farther than for the port. A router that filters still answers for itself, so the device is the last one that answered or the next.",
	Remedy:  []string{"Ask whoever runs the device named in the evidence to allow outbound TCP and UDP 4172 (PCoIP) and 4195 (DCV)."},
}

var answerForged = rule{
	Code: "answer_forged", Layer: layer.NetworkFirewall, Family: ways, Needs: []probe.Operation{probe.PathSweep},
	Meaning: "A device on the way answers in AWS's place: it refuses or accepts connections that never reach AWS.",
	Decided: "The answer came back for packets whose lifetime (TTL) ended before AWS: packets to a control port with the same lifetime were still on their way.",
	Remedy:  []string{"Ask whoever runs the device named in the evidence to let TCP and UDP 4172 (PCoIP) and 4195 (DCV) pass untouched."},
}

var gatewayRefuses = rule{
	Code: "gateway_refuses", Layer: layer.StreamingGateway, Family: ways, Needs: []probe.Operation{probe.PathSweep},
	Meaning: "The AWS host itself refuses connections to a port WorkSpaces needs.",
	Decided: "The reset came from as many hops away as the same host's answer to a control port.",
	Remedy:  []string{"Look at the AWS Health Dashboard for the Region.", "The WorkSpaces administrator should open a case with AWS."},
}

var portSilent = rule{
	Code: "port_silent", Layer: layer.NetworkFirewall, Family: ways, Needs: []probe.Operation{probe.TCPConnect},
	Meaning: "Packets to a streaming port vanish: no answer, no refusal, no error message.",
	Decided: "Several spaced connection attempts to every address stayed without any answer, while other ports answered at the same moment. A dropping firewall at home, in the office, at the provider or at AWS looks the same from here.",
	Remedy:  []string{"Ask the network team to allow outbound TCP and UDP 4172 (PCoIP) and 4195 (DCV) to the WorkSpaces gateways of your Region.", "Try another network, such as a phone's hotspot: if it works there, the first network drops the packets."},
}

var portRefused = rule{
	Code: "port_refused", Layer: layer.NetworkFirewall, Family: ways, Needs: []probe.Operation{probe.TCPConnect},
	Meaning: "A streaming port is refused: an answer says at once that nothing listens there.",
	Decided: "Every address of the streaming host answered with a refusal: a reset, or what this system does not tell from one. If it came back in less than a quarter of the round trip to the same AWS Region, a device near the user sent it. Otherwise a firewall and the gateway look the same.",
	Remedy:  []string{"Ask the network team to allow outbound TCP and UDP 4172 (PCoIP) and 4195 (DCV) to the WorkSpaces gateways of your Region.", "To get on meanwhile, try another network, such as a phone's hotspot."},
}

var acceptUnreal = rule{
	Code: "port_accept_unreal", Layer: layer.NetworkFirewall, Family: ways, Needs: []probe.Operation{probe.TCPConnect},
	Meaning: "Something nearer than AWS accepts connections to a streaming port in AWS's place.",
	Decided: "The connection was accepted in less than a quarter of the round trip to the same AWS Region, and no TLS answered behind it.",
	Remedy:  []string{"Ask the network team to let TCP 4172 and 4195 pass without a proxy; streaming does not work through one."},
}

// pathPasses: packets come as far as the control's. Then the host, or the way back
// loses them; packets cannot separate the two.
var pathPasses = rule{
	Code: "path_passes", Layer: layer.StreamingGateway, Family: ways, Needs: []probe.Operation{probe.PathSweep},
	Meaning: "Packets to a silent port come as far as those to a control port, and no answer comes back.",
	Decided: "Every hop that saw the control's packets also saw the port's. What lies behind the last hop, the gateway, an access control in front of it, or a device that drops only the answers, looks the same from here.",
	Remedy:  []string{"Run the same check from another network, such as a phone's hotspot.", "If it fails there too, the WorkSpaces administrator should check the IP access control group and then open a case with AWS.", "If it passes there, the first network drops the packets or the answers: ask its network team."},
}

// dataReset: the handshake is the host's, by its round trip, and the reset that
// ends the connection at the first data comes sooner than the host can answer.
var dataReset = rule{
	Code: "data_reset", Layer: layer.NetworkFirewall, Family: ways, Needs: []probe.Operation{probe.TCPConnect},
	Meaning: "A device that inspects what is sent cuts connections to a streaming port at the first data.",
	Decided: "The handshake took the round trip to AWS, and the connection ended much sooner after the first data was sent. AWS cannot have answered yet.",
	Remedy:  []string{"Ask the network team to let TCP 4172 (PCoIP) and 4195 (DCV) pass without inspection of what is sent.", "To get on meanwhile, try another network, such as a phone's hotspot."},
}

// gatewayOnlyDead: the gateway that the user named is dead on a port on which the
// Region's health host passes at the same moment. The path carries the port, so the
// trouble is at that gateway's end, or with a device that filters by address.
var gatewayOnlyDead = rule{
	Code: "gateway_only_dead", Layer: layer.StreamingGateway, Family: ways, Needs: []probe.Operation{probe.TCPConnect},
	Meaning: "The streaming gateway you named does not answer, although the Region's health host answers on the same port.",
	Decided: "Same port, same moment: the health host answered and the named gateway did not, so the route is open for that port.",
	Remedy:  []string{"Check that the gateway's name and port are right and current: gateways change from session to session.", "Ask the WorkSpaces administrator whether the IP access control group holds this network's public address.", "If both are right, the administrator should open a case with AWS."},
}
