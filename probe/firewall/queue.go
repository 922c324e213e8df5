package firewall

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// queues are those that a program listens to.
type queues struct {
	known  bool
	listen map[uint16]bool
	ports  map[uint16]uint32 // of netlink, which for most programs is their process's number
}

// parseQueues reads /proc/net/netfilter/nfnetlink_queue: one queue that a program
// has opened on each line, by its number and the program's netlink port.
func parseQueues(b []byte) (queues, error) {
	q := queues{known: true, listen: map[uint16]bool{}, ports: map[uint16]uint32{}}
	for line := range strings.Lines(string(b)) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		n, err := strconv.ParseUint(words[0], 10, 16)
		if err != nil {
			return queues{}, errors.New("a queue without a number")
		}
		q.listen[uint16(n)] = true
		if len(words) < 2 {
			continue
		}
		if port, err := strconv.ParseUint(words[1], 10, 32); err == nil {
			q.ports[uint16(n)] = uint32(port)
		}
	}
	return q, nil
}

// deciders names the programs that listen to queues which rules give packets to; name
// gives that of a process.
func (q queues) deciders(name func(pid uint32) string, sets ...*ruleset) (list []string) {
	for _, s := range sets {
		if s == nil {
			continue
		}
		for _, c := range s.chains {
			for _, r := range c.rules {
				for _, x := range r.ops {
					o, is := x.(*queueTo)
					if !is {
						continue
					}
					for n := int(o.first); n <= int(o.last); n++ {
						if !q.listen[uint16(n)] || len(list) >= maxCited {
							continue
						}
						who := name(q.ports[uint16(n)])
						if who == "" {
							who = "a program that could not be named"
						}
						if text := fmt.Sprintf("%s (queue %d)", who, n); !slices.Contains(list, text) {
							list = append(list, text)
						}
					}
				}
			}
		}
	}
	return list
}

// queueTo hands the packet to a program. Where none listens it is dropped, or, with
// bypass, goes on as if it were accepted (nf_queue).
type queueTo struct {
	name        string
	first, last uint16
	bypass      bool
	unclear     bool // which queue depends on the packet
}

func (o *queueTo) run(m *machine) truth {
	act := actLose
	if q := m.facts.queues; q.known && !o.unclear {
		act = actDrop
		if o.bypass {
			act = actAccept
		}
		for n := int(o.first); n <= int(o.last); n++ {
			if q.listen[uint16(n)] {
				act = actLose
			}
		}
	}
	m.out = append(m.out, verdict{action: act})
	return yes
}

func (o *queueTo) text(*printer) string { return o.name }

func newQueue(name string, first, total uint16, bypass bool) *queueTo {
	last := uint16(min(int(first)+max(int(total), 1)-1, 65535))
	o := &queueTo{first: first, last: last, bypass: bypass, name: fmt.Sprintf("%s num %d", name, first)}
	if last > first {
		o.name += fmt.Sprintf("-%d", last)
	}
	if bypass {
		o.name += " bypass"
	}
	return o
}

// decodeQueue reads attributes of enum nft_queue_attributes.
func decodeQueue(_ *decoding, f *fields) ([]op, error) {
	const bypass, fanout = 1, 2
	number := func(kind int) uint16 {
		if len(f[kind]) != 2 {
			return 0
		}
		return binary.BigEndian.Uint16(f[kind])
	}
	o := newQueue("queue", number(1), number(2), number(3)&bypass != 0)
	o.unclear = f.has(4) || number(3)&^(bypass|fanout) != 0
	return []op{o}, nil
}

// xtQueue is struct xt_NFQ_info and its revisions 1 to 3.
func xtQueue(revision int, b []byte) ([]op, error) {
	n := binary.NativeEndian
	if revision < 0 || revision > 3 || len(b) < []int{2, 4, 6, 6}[revision] {
		return nil, short("xt_NFQ_info")
	}
	total, flags := uint16(1), uint16(0)
	if revision > 0 {
		total = n.Uint16(b[2:])
	}
	if revision > 1 {
		flags = n.Uint16(b[4:])
	}
	return []op{newQueue("NFQUEUE", n.Uint16(b), total, flags&1 != 0)}, nil
}

// saveQueue reads the options of NFQUEUE.
func saveQueue(words []string) []op {
	first, total, bypass, unclear := uint64(0), uint64(1), false, false
	for i, w := range words {
		value := ""
		if i+1 < len(words) {
			value = words[i+1]
		}
		var err error
		switch w {
		case "--queue-num":
			first, err = strconv.ParseUint(value, 10, 16)
		case "--queue-balance":
			low, high, _ := strings.Cut(value, ":")
			var last uint64
			if first, err = strconv.ParseUint(low, 10, 16); err == nil {
				last, err = strconv.ParseUint(high, 10, 16)
			}
			if last >= first {
				total = last - first + 1
			}
		case "--queue-bypass":
			bypass = true
		}
		unclear = unclear || err != nil
	}
	o := newQueue("NFQUEUE", uint16(first), uint16(total), bypass)
	o.unclear = unclear
	return []op{o}
}
