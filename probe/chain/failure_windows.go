package chain

import (
	"golang.org/x/sys/windows"

	"wsdoctor/probe"
)

// systemErrors are the errors an established connection can meet. Windows has
// its own numbers: syscall.ECONNRESET is none of them.
var systemErrors = []knownError{
	{windows.WSAECONNRESET, probe.ConnectionReset},
	{windows.WSAECONNABORTED, probe.ConnectionAborted},
	{windows.WSAETIMEDOUT, probe.Timeout},
	{windows.WSAEHOSTUNREACH, probe.HostUnreachable},
	{windows.WSAENETUNREACH, probe.NetworkUnreachable},
	{windows.WSAENETDOWN, probe.NetworkDown},
}
