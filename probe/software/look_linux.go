package software

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"time"

	"wsdoctor/probe/installed"
)

func sources() []source { return linuxSources(os.DirFS("/"), queryRPM) }

// rpmLimit bounds what is read of rpm's answer, in bytes; a line for each package that is
// asked for takes 5 KiB.
const rpmLimit = 64 << 10

// queryRPM runs the system's own program, which changes nothing and which every user may
// ask. Its exit code only counts the packages that are not there.
func queryRPM(ctx context.Context, names []string) ([]byte, error) {
	c := exec.CommandContext(
		ctx,
		"/"+rpmProgram,
		append([]string{"--query", "--queryformat", installed.RPMFormat, "--"}, names...)...)
	c.Env, c.Dir, c.WaitDelay = []string{"LC_ALL=C", "PATH=/usr/bin:/bin"}, "/", 50*time.Millisecond
	pipe, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	out, readErr := io.ReadAll(io.LimitReader(pipe, rpmLimit))
	_ = pipe.Close()
	var exit *exec.ExitError
	if err := c.Wait(); ctx.Err() != nil || err != nil && !errors.As(err, &exit) {
		return nil, errors.Join(ctx.Err(), err)
	}
	return out, readErr
}
