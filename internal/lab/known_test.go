//go:build linux

package lab

import (
	"slices"
	"strings"
	"testing"
)

// knownWrong are the scenarios whose verdict is wrong today, and why. They keep
// their right expectation and are run like all others; a scenario that becomes
// right must be taken off, so the list only shrinks. What begins with sometimes
// is right in some runs.
var knownWrong = map[string]string{
	"case-n01":  "calls stand-in addresses that work a wrong name",
	"case-n01b": "more sure of a wrong name than a look at what is behind it allows",
	"case-n03b": "takes a server that nobody asks for a dead one",
	"case-n04":  "accuses the name server that a network of this computer covers",
	"case-n05":  "accuses a firewall of the name service that does not run",
	"case-n05b": "accuses the network of a server that a VPN program left behind",
	"case-n06":  "calls this computer's own proxy program the network team's",
	"case-n07":  "suspects the service and this computer of a hole for large packets",
	"case-n07c": "undecided, and yet a protocol is blocked",
	"case-n10":  "traffic by two ways is no proof",
	"case-n10b": "traffic by two ways is no proof",
	"case-n12b": "takes a handshake for a connection: reset at the first data is not seen",
	"case-n13":  "takes a filter's address for the AWS host",
	"case-n13b": "takes a filter's block page for inspection",
	"case-n14":  "accuses the network of this computer's hosts file",
	"case-n17":  "calls a private address wrong behind which the genuine host is",
	"case-p2":   "no gap says that this kind of proxy was not tested",
	"case-n08c": "takes the prefix of the network's own translator for a wrong address",
	"case-w10":  "the directory's settings are not looked at",
	"case-w10b": "the directory's settings are not looked at",
	"case-w11":  "does not suspect this computer of dropping the answers; undecided, and yet a protocol is blocked",
	"case-w12b": "sometimes: takes a standstill for a long way",
	"case-w13":  "HTTPS that is opened and trusted is called a fault, and streaming blocked",
	"case-w14":  "does not suspect this computer of dropping the answers; undecided, and yet a protocol is blocked",
	"case-w15":  "takes slow name servers for silent ones",
	"case-w16":  "sometimes: takes loss of a port for a drop",
	"case-w17":  "HTTPS that is opened and trusted is called a fault, and streaming blocked; the product is not named",
	"case-w18":  "takes the VPC's endpoint for AWS's host",
	"case-w18b": "takes the VPC's endpoint for AWS's host",
	"case-w2":   "suspects a device that carries everything on",
	"case-w2b":  "accuses a program that carries everything on",
	"case-w3":   "takes a router that answers about TCP only for a drop",
	"case-w5":   "takes a refusal that came late for silence",
	"case-w5b":  "accuses the network of what a provider's router says of itself",
	"case-w6":   "takes the hop that was not heard for AWS's end",
	"case-w7":   "accuses AWS of resets that a provider's router makes",
	"case-w8":   "takes AWS's border router for the provider's",
	"case-w8b":  "does not suspect this computer of dropping the answers; undecided, and yet a protocol is blocked",
	"case-w9":   "does not see that one name gets no answer",
	"case-w9b":  "does not name name servers that leave one name unanswered",
	"case-x1":   "sometimes: exit 0, though a standstill hid what answers over UDP",
	"case-x4c":  "takes a refusal that came too soon for the gateway's",
	"case-x5":   "believes STUN that names an address of no network",
	"case-x5b":  "believes STUN that names an address of no network",
	"case-x5c":  "believes STUN that names a private address",
	"case-x5d":  "believes an echo that names a private address",
	"case-x5e":  "proves by an echo that anybody on the way can rewrite",
	"case-x9":   "does not hear the router that prohibits",

	"broker-big-chain":                  "undecided, and yet a protocol is blocked",
	"broker-garbage":                    "undecided, and yet a protocol is blocked",
	"broker-hang":                       "undecided, and yet a protocol is blocked",
	"broker-reset":                      "undecided, and yet a protocol is blocked",
	"broker-silent":                     "undecided, and yet a protocol is blocked",
	"broker-wrong-name":                 "a certificate for another name is not taken for a wrong address",
	"cidr-proxy-differs":                "traffic by two ways is no proof",
	"cidr-udp-differs":                  "traffic by two ways is no proof",
	"edge-drops":                        "does not suspect this computer of dropping the answers; undecided, and yet a protocol is blocked",
	"firewall-drops-all":                "undecided, and yet a protocol is blocked",
	"firewall-lossy":                    "sometimes: undecided, and yet a protocol is blocked",
	"firewall-rejects-dcv-udp":          "a proven cause that degrades loses its layer",
	"firewall-resets-names":             "undecided, and yet a protocol is blocked",
	"gateway-silent":                    "does not suspect this computer of dropping the answers; undecided, and yet a protocol is blocked",
	"healthy-udp-garbage":               "exit 0, though PCoIP was not shown alive",
	"healthy-udp-silent":                "exit 0, though PCoIP was not shown alive",
	"host-drops-443":                    "suspects the service where all of port 443 is dead; undecided, and yet a protocol is blocked",
	"host-drops-replies":                "does not suspect this computer of dropping the answers; undecided, and yet a protocol is blocked",
	"inspection":                        "HTTPS that is opened and trusted is called a fault, and streaming blocked",
	"large-packets-vanish":              "suspects the service and this computer of a hole for large packets",
	"path-black-hole-1100":              "suspects the service and this computer of a hole for large packets",
	"path-edge-drops":                   "does not suspect this computer of dropping the answers; undecided, and yet a protocol is blocked",
	"path-firewall-drops-dcv":           "DCV is blocked, though it may come by port 443",
	"path-firewall-drops-host":          "undecided, and yet a protocol is blocked",
	"path-firewall-drops-replies":       "does not suspect this computer of dropping the answers; undecided, and yet a protocol is blocked",
	"path-firewall-resets-all-near":     "undecided, and yet a protocol is blocked",
	"path-gateway-silent":               "does not suspect this computer of dropping the answers; undecided, and yet a protocol is blocked",
	"path-gateway-udp-silent":           "exit 0, though PCoIP was not shown alive",
	"path-greeting-dropped":             "undecided, and yet a protocol is blocked",
	"path-greeting-reset":               "undecided, and yet a protocol is blocked",
	"path-host-inspects-trusted":        "HTTPS that is opened and trusted is called a fault, and streaming blocked",
	"path-host-relays":                  "undecided, and yet a protocol is blocked",
	"path-host-swallows-in-an-upload":   "undecided, and yet a protocol is blocked",
	"path-ipv6-only-provider-drops":     "undecided, and yet a protocol is blocked",
	"path-loss-gateway-silent":          "sometimes: undecided, and yet a protocol is blocked",
	"path-loss-provider-drops":          "sometimes: undecided, and yet a protocol is blocked",
	"path-mtu-1280-silent":              "undecided, and yet a protocol is blocked",
	"path-mute-all-firewall-drops":      "undecided, and yet a protocol is blocked",
	"path-mute-edge-gateway-silent":     "does not suspect this computer of dropping the answers; undecided, and yet a protocol is blocked",
	"path-mute-firewall-drops":          "suspects the gateway of what a nearer hop hides; undecided, and yet a protocol is blocked",
	"path-mute-provider-drops":          "undecided, and yet a protocol is blocked",
	"path-mute-provider-firewall-drops": "undecided, and yet a protocol is blocked",
	"path-pcoip-source-ports":           "undecided, and yet a protocol is blocked",
	"path-provider-drops-replies":       "does not suspect this computer of dropping the answers; undecided, and yet a protocol is blocked",
	"path-router-accepts":               "undecided, and yet a protocol is blocked",
	"path-router-drops-arriving":        "possible without a rival",
	"path-router-drops-in-an-upload":    "undecided, and yet a protocol is blocked",
	"path-router-drops-replies":         "does not suspect this computer of dropping the answers; undecided, and yet a protocol is blocked",
	"path-slow-icmp-all-provider-drops": "sometimes: undecided, and yet a protocol is blocked",
	"path-slow-icmp-edge-drops":         "sometimes: undecided, and yet a protocol is blocked",
	"path-slow-icmp-firewall-drops":     "sometimes: the next device was not ruled out",
	"path-two-inspection-and-firewall":  "accuses the inspection, which is trusted, of what the firewall drops",
	"provider-drops-replies":            "does not suspect this computer of dropping the answers; undecided, and yet a protocol is blocked",
	"provider-no-route":                 "the provider's router says it itself, and is not named",
	"provider-rejects":                  "the provider's router says it itself, and is not named",
	"router-drops-pcoip":                "possible without a rival",
}

// sometimes begins the reason of a scenario that is wrong in some runs only.
const sometimes = "sometimes: "

// settle fails the test for every run of a scenario that is wrong, unless that is
// known, and for one that is right although it is known to be wrong.
func settle(t *testing.T, runs []row) {
	t.Helper()
	why, known := knownWrong[runs[0].scenario.Name]
	right := 0
	for i, r := range runs {
		switch {
		case len(r.wrong) == 0:
			right++
		case known:
			t.Logf("run %d, known to be wrong (%s): %s; the verdict was: %s", i+1, why, r.outcome(), r.verdict.Summary)
		default:
			t.Errorf("run %d: %s; the verdict was: %s", i+1, r.outcome(), r.verdict.Summary)
		}
	}
	if known && right == len(runs) && !strings.HasPrefix(why, sometimes) {
		t.Error("the verdict is right: take the scenario off the list of those known to be wrong")
	}
}

func TestKnownWrongScenariosExist(t *testing.T) {
	for name, why := range knownWrong {
		known := slices.ContainsFunc(slices.Concat(Scenarios(), RealScenarios()), func(s Scenario) bool { return s.Name == name })
		if !known || strings.TrimPrefix(why, sometimes) == "" {
			t.Errorf("%q: no such scenario, or no reason", name)
		}
	}
}
