//go:build !linux && !darwin && !windows

package software

func sources() []source { return nil }
