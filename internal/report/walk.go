package report

import (
	"net/netip"
	"reflect"
	"strings"
	"time"

	"wsdoctor/probe"
)

// visitor is a rewrite of every text and address in a value. A nil function
// leaves its kind alone.
type visitor struct {
	// text rewrites a plain string; tag is the tag "redact" of the field that holds it,
	// the same for every element of a list.
	text func(tag, s string) string
	// enum rewrites a string of a named type: members of closed lists.
	enum func(s string) string
	// addr rewrites an address of any typed field.
	addr func(tag string, a netip.Addr) netip.Addr
}

// rewrite gives a deep copy of in. Lists that are nil come out empty, so that
// they are written as [] and not as null, unless their field is left out when
// empty: there nil means "not given".
func rewrite[T any](v visitor, in T) T {
	return v.value(reflect.ValueOf(&in).Elem(), "").Interface().(T)
}

func (v visitor) value(in reflect.Value, tag string) reflect.Value {
	out := reflect.New(in.Type()).Elem()
	out.Set(in)
	if leaf, is := v.leaf(in.Interface(), tag); is {
		out.Set(reflect.ValueOf(leaf))
		return out
	}
	switch in.Kind() {
	case reflect.String:
		v.string(out, tag)
	case reflect.Pointer:
		if !in.IsNil() {
			out.Set(reflect.New(in.Type().Elem()))
			out.Elem().Set(v.value(in.Elem(), tag))
		}
	case reflect.Interface:
		if !in.IsNil() {
			out.Set(v.value(in.Elem(), tag))
		}
	case reflect.Slice:
		out.Set(reflect.MakeSlice(in.Type(), in.Len(), in.Len()))
		for i := range in.Len() {
			out.Index(i).Set(v.value(in.Index(i), tag))
		}
	case reflect.Map:
		if in.IsNil() {
			break
		}
		out.Set(reflect.MakeMap(in.Type()))
		for _, key := range in.MapKeys() {
			out.SetMapIndex(v.value(key, keyTag), v.value(in.MapIndex(key), tag))
		}
	case reflect.Struct:
		v.fields(in, out)
	}
	return out
}

// keyTag is what the keys of a map are tagged with: they are words of our own.
const keyTag = "keep"

func (v visitor) fields(in, out reflect.Value) {
	t := in.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		if f.Type.Kind() == reflect.Slice && in.Field(i).IsNil() && strings.Contains(f.Tag.Get("json"), ",omitempty") {
			continue
		}
		out.Field(i).Set(v.value(in.Field(i), f.Tag.Get(redactTag)))
	}
}

func (v visitor) string(out reflect.Value, tag string) {
	switch {
	case out.Type() == reflect.TypeFor[string]():
		if v.text != nil {
			out.SetString(v.text(tag, out.String()))
		}
	case v.enum != nil:
		out.SetString(v.enum(out.String()))
	}
}

// leaf handles the types that are structs to reflection and values to us.
func (v visitor) leaf(in any, tag string) (any, bool) {
	addr := func(a netip.Addr) netip.Addr { return v.addr(tag, a) }
	if v.addr == nil {
		addr = func(a netip.Addr) netip.Addr { return a }
	}
	switch x := in.(type) {
	case time.Time:
		return x, true
	case netip.Addr:
		return addr(x), true
	case netip.AddrPort:
		if !x.Addr().IsValid() {
			return x, true
		}
		return netip.AddrPortFrom(addr(x.Addr()), x.Port()), true
	case netip.Prefix:
		if !x.IsValid() {
			return x, true
		}
		a := addr(x.Addr())
		return netip.PrefixFrom(a, min(x.Bits(), a.BitLen())), true
	}
	return nil, false
}

// Printable gives a copy in which every string went through probe.Clean with
// that limit in runes. Renderers start with it, because a report may come from
// a file that anybody can have written.
func (r Report) Printable(limit int) Report { return Printable(r, limit) }

// Printable does the same for any value.
func Printable[T any](v T, limit int) T {
	clean := func(s string) string { return probe.Clean(s, limit) }
	return rewrite(visitor{text: func(_, s string) string { return clean(s) }, enum: clean, addr: cleanZone}, v)
}

// cleanZone cleans the one free text an address can hold: an IPv6 zone is any
// string to the parser.
func cleanZone(_ string, a netip.Addr) netip.Addr {
	if a.Zone() == "" {
		return a
	}
	return a.WithZone(probe.Clean(a.Zone(), 40))
}
