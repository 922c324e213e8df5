package service

import (
	"path/filepath"
	"strings"
)

const systemdUnit = Name + ".service"

// systemd starts it when the user logs in, or with the computer for whom that lingers
// (loginctl).
var systemd = Kind{
	Name: "systemd", System: "linux",
	File: func(p Places) string { return filepath.Join(p.Config, "systemd", "user", systemdUnit) },
	Text: systemdText,
	Start: func(string, Places) []Command {
		return []Command{
			{Args: []string{"systemctl", "--user", "daemon-reload"}},
			{Args: []string{"systemctl", "--user", "enable", "--now", systemdUnit}},
		}
	},
	Stop: func(string, Places) []Command {
		return []Command{{Args: []string{"systemctl", "--user", "disable", "--now", systemdUnit}}}
	},
	Gone: []Command{{Args: []string{"systemctl", "--user", "daemon-reload"}}},
	// The lines go into the journal as records with fields, and not a second time as what
	// was printed.
	Extra: func(Places) []Extra { return []Extra{{"--log=journald", []string{"log"}}} },
}

// systemdText: no diagnosis is a failure of the unit, and wrong usage does not mend itself;
// systemd.service(5).
func systemdText(j Job) ([]byte, error) {
	if err := j.plain(); err != nil {
		return nil, err
	}
	line := []string{unitPath(j.Program)}
	for _, a := range j.Args {
		line = append(line, unitArg(a))
	}
	return fill("systemd.service", "{COMMAND}", strings.Join(line, " "), "{DIAGNOSES}", strings.Join(diagnoses(), " ")), nil
}

// unitPath is the program in a command line of a unit; of its name no variable is filled in.
func unitPath(s string) string { return unitQuoted(strings.ReplaceAll(s, "%", "%%")) }

// unitArg is an argument there; systemd.service(5), "Command lines".
func unitArg(s string) string {
	return unitQuoted(strings.NewReplacer("%", "%%", "$", "$$").Replace(s))
}

func unitQuoted(s string) string {
	if s != "" && strings.Trim(s, bare) == "" {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// bare are the characters that mean nothing to any of these forms.
const bare = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=:,./+@%$"
