package host

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// yamlDepth is deeper than a netplan file goes.
const yamlDepth = 16

// yamlKey is a mapping key the current line stands under; "-" is a list item.
type yamlKey struct {
	indent int
	name   string
}

// parseNetplan gives the addresses under network/<type>/<interface>/nameservers
// of a netplan file. It knows the plain part of YAML such files are written in,
// one key or list item a line, and takes anything else for an error: half an
// understanding would give half a list.
func parseNetplan(b []byte) ([]netip.Addr, error) {
	var list []netip.Addr
	var under []yamlKey
	for n, raw := range strings.Split(string(b), "\n") {
		refuse := func(why string) ([]netip.Addr, error) { return nil, fmt.Errorf("line %d: %s", n+1, why) }
		text, ok := yamlText(strings.TrimRight(raw, "\r"))
		if !ok {
			return refuse("a quotation mark is not closed")
		}
		indent := len(text) - len(strings.TrimLeft(text, " "))
		text = strings.TrimSpace(text)
		if text == "" || text == "---" && len(under) == 0 {
			continue
		}
		if strings.HasPrefix(raw[indent:], "\t") {
			return refuse("a tab stands before the text")
		}
		for item, is := listItem(text); is; item, is = listItem(text) {
			// A list may stand as far to the left as its key.
			under = slices.DeleteFunc(
				under,
				func(k yamlKey) bool { return k.indent > indent || k.indent == indent && k.name == "-" },
			)
			if isServers(under) {
				found, err := addressList(item, "")
				if err != nil {
					return refuse(err.Error())
				}
				list = appendAll(list, found)
				text = ""
				break
			}
			if under = append(under, yamlKey{indent, "-"}); len(under) > yamlDepth {
				return refuse("it is nested too deeply")
			}
			indent += len(text) - len(item)
			text = item
		}
		if text == "" {
			continue
		}
		key, value, isKey := cutKey(text)
		inItem := len(under) > 0 && under[len(under)-1].name == "-"
		if !isKey {
			if inItem && plainScalar(text) {
				continue // an item of a list that is not looked for
			}
			return refuse("this is neither a key nor a list item")
		}
		under = slices.DeleteFunc(under, func(k yamlKey) bool { return k.indent >= indent })
		if under = append(under, yamlKey{indent, key}); len(under) > yamlDepth {
			return refuse("it is nested too deeply")
		}
		switch {
		case value == "":
		case strings.HasPrefix(value, "[") && strings.HasSuffix(value, "]"):
			if !isServers(under) {
				continue
			}
			found, err := addressList(strings.Trim(value, "[]"), ",")
			if err != nil {
				return refuse(err.Error())
			}
			list = appendAll(list, found)
		case !isServers(under) && !mayHold(under) && value[0] == '{' && strings.HasSuffix(value, "}"):
		case isServers(under), !plainScalar(value):
			return refuse("this form of YAML is not read")
		}
	}
	return list, nil
}

func appendAll(list, found []netip.Addr) []netip.Addr {
	for _, a := range found {
		list = appendServer(list, a)
	}
	return list
}

// isServers: the next value belongs to the list that is looked for.
func isServers(under []yamlKey) bool {
	return len(under) == 5 && under[0].name == "network" && under[3].name == "nameservers" &&
		under[4].name == "addresses"
}

// mayHold: a mapping written on this key's own line could hold the list.
func mayHold(under []yamlKey) bool {
	return under[0].name == "network" && (len(under) < 4 || len(under) == 4 && under[3].name == "nameservers")
}

// yamlText drops a comment; false if a quotation mark is left open.
func yamlText(s string) (string, bool) {
	var quote byte
	for i := range len(s) {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '#' && (i == 0 || s[i-1] == ' ' || s[i-1] == '\t'):
			return s[:i], true
		}
	}
	return s, quote == 0
}

func listItem(s string) (string, bool) {
	if s == "-" {
		return "", true
	}
	item, ok := strings.CutPrefix(s, "- ")
	return strings.TrimLeft(item, " "), ok
}

// cutKey splits "key: value". A key is a plain or quoted word.
func cutKey(s string) (key, value string, ok bool) {
	key, value, ok = strings.Cut(s, ":")
	if !ok || value != "" && value[0] != ' ' {
		return "", "", false
	}
	key = strings.Trim(key, `"'`)
	return key, strings.TrimSpace(value), plainScalar(key)
}

// plainScalar: one value on one line, without YAML's further marks.
func plainScalar(s string) bool {
	return s != "" && !strings.ContainsAny(s[:1], "[]{}&*!|>%@`?,-") || strings.Trim(s, "0123456789-.") == "" && s != ""
}
