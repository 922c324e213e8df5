package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/ui/html"
	"wsdoctor/ui/text"
)

// saveReport writes the report as JSON and, in its own language, as text and as a page.
func saveReport(r report.Report) (paths []string, err error) {
	b, err := r.JSON()
	if err != nil {
		return nil, err
	}
	var plain bytes.Buffer
	speaks, _ := words.In(r.Lang)
	if err := text.Render(&plain, r, text.Options{Verbose: true, Unicode: true, Words: speaks}); err != nil {
		return nil, err
	}
	page, err := html.Report(speaks, r)
	if err != nil {
		return nil, err
	}
	for _, form := range []struct {
		ending string
		text   []byte
	}{{".json", b}, {".txt", plain.Bytes()}, {".html", page}} {
		path, err := writeBeside(r, form.ending, form.text)
		if err != nil {
			return paths, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// keepTicket writes a ticket's text.
func keepTicket(r report.Report, ticket string) (string, error) {
	return writeBeside(r, "-ticket.txt", []byte(ticket))
}

// writeBeside writes a file named after a report: where the user is, or at home
// if that may not be written to. Nobody else may read it.
func writeBeside(r report.Report, ending string, b []byte) (string, error) {
	name := "wsdoctor-" + r.Run.StartedAt.UTC().Format("20060102-150405")
	if r.IsRedacted() {
		name += "-redacted"
	}
	var problems words.List
	named := map[string]bool{}
	for _, folder := range []func() (string, error){os.Getwd, os.UserHomeDir} {
		dir, err := folder()
		if err != nil {
			continue
		}
		path, err := writeNew(filepath.Join(dir, name), ending, b)
		if err == nil {
			return path, nil
		}
		why := err
		if at := (*fs.PathError)(nil); errors.As(err, &at) {
			why = at.Err
		}
		if !named[dir] {
			named[dir] = true
			problems = append(problems, words.Say("cli.at", words.Args{"where": dir, "why": bySystem(why)}))
		}
	}
	return "", words.Fail(words.Say("cli.bad.no-folder", words.Args{"why": problems}))
}

// mostCopies of one report in one folder is more than anybody wants.
const mostCopies = 99

// writeNew writes a file that was not there, with a number in its name if need be.
func writeNew(name, ending string, b []byte) (path string, err error) {
	for i := 1; i <= mostCopies; i++ {
		path = name + ending
		if i > 1 {
			path = fmt.Sprintf("%s-%d%s", name, i, ending)
		}
		var file *os.File
		if file, err = os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err == nil {
			_, err = file.Write(b)
			if err = errors.Join(err, file.Close()); err != nil {
				os.Remove(path) // half a report is worse than none
			}
			return path, err
		}
		if !errors.Is(err, os.ErrExist) {
			break
		}
	}
	return "", err
}
