package cli

import (
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// gutter is what stands between two columns.
const gutter = 2

// columns writes lines of cells below each other, as wide as a terminal shows them: a
// Japanese letter takes two places.
func columns(w io.Writer, lines [][]string) error {
	var widths []int
	for _, cells := range lines {
		for i, c := range cells {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], ansi.StringWidth(c))
		}
	}
	var b strings.Builder
	for _, cells := range lines {
		for i, c := range cells {
			b.WriteString(c)
			if i < len(cells)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]+gutter-ansi.StringWidth(c)))
			}
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}
