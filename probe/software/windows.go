package software

import (
	"context"
	"errors"
	"io/fs"
)

// winSystem is what is asked of Windows: a seam, so that reading it can be tried on
// any system.
type winSystem interface {
	processes() ([]string, error)
	services() ([]winService, error) // drivers too
	// keys lists the keys below a path, of which the first element is HKLM, HKLM32
	// (as 32-bit programs see it) or HKCU; fs.ErrNotExist: there is none.
	keys(path string) ([]string, error)
	text(path, value string) (string, error)
}

type winService struct {
	name    string
	running bool
}

// Where Windows keeps installed programs, network adapters and what binds itself to
// them (Microsoft, "Uninstall registry key", "System-defined device setup classes":
// Net, NetService).
const (
	uninstallPath = `Software\Microsoft\Windows\CurrentVersion\Uninstall`
	adapterPath   = `HKLM\SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}`
	filterPath    = `HKLM\SYSTEM\CurrentControlSet\Control\Network\{4d36e974-e325-11ce-bfc1-08002be10318}`
)

func windowsSources(w winSystem) []source {
	// values tells one value of each key below some paths, and another as its version.
	values := func(in, value, version string, paths ...string) source {
		return source{in, func(ctx context.Context, tell func(seen) bool) error {
			return readKeys(ctx, w, seen{in: in}, value, version, paths, tell)
		}}
	}
	return []source{
		{process, func(_ context.Context, tell func(seen) bool) error {
			list, err := w.processes()
			for _, name := range list {
				if !tell(seen{in: process, name: name, running: true}) {
					break
				}
			}
			return err
		}},
		{service, func(_ context.Context, tell func(seen) bool) error {
			list, err := w.services()
			for _, s := range list {
				if !tell(seen{in: service, name: s.name, running: s.running}) {
					break
				}
			}
			return err
		}},
		values(
			uninstall,
			"DisplayName",
			"DisplayVersion",
			`HKLM\`+uninstallPath,
			`HKLM32\`+uninstallPath,
			`HKCU\`+uninstallPath,
		),
		values(adapter, "DriverDesc", "", adapterPath),
		values(filter, "Description", "", filterPath),
	}
}

// readKeys: what has no name, or may not be read, is passed over. Some of these keys
// are the administrators'.
func readKeys(
	ctx context.Context,
	w winSystem,
	kind seen,
	value, version string,
	paths []string,
	tell func(seen) bool,
) error {
	for _, path := range paths {
		keys, err := w.keys(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		for _, key := range keys {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			x := kind
			if x.name, err = w.text(path+`\`+key, value); err != nil {
				continue
			}
			if version != "" && len(matches(x)) > 0 {
				x.version, _ = w.text(path+`\`+key, version) // one without is a product all the same
			}
			if !tell(x) {
				return nil
			}
		}
	}
	return nil
}
