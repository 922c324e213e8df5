package tui

import (
	"strings"

	"wsdoctor/ui/text"
)

// asciiOf gives a text in ASCII, as wide as before: the picture's characters by
// the table, the others by what the text renderer does with them.
func asciiOf(s string) string {
	if isASCII(s) {
		return s
	}
	return text.Plain(drawing.Replace(s), false)
}

// drawing are the characters that pictures are made of, and what stands for
// them. Each is one column on both sides. A fork is no "+": that is a tick.
var drawing = strings.NewReplacer(
	"─", "-", "│", "|", "╭", ".", "╮", ".", "╰", "'", "╯", "'", "┌", "+", "┐", "+", "└", "'", "┘", "+", "├", "|", "┤", "+", "┬", ".", "┴", "+", "┼", "+",
	"━", "=", "┃", "#", "┏", "#", "┓", "#", "┗", "#", "┛", "#", "┣", "#", "┫", "#",
	"╌", ".", "┆", ":", "▸", ">", "▪", "*", "✓", "+", "✗", "x", "·", ".", "…", "~", "–", "-", "•", "*",
	"█", "#", "░", ".", "▏", "|", "↑", "^", "↓", "v", "←", "<", "→", ">", "⏎", "=",
	"⠋", "|", "⠙", "/", "⠹", "-", "⠸", "\\", "⠼", "|", "⠴", "/", "⠦", "-", "⠧", "\\", "⠇", "|", "⠏", "/",
)
