//go:build !windows && !darwin

package cli

// userLanguages: the environment tells them here.
func userLanguages() []string { return nil }
