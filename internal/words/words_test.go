package words

import (
	"slices"
	"strings"
	"testing"
)

// catalogueOf reads a catalogue of a few messages, with English lists.
func catalogueOf(t *testing.T, name, messages string) *Catalogue {
	t.Helper()
	return catalogue(name, func() []byte {
		return []byte(`{"language": {"sentences": " ", "list": {"two": " and ", "more": ", ", "last": ", and "}}, ` + messages + `}`)
	})
}

func TestTell(t *testing.T) {
	c := catalogueOf(t, "en", `"a": {
		"plain": "Nothing is wrong.",
		"named": "{host} drops {what}.",
		"first": "{what, capital} is dropped.",
		"within": "because {what, small}",
		"many": "{n, plural, =0 {no port} one {# port} other {# ports}}",
		"listed": "The {hosts, plural, one {host} other {hosts}} {hosts} {hosts, plural, one {is} other {are}} silent.",
		"chosen": "It {how, select, drop {drops {what}} other {refuses # of {what}}}."
	}`)
	for _, test := range []struct {
		text Text
		want string
	}{
		{Say("a.plain"), "Nothing is wrong."},
		{Say("a.plain").Then(Say("a.plain")), "Nothing is wrong. Nothing is wrong."},
		{Text{}.Then(Say("a.plain")).Then(Text{}), "Nothing is wrong."},
		{Text{}, ""},
		{Say("a.named", Args{"host": "10.0.0.1", "what": Raw("UDP")}), "10.0.0.1 drops UDP."},
		{Say("a.first", Args{"what": "éa"}), "Éa is dropped."},
		{Say("a.within", Args{"what": "It fails"}), "because it fails"},
		{Say("a.many", Args{"n": 0}), "no port"},
		{Say("a.many", Args{"n": 1}), "1 port"},
		{Say("a.many", Args{"n": 21}), "21 ports"},
		{Say("a.listed", Args{"hosts": []string{"a"}}), "The host a is silent."},
		{Say("a.listed", Args{"hosts": []string{"a", "b"}}), "The hosts a and b are silent."},
		{Say("a.listed", Args{"hosts": List{Raw("a"), Raw("b"), Raw("c")}}), "The hosts a, b, and c are silent."},
		{Say("a.chosen", Args{"how": "drop", "what": "TCP"}), "It drops TCP."},
		{Say("a.chosen", Args{"how": "reset", "what": "TCP"}), "It refuses # of TCP."},
		{Say("a.named", Args{"host": Milliseconds(3.14159), "what": Milliseconds(204.6)}), "3.1 ms drops 205 ms."},
		{Say("a.missing"), "[a.missing]"},
		{Say("a.named", Args{"host": "x"}), "x drops {what}."},
	} {
		if got := c.Tell(test.text); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// A language's own rules choose the form: Russian has three.
func TestTheFormIsTheLanguages(t *testing.T) {
	c := catalogueOf(t, "ru", `"n": "{n, plural, one {# порт} few {# порта} many {# портов} other {#}}"`)
	for n, want := range map[int]string{1: "1 порт", 3: "3 порта", 5: "5 портов", 21: "21 порт"} {
		if got := c.Tell(Say("n", Args{"n": n})); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestPortsAndProtocols(t *testing.T) {
	for _, test := range []struct {
		value any
		want  string
	}{
		{Ports{}, ""},
		{Ports{TCP: []uint16{4172}, UDP: []uint16{4172}}, "TCP and UDP port 4172"},
		{Ports{TCP: []uint16{4172, 4195}, UDP: []uint16{4172}}, "TCP ports 4172 and 4195, and UDP port 4172"},
		{Ports{UDP: []uint16{1, 2, 3}}, "UDP ports 1, 2 and 3"},
		{Protocols{"dcv", "pcoip"}, "PCoIP and DCV"},
		{Chance(0.00001), "less than 0.01 %"},
		{Chance(0.2), "20 %"},
		{Chance(0.0333), "3.33 %"},
		{Chance(0.00009), "less than 0.01 %"},
		{Chance(0.0001), "0.01 %"},
		{Chance(1), "100 %"},
	} {
		if got := English().value(test.value); got != test.want {
			t.Errorf("%v: %q, want %q", test.value, got, test.want)
		}
	}
}

func TestWhatIsWrongInAMessageIsSaid(t *testing.T) {
	for text, want := range map[string]string{
		"{":                      "without a name",
		"{a":                     "neither a comma nor",
		"a}":                     "a closing brace too many",
		"{a, date}":              "neither capital nor small",
		"{a, plural, one {x}}":   "no form called other",
		"{a, plural, other {x}":  "no form, or no brace",
		"{a, plural, other {x":   "a form that does not end",
		"{a, select, b {} b {}}": "twice",
		"{a, plural other {x}}":  "no comma",
		strings.Repeat("{a, select, other {", 9) + strings.Repeat("}}", 9): "too deep",
	} {
		if _, err := parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("{a, plural, one {#} other {{b} {c, select, d {e} other {}}}}")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := parse(text)
		if err == nil {
			c := catalogue("en", func() []byte { return []byte(`{"x": ""}`) })
			c.parsed["x"] = list
			_ = c.Tell(Say("x", Args{"a": 3, "b": "b", "c": "d"}))
		}
	})
}

func FuzzTight(f *testing.F) {
	f.Add("AWS の ホスト")
	f.Add("\xe3\x81 \xff")
	f.Fuzz(func(t *testing.T, text string) {
		if got := tight(text); strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(text, " ", "") {
			t.Errorf("%q became %q", text, got)
		}
	})
}

func TestACatalogueSaysNothingTwice(t *testing.T) {
	for text, want := range map[string]string{
		`{"a": "x", "a": "y"}`:   "twice",
		`{"a": {"b": 3}}`:        "no text",
		`{"a": "x"`:              "EOF",
		`{"a": ["x", {"b": "y"}`: "EOF",
	} {
		if _, err := read("en", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// An argument that ends in Japanese leaves no space before what follows it.
func TestJapaneseHasNoSpacesWithin(t *testing.T) {
	c := catalogue("ja", func() []byte {
		return []byte(`{"language": {"sentences": "", "list": {"two": "、", "more": "、", "last": "、"}}, "a": "{what} と {host} の間。"}`)
	})
	for what, want := range map[string]string{"AWS のホスト": "AWS のホストと 10.0.0.1 の間。", "UDP": "UDP と 10.0.0.1 の間。", "\xe3\x81": "\xe3\x81 と 10.0.0.1 の間。", "": " と 10.0.0.1 の間。"} {
		if got := c.Tell(Say("a", Args{"what": what, "host": "10.0.0.1"})); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestAClauseWithoutItsArgumentIsNotSaid(t *testing.T) {
	file := `{"language": {"sentences": "", "list": {"two": "、", "more": "、", "last": "、"}}, "d": [
		"by {a}", "at {n}", "{n, plural, =0 {} other {# 回}}", "{a, select, none {nobody} other {{a}}}", "東 {a} 西"]}`
	c := catalogue("ja", func() []byte { return []byte(file) })
	for _, test := range []struct {
		args Args
		want []string
	}{
		{Args{"a": "", "n": 0}, []string{"nobody"}},
		{Args{"a": "x", "n": 2}, []string{"by x", "at 2", "2 回", "x", "東 x 西"}},
		{Args{"a": Raw("京"), "n": 0}, []string{"by 京", "京", "東京西"}},
		{Args{"n": 1}, []string{"by {a}", "at 1", "1 回", "{a}", "東 {a} 西"}}, // a mistake shows where it can
	} {
		if got := c.Clauses("d", test.args); !slices.Equal(got, test.want) {
			t.Errorf("%v: %q", test.args, got)
		}
	}
	if got := c.Clauses("e", nil); got != nil {
		t.Errorf("%q", got)
	}
}
