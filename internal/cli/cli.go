// Package cli is the command line: commands, flags, exit codes. It is the only
// package that talks to the user outside the renderers, and the only one (with
// cmd) that ends the program. Every command is one file and one line in the
// table of New; what a command does is the business of the packages it calls.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"wsdoctor/internal/account"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/policy"
	"wsdoctor/internal/spelling"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/probe/socket"
	"wsdoctor/ui/monitor"
)

// Env is the outside world of a command: its streams and its environment.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	// Network gives a run its sockets; nil means this system's.
	Network func(*probe.RTT) probe.Network
	// OwnWindow says whether the program's window closes with it; nil means that it
	// does not.
	OwnWindow func() bool
	// UserLanguages are the languages that the user has chosen for this system, the most
	// wanted first; nil means that only the environment tells.
	UserLanguages func() []string
	// Words is the catalogue of the language that the program speaks; nil means that
	// --lang and the environment tell.
	Words *words.Catalogue
	// Plain asks every command for lines only: nothing drawn, coloured or written over.
	Plain bool
	// Policy is the company's, once a command that goes by one has begun; nil: no
	// command goes by one.
	Policy *policy.Policy
	// ManagedPolicy gives the text that this system's administrator laid down.
	ManagedPolicy func() (text []byte, from string, err error)
	// Account reaches an AWS account; nil in a program without the account's side, which
	// starts the one that has it.
	Account *account.Side
	// Args are those that the program was started with.
	Args []string
	// CodePage is what other programs take this one's output for; nil means UTF-8.
	CodePage *codePage
}

// sockets are the network of one run. Without an rtt it learns its own.
func (e Env) sockets(rtt *probe.RTT) probe.Network {
	if e.Network != nil {
		return e.Network(rtt)
	}
	return socket.New(socket.Options{RTT: rtt})
}

// exitError carries an exit code that is not an error: the diagnosis.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// patience is when an interrupt becomes one for the program instead of the run:
// a run has ended long before. Until then a second signal changes nothing,
// because timeout(1), shells and wrappers send the first one twice.
const patience = time.Second

// readWordsAfter is when the words are read that the verdict will need: the first packets
// are out then, and nobody has to wait for words when the answers are there.
const readWordsAfter = 60 * time.Millisecond

// Main runs the program and gives its exit code. The context ends with Ctrl-C or
// SIGTERM, which ends the run with a report of what was seen until then; stop gives
// the signals their usual effect back.
//
// side reaches an AWS account, in the program that has that side; else it is nil.
func Main(ctx context.Context, stop func(), side *account.Side) int {
	env := Env{
		Account:       side,
		Stdin:         os.Stdin,
		Stdout:        os.Stdout,
		Stderr:        os.Stderr,
		Getenv:        os.Getenv,
		OwnWindow:     ownWindow,
		CodePage:      consoleCodePage(),
		UserLanguages: userLanguages,
	}
	defer stop()
	context.AfterFunc(ctx, func() { time.AfterFunc(patience, stop) })
	return Execute(ctx, env, os.Args[1:])
}

// Execute runs one command line and gives its exit code. A panic is a defect of
// this program: it is told with its stack and ends in layer.ExitInternal, because
// Go's own exit code for it means wrong usage here.
func Execute(ctx context.Context, env Env, args []string) (code int) {
	env = env.translated()
	env.Args = args
	nagios := nagiosFormat(args)
	defer func() {
		if nagios && code > unknownToNagios {
			code = unknownToNagios
		}
	}()
	defer func() { keepWindow(env) }() // in the language that is found below
	defer func() {
		if v := recover(); v != nil {
			fmt.Fprint(
				env.Stderr,
				"wsdoctor: ",
				env.words().
					Tell(words.Say("cli.internal", words.Args{"what": fmt.Sprint(v), "stack": string(debug.Stack())})),
			)
			code = layer.ExitInternal
		}
	}()
	env.Plain = env.Plain || plainly(args, env.Getenv)
	var failed error
	if env.Words == nil {
		if env.Words, failed = spoken(args, env); completes(args) {
			failed = nil // a language that is only half typed
		}
	}
	speaks := env.words() // env changes below
	time.AfterFunc(readWordsAfter, func() {
		speaks.Prepare()
		words.English().Prepare() // which tells how many steps a remedy has
	})
	env.Policy = &policy.Policy{}
	if env.ManagedPolicy == nil {
		env.ManagedPolicy = policy.Managed
	}
	root := New(env)
	if wantsHelp(args) {
		tellHelp(env.words(), root)
		if asked, _, err := root.Find(args); err == nil {
			tellOwnFlags(env.words(), asked)
		}
		root.SetOut(headed(env.words(), env.Stdout))
	}
	root.SetArgs(args)
	if failed != nil {
		return failing(env, failed, nagios)
	}
	guard(root, env, &failed)
	err := carryOut(ctx, env, root)
	if err == nil {
		err = failed
	}
	var diagnosis exitError
	switch {
	case err == nil:
		return layer.ExitOK
	case errors.As(err, &diagnosis):
		return int(diagnosis)
	}
	return failing(env, err, nagios)
}

// failing says what is wrong, and gives the exit code for it.
func failing(env Env, err error, nagios bool) int {
	if nagios {
		env.Stdout.Write(monitor.NagiosFailed(told(env.words(), err)))
		return unknownToNagios
	}
	complain(env.words(), env.Stderr, err)
	var usage *usageError
	if errors.As(err, &usage) {
		return layer.ExitUsage
	}
	return layer.ExitInternal
}

// New builds the command tree.
func New(env Env) *cobra.Command {
	welcome()
	root := rootCommand(env)
	root.Use = "wsdoctor"
	root.Short = "cli.help.wsdoctor.short"
	root.Long = "cli.help.wsdoctor.long"
	root.Example = "  wsdoctor check --region tokyo\n  wsdoctor check --registration SLiad+ABC123 -o json\n  wsdoctor demo " + defaultScenario
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	root.SuggestionsMinimumDistance = 2
	for _, command := range []func(Env) *cobra.Command{
		checkCommand, watchCommand, insideCommand, accountCommand, pathCommand, regionsCommand, demoCommand,
		explainCommand, symptomsCommand, mergeCommand, fleetCommand, rejudgeCommand, policyCommand, versionCommand,
		manCommand,
	} {
		root.AddCommand(command(env))
	}
	root.PersistentFlags().String(strings.TrimPrefix(langFlag, "--"), "", "cli.flag.lang")
	root.PersistentFlags().Bool(strings.TrimPrefix(plainFlag, "--"), false, "cli.flag.plain")
	root.SetHelpCommand(helpCommand(env, root))
	root.InitDefaultHelpCmd() // adds it now, for guard to see
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "completion" {
			completionHelp(cmd)
		}
	}
	root.Args = noSuchCommand
	flaglessArguments(root)
	completeFlags(env.words(), root)
	return root
}

// guard makes every command keep its error in *failed and return none. What
// would print an error for us asks the terminal for its colours first, which
// costs a terminal that does not answer seconds, and most of our errors are only
// exit codes.
func guard(cmd *cobra.Command, env Env, failed *error) {
	for _, sub := range cmd.Commands() {
		guard(sub, env, failed)
	}
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		*failed = flagError(cmd, err)
		return nil
	})
	check, do := cmd.Args, cmd.RunE
	if do == nil {
		return
	}
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if check != nil {
			*failed = check(cmd, args)
		}
		if *failed == nil {
			*failed = applyPolicy(cmd, env)
		}
		if *failed == nil {
			*failed = do(cmd, args)
		}
		return nil
	}
}

// noSuchCommand turns a stray word after the program's name into a hint.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := words.Say("cli.hint.commands", words.Args{"command": "wsdoctor"})
	if near := spelling.Nearest(args[0], commandNames(cmd)); len(near) > 0 {
		hint = words.Raw("wsdoctor " + strings.Join(append([]string{near[0]}, args[1:]...), " "))
	}
	return badInput(hint, words.Say("cli.bad.command", words.Args{"command": strconv.Quote(args[0])}))
}

// noArguments is for commands that take flags only.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return badInput(
		words.Say("cli.hint.flags", words.Args{"command": cmd.CommandPath()}),
		words.Say("cli.bad.no-argument", words.Args{"command": cmd.CommandPath(), "given": strconv.Quote(args[0])}),
	)
}

// flagError says which flag was meant.
func flagError(cmd *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		return badValue(cmd, invalid)
	}
	hint := words.Say("cli.hint.flags", words.Args{"command": cmd.CommandPath()})
	if name, found := strings.CutPrefix(err.Error(), "unknown flag: "); found {
		known := flagNames(cmd)
		if near := spelling.Nearest(name, known); len(near) > 0 {
			hint = words.Raw(cmd.CommandPath() + " " + near[0])
		}
	}
	return badInput(hint, flagProblem(err))
}
