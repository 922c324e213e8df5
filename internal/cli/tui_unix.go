//go:build unix

package cli

import "golang.org/x/sys/unix"

// jobControl says whether a shell waits behind this program for it to be stopped.
// A program in the process group that leads its session has none there, as under
// ssh with a command or in a container; nor has one whose group is out of its
// sight, as in the demo. Such a program would release the terminal and wait for
// nobody (POSIX, orphaned process groups: SIGTSTP does not stop them).
func jobControl() bool {
	group := unix.Getpgrp()
	session, err := unix.Getsid(0)
	return err == nil && group > 0 && group != session
}
