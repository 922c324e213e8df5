package lab

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"wsdoctor/internal/lab/right"
	"wsdoctor/internal/words"
)

var update = flag.Bool("update", false, "write scenarios.json, and testdata/answers.json, anew")

// answersFile is what is right in each scenario, for tests of other packages.
const answersFile = "testdata/answers.json"

// What ships are the scenarios that these tests hold the program to, without their
// answers; and what other tests read are those answers.
func TestWhatShipsIsWhatIsTested(t *testing.T) {
	var shipped []Scenario
	answers := map[string]right.Expect{}
	for _, s := range trials() {
		if got := words.English().Tell(words.Say("scenario." + s.Name)); got != s.Title {
			t.Errorf("%s: the catalogue says %q, its title is %q", s.Name, got, s.Title)
		}
		s.Title = ""
		shipped = append(shipped, s.Scenario)
		answers[s.Name] = s.Expect.Expect
	}
	for file, value := range map[string]any{"scenarios.json": shipped, answersFile: answers} {
		want := lines(t, value)
		if *update {
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what scenarios*_test.go say; go test ./internal/lab -run TestWhatShipsIsWhatIsTested -update", file)
		}
	}
	if got, want := lines(t, Scenarios()), lines(t, shipped); !*update && !bytes.Equal(got, want) {
		t.Error("Scenarios differs from scenarios.json")
	}
}

// lines writes a list or a map with one line for each element.
func lines(t *testing.T, value any) []byte {
	t.Helper()
	b, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	depth, quoted := 0, false
	for i, c := range b {
		if c == '"' && (i == 0 || b[i-1] != '\\') {
			quoted = !quoted
		}
		if !quoted && (c == ']' || c == '}') {
			if depth--; depth == 0 {
				out.WriteByte('\n')
			}
		}
		out.WriteByte(c)
		if quoted {
			continue
		}
		if c == '[' || c == '{' {
			if depth++; depth == 1 {
				out.WriteByte('\n')
			}
		}
		if c == ',' && depth == 1 {
			out.WriteByte('\n')
		}
	}
	return append(out.Bytes(), '\n')
}
