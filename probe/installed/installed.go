// Package installed takes versions out of the lists that systems keep of the programs on
// them: Debian's packages, what rpm says of its own, the property list of a macOS bundle.
// It opens no file and knows no program by name: who asks says which.
//
// It exists so that two readers of such lists cannot differ: the one that looks for the
// WorkSpaces client before a run, and probe/software beside it.
package installed

import (
	"bufio"
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

const (
	// longestLine of dpkg's list, in bytes: descriptions and lists of files are long.
	longestLine = 1 << 20
	versionKey  = "CFBundleShortVersionString"
	// RPMFormat is what rpm has to be asked for (--queryformat) to be read by RPM.
	RPMFormat = `%{NAME}\t%{VERSION}\n`
)

// Dpkg reads dpkg's list, /var/lib/dpkg/status: paragraphs of "Key: value", in which a
// package's state comes before its version. One that was removed may keep its settings,
// and its paragraph. Each wanted package that is installed is handed over, until each
// says that it has had enough. The version is the list's own text.
func Dpkg(
	ctx context.Context,
	in io.Reader,
	wanted func(name string) bool,
	each func(name, version string) bool,
) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, longestLine)
	name, ours, installed := "", false, false
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimSpace(value)
		switch {
		case key == "Package":
			if ctx.Err() != nil {
				return ctx.Err()
			}
			name, ours, installed = value, wanted(value), false
		case !ours:
		case key == "Status":
			installed = strings.HasSuffix(value, " installed")
		case key == "Version" && installed:
			if !each(name, value) {
				return nil
			}
		}
	}
	return lines.Err()
}

// RPM reads what "rpm --query" said of some packages in RPMFormat and in English: a line
// for each that is installed, and another for each that is not. If it answered for none
// of them, its first line is the error. Its exit code counts those that are not there.
func RPM(out []byte, each func(name, version string) bool) error {
	answered := false
	for line := range strings.Lines(string(out)) {
		line = strings.TrimRight(line, "\n")
		name, version, found := strings.Cut(line, "\t")
		switch {
		case found:
			answered = true
			if !each(name, version) {
				return nil
			}
		case strings.HasSuffix(line, " is not installed"):
			answered = true
		}
	}
	if !answered {
		first, _, _ := strings.Cut(string(out), "\n")
		return fmt.Errorf("rpm does not tell: %.100q", first)
	}
	return nil
}

// BundleVersion reads the Info.plist of a bundle: the version that its users see, or
// nothing. Only the form in XML is read; a binary list tells nothing here.
func BundleVersion(plist []byte) string {
	d := xml.NewDecoder(bytes.NewReader(plist))
	last, element := "", ""
	for {
		token, err := d.Token()
		if err != nil {
			return ""
		}
		switch t := token.(type) {
		case xml.StartElement:
			element = t.Name.Local
		case xml.EndElement:
			element = ""
		case xml.CharData:
			switch text := strings.TrimSpace(string(t)); {
			case element == "key":
				last = text
			case element == "string" && last == versionKey:
				return text
			}
		}
	}
}
