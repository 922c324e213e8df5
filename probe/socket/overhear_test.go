//go:build linux || darwin

package socket

import (
	"testing"

	"wsdoctor/probe"
)

// An error that a router's message explains is not laid to this computer only
// because the message is late.
func TestErrorsThatRoutersCauseAreGivenTime(t *testing.T) {
	for _, c := range []struct {
		failure   probe.Failure
		transport probe.Transport
		long      bool
	}{
		{probe.HostUnreachable, probe.TCP, true}, {probe.NetworkUnreachable, probe.UDP, true}, {probe.ConnectionRefused, probe.UDP, true},
		{probe.ConnectionRefused, probe.TCP, false}, {probe.LocalPolicyDenied, probe.UDP, false},
	} {
		if long := graceFor(c.failure, c.transport) == longGrace; long != c.long {
			t.Errorf("%s over %s: long %v", c.failure, c.transport, long)
		}
	}
}
