//go:build !linux

package main

import "syscall"

// emptyNetwork can be had on Linux only.
func emptyNetwork() *syscall.SysProcAttr { return nil }
