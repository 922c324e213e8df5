// Package markup writes texts that mean nothing to a browser, for the renderers whose
// output one shows. It knows no elements: all markup is made of constants of theirs.
package markup

import (
	"strconv"
	"strings"
	"unicode"

	"wsdoctor/probe"
)

// escaped writes text that means nothing to a browser. Nor does it to the reader of
// packed reports, which looks for a block's first line all through a file: a text that
// speaks of one must not be taken for one.
var escaped = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;", "WSDOCTOR", "WSDOCTO&#82;",
)

// Text writes a text of so many runes at most, in ASCII: a console's code page, through
// which a redirected output goes on Windows, then has nothing to spoil.
func Text(s string, most int) string {
	s = escaped.Replace(probe.Clean(s, most))
	var b strings.Builder
	for _, r := range s {
		switch {
		case r <= unicode.MaxASCII:
			b.WriteRune(r)
		case r&0xfffe == 0xfffe: // no character of XML, nor of any script
			b.WriteString("&#65533;")
		default:
			b.WriteString("&#" + strconv.Itoa(int(r)) + ";")
		}
	}
	return b.String()
}
