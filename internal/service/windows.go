package service

import (
	"encoding/binary"
	"path/filepath"
	"strings"
	"unicode/utf16"
)

// NoWindow and AsService are flags of a watch that only a task and a service have.
const (
	NoWindow  = "no-window"
	AsService = "as-service"
)

// task starts it while the user is logged in, without any rights. It is not started by the
// logging in, which not everybody may lay down, but looked after every few minutes.
var task = Kind{
	Name: "task", System: "windows",
	File:   func(p Places) string { return filepath.Join(p.Local, "wsdoctor", Name+".xml") },
	Text:   taskText,
	Stored: inUTF16,
	Start: func(file string, _ Places) []Command {
		return []Command{
			{Args: []string{"schtasks.exe", "/Create", "/TN", Name, "/XML", file, "/F"}},
			{Args: []string{"schtasks.exe", "/Run", "/TN", Name}, Lax: true}, // it begins soon anyhow
		}
	},
	Stop: func(string, Places) []Command {
		return []Command{
			{Args: []string{"schtasks.exe", "/End", "/TN", Name}, Lax: true},
			{Args: []string{"schtasks.exe", "/Delete", "/TN", Name, "/F"}},
		}
	},
	Extra: func(p Places) []Extra {
		return []Extra{
			{"--" + NoWindow, nil},
			{"--quiet", []string{"quiet", "verbose"}},
			{"--output-file=" + filepath.Join(p.Local, "wsdoctor", "watch.log"), []string{"output-file"}},
		}
	},
}

// taskText is a task in the form of the Task Scheduler, version 1.2. Priority 5 is that of
// ordinary programs (the default, 7, is one of the background, whose timers wake late); the
// limit of no time is written PT0S.
func taskText(j Job) ([]byte, error) {
	// Both stand for something else there: variables, and arguments of a start by hand.
	if err := j.plain("%", "$("); err != nil {
		return nil, err
	}
	var line []string
	for _, a := range j.Args {
		line = append(line, windowsArg(a))
	}
	return fill("task.xml", "{PROGRAM}", escaped(j.Program), "{ARGUMENTS}", escaped(strings.Join(line, " "))), nil
}

// inUTF16 is how schtasks reads every letter of a file.
func inUTF16(text []byte) []byte {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(strings.ReplaceAll(string(text), "\n", "\r\n"))) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// Account is as whom the service runs: it may do little more than use the network.
const Account = `NT AUTHORITY\LocalService`

// windowsService runs from the start of the computer, whoever is logged in.
var windowsService = Kind{
	Name: "service", System: "windows",
	Text: serviceText,
	add:  installService,
	take: removeService,
	Extra: func(Places) []Extra {
		return []Extra{{"--" + AsService, nil}, {"--log=eventlog", []string{"log"}}}
	},
}

// serviceText is the command that makes the service: the system keeps no text of one.
func serviceText(j Job) ([]byte, error) {
	path, err := servicePath(j)
	if err != nil {
		return nil, err
	}
	line := []string{
		"sc.exe", "create", Name, "start=", "delayed-auto", "obj=", windowsArg(Account), "binPath=", windowsArg(path),
	}
	return []byte(strings.Join(line, " ") + "\n"), nil
}

// servicePath is the command line of the service, in which variables are filled in.
func servicePath(j Job) (string, error) {
	if err := j.plain("%"); err != nil {
		return "", err
	}
	line := []string{`"` + j.Program + `"`} // a path without quotes is read up to each space
	for _, a := range j.Args {
		line = append(line, windowsArg(a))
	}
	return strings.Join(line, " "), nil
}

// windowsArg writes an argument so that programs of Windows read it as it was: those
// before a quotation mark count twice ("Parsing C command-line arguments").
func windowsArg(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t\"") {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	slashes := 0
	for _, c := range []byte(s) {
		switch c {
		case '\\':
			slashes++
		case '"':
			b.WriteString(strings.Repeat(`\`, slashes+1))
			slashes = 0
		default:
			slashes = 0
		}
		b.WriteByte(c)
	}
	b.WriteString(strings.Repeat(`\`, slashes) + `"`)
	return b.String()
}
