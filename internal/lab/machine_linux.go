package lab

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"wsdoctor/internal/lab/netns"
)

// workspaceMachine runs processes in the WorkSpace's namespace.
type workspaceMachine struct {
	space *netns.Space
	self  *os.File // this program
}

// Spawn starts this program once more, by a path that ends in the process's
// name, because that is what the kernel calls it by.
func (m workspaceMachine) Spawn(name string, sockets []string) (int, error) {
	path := filepath.Join(daemonDir, name)
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return 0, err
	}
	if err := out.Close(); err != nil {
		return 0, err
	}
	if err := unix.Mount(fmt.Sprintf("/proc/self/fd/%d", m.self.Fd()), path, "", unix.MS_BIND, ""); err != nil {
		return 0, err
	}
	cmd := exec.Command(path, append([]string{daemonArgument}, sockets...)...)
	cmd.Dir, cmd.Env = "/", []string{"PATH=/usr/bin:/bin"}
	said, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread is in another namespace
		err := m.space.Enter()
		if err == nil {
			err = cmd.Start()
		}
		started <- err
	}()
	if err := <-started; err != nil {
		return 0, err
	}
	line, err := bufio.NewReader(said).ReadString('\n')
	if answer := strings.TrimSpace(line); err != nil || answer != ready {
		return 0, fmt.Errorf("it does not listen: %s %w", answer, err)
	}
	return cmd.Process.Pid, nil
}

// ready is what a daemon says when it listens.
const ready = "ready"

// whoami is a datagram that a daemon answers with its name, so that it shows
// whether one arrived. No real client sends it.
const whoami = "whoami"

// daemon listens, says so, and takes what comes until it is killed.
func daemon(sockets []string) {
	if len(sockets) == 1 && sockets[0] == busyWord {
		for n := uint(1); n != 0; n |= 1 {
		}
	}
	for _, s := range sockets {
		network, at, _ := strings.Cut(s, " ")
		if err := serveSocket(network, at); err != nil {
			fmt.Println(strings.ReplaceAll(err.Error(), "\n", " "))
			os.Exit(1)
		}
	}
	fmt.Println(ready)
	select {}
}

func serveSocket(network, at string) error {
	if network == "udp" {
		c, err := net.ListenPacket(familyOf(network, at), at)
		if err != nil {
			return err
		}
		go func() {
			b := make([]byte, 2048)
			for {
				n, from, err := c.ReadFrom(b)
				if err != nil {
					return
				}
				if string(b[:n]) == whoami {
					_, _ = c.WriteTo([]byte(filepath.Base(os.Args[0])), from)
				}
			}
		}()
		return nil
	}
	l, err := net.Listen(familyOf(network, at), at)
	if err != nil {
		return err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				b := make([]byte, 2048)
				for {
					if _, err := c.Read(b); err != nil {
						return
					}
				}
			}()
		}
	}()
	return nil
}

// familyOf makes 0.0.0.0 an IPv4 socket, which the net package takes for both.
func familyOf(network, at string) string {
	if strings.HasPrefix(at, "[") {
		return network
	}
	return network + "4"
}

// Where the stand-ins of a WorkSpace's parts lie.
const (
	daemonDir = labDir + "/daemons"
	unitDir   = labDir + "/units"
)

// Unit writes down what systemctl shall say, in the order in which systemd says
// it: a service's own properties, then those of every unit.
func (m workspaceMachine) Unit(name string, s unitState, pid int) error {
	text := fmt.Sprintf(
		"Type=simple\nMainPID=%d\nResult=%s\nId=%s\nLoadState=%s\nActiveState=%s\nSubState=%s\nUnitFileState=%s\n",
		pid,
		s.result,
		name,
		loadState(s),
		s.active,
		s.sub,
		s.enabled,
	)
	return os.WriteFile(filepath.Join(unitDir, name), []byte(text), 0o644)
}

func loadState(s unitState) string {
	if s.enabled == "masked" {
		return "masked"
	}
	return "loaded"
}

// systemctl answers "systemctl show" as systemd's own does, from the files of
// unitDir; a unit without a file is not installed.
const systemctl = `#!/bin/sh
[ "$1" = show ] || { echo "this systemctl only shows" >&2; exit 1; }
shift
wanted=, units=
while [ $# -gt 0 ]; do
	case $1 in
	--property=*) wanted=$wanted${1#--property=}, ;;
	--property|-p) shift; wanted=$wanted$1, ;;
	-p*) wanted=$wanted${1#-p}, ;;
	-*) ;;
	*.*) units="$units $1" ;;
	*) units="$units $1.service" ;;
	esac
	shift
done
missing='Type=
MainPID=0
Result=success
Id=%s
LoadState=not-found
ActiveState=inactive
SubState=dead
UnitFileState='
first=1
for u in $units; do
	[ $first = 1 ] || echo
	first=0
	if [ -r ` + unitDir + `/$u ]; then cat ` + unitDir + `/$u; else printf "$missing\n" "$u"; fi |
	while IFS= read -r line; do
		case $wanted in
		,|*,"${line%%=*}",*) printf '%s\n' "$line" ;;
		esac
	done
done
exit 0
`
