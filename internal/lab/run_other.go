//go:build !linux

package lab

import (
	"context"
	"errors"
	"os"
	"runtime"
)

var errNoNamespaces = errors.New("network namespaces exist on Linux only, not on " + runtime.GOOS)

// Supported says why the lab cannot be run here.
func Supported() error { return errNoNamespaces }

// Run cannot run here.
func Run(context.Context, Options) (Result, error) { return Result{}, errNoNamespaces }

// HostMain ends the process: nothing here starts a host.
func HostMain(Hooks) { os.Exit(2) }
