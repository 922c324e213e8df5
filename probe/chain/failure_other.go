//go:build !windows

package chain

import (
	"syscall"

	"wsdoctor/probe"
)

// systemErrors are the errors an established connection can meet. EPIPE is a
// write after the peer's reset.
var systemErrors = []knownError{
	{syscall.ECONNRESET, probe.ConnectionReset},
	{syscall.EPIPE, probe.ConnectionReset},
	{syscall.ECONNABORTED, probe.ConnectionAborted},
	{syscall.ETIMEDOUT, probe.Timeout},
	{syscall.EHOSTUNREACH, probe.HostUnreachable},
	{syscall.ENETUNREACH, probe.NetworkUnreachable},
	{syscall.ENETDOWN, probe.NetworkDown},
}
