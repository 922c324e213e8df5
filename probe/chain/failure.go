package chain

import (
	"context"
	"errors"
	"io"
	"net"
	"os"

	"wsdoctor/probe"
)

// ErrTooLarge is the error of a bounded reader whose peer sent more.
var ErrTooLarge = errors.New("the peer sent more than is read")

// FailureOf classifies an error met while reading from or writing to a
// connection, or from dialling one. An error it does not know is failed with
// otherwise. A cancelled context, or a socket closed by this program, is
// not-run without a failure: it says nothing about the peer.
func FailureOf(err error, otherwise probe.Failure) (probe.Outcome, probe.Failure) {
	if errors.Is(err, context.Canceled) {
		return probe.NotRun, ""
	}
	var classified *probe.NetError
	if errors.As(err, &classified) && classified.Failure != "" {
		if classified.Failure == probe.Interrupted {
			return probe.NotRun, ""
		}
		return outcomeOf(classified.Failure), classified.Failure
	}
	for _, known := range ioErrors {
		if errors.Is(err, known.err) {
			return outcomeOf(known.failure), known.failure
		}
	}
	for _, known := range systemErrors {
		if errors.Is(err, known.err) {
			return outcomeOf(known.failure), known.failure
		}
	}
	var timed net.Error
	if errors.As(err, &timed) && timed.Timeout() {
		return probe.Silent, probe.Timeout
	}
	return probe.Failed, otherwise
}

func outcomeOf(f probe.Failure) probe.Outcome {
	if f == probe.Timeout {
		return probe.Silent
	}
	return probe.Failed
}

type knownError struct {
	err     error
	failure probe.Failure
}

var ioErrors = []knownError{
	{ErrTooLarge, probe.ReplyTooLarge},
	{context.DeadlineExceeded, probe.Timeout},
	{os.ErrDeadlineExceeded, probe.Timeout},
	{io.EOF, probe.EOF},
	{io.ErrUnexpectedEOF, probe.EOF},
	{io.ErrClosedPipe, probe.EOF},
	{net.ErrClosed, probe.EOF},
}
