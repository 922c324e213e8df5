//go:build !linux

package socket

import (
	"errors"
	"syscall"
)

// whole is not done here: without an error queue nobody would learn what became
// of a packet that was too large.
func whole(syscall.RawConn, bool) error { return errors.ErrUnsupported }
