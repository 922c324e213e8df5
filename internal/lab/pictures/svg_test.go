package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseReadsLooks(t *testing.T) {
	got := parse("\x1b[1m\x1b[38;2;255;0;16m✗\x1b[0ma\x1b[7mb\n\nc\n")
	want := [][]cell{
		{{char: '✗', color: "#ff0010", bold: true}, {char: 'a'}, {char: 'b', reverse: true}},
		nil,
		{{char: 'c', reverse: true}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(cell{})); diff != "" {
		t.Error(diff)
	}
}

func TestPictureIsWellFormedAndHoldsTheText(t *testing.T) {
	out := svg(parse("╭─┆┏━ <a & b>\x1b[7m x \x1b[0m\n"), 20, 2)
	d := xml.NewDecoder(strings.NewReader(out))
	text, paths := "", 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		switch token := token.(type) {
		case xml.CharData:
			text += string(token)
		case xml.StartElement:
			if token.Name.Local == "path" {
				paths++
			}
		}
	}
	if !strings.Contains(text, "<a & b>") || paths != 5 {
		t.Errorf("%d paths, text %q", paths, text)
	}
}

func TestColoursAreOfOneLength(t *testing.T) {
	for in, want := range map[string]string{"0": "00", "7": "07", "255": "ff", "256": "00", "x": "00"} {
		if got := hex(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
