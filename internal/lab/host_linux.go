package lab

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"wsdoctor/internal/lab/netns"
	"wsdoctor/internal/lab/servers"
)

// nobody is the user and group the client runs as.
const nobody = 65534

// HostMain is the lab's host process, or one that the host started. It never
// returns.
func HostMain(hooks Hooks) {
	if os.Args[1] == daemonArgument {
		daemon(os.Args[2:])
	}
	orders, answers := os.NewFile(3, "orders"), os.NewFile(4, "answers")
	syscall.CloseOnExec(3)
	syscall.CloseOnExec(4)
	var job order
	var a answer
	err := json.NewDecoder(io.LimitReader(orders, 1<<20)).Decode(&job)
	if err == nil {
		a.Result, err = host(job, hooks)
	}
	if err != nil {
		a.Error = err.Error()
	}
	_ = json.NewEncoder(answers).Encode(a)
	os.Exit(0)
}

// host builds the world and runs the command in it.
func host(job order, hooks Hooks) (Result, error) {
	start := time.Now()
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	v, err := newServices(job.Scenario)
	if err != nil {
		return Result{}, err
	}
	// Opened before the lab's own /run may hide it.
	program, err := openProgram(job.Command)
	if err != nil {
		return Result{}, err
	}
	self, err := openSelf()
	if err != nil {
		return Result{}, err
	}
	own, err := furnish(job, v.trusted())
	if err != nil {
		return Result{}, err
	}
	n, err := build(job.Scenario, held(v.zone))
	if err != nil {
		return Result{}, err
	}
	v.stacks, v.redirect, v.hooks = map[Place]servers.Stack{}, n.redirect, hooks
	v.machine = workspaceMachine{n.command(), self}
	v.original = originalDestination
	for p, s := range n.space {
		v.stacks[p] = s
		if beyond.stack != nil {
			v.stacks[p] = beyond.stack(job, p, s)
		}
	}
	if err := v.start(); err != nil {
		return Result{}, err
	}
	if beyond.serve != nil {
		if done, err := beyond.serve(n, v, job); done || err != nil {
			return Result{}, err
		}
	}
	if err := n.inject(lateInjections); err != nil {
		return Result{}, err
	}
	if program == nil {
		return Result{Build: time.Since(start)}, nil
	}
	path, err := expose(program)
	if err != nil {
		return Result{}, err
	}
	cmd := exec.Command(path, job.Command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Dir = "/"
	cmd.Env = append(append(cleanEnvironment(), job.Scenario.environment()...), job.Env...)
	privileged := job.Privileged || job.Scenario.Privileged
	if !privileged {
		cmd.SysProcAttr = clientAttributes(job.User)
	}
	endBusy, err := n.keepBusy()
	if err != nil {
		return Result{}, err
	}
	defer endBusy()
	r := Result{Build: time.Since(start)}
	at := cmp.Or(job.At, n.topology.runs)
	for range job.Scenario.earlier() {
		if err := n.runClient(again(cmd), own, at, privileged, signals, &Result{}); err != nil {
			return Result{}, err
		}
	}
	if err = n.runClient(cmd, own, at, privileged, signals, &r); err == nil && job.Witness && beyond.testify != nil {
		endBusy()
		r.Witness = beyond.testify(n, v)
	}
	return r, err
}

// clientAttributes takes every power over the lab away. In a user namespace
// that is a further user namespace, whose rights end at its own border; no
// other user than our own exists there to change to.
func clientAttributes(user bool) *syscall.SysProcAttr {
	if !user {
		return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	return &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: nobody, HostID: 0, Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: nobody, HostID: 0, Size: 1}},
	}
}

// runClient runs cmd at a place and fills the result; the packets are those of
// the computer that is looked at.
func (n *network) runClient(
	cmd *exec.Cmd,
	own *shadow,
	at Place,
	privileged bool,
	signals <-chan os.Signal,
	r *Result,
) error {
	client, link := n.command(), n.topology.link
	tx, rx, err := client.Counters(link)
	if err != nil && !n.gone(link) {
		return err
	}
	first, watchErr := client.WatchFirst(link)
	begin := time.Now()
	started, ended := make(chan error, 1), make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread has changed for good
		err := enterClient(n.space[at], own, privileged)
		if err == nil {
			begin = time.Now() // the lab's own preparations are not the command's
			err = cmd.Start()
		}
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start %s in the lab: %w", cmd.Path, err)
	}
	go forward(signals, cmd.Process)
	n.standStill(cmd.Process)
	peak := int64(0)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for running := true; running; {
		select {
		case err = <-ended:
			running = false
		case <-tick.C:
			peak = max(peak, peakMemory(cmd.Process.Pid))
		}
	}
	r.Wall = time.Since(begin)
	if watchErr == nil {
		r.FirstPacket = sinceStart(begin, first.Stop())
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return fmt.Errorf("wait for %s: %w", cmd.Path, err)
	}
	r.ExitCode = cmd.ProcessState.ExitCode()
	if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		r.ExitCode, r.Killed = 128+int(ws.Signal()), true
	}
	r.MaxRSS = peak
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok && peak == 0 {
		r.MaxRSS = int64(usage.Maxrss) * 1024
	}
	txEnd, rxEnd, err := client.Counters(link)
	if n.gone(link) {
		return nil
	}
	r.TxPackets, r.RxPackets = txEnd-tx, rxEnd-rx
	return err
}

// peakMemory reads the most memory that a process held so far, in bytes; 0 if it
// cannot be read. The account that wait(2) gives begins with what the process that
// started it held, which here is a test.
func peakMemory(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	line, _, _ := strings.Cut(rest, "kB")
	kilobytes, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
	if err != nil {
		return 0
	}
	return kilobytes << 10
}

// gone says whether a fault took an interface away.
func (n *network) gone(link string) bool {
	return slices.ContainsFunc(n.scenario.Faults, func(f Fault) bool { return f.Kind == NoLink && n.iface(f) == link })
}

// sinceStart is how long after the command's start its first packet left.
func sinceStart(begin, left time.Time) time.Duration {
	if left.IsZero() {
		return 0
	}
	return left.Sub(begin.Round(0)) // without the monotonic clock, which the kernel's stamp lacks
}

// enterClient makes the calling thread one from which only clients come: in the
// client's namespace, with its own /sys, and unable to gain privileges.
func enterClient(client *netns.Space, own *shadow, privileged bool) error {
	if err := client.Enter(); err != nil {
		return err
	}
	if err := asUsual(); err != nil {
		return err
	}
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return err
	}
	// The old /sys shows the interfaces of another namespace. Where a container
	// does not allow a new one, the client must do with netlink.
	_ = unix.Mount("sysfs", "/sys", "sysfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC|unix.MS_RDONLY, "")
	if privileged {
		return nil
	}
	// In a user namespace the client owns the same files as the host does.
	for _, path := range append([]string{runDir}, covered...) {
		target, err := filepath.EvalSymlinks(path)
		if err != nil {
			continue
		}
		err = unix.Mount("", target, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV, "")
		if err != nil && !errors.Is(err, unix.EINVAL) { // EINVAL: no mount of its own
			return fmt.Errorf("make %s read-only: %w", path, err)
		}
	}
	if err := own.seal(); err != nil {
		return err
	}
	return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
}

// forward passes signals on. A SIGINT comes from the terminal, which sends it
// to the client as well; after it, the parent's SIGTERM is only an echo.
func forward(signals <-chan os.Signal, client *os.Process) {
	interrupted := false
	for s := range signals {
		switch {
		case s == syscall.SIGINT:
			interrupted = true
		case !interrupted:
			_ = client.Signal(s)
		}
	}
}

// Where the client finds what the lab lays out for it.
const (
	runDir    = "/run"
	labDir    = "/run/wsdoctor-lab"
	binDir    = labDir + "/bin"
	noneDir   = labDir + "/none"
	storeFile = labDir + "/ca.pem"
	// behindStubFile is where systemd-resolved writes which servers it may ask.
	behindStubFile = runDir + "/systemd/resolve/resolv.conf"
)

// covered are the files of this computer that the lab puts its own over.
var covered = []string{"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf"}

// furnish gives the host a file system view of its own: another name server
// list, hosts file and name service order, and a /run that no service of the
// real computer can be reached through. Nothing of it is seen outside.
func furnish(job order, store []byte) (own *shadow, err error) {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return nil, fmt.Errorf("make the mounts private: %w", err)
	}
	// Shows this process namespace. Where a container does not allow it, the old
	// one serves nearly as well.
	_ = unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	if err := unix.Mount("lab", runDir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755"); err != nil {
		return nil, fmt.Errorf("mount the lab's directory: %w", err)
	}
	for _, dir := range []string{binDir, noneDir} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
	}
	if err := os.WriteFile(storeFile, store, 0o644); err != nil {
		return nil, err
	}
	own = &shadow{}
	if job.Scenario.World == Inside {
		_, alone := job.Scenario.has(NoDirectory)
		if own, err = furnishWorkspace(!alone); err != nil {
			return nil, err
		}
	}
	if job.Store != "" {
		if err := own.put(job.Store, string(store), 0o644); err != nil {
			return nil, fmt.Errorf("put the lab's authorities into %s: %w", job.Store, err)
		}
	}
	if text := job.Scenario.behindStub(); text != "" {
		if err := os.MkdirAll(filepath.Dir(behindStubFile), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(behindStubFile, []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	conf := job.Scenario.topology().search
	if _, none := job.Scenario.has(NoSearch); none {
		conf = ""
	}
	for _, r := range job.Scenario.resolvers() {
		conf += "nameserver " + r + "\n"
	}
	hosts := "127.0.0.1 localhost\n::1 localhost\n" + job.Scenario.hostsEntries()
	for i, text := range []string{
		conf,
		hosts,
		"passwd: files\ngroup: files\nhosts: files dns\n",
	} {
		if err := cover(covered[i], text); err != nil {
			return nil, fmt.Errorf("put %s in place: %w", covered[i], err)
		}
	}
	return own, nil
}

// cover makes a file read as text, in this mount namespace only.
func cover(path, text string) error {
	mine := filepath.Join(labDir, filepath.Base(path))
	if err := os.WriteFile(mine, []byte(text), 0o644); err != nil {
		return err
	}
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, os.ErrNotExist) {
		// A link into /run, which is ours and empty now; or no such file at all,
		// which only resolv.conf needs.
		to, linkErr := os.Readlink(path)
		if linkErr != nil {
			if filepath.Base(path) != "resolv.conf" {
				return nil
			}
			return err
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		if rel, relErr := filepath.Rel(runDir, to); relErr != nil || !filepath.IsLocal(rel) {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.WriteFile(to, []byte(text), 0o644)
	}
	if err != nil {
		return err
	}
	return unix.Mount(mine, target, "", unix.MS_BIND, "")
}

// openProgram opens the program of a command; nil for no command.
func openProgram(command []string) (*os.File, error) {
	if len(command) == 0 {
		return nil, nil
	}
	return os.Open(command[0])
}

// openSelf opens this program by its path: what /proc/self/exe opens belongs to
// the mount namespace of the parent, and cannot be bound in this one.
func openSelf() (*os.File, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}

// expose gives a path under which the client can run the program, even if it
// lies in a directory that only its owner may enter.
func expose(program *os.File) (string, error) {
	defer program.Close()
	path := filepath.Join(binDir, filepath.Base(program.Name()))
	info, err := program.Stat()
	if err != nil {
		return "", err
	}
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return "", err
	}
	if info.Mode()&0o005 != 0o005 {
		_, err = io.Copy(out, program)
		return path, errors.Join(err, out.Close())
	}
	if err := out.Close(); err != nil {
		return "", err
	}
	source := fmt.Sprintf("/proc/self/fd/%d", program.Fd())
	return path, unix.Mount(source, path, "", unix.MS_BIND, "")
}
