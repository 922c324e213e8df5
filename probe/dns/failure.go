package dns

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"

	"wsdoctor/probe"
)

// wsaECONNRESET is Windows' own number for a reset; no other system uses it.
const wsaECONNRESET = syscall.Errno(10054)

// failureOf names the failure behind an error of a socket or the resolver.
func failureOf(err error) probe.Failure {
	var netErr *probe.NetError
	if errors.As(err, &netErr) && netErr.Failure != "" {
		return netErr.Failure
	}
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return probe.Timeout
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return probe.EOF
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, wsaECONNRESET):
		return probe.ConnectionReset
	case errors.Is(err, context.Canceled):
		return probe.Interrupted
	}
	return probe.UnknownFailure
}

// outcomeOf adds the outcome that goes with a failure: a timeout is silence.
func outcomeOf(f probe.Failure) (probe.Outcome, probe.Failure) {
	if f == probe.Timeout {
		return probe.Silent, f
	}
	return probe.Failed, f
}

// note writes a socket error into d.
func note(d *probe.DNSDetail, err error) {
	d.Error = probe.Clean(err.Error(), maxError)
	var netErr *probe.NetError
	if errors.As(err, &netErr) {
		d.Offender = netErr.ICMP
	}
}
