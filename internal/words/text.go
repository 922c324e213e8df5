package words

import "slices"

// Args are the arguments of a message, by name. A value is a string (shown as it is),
// an int, a []string or List (joined as the language joins), a Text, anything with a
// method Text() Text, or anything with a method String() string.
type Args map[string]any

// Text is what is to be said: sentences that follow one another, as messages with
// their arguments. The zero value says nothing.
type Text struct {
	messages []message
}

type message struct {
	id   string
	args Args
}

// Say makes a text of one message.
func Say(id string, args ...Args) Text {
	m := message{id: id}
	if len(args) > 0 {
		m.args = args[0]
	}
	return Text{[]message{m}}
}

// Raw is a text that is the same in every language: a name, an address, a command, or
// what somebody else said.
func Raw(s string) Text {
	if s == "" {
		return Text{}
	}
	return Say(rawID, Args{"text": s})
}

// rawID is the message of Raw, which no catalogue holds.
const rawID = ""

// Then is a text and, after it, another. Either may say nothing.
func (t Text) Then(next Text) Text {
	return Text{append(slices.Clone(t.messages), next.messages...)}
}

// Empty: there is nothing to say.
func (t Text) Empty() bool { return len(t.messages) == 0 }

// Or is the text, or another one if it says nothing.
func (t Text) Or(other Text) Text {
	if t.Empty() {
		return other
	}
	return t
}

// ID is the name of its first message, or nothing.
func (t Text) ID() string {
	if t.Empty() {
		return ""
	}
	return t.messages[0].id
}

// Args are the arguments of its first message.
func (t Text) Args() Args {
	if t.Empty() {
		return nil
	}
	return t.messages[0].args
}

// List is several texts, joined as the language joins a list.
type List []Text

// Names makes a list of what is the same in every language.
func Names(names []string) List {
	var list List
	for _, n := range names {
		list = append(list, Raw(n))
	}
	return list
}
