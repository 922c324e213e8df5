package systemlog

import (
	"golang.org/x/sys/windows/svc/eventlog"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// eventLog is the log "Application".
type eventLog struct{}

// openEventLog looks whether this user may write there. A sender that nobody registered
// may: the viewer then shows the line below a remark that it knows no more of it.
func openEventLog() (Log, error) {
	l, err := eventlog.Open(Sender)
	if err != nil {
		return nil, words.Fail(words.Say("systemlog.no-eventlog", words.Args{"why": words.Reason(err)})).Because(err)
	}
	return eventLog{}, l.Close()
}

// Write writes a record. Its number is the urgency, for filters of the viewer.
func (eventLog) Write(r Record) error {
	l, err := eventlog.Open(Sender)
	if err != nil {
		return err
	}
	defer l.Close()
	line := probe.Clean(r.Line, longest)
	switch {
	case r.Urgency <= Error:
		return l.Error(uint32(r.Urgency), line)
	case r.Urgency == Warning:
		return l.Warning(uint32(r.Urgency), line)
	}
	return l.Info(uint32(r.Urgency), line)
}
