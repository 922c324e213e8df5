package cli

import (
	"strconv"
	"strings"

	"wsdoctor/internal/words"
)

// langFlag is the flag that names a language. It is looked for before any command is
// built, because the help and the errors of all commands are told in it.
const langFlag = "--lang"

// spoken finds the language of a run: the flag's, or else that of the environment, as
// POSIX orders it. A language that the program does not speak is an error where the
// flag names it; where only the environment does, it is English.
func spoken(args []string, getenv func(string) string) (*words.Catalogue, error) {
	if name, given := langOf(args); given {
		c, known := words.In(strings.ToLower(name))
		if !known {
			return c, badInput(flagged(langFlag+" ", words.Languages()), words.Say("cli.bad.language", words.Args{"language": strconv.Quote(name)}))
		}
		return c, nil
	}
	if getenv != nil {
		for _, variable := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
			if value := getenv(variable); value != "" {
				c, _ := words.In(languageOf(value))
				return c, nil
			}
		}
	}
	return words.English(), nil
}

// langOf is the last value that the arguments give the flag.
func langOf(args []string) (name string, given bool) {
	for i, a := range args {
		switch value, joined := strings.CutPrefix(a, langFlag+"="); {
		case a == "--":
			return name, given
		case joined:
			name, given = value, true
		case a == langFlag && i+1 < len(args):
			name, given = args[i+1], true
		}
	}
	return name, given
}

// languageOf is the language of a locale: ja of ja_JP.UTF-8.
func languageOf(locale string) string {
	end := strings.IndexAny(locale, "_-.@")
	if end < 0 {
		end = len(locale)
	}
	return strings.ToLower(locale[:end])
}

// words is the catalogue of the run's language.
func (e Env) words() *words.Catalogue {
	if e.Words == nil {
		return words.English()
	}
	return e.Words
}

// languages lists those that the program speaks: "en (English)".
func languages() string {
	var list []string
	for _, name := range words.Languages() {
		c, _ := words.In(name)
		list = append(list, name+" ("+c.Called()+")")
	}
	return strings.Join(list, ", ")
}
