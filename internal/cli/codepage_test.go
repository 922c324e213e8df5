package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"wsdoctor/internal/userfile"
)

// page932 stands for Windows' conversion: it marks what went through it.
var page932 = &codePage{Number: 932, Encode: func(s string) []byte {
	return []byte(strings.NewReplacer("…", "<932>", "日", "<932>").Replace(s))
}}

func TestOtherProgramsGetWhatTheirCodePageHas(t *testing.T) {
	for name, c := range map[string]struct {
		page *codePage
		args string
		want string
	}{
		"text":              {page932, "symptoms", "Loading<932>"},
		"JSON":              {page932, "symptoms --json", `Loading\u2026`},
		"UTF-8":             {&codePage{Number: codePageUTF8}, "symptoms", "Loading…"},
		"UTF-8, JSON":       {&codePage{Number: codePageUTF8}, "symptoms --json", "Loading…"},
		"another system":    {nil, "symptoms", "Loading…"},
		"standard error":    {page932, "check --region 日", "<932>"},
		"and there as well": {nil, "check --region 日", "日"},
	} {
		var out, errs bytes.Buffer
		Execute(t.Context(), Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Getenv: getenv(), CodePage: c.page}, strings.Fields(c.args))
		if all := out.String() + errs.String(); !strings.Contains(all, c.want) {
			t.Errorf("%s: no %q in\n%s", name, c.want, all)
		}
	}
}

func TestACharacterInTwoWritesIsOne(t *testing.T) {
	for _, text := range []string{"Loading… 日本 \U0001f600!", `{"a": "Loading… 日本 😀"}`} {
		var whole, parts bytes.Buffer
		a, b := &translator{out: &whole, encode: page932.Encode}, &translator{out: &parts, encode: page932.Encode}
		if _, err := io.WriteString(a, text); err != nil {
			t.Fatal(err)
		}
		for i := range len(text) {
			if n, err := b.Write([]byte{text[i]}); n != 1 || err != nil {
				t.Fatal(n, err)
			}
		}
		if whole.String() != parts.String() || strings.Contains(whole.String(), "…") {
			t.Errorf("%q and %q", whole.String(), parts.String())
		}
	}
}

func FuzzJSONInASCIIIsTheSameJSON(f *testing.F) {
	for _, s := range []string{"", "Loading…", "日本\n", "\U0001f600\u2028", "half \xe2\x80", `\u2026 "`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text, err := json.Marshal([]string{s})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		w := &translator{out: &out, encode: page932.Encode}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
		var back []string
		if err := json.Unmarshal(out.Bytes(), &back); err != nil || back[0] != strings.ToValidUTF8(s, "\ufffd") && utf8.ValidString(s) {
			t.Fatalf("%q became %q: %v", text, out.Bytes(), err)
		}
		for _, b := range out.Bytes() {
			if b >= utf8.RuneSelf {
				t.Fatalf("%q is not ASCII", out.Bytes())
			}
		}
	})
}

// What another program reads is drawn in ASCII, and what the user named is a file
// like everywhere.
func TestPicturesAreDrawnWhereTheirReaderHasThem(t *testing.T) {
	file, err := userfile.Create(t.Context(), t.TempDir()+"/report.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Discard()
	pipe, other, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	defer other.Close()
	for name, c := range map[string]struct {
		page *codePage
		out  io.Writer
		env  string
		want bool
	}{
		"code page 437, a pipe":           {&codePage{Number: 437}, other, "", false},
		"code page 932, translated":       {page932, &translator{}, "", false},
		"code page 437, the user's file":  {&codePage{Number: 437}, file, "", true},
		"UTF-8, a pipe":                   {&codePage{Number: codePageUTF8}, other, "", true},
		"another system, a pipe":          {nil, other, "", true},
		"another system, a plain locale":  {nil, other, "LC_ALL=C", false},
		"UTF-8, a plain locale, its file": {&codePage{Number: codePageUTF8}, file, "LC_ALL=C", false},
	} {
		if got := (Env{Getenv: getenv(c.env), CodePage: c.page}).drawn(c.out); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
