package userfile

import (
	"context"
	"io"
	"os"
	"time"
)

// readPatience is how long a pipe or a terminal may stay silent. Whoever writes
// into a pipe does so while this program starts, or at most runs a command first.
const readPatience = 10 * time.Second

// Open opens a file to be read. It does not wait for a pipe's other end, and a
// read that has to wait longer than ten seconds for it, or when ctx ends, fails
// with a deadline error.
func Open(ctx context.Context, name string) (io.ReadCloser, error) {
	file, err := os.OpenFile(name, os.O_RDONLY|withoutWaiting, 0)
	if err != nil {
		return nil, err
	}
	return patient{file, ctx, context.AfterFunc(ctx, func() { _ = file.SetReadDeadline(time.Now()) })}, nil
}

// patient is a file each read of which has its time. Ordinary files know no
// deadline, and need none.
type patient struct {
	*os.File
	ctx  context.Context
	stop func() bool
}

func (p patient) Read(b []byte) (int, error) {
	if p.ctx.Err() == nil {
		_ = p.SetReadDeadline(time.Now().Add(readPatience))
	}
	return p.File.Read(b)
}

func (p patient) Close() error {
	p.stop()
	return p.File.Close()
}
