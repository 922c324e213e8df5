package socket

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/windows"
)

// reasonPatience bounds the second question. What the first one learnt is in the
// resolver's cache; whoever was silent once is not waited for again.
const reasonPatience = 500 * time.Millisecond

// reasoned asks DnsQuery why a lookup failed: GetAddrInfo, by which package net looks
// names up, says "not found" of a name that does not exist, and of a computer without
// network alike, and package net keeps nothing of its other numbers. The call cannot
// be broken off; nobody waits for it then.
func reasoned(ctx context.Context, host string, kind uint16, err error) error {
	var said *net.DNSError
	if !errors.As(err, &said) || ctx.Err() != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, reasonPatience)
	defer cancel()
	status := make(chan syscall.Errno, 1)
	go func() {
		var list *windows.DNSRecord
		err := windows.DnsQuery(host, kind, 0, nil, &list, nil)
		if list != nil {
			windows.DnsRecordListFree(list, 1)
		}
		var errno syscall.Errno
		_ = errors.As(err, &errno)
		status <- errno
	}()
	select {
	case s := <-status:
		return lookupError(said, s)
	case <-ctx.Done():
		return lookupError(said, 0)
	}
}
