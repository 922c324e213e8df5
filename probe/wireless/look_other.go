//go:build !linux && !windows

package wireless

import (
	"context"
	"errors"
	"runtime"

	"wsdoctor/probe"
)

// thisSystem: macOS tells them to programs that use its CoreWLAN framework, which
// takes a C compiler, and to administrators.
func thisSystem(context.Context) ([]probe.WirelessLink, error) {
	return nil, errors.New("not read on " + runtime.GOOS)
}
