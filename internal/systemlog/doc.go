// Package systemlog writes records into the log of this system: the journal of systemd,
// syslog, or the event log of Windows.
//
// A record is a line for people, how urgent it is, and fields for programs. The journal
// keeps the fields; the others have the line alone, so that it must say everything.
//
// A log is opened anew for each record: there are hours between two of them, in which a
// log may have been restarted. Open only looks whether it is there.
package systemlog

import (
	"errors"
	"runtime"
	"slices"

	"wsdoctor/internal/words"
)

// Urgency is how urgent a record is, as syslog counts (RFC 5424, section 6.2.1).
type Urgency int

// The urgencies that are used.
const (
	Error   Urgency = 3
	Warning Urgency = 4
	Notice  Urgency = 5
	Info    Urgency = 6
)

// Field is a value for programs. Its name is of capital letters, digits and underscores.
type Field struct{ Name, Value string }

// Record is one entry.
type Record struct {
	Urgency Urgency
	Line    string
	Fields  []Field
}

// Log takes records.
type Log interface {
	Write(Record) error
}

// Auto stands for the log that this system has.
const Auto = "auto"

// Sender is what records are known by in a log.
const Sender = "wsdoctor"

// Places are where the logs listen, the first that is there.
type Places struct{ Journal, Syslog []string }

// Usual are where they listen on real systems.
var Usual = Places{
	Journal: []string{"/run/systemd/journal/socket"},
	Syslog:  []string{"/dev/log", "/var/run/syslog", "/var/run/log"},
}

// kinds are all logs, in the order in which Auto tries them.
var kinds = []struct {
	name string
	open func(Places) (Log, error)
}{
	{"journald", func(p Places) (Log, error) { return openSocket(p.Journal, journalEntry) }},
	{"syslog", func(p Places) (Log, error) { return openSocket(p.Syslog, syslogLine) }},
	{"eventlog", func(Places) (Log, error) { return openEventLog() }},
}

// Names are what Open takes.
func Names() []string {
	names := []string{Auto}
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

// Open looks for a log. The error says why it cannot be written to.
func Open(name string, at Places) (Log, error) {
	var tried []error
	for _, k := range kinds {
		if name != Auto && name != k.name {
			continue
		}
		log, err := k.open(at)
		if err == nil {
			return log, nil
		}
		tried = append(tried, err)
	}
	if name == Auto {
		return nil, words.Fail(words.Say("systemlog.none", words.Args{"system": runtime.GOOS}))
	}
	if len(tried) == 0 {
		return nil, words.Fail(words.Say("systemlog.unknown", words.Args{"name": name}))
	}
	return nil, errors.Join(tried...)
}

// Known says whether a name is one of a log.
func Known(name string) bool { return slices.Contains(Names(), name) }
