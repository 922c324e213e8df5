package software

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"wsdoctor/probe/installed"
)

const (
	// nameLimit: the kernel cuts a process's name at 16 bytes (sys/param.h, MAXCOMLEN).
	nameLimit  = 16
	plistLimit = 64 << 10
	extensions = "Library/SystemExtensions"
	contents   = "/Contents/Info.plist"
)

// darwinSources read below root, which is /; running gives the names of processes.
//
// A system extension's folder is there from the time it was first approved until the
// system removes it. Whether it is switched on stands in a database whose form is not
// documented: that one runs is seen by its process.
func darwinSources(root fs.FS, running func() ([]string, error)) []source {
	return []source{
		{process, func(_ context.Context, tell func(seen) bool) error {
			list, err := running()
			for _, name := range list {
				if !tell(seen{in: process, name: name, running: true, cut: nameLimit}) {
					break
				}
			}
			return err
		}},
		{extension, func(_ context.Context, tell func(seen) bool) error { return readExtensions(root, tell) }},
		{launch, func(_ context.Context, tell func(seen) bool) error { return readLaunchItems(root, tell) }},
		{app, func(ctx context.Context, tell func(seen) bool) error { return readApplications(ctx, root, tell) }},
	}
}

// readExtensions: each lies in a folder of its own, whose name is random.
func readExtensions(root fs.FS, tell func(seen) bool) error {
	err := entries(root, extensions, func(folder string) bool {
		more := true
		_ = entries(root, extensions+"/"+folder, func(bundle string) bool {
			name, is := strings.CutSuffix(bundle, ".systemextension")
			if is {
				more = tell(
					seen{
						in:      extension,
						name:    name,
						version: bundleVersion(root, extensions+"/"+folder+"/"+bundle+contents),
					},
				)
			}
			return more
		})
		return more
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil // none was ever installed
	}
	return err
}

// readLaunchItems lists what is started for everybody. A file is called as what it
// starts is, by a rule that everybody keeps (launchd.plist(5)).
func readLaunchItems(root fs.FS, tell func(seen) bool) error {
	for _, folder := range []string{"Library/LaunchDaemons", "Library/LaunchAgents"} {
		more := true
		err := entries(root, folder, func(file string) bool {
			if name, is := strings.CutSuffix(file, ".plist"); is {
				more = tell(seen{in: launch, name: name})
			}
			return more
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// readApplications lists the folder of applications, and the vendors' folders in it.
func readApplications(ctx context.Context, root fs.FS, tell func(seen) bool) error {
	const top = "Applications"
	one := func(folder, bundle string) bool {
		name, is := strings.CutSuffix(bundle, ".app")
		if !is {
			return true
		}
		x := seen{in: app, name: name}
		if len(matches(x)) > 0 {
			x.version = bundleVersion(root, folder+"/"+bundle+contents)
		}
		return tell(x)
	}
	return entries(root, top, func(name string) bool {
		if ctx.Err() != nil {
			return false
		}
		if strings.HasSuffix(name, ".app") {
			return one(top, name)
		}
		more := true
		_ = entries(root, top+"/"+name, func(inner string) bool { // one that may not be read holds none of ours
			more = one(top+"/"+name, inner)
			return more
		})
		return more
	})
}

func bundleVersion(root fs.FS, file string) string {
	if info, err := fs.Stat(root, file); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	b, err := head(root, file, plistLimit)
	if err != nil {
		return ""
	}
	return installed.BundleVersion(b)
}
