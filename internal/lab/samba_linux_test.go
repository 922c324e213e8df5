package lab

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// sambaPackages are what the lab's real directory is made of: Debian's packages that
// hold samba, samba-tool, ldbdel and faketime.
const sambaPackages = "samba-ad-dc samba-ad-provision ldb-tools faketime"

// sambaPassword is the administrator's, in a directory that nobody but the lab
// ever sees.
const sambaPassword = "Passw0rd-of-the-lab"

// sambaConf is a domain controller of the lab's. It keeps what the scenarios are
// about, and nothing that would wait for other controllers.
const sambaConf = `[global]
	netbios name = %[1]s
	workgroup = CORP
	realm = ` + realm + `
	server role = active directory domain controller
	server services = s3fs, rpc, ldap, cldap, kdc, dns
	dns forwarder = ` + vpcDNS + `
	interfaces = %[2]s/24 lo
	bind interfaces only = yes
	private dir = %[3]s/private
	state directory = %[3]s/state
	lock directory = %[3]s
	cache directory = %[3]s/cache
	pid directory = %[3]s/pid
	ncalrpc dir = %[3]s/ncalrpc
	ntp signd socket directory = %[3]s/ntp
	winbindd socket directory = %[3]s/winbindd
	binddns dir = %[3]s/bind-dns
	log file = %[3]s/log.%%m
	load printers = no
	printing = bsd
	disable spoolss = yes
	vfs objects = dfs_samba4 acl_xattr xattr_tdb
	xattr_tdb:file = %[3]s/xattr.tdb
	tls keyfile = %[3]s/tls-key.pem
	tls certfile = %[3]s/tls-cert.pem
	tls cafile = %[3]s/tls-ca.pem
[sysvol]
	path = %[3]s/state/sysvol
	read only = no
`

// sambaOptions keep samba-tool within its directory, on file systems without
// extended attributes as well.
func sambaOptions(dir string, c controller) []string {
	return []string{
		"--targetdir=" + dir, "--dns-backend=SAMBA_INTERNAL", "--realm=" + realm, "--backend-store=tdb",
		"--option=netbios name = " + strings.ToUpper(c.host), "--option=workgroup = CORP", "--option=interfaces = " + c.addr + "/24", "--option=bind interfaces only = yes",
		"--option=vfs objects = dfs_samba4 acl_xattr xattr_tdb", "--option=xattr_tdb:file=" + dir + "/xattr.tdb",
	}
}

// MakeDirectory makes the data of the real directory: a domain with two Samba
// domain controllers, one provisioned and one joined to it. Scenarios that want
// it start from copies (Options.Directory). It takes some seconds and needs root.
func MakeDirectory(ctx context.Context, dir string) error {
	_, err := run(ctx, Options{Scenario: Scenario{World: Inside, Real: []string{"samba"}}, Directory: dir}, true)
	return err
}

func (n *network) makeDirectory(v *services, dir string) error {
	if err := hide(sambaState...); err != nil {
		return err
	}
	first, second := controllers[0], controllers[1]
	at1, at2 := filepath.Join(dir, first.host), filepath.Join(dir, second.host)
	provision := append(sambaOptions(at1, first), "--domain=CORP", "--server-role=dc", "--host-name="+first.host, "--host-ip="+first.addr, "--adminpass="+sambaPassword)
	if err := n.sambaTool(first.at, append([]string{"domain", "provision"}, provision...)...); err != nil {
		return err
	}
	stop, err := n.startController(v, first, at1)
	if err != nil {
		return err
	}
	defer stop()
	user := "-UCORP\\Administrator%" + sambaPassword
	for service, port := range serviceRecords {
		zone, name, weight := domain, strings.TrimSuffix(service, "."), "0 100"
		if base, isController := strings.CutSuffix(name, "._msdcs"); isController {
			zone, name = "_msdcs."+domain, base
		}
		record := second.host + "." + domain + " " + port + " " + weight
		if err := n.sambaTool(first.at, "dns", "add", first.addr, zone, name, "SRV", record, user); err != nil {
			return err
		}
	}
	if err := n.sambaTool(first.at, "dns", "add", first.addr, domain, "@", "A", second.addr, user); err != nil {
		return err
	}
	return n.sambaTool(second.at, append([]string{"domain", "join", domain, "DC", user, "--server=" + first.host + "." + domain}, sambaOptions(at2, second)...)...)
}

// sambaTool runs samba-tool at a place.
func (n *network) sambaTool(at Place, args ...string) error {
	program, err := findServer("samba-tool", sambaPackages)
	if err != nil {
		return err
	}
	cmd := exec.Command(program, args...)
	cmd.Dir = labDir
	out, err := n.output(at, cmd)
	if err != nil {
		return fmt.Errorf("samba-tool %s: %w\n%s", strings.Join(args[:2], " "), err, out)
	}
	return nil
}

// output runs a program at a place and gives what it wrote.
func (n *network) output(at Place, cmd *exec.Cmd) (out []byte, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread is in another namespace
		if err = n.space[at].Enter(); err == nil {
			out, err = cmd.CombinedOutput()
		}
	}()
	<-done
	return out, err
}

// startSamba starts both domain controllers from copies of the directory's data.
func (n *network) startSamba(v *services, template string) error {
	if template == "" {
		return fmt.Errorf("the scenario wants a real directory, and none was made: see MakeDirectory")
	}
	if err := hide(sambaState...); err != nil {
		return err
	}
	started := make(chan error, len(controllers))
	for _, c := range controllers {
		go func() {
			dir := filepath.Join(labDir, c.host)
			if out, err := exec.Command("cp", "-a", "--sparse=always", filepath.Join(template, c.host), dir).CombinedOutput(); err != nil {
				started <- fmt.Errorf("copy the directory: %w: %s", err, out)
				return
			}
			if err := n.loseRecords(dir); err != nil {
				started <- err
				return
			}
			_, err := n.startController(v, c, dir)
			started <- err
		}()
	}
	for range controllers {
		if err := <-started; err != nil {
			return err
		}
	}
	return nil
}

// loseRecords takes the domain's SRV records out of a controller's data, where
// a fault says so.
func (n *network) loseRecords(dir string) error {
	if _, lost := n.scenario.has(NoRecords); !lost {
		return nil
	}
	program, err := findServer("ldbdel", sambaPackages)
	if err != nil {
		return err
	}
	base := ",DC=" + strings.ReplaceAll(domain, ".", ",DC=")
	args := []string{"-H", filepath.Join(dir, "private/sam.ldb")}
	for service := range serviceRecords {
		node := strings.TrimSuffix(service, ".")
		if at, isController := strings.CutSuffix(node, "._msdcs"); isController {
			args = append(args, "DC="+at+",DC=_msdcs."+domain+",CN=MicrosoftDNS,DC=ForestDnsZones"+base)
			continue
		}
		args = append(args, "DC="+node+",DC="+domain+",CN=MicrosoftDNS,DC=DomainDnsZones"+base)
	}
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("remove the SRV records: %w: %s", err, out)
	}
	return nil
}

// startController starts Samba on data of its own and waits until it serves.
func (n *network) startController(v *services, c controller, dir string) (stop func(), err error) {
	program, err := findServer("samba", sambaPackages)
	if err != nil {
		return nil, err
	}
	if err := v.sambaFiles(c, dir); err != nil {
		return nil, err
	}
	command := []string{program, "--interactive", "--model=single", "--configfile=" + filepath.Join(dir, "smb.conf"), "--debuglevel=1"}
	if ahead := v.directoryAhead(); ahead != 0 {
		faketime, err := findServer("faketime", sambaPackages)
		if err != nil {
			return nil, err
		}
		command = append([]string{faketime, "-f", fmt.Sprintf("%+ds", int(ahead.Seconds()))}, command...)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	// What is preloaded reaches the directory's own modules only if these look
	// beyond themselves for the clock.
	cmd.Env = append(os.Environ(), "FAKETIME_DONT_FAKE_MONOTONIC=1", "LDB_MODULES_DISABLE_DEEPBIND=1")
	stdin, err := cmd.StdinPipe() // its end is the end of an interactive samba
	if err != nil {
		return nil, err
	}
	n.keep(stdin)
	ended, err := n.begin(c.at, cmd)
	if err != nil {
		return nil, err
	}
	for _, port := range []uint16{53, 88, 389, 445, 636, 3268} {
		if err := awaitServer(n.space[c.at], netip.AddrPortFrom(netip.MustParseAddr(c.addr), port), ended); err != nil {
			said, _ := os.ReadFile(log.Name())
			return nil, fmt.Errorf("%s, port %d: %w\n%s", c.host, port, err, said)
		}
	}
	return func() {
		_ = cmd.Process.Signal(unix.SIGTERM)
		select {
		case <-ended:
		case <-time.After(startPatience):
			_ = cmd.Process.Kill()
		}
	}, nil
}

// sambaFiles writes what a controller needs besides its data.
func (v *services) sambaFiles(c controller, dir string) error {
	for _, sub := range []string{"cache", "pid", "ncalrpc", "ntp", "winbindd", "bind-dns"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return err
		}
	}
	leaf, err := v.contoso.Leaf(c.host+"."+domain, 0)
	if err != nil {
		return err
	}
	key, err := x509.MarshalECPrivateKey(leaf.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		return err
	}
	var chain []byte
	for _, der := range leaf.Certificate {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	for name, text := range map[string][]byte{
		"smb.conf":     fmt.Appendf(nil, sambaConf, strings.ToUpper(c.host), c.addr, dir),
		"tls-key.pem":  pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: key}),
		"tls-cert.pem": chain,
		"tls-ca.pem":   v.contoso.PEM(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}
