package socket

import (
	"syscall"

	"wsdoctor/probe"
)

// Error numbers of Windows Sockets (Microsoft, "Windows Sockets Error Codes") and
// of Windows where a call of theirs gives one. They stand in a file of every system
// so that the tables are tested on every system.
const (
	wsaEINTR           syscall.Errno = 10004
	wsaEACCES          syscall.Errno = 10013
	wsaEMFILE          syscall.Errno = 10024
	wsaEMSGSIZE        syscall.Errno = 10040
	wsaEPROTONOSUPPORT syscall.Errno = 10043
	wsaEPFNOSUPPORT    syscall.Errno = 10046
	wsaEAFNOSUPPORT    syscall.Errno = 10047
	wsaEADDRNOTAVAIL   syscall.Errno = 10049
	wsaENETDOWN        syscall.Errno = 10050
	wsaENETUNREACH     syscall.Errno = 10051
	wsaENETRESET       syscall.Errno = 10052
	wsaECONNABORTED    syscall.Errno = 10053
	wsaECONNRESET      syscall.Errno = 10054
	wsaENOBUFS         syscall.Errno = 10055
	wsaETIMEDOUT       syscall.Errno = 10060
	wsaECONNREFUSED    syscall.Errno = 10061
	wsaEHOSTDOWN       syscall.Errno = 10064
	wsaEHOSTUNREACH    syscall.Errno = 10065

	errorNotSupported       syscall.Errno = 50
	errorSemTimeout         syscall.Errno = 121
	errorNetworkUnreachable syscall.Errno = 1231
	errorHostUnreachable    syscall.Errno = 1232
	errorConnectionRefused  syscall.Errno = 1225
)

// winRefusedHere are errors of a connect or send that failed at once because this
// computer forbids it. WSAEACCES is what an outbound rule gives; a port range
// reserved by the system gives the same number, so a rule of the diagnosis that
// needs certainty must ask the firewall's rule list too.
var winRefusedHere = map[call]probe.Failure{
	{"connect", wsaEACCES}: probe.LocalPolicyDenied,
	{"send", wsaEACCES}:    probe.LocalPolicyDenied,
}

// winNeverFromAfar are errors of a send that no ICMP message turns into.
var winNeverFromAfar = map[syscall.Errno]bool{wsaEACCES: true}

// winFromAfar are errors of a UDP socket that answer an earlier datagram, whichever
// call reports them: what an ICMP port unreachable and an ICMP time exceeded turn
// into. Who sent it is not told.
var winFromAfar = map[syscall.Errno]probe.Failure{
	wsaECONNRESET: probe.ConnectionRefused,
	wsaENETRESET:  probe.TTLExceeded,
}

// winErrnos are the others. Without IPv6 the system does not know the address
// family, or says that it is not supported. ConnectEx gives numbers of Windows
// where connect gives those of its sockets.
var winErrnos = map[syscall.Errno]probe.Failure{
	wsaECONNREFUSED:         probe.ConnectionRefused,
	errorConnectionRefused:  probe.ConnectionRefused,
	wsaECONNRESET:           probe.ConnectionReset,
	wsaENETRESET:            probe.ConnectionReset,
	wsaECONNABORTED:         probe.ConnectionAborted,
	wsaETIMEDOUT:            probe.Timeout,
	errorSemTimeout:         probe.Timeout,
	wsaEHOSTUNREACH:         probe.HostUnreachable,
	errorHostUnreachable:    probe.HostUnreachable,
	wsaEHOSTDOWN:            probe.HostUnreachable,
	wsaENETUNREACH:          probe.NetworkUnreachable,
	errorNetworkUnreachable: probe.NetworkUnreachable,
	wsaENETDOWN:             probe.NetworkDown,
	wsaEADDRNOTAVAIL:        probe.AddressNotAvailable,
	wsaEAFNOSUPPORT:         probe.AddressNotAvailable,
	wsaEPFNOSUPPORT:         probe.AddressNotAvailable,
	wsaEPROTONOSUPPORT:      probe.AddressNotAvailable,
	errorNotSupported:       probe.AddressNotAvailable,
	wsaEACCES:               probe.PermissionDenied,
	wsaEMSGSIZE:             probe.MessageSize,
	wsaEINTR:                probe.Interrupted,
	wsaEMFILE:               probe.ComputerExhausted,
}

// winExhausted are errors of opening or connecting a socket for want of a resource
// of this computer. Of a send they may mean more: a filter on the interface drops so.
var winExhausted = map[syscall.Errno]bool{wsaENOBUFS: true}
