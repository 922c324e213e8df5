//go:build wine && linux

package wine

import (
	"encoding/json"
	"net"
	"slices"
	"testing"
)

// What makes a Windows WorkSpace, as its agent leaves it, is found where it is set:
// in the registry and the TCP table. The service manager is asked too, but Wine's
// forgets what it was told of when the program that told it has ended.
func TestTheInsideOfAWorkSpaceIsRead(t *testing.T) {
	const (
		agent   = `HKLM\SOFTWARE\Amazon\SkyLight`
		network = `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`
		port    = 8200
	)
	if s := windows(t, "inside", "--region", "us-east-1"); s.code != 2 {
		t.Errorf("no WorkSpace yet: exit code %d\n%s", s.code, s.err)
	}
	tool(t, "reg", "add", agent, "/v", "DomainJoinDns", "/t", "REG_SZ", "/d", "10.1.2.3,10.1.2.4", "/f")
	t.Cleanup(func() { tool(t, "reg", "delete", agent, "/f") })
	tool(t, "reg", "add", network, "/v", "Domain", "/t", "REG_SZ", "/d", "corp.example.com", "/f")
	t.Cleanup(func() { tool(t, "reg", "delete", network, "/v", "Domain", "/f") })
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{Port: port})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()

	s := windows(t, "inside", "--region", "us-east-1", "--timeout", "3s", "-o", "json")
	var r struct {
		Run          struct{ Vantage string }
		Observations []struct {
			Operation string
			Detail    json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(s.out), &r); err != nil || r.Run.Vantage != "workspace" {
		t.Fatalf("exit code %d, %v, vantage %q\n%s", s.code, err, r.Run.Vantage, s.err)
	}
	var d struct {
		Domain    string
		DNS       []string
		Manager   string
		Services  []struct{ Role string }
		Listeners []struct {
			Transport string
			Port      int
		}
	}
	for _, o := range r.Observations {
		switch o.Operation {
		case "host_directory", "host_services", "host_listeners":
			if err := json.Unmarshal(o.Detail, &d); err != nil {
				t.Fatalf("%s: %v", o.Operation, err)
			}
		}
	}
	if d.Domain != "corp.example.com" || !slices.Equal(d.DNS, []string{"10.1.2.3", "10.1.2.4"}) {
		t.Errorf("directory %q, name servers %q", d.Domain, d.DNS)
	}
	if len(d.Services) != 3 || d.Manager != "scm" {
		t.Errorf("services by %q: %+v", d.Manager, d.Services)
	}
	if !slices.ContainsFunc(d.Listeners, func(l struct {
		Transport string
		Port      int
	}) bool {
		return l.Port == port
	}) {
		t.Errorf("nobody is seen to listen on port %d: %+v", port, d.Listeners)
	}
}
