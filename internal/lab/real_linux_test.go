package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sys/unix"

	"wsdoctor/internal/lab/netns"
)

// realServer is an outside program that takes the place of a built-in server.
type realServer struct {
	program string // searched in PATH and /usr/sbin
	pkg     string // the Debian package that holds it
	at      Place
	addr    string // where it accepts TCP connections once it is ready
	prepare func(dir string, v *services) (args []string, err error)
}

// realServers is the table of outside programs, by the names of Scenario.Real.
var realServers = map[string]realServer{
	"unbound":    {program: "unbound", pkg: "unbound", at: Provider, addr: providerDNS + ":53", prepare: unbound},
	"coturn":     {program: "turnserver", pkg: "coturn", at: AWS, addr: "3.80.12.40:443", prepare: coturn},
	"squid":      {program: "squid", pkg: "squid-openssl", at: Office, addr: proxyAddress, prepare: squid("http_port 3128\nhttp_access allow all\n")},
	"squid-auth": {program: "squid", pkg: "squid-openssl", at: Office, addr: proxyAddress, prepare: squid("http_port 3128\nauth_param basic program /usr/lib/squid/basic_fake_auth\nacl known proxy_auth REQUIRED\nhttp_access allow known\nhttp_access deny all\n")},
	"squid-bump": {program: "squid", pkg: "squid-openssl", at: Office, addr: proxyAddress, prepare: squidBump},
}

// startReal starts the scenario's outside programs and waits for them.
func (n *network) startReal(v *services, directory string) error {
	for _, name := range v.scenario.Real {
		switch name {
		case "quic": // serves inside this process, through Hooks
			continue
		case "samba": // is two servers with data of their own
			if err := n.startSamba(v, directory); err != nil {
				return fmt.Errorf("start the directory: %w", err)
			}
			continue
		}
		s, known := realServers[name]
		if !known {
			return fmt.Errorf("no outside program is called %q", name)
		}
		if err := n.startServer(name, s, v); err != nil {
			return fmt.Errorf("start %s: %w", name, err)
		}
	}
	return nil
}

// findServer finds an outside program that ordinary users do not have in PATH.
func findServer(program, pkg string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		path, err = exec.LookPath(filepath.Join("/usr/sbin", program))
	}
	if err != nil {
		return "", fmt.Errorf("%s is not installed; run: apt-get install -y --no-install-recommends %s", program, pkg)
	}
	return path, nil
}

func (n *network) startServer(name string, s realServer, v *services) error {
	program, err := findServer(s.program, s.pkg)
	if err != nil {
		return err
	}
	dir := filepath.Join(labDir, name)
	if err := os.Mkdir(dir, 0o777); err != nil {
		return err
	}
	if err := hide(sharedMemory); err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o777); err != nil { // programs that drop to a user of their own
		return err
	}
	args, err := s.prepare(dir, v)
	if err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return err
	}
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	ended, err := n.begin(s.at, cmd)
	if err != nil {
		return err
	}
	err = awaitServer(n.space[s.at], netip.MustParseAddrPort(s.addr), ended)
	if err != nil {
		said, _ := os.ReadFile(log.Name())
		return fmt.Errorf("%w\n%s", err, said)
	}
	return nil
}

// Directories that outside programs write to and labs that run side by side
// would meet in. Squid names its shared memory by a service, faketime its own by
// a process number.
const sharedMemory = "/dev/shm"

var sambaState = []string{sharedMemory, "/var/lib/samba", "/var/cache/samba", "/var/log/samba"}

// hide gives the lab empty directories in the place of the computer's; they go
// with the lab's mount namespace.
func hide(dirs ...string) error {
	for _, dir := range dirs {
		if !isDir(dir) {
			continue
		}
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=1777"); err != nil {
			return fmt.Errorf("give the lab a %s of its own: %w", dir, err)
		}
	}
	return nil
}

// begin starts a program at a place; the channel says how it ended.
func (n *network) begin(at Place, cmd *exec.Cmd) (<-chan error, error) {
	started, ended := make(chan error, 1), make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread is in another namespace
		err := n.space[at].Enter()
		if err == nil {
			err = cmd.Start()
		}
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	return ended, <-started
}

// startPatience is how long an outside program may take until it answers, on a
// machine that does much else.
const startPatience = 30 * time.Second

// awaitServer waits until something accepts connections at the address.
func awaitServer(space *netns.Space, at netip.AddrPort, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), startPatience)
	defer cancel()
	for {
		c, err := space.Dial(ctx, "tcp", at)
		if err == nil {
			return c.Close()
		}
		select {
		case err := <-ended:
			if err == nil {
				err = errors.New("with exit code 0")
			}
			return fmt.Errorf("it ended at once: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("nothing accepts at %s: %w", at, err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func unbound(dir string, v *services) ([]string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "server:\n interface: %s\n access-control: 0.0.0.0/0 allow\n do-daemonize: no\n username: \"\"\n chroot: \"\"\n directory: %q\n pidfile: \"\"\n use-syslog: no\n local-zone: \".\" static\n", providerDNS, dir)
	for name, list := range v.zone.Hosts {
		for _, a := range list {
			kind := "A"
			if a.Is6() {
				kind = "AAAA"
			}
			fmt.Fprintf(&b, " local-data: \"%s 60 IN %s %s\"\n", dns.Fqdn(name), kind, a)
		}
	}
	b.WriteString("remote-control:\n control-enable: no\n")
	conf := filepath.Join(dir, "conf")
	return []string{"-d", "-c", conf}, os.WriteFile(conf, []byte(b.String()), 0o644)
}

func coturn(dir string, _ *services) ([]string, error) {
	return []string{
		"-n", "--stun-only", "--no-tls", "--no-dtls", "--no-cli", "--no-multicast-peers",
		"--listening-ip", stunAddr.String(), "--listening-port", "443", "--log-file", "stdout", "--pidfile", filepath.Join(dir, "pid"),
	}, nil
}

// squid makes a configuration out of the given access lines.
func squid(access string) func(string, *services) ([]string, error) {
	return func(dir string, _ *services) ([]string, error) {
		conf := filepath.Join(dir, "conf")
		text := access + "dns_nameservers " + providerDNS + "\npid_filename none\naccess_log none\ncache_log " + dir + "/cache.log\ncache deny all\nshutdown_lifetime 0\nvisible_hostname proxy.corp.example.com\nnetdb_filename none\ncoredump_dir " + dir + "\n"
		// -N: one process, no daemon. A service name that no squid of the
		// computer has.
		return []string{"-N", "-n", "wsdoctorlab", "-f", conf}, os.WriteFile(conf, []byte(text), 0o644)
	}
}

func squidBump(dir string, v *services) ([]string, error) {
	key, err := v.contoso.KeyPEM()
	if err != nil {
		return nil, err
	}
	for file, b := range map[string][]byte{"ca.pem": append(v.contoso.PEM(), key...), "amazon.pem": v.amazon.PEM()} {
		if err := os.WriteFile(filepath.Join(dir, file), b, 0o644); err != nil {
			return nil, err
		}
	}
	const helper = "/usr/lib/squid/security_file_certgen"
	db := filepath.Join(dir, "certs")
	if out, err := exec.Command(helper, "-c", "-s", db, "-M", "4MB").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("make squid's certificate store: %w: %s", err, out)
	}
	err = filepath.Walk(db, func(path string, _ os.FileInfo, err error) error {
		return errors.Join(err, os.Chmod(path, 0o777)) // squid's own user writes here
	})
	if err != nil {
		return nil, err
	}
	return squid("http_port 3128 ssl-bump tls-cert="+dir+"/ca.pem generate-host-certificates=on dynamic_cert_mem_cache_size=4MB\n"+
		"sslcrtd_program "+helper+" -s "+db+" -M 4MB\nsslcrtd_children 1\n"+
		"tls_outgoing_options cafile="+dir+"/amazon.pem\nssl_bump bump all\nhttp_access allow all\n")(dir, v)
}
