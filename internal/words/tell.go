package words

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/feature/plural"
)

// Tell writes a text in the language of the catalogue. What is missing shows: a
// message as its name in brackets, an argument as its name in braces.
func (c *Catalogue) Tell(t Text) string {
	var said []string
	for _, m := range t.messages {
		if s := c.message(m); s != "" {
			said = append(said, s)
		}
	}
	return c.between(strings.Join(said, c.all().between))
}

// between gives a text with the spaces between words that the language has.
func (c *Catalogue) between(text string) string {
	if c.all().between == "" {
		return tight(text)
	}
	return text
}

// tight takes away the spaces that an argument left between two wide characters: in a
// language that has none between sentences, there is none between its words either.
func tight(text string) string {
	var b strings.Builder
	before := rune(0)
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		next, _ := utf8.DecodeRuneInString(text[size:])
		if r != ' ' || !wide(before) || !wide(next) {
			b.WriteString(text[:size])
		}
		before, text = r, text[size:]
	}
	return b.String()
}

// wide: a character of Japanese or Chinese, as against one of another script.
func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r == 'ー' || 0x3000 <= r && r <= 0x303f ||
		0xff00 <= r && r <= 0xffef
}

// All tells several texts, each for itself.
func (c *Catalogue) All(list []Text) []string {
	said := make([]string, 0, len(list))
	for _, t := range list {
		said = append(said, c.Tell(t))
	}
	return said
}

// Clauses tells the elements of a list of messages. One of which an argument is empty,
// or the number zero, is left out, and so is one that says nothing; what a plural or a
// select decides by may be empty.
func (c *Catalogue) Clauses(id string, args Args) []string {
	var said []string
	for i := 0; ; i++ {
		pattern, known := c.pattern(id + "." + strconv.Itoa(i))
		if !known {
			return said
		}
		lacks := func(n node) bool { return n.shows() && c.nothing(args[n.arg]) }
		if slices.ContainsFunc(pattern, lacks) {
			continue
		}
		var b strings.Builder
		if c.write(&b, pattern, args, 0); b.Len() > 0 {
			said = append(said, c.between(b.String()))
		}
	}
}

// shows: an argument stands there, and is not what a form goes by.
func (n node) shows() bool { return n.arg != "" && n.forms == nil }

func (c *Catalogue) nothing(value any) bool {
	number, is := value.(int)
	return is && number == 0 || c.value(value) == ""
}

func (c *Catalogue) message(m message) string {
	if m.id == rawID {
		s, _ := m.args["text"].(string)
		return s
	}
	pattern, known := c.pattern(m.id)
	if !known {
		return "[" + m.id + "]"
	}
	var b strings.Builder
	c.write(&b, pattern, m.args, 0)
	return b.String()
}

func (c *Catalogue) write(b *strings.Builder, list []node, args Args, number int) {
	for _, n := range list {
		value, given := args[n.arg]
		switch {
		case n.how == "#":
			b.WriteString(strconv.Itoa(number))
		case n.arg == "":
			b.WriteString(n.words)
		case !given:
			b.WriteString("{" + n.arg + "}")
		case n.how == "plural":
			count := countOf(value)
			c.write(b, n.form(strconv.Itoa(count), c.form(count)), args, count)
		case n.how == "select":
			c.write(b, n.form(cmp.Or(c.value(value), "none")), args, number)
		case n.how == "capital":
			b.WriteString(first(c.value(value), unicode.ToUpper))
		case n.how == "small":
			b.WriteString(first(c.value(value), unicode.ToLower))
		default:
			b.WriteString(c.value(value))
		}
	}
}

// form is the first of these forms that there is, or else the other one. A number of
// its own is written =1 among the forms of a plural.
func (n node) form(keys ...string) []node {
	for _, k := range keys {
		if n.how == "plural" && k[0] >= '0' && k[0] <= '9' {
			k = "=" + k
		}
		if f, known := n.forms[k]; known {
			return f
		}
	}
	return n.forms["other"]
}

// value writes an argument.
func (c *Catalogue) value(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case Text:
		return c.Tell(v)
	case interface{ Text() Text }:
		return c.Tell(v.Text())
	case Moment:
		return time.Time(v).UTC().Format(c.all().texts["value.moment"])
	case List:
		return c.join(c.All(v))
	case []string:
		return c.join(v)
	case fmt.Stringer:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return fmt.Sprint(v)
}

// countOf is the number that a plural goes by.
func countOf(v any) int {
	switch v := v.(type) {
	case int:
		return v
	case []string:
		return len(v)
	case List:
		return len(v)
	case interface{ Len() int }:
		return v.Len()
	}
	return 0
}

// form names the plural form of a number by the rules of CLDR.
func (c *Catalogue) form(n int) string {
	return forms[plural.Cardinal.MatchPlural(c.all().tag, n, 0, 0, 0, 0)]
}

var forms = map[plural.Form]string{
	plural.Zero:  "zero",
	plural.One:   "one",
	plural.Two:   "two",
	plural.Few:   "few",
	plural.Many:  "many",
	plural.Other: "other",
}

// join writes a list: what stands between two, and before the last of several.
func (c *Catalogue) join(items []string) string {
	switch n := len(items); n {
	case 0:
		return ""
	case 1:
		return items[0]
	case 2:
		return items[0] + c.all().list.two + items[1]
	default:
		return strings.Join(items[:n-1], c.all().list.more) + c.all().list.last + items[n-1]
	}
}

// first changes the first letter.
func first(s string, change func(rune) rune) string {
	letter, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(change(letter)) + s[size:]
}
