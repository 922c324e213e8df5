package socket

import (
	"syscall"
	"testing"

	"wsdoctor/probe"
)

func TestErrorNumbersOfWindows(t *testing.T) {
	windows := numbers{winRefusedHere, winErrnos, winExhausted}
	for _, test := range []struct {
		name  string
		op    string
		errno syscall.Errno
		now   bool
		want  probe.Failure
	}{
		{"a rule forbids the connect", "connect", 10013, true, probe.LocalPolicyDenied},
		{"a rule forbids the datagram", "send", 10013, true, probe.LocalPolicyDenied},
		{"access denied, later", "connect", 10013, false, probe.PermissionDenied},
		{"no IPv6: the family", "connect", 10047, true, probe.AddressNotAvailable},
		{"no IPv6: the request", "connect", 50, true, probe.AddressNotAvailable},
		{"refused, by connect", "connect", 10061, false, probe.ConnectionRefused},
		{"refused, by ConnectEx", "connect", 1225, false, probe.ConnectionRefused},
		{"unreachable, by ConnectEx", "connect", 1231, false, probe.NetworkUnreachable},
		{"nothing came, by ConnectEx", "connect", 121, false, probe.Timeout},
		{"no buffer for a socket", "connect", 10055, true, probe.ComputerExhausted},
		{"no buffer for a datagram", "send", 10055, true, probe.UnknownFailure},
		{"a number that nobody knows", "connect", 9, true, probe.UnknownFailure},
	} {
		if got := windows.meaning(test.op, test.errno, test.now); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
	if winFromAfar[10052] != probe.TTLExceeded || winFromAfar[10054] != probe.ConnectionRefused || len(winFromAfar) != 2 {
		t.Errorf("what answers an earlier datagram: %v", winFromAfar)
	}
	if !winNeverFromAfar[10013] || winNeverFromAfar[10054] {
		t.Error("a rule's refusal of a datagram is this computer's own word, a reset is not")
	}
}
