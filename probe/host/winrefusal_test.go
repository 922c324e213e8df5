package host

import (
	"os"
	"syscall"
	"testing"

	"wsdoctor/probe"
)

func TestRefusalsOfWindows(t *testing.T) {
	for errno, want := range map[syscall.Errno]probe.Failure{
		50: probe.NetworkUnreachable, 10047: probe.NetworkUnreachable, 10013: probe.LocalPolicyDenied, 10049: probe.AddressNotAvailable, 9: probe.UnknownFailure,
	} {
		if got := refusalOf(os.NewSyscallError("connectex", errno), winRefusals); got.failure != want {
			t.Errorf("%d: %s, want %s", int(errno), got.failure, want)
		}
	}
}
