package report

import (
	"regexp"
	"strings"

	"wsdoctor/probe"
)

// maxText is the longest string of a report, in runes. Nothing that is of use
// to a reader is longer; probes cut what they read much earlier.
const maxText = 4096

// secret is one kind of text that no report may hold, redacted or not.
type secret struct {
	name    string // for readers
	needs   string // one of these characters must be there, which spares most strings the pattern; empty: always looked for
	pattern *regexp.Regexp
	with    string
}

// secrets are looked for in every string of a report. Probes do not write such
// texts down in the first place; this is the second lock. Every replacement is
// itself left alone, so that scrubbing twice changes nothing.
var secrets = []secret{
	{"registration code", "+%", regexp.MustCompile(`(?i)\b((?:SL|WS)[a-z]{3})(?:\+|%2B)[A-Z0-9]{4,}`), "${1}+******"},
	{"user and password of a URL", "@", regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*://)[^/\s?#]*@`), "${1}"},
	{
		"query or fragment of a URL",
		"?#",
		regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*://[^\s?#"'<>]*)[?#][^\s"'<>]*`),
		"${1}",
	},
	{
		"header that carries credentials",
		":=",
		regexp.MustCompile(`(?i)\b((?:proxy-)?authorization|(?:set-)?cookie)("?\s*[:=]).*`),
		"${1}${2} ******",
	},
	{
		"credentials by scheme",
		" ",
		regexp.MustCompile(`(?i)\b(bearer|basic|negotiate|ntlm)\s+[a-z0-9+/=_.~-]{20,}`),
		"${1} ******",
	},
	{
		"named token",
		"=:%",
		regexp.MustCompile(
			`(?i)([a-z_-]*token|session_?id|passw(?:or)?d|pwd|secret|mfa_?code|api_?key|x-amz-signature|x-amz-credential)(["']?\s*(?:[=:]|%3D)\s*["']?)[^\s&"',;]+`,
		),
		"${1}${2}******",
	},
	{
		"JSON web token",
		".",
		regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?`),
		"******",
	},
	{"AWS access key", "I", regexp.MustCompile(`\b(AKIA|ASIA)[0-9A-Z]{16}\b`), "${1}******"},
}

// Scrubbed gives a copy without secrets: registration codes keep their prefix
// only, URLs lose user, password and query, tokens are starred out. Every
// string is also fit to be shown (probe.Clean) and every list is present.
// Builder, Parse and the encoders call it; calling it again changes nothing.
func (r Report) Scrubbed() Report { return scrubbed(r) }

func scrubbed[T any](in T) T {
	return rewrite(visitor{text: func(_, s string) string { return scrub(s) }, enum: cleanWord, addr: cleanZone}, in)
}

// cleanWord cleans a member of a closed list: a file may hold anything there.
func cleanWord(s string) string { return probe.Clean(s, maxText) }

func scrub(s string) string {
	s = probe.Clean(s, maxText)
	return replaceAll(secrets, s)
}

func replaceAll(list []secret, s string) string {
	for _, x := range list {
		if x.needs == "" || strings.ContainsAny(s, x.needs) {
			s = x.pattern.ReplaceAllString(s, x.with)
		}
	}
	return s
}
