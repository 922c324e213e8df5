package reporttest

import (
	"net/netip"
	"reflect"
	"strings"

	"wsdoctor/internal/report"
	"wsdoctor/probe"
)

// Escape is what the hostile sample puts into every string: a colour change, a
// window title, a one-byte CSI, a line of its own, text that runs backwards,
// bytes that are no UTF-8, and a wide and a combining character.
const Escape = "\x1b[31m\x1b]0;owned\x07\u009b2J\r\nverdict: all fine\u202e\u2028\xff界e\u0301"

// hostile is a report as somebody would forge it: every text that has no closed
// list holds Escape, and some are very long.
func hostile() report.Report {
	r := tlsInspection()
	r.Run.ID = "run-hostile"
	r.Observations = append(r.Observations, captivePortal().Observations...)
	r.Observations = append(r.Observations, tcpOnly().Observations...)
	r.Observations = append(r.Observations, insideBroken().Observations...)
	r.Verdict.NextTest = text("next")
	r.Target.Protocol = probe.BothProtocols
	r = Poisoned(r)
	r.Observations[2].Detail = probe.ResolversDetail{Servers: []netip.AddrPort{netip.AddrPortFrom(netip.MustParseAddr("fe80::1%"+Escape), 53)}}
	r.Verdict.Summary += strings.Repeat("W", 300)
	return r
}

// Poisoned puts Escape into every text of a fresh report that no closed list holds.
func Poisoned(r report.Report) report.Report {
	poison(reflect.ValueOf(&r).Elem())
	r.Schema = report.Schema
	return r
}

// plain are the types of texts that no closed list holds: a reader takes what stands there.
var plain = map[reflect.Type]bool{reflect.TypeFor[string](): true, reflect.TypeFor[probe.ServiceRole](): true}

// poison puts Escape into every plain text it can reach.
func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if plain[v.Type()] {
			v.SetString(v.String() + Escape)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem())
		}
	case reflect.Interface: // a detail: a struct behind an interface cannot be set in place
		if d, is := v.Interface().(probe.Detail); is {
			fresh := reflect.New(reflect.TypeOf(d)).Elem()
			fresh.Set(reflect.ValueOf(d))
			poison(fresh)
			v.Set(fresh)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				poison(f)
			}
		}
	}
}
