package main

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// cell is one character of the screen with its look.
type cell struct {
	char          rune
	color         string // "#rrggbb", empty for the terminal's own
	bold, reverse bool
}

// parse reads what tmux captured: lines of text with SGR sequences for bold,
// reverse and 24-bit colours, which is all that the interface uses.
func parse(captured string) [][]cell {
	var rows [][]cell
	var now cell
	for line := range strings.Lines(captured) {
		line = strings.TrimRight(line, "\n")
		var row []cell
		for len(line) > 0 {
			if rest, is := strings.CutPrefix(line, "\x1b["); is {
				if codes, after, found := strings.Cut(rest, "m"); found {
					now = now.with(strings.Split(codes, ";"))
					line = after
					continue
				}
			}
			r, size := utf8.DecodeRuneInString(line)
			line = line[size:]
			now.char = r
			row = append(row, now)
		}
		rows = append(rows, row)
	}
	return rows
}

// with gives the look after a sequence.
func (c cell) with(codes []string) cell {
	for i := 0; i < len(codes); i++ {
		switch codes[i] {
		case "", "0":
			c = cell{}
		case "1":
			c.bold = true
		case "7":
			c.reverse = true
		case "39":
			c.color = ""
		case "38":
			if i+4 < len(codes) && codes[i+1] == "2" {
				c.color = "#" + hex(codes[i+2]) + hex(codes[i+3]) + hex(codes[i+4])
				i += 4
			}
		}
	}
	return c
}

func hex(s string) string {
	n, err := strconv.ParseUint(s, 10, 8)
	if err != nil {
		return "00"
	}
	return strings.ToLower(strconv.FormatUint(n+0x100, 16)[1:])
}
