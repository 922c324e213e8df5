package cli

import (
	"cmp"
	"encoding/json"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
)

// versionSchema names the JSON of the version command.
const versionSchema = "wsdoctor.version/v1"

// build is which build this is, from what the Go tool wrote into it. What was built
// without its repository has no commit and no date.
type build struct {
	Schema  string `json:"schema"`
	Version string `json:"version"`
	Commit  string `json:"commit"`
	// Date is the commit's, in RFC 3339: a build of the same commit is the same build.
	Date     string `json:"date"`
	Modified bool   `json:"modified"` // the files were not quite the commit's
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
}

// shortCommit is how much of a commit's name is told.
const shortCommit = 12

func buildOf(info *debug.BuildInfo) build {
	b := build{Schema: versionSchema, Version: "devel", OS: runtime.GOOS, Arch: runtime.GOARCH}
	if info == nil {
		return b
	}
	b.Go = info.GoVersion
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value[:min(shortCommit, len(s.Value))]
		case "vcs.time":
			b.Date = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// thisBuild is the running program's.
func thisBuild() build {
	info, _ := debug.ReadBuildInfo()
	return buildOf(info)
}

// version is what a report says of the program that made it.
func version() report.Tool {
	b := thisBuild()
	return report.Tool{Version: b.Version, Commit: b.Commit, Go: b.Go}
}

// versionCommand says which build this is, for whoever is asked for it in a ticket.
func versionCommand(env Env) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "cli.help.version.short",
		Example: "  wsdoctor version\n  wsdoctor version -o json",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			if err := aValue.refuse(format); err != nil {
				return err
			}
			if format == "text" {
				return thisBuild().print(env)
			}
			e := json.NewEncoder(env.Stdout)
			e.SetIndent("", "  ")
			return e.Encode(thisBuild())
		},
	}
	aValue.offer(cmd, env, &format)
	return cmd
}

// print tells one fact a line.
func (b build) print(env Env) error {
	say := func(id string, args ...words.Args) string {
		return env.words().Tell(words.Say("cli.version."+id, args...))
	}
	unknown := say("unknown")
	commit := cmp.Or(b.Commit, unknown)
	if b.Modified {
		commit = say("changed", words.Args{"commit": commit})
	}
	var lines [][]string
	for _, fact := range []struct{ name, value string }{
		{"wsdoctor", b.Version}, {say("commit"), commit}, {say("date"), cmp.Or(b.Date, unknown)}, {"go", cmp.Or(b.Go, unknown)}, {say("system"), b.OS + "/" + b.Arch},
	} {
		lines = append(lines, []string{fact.name, fact.value})
	}
	return columns(env.Stdout, lines)
}
