package cli

import (
	"bytes"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"wsdoctor/internal/words"
)

// loading says for a shell how its completions are loaded, now and for good, and what
// it needs first.
var loading = map[string]struct{ now, always, needs string }{
	"bash": {
		"source <(wsdoctor completion bash)",
		"wsdoctor completion bash > /etc/bash_completion.d/wsdoctor",
		"cli.help.completion.needs-bash",
	},
	"zsh": {
		"source <(wsdoctor completion zsh)",
		"wsdoctor completion zsh > \"${fpath[1]}/_wsdoctor\"",
		"cli.help.completion.needs-zsh",
	},
	"fish": {
		"wsdoctor completion fish | source",
		"wsdoctor completion fish > ~/.config/fish/completions/wsdoctor.fish",
		"",
	},
	"powershell": {
		"wsdoctor completion powershell | Out-String | Invoke-Expression",
		"wsdoctor completion powershell >> $PROFILE",
		"",
	},
}

// tellLibrary gives commands and flags that the command line library adds our words.
func tellLibrary(c *words.Catalogue, cmd *cobra.Command) {
	if f := cmd.Flags().Lookup("no-descriptions"); f != nil {
		f.Usage = "cli.flag.no-descriptions"
	}
	shell, known := loading[cmd.Name()]
	switch {
	case cmd.Name() == "completion":
		cmd.Short, cmd.Long = "cli.help.completion.short", "cli.help.completion.long"
	case known && cmd.HasParent() && cmd.Parent().Name() == "completion":
		cmd.Short = c.Tell(words.Say("cli.help.completion.shell", words.Args{"shell": cmd.Name()}))
		cmd.Long = c.Tell(
			words.Say(
				"cli.help.completion.load",
				words.Args{"shell": cmd.Name(), "now": shell.now, "always": shell.always},
			),
		)
		if shell.needs != "" {
			cmd.Long += "\n\n" + c.Tell(words.Say(shell.needs))
		}
	}
}

// tellOwnFlags does the same for the flags that the library adds to the command whose
// help is shown. Others do not get them before it is their turn: a list of commands
// would show that they have flags.
func tellOwnFlags(c *words.Catalogue, cmd *cobra.Command) {
	if !cmd.HasParent() {
		cmd.Version = version().Version
		cmd.InitDefaultVersionFlag()
	}
	cmd.InitDefaultHelpFlag()
	for flag, id := range map[string]string{"help": "cli.flag.help-for", "version": "cli.flag.version-for"} {
		if f := cmd.Flags().Lookup(flag); f != nil {
			f.Usage = c.Tell(words.Say(id, words.Args{"command": cmd.Name()}))
		}
	}
}

// headings are those of the help, which the library writes in English, each by itself.
var headings = map[string]string{
	"USAGE":    "cli.heading.usage",
	"EXAMPLES": "cli.heading.examples",
	"COMMANDS": "cli.heading.commands",
	"FLAGS":    "cli.heading.flags",
}

// headed is where the help goes in a language: with its own headings. A terminal stays
// one, so that there are colours.
func headed(c *words.Catalogue, to io.Writer) io.Writer {
	if c.Name() == words.Default {
		return to
	}
	if file, is := to.(*os.File); is {
		return headedFile{file, headedWriter{c, file}}
	}
	return headedWriter{c, to}
}

type headedWriter struct {
	words *words.Catalogue
	to    io.Writer
}

type headedFile struct {
	*os.File
	out headedWriter
}

func (f headedFile) Write(b []byte) (int, error) { return f.out.Write(b) }

func (f headedFile) WriteString(s string) (int, error) { return f.out.Write([]byte(s)) }

// Write puts the language's heading in the place of one that stands alone.
func (w headedWriter) Write(b []byte) (int, error) {
	told := b
	if h := strings.TrimSpace(ansi.Strip(string(b))); headings[h] != "" {
		told = bytes.Replace(b, []byte(h), []byte(w.words.Tell(words.Say(headings[h]))), 1)
	}
	if _, err := w.to.Write(told); err != nil {
		return 0, err
	}
	return len(b), nil
}
