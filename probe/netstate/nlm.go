package netstate

import "wsdoctor/probe"

// Numbers and places of netlistmgr.h, which a test compares with what a C compiler
// makes of it: the methods that are called, by their place in each interface's table.
const (
	methodRelease = 2

	managerGetNetworks     = 7
	managerGetConnectivity = 13

	enumNext = 8

	networkGetCategory = 18

	enumConnected = 1 // NLM_ENUM_NETWORK_CONNECTED
)

// reach are the flags of NLM_CONNECTIVITY for one family.
type reach struct{ noTraffic, subnet, local, internet uint32 }

var (
	reachIPv4 = reach{0x1, 0x10, 0x20, 0x40}
	reachIPv6 = reach{0x2, 0x100, 0x200, 0x400}
)

func (r reach) word(connectivity uint32) string {
	switch {
	case connectivity&r.internet != 0:
		return "internet"
	case connectivity&(r.subnet|r.local) != 0:
		return "local"
	}
	return "none"
}

// categories are NLM_NETWORK_CATEGORY.
var categories = map[uint32]string{0: "public", 1: "private", 2: "domain"}

// mostNetworks are told.
const mostNetworks = 16

// stateOf puts the system's numbers into words.
func stateOf(connectivity uint32, of []uint32) probe.NetworkStateDetail {
	d := probe.NetworkStateDetail{
		Categories: []string{},
		IPv4:       reachIPv4.word(connectivity),
		IPv6:       reachIPv6.word(connectivity),
	}
	for _, c := range of[:min(len(of), mostNetworks)] {
		if word, known := categories[c]; known {
			d.Categories = append(d.Categories, word)
		}
	}
	return d
}
