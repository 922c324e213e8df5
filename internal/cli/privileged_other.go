//go:build !windows

package cli

import "os"

func privileged() bool { return os.Geteuid() == 0 }
