//go:build !linux

package lab

// beyondHost is empty: only Linux has a host.
type beyondHost struct{}
