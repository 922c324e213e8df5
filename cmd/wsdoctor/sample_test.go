package main

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/rogpeppe/go-internal/testscript"

	"wsdoctor/internal/report/reporttest"
)

// sample NAME FILE [PATH=VALUE]... stores a sample report, changed at those
// places: a path is the JSON's keys joined by dots, a value is JSON or else text.
func sample(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || neg {
		ts.Fatalf("usage: sample NAME FILE [PATH=VALUE]...")
	}
	r, known := reporttest.Samples()[args[0]]
	if !known {
		ts.Fatalf("there is no sample %q", args[0])
	}
	b, err := r.JSON()
	ts.Check(err)
	var v map[string]any
	ts.Check(json.Unmarshal(b, &v))
	for _, change := range args[2:] {
		path, text, found := strings.Cut(change, "=")
		if !found {
			ts.Fatalf("%q is no PATH=VALUE", change)
		}
		at, keys := v, strings.Split(path, ".")
		for _, key := range keys[:len(keys)-1] {
			at = at[key].(map[string]any)
		}
		var value any
		if json.Unmarshal([]byte(text), &value) != nil {
			value = text
		}
		at[keys[len(keys)-1]] = value
	}
	b, err = json.Marshal(v)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b, 0o644))
}

// pastes are what happens to a text on its way from one person to another.
var pastes = map[string]func(string) string{
	"quoted": func(s string) string { return "Hello,\n> " + strings.ReplaceAll(s, "\n", "\n> ") + "\nThanks" },
	"cut":    func(s string) string { return s[:len(s)/2] + "\n--output truncated--" },
	"damaged": func(s string) string {
		lines := strings.SplitAfter(s, "\n")
		return strings.Join(slices.Delete(lines, len(lines)/2, len(lines)/2+1), "")
	},
	// What "aws ssm get-command-invocation" prints.
	"envelope": func(s string) string {
		b, _ := json.MarshalIndent(map[string]any{"CommandId": "0a1b", "Status": "Failed", "ResponseCode": 30, "StandardOutputContent": s, "StandardErrorContent": ""}, "", "    ")
		return string(b) + "\n"
	},
	// What Windows PowerShell 5.1 writes for ">".
	"powershell": func(s string) string {
		b := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(strings.ReplaceAll(s, "\n", "\r\n"))) {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
		return string(b)
	},
}

// paste KIND FROM TO writes a file as it comes out of a paste.
func paste(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 || neg || pastes[args[0]] == nil {
		ts.Fatalf("usage: paste KIND FROM TO")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(pastes[args[0]](ts.ReadFile(args[1]))), 0o644))
}
