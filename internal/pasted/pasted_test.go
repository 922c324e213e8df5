package pasted

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every file of the folder holds the same two rules, in one of the ways in which
// people keep them.
func TestRulesAreReadHoweverTheyAreKept(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.*"))
	if err != nil || len(files) < 12 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rules, err := Rules(b)
		var got []string
		for _, r := range rules {
			got = append(got, r.Prefix.String())
		}
		if s := strings.Join(got, " "); s != "192.0.2.0/25 198.51.100.9/32" || err != nil {
			t.Errorf("%s: %q, %v", name, s, err)
		}
	}
}

// A rule that is passed over would make an allowed address a refused one, and one
// too many the other way round.
func TestWhatIsNoRuleIsNeverPassedOver(t *testing.T) {
	for in, line := range map[string]int{
		"192.0.2.0/33":                     1,
		"192.0.2.0/24\noffice":             2,
		"office ip 192.0.2.300":            1,
		"192.0.2.0/24 and more":            1,
		"192.0.2.0/24,198.51.100.0/33":     1, // a slip, and no description
		"192.0.2.0/24,198.51.100.1,HQ":     1, // which of them?
		"CIDR,Note\n,192.0.2.0/24":         2,
		"CIDR,Note\nOsaka\n":               2,
		"192.0.2.9-192.0.2.5":              1,
		"192.0.2.9-2001:db8::1":            1,
		"fe80::1%eth0":                     1,
		"\n\r\r192.0.2.0/24\rx":            5,
		`{"userRules":[{"ipRule":"all"}]}`: 0,
		`["192.0.2.0/24", 5, "HQ"]`:        0,
		"[office]":                         1,
	} {
		rules, err := Rules([]byte(in))
		var bad *BadRule
		if !errors.As(err, &bad) || bad.Line != line || rules != nil {
			t.Errorf("%q: %v, %v (%+v), want a bad line %d", in, rules, err, bad, line)
		}
	}
	if _, err := Rules([]byte(`{"userRules":[{"ipRule":"192.0.2.0/24"},`)); !errors.Is(err, ErrCut) {
		t.Errorf("JSON that is cut: %v", err)
	}
	for _, nothing := range []string{"", "\n\n", "# none", "CIDR,Description\n", "{}", "\xef\xbb\xbf", "\x00\x00"} {
		if rules, err := Rules([]byte(nothing)); rules != nil || err != nil {
			t.Errorf("%q: %v, %v", nothing, rules, err)
		}
	}
}

func TestARangeIsThePrefixesItIs(t *testing.T) {
	for in, want := range map[string]string{
		"203.0.113.5-203.0.113.9":           "203.0.113.5/32 203.0.113.6/31 203.0.113.8/31",
		"10.0.0.0-10.255.255.255":           "10.0.0.0/8",
		"0.0.0.0-255.255.255.255":           "0.0.0.0/0",
		"255.255.255.255 - 255.255.255.255": "255.255.255.255/32",
		"2001:db8::-2001:db8::2":            "2001:db8::/127 2001:db8::2/128",
	} {
		list, ok := Prefixes(in)
		var got []string
		for _, p := range list {
			got = append(got, p.String())
		}
		if s := strings.Join(got, " "); s != want || !ok {
			t.Errorf("%s: %q, want %q", in, s, want)
		}
	}
	if list, ok := Prefixes("0.0.0.1-255.255.255.254"); !ok || len(list) != 62 {
		t.Errorf("the longest range takes %d prefixes", len(list))
	}
}

func TestInvisibleCharactersAreShown(t *testing.T) {
	for in, want := range map[string]string{
		"10.0.0.0/8\u200b x":        "10.0.0.0/8<U+200B> x",
		"a\u00a0b\tc\u202e\x1b[31m": "a<U+00A0>b<U+0009>c<U+202E><U+001B>[31m",
		"\xff\u3042":                "<byte FF>あ",
		"abcdefghijk":               "abcdefghij…",
	} {
		if got := Visible(in, max(10, len(want)-2)); !strings.HasPrefix(got, strings.TrimSuffix(want, "…")) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := Visible("abcdefghijk", 10); got != "abcdefghij…" {
		t.Error(got)
	}
}

func TestAnObjectIsFoundInWhatStandsAroundIt(t *testing.T) {
	const want = `{ "schema": "x", "deep": [{"schema": 1}], "text": "}{" }`
	inText, _ := json.Marshal(want + "\n")
	twice, _ := json.Marshal(`{"Output": ` + string(inText) + `}`)
	for name, in := range map[string]string{
		"alone":            want,
		"a prompt after":   want + "\nPS C:\\Users\\x> ",
		"a prompt before":  "PS C:\\Users\\x> & { .\\wsdoctor.exe check -o json }\r\n" + want,
		"progress before":  "checking 5 of 60 {\n{\n" + want + "\n",
		"a fence":          "```json\n" + want + "\n```\n",
		"NULs":             want + strings.Repeat("\x00", 500),
		"an envelope":      `{"CommandId": "1", "StandardOutputContent": ` + string(inText) + `, "StandardErrorContent": ""}`,
		"a list of them":   `{"CommandInvocations": [{"CommandPlugins": [{"Output": ` + string(inText) + `}]}]}`,
		"envelope in text": "$ aws ssm ...\n" + `{"Standard": ` + string(twice) + `}` + "\n$ ",
		"the key later":    `{ "a": 1, "schema": "x" }`,
	} {
		got, err := Object(Text([]byte(in)), "schema")
		if name == "the key later" {
			if string(got) != in || err != nil {
				t.Errorf("%s: %q, %v", name, got, err)
			}
			continue
		}
		if string(got) != want || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, in := range map[string]string{
		"cut":             want[:30],
		"cut in a fence":  "```json\n" + want[:40],
		"cut in envelope": `{"StandardOutputContent": "{\n \"schema\": \"x\", \"a\": [1, "}`,
		"one brace":       "{",
	} {
		if got, err := Object([]byte(in), "schema"); !errors.Is(err, ErrCut) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, in := range map[string]string{
		"nothing": "", "text": "no { such } thing", "another": `{"name": 1}`, "a list": `[1]`, "only named": `"schema"`,
		"too many envelopes": envelope(envelope(envelope(envelope(want)))),
	} {
		if got, err := Object([]byte(in), "schema"); !errors.Is(err, ErrNoObject) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func envelope(text string) string {
	b, _ := json.Marshal(map[string]string{"Output": text})
	return string(b)
}

func FuzzObject(f *testing.F) {
	for _, seed := range []string{`{"schema":1}`, "x\n{\"schema\":", `{"O":"{\"schema\":1}"}`, "```\n{}\n```", "{\n{\n{", "\xff\xfe{\x00}\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := Object(Text(b), "schema")
		if err != nil {
			return
		}
		var v map[string]json.RawMessage
		if json.Unmarshal(got, &v) != nil || v["schema"] == nil {
			t.Errorf("%q is no object with the key", got)
		}
	})
}

// Whatever is read holds an address of every rule's, and a rule written as text is
// read as itself.
func FuzzRules(f *testing.F) {
	for _, seed := range []string{"10.0.0.0/8\n", "CIDR,x\r\n10.0.0.1,\"a,b\"", "10.0.0.1-10.0.0.9", `{"ipRule":"::1"}`, "[\"::/0\"]", "\"'\t;、"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		rules, err := Rules(b)
		if err != nil && rules != nil {
			t.Error("rules and an error")
		}
		for _, r := range rules {
			if !r.Prefix.IsValid() || r.Prefix != r.Prefix.Masked() {
				t.Errorf("rule %v", r.Prefix)
			}
			if again, ok := Prefixes(r.Prefix.String()); !ok || len(again) != 1 || again[0] != r.Prefix {
				t.Errorf("%v is read as %v", r.Prefix, again)
			}
		}
		for _, c := range Visible(string(b), 100) {
			if c < ' ' || c == 0x7f || c == '\u200b' {
				t.Errorf("%U is shown as it is", c)
			}
		}
	})
}

func TestAGlimpseShowsNoMoreThanAnAddressCouldBe(t *testing.T) {
	for in, want := range map[string]string{
		"203.0.113.0/33":          "203.0.113.0/33",
		"203.0.113.0/24 and more": "203.0.113.0/24 …",
		"198.51.100.7\u200bx":     "198.51.100.7<U+200B>…",
		"password=hunter2!":       "…",
		"2001:db8::/129":          "2001:db8::/129",
		"deadbeef cafe 7":         "… 7",
		"10.0.0.1-x\x1b[31m":      "10.0.0.1-…",
		"\x1b10.0.0.300":          "<U+001B>10.0.0.300",
	} {
		if got := Glimpse(in, 60); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
