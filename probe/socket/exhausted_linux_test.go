package socket

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

// A socket that cannot be opened says nothing of the network; a datagram that the
// system drops on its way out may have met a filter there.
func TestWantOfResourcesIsThisComputersOwn(t *testing.T) {
	for _, c := range []struct {
		op    string
		errno syscall.Errno
		want  probe.Failure
	}{
		{"connect", unix.EMFILE, probe.ComputerExhausted}, {"connect", unix.ENFILE, probe.ComputerExhausted},
		{"connect", unix.ENOMEM, probe.ComputerExhausted}, {"connect", unix.ENOBUFS, probe.ComputerExhausted},
		{"connect", unix.EAGAIN, probe.ComputerExhausted}, {"send", unix.ENOMEM, probe.ComputerExhausted},
		{"send", unix.ENOBUFS, probe.UnknownFailure},
	} {
		if got := fault(t.Context(), c.op, os.NewSyscallError("socket", c.errno), true).Failure; got != c.want {
			t.Errorf("%s: %v is %s, want %s", c.op, c.errno, got, c.want)
		}
	}
}

func TestAResolverWithoutASocketIsNoAnswer(t *testing.T) {
	err := dnsError("h.example.com", &net.DNSError{Err: "dial udp 192.0.2.1:53: socket: too many open files", Name: "h.example.com", IsTemporary: true})
	var failed *probe.NetError
	if !errors.As(err, &failed) || failed.Failure != probe.ComputerExhausted {
		t.Errorf("%v", err)
	}
	if err := dnsError("h.example.com", &net.DNSError{Err: "no such host", IsNotFound: true}); errors.As(err, &failed) && failed == nil {
		t.Error("another error was changed")
	}
}

// With no descriptor left neither a connect nor a hop is said to be silent.
func TestWithoutADescriptorNothingIsSilent(t *testing.T) {
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 3, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
			t.Fatal(err)
		}
	}()
	n, to := New(Options{}), netip.MustParseAddrPort("127.0.0.1:9")
	for name, open := range map[string]func() error{
		"tcp": func() error { _, err := n.DialTCP(context.Background(), to); return err },
		"udp": func() error { _, err := n.DialUDP(context.Background(), to); return err },
	} {
		var failed *probe.NetError
		if err := open(); !errors.As(err, &failed) || failed.Failure != probe.ComputerExhausted {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, transport := range []probe.Transport{probe.TCP, probe.UDP} {
		a, ok := n.Hop(context.Background(), question(to.Addr(), to.Port(), transport, 1))
		if !ok || a.Kind != probe.HopLocal || a.Failure != probe.ComputerExhausted {
			t.Errorf("hop %s: %+v %v", transport, a, ok)
		}
	}
}
