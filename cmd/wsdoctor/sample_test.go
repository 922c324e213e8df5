package main

import (
	"encoding/json"
	"os"
	"strings"

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
