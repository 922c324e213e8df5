package cli

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"wsdoctor/internal/words"
)

// accountProgram is this program with the account's side linked in. It is a file of its
// own, because that side is a third of it and no desk needs it: see the document account.
const accountProgram = "wsdoctor-account"

// childPatience is how long the other program may take to end after an interrupt, before
// it is ended. It prints what it has seen until then, which takes it a moment.
const childPatience = 3 * time.Second

// handOver starts the program with the account's side, with what this one was given, and
// ends as it does.
func handOver(ctx context.Context, env Env) error {
	name, found := findBeside(accountProgram)
	if !found {
		return badInput(words.Say("cli.hint.account-program"),
			words.Say("cli.bad.account-program", words.Args{"program": accountProgram}))
	}
	cmd := exec.CommandContext(ctx, name, env.Args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = env.Stdin, env.Stdout, env.Stderr
	// A terminal's Ctrl-C reaches both programs. What was sent to this one alone is
	// passed on; on Windows there is nothing else.
	cmd.Cancel = func() error {
		if runtime.GOOS == "windows" {
			return nil
		}
		return cmd.Process.Signal(os.Interrupt)
	}
	cmd.WaitDelay = childPatience
	err := cmd.Run()
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended) && ended.ExitCode() >= 0:
		return exitError(ended.ExitCode())
	case err == nil || cmd.ProcessState != nil && cmd.ProcessState.Success():
		return nil
	}
	about := words.Args{"program": name, "why": reason(err)}
	return words.Fail(words.Say("cli.bad.account-start", about)).Because(err)
}

// findBeside finds a program in the folder of this one, or where a shell would.
func findBeside(name string) (path string, found bool) {
	if own, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(own); err == nil {
			own = real
		}
		file := filepath.Join(filepath.Dir(own), name)
		if runtime.GOOS == "windows" {
			file += ".exe"
		}
		if path, err := exec.LookPath(file); err == nil {
			return path, true
		}
	}
	path, err := exec.LookPath(name) // an error for one in the current folder
	return path, err == nil
}
