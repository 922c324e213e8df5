//go:build !linux

package socket

import (
	"errors"
	"net"
	"syscall"

	"wsdoctor/probe"
)

func prepareUDP(syscall.RawConn, bool) error { return nil }

// queued is the error of an earlier datagram that a failed call reported. This
// system has no error queue, so it is the error number or nothing.
func queued(_ *net.UDPConn, err error) []*probe.NetError {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		if f, ok := fromAfar[errno]; ok {
			return []*probe.NetError{{Op: "receive", Failure: f, Err: err}}
		}
	}
	return nil
}
