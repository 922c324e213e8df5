//go:build unix

package policy

import (
	"io/fs"
	"syscall"
)

// writable says whether another but the administrator may write a file, or put another
// one in its place.
func writable(info fs.FileInfo) bool {
	const groupAndOthers = 0o022
	s, known := info.Sys().(*syscall.Stat_t)
	return info.Mode().Perm()&groupAndOthers != 0 || !known || s.Uid != 0
}
