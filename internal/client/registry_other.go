//go:build !windows

package client

func registryEntries() []installedProgram { return nil }
