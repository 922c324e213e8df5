//go:build collector

package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"wsdoctor/internal/otlp"
)

// collectorConfig takes OTLP over HTTP, prints all that it understood, and has nothing to
// say of itself.
const collectorConfig = `receivers:
  otlp:
    protocols:
      http:
        endpoint: %s
exporters:
  debug:
    verbosity: detailed
service:
  telemetry:
    metrics:
      level: none
  pipelines:
    metrics:
      receivers: [otlp]
      exporters: [debug]
`

// understood are lines of a gauge that the collector printed.
var understood = regexp.MustCompile(`(?s)service\.name: Str\(wsdoctor\).*label_site: Str\(Osaka\).*` +
	`-> Name: wsdoctor\.status\n[^#]*-> Unit: 1\n[^#]*-> DataType: Gauge\n.*?\nTimestamp: 20\d\d-[^\n]*\nValue: 2\.0+\n`)

// The real thing, which .ci/collector builds, in the empty network that TestMain entered.
func TestARealCollectorTakesTheNumbers(t *testing.T) {
	collector := os.Getenv("WSDOCTOR_COLLECTOR")
	if collector == "" {
		t.Fatal("there is no collector: run this test by .ci/collector")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	config := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, collectorConfig, address), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := exec.Command(collector, "--config", "file:"+config)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stop := func() {
		cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			cmd.Process.Kill()
			<-ended
		}
	}
	for up := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
			break
		}
		if time.Now().After(up) {
			stop()
			t.Fatalf("the collector is not up: %v\n%s", err, said.String())
		}
	}
	program, err := exec.LookPath("wsdoctor") // see TestMain
	if err != nil {
		t.Fatal(err)
	}
	check := exec.Command(program, "check", "--region", "us-east-1", "--label", "site=Osaka")
	check.Env = append(os.Environ(), otlp.EndpointVariable+"=http://"+address)
	var errs bytes.Buffer
	check.Stdout, check.Stderr = nil, &errs
	const nothingThere = 10 // the exit code of an empty network
	if check.Run(); check.ProcessState.ExitCode() != nothingThere || errs.Len() > 0 {
		t.Errorf("exit code %d\n%s", check.ProcessState.ExitCode(), errs.String())
	}
	stop() // it prints what it has
	if !understood.Match(said.Bytes()) {
		t.Errorf("the collector understood\n%s", said.String())
	}
}
