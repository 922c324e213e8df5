package negotiate

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// answer is a server's answer to a packet of ours.
func answer(b []byte, versions ...uint32) []byte {
	r := append([]byte{0x80, 0, 0, 0, 0, idSize}, b[15:23]...)
	r = append(append(r, idSize), b[6:14]...)
	for _, v := range versions {
		r = binary.BigEndian.AppendUint32(r, v)
	}
	return r
}

func TestPacketsHaveTheSizeAskedForAndNeverLess(t *testing.T) {
	var e Exchange
	for i, size := range []int{0, 1199, 1200, 1252, 1472} {
		b := e.Packet(size)
		if len(b) != max(size, 1200) {
			t.Errorf("%d bytes, asked for %d", len(b), size)
		}
		if at, ok := e.Match(answer(b, 1)); !ok || at != i {
			t.Errorf("packet %d: matched %d, %v", i, at, ok)
		}
	}
}

func FuzzMatch(f *testing.F) {
	ours := new(Exchange).Packet(LeastSize)
	reply := answer(ours, 1, 0x6b3343cf)
	for _, seed := range [][]byte{ours, reply, reply[:24], reply[:23], {0x80, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}, {}} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, reply []byte, mine bool) {
		e := new(Exchange)
		e.Packet(LeastSize)
		if mine && len(reply) >= 23 { // bring the fuzzer past the IDs
			copy(reply[6:14], e.sent[0].source[:])
			copy(reply[15:23], e.sent[0].destination[:])
		}
		i, ok := e.Match(reply)
		if ok && (i != 0 || len(e.Versions) == 0 || len(reply) < 27 || !bytes.Equal(reply[6:14], e.sent[0].source[:])) {
			t.Errorf("% x taken for an answer to packet %d", reply, i)
		}
		if !ok && e.Versions != nil {
			t.Error("versions out of garbage")
		}
		if len(e.Versions) > maxVersions {
			t.Errorf("%d versions kept", len(e.Versions))
		}
	})
}
