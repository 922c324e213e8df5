package socket

import (
	"errors"
	"os"

	"wsdoctor/probe"
)

var _ probe.UDPDialer = (*Net)(nil)

// optionFailure tells the errors that only an option of DialUDPWith gives: what
// this system cannot do, and a local port that somebody else holds. Systems give
// different numbers for the latter, so the failed call decides.
func optionFailure(err error) (probe.Failure, bool) {
	if errors.Is(err, errors.ErrUnsupported) {
		return probe.Unsupported, true
	}
	var call *os.SyscallError
	if errors.As(err, &call) && call.Syscall == "bind" {
		return probe.AddressNotAvailable, true
	}
	return "", false
}
