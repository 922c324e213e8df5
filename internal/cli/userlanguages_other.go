//go:build !windows

package cli

// userLanguages: the environment tells them here. macOS sets LANG in its Terminal by the
// user's language; what is started without a terminal speaks English.
func userLanguages() []string { return nil }
