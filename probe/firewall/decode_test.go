package firewall

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"wsdoctor/probe"
)

// nla writes one attribute.
func nla(kind int, data ...byte) []byte {
	out := binary.NativeEndian.AppendUint16(nil, uint16(4+len(data)))
	out = binary.NativeEndian.AppendUint16(out, uint16(kind))
	out = append(out, data...)
	for len(out)%4 != 0 {
		out = append(out, 0)
	}
	return out
}

func nlaText(kind int, s string) []byte { return nla(kind, append([]byte(s), 0)...) }
func nlaNumber(kind int, v uint32) []byte {
	return nla(kind, binary.BigEndian.AppendUint32(nil, v)...)
}
func nlaNest(kind int, parts ...[]byte) []byte {
	var all []byte
	for _, p := range parts {
		all = append(all, p...)
	}
	return nla(kind|0x8000, all...)
}

// expression is one of a rule's.
func expression(name string, parts ...[]byte) []byte {
	return nlaNest(1, nlaText(1, name), nlaNest(2, parts...))
}

func value(kind int, data ...byte) []byte { return nlaNest(kind, nla(1, data...)) }

// Expressions for the tests below.
var (
	loadDport = expression("payload", nlaNumber(1, 1), nlaNumber(2, 2), nlaNumber(3, 2), nlaNumber(4, 2))
	is4172    = expression("cmp", nlaNumber(1, 1), nlaNumber(2, cmpEq), value(3, 0x10, 0x4c))
	dropIt    = verdictOf(0)
)

func verdictOf(code int32, chain ...string) []byte {
	in := nlaNumber(1, uint32(code))
	for _, c := range chain {
		in = append(in, nlaText(2, c)...)
	}
	return expression("immediate", nlaNumber(1, 0), nlaNest(2, nlaNest(2, in)))
}

// table are the dumps of a table inet t with the chain input and the rules.
func tableOf(rules ...[]byte) dumps {
	hook := nlaNest(4, nlaNumber(1, hookInput), nlaNumber(2, 0))
	d := dumps{
		tables: []message{{familyInet, append(nlaText(1, "t"), nlaNumber(2, 0)...)}},
		chains: []message{
			{familyInet, join(nlaText(1, "t"), nlaText(3, "input"), hook, nlaNumber(5, 1), nlaText(7, "filter"))},
			{familyInet, join(nlaText(1, "t"), nlaText(3, "one"))},
		},
		elements: func(tableID, string) ([]message, error) { return nil, errors.New("no set was made") },
	}
	for i, r := range rules {
		d.rules = append(d.rules, ruleOf("input", i, r))
	}
	return d
}

func ruleOf(chain string, handle int, expressions []byte) message {
	return message{familyInet, join(nlaText(1, "t"), nlaText(2, chain), nla(3, binary.BigEndian.AppendUint64(nil, uint64(handle))...), nlaNest(4, expressions))}
}

func join(parts ...[]byte) (all []byte) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func summaryOf(d dumps) string {
	return summary(evaluate(newNFT(d), onEth0, Ask{Interface: "eth0", Address: eth0, Sources: management, Ports: ports}))
}

func TestExpressionsOfTheKernel(t *testing.T) {
	mask := func(data ...byte) []byte {
		return expression("bitwise", nlaNumber(1, 1), nlaNumber(2, 1), nlaNumber(3, 2), value(4, data...), value(5, 0, 0))
	}
	for name, c := range map[string]struct {
		rule []byte
		want string
	}{
		"a port":                       {join(loadDport, is4172, dropIt), "tcp 4172 drop, tcp 8200-8250 accept, udp 4172 drop"},
		"a counter between":            {join(loadDport, is4172, expression("counter", nla(1, make([]byte, 8)...), nla(2, make([]byte, 8)...)), dropIt), "tcp 4172 drop, tcp 8200-8250 accept, udp 4172 drop"},
		"an unknown expression":        {join(loadDport, is4172, expression("quantum", nlaNumber(1, 1)), dropIt), "tcp 4172 unknown, tcp 8200-8250 accept, udp 4172 unknown"},
		"an unknown one without data":  {join(nlaNest(1, nlaText(1, "osmosis")), dropIt), allUnknown},
		"an expression without a name": {join(nlaNest(1, nlaNest(2)), dropIt), allUnknown},
		"a new attribute":              {join(loadDport, expression("cmp", nlaNumber(1, 1), nlaNumber(2, 0), value(3, 0x10, 0x4c), nlaNumber(9, 1)), dropIt), allUnknown},
		"a cut attribute":              {join(nla(1|0x8000, 8, 0, 1, 0, 'c', 'm'), dropIt), allUnknown},
		"a register out of range":      {join(expression("payload", nlaNumber(1, 77), nlaNumber(2, 2), nlaNumber(3, 2), nlaNumber(4, 2)), is4172, dropIt), allUnknown},
		"a register never loaded":      {join(is4172, dropIt), allUnknown},
		"a comparison of another size": {join(loadDport, expression("cmp", nlaNumber(1, 1), nlaNumber(2, cmpEq), value(3, 0x10)), dropIt), "tcp 4172 drop, tcp 8200-8250 accept, udp 4172 drop"},
		"an unknown comparison":        {join(loadDport, expression("cmp", nlaNumber(1, 1), nlaNumber(2, 9), value(3, 0x10, 0x4c)), dropIt), allUnknown},
		"a mask":                       {join(loadDport, mask(0xff, 0), expression("cmp", nlaNumber(1, 1), nlaNumber(2, cmpEq), value(3, 0x10, 0)), dropIt), "tcp 4172 drop, tcp 8200-8250 accept, udp 4172 drop"},
		"a shift":                      {join(loadDport, expression("bitwise", nlaNumber(1, 1), nlaNumber(2, 1), nlaNumber(3, 2), nlaNumber(6, 1), value(7, 0, 0, 0, 4)), is4172, dropIt), allUnknown},
		"an empty rule":                {nil, "tcp 4172 accept, tcp 8200-8250 accept, udp 4172 accept"},
		"a set that does not exist":    {join(loadDport, expression("lookup", nlaText(1, "gone"), nlaNumber(2, 1)), dropIt), allUnknown},
		"a chain that does not exist":  {verdictOf(-3, "gone"), allUnknown},
		"an empty chain":               {verdictOf(-3, "one"), "tcp 4172 accept, tcp 8200-8250 accept, udp 4172 accept"},
		"a verdict that is not known":  {verdictOf(-77), allUnknown},
		"a queue":                      {expression("queue", nla(1, 0, 1)), allUnknown},
		"a table of another program":   {join(expression("dynset", nlaText(1, "x"), nlaNumber(5, 1)), dropIt), allUnknown},
		"a payload far behind":         {join(expression("payload", nlaNumber(1, 1), nlaNumber(2, 2), nlaNumber(3, 1000), nlaNumber(4, 2)), is4172, dropIt), allUnknown},
		"a payload at the far end":     {join(expression("payload", nlaNumber(1, 1), nlaNumber(2, 2), nlaNumber(3, 0xffffffff), nlaNumber(4, 0xffffffff)), is4172, dropIt), allUnknown},
		"a changed header":             {expression("payload", nlaNumber(2, 1), nlaNumber(3, 16), nlaNumber(4, 4), nlaNumber(5, 1)), allUnknown},
		"a changed type of service":    {join(expression("payload", nlaNumber(2, 1), nlaNumber(3, 1), nlaNumber(4, 1), nlaNumber(5, 1)), loadDport, is4172, dropIt), "tcp 4172 drop, tcp 8200-8250 accept, udp 4172 drop"},
		"an xtables match cut short":   {join(expression("match", nlaText(1, "multiport"), nlaNumber(2, 1), nla(3, 1, 2)), dropIt), allUnknown},
		"an xtables match of old":      {join(expression("match", nlaText(1, "quake"), nlaNumber(2, 1), nla(3, 1, 2)), dropIt), allUnknown},
		"an xtables target":            {join(loadDport, is4172, expression("target", nlaText(1, "REJECT"), nlaNumber(2, 0), nla(3, 3, 0, 0, 0))), "tcp 4172 reject, tcp 8200-8250 accept, udp 4172 reject"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := summaryOf(tableOf(c.rule)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestDumpsThatCannotBeReadMakeEverythingUnknown(t *testing.T) {
	whole := join(loadDport, is4172, dropIt)
	for name, change := range map[string]func(*dumps){
		"a cut table":              func(d *dumps) { d.tables[0].attrs = append(d.tables[0].attrs, 1) },
		"a cut chain":              func(d *dumps) { d.chains[0].attrs = d.chains[0].attrs[:len(d.chains[0].attrs)-2] },
		"a chain with half a hook": func(d *dumps) { d.chains[1].attrs = append(d.chains[1].attrs, nlaNest(4, nlaNumber(1, 1))...) },
		"a rule of an unknown one": func(d *dumps) { d.rules = append(d.rules, ruleOf("gone", 9, whole)) },
		"a cut rule":               func(d *dumps) { d.rules[0].attrs = append(d.rules[0].attrs, 9, 0) },
		"a set with impossible key": func(d *dumps) {
			d.sets = append(d.sets, message{familyInet, join(nlaText(1, "t"), nlaText(2, "s"), nlaNumber(5, 400))})
		},
		"too many rules": func(d *dumps) {
			for range maxRules {
				d.rules = append(d.rules, d.rules[0])
			}
		},
	} {
		d := tableOf(whole)
		change(&d)
		if got := summaryOf(d); got != allUnknown {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// setOf is a table with the set s and a rule that drops what is in it.
func setOf(flags, keyType int, elements func() ([]message, error), description ...byte) dumps {
	d := tableOf(join(loadDport, expression("lookup", nlaText(1, "s"), nlaNumber(2, 1)), dropIt))
	d.sets = []message{{familyInet, join(nlaText(1, "t"), nlaText(2, "s"), nlaNumber(3, uint32(flags)), nlaNumber(4, uint32(keyType)), nlaNumber(5, 2), nlaNest(9, description))}}
	d.elements = func(tableID, string) ([]message, error) { return elements() }
	return d
}

// elementsOf are boundaries; a negative one is an end.
func elementsOf(list ...int) func() ([]message, error) {
	return func() ([]message, error) {
		var all []byte
		for _, v := range list {
			port := max(v, -v)
			one := value(1, byte(port>>8), byte(port))
			if v < 0 {
				one = append(one, nlaNumber(3, elementEnd)...)
			}
			all = append(all, nlaNest(1, one)...)
		}
		return []message{{familyInet, join(nlaText(1, "t"), nlaText(2, "s"), nlaNest(3, all))}}, nil
	}
}

// many are more elements than are read, in messages as the kernel makes them.
func many() ([]message, error) {
	list, err := elementsOf(make([]int, 1000)...)()
	for len(list) <= maxElements/1000 {
		list = append(list, list[0])
	}
	return list, err
}

func TestSetsOfTheKernel(t *testing.T) {
	for name, c := range map[string]struct {
		dumps dumps
		want  string
	}{
		"values":                     {setOf(0, 13, elementsOf(4172, 22)), "tcp 4172 drop, tcp 8200-8250 accept, udp 4172 drop"},
		"intervals in disorder":      {setOf(setInterval, 13, elementsOf(8000, -4173, 4000, -9000, 0x7fff, -0)), allDropped},
		"intervals that touch":       {setOf(setInterval, 13, elementsOf(8200, -8220, 8220, -8251)), "tcp 4172 accept, tcp 8200-8250 drop, udp 4172 accept"},
		"an interval without an end": {setOf(setInterval, 13, elementsOf(8200)), "tcp 4172 accept, tcp 8200-8250 drop, udp 4172 accept"},
		"not to be read":             {setOf(0, 13, func() ([]message, error) { return nil, errors.New("gone") }), allUnknown},
		"too large":                  {setOf(0, 13, many), allUnknown},
		"an element of another size": {setOf(0, 13, func() ([]message, error) {
			return []message{{familyInet, nlaNest(3, nlaNest(1, value(1, 1, 2, 3)))}}, nil
		}), allUnknown},
		"an element with a condition": {setOf(0, 13, func() ([]message, error) {
			return []message{{familyInet, nlaNest(3, nlaNest(1, value(1, 0x10, 0x4c), nlaNest(7, nlaText(1, "limit"))))}}, nil
		}), "tcp 4172 unknown, tcp 8200-8250 accept, udp 4172 unknown"},
		"an element that counts": {setOf(0, 13, func() ([]message, error) {
			return []message{{familyInet, nlaNest(3, nlaNest(1, value(1, 0x10, 0x4c), nlaNest(7, nlaText(1, "counter"))))}}, nil
		}), "tcp 4172 drop, tcp 8200-8250 accept, udp 4172 drop"},
		"one for all others": {setOf(0, 13, func() ([]message, error) {
			return []message{{familyInet, nlaNest(3, nlaNest(1, nlaNumber(3, elementCatchall)))}}, nil
		}), allDropped},
		"parts that do not add up": {setOf(setConcat|setInterval, 13, elementsOf(4172), nlaNest(2, nlaNest(1, nlaNumber(1, 4)), nlaNest(1, nlaNumber(1, 2)))...), allUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			if got := summaryOf(c.dumps); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestTextsOfRulesAreThoseOfTheCommand(t *testing.T) {
	r := join(expression("meta", nlaNumber(2, metaL4Proto), nlaNumber(1, 1)), expression("cmp", nlaNumber(1, 1), nlaNumber(2, cmpEq), value(3, protoTCP)), loadDport, is4172, dropIt)
	m := ruleOf("input", 7, r)
	m.attrs = append(m.attrs, nla(7, append([]byte{0, 6}, "evil\x1b\x00"...)...)...)
	d := tableOf()
	d.rules = []message{m}
	list := evaluate(newNFT(d), onEth0, Ask{Interface: "eth0", Address: eth0, Sources: management, Ports: ports[:1]})
	if got := list[0].rules; len(got) != 1 || got[0] != `inet t input handle 7: tcp dport 4172 drop comment "evil"` {
		t.Errorf("%q", got)
	}
}

func FuzzNFT(f *testing.F) {
	f.Add([]byte{}, []byte{})
	f.Add(join(loadDport, is4172, dropIt), nlaNest(1, value(1, 0x10, 0x4c)))
	f.Add(join(loadDport, expression("lookup", nlaText(1, "s"), nlaNumber(2, 1)), dropIt), nlaNest(1, value(1, 0x10, 0x4c), nlaNumber(3, 1)))
	f.Add(join(loadDport, expression("lookup", nlaText(1, "s"), nlaNumber(2, 1), nlaNumber(3, 0))), nlaNest(1, value(1, 0x10, 0x4c), nlaNest(2, nlaNest(2, nlaNumber(1, 0)))))
	f.Add(join(expression("match", nlaText(1, "multiport"), nlaNumber(2, 1), nla(3, make([]byte, 48)...)), expression("target", nlaText(1, "REJECT"), nla(3, 0, 0, 0, 0))), []byte{})
	for name := range decoders {
		f.Add(join(expression(name, nlaNumber(1, 1), nlaNumber(2, 1), nlaNumber(3, 1), nlaNumber(4, 4), nlaNumber(5, 4)), is4172, dropIt), []byte{})
	}
	f.Fuzz(func(t *testing.T, expressions, elements []byte) {
		for _, flags := range []uint32{0, setInterval, setInterval | setConcat, setMap} {
			d := tableOf(expressions)
			d.sets = []message{{familyInet, join(nlaText(1, "t"), nlaText(2, "s"), nlaNumber(3, flags), nlaNumber(5, 2), nlaNumber(6, verdictType), nlaNest(9, nlaNest(2, nlaNest(1, nlaNumber(1, 2)))))}}
			d.elements = func(tableID, string) ([]message, error) { return []message{{familyInet, nlaNest(3, elements)}}, nil }
			a := Ask{Interface: "eth0", Address: eth0, Sources: management, Ports: ports}
			wellFormed(t, evaluate(newNFT(d), onEth0, a))
		}
	})
}

func TestManagersShowByTheirChains(t *testing.T) {
	for chain, want := range map[string]string{"ufw-user-input": "ufw", "DOCKER-USER": "docker", "IN_public_deny": "firewalld", "f2b-sshd": "fail2ban", "one": ""} {
		s, err := parseSave(strings.NewReader(fmt.Sprintf("*filter\n:INPUT ACCEPT\n:%s - [0:0]\n-A INPUT -j %s\n-A %s -j DROP\nCOMMIT\n", chain, chain, chain)), false, ipsetSource{})
		if err != nil {
			t.Fatal(err)
		}
		list := evaluate(s, onEth0, Ask{Interface: "eth0", Address: eth0, Sources: management, Ports: ports[:1]})
		if list[0].manager != want || list[0].verdict != probe.FirewallDrop {
			t.Errorf("%s: %+v", chain, list[0])
		}
	}
}
