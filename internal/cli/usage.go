package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"wsdoctor/probe"
)

// usageError is something the user typed or named that cannot be used. It ends
// the program with exit code 2, before anything was sent.
type usageError struct {
	problem string // what was wrong, lower case, no full stop
	hint    string // the corrected command or the way on
}

func (e *usageError) Error() string { return e.problem }

// badInput makes a usageError. The problem may hold what the user typed; it is
// cleaned before it is shown.
func badInput(hint, format string, args ...any) error {
	return &usageError{problem: fmt.Sprintf(format, args...), hint: hint}
}

// errorLimit is the longest error text shown, in runes: enough for a sentence
// that quotes what was typed, too little for a pasted file.
const errorLimit = 400

// complain prints an error and its hint.
func complain(w io.Writer, err error) {
	fmt.Fprintf(w, "wsdoctor: %s\n", probe.Clean(err.Error(), errorLimit))
	var usage *usageError
	if errors.As(err, &usage) && usage.hint != "" {
		for _, line := range strings.Split(usage.hint, "\n") {
			fmt.Fprintf(w, "  hint: %s\n", probe.Clean(line, errorLimit))
		}
	}
}
