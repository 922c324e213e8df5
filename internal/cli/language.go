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
// POSIX orders it, or else the user's by this system. A language that the program does
// not speak is an error where the flag names it; otherwise it is English. So it is
// where the environment or the console cannot show another one's letters.
func spoken(args []string, env Env) (*words.Catalogue, error) {
	if name, given := langOf(args); given {
		c, known := words.In(strings.ToLower(name))
		if !known {
			return c, badInput(
				flagged(langFlag+" ", words.Languages()),
				words.Say("cli.bad.language", words.Args{"language": strconv.Quote(name)}),
			)
		}
		return c, nil
	}
	for _, variable := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := env.Getenv(variable); value != "" {
			if !unicodeLocale(env.Getenv) {
				return words.English(), nil
			}
			c, _ := words.In(languageOf(value))
			return c, nil
		}
	}
	if env.UserLanguages == nil ||
		env.CodePage != nil && env.CodePage.Number != codePageUTF8 && env.CodePage.Number != codePageJapanese {
		return words.English(), nil
	}
	for _, name := range env.UserLanguages() {
		if c, known := words.In(languageOf(name)); known {
			return c, nil
		}
	}
	return words.English(), nil
}

// codePageJapanese is the code page of consoles in Japanese (Shift JIS).
const codePageJapanese = 932

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
