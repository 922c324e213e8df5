package architecture

import (
	"slices"

	"wsdoctor/internal/words"
)

// State is what is known of a box.
type State int

// The closed list of states, the gravest last.
const (
	Known    State = iota // drawn to explain, of nobody's account
	Unseen                // no call of an account shows it, and no end looked at it
	Unread                // a call would show it, and gave no answer or was not made
	Absent                // AWS answered that there is none
	Verified              // it was read, or its layers are ok, and no finding is about it
	Open                  // it was looked at, and whether it works is not settled
	Noted                 // a finding that is no fault is about it
	Limited
	Suspect
	Wrong
)

// looks are the states' marks, different without colour too, and their names: classes of
// the SVG, and messages of the catalogue.
var looks = [...]struct {
	mark, ascii string
	name        name
}{
	Known:    {"", "", "known"},
	Unseen:   {"", "", "unseen"},
	Unread:   {"–", "-", "unread"},
	Absent:   {"○", "o", "absent"},
	Verified: {"✓", "+", "ok"},
	Open:     {"~", "~", "open"},
	Noted:    {"i", "i", "noted"},
	Limited:  {"!", "!", "limited"},
	Suspect:  {"?", "?", "suspect"},
	Wrong:    {"✗", "x", "fault"},
}

// Box is one thing, with what lies in it.
type Box struct {
	ID    string // of its place in the picture
	Title words.Text
	Name  string // as AWS calls it
	Facts []words.Text
	State State
	Codes []string     // of findings about it, the gravest first
	Rows  [][]*Box     // what lies in it
	about []string     // further names by which findings mean it
	Why   []words.Text // it was not read

	share  int  // of its row's width, against its neighbours
	small  bool // it holds no identifiers, so that it may be narrow
	apart  bool // where there is little room it has a row of its own
	column bool // it is no thing, but keeps others one below the other where there is room
	short  bool // it is not stretched to its row's height
}

// Kind is what passes over a link.
type Kind name

// The closed list of kinds.
const (
	SignIn  Kind = "sign-in"
	Stream  Kind = "stream"
	Private Kind = "private" // the stream over a VPC endpoint
	Own     Kind = "own"     // the WorkSpace's own traffic
	Same    Kind = "same"    // no traffic: one computer
)

// Link joins two boxes, by their IDs.
type Link struct {
	From, To string
	Kind     Kind
}

// Drawing is a whole picture.
type Drawing struct {
	Title words.Text
	Rows  [][]*Box
	Links []Link
	Notes []words.Text // what stands below
	real  bool         // of reports, so that states mean something
	only  bool         // of an account's alone
}

// walk visits every box, those outside before those within.
func (d Drawing) walk(visit func(*Box)) {
	var rows func([][]*Box)
	rows = func(list [][]*Box) {
		for _, row := range list {
			for _, b := range row {
				visit(b)
				rows(b.Rows)
			}
		}
	}
	rows(d.Rows)
}

// Boxes are all boxes of the picture that are things.
func (d Drawing) Boxes() (list []*Box) {
	d.walk(func(b *Box) {
		if !b.column {
			list = append(list, b)
		}
	})
	return list
}

// box is the one of a place; nil where it is not drawn.
func (d Drawing) box(id string) *Box {
	b, _ := find(d.Boxes(), func(b *Box) bool { return b.ID == id })
	return b
}

// means says whether a finding about a resource is about the box.
func (b *Box) means(resource string) bool {
	return resource != "" && (b.Name == resource || slices.Contains(b.about, resource))
}

// called is the message that says what a state means in this picture.
func (d Drawing) called(s State) words.Text {
	by := "ends"
	if d.only {
		by = "account"
	}
	return say("state."+string(looks[s].name), words.Args{"by": by})
}

// Legend says what the marks mean that are in the picture, and the lines.
func (d Drawing) Legend() (marks []State, kinds []Kind) {
	has := map[State]bool{}
	for _, b := range d.Boxes() {
		has[b.State] = true
	}
	for _, s := range []State{Verified, Wrong, Limited, Suspect, Open, Noted, Absent, Unread, Unseen} {
		if has[s] {
			marks = append(marks, s)
		}
	}
	for _, k := range []Kind{SignIn, Stream, Private, Own, Same} {
		if slices.ContainsFunc(d.Links, func(l Link) bool { return l.Kind == k }) {
			kinds = append(kinds, k)
		}
	}
	return marks, kinds
}
