//go:build unix

package service

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// complaintLimit bounds what is kept of a program's error output, in bytes.
const complaintLimit = 1 << 10

// environment is all that the program is told: its words in English, without
// colours, and no search path or bus of the user's own.
var environment = []string{"LC_ALL=C", "PATH=/usr/bin:/bin", "SYSTEMD_COLORS=0"}

// systemctlPaths are the places of the system's own program. The user's PATH is
// not asked, so that nobody else's program is run.
var systemctlPaths = []string{"/usr/bin/systemctl", "/bin/systemctl"}

// runFirst makes the program that is the first of some paths.
func runFirst(paths []string) program {
	return func(ctx context.Context, args ...string) ([]byte, error) {
		for _, path := range paths {
			if _, err := os.Stat(path); err == nil {
				return runProgram(ctx, path, args...)
			} else if !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
		}
		return nil, fmt.Errorf("there is no %s on this system", filepath.Base(paths[0]))
	}
}

func runProgram(ctx context.Context, path string, args ...string) ([]byte, error) {
	name := filepath.Base(path)
	out, complaint := limited{room: outputLimit}, limited{room: complaintLimit}
	c := exec.CommandContext(ctx, path, args...)
	c.Env, c.Dir = environment, "/"
	c.Stdout, c.Stderr, c.WaitDelay = &out, &complaint, 50*time.Millisecond
	err := c.Run()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("run %s: %w", name, ctx.Err())
	case err != nil && len(complaint.taken) > 0:
		first, _, _ := bytes.Cut(complaint.taken, []byte("\n"))
		return nil, fmt.Errorf("run %s: %w: %s", name, err, first)
	case err != nil:
		return nil, fmt.Errorf("run %s: %w", name, err)
	case out.over:
		return nil, fmt.Errorf("run %s: more than %d bytes came back", name, outputLimit)
	}
	return out.taken, nil
}

// limited takes room bytes and drops the rest. It embeds no bytes.Buffer, whose
// ReadFrom would let a copy go round Write.
type limited struct {
	taken []byte
	room  int
	over  bool
}

func (l *limited) Write(b []byte) (int, error) {
	n := min(len(b), l.room)
	l.taken = append(l.taken, b[:n]...)
	l.room -= n
	l.over = l.over || n < len(b)
	return len(b), nil
}
