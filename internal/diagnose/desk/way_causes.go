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
	Code:   "host_swallows",
	Layer:  layer.LocalFirewall,
	Family: ways,
	Needs:  []probe.Operation{probe.HostCounters, probe.TCPConnect},
}

var hostAnswers = rule{
	Code:   "host_answers",
	Layer:  layer.LocalFirewall,
	Family: ways,
	Needs:  []probe.Operation{probe.HostCounters, probe.PathSweep},
}

var pathLocated = rule{
	Code: "path_located", Layer: layer.NetworkFirewall, Family: ways, Needs: []probe.Operation{probe.PathSweep},
}

var answerForged = rule{
	Code: "answer_forged", Layer: layer.NetworkFirewall, Family: ways, Needs: []probe.Operation{probe.PathSweep},
}

var gatewayRefuses = rule{
	Code: "gateway_refuses", Layer: layer.StreamingGateway, Family: ways, Needs: []probe.Operation{probe.PathSweep},
}

var portSilent = rule{
	Code: "port_silent", Layer: layer.NetworkFirewall, Family: ways, Needs: []probe.Operation{probe.TCPConnect},
}

var portRefused = rule{
	Code: "port_refused", Layer: layer.NetworkFirewall, Family: ways, Needs: []probe.Operation{probe.TCPConnect},
}

var acceptUnreal = rule{
	Code: "port_accept_unreal", Layer: layer.NetworkFirewall, Family: ways, Needs: []probe.Operation{probe.TCPConnect},
}

// pathPasses: packets come as far as the control's. Then the host, or the way back
// loses them; packets cannot separate the two.
var pathPasses = rule{
	Code: "path_passes", Layer: layer.StreamingGateway, Family: ways, Needs: []probe.Operation{probe.PathSweep},
}

// dataReset: the handshake is the host's, by its round trip, and the reset that
// ends the connection at the first data comes sooner than the host can answer.
var dataReset = rule{
	Code: "data_reset", Layer: layer.NetworkFirewall, Family: ways, Needs: []probe.Operation{probe.TCPConnect},
}

// gatewayOnlyDead: the gateway that the user named is dead on a port on which the
// Region's health host passes at the same moment. The path carries the port, so the
// trouble is at that gateway's end, or with a device that filters by address.
var gatewayOnlyDead = rule{
	Code: "gateway_only_dead", Layer: layer.StreamingGateway, Family: ways, Needs: []probe.Operation{probe.TCPConnect},
}
