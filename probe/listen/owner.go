package listen

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"wsdoctor/probe"
)

const (
	// ownerPatience bounds the walk through all processes. A WorkSpace has a few
	// hundred, which takes some 10 ms.
	ownerPatience = 300 * time.Millisecond
	processLimit  = 32 << 10
	linkLimit     = 64 << 10 // per process
	entryBatch    = 256
	// commLimit: the kernel cuts a process's name at 15 bytes.
	commLimit = 64
)

// owner is the process that holds a socket.
type owner struct {
	pid  int
	name string
}

// findOwners walks proc, which is /proc, for the processes that hold the sockets
// with the wanted inodes. Of several the oldest is named, because workers inherit
// their parent's sockets; but process 1 only if there is no other, because systemd
// keeps a copy of the sockets it hands to services. Why says what stood in the
// way of a complete answer, empty for nothing.
func findOwners(ctx context.Context, proc fs.FS, wanted []uint64) (found map[uint64]owner, why string) {
	ctx, cancel := context.WithTimeout(ctx, ownerPatience)
	defer cancel()
	found = map[uint64]owner{}
	missing := map[uint64]bool{}
	for _, inode := range wanted {
		missing[inode] = true
	}
	if len(missing) == 0 {
		return found, ""
	}
	why = "no process that this user may see holds it"
	list, err := processes(proc)
	if err != nil {
		return found, probe.Clean(err.Error(), 200)
	}
	for _, pid := range list {
		if ctx.Err() != nil {
			return found, "there was no time to look through all processes"
		}
		held, err := heldBy(ctx, proc, pid, missing)
		if errors.Is(err, fs.ErrPermission) {
			why = "reading it needs privileges (repeat with: sudo wsdoctor inside)"
		}
		for _, inode := range held {
			found[inode] = owner{pid: pid, name: comm(proc, pid)}
			delete(missing, inode)
		}
		if len(missing) == 0 {
			return found, ""
		}
	}
	return found, why
}

// processes lists the process numbers in ascending order, 1 last.
func processes(proc fs.FS) ([]int, error) {
	var list []int
	err := entries(proc, ".", processLimit, func(name string) {
		if pid, err := strconv.Atoi(name); err == nil && pid > 0 {
			list = append(list, pid)
		}
	})
	slices.Sort(list)
	if len(list) > 1 && list[0] == 1 {
		list = append(list[1:], 1)
	}
	return list, err
}

// heldBy gives those of the wanted sockets that a process holds.
func heldBy(ctx context.Context, proc fs.FS, pid int, wanted map[uint64]bool) ([]uint64, error) {
	dir := strconv.Itoa(pid) + "/fd"
	var held []uint64
	var denied error
	err := entries(proc, dir, linkLimit, func(name string) {
		if ctx.Err() != nil {
			return
		}
		link, err := fs.ReadLink(proc, dir+"/"+name)
		if errors.Is(err, fs.ErrPermission) {
			denied = err
		} // any other error: it was closed meanwhile
		if inode, ok := socketInode(link); ok && wanted[inode] && !slices.Contains(held, inode) {
			held = append(held, inode)
		}
	})
	return held, cmp.Or(err, denied)
}

// socketInode reads the target of a link to a socket, "socket:[12345]".
func socketInode(link string) (uint64, bool) {
	number, isSocket := strings.CutPrefix(link, "socket:[")
	number, closed := strings.CutSuffix(number, "]")
	if !isSocket || !closed {
		return 0, false
	}
	inode, err := strconv.ParseUint(number, 10, 64)
	return inode, err == nil
}

// entries gives the names in a directory in batches, limit at most, so that a
// process with a million open files costs no million names in memory.
func entries(fsys fs.FS, dir string, limit int, each func(name string)) error {
	f, err := fsys.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	d, ok := f.(fs.ReadDirFile)
	if !ok {
		return &fs.PathError{Op: "readdir", Path: dir, Err: fs.ErrInvalid}
	}
	for n := 0; n < limit; {
		batch, err := d.ReadDir(entryBatch)
		for _, e := range batch {
			each(e.Name())
		}
		if n += len(batch); err == io.EOF || len(batch) == 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// comm is a process's name, without path and arguments; empty if it has ended.
func comm(proc fs.FS, pid int) string {
	f, err := proc.Open(strconv.Itoa(pid) + "/comm")
	if err != nil {
		return ""
	}
	defer f.Close()
	b, _ := io.ReadAll(io.LimitReader(f, commLimit))
	return probe.Clean(string(b), commLimit)
}
