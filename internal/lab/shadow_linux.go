package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// shadow is the lab's own view of some of this computer's directories: files can
// be added to them that the computer does not have.
type shadow struct {
	dirs []string // that are the lab's own now
}

// put makes path hold text in this mount namespace, whether the computer has
// such a file or not.
func (s *shadow) put(path, text string, mode os.FileMode) error {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		return s.over(path, text, mode)
	}
	dir := filepath.Dir(path)
	for ; !isDir(dir); dir = filepath.Dir(dir) {
	}
	if err := s.take(dir); err != nil {
		return fmt.Errorf("make %s the lab's own: %w", dir, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	_ = os.Remove(path) // a link to nowhere
	return os.WriteFile(path, []byte(text), mode)
}

// over binds a file of the lab's over one of the computer's.
func (s *shadow) over(path, text string, mode os.FileMode) error {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	mine := filepath.Join(labDir, filepath.Base(path))
	if err := os.WriteFile(mine, []byte(text), mode); err != nil {
		return err
	}
	return unix.Mount(mine, target, "", unix.MS_BIND, "")
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// take puts a directory of the lab's in the place of the computer's, in which
// every entry is a link to the computer's own. It works where overlay file
// systems do not, as in many containers.
func (s *shadow) take(dir string) error {
	target, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	for _, d := range s.dirs {
		if rel, err := filepath.Rel(d, target); err == nil && filepath.IsLocal(rel) {
			return nil // below one that is the lab's already, and no link out of it
		}
	}
	entries, err := os.ReadDir(target)
	if err != nil {
		return err
	}
	behind := filepath.Join(labDir, "behind", strconv.Itoa(len(s.dirs)))
	if err := os.MkdirAll(behind, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(target, behind, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return err
	}
	if err := unix.Mount("lab", target, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755"); err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.Symlink(filepath.Join(behind, e.Name()), filepath.Join(target, e.Name())); err != nil {
			return err
		}
	}
	s.dirs = append(s.dirs, target)
	return nil
}

// seal makes what the lab added read-only in the calling thread's namespace.
func (s *shadow) seal() error {
	for _, dir := range s.dirs {
		err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV, "")
		if err != nil && !errors.Is(err, unix.EINVAL) {
			return fmt.Errorf("make %s read-only: %w", dir, err)
		}
	}
	return nil
}

// furnishWorkspace lays out what a Linux WorkSpace has: its management agent, the
// domain it was joined to, if it was to one, and a service manager.
func furnishWorkspace(joined bool) (*shadow, error) {
	s := &shadow{}
	for _, dir := range []string{daemonDir, unitDir, "/run/systemd/system"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
	}
	kerberos := ""
	if joined {
		kerberos = "[libdefaults]\n default_realm = " + realm + "\n dns_lookup_kdc = true\n"
	}
	for _, f := range []struct {
		path, text string
		mode       os.FileMode
	}{
		{"/etc/systemd/system/skylight-agent.service", "[Unit]\nDescription=SkyLight agent\n[Service]\nExecStart=/usr/lib/skylight/skylight-agent\n", 0o644},
		{"/etc/krb5.conf", kerberos, 0o644},
		{"/usr/bin/systemctl", systemctl, 0o755},
	} {
		if err := s.put(f.path, f.text, f.mode); err != nil {
			return nil, fmt.Errorf("lay out %s: %w", f.path, err)
		}
	}
	return s, nil
}
