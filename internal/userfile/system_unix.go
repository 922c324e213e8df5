//go:build unix

package userfile

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// withoutWaiting opens a pipe without its other end.
const withoutWaiting = syscall.O_NONBLOCK | syscall.O_NOCTTY

var errIsDirectory error = syscall.EISDIR

// withoutReader: POSIX has opening a pipe without a reader fail with ENXIO.
func withoutReader(err error) bool { return errors.Is(err, syscall.ENXIO) }

// shared says whether somebody else but the administrator may lay files into a folder.
func shared(dir string) bool {
	info, err := os.Stat(dir)
	if err != nil {
		return false // there is no such folder, which shows soon enough
	}
	const others = 0o002
	return info.Mode().Perm()&others != 0 || foreign(info)
}

// foreign says whether a file is neither this user's nor the administrator's.
func foreign(info fs.FileInfo) bool {
	s, known := info.Sys().(*syscall.Stat_t)
	return known && s.Uid != 0 && int(s.Uid) != os.Geteuid()
}
