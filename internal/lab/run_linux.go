package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Supported says why the lab cannot be run here, or nil. It tries: it makes a
// whole lab and runs nothing in it.
func Supported() error {
	if os.Getenv(Disable) == "1" {
		return ErrDisabled
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err := Run(ctx, Options{})
	return err
}

// grace is how long a command may take to end after it was asked to.
const grace = 3 * time.Second

// Run builds the scenario's world, runs the command in it and gives its result.
// The error says why the lab could not be run; a command that fails is a result.
// When ctx ends, the command gets SIGTERM, and three seconds later everything
// is killed. An empty command only builds the world.
func Run(ctx context.Context, o Options) (Result, error) { return run(ctx, o, false) }

// run is Run, or makes the data of a real directory.
func run(ctx context.Context, o Options, making bool) (Result, error) {
	if o.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.Timeout)
		defer cancel()
	}
	job := order{
		Scenario:   o.Scenario,
		Env:        o.Env,
		User:       o.Unprivileged || os.Geteuid() != 0 || !knows(nobody, "/proc/self/uid_map"),
		Privileged: o.Privileged,
		At:         o.At,
		Store:      o.Store,
		Witness:    o.Witness,
		Directory:  o.Directory,
		Make:       making,
	}
	if len(o.Command) > 0 {
		program, err := findProgram(o.Command[0])
		if err != nil {
			return Result{}, err
		}
		job.Command = append([]string{program}, o.Command[1:]...)
	}
	orderRead, orderWrite, err := os.Pipe()
	if err != nil {
		return Result{}, err
	}
	defer orderRead.Close()
	answerRead, answerWrite, err := os.Pipe()
	if err != nil {
		orderWrite.Close()
		return Result{}, err
	}
	defer answerRead.Close()

	cmd := exec.CommandContext(ctx, "/proc/self/exe", hostArgument)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = o.Stdin, o.Stdout, o.Stderr
	cmd.ExtraFiles = []*os.File{orderRead, answerWrite}
	cmd.SysProcAttr = hostAttributes(job.User)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = grace

	started, ended := make(chan error, 1), make(chan error, 1)
	go func() {
		// Pdeathsig fires when the thread that started the process ends.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		orderWrite.Close()
		answerWrite.Close()
		return Result{}, fmt.Errorf("start the lab in new namespaces: %w", err)
	}
	answerWrite.Close()
	encodeErr := json.NewEncoder(orderWrite).Encode(job)
	orderWrite.Close()
	var a answer
	decodeErr := json.NewDecoder(io.LimitReader(answerRead, 1<<20)).Decode(&a)
	waitErr := <-ended
	switch {
	case a.Error != "":
		return a.Result, errors.New(a.Error)
	case decodeErr != nil:
		return a.Result, fmt.Errorf(
			"the lab's host ended without an answer: %w",
			errors.Join(waitErr, encodeErr, context.Cause(ctx)),
		)
	}
	return a.Result, nil
}

// knows says whether a map of users has one of this number. The root of a container may be
// nobody else's, and then can change to no other user.
func knows(number int, usersFile string) bool {
	b, err := os.ReadFile(usersFile)
	for line := range strings.Lines(string(b)) {
		var first, outside, count int
		if _, err := fmt.Sscan(line, &first, &outside, &count); err == nil && number >= first && number < first+count {
			return true
		}
	}
	return err != nil // there are no such maps here
}

func findProgram(name string) (string, error) {
	if name == "/proc/self/exe" {
		return os.Executable()
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

func hostAttributes(user bool) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID,
		Pdeathsig:  syscall.SIGKILL,
	}
	if user {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return attr
}

// cleanEnvironment is what a client starts with.
func cleanEnvironment() []string {
	env := []string{
		"PATH=/usr/local/bin:/usr/bin:/bin",
		"HOME=/",
		"LANG=C.UTF-8",
		"SSL_CERT_FILE=" + storeFile,
		"SSL_CERT_DIR=" + noneDir,
	}
	for _, kept := range []string{"TERM", "COLORTERM", "NO_COLOR", "COLUMNS", "LINES"} {
		if v, set := os.LookupEnv(kept); set {
			env = append(env, kept+"="+strings.ToValidUTF8(v, ""))
		}
	}
	return env
}
