package service

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
)

// label is what launchd knows it by.
const label = "com.wsdoctor.watch"

// launchd starts it when the user logs in; launchd.plist(5), launchctl(1).
var launchd = Kind{
	Name: "launchd", System: "darwin",
	File: func(p Places) string { return filepath.Join(p.Home, "Library", "LaunchAgents", label+".plist") },
	Text: launchdText,
	Start: func(file string, p Places) []Command {
		return []Command{{Args: []string{"launchctl", "bootstrap", "gui/" + p.User, file}}}
	},
	Stop: func(_ string, p Places) []Command {
		// An agent that the user had stopped is not known any more.
		return []Command{{Args: []string{"launchctl", "bootout", "gui/" + p.User + "/" + label}, Lax: true}}
	},
	Extra:  func(Places) []Extra { return []Extra{{"--quiet", []string{"quiet", "verbose"}}} },
	Output: func(p Places) string { return filepath.Join(p.Home, "Library", "Logs", Name+".log") },
}

// launchdText: it is started anew only after a crash, because exit codes are diagnoses. It
// is no background process in launchd's sense: those wake late, and so would our timers.
func launchdText(j Job) ([]byte, error) {
	if err := j.plain(); err != nil {
		return nil, err
	}
	var args strings.Builder
	for _, a := range append([]string{j.Program}, j.Args...) {
		args.WriteString("\t\t<string>" + escaped(a) + "</string>\n")
	}
	return fill(
		"launchd.plist", "{LABEL}", label, "{ARGUMENTS}", args.String(), "{OUTPUT}", escaped(cmp.Or(j.Output, os.DevNull)),
	), nil
}
