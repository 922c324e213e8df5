package lab

import (
	"encoding/json"

	"wsdoctor/internal/lab/servers"
)

// beyond is what this package's tests add to the lab, and no released program has:
// random networks, outside programs in place of built-in servers, and a client that
// tells what truly works. TestMain fills it; in a released program all of it is nil.
var beyond struct {
	// topology builds the network of Scenario.Drawn.
	topology func(drawn json.RawMessage) topology
	// stack is what the servers at a place listen by.
	stack func(job order, at Place, s servers.Stack) servers.Stack
	beyondHost
}
