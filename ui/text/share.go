package text

// Wrap breaks text into lines of at most width columns, at spaces where it can.
// It gives at least one line.
func Wrap(text string, width int) []string { return wrap(text, width) }

// Plain gives text as a screen may show it that has only ASCII, and unchanged
// where it has more.
func Plain(s string, unicode bool) string { return newPage(Options{Unicode: unicode}).plain(s) }
