package text

import "wsdoctor/probe"

// Describe gives the detail of an observation in one line, empty where there is
// nothing to say. Its texts are as clean as the observation's.
func Describe(o probe.Observation) string { return describe(o) }

// Wrap breaks text into lines of at most width columns, at spaces where it can.
// It gives at least one line.
func Wrap(text string, width int) []string { return wrap(text, width) }

// Milliseconds writes a duration given in ms for people: 4.2 ms, 41 ms, 1.8 s.
func Milliseconds(ms float64) string { return milliseconds(ms) }

// Plain gives text as a screen may show it that has only ASCII, and unchanged
// where it has more.
func Plain(s string, unicode bool) string { return newPage(Options{Unicode: unicode}).plain(s) }
