package words

import (
	"fmt"
	"strings"
	"time"
)

// Milliseconds is a time that something took.
type Milliseconds float64

// String writes one digit after the point where that is worth something.
func (ms Milliseconds) String() string {
	if ms < 10 {
		return fmt.Sprintf("%.1f ms", float64(ms))
	}
	return fmt.Sprintf("%.0f ms", float64(ms))
}

// Moment is a time of day on a day, told in UTC as the language writes it: value.moment
// is a layout of package time.
type Moment time.Time

// Chance is a probability, from 0 to 1.
type Chance float64

// Text writes it as a percentage; below 0.01 % nobody asks how far.
func (c Chance) Text() Text {
	if c < 0.0001 {
		return Say("value.hardly-any")
	}
	return Raw(strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", 100*float64(c)), "0"), ".") + " %")
}
