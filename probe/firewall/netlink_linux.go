package firewall

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// netlinkSocket asks the kernel for its rules. It is our own and not a library's
// because every expression must be seen: one that is skipped as unknown turns a
// rule for few packets into one for all.
type netlinkSocket struct {
	fd        int
	subsystem int
	sequence  uint32
	total     int // bytes read so far
}

// Bounds of what is read.
const (
	netlinkPatience = 500 * time.Millisecond // for one answer; the kernel answers in microseconds
	netlinkBuffer   = 64 << 10               // the kernel fills at most 32 KiB
	netlinkMost     = 64 << 20               // bytes altogether
)

// Kinds of messages (enum nf_tables_msg_types).
const (
	getTable   = 1
	getChain   = 4
	getRule    = 7
	getSet     = 10
	getElement = 13
	getGen     = 16
	getObject  = 19
)

// errTooMany: there are more rules than are looked at. What the kernel still has to
// tell is left unread, with the socket.
var errTooMany = fmt.Errorf("more than %d rules", maxRules)

// errChanging: the rules were changed while they were read.
var errChanging = errors.New("the rules were changed while they were read")

func openNetlink(subsystem int) (*netlinkSocket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_NETFILTER)
	if err != nil {
		return nil, err
	}
	wait := unix.NsecToTimeval(netlinkPatience.Nanoseconds())
	err = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return &netlinkSocket{fd: fd, subsystem: subsystem}, nil
}

func (s *netlinkSocket) close() { unix.Close(s.fd) }

// stringAttributes writes attributes 1, 2, … that are strings.
func stringAttributes(list ...string) (out []byte) {
	for i, name := range list {
		out = binary.NativeEndian.AppendUint16(out, uint16(4+len(name)+1))
		out = binary.NativeEndian.AppendUint16(out, uint16(i+1))
		out = append(append(out, name...), 0)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	return out
}

// dump asks for a list and reads it to its end.
func (s *netlinkSocket) dump(ctx context.Context, kind int, of family, attributes []byte) ([]message, error) {
	return s.ask(ctx, kind, unix.NLM_F_REQUEST|unix.NLM_F_DUMP, of, attributes)
}

func (s *netlinkSocket) ask(
	ctx context.Context,
	kind int,
	flags uint16,
	of family,
	attributes []byte,
) ([]message, error) {
	s.sequence++
	n := binary.NativeEndian
	size := unix.SizeofNlMsghdr + 4 + len(attributes)
	b := n.AppendUint32(nil, uint32(size))
	b = n.AppendUint16(b, uint16(s.subsystem<<8|kind))
	b = n.AppendUint16(b, flags)
	b = n.AppendUint32(b, s.sequence)
	b = n.AppendUint32(b, 0)
	b = append(b, byte(of), unix.NFNETLINK_V0, 0, 0)
	b = append(b, attributes...)
	if err := unix.Sendto(s.fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return nil, err
	}
	var list []message
	buffer := make([]byte, netlinkBuffer)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, _, flags, from, err := unix.Recvmsg(s.fd, buffer, nil, 0)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return nil, err
		case flags&unix.MSG_TRUNC != 0:
			return nil, errAttribute
		}
		if sender, is := from.(*unix.SockaddrNetlink); !is || sender.Pid != 0 {
			continue // not the kernel
		}
		if s.total += n; s.total > netlinkMost {
			return nil, fmt.Errorf("more than %d MiB of rules", netlinkMost>>20)
		}
		more, done, err := s.messages(append([]byte(nil), buffer[:n]...))
		list = append(list, more...)
		if kind == getRule && s.subsystem == unix.NFNL_SUBSYS_NFTABLES && len(list) > maxRules && !done {
			return list, errTooMany
		}
		if done || err != nil {
			return list, err
		}
	}
}

// messages splits one datagram.
func (s *netlinkSocket) messages(b []byte) (list []message, done bool, err error) {
	n := binary.NativeEndian
	for len(b) >= unix.SizeofNlMsghdr {
		size := int(n.Uint32(b))
		kind, flags, sequence := n.Uint16(b[4:]), n.Uint16(b[6:]), n.Uint32(b[8:])
		if size < unix.SizeofNlMsghdr || size > len(b) {
			return list, true, errAttribute
		}
		data := b[unix.SizeofNlMsghdr:size]
		b = b[min((size+3)&^3, len(b)):]
		switch {
		case sequence != s.sequence:
			continue
		case flags&unix.NLM_F_DUMP_INTR != 0:
			return list, true, errChanging
		case kind == unix.NLMSG_ERROR || kind == unix.NLMSG_DONE:
			if len(data) >= 4 {
				if code := int32(n.Uint32(data)); code != 0 {
					err = unix.Errno(-code)
				}
			}
			return list, true, err
		case len(data) < 4:
			return list, true, errAttribute
		}
		list = append(list, message{family: family(data[0]), attrs: data[4:]})
		if flags&unix.NLM_F_MULTI == 0 {
			return list, true, nil
		}
	}
	return list, false, nil
}

// generation is a number that changes with every change of the rules.
func (s *netlinkSocket) generation(ctx context.Context) (int, error) {
	list, err := s.ask(ctx, getGen, unix.NLM_F_REQUEST, 0, nil)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	f, err := list[0].attributes()
	return f.number(1), err
}

// readNFT reads all rules of nf_tables. It is done again if they change
// meanwhile.
func readNFT(ctx context.Context, sets ipsetSource) (*ruleset, error) {
	const tries = 3
	s, err := openNetlink(unix.NFNL_SUBSYS_NFTABLES)
	if err != nil {
		return nil, err
	}
	defer s.close()
	var set *ruleset
	for range tries {
		if set, err = s.read(ctx, sets); !errors.Is(err, errChanging) {
			return set, err
		}
	}
	return nil, err
}

func (s *netlinkSocket) read(ctx context.Context, sets ipsetSource) (*ruleset, error) {
	before, err := s.generation(ctx)
	counted := err == nil
	if err != nil && !absent(err) { // old kernels do not count
		return nil, err
	}
	d := dumps{ipsets: sets}
	for _, part := range []struct {
		kind int
		into *[]message
	}{{getTable, &d.tables}, {getChain, &d.chains}, {getRule, &d.rules}, {getSet, &d.sets}} {
		if *part.into, err = s.dump(ctx, part.kind, 0, nil); errors.Is(err, errTooMany) {
			return newNFT(d), nil // which says so
		} else if err != nil {
			return nil, err
		}
	}
	if d.objects, err = s.dump(ctx, getObject, 0, nil); err != nil && !absent(err) { // old kernels have none
		return nil, err
	}
	d.elements = func(t tableID, set string) ([]message, error) {
		return s.dump(ctx, getElement, t.family, stringAttributes(t.name, set))
	}
	set := newNFT(d)
	if !counted {
		return set, nil
	}
	after, err := s.generation(ctx)
	if err == nil && after != before {
		err = errChanging
	}
	return set, err
}
