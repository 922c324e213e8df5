//go:build !windows

package socket

import "context"

// reasoned is the error as it is: the resolver of this system tells its reason.
func reasoned(_ context.Context, _ string, _ uint16, err error) error { return err }
