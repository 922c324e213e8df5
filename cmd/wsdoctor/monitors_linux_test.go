package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"wsdoctor/internal/lab"
	"wsdoctor/internal/otlp"
	"wsdoctor/internal/report/reporttest"
)

// What monitoring systems make of what is printed for them: the programs themselves, in
// the empty network that TestMain entered, of stored reports.

// monitoring finds a program of a monitoring system.
func monitoring(t *testing.T, program string) string {
	t.Helper()
	if os.Getenv(lab.Disable) == "1" {
		t.Skip(lab.Disable + "=1 is set")
	}
	path, err := exec.LookPath(program)
	if err != nil {
		path, err = exec.LookPath(filepath.Join("/usr/sbin", program))
	}
	if err != nil {
		t.Fatalf("%v; .ci/test installs it", err)
	}
	return path
}

// stored writes a sample report into a file.
func stored(t *testing.T, name string) string {
	t.Helper()
	r, known := reporttest.Samples()[name]
	if !known {
		t.Fatalf("there is no sample %s", name)
	}
	b, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), name+".json")
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// metricsOf has the program write the metrics of a sample.
func metricsOf(t *testing.T, program, sample, file string, label string) {
	t.Helper()
	said, err := exec.Command(program, "rejudge", stored(t, sample), "-q", "--metrics-file", file, "--label", label).CombinedOutput()
	if _, err := os.Stat(file); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
}

// peculiar is a label's value that the format must escape.
const peculiar = `site=C:\Büro "Süd", {a="b"}`

func TestPromtoolAcceptsTheMetrics(t *testing.T) {
	promtool, program := monitoring(t, "promtool"), build(t)
	for _, sample := range []string{"healthy", "host-firewall", "office-firewall", "hostile", "inside-broken"} {
		file := filepath.Join(t.TempDir(), "wsdoctor.prom")
		metricsOf(t, program, sample, file, peculiar)
		in, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		cmd := exec.Command(promtool, "check", "metrics")
		cmd.Stdin = in
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", sample, err, out)
		}
	}
}

func TestNodeExporterServesTheMetrics(t *testing.T) {
	exporter, program, dir := monitoring(t, "prometheus-node-exporter"), build(t), t.TempDir()
	file := filepath.Join(dir, "wsdoctor.prom")
	metricsOf(t, program, "host-firewall", file, peculiar)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	peer(t, exporter, "--web.listen-address="+address, "--collector.disable-defaults", "--collector.textfile", "--collector.textfile.directory="+dir)
	page := ""
	for end := time.Now().Add(20 * time.Second); page == "" && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if reply, err := http.Get("http://" + address + "/metrics"); err == nil {
			b, _ := io.ReadAll(io.LimitReader(reply.Body, 1<<20))
			reply.Body.Close()
			page = string(b)
		}
	}
	for _, want := range []string{
		"\nwsdoctor_status 2\n",
		"\nwsdoctor_culprit{code=\"host_denies_send\",",
		`label_site="C:\\Büro \"Süd\", {a=\"b\"}"`,
		"\nnode_textfile_scrape_error 0\n",
		"\nnode_textfile_mtime_seconds{file=\"" + file + "\"} ",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the exporter does not say %q:\n%s", want, page)
		}
	}
}

// A run's numbers go to the collector that the environment names: of a run, and of nothing
// else, and to nobody where it names none.
func TestNumbersGoToTheCollectorOfTheEnvironment(t *testing.T) {
	if os.Getenv(lab.Disable) == "1" {
		t.Skip(lab.Disable + "=1 is set")
	}
	program := build(t)
	var mu sync.Mutex
	var received []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		mu.Lock()
		defer mu.Unlock()
		received = append(received, r.URL.Path+" "+string(b))
	}))
	defer server.Close()
	run := func(collector string, args ...string) (out, errs string, got []string) {
		mu.Lock()
		received = nil
		mu.Unlock()
		cmd := exec.Command(program, args...)
		cmd.Env = append(os.Environ(), otlp.EndpointVariable+"="+collector)
		var stdout, stderr strings.Builder
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() != 10 && cmd.ProcessState.ExitCode() != 11 {
			t.Fatalf("%q: %v\n%s", args, err, stderr.String())
		}
		mu.Lock()
		defer mu.Unlock()
		return stdout.String(), stderr.String(), received
	}
	check := []string{"check", "--region", "us-east-1"}
	out, errs, got := run(server.URL, append(check, "--label", "site=Osaka")...)
	if len(got) != 1 || !strings.HasPrefix(got[0], "/v1/metrics {") || !strings.Contains(got[0], `"wsdoctor.status"`) || !strings.Contains(got[0], `"Osaka"`) {
		t.Errorf("a run sent %q\n%s%s", got, out, errs)
	}
	for name, args := range map[string][]string{"a stored report": {"rejudge", stored(t, "host-firewall")}, "a plan": append(check, "--plan")} {
		out, _, got := run(server.URL, args...)
		if len(got) > 0 {
			t.Errorf("%s sent %q", name, got)
		}
		if name == "a plan" && !strings.Contains(strings.Join(strings.Fields(out), " "), "sent to "+server.URL+"/v1/metrics, because OTEL") {
			t.Errorf("the plan does not say so:\n%s", out)
		}
	}
	if _, errs, got := run("", check...); len(got) > 0 || errs != "" {
		t.Errorf("without a collector: %q, %s", got, errs)
	}
	if _, errs, _ := run("http://127.0.0.1:1", check...); !strings.Contains(errs, "were not taken by http://127.0.0.1:1/v1/metrics: ") {
		t.Errorf("of a collector that is not there it says %q", errs)
	}
}

// icingaConfig has Icinga check one service once a second, and write down each result as
// it understood it.
const icingaConfig = `library "methods"
object CheckerComponent "checker" {}
object PerfdataWriter "writer" {
  service_perfdata_path = "%[1]s/result"
  service_temp_path = "%[1]s/temp"
  host_perfdata_path = "%[1]s/host"
  host_temp_path = "%[1]s/hosttemp"
  rotation_interval = 1s
  service_format_template = "$service.state$|$service.output$|$service.perfdata$"
}
object CheckCommand "nothing" { command = [ "/bin/true" ] }
object CheckCommand "workspaces" { command = [ "%[2]s", "rejudge", "%[3]s", "-o", "nagios" ] }
object Host "desk" { check_command = "nothing"; enable_active_checks = false }
object Service "workspaces" {
  host_name = "desk"
  check_command = "workspaces"
  check_interval = 1s
  retry_interval = 1s
  max_check_attempts = 1
}
`

func TestIcingaUnderstandsTheAnswer(t *testing.T) {
	icinga, program := monitoring(t, "icinga2"), build(t)
	for _, c := range []struct{ sample, state, text, numbers string }{
		{"host-firewall", "CRITICAL", "WORKSPACES CRITICAL - This computer", "status=2;;;0;3 rtt="},
		{"healthy", "OK", "WORKSPACES OK - Everything", "status=0;;;0;3 rtt="},
		{"none", "UNKNOWN", "WORKSPACES UNKNOWN - the report cannot be read", ""},
	} {
		t.Run(c.sample, func(t *testing.T) {
			dir, file := t.TempDir(), "/nowhere.json"
			if c.sample != "none" {
				file = stored(t, c.sample)
			}
			config := filepath.Join(dir, "icinga2.conf")
			if err := os.WriteFile(config, fmt.Appendf(nil, icingaConfig, dir, program, file), 0o644); err != nil {
				t.Fatal(err)
			}
			args := []string{"daemon", "-c", config, "-x", "critical"}
			for name, value := range map[string]string{
				"RunAsUser": "root", "RunAsGroup": "root", "Configuration.DataDir": dir, "Configuration.CacheDir": dir,
				"Configuration.InitRunDir": dir, "Configuration.PidPath": filepath.Join(dir, "pid"),
			} {
				args = append(args, "-D", name+"="+value)
			}
			said := peer(t, icinga, args...)
			result := firstResult(dir)
			state, rest, _ := strings.Cut(result, "|")
			if state != c.state || !strings.HasPrefix(rest, c.text) || !strings.Contains(rest, c.numbers) {
				t.Errorf("Icinga understood %q\n%s", result, said)
			}
			_, numbers, _ := strings.Cut(rest, "|")
			if c.numbers != "" && (!strings.Contains(numbers, " tcp_4172=") || strings.Contains(numbers, "'")) {
				t.Errorf("the numbers are %q", numbers) // quotes that are left were not read
			}
		})
	}
}

// firstResult waits for the first line that Icinga wrote.
func firstResult(dir string) string {
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		files, _ := filepath.Glob(filepath.Join(dir, "result*"))
		for _, name := range files {
			if file, err := os.Open(name); err == nil {
				line, err := bufio.NewReader(file).ReadString('\n')
				file.Close()
				if err == nil {
					return strings.TrimSuffix(line, "\n")
				}
			}
		}
	}
	return ""
}

// peer starts a program that serves until the test is over, with all that it starts.
func peer(t *testing.T, program string, args ...string) fmt.Stringer {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
	})
	return &said
}
