package packed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// report is long enough for many lines.
func report() []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	for range 2000 {
		fmt.Fprintf(&b, `{"id":"o%d","rtt_ms":%.3f},`, r.IntN(1000), r.Float64())
	}
	return b.Bytes()
}

const limit = 1 << 20

func TestWhatIsPackedIsReadHoweverItWasPasted(t *testing.T) {
	want := report()
	block := string(Write(want))
	inJSON, _ := json.Marshal("verdict: fault\n" + block)
	quoted := strings.ReplaceAll("\n"+block, "\n", "\n> ")
	quotedInJSON, _ := json.Marshal(quoted)
	for name, text := range map[string]string{
		"alone":                block,
		"Windows lines":        strings.ReplaceAll(block, "\n", "\r\n"),
		"one line":             strings.ReplaceAll(block, "\n", " "),
		"no lines at all":      strings.ReplaceAll(block, "\n", ""),
		"wrapped again":        wrap(block, 60),
		"quoted":               quoted,
		"quoted twice":         strings.ReplaceAll(quoted, "\n", "\n| "),
		"a fence":              "```\n" + block + "```\n",
		"text around it":       "Hello,\nhere is the report - thanks!\n\n" + block + "\nPS C:\\> ",
		"in a JSON string":     `{"StandardOutputContent": ` + string(inJSON) + `, "Status": "Success"}`,
		"quoted in JSON":       string(quotedInJSON),
		"typographic":          strings.ReplaceAll(block, "-----", "—–-"),
		"no-break spaces":      strings.ReplaceAll(block, " ", "\u00a0"),
		"without an end":       block[:strings.Index(block, "\n-----END")],
		"twice":                block + quoted,
		"once cut, then whole": block[:2000] + "\n" + block,
		"soft line breaks":     strings.ReplaceAll(block, "\n", "=\n"),
	} {
		got, err := Read([]byte(text), limit)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

func wrap(text string, width int) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		for !strings.HasPrefix(line, "-----BEGIN") && len(line) > width {
			out.WriteString(line[:width] + "\n")
			line = line[width:]
		}
		out.WriteString(line)
	}
	return out.String()
}

func TestWhatIsCutIsToldFromWhatIsDamaged(t *testing.T) {
	block := string(Write(report()))
	lines := strings.SplitAfter(block, "\n")
	other := string(Write([]byte("another")))
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"nothing":                    {"", ErrNone},
		"a report as JSON":           {`{"schema": "wsdoctor.report/v1"}`, ErrNone},
		"its name only":              {"-----BEGIN WSDOCTOR REPORT-----\n", ErrNone},
		"cut":                        {block[:len(block)/2], ErrCut},
		"cut by Systems Manager":     {block[:len(block)/2] + "\n--output truncated--", ErrCut},
		"the first line only":        {lines[0], ErrCut},
		"a line is missing":          {strings.Replace(block, lines[5], "", 1), ErrDamaged},
		"two lines are swapped":      {strings.Replace(block, lines[5]+lines[6], lines[6]+lines[5], 1), ErrDamaged},
		"plus signs were markup":     {strings.Replace(block, "+", "", 3), ErrDamaged},
		"another case":               {lines[0] + strings.ToLower(strings.Join(lines[1:len(lines)-2], "")) + lines[len(lines)-2], ErrDamaged},
		"two reports":                {block + other, ErrTwo},
		"a newer form":               {strings.Replace(block, "REPORT 1", "REPORT 2", 1), ErrNewer},
		"it says too much of itself": {regexp.MustCompile(`REPORT 1 [0-9]+`).ReplaceAllString(other, "REPORT 1 999999999"), ErrDamaged},
		"it says too little":         {regexp.MustCompile(`REPORT 1 [0-9]+`).ReplaceAllString(other, "REPORT 1 5"), ErrDamaged},
	} {
		if b, err := Read([]byte(c.text), limit); !errors.Is(err, c.want) || b != nil {
			t.Errorf("%s: %d bytes, %v, want %v", name, len(b), err, c.want)
		}
	}
	if _, err := Read(Write(make([]byte, 10000)), 9999); !errors.Is(err, ErrLarge) {
		t.Errorf("what unpacks to more than the limit: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{string(Write(nil)), string(Write([]byte("{}"))), "-----BEGIN WSDOCTOR REPORT 1 3 00000000-----\\u", "BEGIN WSDOCTOR REPORT 1 0 00000000-"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := Read(b, 1000); err == nil && len(got) > 1000 {
			t.Error("more than the limit")
		}
		if got, err := Read(Write(b), int64(len(b))); err != nil || !bytes.Equal(got, b) {
			t.Errorf("%q is read as %q, %v", b, got, err)
		}
	})
}
