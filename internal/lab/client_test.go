//go:build linux

package lab

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/pion/stun/v3"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// clientArgument makes the test binary a client program inside the lab.
const clientArgument = "__lab_client"

func TestMain(m *testing.M) {
	switch {
	case IsHost():
		goBeyond()
		HostMain(realHooks)
	case len(os.Args) > 1 && os.Args[1] == clientArgument:
		for _, line := range os.Args[2:] {
			words := strings.Fields(line)
			do := instruments[words[0]]
			if do == nil {
				do = insideInstruments[words[0]]
			}
			fmt.Println(do(words[1:]))
		}
		os.Exit(0)
	}
	goBeyond()
	// A program built with the race detector otherwise sleeps a second at its end.
	if err := os.Setenv(noRaceSleep[0], noRaceSleep[1]); err != nil {
		panic(err)
	}
	code := m.Run()
	if directoryHome != "" {
		_ = os.RemoveAll(directoryHome)
	}
	os.Exit(code)
}

var noRaceSleep = [2]string{"GORACE", "atexit_sleep_ms=0"}

// instruments are what a client program can do, each in one line of output.
var instruments = map[string]func([]string) string{
	"tcp":     func(a []string) string { return errorWord(dialTCP(a[0])) },
	"hello":   func(a []string) string { return hello(a[0], a[1]) },
	"small":   func(a []string) string { return hello(a[0], a[1], tls.X25519) },
	"pause":   func(a []string) string { return pause(a[0]) },
	"stun":    func(a []string) string { return askSTUN(a[0]) },
	"quic":    func(a []string) string { return askQUIC(a[0]) },
	"offend":  func(a []string) string { return offender(a[0], a[1], nil) },
	"ttl":     func(a []string) string { return limited(a[0], a[1], a[2]) },
	"size":    func(a []string) string { return sized(a[0], a[1]) },
	"others":  func([]string) string { return others() },
	"flood":   func(a []string) string { return flood(a[0]) },
	"from":    func(a []string) string { return stunFrom(a[0], a[1]) },
	"retrans": func(a []string) string { return resent(a[0]) },
	"acked":   func(a []string) string { return acknowledged(a[0]) },
	"resolve": func(a []string) string { return resolve(a[0]) },
	"dns":     func(a []string) string { return askDNS(a[0], a[1], a[2], a[3]) },
	"get":     func(a []string) string { return get(a[0]) },
	"chain":   func(a []string) string { return chainSize(a[0]) },
	"issuer":  func(a []string) string { return issuer(a[0]) },
	"rtt":     func(a []string) string { return roundTrips(a[0]) },
	"meddle":  func([]string) string { return meddle() },
	"whoami":  func([]string) string { return fmt.Sprint(os.Getuid(), " ", os.Getgid()) },
	"exit":    func([]string) string { os.Exit(7); return "" },
	"sleep":   func([]string) string { time.Sleep(time.Minute); return "slept" },
	"named":   func(a []string) string { return named(a[0], a[1], a[2]) },
	"mark":    func(a []string) string { return mark(a[0]) },
	"spin":    func(a []string) string { return spin(a[0]) },
	"show": func(a []string) string {
		b, err := os.ReadFile(a[0])
		return strings.ReplaceAll(string(b), "\n", "|") + errorText(err)
	},
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// mark writes the network namespace that it runs in behind what the file holds.
func mark(file string) string {
	space, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		return err.Error()
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err.Error()
	}
	if _, err = fmt.Fprintln(f, space); err == nil {
		err = f.Close()
	}
	if err != nil {
		return err.Error()
	}
	return "marked"
}

// errorWord shortens an error to its cause.
func errorWord(err error) string {
	var errno syscall.Errno
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "silence"
	case errors.As(err, &errno):
		return unix.ErrnoName(errno)
	}
	return err.Error()
}

// shortPatience is how long the instruments wait; everything in the lab is near.
const shortPatience = 400 * time.Millisecond

func dialTCP(to string) error {
	c, err := net.DialTimeout("tcp", to, shortPatience)
	if err == nil {
		c.Close()
	}
	return err
}

// hello says what comes after a TCP connect: "tls <name>", or the error. Naming
// one key exchange makes the greeting small.
func hello(to, name string, exchanges ...tls.CurveID) string {
	c, err := net.DialTimeout("tcp", to, shortPatience)
	if err != nil {
		return errorWord(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(shortPatience))
	t := tls.Client(c, &tls.Config{ServerName: name, CurvePreferences: exchanges})
	if err := t.Handshake(); err != nil {
		return errorWord(err)
	}
	return "tls " + t.ConnectionState().PeerCertificates[0].DNSNames[0]
}

func askSTUN(to string) string { return stunFrom("0", to) }

// stunFrom asks from a source port.
func stunFrom(port, to string) string {
	local, err := net.ResolveUDPAddr("udp", ":"+port)
	if err != nil {
		return err.Error()
	}
	c, err := (&net.Dialer{LocalAddr: local}).Dial("udp", to)
	if err != nil {
		return errorWord(err)
	}
	defer c.Close()
	q := stun.MustBuild(stun.TransactionID, stun.BindingRequest)
	if _, err := c.Write(q.Raw); err != nil {
		return errorWord(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(shortPatience))
	b := make([]byte, 2000)
	n, err := c.Read(b)
	if err != nil {
		return errorWord(err)
	}
	m := &stun.Message{Raw: b[:n]}
	var mapped stun.XORMappedAddress
	if err := errors.Join(m.Decode()); err != nil {
		return "malformed"
	}
	if err := mapped.GetFrom(m); err != nil {
		return "malformed"
	}
	return mapped.IP.String()
}

func resolve(name string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 2*shortPatience)
	defer cancel()
	list, err := net.DefaultResolver.LookupHost(ctx, name)
	var d *net.DNSError
	if errors.As(err, &d) {
		return fmt.Sprintf("notfound=%v timeout=%v %s", d.IsNotFound, d.IsTimeout, d.Err)
	}
	return strings.Join(list, " ") + errorText(err)
}

func askDNS(network, server, name, kind string) string {
	c := dns.Client{Net: network, Timeout: shortPatience}
	m, _, err := c.Exchange(new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.StringToType[kind]), net.JoinHostPort(server, "53"))
	if err != nil {
		return errorWord(err)
	}
	out := dns.RcodeToString[m.Rcode]
	if m.Truncated {
		out += " truncated"
	}
	for _, rr := range m.Answer {
		out += " " + strings.TrimPrefix(rr.String(), rr.Header().String())
	}
	return out
}

func get(address string) string {
	client := &http.Client{
		Timeout:       4 * shortPatience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	r, err := client.Get(address)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			if u.Timeout() {
				return "silence"
			}
			err = u.Err
		}
		return errorWord(err)
	}
	defer r.Body.Close()
	b, _ := io.ReadAll(io.LimitReader(r.Body, 60))
	return strings.TrimSpace(fmt.Sprintf("%d %s %s", r.StatusCode, r.Header.Get("Location"), b))
}

// issuer names who signed the chain, and whether this computer trusts it.
func issuer(name string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 2*shortPatience)
	defer cancel()
	d := tls.Dialer{}
	c, err := d.DialContext(ctx, "tcp", net.JoinHostPort(name, "443"))
	var bad *tls.CertificateVerificationError
	if errors.As(err, &bad) {
		last := bad.UnverifiedCertificates[len(bad.UnverifiedCertificates)-1]
		return fmt.Sprintf("untrusted: %q: %v", last.Issuer.CommonName, bad.Err)
	}
	if err != nil {
		return errorWord(err)
	}
	defer c.Close()
	chain := c.(*tls.Conn).ConnectionState().VerifiedChains[0]
	return chain[len(chain)-1].Subject.String()
}

// roundTrips gives the median and the number of answers of 30 STUN requests.
func roundTrips(to string) string {
	c, err := net.Dial("udp", to)
	if err != nil {
		return errorWord(err)
	}
	defer c.Close()
	var sum time.Duration
	answered := 0
	for range 30 {
		q := stun.MustBuild(stun.TransactionID, stun.BindingRequest)
		start := time.Now()
		_, _ = c.Write(q.Raw)
		_ = c.SetReadDeadline(start.Add(200 * time.Millisecond))
		if _, err := c.Read(make([]byte, 2000)); err == nil {
			sum += time.Since(start)
			answered++
		}
	}
	return fmt.Sprintf("%d %d", answered, sum.Microseconds()/int64(max(answered, 1)))
}

// meddle tries to change the network in every way it can think of.
func meddle() string {
	link, err := netlink.LinkByName(clientLink)
	if err != nil {
		return err.Error()
	}
	done := ""
	for what, try := range map[string]func() error{
		"link down": func() error { return netlink.LinkSetDown(link) },
		"add route": func() error {
			return netlink.RouteAdd(&netlink.Route{Dst: &net.IPNet{IP: net.IPv4(9, 9, 9, 0), Mask: net.CIDRMask(24, 32)}, LinkIndex: link.Attrs().Index})
		},
		"raw socket": func() error { _, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP); return err },
		"sysctl":     func() error { return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0) },
		"mount":      func() error { return unix.Mount("none", "/mnt", "tmpfs", 0, "") },
		"set uid":    func() error { return syscall.Setuid(0) },
		"enter host": func() error {
			f, err := os.Open("/proc/1/ns/net")
			if err != nil {
				return err
			}
			defer f.Close()
			return unix.Setns(int(f.Fd()), unix.CLONE_NEWNET)
		},
		"host file": func() error { return os.WriteFile("/etc/resolv.conf", nil, 0) },
	} {
		if try() == nil {
			done += what + "; "
		}
	}
	return "done: " + done
}
