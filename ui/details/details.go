// Package details tells the detail of an observation in one line, for `-v` and for the
// terminal's list of evidence.
//
// What is said stands in the catalogue: under "detail", by the name of the detail in
// the table of rows.go, as a list of clauses. An argument of a clause is a field of the
// detail, by its name in JSON, or what the row adds. A clause of which an argument is
// empty is not said, so that a new detail needs a row and its clauses, and no code.
//
// How a field's value is written follows from its type; the tag "say" changes that:
//
//	spaced    a list of texts is joined by spaces instead of commas
//	some      of a list only the first elements are told, and how many there are more
//	seconds   milliseconds are told as seconds with their sign
//	tenths    the same, with a digit behind the point
//
// It judges nothing: it passes on what was observed.
package details

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/labels"
)

// Tell gives the detail of an observation in one line, empty where there is nothing to
// say. Its texts are as clean as the observation's.
func Tell(c *words.Catalogue, o probe.Observation) string {
	if o.Detail == nil {
		return ""
	}
	return in{labels.Speak(c)}.structure(reflect.ValueOf(o.Detail))
}

// in tells details in a language.
type in struct{ labels.In }

// structure tells a struct by the clauses of its row; one without a row has nothing to
// say.
func (in in) structure(v reflect.Value) string {
	r, known := rows[v.Type()]
	if !known {
		return ""
	}
	between := " "
	if !r.phrase {
		between = in.Say("language.clauses")
	}
	return strings.Join(in.Clauses("detail."+r.name, in.arguments(r, v)), between)
}

// arguments are the fields of a struct by their names in JSON, and what its row adds.
func (in in) arguments(r row, v reflect.Value) words.Args {
	args := words.Args{}
	for _, f := range reflect.VisibleFields(v.Type()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		args[name] = in.value(v.FieldByIndex(f.Index), f.Tag.Get("say"))
	}
	if r.more != nil {
		for name, value := range r.more(v.Interface()) {
			args[name] = in.value(reflect.ValueOf(value), "")
		}
	}
	return args
}

// value writes one as an argument: a text, empty for nothing, or a number.
func (in in) value(v reflect.Value, say string) any {
	if known, is := v.Interface().(interface{ IsValid() bool }); is { // an address or a network
		if !known.IsValid() {
			return ""
		}
		return v.Interface().(fmt.Stringer).String()
	}
	if at, is := v.Interface().(time.Time); is {
		if at.IsZero() {
			return ""
		}
		return at.UTC().Format(minute)
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return ""
		}
		return in.given(v.Elem(), say)
	case reflect.Struct:
		return in.structure(v)
	case reflect.Slice:
		return in.list(v, say)
	case reflect.Bool:
		if !v.Bool() {
			return ""
		}
		return "true"
	case reflect.Int, reflect.Int64:
		return int(v.Int())
	case reflect.Uint16, reflect.Uint64:
		return int(v.Uint())
	case reflect.Float64:
		if v.Float() <= 0 {
			return ""
		}
		return labels.Milliseconds(v.Float())
	}
	return v.String()
}

// minute is how a time is written, in UTC.
const minute = "2006-01-02T15:04Z"

// given writes what may be missing and is not: a zero is told too.
func (in in) given(v reflect.Value, say string) any {
	switch digits, isClock := map[string]int{"seconds": 0, "tenths": 1}[say]; {
	case isClock:
		return fmt.Sprintf("%+.*f s", digits, v.Float()/1000)
	case v.Kind() == reflect.Int:
		return strconv.FormatInt(v.Int(), 10)
	}
	return in.value(v, say)
}

// mostListed entries of a long list are told; the report holds them all.
const mostListed = 12

func (in in) list(v reflect.Value, say string) string {
	between := in.Say("language.list.more")
	_, isAddress := reflect.Zero(v.Type().Elem()).Interface().(interface{ IsValid() bool })
	if say == "spaced" || isAddress {
		between = " "
	}
	var items []string
	for i := range v.Len() {
		if s, _ := in.value(v.Index(i), "").(string); s != "" {
			items = append(items, s)
		}
	}
	if more := len(items) - mostListed; say == "some" && more > 0 {
		return in.Say("detail.more", words.Args{"items": strings.Join(items[:mostListed], between), "n": more})
	}
	return strings.Join(items, between)
}
