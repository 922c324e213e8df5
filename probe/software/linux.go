package software

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"wsdoctor/probe/installed"
)

const (
	// commLimit: the kernel cuts a process's name at 15 bytes (proc(5), comm).
	commLimit = 15
	// statusLimit bounds what is read of Debian's list of packages, in bytes.
	statusLimit = 32 << 20
	dpkgInfo    = "var/lib/dpkg/info"
	dpkgStatus  = "var/lib/dpkg/status"
)

// rpmProgram, if it is there, knows what is installed: its list is a database, which
// another program than it reads badly.
const rpmProgram = "usr/bin/rpm"

// linuxSources read below root, which is /; query asks rpm for some packages, in the form
// that package installed reads. Packages of other kinds are not told.
func linuxSources(root fs.FS, query func(ctx context.Context, names []string) ([]byte, error)) []source {
	packages := source{pkg, func(context.Context, func(seen) bool) error {
		return errors.New("only those of Debian, of RPM and of their like can be read")
	}}
	if _, err := fs.Stat(root, dpkgInfo); err == nil {
		packages.read = func(ctx context.Context, tell func(seen) bool) error { return readPackages(ctx, root, tell) }
	} else if _, err := fs.Stat(root, rpmProgram); err == nil {
		packages.read = func(ctx context.Context, tell func(seen) bool) error { return askRPM(ctx, query, tell) }
	}
	return []source{
		{process, func(ctx context.Context, tell func(seen) bool) error { return readProc(root, tell) }},
		{unit, func(ctx context.Context, tell func(seen) bool) error { return readUnits(ctx, root, tell) }},
		packages,
	}
}

// askRPM asks for the packages of the table, all at once: the whole list takes longer.
func askRPM(ctx context.Context, query func(context.Context, []string) ([]byte, error), tell func(seen) bool) error {
	var names []string
	for _, r := range rows() {
		names = append(names, r.pkg...)
	}
	out, err := query(ctx, names)
	if err != nil {
		return err
	}
	return installed.RPM(
		out,
		func(name, version string) bool { return tell(seen{in: pkg, name: name, version: version}) },
	)
}

// readProc reads the names of processes, without arguments or paths.
func readProc(root fs.FS, tell func(seen) bool) error {
	all := false
	err := entries(root, "proc", func(name string) bool {
		if _, err := strconv.Atoi(name); err != nil {
			return true
		}
		b, err := head(root, "proc/"+name+"/comm", 64)
		if err != nil {
			return true // it has ended, or is hidden
		}
		all = all || name == "1"
		return tell(seen{in: process, name: strings.TrimRight(string(b), "\n"), running: true, cut: commLimit})
	})
	if err == nil && !all { // process 1 is root's, and there as long as the system is (proc(5), hidepid)
		err = errors.New("those of other users are hidden here")
	}
	return err
}

// Where systemd's units lie, and where those that run have a folder (cgroups(7), of
// both versions).
var (
	unitFolders  = []string{"etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system", "run/systemd/system"}
	groupFolders = []string{"sys/fs/cgroup/system.slice", "sys/fs/cgroup/systemd/system.slice"}
)

// readUnits looks for the units of the table, because asking systemd for all of them
// would take a program and its time.
func readUnits(ctx context.Context, root fs.FS, tell func(seen) bool) error {
	if _, err := fs.Stat(root, "run/systemd/system"); err != nil {
		return errors.New("this system is not run by systemd")
	}
	there := func(folders []string, name string) bool {
		for _, folder := range folders {
			if _, err := fs.Stat(root, path.Join(folder, name)); err == nil {
				return true
			}
		}
		return false
	}
	for _, r := range rows() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for _, mark := range r.unit {
			file := mark + ".service"
			runs := there(groupFolders, file)
			if (runs || there(unitFolders, file)) && !tell(seen{in: unit, name: mark, running: runs}) {
				return nil
			}
		}
	}
	return nil
}

// readPackages looks for the packages of the table, and reads the whole list only for
// the versions of those that are there.
func readPackages(ctx context.Context, root fs.FS, tell func(seen) bool) error {
	wanted := map[string]bool{}
	for _, r := range rows() {
		for _, mark := range r.pkg {
			for _, file := range []string{mark + ".list", mark + ":amd64.list", mark + ":arm64.list"} {
				if _, err := fs.Stat(root, dpkgInfo+"/"+file); err == nil {
					wanted[mark] = true
				}
			}
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	f, err := root.Open(dpkgStatus)
	if err != nil {
		return err
	}
	defer f.Close()
	return installed.Dpkg(
		ctx,
		io.LimitReader(f, statusLimit),
		func(name string) bool { return wanted[name] },
		func(name, version string) bool {
			return tell(seen{in: pkg, name: name, version: version})
		},
	)
}

// entries hands over the names in a folder in batches, mostNames at most.
func entries(root fs.FS, folder string, each func(name string) bool) error {
	f, err := root.Open(folder)
	if err != nil {
		return err
	}
	defer f.Close()
	d, ok := f.(fs.ReadDirFile)
	if !ok {
		return &fs.PathError{Op: "readdir", Path: folder, Err: fs.ErrInvalid}
	}
	for n := 0; n < mostNames; {
		batch, err := d.ReadDir(256)
		for _, e := range batch {
			if !each(e.Name()) {
				return nil
			}
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

// head reads the beginning of a file.
func head(root fs.FS, name string, limit int64) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}
