package software

import (
	"os"

	"golang.org/x/sys/unix"
)

func sources() []source { return darwinSources(os.DirFS("/"), running) }

// running asks the kernel for its processes, which every user may.
//
// It is written after the system's headers and has never run on a real machine.
func running() ([]string, error) {
	list, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	names := make([]string, 0, len(list))
	for i := range list {
		names = append(names, unix.ByteSliceToString(list[i].Proc.P_comm[:]))
	}
	return names, err
}
