//go:build linux

package lab

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// needLab skips a test only where somebody said that there are no namespaces.
func needLab(t *testing.T) {
	t.Helper()
	if os.Getenv(Disable) == "1" {
		t.Skip(ErrDisabled)
	}
}

// look runs instruments in a scenario and gives their answers, one each.
func look(t *testing.T, o Options, lines ...string) ([]string, Result) {
	t.Helper()
	needLab(t)
	var out, errs bytes.Buffer
	o.Env = append(o.Env, noRaceSleep[0]+"="+noRaceSleep[1])
	o.Command, o.Stdout, o.Stderr = append([]string{"/proc/self/exe", clientArgument}, lines...), &out, &errs
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	r, err := Run(ctx, o)
	if err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	if errs.Len() > 0 {
		t.Errorf("stderr: %s", errs.String())
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n"), r
}

// check is an instrument and what it must say, as a regular expression.
type check struct{ do, want string }

func expect(t *testing.T, o Options, checks []check) Result {
	t.Helper()
	var lines []string
	for _, c := range checks {
		lines = append(lines, c.do)
	}
	got, r := look(t, o, lines...)
	for i, c := range checks {
		if i >= len(got) || !regexp.MustCompile("^(?:"+c.want+")$").MatchString(got[i]) {
			t.Errorf("%s:\n got  %q\n want %q", c.do, got[min(i, len(got)-1)], c.want)
		}
	}
	return r
}

const (
	gw4172  = "3.209.215.252:4172"
	gw4195  = "3.209.215.252:4195"
	gw4172x = "[2600:1f18:74e9:4400::10]:4172"
	gw4195x = "[2600:1f18:74e9:4400::10]:4195"
	stunUDP = "3.80.12.40:443"
	broker  = "https://" + brokerHost + "/ping"
)

// everything is what works in a healthy world.
var everything = []check{
	{"whoami", "65534 65534"},
	{"show /etc/resolv.conf", `nameserver 192\.168\.50\.1\|`},
	{"resolve " + healthHost, `(\d+\.\d+\.\d+\.\d+ ?){6}`},
	{"resolve " + health6Host, "2600:1f18:74e9:4400::10"},
	{"resolve no.such.name.example", "notfound=true .*"},
	{"dns udp 203.0.113.53 " + brokerHost + " A", `NOERROR 52\.119\.198\.10`},
	{"dns tcp 192.168.50.1 " + brokerHost + " A", `NOERROR 52\.119\.198\.10`},
	{"dns udp 10.20.5.11 _ldap._tcp." + domain + " SRV", `NOERROR .*389 dc1.*`},
	{"tcp " + gw4172, "ok"},
	{"tcp " + gw4172x, "ok"},
	{"hello " + gw4195 + " " + healthHost, "tls " + healthHost},
	{"hello " + gw4195x + " " + health6Host, "tls " + health6Host},
	{"stun " + stunUDP, publicIP},
	{"stun " + gw4172, publicIP},
	{"stun " + gw4195x, clientIP6},
	{"quic " + gw4195, ".*00000001.*"},
	{"quic " + gw4195x, ".*00000001.*"},
	{"quic 13.225.78.10:443", ".*00000001.*"},
	{"get " + broker, "200  healthy"},
	{"get http://" + checkipHost + "/", "200  " + publicIP},
	{"get http://" + clientsHost + "/x", "301 https://" + clientsHost + "/x .*"},
	{"issuer " + signinHost, "CN=Amazon Root CA 1,O=Amazon,C=US"},
	{"tcp 3.209.215.252:80", "ECONNREFUSED"},
	{"offend udp 3.209.215.252:80", `3/3 from 3\.209\.215\.252`},
}

func TestHealthyWorldWorks(t *testing.T) {
	r := expect(t, Options{}, everything)
	if r.TxPackets < 20 || r.RxPackets < 20 || r.MaxRSS < 1<<20 || r.Wall <= 0 {
		t.Errorf("the result counts nothing: %+v", r)
	}
	if r.Build > 150*time.Millisecond {
		t.Logf("the lab took %v to build", r.Build)
	}
}

func TestHealthyWorldWorksForRootInUserNamespace(t *testing.T) {
	expect(t, Options{Unprivileged: true}, everything)
}

// Faults in kernel parts that a user namespace may be refused: without them the
// demo would list scenarios that an ordinary user cannot see.
func TestScenariosBuildForAnOrdinaryUser(t *testing.T) {
	needLab(t)
	for _, s := range slices.Concat(localised(), workspaces()) {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			if _, err := Run(ctx, Options{Scenario: s.Scenario, Unprivileged: true}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestClientCannotMeddle(t *testing.T) {
	for _, user := range []bool{false, true} {
		t.Run(fmt.Sprint("user namespace ", user), func(t *testing.T) {
			expect(t, Options{Unprivileged: user}, []check{{"meddle", "done: "}, {"tcp " + gw4172, "ok"}})
		})
	}
}

func TestPrivilegedCommandMayMeddle(t *testing.T) {
	expect(t, Options{Privileged: true}, []check{{"meddle", "done: .*raw socket.*"}})
}

// TestOrdinaryUser starts the whole lab as a user without any privilege.
func TestOrdinaryUser(t *testing.T) {
	needLab(t)
	if os.Geteuid() != 0 {
		expect(t, Options{}, everything)
		return
	}
	// The test binary lies where nobody else may look.
	dir := t.TempDir()
	for d := dir; d != "/" && d != os.TempDir(); d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "lab.test")
	if err := os.WriteFile(program, self, 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := runAs(nobody, program, "-test.run=^(TestHealthyWorldWorks|TestHealthyWorkspaceWorksInUserNamespace|TestScenariosBuildForAnOrdinaryUser)$", "-test.v")
	if err != nil || strings.Count(out, "\n--- PASS: Test") != 3 {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestExitCodeAndSignalsArePassedOn(t *testing.T) {
	if _, r := look(t, Options{}, "exit"); r.ExitCode != 7 {
		t.Errorf("exit code %d, want 7", r.ExitCode)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	r, err := Run(ctx, Options{Command: []string{"/proc/self/exe", clientArgument, "sleep"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := 128 + int(syscall.SIGTERM); r.ExitCode != want || time.Since(start) > grace {
		t.Errorf("exit code %d after %v, want %d soon after the context ended", r.ExitCode, time.Since(start), want)
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	before := children(t)
	look(t, Options{}, "tcp "+gw4172)
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	_, _ = Run(ctx, Options{Command: []string{"/proc/self/exe", clientArgument, "sleep"}})
	if after := children(t); after != before {
		t.Errorf("processes before: %q, after: %q", before, after)
	}
}

// Programs that look elsewhere for authorities find the lab's there, and no others.
func TestTheAuthoritiesLieWhereTheyAreWanted(t *testing.T) {
	for _, file := range []string{"/etc/hostname", "/etc/wsdoctor-lab/no/such/folder.pem"} {
		for _, user := range []bool{false, true} {
			got, _ := look(t, Options{Unprivileged: user, Store: file}, "show "+storeFile, "show "+file, "get "+broker)
			if !strings.HasPrefix(got[0], "-----BEGIN CERTIFICATE-----|") || got[1] != got[0] || got[2] != "200  healthy" {
				t.Errorf("%s, user namespace %v: %.100q", file, user, got)
			}
		}
	}
}

// children lists this process's children, the threads' included.
func children(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	var all string
	for _, f := range files {
		b, _ := os.ReadFile(f) // a thread may be gone by now
		all += string(b)
	}
	return all
}

func TestDelayAndLossAreAsAsked(t *testing.T) {
	measure := func(l Link) (answered int, mean time.Duration) {
		out, _ := look(t, Options{Scenario: Scenario{Name: "wire", Link: l}}, "rtt "+stunUDP)
		n, us, _ := strings.Cut(out[0], " ")
		answered, _ = strconv.Atoi(n)
		micro, _ := strconv.Atoi(us)
		return answered, time.Duration(micro) * time.Microsecond
	}
	if n, mean := measure(Link{RTT: 40 * time.Millisecond}); n != 30 || mean < 40*time.Millisecond || mean > 50*time.Millisecond {
		t.Errorf("40 ms: %d of 30 answered after %v", n, mean)
	}
	if n, mean := measure(Link{RTT: 10 * time.Millisecond, Jitter: 10 * time.Millisecond}); n != 30 || mean < 14*time.Millisecond || mean > 30*time.Millisecond {
		t.Errorf("10 ms and 2×0–10 ms jitter: %d of 30 answered after %v", n, mean)
	}
	if n, _ := measure(Link{Loss: 0.3}); n < 5 || n > 24 {
		t.Errorf("30 %% loss each way: %d of 30 answered, about 15 are likely", n)
	}
	expect(t, Options{Scenario: Scenario{Link: Link{MTU: 1000}}}, []check{{"tcp " + gw4172, "ok"}, {"stun " + stunUDP, publicIP}, {"hello " + gw4195 + " " + healthHost, "silence"}})
}
