package socket

import (
	"syscall"

	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

// refusedHere are errors of a connect or send that failed at once, with no ICMP
// sender: no packet left this computer because a rule of its own forbids it.
// ip rule and ip route: prohibit gives EACCES, blackhole EINVAL; a cgroup
// program and an OUTPUT drop of UDP give EPERM, Landlock EACCES.
var refusedHere = map[call]probe.Failure{
	{"connect", unix.EACCES}: probe.LocalPolicyDenied,
	{"connect", unix.EPERM}:  probe.LocalPolicyDenied,
	{"connect", unix.EINVAL}: probe.LocalPolicyDenied,
	{"send", unix.EACCES}:    probe.LocalPolicyDenied,
	{"send", unix.EPERM}:     probe.LocalPolicyDenied,
	{"send", unix.EINVAL}:    probe.LocalPolicyDenied,
}

// errnos are the others. EACCES is among them because ICMPv6 1/1, 1/5 and 1/6
// give it too: seen later than at once it is somebody else's word, and without
// a queue entry nobody knows whose.
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
	unix.EAFNOSUPPORT:    probe.AddressNotAvailable, // IPv6 is switched off
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
var exhausted = map[syscall.Errno]bool{unix.ENOBUFS: true, unix.EAGAIN: true}
