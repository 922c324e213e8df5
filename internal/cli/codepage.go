package cli

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"wsdoctor/internal/userfile"
)

// On Windows, what is drawn has to fit where it goes:
//
//   - A console takes every character, whatever its code page is: Go writes to it in
//     UTF-16. Its font may lack the pictures' (drawsUnicode).
//   - A pipe or a file after ">" is read by a program that takes the bytes for the
//     console's code page: more, findstr, and PowerShell, which writes what it read as
//     UTF-16. There our own text is made of ASCII, names beyond it (a Japanese adapter's)
//     in that code page, and JSON has escapes only: in code page 932 half of an "…"
//     would swallow the quote after it.
//   - A file of --output-file is UTF-8, as everywhere.

// codePageUTF8 is the code page in which nothing has to be done.
const codePageUTF8 = 65001

// codePage is the console's, for streams that lead to other programs.
type codePage struct {
	Number uint32
	// Encode gives a text as the code page has it, with something like it or a
	// question mark for what it lacks.
	Encode func(string) []byte
}

// foreign says whether a stream leads to programs that take its bytes for those of a
// code page.
func (e Env) foreign(out io.Writer) bool {
	if e.CodePage == nil || isTerminalStream(out) {
		return false
	}
	_, own := out.(*userfile.Writer)
	return !own && e.CodePage.Number != codePageUTF8
}

// drawn says whether pictures and marks beyond ASCII can be shown on a stream.
func (e Env) drawn(out io.Writer) bool {
	switch {
	case !unicodeLocale(e.Getenv), e.foreign(out):
		return false
	case e.CodePage != nil && isTerminalStream(out):
		return drawsUnicode(e.Getenv)
	}
	return true
}

// translated makes the streams lead to where they go through the code page.
func (e Env) translated() Env {
	for _, stream := range []*io.Writer{&e.Stdout, &e.Stderr} {
		if e.foreign(*stream) {
			*stream = &translator{out: *stream, encode: e.CodePage.Encode}
		}
	}
	return e
}

// translator writes UTF-8 as the code page has it, and JSON in ASCII alone. What
// begins with a brace or a bracket is JSON: no text of ours does.
type translator struct {
	out    io.Writer
	encode func(string) []byte
	half   []byte // of a character whose rest has not been written yet
	begun  bool
}

func (t *translator) Write(b []byte) (int, error) {
	if !t.begun && len(b) > 0 {
		t.begun = true
		if b[0] == '{' || b[0] == '[' {
			t.encode = escaped
		}
	}
	all := append(t.half, b...)
	end := len(all) - unfinished(all)
	whole := all[:end]
	t.half = bytes.Clone(all[end:])
	if bytes.IndexFunc(whole, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
		whole = t.encode(string(whole))
	}
	if _, err := t.out.Write(whole); err != nil {
		return 0, err
	}
	return len(b), nil
}

// unfinished is how many bytes at the end are the beginning of a character.
func unfinished(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if tail := b[len(b)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}

// escaped is JSON with an escape for every character beyond ASCII. Those stand in
// strings alone, where an escape says the same (RFC 8259, section 7).
func escaped(s string) []byte {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if r < utf8.RuneSelf {
			out = append(out, byte(r))
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
	}
	return out
}
