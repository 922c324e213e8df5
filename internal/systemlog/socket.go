package systemlog

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

const (
	// patience is how long a log that reads nothing may hold the watch up.
	patience = 2 * time.Second
	// longest is what a record's line and fields are cut to, in runes each: a whole verdict
	// fits, and everything together stays far below what a datagram of such a socket holds
	// (212,992 bytes on Linux).
	longest = 800
)

// socket is a log that reads datagrams.
type socket struct {
	places []string
	entry  func(Record, time.Time) []byte
}

// openSocket looks whether somebody listens.
func openSocket(places []string, entry func(Record, time.Time) []byte) (Log, error) {
	s := socket{places, entry}
	c, err := s.dial()
	if err != nil {
		return nil, err
	}
	return s, c.Close()
}

// dial reaches the first place where somebody listens; a log of syslog may want a stream.
func (s socket) dial() (net.Conn, error) {
	var first error
	for _, place := range s.places {
		for _, kind := range []string{"unixgram", "unix"} {
			c, err := net.DialTimeout(kind, place, patience)
			if err == nil {
				return c, nil
			}
			if first == nil {
				about := words.Args{"place": place, "why": words.Reason(reasonOf(err))}
				first = words.Fail(words.Say("systemlog.silent", about)).Because(err)
			}
		}
	}
	return nil, first
}

// reasonOf takes what the place already says out of an error.
func reasonOf(err error) error {
	if at, is := err.(*net.OpError); is {
		return at.Err
	}
	return err
}

func (s socket) Write(r Record) error {
	c, err := s.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetWriteDeadline(time.Now().Add(patience))
	b := s.entry(r, time.Now())
	if c.RemoteAddr().Network() == "unix" {
		b = append(b, '\n') // a stream needs an end; RFC 6587, section 3.4.2
	}
	_, err = c.Write(b)
	return err
}

// journalEntry writes a record in the journal's native form, a field a line (systemd,
// "Journal Native Protocol"). No value holds a line break, which could begin a field.
func journalEntry(r Record, _ time.Time) []byte {
	var b bytes.Buffer
	for _, f := range append([]Field{
		{"MESSAGE", r.Line},
		{"PRIORITY", strconv.Itoa(int(r.Urgency))},
		{"SYSLOG_IDENTIFIER", Sender},
	}, r.Fields...) {
		if value := probe.Clean(f.Value, longest); value != "" {
			b.WriteString(f.Name + "=" + value + "\n")
		}
	}
	return b.Bytes()
}

// daemons is the facility of programs in the background; RFC 3164, section 4.1.1.
const daemons = 3

// syslogLine writes a record as programs do for the syslog of their own computer: RFC
// 3164, section 4.1, without the name of the host, which the syslog puts there.
func syslogLine(r Record, now time.Time) []byte {
	line := strings.Join(strings.Fields(probe.Clean(r.Line, longest)), " ")
	priority, at := daemons<<3|int(r.Urgency), now.Format(time.Stamp)
	return fmt.Appendf(nil, "<%d>%s %s[%d]: %s", priority, at, Sender, os.Getpid(), line)
}
