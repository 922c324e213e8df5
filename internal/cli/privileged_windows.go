package cli

import "golang.org/x/sys/windows"

// privileged says whether the program runs as an administrator ("Run as
// administrator"): an account that could be one is not, until it is elevated.
func privileged() bool { return windows.GetCurrentProcessToken().IsElevated() }
