package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"wsdoctor/probe"
)

func TestTheSchemasAreMadeFromTheTypesOfToday(t *testing.T) {
	for _, d := range documents {
		file, err := os.ReadFile(d.file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(file, laidOut(d.schema())) {
			t.Errorf("%s is not what the types say: go generate ./internal/schemagen, then read the difference", d.file)
		}
		for i, line := range strings.Split(string(file), "\n") {
			if len(line) > columns && !strings.Contains(line, `"description"`) {
				t.Errorf("%s: line %d has %d columns", d.file, i+1, len(line))
			}
		}
	}
}

// A row for a field that was renamed would bound nothing.
func TestEveryRowIsAboutAFieldThatThereIs(t *testing.T) {
	b := &builder{used: map[string]bool{}}
	for _, d := range documents {
		b.document(d)
	}
	for _, fields := range [][]string{keys(further), keys(instead), keys(later)} {
		for _, field := range fields {
			if !b.used[field] {
				t.Errorf("no type has %s", field)
			}
		}
	}
	for name := range when {
		if !b.has(name) {
			t.Errorf("nothing is called %s", name)
		}
	}
}

func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func TestNamesOfDefinitionsFollowTheTypes(t *testing.T) {
	for _, c := range []struct {
		of   reflect.Type
		name string
	}{
		{reflect.TypeFor[probe.VPNInterface](), "vpn_interface"}, {reflect.TypeFor[probe.MTUDetail](), "mtu_detail"},
		{reflect.TypeFor[probe.ProxyConnectDetail](), "proxy_connect_detail"}, {reflect.TypeFor[probe.Hop](), "hop"},
	} {
		if got := defined(c.of); got != c.name {
			t.Errorf("%s is %s, want %s", c.of, got, c.name)
		}
	}
}

// What the tables do not cover must stop the generator: it would write a schema that
// lets anything pass.
func TestATypeThatTheTablesDoNotKnowIsRefused(t *testing.T) {
	type colour string
	for _, of := range []reflect.Type{
		reflect.TypeFor[colour](), reflect.TypeFor[struct{ C colour }](), reflect.TypeFor[chan int](), reflect.TypeFor[any](),
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s was taken", of)
				}
			}()
			(&builder{used: map[string]bool{}}).value(of)
		}()
	}
}

func TestWhatIsLaidOutIsTheSameJSON(t *testing.T) {
	long := list(slices.Repeat([]string{"a word \\ <of> \"some\" length"}, 20))
	deep := object{{"a", long}, {"b", object{{"c", []any{long, 1, true, object{{"d", "e"}}}}}}}
	for _, v := range []any{object{}, []any{}, deep, "x", false} {
		var got, want any
		if err := json.Unmarshal(laidOut(v), &got); err != nil {
			t.Fatalf("%v: %s", err, laidOut(v))
		}
		if err := json.Unmarshal([]byte(inline(v)), &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%v became %v", want, got)
		}
	}
}
