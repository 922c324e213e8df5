//go:build !unix

package userfile

import (
	"errors"
	"io/fs"
)

const withoutWaiting = 0

var errIsDirectory = errors.New("is a directory")

func withoutReader(error) bool { return false }

// shared: folders here belong to one user, and links take a privilege to make.
func shared(string) bool { return false }

func foreign(fs.FileInfo) bool { return false }
