package probe

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes text from the network fit to be stored and shown: control
// characters (terminal escapes with them), line separators, bidirectional
// overrides and other invisible format characters become spaces or vanish,
// invalid UTF-8 becomes U+FFFD, and the text is cut to at most limit runes.
func Clean(s string, limit int) string {
	if len(s) <= limit && printable(s) {
		return strings.TrimSpace(s) // nearly every text is
	}
	var b strings.Builder
	runes := 0
	for len(s) > 0 && runes < limit {
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			r = ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs):
			continue
		}
		b.WriteRune(r)
		runes++
	}
	out := strings.TrimSpace(b.String())
	if len(s) > 0 {
		out += "…"
	}
	return out
}

// printable: nothing but printable ASCII.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
