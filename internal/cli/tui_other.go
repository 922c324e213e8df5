//go:build !unix

package cli

// jobControl: there is none.
func jobControl() bool { return false }
