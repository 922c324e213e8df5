package cli

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// The formats that commands print in, the default first.
var (
	reportFormats = []string{"text", "json", "ndjson", "packed"}
	planFormats   = []string{"text", "json", "ndjson"}
	valueFormats  = []string{"text", "json"} // of what is neither a run nor a list
)

// encoders write a whole report at once. Text is not among them, because it has a
// style, nor ndjson, which is written while the run goes on.
var encoders = map[string]func(report.Report) ([]byte, error){
	"json":   report.Report.JSON,
	"packed": packedReport,
}

// packedReport writes one line for people before the block: what stands in a ticket
// or a remote shell's answer should say by itself what was found.
func packedReport(r report.Report) ([]byte, error) {
	block, err := r.Packed()
	if err != nil {
		return nil, err
	}
	const longest = 400 // runes: the room is short
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: %s\n", r.Verdict.Status, probe.Clean(r.Verdict.Summary, longest))
	b.Write(block)
	return b.Bytes(), nil
}

// oneOf refuses a format that a command does not print in.
func oneOf(format string, list []string) error {
	if slices.Contains(list, format) {
		return nil
	}
	var options []string
	for _, f := range list {
		options = append(options, "-o "+f)
	}
	return badInput(listed(options), words.Say("cli.bad.format", words.Args{"format": strconv.Quote(format)}))
}

// listed writes alternatives for people.
func listed(list []string) words.Text {
	last := len(list) - 1
	return words.Say("cli.or", words.Args{"some": strings.Join(list[:last], ", "), "last": list[last]})
}
