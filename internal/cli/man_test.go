package cli

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
)

// page is the manual in a language, as its reader sees it, by section.
func page(t *testing.T, lang string) (source string, sections map[string]string) {
	t.Helper()
	r := execute(t.Context(), "man", "--lang", lang)
	if r.code != 0 || r.stderr != "" {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	sections = map[string]string{}
	for part := range strings.SplitSeq(unescaped.Replace(r.out), "\n.SH ") {
		heading, text, _ := strings.Cut(part, "\n")
		sections[heading] = text
	}
	return r.out, sections
}

var unescaped = strings.NewReplacer(
	`\-`, "-", `\(aq`, "'", `\(ga`, "`", `\(ti`, "~", `\(dq`, `"`, `\fB`, "", `\fR`, "", `\&`, "", `\e`, `\`,
)

func TestTheManualTellsOfEveryCommandFlagAndExitCode(t *testing.T) {
	_, sections := page(t, "en")
	for _, heading := range []string{
		"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "COMMANDS", "EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES",
	} {
		if strings.TrimSpace(sections[heading]) == "" {
			t.Errorf("nothing under %s", heading)
		}
	}
	commands := map[string]string{"wsdoctor": sections["OPTIONS"] + "--plain --help"}
	for part := range strings.SplitSeq("\n"+sections["COMMANDS"], "\n.SS ") {
		name, text, _ := strings.Cut(part, "\n")
		commands[name] = text
	}
	everyCommand(func(cmd *cobra.Command) {
		if cmd.Hidden {
			return
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && !strings.Contains(commands[cmd.CommandPath()], "--"+f.Name) {
				t.Errorf("%s --%s is missing", cmd.CommandPath(), f.Name)
			}
		})
		called := strings.Contains(sections["SYNOPSIS"], strings.TrimSuffix(cmd.UseLine(), " [flags]"))
		if _, has := commands[cmd.CommandPath()]; !has || cmd.Runnable() && !called {
			t.Errorf("%s is missing, or how it is called", cmd.UseLine())
		}
		for line := range strings.Lines(cmd.Example) {
			if !strings.Contains(sections["EXAMPLES"], "\n"+strings.TrimSpace(line)+"\n") {
				t.Errorf("%s is no example", line)
			}
		}
	})
	exits := sections["EXIT STATUS"]
	for _, code := range plainExits {
		if !strings.Contains(exits, "\n"+strconv.Itoa(code)+"\n") {
			t.Errorf("exit code %d is missing", code)
		}
	}
	for _, l := range layer.All {
		if !strings.Contains(exits, "\n"+strconv.Itoa(l.Exit)+"\n") || !strings.Contains(exits, "("+string(l.ID)+")") {
			t.Errorf("exit code %d of %s is missing", l.Exit, l.ID)
		}
	}
}

// known are the requests that the page is made of; any other would be text that roff
// takes for one.
var known = regexp.MustCompile(`^\.(TH|SH|SS|TP|PP|nf|fi|br)( |$)`)

func TestNoTextOfTheManualIsTakenForARequest(t *testing.T) {
	for _, lang := range words.Languages() {
		source, _ := page(t, lang)
		for line := range strings.Lines(source) {
			line = strings.TrimSuffix(line, "\n")
			if line == "" || strings.TrimSpace(line) != line || line[0] == '\'' || line[0] == '.' && !known.MatchString(line) {
				t.Errorf("%s: %q", lang, line)
			}
		}
	}
	for text, want := range map[string]string{
		".so /etc/passwd": `\&.so /etc/passwd`, "'x": `\(aqx`, `a\b-c`: `a\eb\-c`, " .": `\&.`,
	} {
		if got := asShown(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// fromEnvironment is how the sources name a variable of the environment that they read.
var fromEnvironment = regexp.MustCompile(`(?:[gG]etenv|[eE]nviron|LookupEnv|get)\((?:"\w+", )*"(\w+)"` +
	`|(?:Variable|Disable)\s*=\s*"(\w+)"|variable: "(\w+)"`)

// Whatever the program reads from the environment stands in the manual.
func TestTheManualNamesEveryVariable(t *testing.T) {
	_, sections := page(t, "en")
	seen := 0
	for _, top := range []string{"internal", "probe", "ui", "cmd"} {
		err := filepath.WalkDir(filepath.Join("..", "..", top), func(name string, _ fs.DirEntry, err error) error {
			benchmark := strings.Contains(filepath.ToSlash(name), "internal/lab/race/")
			if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || benchmark {
				return err
			}
			source, err := os.ReadFile(name)
			if err != nil || !bytes.Contains(bytes.ToLower(source), []byte("env")) {
				return err
			}
			for _, m := range fromEnvironment.FindAllStringSubmatch(string(source), -1) {
				variable := m[1] + m[2] + m[3]
				if strings.ToUpper(variable) != variable && variable != "SystemRoot" {
					continue // another function of that name
				}
				seen++
				if !strings.Contains(sections["ENVIRONMENT"], variable) {
					t.Errorf("%s reads %s, of which the manual says nothing", name, variable)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 12 {
		t.Errorf("only %d variables were found", seen)
	}
}
