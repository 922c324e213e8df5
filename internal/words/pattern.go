package words

import (
	"fmt"
	"strings"
)

// node is a piece of a message: words, or an argument and what is made of it.
type node struct {
	words string
	arg   string
	how   string            // "", "capital", "small", "plural" or "select"
	forms map[string][]node // of plural and select
	order []string          // of forms, as written
}

// hash stands for the number itself within a form of a plural.
var hash = node{how: "#"}

// deepest is how far messages may nest within each other.
const deepest = 6

// parse reads a message. An error says what is wrong and where.
func parse(text string) ([]node, error) {
	p := parser{text: text}
	list, err := p.message(0, false)
	if err == nil && p.at < len(text) {
		err = p.wrong("a closing brace too many")
	}
	return list, err
}

type parser struct {
	text string
	at   int
}

func (p *parser) wrong(what string) error {
	return fmt.Errorf("%s at %d of %q", what, p.at, p.text)
}

// message reads until the end or the brace that closes the form it stands in.
func (p *parser) message(depth int, counts bool) ([]node, error) {
	if depth > deepest {
		return nil, p.wrong("too deep")
	}
	var list []node
	for p.at < len(p.text) {
		i := strings.IndexAny(p.text[p.at:], "{}#")
		if i < 0 {
			i = len(p.text) - p.at
		}
		if i > 0 {
			list = append(list, node{words: p.text[p.at : p.at+i]})
			p.at += i
			continue
		}
		switch p.text[p.at] {
		case '}':
			return list, nil
		case '#':
			p.at++
			if counts {
				list = append(list, hash)
			} else {
				list = append(list, node{words: "#"})
			}
		case '{':
			p.at++
			n, err := p.argument(depth, counts)
			if err != nil {
				return nil, err
			}
			list = append(list, n)
		}
	}
	return list, nil
}

// argument reads what follows an opening brace, and its closing one.
func (p *parser) argument(depth int, counts bool) (node, error) {
	n := node{arg: p.word()}
	if n.arg == "" {
		return n, p.wrong("an argument without a name")
	}
	if p.skip('}') {
		return n, nil
	}
	if !p.skip(',') {
		return n, p.wrong("neither a comma nor a closing brace")
	}
	switch n.how = p.word(); n.how {
	case "capital", "small":
		if !p.skip('}') {
			return n, p.wrong("no closing brace")
		}
		return n, nil
	case "plural", "select":
	default:
		return n, p.wrong("neither capital nor small, plural or select, but " + n.how)
	}
	if !p.skip(',') {
		return n, p.wrong("no comma before the forms")
	}
	n.forms = map[string][]node{}
	for !p.skip('}') {
		key := p.word()
		if key == "" || !p.skip('{') {
			return n, p.wrong("no form, or no brace before it")
		}
		form, err := p.message(depth+1, counts || n.how == "plural")
		if err != nil {
			return n, err
		}
		if !p.skip('}') {
			return n, p.wrong("a form that does not end")
		}
		if _, twice := n.forms[key]; twice {
			return n, p.wrong("the form " + key + " twice")
		}
		n.forms[key], n.order = form, append(n.order, key)
	}
	if _, known := n.forms["other"]; !known {
		return n, p.wrong("no form called other")
	}
	return n, nil
}

// word reads a name and the spaces around it.
func (p *parser) word() string {
	p.spaces()
	start := p.at
	for p.at < len(p.text) && !strings.ContainsRune(" \n\t,{}", rune(p.text[p.at])) {
		p.at++
	}
	w := p.text[start:p.at]
	p.spaces()
	return w
}

func (p *parser) spaces() {
	for p.at < len(p.text) && strings.ContainsRune(" \n\t", rune(p.text[p.at])) {
		p.at++
	}
}

// skip passes one byte if it comes next, after spaces.
func (p *parser) skip(c byte) bool {
	at := p.at
	p.spaces()
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	p.at = at
	return false
}

// arguments gives the names of all arguments of a message, each with how it is used.
func arguments(list []node, into map[string]string) {
	for _, n := range list {
		if n.arg != "" {
			if how := into[n.arg]; how == "" || how == "capital" || how == "small" {
				into[n.arg] = n.how
			}
		}
		for _, f := range n.forms {
			arguments(f, into)
		}
	}
}
