package text

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// Japanese has no spaces: a line of it ends between characters, but begins with no full
// stop and no comma, and takes no word or address of another script apart.
func TestJapaneseIsBrokenWhereItMayBe(t *testing.T) {
	const text = "ネットワーク担当者に、ファイアウォール 10.20.0.1 が外向きの TCP と UDP のポート 4172 をブロックしていないかを確認してください。許可が必要です。"
	for width := 12; width <= 60; width++ {
		lines := wrap(text, width)
		for _, l := range lines {
			if ansi.StringWidth(l) > width || strings.HasPrefix(l, "。") || strings.HasPrefix(l, "、") || strings.HasSuffix(l, "10.20.") {
				t.Errorf("width %d: %q", width, l)
			}
		}
		if got := strings.ReplaceAll(strings.Join(lines, ""), " ", ""); got != strings.ReplaceAll(text, " ", "") {
			t.Errorf("width %d loses something: %q", width, got)
		}
		if len(lines) > ansi.StringWidth(text)/(width-8)+2 {
			t.Errorf("width %d: %d lines", width, len(lines))
		}
	}
	if got := strings.Join(wrap("café — naïve", 40), "|"); got != "café — naïve" {
		t.Errorf("%q", got)
	}
}
