// Package service has the system start a watch by itself: as a user's unit of systemd, an
// agent of launchd, a scheduled task or a service of Windows.
//
//   - Job is what is to be started.
//   - Kind is a way to do it, a row of Kinds: the text that the system reads, and what
//     tells the system of it. The texts are pure, so that they can be looked at anywhere.
//   - Install and Remove change this computer.
//
// A user's own unit, agent or task needs no rights, and sees the network as the user's
// programs do, with their proxy and their VPN. A service of Windows runs without anybody
// logged in, and needs an administrator.
package service

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// Job is what is started.
type Job struct {
	Program string // absolute
	Args    []string
	Output  string // the file for what it prints, where the system keeps that nowhere
}

// Places are the folders of the user for whom it is installed.
type Places struct {
	Home string
	// Config is where systemd looks for units of the user, Local where Windows has programs
	// of a user keep their files.
	Config, Local string
	User          string // the number of the user, for launchd
}

// Kind is a way to have something started.
type Kind struct {
	Name   string
	System string // the GOOS that has it
	// File is where its text lies; nil: it lies nowhere, the system keeps it itself.
	File func(Places) string
	// Text is what the system reads.
	Text func(Job) ([]byte, error)
	// Stored is the text as the file holds it; nil: as it is.
	Stored func([]byte) []byte
	// Start and Stop are the commands that tell the system of it, in this order.
	Start, Stop func(file string, p Places) []Command
	Gone        []Command // once the text is away
	// add and take do it without a file.
	add  func(j Job, replace bool) error
	take func() (was bool, err error)
	// Extra are flags that a job of this kind has beside the user's.
	Extra func(Places) []Extra
	// Output is the file for what a job prints; nil: the system keeps it, or nobody does.
	Output func(Places) string
}

// Extra is a flag that the kind adds, unless one of several was given.
type Extra struct {
	Arg    string
	Unless []string
}

// Command is one that is run.
type Command struct {
	Args []string
	Lax  bool // its failing is no failure
}

// Name is what the system knows the watch by.
const Name = "wsdoctor-watch"

// Kinds are all ways, the usual one of a system before its others.
var Kinds = []Kind{systemd, launchd, task, windowsService}

// Find gives the kind of a name; an empty one is the usual of a system.
func Find(name, system string) (Kind, bool) {
	i := slices.IndexFunc(Kinds, func(k Kind) bool { return k.Name == name || name == "" && k.System == system })
	if i < 0 {
		return Kind{}, false
	}
	return Kinds[i], true
}

// Names are those of the kinds.
func Names() (names []string) {
	for _, k := range Kinds {
		names = append(names, k.Name)
	}
	return names
}

// patience is how long the system may take to be told of something.
const patience = 30 * time.Second

// System is how commands are run.
type System func(ctx context.Context, args ...string) (said string, err error)

// This runs them on this computer.
func This(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput()
	return string(out), err
}

// ErrOther says that something else lies where the text belongs.
var ErrOther = errors.New("occupied")

// lay lays the text down and tells the system of it. same: the very same was there.
func (k Kind) lay(ctx context.Context, run System, p Places, text []byte, replace bool) (same bool, err error) {
	file := k.File(p)
	if k.Stored != nil {
		text = k.Stored(text)
	}
	before, err := os.ReadFile(file)
	there := err == nil
	switch same = there && string(before) == string(text); {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return false, err
	case there && !same && !replace:
		return false, ErrOther
	case !same:
		if err := write(file, text); err != nil {
			return false, err
		}
	}
	if there { // what runs by the old text ends
		if err := k.tell(ctx, run, lax(k.Stop(file, p))); err != nil {
			return false, err
		}
	}
	if err := k.tell(ctx, run, k.Start(file, p)); err != nil {
		switch {
		case there && !same:
			err = errors.Join(err, write(file, before))
		case !there:
			err = errors.Join(err, os.Remove(file))
		}
		return false, err
	}
	return same, nil
}

// Install installs a job; what is there already is replaced only if that is wanted, or
// ErrOther. same: the very same was there.
func (k Kind) Install(ctx context.Context, run System, p Places, j Job, replace bool) (same bool, err error) {
	text, err := k.Text(j)
	if err != nil {
		return false, err
	}
	if k.File == nil {
		return false, k.add(j, replace)
	}
	return k.lay(ctx, run, p, text, replace)
}

// Remove stops what was installed, and takes its text away. was: there was something.
func (k Kind) Remove(ctx context.Context, run System, p Places) (was bool, err error) {
	if k.File == nil {
		return k.take()
	}
	file := k.File(p)
	if _, err := os.Stat(file); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		return false, err
	}
	if err := k.tell(ctx, run, k.Stop(file, p)); err != nil {
		return true, err
	}
	if err := os.Remove(file); err != nil {
		return true, err
	}
	return true, k.tell(ctx, run, k.Gone)
}

func lax(list []Command) []Command {
	list = slices.Clone(list)
	for i := range list {
		list[i].Lax = true
	}
	return list
}

// tell runs commands until one fails that may not.
func (k Kind) tell(ctx context.Context, run System, list []Command) error {
	for _, c := range list {
		said, err := run(ctx, c.Args...)
		if err == nil || c.Lax {
			continue
		}
		const longest = 200
		why := probe.Clean(said, longest)
		if why == "" {
			why = probe.Clean(err.Error(), longest)
		}
		about := words.Args{"command": strings.Join(c.Args, " "), "why": why}
		return words.Fail(words.Say("service.command", about)).Because(err)
	}
	return nil
}

// write puts a text under a name when it is whole.
func write(file string, text []byte) error {
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+Name+"-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// plain refuses what no text of a system can hold, wherever it stands.
func (j Job) plain(forbidden ...string) error {
	for _, s := range append([]string{j.Program, j.Output}, j.Args...) {
		const longest = 100
		if len(s) > 4096 || probe.Clean(s, len(s)+1) != s {
			return words.Fail(words.Say("service.unprintable", words.Args{"text": probe.Clean(s, longest)}))
		}
		for _, f := range forbidden {
			if strings.Contains(s, f) {
				about := words.Args{"text": probe.Clean(s, longest), "part": f}
				return words.Fail(words.Say("service.forbidden", about))
			}
		}
	}
	return nil
}
