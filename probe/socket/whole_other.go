//go:build !linux

package socket

import (
	"errors"
	"syscall"
)

// forbidFragments is not done here: without an error queue nobody would learn what became
// of a packet that was too large.
func forbidFragments(syscall.RawConn, bool) error { return errors.ErrUnsupported }
