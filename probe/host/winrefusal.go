package host

import (
	"context"
	"errors"
	"syscall"

	"wsdoctor/probe"
)

// systemError is an error number of a question for a route, and what it means.
type systemError struct {
	errno   syscall.Errno
	name    string
	failure probe.Failure
}

// winRefusals are the numbers of connecting a UDP socket and of GetBestInterfaceEx on
// Windows (Microsoft, "Windows Sockets Error Codes", "System Error Codes"). They stand
// in a file of every system so that they are tested on every system. A computer
// without IPv6 calls the family unknown, or the question not supported.
var winRefusals = []systemError{
	{10013, "WSAEACCES", probe.LocalPolicyDenied},
	{10051, "WSAENETUNREACH", probe.NetworkUnreachable},
	{10065, "WSAEHOSTUNREACH", probe.NetworkUnreachable}, // nothing was sent, so no router said it
	{1231, "ERROR_NETWORK_UNREACHABLE", probe.NetworkUnreachable},
	{1232, "ERROR_HOST_UNREACHABLE", probe.NetworkUnreachable},
	{10050, "WSAENETDOWN", probe.NetworkDown},
	{10049, "WSAEADDRNOTAVAIL", probe.AddressNotAvailable},
	{10047, "WSAEAFNOSUPPORT", probe.NetworkUnreachable},
	{50, "ERROR_NOT_SUPPORTED", probe.NetworkUnreachable},
}

// refusalOf is the routing table's no as a system's numbers say it.
func refusalOf(err error, numbers []systemError) *refusal {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &refusal{probe.Interrupted, "interrupted"}
	}
	for _, e := range numbers {
		if errors.Is(err, e.errno) {
			return &refusal{e.failure, e.name}
		}
	}
	return &refusal{probe.UnknownFailure, err.Error()}
}
