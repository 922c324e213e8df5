package cli

import (
	"fmt"
	"os"
	"sync"

	"wsdoctor/internal/words"

	"github.com/inconshreveable/mousetrap"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// A double click, a shortcut and Win+R give a program a window of its own, which
// closes with the program: whatever it said last would be gone unread. So it waits
// for a key there, after an error too.

// ownWindow says whether this program's window closes with it. Where nobody could
// press a key, in a task that Windows started, nothing waits for one.
func ownWindow() bool {
	return isTerminalStream(os.Stdin) && isTerminalStream(os.Stdout) && mousetrap.StartedByExplorer()
}

// welcome lets the program start from a double click. The library for commands would
// send such users away, to a console that they may never have seen.
var welcome = sync.OnceFunc(func() { cobra.MousetrapHelpText = "" })

// keepWindow waits for a key if the window would close otherwise.
func keepWindow(env Env) {
	if env.OwnWindow == nil || !env.OwnWindow() {
		return
	}
	fmt.Fprint(env.Stderr, "\n"+env.words().Tell(words.Say("cli.press-key")))
	if file, is := env.Stdin.(*os.File); is {
		if before, err := term.MakeRaw(int(file.Fd())); err == nil {
			defer term.Restore(int(file.Fd()), before)
		}
	}
	_, _ = env.Stdin.Read(make([]byte, 1)) // an end of the input is an answer too
	fmt.Fprintln(env.Stderr)
}
