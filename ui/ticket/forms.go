package ticket

import (
	"regexp"
	"strconv"
	"strings"

	"wsdoctor/internal/packed"
	"wsdoctor/ui/labels"
	"wsdoctor/ui/text"
)

// width fits the text field of a helpdesk's ticket.
const width = 78

// form is how a style marks what is said. A pair of strings stands before and behind.
type form struct {
	first, heading       string // before the first line, and before headings
	name, command, fence [2]string
	numbered, listed     string // before the steps of a remedy, where "#." is their number, and before other items
	wrapped, ascii       bool   // lines are broken here; ASCII where the language allows it
	escape               func(string) string
}

var forms = map[Style]form{
	Text: {
		name: [2]string{"", ":"}, numbered: "  #. ", listed: "  - ",
		command: [2]string{"`", "`"}, wrapped: true, ascii: true,
		escape: func(s string) string { return s },
	},
	Markdown: {
		first: "## ", heading: "### ", name: [2]string{"**", ":**"}, numbered: "#. ", listed: "- ",
		command: [2]string{"`", "`"}, fence: [2]string{"```text\n", "```\n"}, escape: markdown,
	},
	Jira: {
		first: "h2. ", heading: "h3. ", name: [2]string{"*", ":*"}, numbered: "# ", listed: "* ",
		command: [2]string{"{{", "}}"}, fence: [2]string{"{noformat}\n", "{noformat}\n"}, escape: jira,
	},
}

// marks are what Markdown (CommonMark, and what GitHub and GitLab add) may take for
// markup; at the beginning of a line there are more.
var (
	marks = strings.NewReplacer(
		`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "{", `\{`, "}", `\}`, "[", `\[`, "]", `\]`,
		"<", "&lt;", ">", "&gt;", "&", "&amp;",
		"#", `\#`, "|", `\|`, "!", `\!`, "~", `\~`, "@", "&#64;",
	)
	begins = regexp.MustCompile(`^(\d+)([.)])|^([-+=])`)
)

func markdown(s string) string { return begins.ReplaceAllString(marks.Replace(s), `$1\$2$3`) }

// Jira's text formatting: a backslash takes a character's meaning away, two of them are a
// line break, and letters in brackets are pictures.
var (
	jiraMarks = strings.NewReplacer(
		`\`, "&#92;", "*", `\*`, "_", `\_`, "{", `\{`, "}", `\}`, "[", `\[`, "]", `\]`,
		"|", `\|`, "!", `\!`, "^", `\^`, "~", `\~`,
		"+", `\+`, "?", `\?`, "@", `\@`, "#", `\#`, "&", "&amp;", "<", "&lt;", ">", "&gt;",
	)
	jiraPictures = regexp.MustCompile(`\(([a-z]{1,3}|\\?[!?*+/-]\w?)\)|[:;][)(DP]`)
	jiraStruck   = regexp.MustCompile(`(^|[^\pL\pN])-|-([^\pL\pN]|$)`)
	jiraLine     = regexp.MustCompile(`^(h[1-6]|bq)\.`)
)

func jira(s string) string {
	s = jiraMarks.Replace(s)
	s = jiraPictures.ReplaceAllString(s, `\$0`)
	s = jiraStruck.ReplaceAllString(s, `$1\-$2`)
	return jiraLine.ReplaceAllString(s, `$1\.`)
}

// told writes a text as this style has it, commands between backticks as commands.
func (t *ticket) told(s string) string {
	s = packed.Beside(strings.Join(strings.Fields(s), " "))
	parts := strings.Split(s, "`")
	if len(parts)%2 == 0 || strings.Contains(s, "``") {
		return t.escape(s) // these are no commands
	}
	var b strings.Builder
	for i, part := range parts {
		switch {
		case i%2 == 0:
			b.WriteString(t.escape(part))
		case t.command[0] == "`":
			b.WriteString("`" + part + "`")
		default:
			b.WriteString(t.command[0] + t.escape(part) + t.command[1])
		}
	}
	return b.String()
}

// kind is what an item of a list begins with.
type kind int

const (
	bullet kind = iota
	step
)

// line writes a text behind what it begins with.
func (t *ticket) line(first, s string) {
	lines := []string{t.told(s)}
	if t.wrapped {
		lines = text.Wrap(text.Plain(lines[0], !t.ascii), width-len(first))
	}
	for _, l := range lines {
		t.out.WriteString(strings.TrimRight(first+l, " ") + "\n")
		first = strings.Repeat(" ", len(first))
	}
}

// apart leaves a line free, but at the beginning.
func (t *ticket) apart() {
	if t.out.Len() > 0 {
		t.out.WriteString("\n")
	}
}

func (t *ticket) title(s string) { t.line(t.first, s) }

func (t *ticket) para(s string) {
	t.apart()
	t.line("", s)
}

// fields are names and what they stand for, one a line.
func (t *ticket) fields(list []labels.Field) {
	if len(list) == 0 {
		return
	}
	t.apart()
	for _, f := range list {
		name := t.name[0] + t.told(f.Name) + t.name[1]
		if t.wrapped {
			t.line("", name+" "+f.Says)
			continue
		}
		t.out.WriteString(t.item(bullet, 0) + name + " " + t.told(f.Says) + "\n")
	}
}

// list is a heading and what stands below it, if anything does.
func (t *ticket) list(heading string, items []string, as kind) {
	if len(items) == 0 {
		return
	}
	t.apart()
	t.line(t.heading, heading)
	for i, item := range items {
		t.line(t.item(as, i+1), item)
	}
}

// item is what stands before one of a list, the first of which has number 1.
func (t *ticket) item(as kind, number int) string {
	if as == bullet {
		return t.listed
	}
	return strings.Replace(t.numbered, "#.", strconv.Itoa(number)+".", 1)
}

// block writes the packed report as it is.
func (t *ticket) block(b []byte) {
	t.apart()
	t.out.WriteString(t.fence[0] + string(b) + t.fence[1])
}
