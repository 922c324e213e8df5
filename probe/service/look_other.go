//go:build !linux && !windows

package service

import (
	"context"
	"errors"

	"wsdoctor/probe"
)

const managerName = ""

// thisManager is never asked in earnest: no WorkSpace runs such a system.
func thisManager(context.Context) ([]probe.Service, []string, error) {
	return nil, nil, errors.New("not asked on this system")
}
