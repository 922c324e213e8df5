package socket

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// The tests of this package run in a network namespace of their own, with a
// router and a server behind it, each in one too:
//
//	client 192.168.50.10 -- .1 router 192.0.2.1 -- .10 server
//	client 2001:db8:50::10 -- ::1 router 2001:db8:2::1 -- ::10 server
//
// So no packet leaves this machine, whatever a test does.
const inside = "WSDOCTOR_TEST_NAMESPACE"

// namespaceTrouble is why there is no namespace, "" if there is one.
var namespaceTrouble = "TestMain did not run"

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	for _, arg := range os.Args {
		if strings.HasPrefix(arg, "-test.fuzz=") || arg == "-test.fuzzworker" {
			return m.Run() // fuzzing hands descriptors to its workers
		}
	}
	if os.Getenv(inside) == "" {
		code, err := again()
		if err == nil {
			return code
		}
		namespaceTrouble = err.Error()
		return m.Run()
	}
	namespaceTrouble = ""
	if err := build(); err != nil {
		namespaceTrouble = err.Error()
	}
	code := m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// again runs this test binary inside a fresh network namespace, and a user
// namespace too unless it is root already.
func again() (int, error) {
	c := exec.Command("/proc/self/exe", os.Args[1:]...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.Env = append(os.Environ(), inside+"=1")
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if os.Geteuid() != 0 {
		c.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	if err := c.Start(); err != nil {
		return 0, fmt.Errorf("start in a network namespace: %w", err)
	}
	_ = c.Wait()
	return c.ProcessState.ExitCode(), nil
}

// needsNamespace fails the test where there is no namespace. Only a machine
// that cannot have one may say so with WSDOCTOR_NO_NETNS=1.
func needsNamespace(t *testing.T) {
	t.Helper()
	if namespaceTrouble == "" {
		return
	}
	if os.Getenv("WSDOCTOR_NO_NETNS") == "1" {
		t.Skip("WSDOCTOR_NO_NETNS=1: " + namespaceTrouble)
	}
	t.Fatalf("no network namespace (WSDOCTOR_NO_NETNS=1 skips this): %s", namespaceTrouble)
}

var (
	routerHere  = netip.MustParseAddr("192.168.50.1")
	routerHere6 = netip.MustParseAddr("2001:db8:50::1")
	server      = netip.MustParseAddr("192.0.2.10")
	server6     = netip.MustParseAddr("2001:db8:2::10")
	clientNS    netns.NsHandle
	routerNS    netns.NsHandle
	serverNS    netns.NsHandle
)

// Ports of the faults. A port of unreachable+n meets ICMP code n at the router.
const (
	unreachable = 5000 // IPv4, type 3
	outputDrop  = 6001
	outputDeny  = 6002 // REJECT in the client's OUTPUT
	prohibited  = 6003 // ip rule
	blackholed  = 6004
	ruledOut    = 6005 // ip rule unreachable
	closed      = 7001
)

func build() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	client, err := netns.Get()
	if err != nil {
		return err
	}
	clientNS = client
	defer netns.Set(client)
	// Without this an address is not used for a second or two while the kernel
	// looks for a duplicate of it.
	const noDetection = "net/ipv6/conf/default/accept_dad=0"
	if err := sysctl(noDetection); err != nil {
		return err
	}
	router, err := netns.New()
	if err != nil {
		return err
	}
	routerNS = router
	err = sysctl(noDetection, "net/ipv4/ip_forward=1", "net/ipv6/conf/all/forwarding=1", "net/ipv4/icmp_ratelimit=0", "net/ipv6/icmp/ratelimit=0")
	if err != nil {
		return err
	}
	if serverNS, err = netns.New(); err != nil {
		return err
	}
	if err := sysctl(noDetection, "net/ipv4/icmp_ratelimit=0", "net/ipv6/icmp/ratelimit=0"); err != nil {
		return err
	}
	if err := netns.Set(client); err != nil {
		return err
	}
	steps := []func() error{
		func() error {
			return wire(client, router, "lan", "192.168.50.10/24", "2001:db8:50::10/64", routerHere.String()+"/24", routerHere6.String()+"/64")
		},
		func() error {
			return wire(serverNS, router, "wan", server.String()+"/24", server6.String()+"/64", "192.0.2.1/24", "2001:db8:2::1/64")
		},
		func() error { return route(client, "192.0.2.0/24", routerHere.String()) },
		func() error { return route(client, "2001:db8:2::/64", routerHere6.String()) },
		func() error { return route(serverNS, "192.168.50.0/24", "192.0.2.1") },
		func() error { return route(serverNS, "2001:db8:50::/64", "2001:db8:2::1") },
		func() error {
			return sysctl("net/ipv4/neigh/lan/mcast_solicit=1", "net/ipv4/neigh/lan/retrans_time_ms=20")
		},
		func() error { return filters(client, router) },
		rules,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func sysctl(settings ...string) error {
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		if err := os.WriteFile("/proc/sys/"+name, []byte(value), 0); err != nil {
			return err
		}
	}
	return nil
}

// wire lays a veth pair between two namespaces and brings everything up.
func wire(here, there netns.NsHandle, name string, here4, here6, there4, there6 string) error {
	h, err := netlink.NewHandleAt(here)
	if err != nil {
		return err
	}
	pair := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: name}, PeerName: name, PeerNamespace: netlink.NsFd(there)}
	if err := h.LinkAdd(pair); err != nil {
		return fmt.Errorf("veth %s: %w", name, err)
	}
	for _, end := range []struct {
		ns     netns.NsHandle
		v4, v6 string
	}{{here, here4, here6}, {there, there4, there6}} {
		h, err := netlink.NewHandleAt(end.ns)
		if err != nil {
			return err
		}
		for _, up := range []string{"lo", name} {
			link, err := h.LinkByName(up)
			if err != nil {
				return err
			}
			if err := h.LinkSetUp(link); err != nil {
				return err
			}
			if up == "lo" {
				continue
			}
			for _, text := range []string{end.v4, end.v6} {
				a, err := netlink.ParseAddr(text)
				if err != nil {
					return err
				}
				a.Flags = unix.IFA_F_NODAD
				if err := h.AddrAdd(link, a); err != nil {
					return fmt.Errorf("address %s: %w", text, err)
				}
			}
		}
	}
	return nil
}

func route(ns netns.NsHandle, to, via string) error {
	h, err := netlink.NewHandleAt(ns)
	if err != nil {
		return err
	}
	_, dst, err := net.ParseCIDR(to)
	if err != nil {
		return err
	}
	return h.RouteAdd(&netlink.Route{Dst: dst, Gw: net.ParseIP(via)})
}

// filters puts the router's REJECT rules and the client's own firewall in place.
func filters(client, router netns.NsHandle) error {
	for family, codes := range map[nftables.TableFamily][]uint8{
		nftables.TableFamilyIPv4: {0, 1, 3, 9, 10, 13},
		nftables.TableFamilyIPv6: {0, 1, 3, 4, 5, 6},
	} {
		c, err := nftables.New(nftables.WithNetNSFd(int(router)))
		if err != nil {
			return err
		}
		forward := chain(c, family, nftables.ChainHookForward)
		for _, code := range codes {
			rule(c, forward, unreachable+uint16(code), reject(code))
		}
		if err := c.Flush(); err != nil {
			return fmt.Errorf("router's filter: %w", err)
		}
		if c, err = nftables.New(nftables.WithNetNSFd(int(client))); err != nil {
			return err
		}
		output := chain(c, family, nftables.ChainHookOutput)
		rule(c, output, outputDrop, &expr.Verdict{Kind: expr.VerdictDrop})
		admin := map[nftables.TableFamily]uint8{nftables.TableFamilyIPv4: 13, nftables.TableFamilyIPv6: 1}[family]
		rule(c, output, outputDeny, reject(admin))
		if err := c.Flush(); err != nil {
			return fmt.Errorf("client's filter: %w", err)
		}
	}
	return nil
}

func reject(code uint8) expr.Any { return &expr.Reject{Type: unix.NFT_REJECT_ICMP_UNREACH, Code: code} }

func chain(c *nftables.Conn, family nftables.TableFamily, hook *nftables.ChainHook) *nftables.Chain {
	table := c.AddTable(&nftables.Table{Name: "t", Family: family})
	return c.AddChain(&nftables.Chain{Name: "c", Table: table, Type: nftables.ChainTypeFilter, Hooknum: hook, Priority: nftables.ChainPriorityFilter})
}

// rule applies verdict to TCP and UDP packets to port.
func rule(c *nftables.Conn, to *nftables.Chain, port uint16, verdict expr.Any) {
	c.AddRule(&nftables.Rule{Table: to.Table, Chain: to, Exprs: []expr.Any{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2},
		&expr.Cmp{Register: 1, Data: binary.BigEndian.AppendUint16(nil, port)},
		verdict,
	}})
}

// rules are the client's policy routing rules.
func rules() error {
	for port, action := range map[uint16]uint8{prohibited: unix.FR_ACT_PROHIBIT, blackholed: unix.FR_ACT_BLACKHOLE, ruledOut: unix.FR_ACT_UNREACHABLE} {
		for _, family := range []int{netlink.FAMILY_V4, netlink.FAMILY_V6} {
			r := netlink.NewRule()
			r.Family, r.Type, r.Priority = family, action, 50
			r.Dport = netlink.NewRulePortRange(port, port)
			if err := netlink.RuleAdd(r); err != nil {
				return fmt.Errorf("ip rule for port %d: %w", port, err)
			}
		}
	}
	return nil
}

// atServer runs f on a thread in the server's namespace.
func atServer(t *testing.T, f func()) {
	t.Helper()
	at(t, serverNS, f)
}

// at runs f on a thread in a namespace.
func at(t *testing.T, ns netns.NsHandle, f func()) {
	t.Helper()
	if err := within(ns, func() error { f(); return nil }); err != nil {
		t.Fatal(err)
	}
}

// within runs f on a thread in a namespace and gives its error.
func within(ns netns.NsHandle, f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		err := netns.Set(ns)
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}
