package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// usageError is something the user typed or named that cannot be used. It ends
// the program with exit code 2, before anything was sent.
type usageError struct {
	problem words.Text // what was wrong, in English with a small letter, no full stop
	hint    words.Text // the corrected command or the way on
}

// Told is what was wrong.
func (e *usageError) Told() words.Text { return e.problem }

func (e *usageError) Error() string { return words.English().Tell(e.problem) }

// badInput makes a usageError. The problem may hold what the user typed; it is
// cleaned before it is shown.
func badInput(hint, problem words.Text) error {
	return &usageError{problem: problem, hint: hint}
}

// told says what an error says in a language, if it is ours.
func told(c *words.Catalogue, err error) string {
	switch err := err.(type) {
	case interface{ Told() words.Text }:
		return c.Tell(err.Told())
	case interface{ Unwrap() []error }:
		var all []string
		for _, one := range err.Unwrap() {
			all = append(all, told(c, one))
		}
		return strings.Join(all, "\n")
	}
	return c.Tell(reason(err))
}

// reason is why a file cannot be used, with its name.
func reason(err error) words.Text {
	var at *fs.PathError
	if !errors.As(err, &at) {
		return words.Reason(err)
	}
	return words.Say("cli.file-failed", words.Args{"does": at.Op, "file": at.Path, "why": bySystem(at.Err)})
}

// bySystem is what this system says in its own words; its commonest reasons are
// told in every language.
func bySystem(err error) words.Text {
	for _, known := range []struct {
		is error
		id string
	}{{fs.ErrNotExist, "not-exist"}, {fs.ErrPermission, "permission"}, {fs.ErrExist, "exist"}} {
		if errors.Is(err, known.is) {
			return words.Say("cli.system."+known.id, words.Args{"said": err.Error()})
		}
	}
	return words.Reason(err)
}

// flagged are the same flag with each of several values, one of which was meant.
func flagged(flag string, values []string) (all words.Text) {
	for i, v := range values {
		next := words.Raw(flag + v)
		if i > 0 {
			next = words.Say("cli.hint.or", words.Args{"one": all, "other": next})
		}
		all = next
	}
	return all
}

// errorLimit is the longest error text shown, in runes: enough for a sentence
// that quotes what was typed, too little for a pasted file.
const errorLimit = 400

// complain prints an error and its hint.
func complain(c *words.Catalogue, w io.Writer, err error) {
	fmt.Fprintf(w, "wsdoctor: %s\n", probe.Clean(told(c, err), errorLimit))
	var usage *usageError
	if errors.As(err, &usage) {
		for _, line := range strings.Split(c.Tell(usage.hint), "\n") {
			if line != "" {
				fmt.Fprintf(
					w,
					"  %s\n",
					c.Tell(words.Say("cli.hint-line", words.Args{"hint": probe.Clean(line, errorLimit)})),
				)
			}
		}
	}
}

// flagProblem says what is wrong with a flag, as the library of flags says it.
func flagProblem(err error) words.Text {
	var unknown *pflag.NotExistError
	var lacking *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		if flag, long := strings.CutPrefix(err.Error(), "unknown flag: "); long {
			return words.Say("cli.flag-problem.unknown", words.Args{"flag": flag})
		}
		return words.Say(
			"cli.flag-problem.shorthand",
			words.Args{"flag": strings.TrimPrefix(err.Error(), "unknown shorthand flag: ")},
		)
	case errors.As(err, &lacking):
		return words.Say(
			"cli.flag-problem.argument",
			words.Args{"flag": strings.TrimPrefix(err.Error(), "flag needs an argument: ")},
		)
	case errors.As(err, &invalid):
		return words.Say(
			"cli.flag-problem.value",
			words.Args{
				"value": strconv.Quote(invalid.GetValue()),
				"flag":  strconv.Quote(flagOf(invalid.GetFlag())),
				"why":   invalid.Unwrap().Error(),
			},
		)
	}
	return words.Raw(err.Error())
}

// flagOf is a flag as the library names it in an error.
func flagOf(f *pflag.Flag) string {
	if f.Shorthand != "" && f.ShorthandDeprecated == "" {
		return "-" + f.Shorthand + ", --" + f.Name
	}
	return "--" + f.Name
}
