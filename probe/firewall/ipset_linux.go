package firewall

import (
	"context"
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

// openIPSets reads sets when they are first asked for. Its answers are the same for
// all rules, so that one that some rule fills is known to be filled for all.
func openIPSets(ctx context.Context) (ipsetSource, func()) {
	socket, err := openNetlink(unix.NFNL_SUBSYS_IPSET)
	if err != nil {
		return ipsetSource{}, func() {}
	}
	known := map[string]*ipset{}
	names := map[uint16]string{}
	loaded := 0
	var byName func(name string) *ipset
	byName = func(name string) *ipset {
		if s := known[name]; s != nil {
			return s
		}
		known[name] = &ipset{name: probe.Clean(name, 64), why: "leads to itself"}
		list, err := socket.ask(ctx, ipsetList, unix.NLM_F_REQUEST|unix.NLM_F_DUMP, unix.NFPROTO_IPV4, ipsetNamed(name))
		if err != nil {
			known[name].why = probe.Clean(fmt.Sprintf("cannot be read: %v", err), 80)
			return known[name]
		}
		s := parseIPSet(name, list, maxElements-loaded, byName)
		loaded += s.count()
		*known[name] = *s
		return known[name]
	}
	byIndex := func(index uint16) *ipset {
		name, is := names[index]
		if !is {
			name = ""
			question := append(protocolAttribute(), attribute(ipsetIndex, binary.BigEndian.AppendUint16(nil, index))...)
			if list, err := socket.ask(
				ctx,
				ipsetByIndex,
				unix.NLM_F_REQUEST,
				unix.NFPROTO_IPV4,
				question,
			); err == nil &&
				len(list) == 1 {
				if f, err := list[0].attributes(); err == nil {
					name = f.text(ipsetName)
				}
			}
			names[index] = name
		}
		if name == "" {
			return &ipset{name: fmt.Sprint("number ", index), why: "cannot be read"}
		}
		return byName(name)
	}
	return ipsetSource{byName, byIndex}, socket.close
}

// count is how many elements a set has.
func (s *ipset) count() int {
	n := len(s.elements)
	if s.addresses != nil {
		n += len(s.addresses.elements)
	}
	return n
}

// protocolAttribute names the version of ip_set's language that is spoken here.
func protocolAttribute() []byte {
	const version = 7
	return attribute(ipsetProtocol, []byte{version})
}

func ipsetNamed(name string) []byte {
	return append(protocolAttribute(), attribute(ipsetName, append([]byte(name), 0))...)
}

// attribute writes one attribute.
func attribute(kind int, data []byte) []byte {
	out := binary.NativeEndian.AppendUint16(nil, uint16(4+len(data)))
	out = binary.NativeEndian.AppendUint16(out, uint16(kind))
	out = append(out, data...)
	for len(out)%4 != 0 {
		out = append(out, 0)
	}
	return out
}
