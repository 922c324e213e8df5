package main

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"

	"wsdoctor/probe"
)

// schema is the schema of a document. What its definitions are made of is defined with
// it, and every detail where there are observations.
func (d document) schema() object {
	b := &builder{used: map[string]bool{}}
	return b.document(d)
}

// builder collects the definitions that others refer to.
type builder struct {
	defs object
	used map[string]bool // fields, as in further
}

func (b *builder) document(d document) object {
	top := b.structure(d.of, defined(d.of))
	if b.has(defined(reflect.TypeFor[probe.Observation]())) {
		for _, op := range probe.Operations() {
			b.define(reflect.TypeOf(probe.DetailOf(op)))
		}
	}
	head := object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"$id", d.id}, {"title", d.title}, {"description", d.about},
	}
	return head.with(top).with(object{{"$defs", b.defs.with(shared)}})
}

func (b *builder) has(name string) bool {
	return slices.ContainsFunc(b.defs, func(m member) bool { return m.key == name })
}

// leaves are structs to reflection and texts in JSON.
var leaves = map[reflect.Type]object{
	reflect.TypeFor[netip.Addr]():     {{"type", "string"}},
	reflect.TypeFor[netip.AddrPort](): {{"type", "string"}},
	reflect.TypeFor[netip.Prefix]():   {{"type", "string"}},
	reflect.TypeFor[time.Time](): {{"type", "string"}, {"format", "date-time"},
		{"pattern", `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`}},
}

// value is the schema of a type.
func (b *builder) value(t reflect.Type) object {
	if leaf, is := leaves[t]; is {
		return leaf
	}
	switch t.Kind() {
	case reflect.Pointer:
		return b.value(t.Elem())
	case reflect.Bool:
		return object{{"type", "boolean"}}
	case reflect.Uint16:
		return ref("port")
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return object{{"type", "integer"}}
	case reflect.Float64:
		return object{{"type", "number"}}
	case reflect.Slice:
		return object{{"type", "array"}, {"items", b.value(t.Elem())}}
	case reflect.Map:
		return object{{"type", "object"}, {"additionalProperties", b.value(t.Elem())}}
	case reflect.String:
		if t == reflect.TypeFor[string]() || open[t] {
			return object{{"type", "string"}}
		}
		return b.define(t)
	case reflect.Struct:
		return b.define(t)
	}
	panic(fmt.Sprintf("no schema is known for a %s", t))
}

// define puts a type among the definitions, once, and refers to it.
func (b *builder) define(t reflect.Type) object {
	name := defined(t)
	if b.has(name) {
		return ref(name)
	}
	at := len(b.defs)
	b.defs = append(b.defs, member{name, nil}) // it may contain itself
	if t.Kind() == reflect.Struct {
		b.defs[at].value = b.structure(t, name)
	} else if of, is := closedLists[t]; is {
		b.defs[at].value = object{{"type", "string"}, {"enum", list(of.values)}}
	} else {
		panic(fmt.Sprintf("rows.go does not say which values a %s has", t))
	}
	return ref(name)
}

// structure is the schema of a struct.
func (b *builder) structure(t reflect.Type, name string) object {
	properties, required := object{}, []any{}
	for _, f := range reflect.VisibleFields(t) {
		tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || !f.IsExported() || tag == "-" { // the fields of an embedded struct stand among the others
			continue
		}
		field := name + "." + tag
		b.used[field], b.used[field+each] = true, f.Type.Kind() == reflect.Slice
		properties = append(properties, member{tag, b.field(f, field)})
		if leftOut := strings.Contains(options, "omit"); whole[t] && !leftOut && !later[field] {
			required = append(required, tag)
		}
	}
	o := append(object{{"type", "object"}, {"properties", properties}}, further[name]...)
	b.used[name] = true
	if len(required) > 0 {
		o = append(o, member{"required", required})
	}
	if rules := when[name]; rules != nil {
		o = append(o, member{"allOf", rules})
	}
	return o
}

func (b *builder) field(f reflect.StructField, name string) object {
	if o, is := instead[name]; is {
		b.values(f.Type)
		return o.with(further[name])
	}
	leftOut := strings.Contains(f.Tag.Get("json"), ",omit")
	o := b.value(f.Type)
	if of := further[name+each]; of != nil {
		o = object{{"type", "array"}, {"items", b.value(f.Type.Elem()).with(of)}}
	}
	switch null := f.Type.Kind() == reflect.Pointer || closedLists[f.Type].null; {
	case !null || leftOut:
	case o[0].key == "type":
		o = append(object{{"type", []any{o[0].value, "null"}}}, o[1:]...)
	default:
		o = nullable(o)
	}
	return o.with(further[name])
}

// values defines what a type is made of, where a row of "instead" refers to it.
func (b *builder) values(t reflect.Type) {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() == reflect.Struct || t.Kind() == reflect.String && t != reflect.TypeFor[string]() {
		b.define(t)
	}
}

// defined is the name of a type among the definitions: VPNInterface is vpn_interface.
func defined(t reflect.Type) string {
	if name, is := named[t]; is {
		return name
	}
	var b strings.Builder
	name := []rune(t.Name())
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) && (unicode.IsLower(name[i-1]) || i+1 < len(name) && unicode.IsLower(name[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
