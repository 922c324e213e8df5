package cli

import (
	"strings"
	"testing"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
)

// printers are the commands that print in formats, with what each prints.
var printers = map[string]printed{
	"check": aReport, "inside": aReport, "demo": aReport, "rejudge": aReport,
	"fleet": aFleet, "merge": aJoined, "path": aValue, "regions": aValue, "symptoms": aValue, "version": aValue,
}

// Whoever asks a shell, the help or the program itself hears of the same formats.
func TestEveryWayToAskForFormatsTellsOfTheSame(t *testing.T) {
	for command, of := range printers {
		completed := execute(t.Context(), "__complete", command, "-o", "").out
		var offered []string
		for line := range strings.Lines(completed) {
			if name, _, described := strings.Cut(line, "\t"); described {
				offered = append(offered, name)
			}
		}
		if got, want := strings.Join(offered, " "), strings.Join(of.names(), " "); got != want {
			t.Errorf("%s: a shell is told %q, want %q", command, got, want)
		}
		formats := words.English().Tell(listed(of.names()))
		if help := execute(t.Context(), command, "--help").out; !strings.Contains(strings.ToLower(help), formats) {
			t.Errorf("%s: the help does not say %q:\n%s", command, formats, help)
		}
	}
}

func TestAFormatOfAnotherThingIsRefusedWithTheOnesThereAre(t *testing.T) {
	for _, c := range []struct {
		args []string
		hint string
	}{
		{[]string{"check", "--region", "us-east-1", "-o", "yaml"}, listedFormats(aReport)},
		{[]string{"check", "--region", "us-east-1", "--plan", "-o", "packed"}, "-o text, -o json or -o ndjson"},
		{[]string{"demo", "--list", "-o", "packed"}, "-o text, -o json or -o ndjson"},
		{[]string{"merge", "a", "b", "-o", "ndjson"}, listedFormats(aJoined)},
		{[]string{"version", "-o", "packed"}, "-o text or -o json"},
		{[]string{"symptoms", "-o", "ndjson"}, "-o text or -o json"},
	} {
		r := execute(t.Context(), c.args...)
		if r.code != layer.ExitUsage || r.out != "" || !strings.Contains(r.stderr, "hint: "+c.hint+"\n") {
			t.Errorf("%v: %+v", c.args, r)
		}
	}
}

// listedFormats is the hint that names them all.
func listedFormats(of printed) string {
	var options []string
	for _, name := range of.names() {
		options = append(options, "-o "+name)
	}
	return words.English().Tell(listed(options))
}

func TestEveryFormatSaysWhatItIsFor(t *testing.T) {
	for _, f := range formats {
		if !words.English().Has("cli.format." + f.name) {
			t.Errorf("the catalogue does not say what %s is for", f.name)
		}
		if f.forms == 0 {
			t.Errorf("nothing is printed in %s", f.name)
		}
	}
}
