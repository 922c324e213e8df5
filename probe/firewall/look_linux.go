package firewall

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

func look(ctx context.Context, a Ask) ([]probe.Observation, []string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	sets, closeSets := openIPSets(ctx)
	defer closeSets()
	nft, err := readNFT(ctx, sets)
	switch {
	case errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES):
		return []probe.Observation{skipped(a, engineNFT, probe.PermissionDenied)},
			[]string{"The firewall's rules may be read by root only: repeat with " + repeat + "."}
	case absent(err):
		nft = &ruleset{engine: engineNFT}
	case err != nil:
		nft = &ruleset{engine: engineNFT}
		nft.problem("the rules could not be read: %v", err)
	}
	legacy := readLegacy(ctx, a.Address.Is6(), sets)
	f, problems, gaps := factsOf(a, nft)
	engines := []*ruleset{nft, legacy}
	if who := f.queues.deciders(processName, engines...); len(who) > 0 {
		gaps = append(
			gaps,
			"The firewall gives packets to a program, which decides what becomes of them: "+strings.Join(who, ", ")+".",
		)
	}
	answers := make([][]answer, len(engines))
	for i, s := range engines {
		if s == nil {
			continue
		}
		f.elsewhere = alterations{}
		if other := engines[1-i]; other != nil {
			f.elsewhere = other.alters
		}
		if len(s.chains) > 0 {
			s.problems = append(s.problems, problems...)
		}
		for _, p := range s.problems {
			gaps = append(gaps, "The rules of "+s.engine+" could not be evaluated: "+p+".")
		}
		answers[i] = evaluate(s, f, a)
	}
	var list []probe.Observation
	for i, s := range engines {
		if s != nil {
			list = append(list, observations(a, s.engine, asTranslated(answers[i], answers[1-i], engines[1-i]))...)
		}
	}
	return list, gaps
}

// absent says that this kernel has no nf_tables: there is no such socket, or
// nobody at it knows the question.
func absent(err error) bool {
	return errors.Is(err, unix.EPROTONOSUPPORT) || errors.Is(err, unix.EAFNOSUPPORT) || errors.Is(err, unix.EINVAL) ||
		errors.Is(err, unix.EOPNOTSUPP)
}

// factsOf reads what is to be known of the interface. What makes packets of it
// take another way than is walked here is a problem.
func factsOf(a Ask, nft *ruleset) (f facts, problems, gaps []string) {
	f.device = a.Interface
	l, err := netlink.LinkByName(a.Interface)
	if err != nil {
		return f, nil, nil
	}
	at := l.Attrs()
	f.index = uint32(at.Index)
	f.own = addressesOf(l)
	f.routes = readRoutes(a.Address.Is6())
	f.clock = clock{now: time.Now(), west: minutesWest()}
	if b, err := readFile(queuesFile); err == nil {
		f.queues, _ = parseQueues(b)
	}
	f.zeroNames = since(5, 10)
	b, _ := readFile("/proc/sys/net/ipv4/tcp_fwmark_accept")
	f.keepsMark = len(b) > 0 && b[0] == '1'
	if at.EncapType == "ether" {
		f.deviceType, f.typed = unix.ARPHRD_ETHER, true
	}
	if at.MasterIndex != 0 {
		problems = append(problems, a.Interface+" is part of another interface")
	}
	if l.Type() == "bridge" {
		for _, c := range nft.chains {
			if c.table.family == familyBridge && c.base != nil {
				problems = append(problems, a.Interface+" is a bridge with rules of its own")
				break
			}
		}
	}
	if at.Xdp != nil && at.Xdp.Attached {
		gaps = append(
			gaps,
			"A program on "+a.Interface+" (XDP) sees packets before the firewall does; what it lets through is not known.",
		)
	}
	return f, problems, gaps
}

// queuesFile tells which queues programs listen to, to root only.
const queuesFile = "/proc/thread-self/net/netfilter/nfnetlink_queue"

// processName is what the kernel calls a process, empty where there is none.
func processName(pid uint32) string {
	if pid == 0 {
		return ""
	}
	b, _ := readFile("/proc/" + strconv.FormatUint(uint64(pid), 10) + "/comm")
	return probe.Clean(strings.TrimSpace(string(b)), 40)
}

// since says whether this kernel is of a version or a newer one.
func since(major, minor int) bool {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return false
	}
	var is [2]int
	if n, err := fmt.Sscanf(unix.ByteSliceToString(name.Release[:]), "%d.%d", &is[0], &is[1]); n != 2 || err != nil {
		return false
	}
	return is[0] > major || is[0] == major && is[1] >= minor
}

// addressesOf gives an interface's addresses in the kernel's order.
func addressesOf(l netlink.Link) (own []netip.Addr) {
	list, err := netlink.AddrList(l, netlink.FAMILY_ALL)
	if err != nil {
		return nil
	}
	for _, x := range list {
		if a, is := netip.AddrFromSlice(x.IP); is {
			own = append(own, a.Unmap())
		}
	}
	return own
}

// minutesWest is what the kernel takes for this computer's zone.
func minutesWest() int {
	var zone struct{ west, summer int32 }
	if _, _, err := unix.Syscall(unix.SYS_GETTIMEOFDAY, 0, uintptr(unsafe.Pointer(&zone)), 0); err != 0 {
		return 0
	}
	return int(zone.west)
}

// Where the older engine's tables are named, one a line, and where its programs
// are looked for.
var (
	legacyNames = map[bool]string{
		false: "/proc/thread-self/net/ip_tables_names",
		true:  "/proc/thread-self/net/ip6_tables_names",
	}
	legacyDirs  = []string{"/usr/sbin", "/sbin", "/usr/bin", "/bin"}
	legacySaves = map[bool][]string{
		false: {"iptables-legacy-save", "iptables-save"},
		true:  {"ip6tables-legacy-save", "ip6tables-save"},
	}
)

// readLegacy reads the rules of the older engine, nil if it has no table.
func readLegacy(ctx context.Context, six bool, sets ipsetSource) *ruleset {
	s := &ruleset{engine: engineLegacy}
	names, err := readFile(legacyNames[six])
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		s.problem("the list of tables could not be read: %v", errors.Unwrap(err))
		return s
	case len(bytes.TrimSpace(names)) == 0:
		return nil
	}
	path := saveProgram(ctx, legacySaves[six])
	if path == "" {
		s.problem(
			"there are rules of the older engine, and no program %s to read them",
			strings.Join(legacySaves[six], " or "),
		)
		return s
	}
	out, err := output(ctx, path)
	if err != nil {
		s.problem("%s: %v", path, err)
		return s
	}
	read, err := parseSave(bytes.NewReader(out), six, sets)
	if err != nil {
		s.problem("the output of %s: %v", path, err)
		return s
	}
	return read
}

// readFile reads at most a page.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 4096))
}

// saveProgram finds a program that saves the older engine's rules and not those
// of nf_tables, which newer ones of the same name do.
func saveProgram(ctx context.Context, list []string) string {
	for _, name := range list {
		for _, dir := range legacyDirs {
			path := filepath.Join(dir, name)
			if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
				continue
			}
			version, err := output(ctx, path, "-V")
			if err == nil && !bytes.Contains(version, []byte("nf_tables")) {
				return path
			}
		}
	}
	return ""
}

// output runs a program without anything of this one's surroundings.
func output(ctx context.Context, path string, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, path, args...)
	c.Env = []string{"PATH=" + strings.Join(legacyDirs, ":"), "LC_ALL=C"}
	c.WaitDelay = 100 * time.Millisecond
	var out limited
	c.Stdout = &out
	if err := c.Run(); err != nil {
		return nil, err
	}
	return out.b.Bytes(), nil
}

// limited keeps no more than an iptables-save may say.
type limited struct{ b bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if l.b.Len()+len(p) > maxSave {
		return 0, fmt.Errorf("more than %d MiB", maxSave>>20)
	}
	return l.b.Write(p)
}
