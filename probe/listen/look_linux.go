package listen

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"time"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

// diagPatience bounds the wait for the kernel, which answers at once.
const diagPatience = 200 * time.Millisecond

func thisSystem(ctx context.Context, keep watch) ([]socket, []string, error) {
	return readProc(ctx, os.DirFS("/proc"), askKernel, keep)
}

// askKernel asks sock_diag, which every user may.
func askKernel(ctx context.Context, t probe.Transport) (map[uint64]bool, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	s, err := nl.Subscribe(unix.NETLINK_INET_DIAG) // no group: a plain socket
	if err != nil {
		return nil, err
	}
	defer s.Close()
	limit := unix.NsecToTimeval(diagPatience.Nanoseconds())
	if err := s.SetReceiveTimeout(&limit); err != nil {
		return nil, err
	}
	protocol := uint8(unix.IPPROTO_TCP)
	if t == probe.UDP {
		protocol = unix.IPPROTO_UDP
	}
	request := nl.NewNetlinkRequest(nl.SOCK_DIAG_BY_FAMILY, unix.NLM_F_DUMP)
	request.Sockets = map[int]*nl.SocketHandle{unix.NETLINK_INET_DIAG: {Socket: s}}
	request.AddData(diagRequest{protocol})
	only := map[uint64]bool{}
	err = request.ExecuteIter(unix.NETLINK_INET_DIAG, nl.SOCK_DIAG_BY_FAMILY, func(message []byte) bool {
		if inode, v6only, told := parseDiag(message); told {
			only[inode] = v6only
		}
		return ctx.Err() == nil
	})
	if errors.Is(err, nl.ErrDumpInterrupted) {
		err = nil // sockets came and went; what was said of the others is true
	}
	return only, err
}

// diagRequest asks for the IPv6 sockets of a protocol that listen (state 10) or
// are unconnected (7), as UDP sockets are.
type diagRequest struct{ protocol uint8 }

const (
	diagRequestSize = 56 // struct inet_diag_req_v2
	diagStates      = 1<<10 | 1<<7
)

func (r diagRequest) Len() int { return diagRequestSize }

// Serialize writes family, protocol, no extensions, and the states; the rest
// stays zero, which matches every address and port.
func (r diagRequest) Serialize() []byte {
	b := make([]byte, diagRequestSize)
	b[0], b[1] = unix.AF_INET6, r.protocol
	binary.NativeEndian.PutUint32(b[4:], diagStates)
	return b
}
