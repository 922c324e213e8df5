package report

import (
	"slices"
	"sync"

	"wsdoctor/internal/words"
)

// RedactionGap is the line that a redacted report carries among its gaps, in a
// language.
func RedactionGap(c *words.Catalogue) string { return c.Tell(words.Say("gap.redacted")) }

// KeyedRedactionGap is that line where pseudonyms come from a company's key.
func KeyedRedactionGap(c *words.Catalogue) string { return c.Tell(words.Say("gap.redacted-by-key")) }

// IsRedacted: the report carries that line, in whatever language.
func (r Report) IsRedacted() bool { return slices.ContainsFunc(r.Gaps, IsRedactionGap) }

// IsRedactionGap recognizes that line in every language, as stored reports have it.
func IsRedactionGap(gap string) bool { return redactionGaps()[gap] }

var redactionGaps = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, name := range words.Languages() {
		c, _ := words.In(name)
		all[RedactionGap(c)], all[KeyedRedactionGap(c)] = true, true
	}
	return all
})
