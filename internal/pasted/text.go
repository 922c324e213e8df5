// Package pasted understands what people hand over. It seldom is what a program
// wrote: it went through a mail, a spreadsheet, a console, a ticket or a remote
// shell, which add marks, quotes, fences and envelopes, and cut off ends.
//
//   - Text undoes what a system's way to store text adds.
//   - Object finds a JSON object in what stands around it.
//   - Rules reads addresses and prefixes from lists, spreadsheets and JSON.
//   - Plain and Visible are for a single line: one to read it, one to show it.
//
// Everything here is bounded by its input, reads nothing and sends nothing.
package pasted

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Text drops a byte order mark and the NULs that a disk or a copy padded a file
// with, and writes UTF-16, with or without the mark, as UTF-8: what Windows PowerShell 5.1 writes for
// "wsdoctor inside -o json > inside.json" is that.
func Text(b []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	case wide(b, 1):
		return Text(append([]byte{0xff, 0xfe}, b...))
	case wide(b, 0):
		return Text(append([]byte{0xfe, 0xff}, b...))
	default:
		return bytes.Trim(bytes.TrimPrefix(b, []byte{0xef, 0xbb, 0xbf}), "\x00")
	}
	units := make([]uint16, 0, len(b)/2)
	for b = b[2:]; len(b) > 1; b = b[2:] {
		units = append(units, order.Uint16(b))
	}
	return bytes.Trim([]byte(string(utf16.Decode(units))), "\x00")
}

// wide: a text begins as UTF-16 without a mark does, with a NUL in each of the first
// few units, which texts of ours begin with in ASCII.
func wide(b []byte, nul int) bool {
	const units = 8
	if len(b) < 2*units {
		return false
	}
	for i := range units {
		if b[2*i+nul] != 0 || b[2*i+1-nul] == 0 {
			return false
		}
	}
	return true
}

// Unquoted takes the marks of a quoting mail or ticket away from the lines of a text,
// if nearly all of them have one.
func Unquoted(b []byte) []byte {
	lines := bytes.SplitAfter(b, []byte("\n"))
	marked, full := 0, 0
	for i, line := range lines {
		rest := bytes.TrimLeft(line, " \t")
		if len(bytes.TrimSpace(rest)) == 0 {
			continue
		}
		full++
		if rest[0] == '>' || rest[0] == '|' {
			marked++
			lines[i] = bytes.TrimLeft(rest, ">| \t")
		}
	}
	if 10*marked < 9*full {
		return b
	}
	return bytes.Join(lines, nil)
}

// Fold writes full-width characters, which Japanese and Chinese keyboards give, as
// their ordinary ones, every kind of space as a space, and leaves out what cannot
// be seen.
func Fold(s string) string {
	const fullWidth = '！' - '!' // U+FF01 to U+FF5E stand in the order of ASCII
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - fullWidth
		case unicode.IsSpace(r), unicode.Is(unicode.Zs, r):
			return ' '
		case unicode.In(r, unicode.Cf, unicode.Cc):
			return -1
		}
		return r
	}, s)
}

// quotes are what stands around a value that was copied from a program's text, a
// mail or a chat.
const quotes = "\"'`“”„‘’«»「」"

// Unquote takes spaces and quotes away from both ends.
func Unquote(s string) string { return strings.Trim(s, quotes+" \t") }

// Glimpse shows of a line of a file no more than an address, a prefix or a range could
// be: the file may be another than was meant, and hold what nobody should read in an
// error. What is left out is an ellipsis; what could not be seen is made visible.
func Glimpse(s string, limit int) string {
	var words []string
	for _, word := range strings.Split(s, " ") {
		n := strings.IndexFunc(word, func(r rune) bool {
			hidden := !unicode.IsGraphic(r) || unicode.Is(unicode.Zs, r)
			return !hidden && !strings.ContainsRune("0123456789abcdefABCDEF.:/-,;%", r)
		})
		kept, rest := word, ""
		if n >= 0 {
			kept, rest = word[:n], "…"
		}
		if !strings.ContainsAny(kept, ".:/") && strings.Trim(kept, "0123456789") != "" {
			kept, rest = "", "…" // a word that happens to be of such letters
		}
		if word = kept + rest; word != "…" || len(words) == 0 || words[len(words)-1] != "…" {
			words = append(words, word)
		}
	}
	return Visible(strings.Join(words, " "), limit)
}

// Visible shows a text with the code point of every character that could not be
// seen, at most limit runes of it.
func Visible(s string, limit int) string {
	var b strings.Builder
	for n := 0; len(s) > 0; n++ {
		if n == limit {
			b.WriteString("…")
			break
		}
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, "<byte %02X>", s[0])
		case r == ' ' || unicode.IsGraphic(r) && !unicode.Is(unicode.Zs, r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "<U+%04X>", r)
		}
		s = s[size:]
	}
	return b.String()
}
