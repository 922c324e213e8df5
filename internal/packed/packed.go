// Package packed writes a report as a short block of text that survives being
// pasted, and reads it back: through consoles and remote shells that keep only so
// many characters, through mails that wrap and quote, through tickets.
//
//	-----BEGIN WSDOCTOR REPORT 1 7301 1a2b3c4d-----
//	7V1Zc9tGtn7Pr0D5…
//	-----END WSDOCTOR REPORT-----
//
// The first line holds the version of this form, the number of base64 characters
// (RFC 4648 section 4, without padding) and their CRC-32 (IEEE), so that a text that
// was cut can be told from one that was changed. The characters are a DEFLATE stream
// (RFC 1951). What stands between them that is none is passed over: line ends, marks
// of quotation, the escapes of a JSON string.
package packed

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"regexp"
	"strconv"
	"strings"

	"wsdoctor/internal/words"
)

// version is that of the form, not of what is packed.
const version = "1"

// lineLength is that of PEM (RFC 7468) and MIME.
const lineLength = 76

// The errors of Read.
var (
	ErrNone    = error(words.Fail(words.Say("report-file.packed.none")))
	ErrCut     = error(words.Fail(words.Say("report-file.packed.cut")))
	ErrDamaged = error(words.Fail(words.Say("report-file.packed.damaged")))
	ErrTwo     = error(words.Fail(words.Say("report-file.packed.two")))
	ErrNewer   = error(words.Fail(words.Say("report-file.packed.newer")))
	ErrLarge   = error(words.Fail(words.Say("report-file.packed.large")))
)

// Write packs any bytes.
func Write(b []byte) []byte {
	var small bytes.Buffer
	w, err := flate.NewWriter(&small, flate.BestCompression)
	if err != nil {
		panic(err) // the level is a constant of the library's
	}
	_, _ = w.Write(b) // a buffer takes everything
	_ = w.Close()
	body := base64.RawStdEncoding.EncodeToString(small.Bytes())
	var out bytes.Buffer
	fmt.Fprintf(
		&out,
		"-----BEGIN WSDOCTOR REPORT %s %d %08x-----\n",
		version,
		len(body),
		crc32.ChecksumIEEE([]byte(body)),
	)
	for len(body) > lineLength {
		out.WriteString(body[:lineLength] + "\n")
		body = body[lineLength:]
	}
	out.WriteString(body + "\n-----END WSDOCTOR REPORT-----\n")
	return out.Bytes()
}

// Beside is text that stands beside a block and cannot be taken for one.
func Beside(s string) string { return strings.ReplaceAll(s, "WSDOCTOR", "wsdoctor") }

// begin is tolerant of what a mail makes of dashes and spaces.
var (
	begin = regexp.MustCompile(
		`BEGIN[ \x{a0}]+WSDOCTOR[ \x{a0}]+REPORT[ \x{a0}]+([0-9]{1,4})[ \x{a0}]+([0-9]{1,9})[ \x{a0}]+([0-9a-f]{8})[^0-9A-Za-z]`,
	)
	end = regexp.MustCompile(`END[ \x{a0}]+WSDOCTOR[ \x{a0}]+REPORT`)
)

// Read finds the packed report in a text and gives what was packed, at most limit
// bytes of it. The same block may stand there twice, as in an answer that quotes.
// The error is one of those above.
func Read(text []byte, limit int64) ([]byte, error) {
	found := begin.FindAllSubmatchIndex(text, -1)
	if len(found) == 0 {
		return nil, ErrNone
	}
	part := func(m []int, i int) string { return string(text[m[2*i]:m[2*i+1]]) }
	for _, m := range found[1:] {
		if part(m, 3) != part(found[0], 3) {
			return nil, ErrTwo
		}
	}
	var first error
	for _, m := range found {
		if part(m, 1) != version {
			return nil, ErrNewer
		}
		rest := text[m[7]:]
		if next := begin.FindIndex(rest); next != nil {
			rest = rest[:next[0]]
		}
		count, _ := strconv.Atoi(part(m, 2)) // at most nine digits
		b, err := unpack(rest, count, part(m, 3), limit)
		if err == nil || errors.Is(err, ErrLarge) {
			return b, err
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// unpack reads what follows the first line.
func unpack(rest []byte, count int, sum string, limit int64) ([]byte, error) {
	whole := false
	if at := end.FindIndex(rest); at != nil {
		rest, whole = rest[:at[0]], true
	}
	body := characters(rest, count)
	switch {
	case len(body) < count && !whole:
		return nil, ErrCut
	case len(body) != count || fmt.Sprintf("%08x", crc32.ChecksumIEEE(body)) != sum:
		return nil, ErrDamaged
	}
	small, err := base64.RawStdEncoding.DecodeString(string(body))
	if err != nil {
		return nil, ErrDamaged
	}
	b, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(small)), limit+1))
	switch {
	case err != nil:
		return nil, ErrDamaged
	case int64(len(b)) > limit:
		return nil, ErrLarge
	}
	return b, nil
}

// characters gives the first count base64 characters of a text, and leaves out what
// is none: also the letter of an escape such as \n, and everything from the first
// dash on, which begins the last line.
func characters(text []byte, count int) []byte {
	body := make([]byte, 0, min(count, len(text)))
	for i := 0; i < len(text) && len(body) < count; i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text) && text[i+1] == 'u':
			i += 5 // \u003e, a mark of quotation in a JSON string
		case c == '\\':
			i++
		case c == '-' && len(body) > 0:
			return body
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c == '+', c == '/':
			body = append(body, c)
		}
	}
	return body
}
