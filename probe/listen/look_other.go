//go:build !linux && !windows

package listen

import (
	"context"
	"errors"
)

// thisSystem is never asked in earnest: no WorkSpace runs such a system.
func thisSystem(context.Context, watch) ([]socket, []string, error) {
	return nil, nil, errors.New("not read on this system")
}
