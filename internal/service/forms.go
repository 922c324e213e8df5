package service

import (
	"embed"
	"encoding/xml"
	"strings"
)

// forms are the texts of systems, with words in braces where something is to stand.
//
//go:embed forms
var forms embed.FS

// fill puts values, each after the word that it stands for, into a form, all at once: none
// is looked at for further words.
func fill(form string, values ...string) []byte {
	text, err := forms.ReadFile("forms/" + form)
	if err != nil {
		panic(err) // it is part of the program
	}
	return []byte(strings.NewReplacer(values...).Replace(string(text)))
}

// escaped is a text as XML has it.
func escaped(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}
