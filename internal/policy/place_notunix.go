//go:build !unix

package policy

import "io/fs"

// writable: on Windows a policy stands in the registry, where the system guards it.
func writable(fs.FileInfo) bool { return false }
