package socket

import (
	"syscall"

	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

// refusedHere are errors of a connect or send that failed at once because this
// computer forbids it (pf, a content filter).
var refusedHere = map[call]probe.Failure{
	{"connect", unix.EACCES}: probe.LocalPolicyDenied,
	{"connect", unix.EPERM}:  probe.LocalPolicyDenied,
	{"send", unix.EACCES}:    probe.LocalPolicyDenied,
	{"send", unix.EPERM}:     probe.LocalPolicyDenied,
}

// neverFromAfar is not needed without an error queue.
var neverFromAfar = map[syscall.Errno]bool{}

// fromAfar are errors of a UDP socket that answer an earlier datagram, whichever
// call reports them: what an ICMP port unreachable turns into. Who sent it is
// not told.
var fromAfar = map[syscall.Errno]probe.Failure{
	unix.ECONNREFUSED: probe.ConnectionRefused,
}

// errnos are the others. EHOSTUNREACH at once may also be the Local Network
// privacy switch of macOS 15 and later, which gives the same number; it stays
// host_unreachable, because nothing here can tell the two apart.
var errnos = map[syscall.Errno]probe.Failure{
	unix.ECONNREFUSED:    probe.ConnectionRefused,
	unix.ECONNRESET:      probe.ConnectionReset,
	unix.EPIPE:           probe.ConnectionReset,
	unix.ECONNABORTED:    probe.ConnectionAborted,
	unix.ETIMEDOUT:       probe.Timeout,
	unix.EHOSTUNREACH:    probe.HostUnreachable,
	unix.EHOSTDOWN:       probe.HostUnreachable,
	unix.ENETUNREACH:     probe.NetworkUnreachable,
	unix.ENETDOWN:        probe.NetworkDown,
	unix.EADDRNOTAVAIL:   probe.AddressNotAvailable,
	unix.EAFNOSUPPORT:    probe.AddressNotAvailable,
	unix.EPROTONOSUPPORT: probe.AddressNotAvailable,
	unix.EACCES:          probe.PermissionDenied,
	unix.EPERM:           probe.PermissionDenied,
	unix.EMSGSIZE:        probe.MessageSize,
	unix.EINTR:           probe.Interrupted,
	unix.EMFILE:          probe.ComputerExhausted,
	unix.ENFILE:          probe.ComputerExhausted,
	unix.ENOMEM:          probe.ComputerExhausted,
}

// exhausted are errors of opening or connecting a socket for want of a resource of
// this computer. Of a send they may mean more: a filter on the interface drops so.
var exhausted = map[syscall.Errno]bool{unix.ENOBUFS: true}
