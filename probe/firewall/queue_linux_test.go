package firewall

import (
	"encoding/binary"
	"fmt"
	"testing"

	"golang.org/x/sys/unix"
)

// listenToQueue opens a queue of the WorkSpace, and answers nothing.
func (w *world) listenToQueue(t *testing.T, number uint16) {
	t.Helper()
	err := w.workspace.Do(func() error {
		s, err := openNetlink(unix.NFNL_SUBSYS_QUEUE)
		if err != nil {
			return err
		}
		t.Cleanup(s.close)
		const config, command, bind = 2, 1, 1 // NFQNL_MSG_CONFIG, NFQA_CFG_CMD, NFQNL_CFG_CMD_BIND
		body := append([]byte{unix.AF_UNSPEC, unix.NFNETLINK_V0}, binary.BigEndian.AppendUint16(nil, number)...)
		body = append(body, attribute(command, []byte{bind, 0, 0, 0})...)
		n := binary.NativeEndian
		b := n.AppendUint32(nil, uint32(unix.SizeofNlMsghdr+len(body)))
		b = n.AppendUint16(b, unix.NFNL_SUBSYS_QUEUE<<8|config)
		b = n.AppendUint16(b, unix.NLM_F_REQUEST|unix.NLM_F_ACK)
		b = n.AppendUint64(b, 1) // sequence, sender
		if err := unix.Sendto(s.fd, append(b, body...), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
			return err
		}
		answer := make([]byte, 256)
		size, _, err := unix.Recvfrom(s.fd, answer, 0)
		if err != nil || size < unix.SizeofNlMsghdr+4 {
			return fmt.Errorf("no answer: %w", err)
		}
		if code := int32(n.Uint32(answer[unix.SizeofNlMsghdr:])); code != 0 {
			return unix.Errno(-code)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
