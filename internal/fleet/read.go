package fleet

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"wsdoctor/internal/report"
	"wsdoctor/probe"
)

const (
	// lookAhead in bytes tells a file of one object a line from one object.
	lookAhead = 64 << 10
	// mostBytes of what is no plain JSON: a report in something else.
	mostBytes = 16 << 20
)

// Read counts every report in a file: one as any command reads it, or one JSON object
// after the other, as lines or not: reports, records, or what -o ndjson writes. What
// cannot be read is skipped and counted. The memory it takes does not grow with the
// file.
func (f *Fleet) Read(file string, in io.Reader) {
	b := bufio.NewReaderSize(in, lookAhead)
	if magic, _ := b.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(b)
		if err != nil {
			f.Skip(file, Damaged, probe.Clean(err.Error(), mostName))
			return
		}
		b = bufio.NewReaderSize(unpacked, lookAhead)
	}
	head, err := b.Peek(lookAhead)
	switch {
	case len(head) == 0 && err != nil && !errors.Is(err, io.EOF):
		f.Skip(file, Unreadable, reason(err))
	case lines(head):
		f.readLines(file, b)
	case bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte{'{'}):
		f.readObjects(file, b)
	default:
		f.readAny(file, b)
	}
}

// lines: the first line is a whole object.
func lines(head []byte) bool {
	first, _, ended := bytes.Cut(bytes.TrimLeft(head, " \t\r\n"), []byte{'\n'})
	return ended && bytes.HasPrefix(first, []byte{'{'}) && jsontext.Value(first).IsValid()
}

// readLines reads one object a line. A line that is none costs that line alone.
func (f *Fleet) readLines(file string, in *bufio.Reader) {
	var line []byte
	for number := 1; ; number++ {
		line = line[:0]
		var err error
		for {
			var part []byte
			part, err = in.ReadSlice('\n')
			if len(line) <= mostBytes {
				line = append(line, part...)
			}
			if !errors.Is(err, bufio.ErrBufferFull) {
				break
			}
		}
		if text := bytes.TrimSpace(line); len(text) > mostBytes {
			f.Skip(at(file, number), Damaged, "")
		} else if len(text) > 0 {
			f.readOne(at(file, number), file, text)
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				f.Skip(file, Unreadable, reason(err))
			}
			return
		}
	}
}

func at(file string, line int) string { return fmt.Sprintf("%s:%d", file, line) }

func (f *Fleet) readOne(where, file string, text []byte) {
	var s stored
	if err := json.Unmarshal(text, &s, lenient); err != nil {
		f.Skip(where, Damaged, reason(err))
		return
	}
	f.take(where, file, s)
}

// readObjects reads objects one after the other, or a report with something after it.
func (f *Fleet) readObjects(file string, in io.Reader) {
	d := jsontext.NewDecoder(in, lenient)
	for n := 0; ; n++ {
		var s stored
		err := json.UnmarshalDecode(d, &s, lenient)
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil && n > 0 && s.Schema == "":
			return // text around a report
		case err != nil:
			f.Skip(file, Damaged, reason(err))
			return
		}
		f.take(file, file, s)
	}
}

// lenient: other programs that stored a report may have spoilt a letter in it.
var lenient = json.JoinOptions(jsontext.AllowInvalidUTF8(true))

// readAny reads a report in whatever form people hand over.
func (f *Fleet) readAny(file string, in io.Reader) {
	r, err := report.Parse(io.LimitReader(in, mostBytes))
	if err == nil {
		var record Record
		if record, err = Of(r); err == nil {
			f.Add(record, file)
			return
		}
	}
	var wrong *report.ParseError
	if errors.As(err, &wrong) {
		f.Skip(file, Damaged, reason(err))
		return
	}
	f.Skip(file, Unreadable, reason(err))
}

// take counts what a file holds, if it is a report of a kind that is known.
func (f *Fleet) take(where, file string, s stored) {
	switch {
	case s.Event != "" && s.Report == nil:
		return // another line of -o ndjson
	case s.Event != "":
		f.take(where, file, *s.Report)
	case s.Schema == report.Schema || s.Schema == Schema:
		r := s.record()
		if r.Status == "" || r.At.IsZero() {
			f.Skip(where, Damaged, "")
			return
		}
		f.Add(r, file)
	case strings.HasPrefix(s.Schema, "wsdoctor.merge/"):
		f.Skip(where, Joined, "")
	case strings.HasPrefix(s.Schema, "wsdoctor.report/"), strings.HasPrefix(s.Schema, "wsdoctor.summary/"):
		f.Skip(where, Newer, probe.Clean(s.Schema, mostName))
	default:
		f.Skip(where, Damaged, "")
	}
}

func reason(err error) string { return probe.Clean(err.Error(), 2*mostName) }
