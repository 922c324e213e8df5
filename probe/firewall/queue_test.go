package firewall

import (
	"encoding/binary"
	"testing"

	"wsdoctor/probe"
)

func TestQueuesThatProgramsListenTo(t *testing.T) {
	q, err := parseQueues([]byte("    1  19461     0 2 65531     0     0        0  1\n   42  19462     0 2 65531     0     0        0  1\n"))
	if err != nil || !q.known || len(q.listen) != 2 || !q.listen[42] {
		t.Errorf("%+v, %v", q, err)
	}
	s := &ruleset{}
	s.add(&chain{rules: []*rule{{ops: []op{newQueue("queue", 40, 4, false)}}, {ops: []op{newQueue("queue", 7, 1, false)}}}})
	named := func(pid uint32) string { return map[uint32]string{19462: "inspector"}[pid] }
	if who := q.deciders(named, s, nil); len(who) != 1 || who[0] != "inspector (queue 42)" {
		t.Errorf("%q", who)
	}
	if q, err := parseQueues(nil); err != nil || !q.known {
		t.Errorf("none: %+v, %v", q, err)
	}
	if q, err := parseQueues([]byte("what is this\n")); err == nil || q.known {
		t.Errorf("%+v", q)
	}
}

func TestQueueWithoutAProgram(t *testing.T) {
	listened := queues{known: true, listen: map[uint16]bool{5: true}}
	for _, c := range []struct {
		name   string
		op     *queueTo
		queues queues
		want   action
	}{
		{"nobody", newQueue("queue", 4, 1, false), listened, actDrop},
		{"nobody, with bypass", newQueue("queue", 4, 1, true), listened, actAccept},
		{"somebody", newQueue("queue", 5, 1, true), listened, actLose},
		{"somebody at one of several", newQueue("queue", 4, 3, false), listened, actLose},
		{"may not be read", newQueue("queue", 4, 1, true), queues{}, actLose},
	} {
		m := &machine{facts: &facts{queues: c.queues}}
		if c.op.run(m); len(m.out) != 1 || m.out[0].action != c.want {
			t.Errorf("%s: %+v", c.name, m.out)
		}
	}
	ops, err := xtQueue(3, []byte{7, 0, 3, 0, 1, 0})
	if o, is := ops[0].(*queueTo); err != nil || !is || o.first != 7 || o.last != 9 || !o.bypass {
		t.Errorf("%+v, %v", ops, err)
	}
	two := func(kind int, v uint16) []byte { return nla(kind, binary.BigEndian.AppendUint16(nil, v)...) }
	for _, c := range []struct {
		attributes []byte
		want       string
		unclear    bool
	}{
		{two(1, 4), "queue num 4", false},
		{join(two(1, 4), two(2, 3), two(3, 1)), "queue num 4-6 bypass", false},
		{join(two(1, 4), nlaNumber(4, 1)), "queue num 4", true},
	} {
		d := &decoding{}
		ops := decodeExpression(d, expression("queue", c.attributes)[4:])
		if o, is := ops[0].(*queueTo); !is || o.name != c.want || o.unclear != c.unclear {
			t.Errorf("%+v, want %s", ops[0], c.want)
		}
	}
	if o := saveQueue([]string{"--queue-balance", "7:9", "--queue-bypass"})[0].(*queueTo); o.first != 7 || o.last != 9 || !o.bypass || o.unclear {
		t.Errorf("%+v", o)
	}
	// What cannot be read is held for a queue with a program.
	if o := saveQueue([]string{"--queue-num", "x"})[0].(*queueTo); !o.unclear {
		t.Errorf("%+v", o)
	}
}

func FuzzQueues(f *testing.F) {
	f.Add([]byte("    1  19461     0 2 65531     0     0        0  1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if q, err := parseQueues(b); err != nil && q.known {
			t.Error("known and wrong")
		}
	})
}

// FuzzXtables gives structures of the kernel to what reads them.
func FuzzXtables(f *testing.F) {
	f.Add("time", 0, make([]byte, 24))
	f.Add("hashlimit", 3, make([]byte, 400))
	f.Add("set", 4, make([]byte, 48))
	f.Add("REDIRECT", 0, make([]byte, 20))
	f.Add("CONNMARK", 2, make([]byte, 15))
	f.Add("NFQUEUE", 3, make([]byte, 6))
	f.Fuzz(func(t *testing.T, name string, revision int, b []byte) {
		d := &decoding{family: familyIP}
		var ops []op
		if read, is := matches[name]; is && name != "connmark" {
			ops, _ = read(d, revision, b)
		}
		if read, is := builtTargets[name]; is {
			ops, _ = read(d, revision, b)
		}
		m := &machine{facts: &facts{}, variants: map[variant]*packet{}}
		m.start(newTravel(newPacket("eth0", eth0, management[0], probe.TCP, 4172, 4172)))
		p := newPrinter(familyIP)
		for _, o := range ops {
			o.run(m)
			if s := "x" + o.text(p) + "x"; s != probe.Clean(s, maxText+200) {
				t.Errorf("not clean: %q", s)
			}
		}
	})
}
