package reporttest

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"

	"wsdoctor/internal/report"
)

// Untagged gives the fields below a type that hold texts and do not say in a tag
// "redact" what they tell of the user, and those whose tag cannot be understood. A text
// of a named type needs none: it is one of a closed list.
func Untagged(t reflect.Type) []string {
	u := untagged{words: report.RedactionWords(), seen: map[reflect.Type]bool{}}
	u.look(t, t.Name())
	return u.found
}

type untagged struct {
	words []string
	seen  map[reflect.Type]bool
	found []string
}

func (u *untagged) look(t reflect.Type, path string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Array {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || value(t) || u.seen[t] {
		return
	}
	u.seen[t] = true
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous || !f.IsExported() || f.Tag.Get("json") == "-" {
			continue
		}
		at := path + "." + f.Name
		if problem := u.problem(t, f); problem != "" {
			u.found = append(u.found, at+": "+problem)
		}
		u.look(f.Type, at)
	}
}

func (u *untagged) problem(in reflect.Type, f reflect.StructField) string {
	tag, tagged := f.Tag.Lookup("redact")
	switch word, conditions, _ := strings.Cut(tag, ","); {
	case !tagged && textual(f.Type):
		return "no tag"
	case tagged && !slices.Contains(u.words, word):
		return fmt.Sprintf("%q is no word of the tag", word)
	case conditions != "":
		for condition := range strings.SplitSeq(conditions, ",") {
			kind, name, _ := strings.Cut(condition, "=")
			_, beside := in.FieldByName(name)
			fits := (kind == "if" || kind == "of") && beside || kind == "not" && strings.Contains(conditions, "if=")
			if !fits {
				return fmt.Sprintf("%q is no condition", condition)
			}
		}
	}
	return ""
}

// textual: values of the type hold texts of any kind by themselves, not in a struct.
func textual(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String:
		return t == reflect.TypeFor[string]()
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return textual(t.Elem())
	case reflect.Map:
		return true // its keys may be anything
	case reflect.Interface:
		return t.NumMethod() == 0 // anything; one with methods is a detail, and each of them is looked at
	}
	return false
}

// value: a struct to reflection, a value to us.
func value(t reflect.Type) bool {
	return slices.Contains([]reflect.Type{
		reflect.TypeFor[time.Time](), reflect.TypeFor[netip.Addr](), reflect.TypeFor[netip.AddrPort](), reflect.TypeFor[netip.Prefix](),
	}, t)
}
