package socket

import (
	"golang.org/x/sys/windows"
	"syscall"

	"wsdoctor/probe"
)

// refusedHere are errors of a connect or send that failed at once because this
// computer forbids it. WSAEACCES is what an outbound rule gives; a port range
// reserved by the system gives the same number, so a rule of the diagnosis that
// needs certainty must ask the firewall's rule list too.
var refusedHere = map[call]probe.Failure{
	{"connect", windows.WSAEACCES}: probe.LocalPolicyDenied,
}

// fromAfar are errors of a UDP socket that answer an earlier datagram, whichever
// call reports them: what an ICMP port unreachable and an ICMP time exceeded
// turn into. Who sent it is not told.
var fromAfar = map[syscall.Errno]probe.Failure{
	windows.WSAECONNRESET: probe.ConnectionRefused,
	windows.WSAENETRESET:  probe.TTLExceeded,
}

// errnos are the others. A refused connect is reported about two seconds late,
// because Windows sends the SYN again after an RST.
var errnos = map[syscall.Errno]probe.Failure{
	windows.WSAECONNREFUSED:    probe.ConnectionRefused,
	windows.WSAECONNRESET:      probe.ConnectionReset,
	windows.WSAENETRESET:       probe.ConnectionReset,
	windows.WSAECONNABORTED:    probe.ConnectionAborted,
	windows.WSAETIMEDOUT:       probe.Timeout,
	windows.WSAEHOSTUNREACH:    probe.HostUnreachable,
	windows.WSAEHOSTDOWN:       probe.HostUnreachable,
	windows.WSAENETUNREACH:     probe.NetworkUnreachable,
	windows.WSAENETDOWN:        probe.NetworkDown,
	windows.WSAEADDRNOTAVAIL:   probe.AddressNotAvailable,
	windows.WSAEAFNOSUPPORT:    probe.AddressNotAvailable,
	windows.WSAEPROTONOSUPPORT: probe.AddressNotAvailable,
	windows.WSAEACCES:          probe.PermissionDenied,
	windows.WSAEMSGSIZE:        probe.MessageSize,
	windows.WSAEINTR:           probe.Interrupted,
	windows.WSAEMFILE:          probe.ComputerExhausted,
}

// exhausted are errors of opening or connecting a socket for want of a resource of
// this computer. Of a send they may mean more: a filter on the interface drops so.
var exhausted = map[syscall.Errno]bool{windows.WSAENOBUFS: true}
