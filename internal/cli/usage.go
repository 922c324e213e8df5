package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// usageError is something the user typed or named that cannot be used. It ends
// the program with exit code 2, before anything was sent.
type usageError struct {
	problem words.Text // what was wrong, in English with a small letter, no full stop
	hint    words.Text // the corrected command or the way on
}

func (e *usageError) Error() string { return words.English().Tell(e.problem) }

// badInput makes a usageError. The problem may hold what the user typed; it is
// cleaned before it is shown.
func badInput(hint, problem words.Text) error {
	return &usageError{problem: problem, hint: hint}
}

// told says what an error says in a language, if it is ours.
func told(c *words.Catalogue, err error) string {
	switch err := err.(type) {
	case *usageError:
		return c.Tell(err.problem)
	case interface{ Unwrap() []error }:
		var all []string
		for _, one := range err.Unwrap() {
			all = append(all, told(c, one))
		}
		return strings.Join(all, "\n")
	}
	return err.Error()
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
				fmt.Fprintf(w, "  %s\n", c.Tell(words.Say("cli.hint-line", words.Args{"hint": probe.Clean(line, errorLimit)})))
			}
		}
	}
}
