package lab

import "encoding/json"

// beyondHost is the part of beyond for which there must be a host.
type beyondHost struct {
	// serve starts outside programs; done says that there is nothing else to do.
	serve func(n *network, v *services, job order) (done bool, err error)
	// ruleset loads firewall rules by an outside program, if it knows the mode.
	ruleset func(n *network, mode string) (known bool, err error)
	// testify tries the network after the command has ended.
	testify func(n *network, v *services) json.RawMessage
}
