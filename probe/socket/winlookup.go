package socket

import (
	"net"
	"syscall"

	"wsdoctor/probe"
)

// lookups are what DnsQuery of Windows says (Microsoft, winerror.h and "DNS
// Constants"), by its status. What is not here says nothing of the name.
var lookups = map[syscall.Errno]probe.Failure{
	1460: probe.Timeout,        // ERROR_TIMEOUT
	9001: probe.DNSMisbehaving, // DNS_ERROR_RCODE_FORMAT_ERROR
	9002: probe.DNSServfail,    // DNS_ERROR_RCODE_SERVER_FAILURE
	9003: probe.DNSNXDomain,    // DNS_ERROR_RCODE_NAME_ERROR
	9004: probe.DNSMisbehaving, // DNS_ERROR_RCODE_NOT_IMPLEMENTED
	9005: probe.DNSRefused,     // DNS_ERROR_RCODE_REFUSED
	9501: probe.DNSNoAnswer,    // DNS_INFO_NO_RECORDS
	9502: probe.DNSMisbehaving, // DNS_ERROR_BAD_PACKET
	9701: probe.DNSNoAnswer,    // DNS_ERROR_RECORD_DOES_NOT_EXIST
	9852: probe.NoResolver,     // DNS_ERROR_NO_DNS_SERVERS
	// Windows Sockets' own, of GetAddrInfo. WSATRY_AGAIN is a server that failed and
	// one that is silent alike. WSAHOST_NOT_FOUND is not in the list: a computer
	// without any network says it too, so it is no word of a name server.
	11002: probe.DNSTemporary, // WSATRY_AGAIN
	11003: probe.DNSMisbehaving,
	11004: probe.DNSNoAnswer, // WSANO_DATA
}

// lookupError is the error of a lookup that failed and whose reason was then asked
// for; status is what DnsQuery said, 0 for nothing. Where it does not tell, the name
// could not be resolved, and nobody said that it does not exist.
func lookupError(said *net.DNSError, status syscall.Errno) *net.DNSError {
	failure, told := lookups[status]
	if !told {
		failure = probe.DNSTemporary
	}
	e := *said
	e.IsNotFound = failure == probe.DNSNXDomain || failure == probe.DNSNoAnswer
	e.IsTimeout = failure == probe.Timeout
	e.IsTemporary = failure == probe.DNSTemporary || failure == probe.DNSServfail || e.IsTimeout
	e.UnwrapErr = &probe.NetError{Op: "resolve", Failure: failure, Err: status}
	return &e
}
