package socket

import (
	"errors"
	"net"
	"syscall"
	"testing"

	"wsdoctor/probe"
)

// TestOnlyANameServersWordMakesANameUnknown: what GetAddrInfo of Windows calls "not
// found" may be a computer without network.
func TestOnlyANameServersWordMakesANameUnknown(t *testing.T) {
	notFound := net.DNSError{Err: "no such host", Name: "h.example", IsNotFound: true}
	tryAgain := net.DNSError{Err: "getaddrinfow: This is usually a temporary error", Name: "h.example"}
	for _, test := range []struct {
		name     string
		said     net.DNSError
		status   syscall.Errno
		want     probe.Failure
		notFound bool
		timeout  bool
	}{
		{"NXDOMAIN", notFound, 9003, probe.DNSNXDomain, true, false},
		{"no record", notFound, 9501, probe.DNSNoAnswer, true, false},
		{"not found, and nobody tells why", notFound, 0, probe.DNSTemporary, false, false},
		{"not found, and it is not found again", notFound, 11001, probe.DNSTemporary, false, false},
		{"not found, for want of an answer", notFound, 1460, probe.Timeout, false, true},
		{"SERVFAIL", tryAgain, 9002, probe.DNSServfail, false, false},
		{"REFUSED", tryAgain, 9005, probe.DNSRefused, false, false},
		{"try again", tryAgain, 11002, probe.DNSTemporary, false, false},
		{"silence", tryAgain, 1460, probe.Timeout, false, true},
		{"no server is set", tryAgain, 9852, probe.NoResolver, false, false},
		{"a name without data", tryAgain, 11004, probe.DNSNoAnswer, true, false},
	} {
		e := lookupError(&test.said, test.status)
		var told *probe.NetError
		if !errors.As(e, &told) || told.Failure != test.want || e.IsNotFound != test.notFound || e.IsTimeout != test.timeout || e.Name != "h.example" {
			t.Errorf("%s: %+v", test.name, e)
		}
	}
}
