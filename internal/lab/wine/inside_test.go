//go:build wine && linux

package wine

import (
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
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

// withServices runs a command while services of these names run. All is one batch file,
// because Wine's service manager ends with the last program that somebody started.
func withServices(t *testing.T, names []string, command string) said {
	t.Helper()
	var lines []string
	for _, name := range names {
		lines = append(lines, "sc create "+name+" binPath= "+path(service)+" start= demand >nul", "sc start "+name+" >nul")
	}
	lines = append(lines, command)
	for _, name := range names {
		lines = append(lines, "sc stop "+name+" >nul", "sc delete "+name+" >nul")
	}
	s, _ := batch(t, lines...)
	return s
}

// What the service manager says of services that run, and the firewall's policy in the
// registry, which is judged only where its service runs.
func TestServicesAndTheFirewallsPolicyAreRead(t *testing.T) {
	const (
		agent  = `HKLM\SOFTWARE\Amazon\SkyLight`
		policy = `HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy`
	)
	anew(t)
	tool(t, "reg", "add", agent, "/v", "DomainJoinDns", "/t", "REG_SZ", "/d", "10.1.2.3", "/f")
	t.Cleanup(func() { tool(t, "reg", "delete", agent, "/f") })
	for _, profile := range []string{"DomainProfile", "StandardProfile", "PublicProfile"} {
		tool(t, "reg", "add", policy+`\`+profile, "/v", "EnableFirewall", "/t", "REG_DWORD", "/d", "1", "/f")
	}
	t.Cleanup(func() { tool(t, "reg", "delete", policy, "/f") })
	tool(t, "reg", "add", policy+`\FirewallRules`, "/v", "{A}", "/t", "REG_SZ", "/d", "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=4172|Name=PCoIP|", "/f")

	type detail struct {
		Engine, Transport, Verdict string
		First, Last                int
		Unknown                    []string
		Services                   []struct {
			Role, State string
			PID         int
		}
	}
	look := func(names ...string) (firewall map[string]string, services []string, unknown []string) {
		s := withServices(t, names, path(windowsBuild)+" inside --region us-east-1 --timeout 4s -o json")
		var r struct {
			Observations []struct {
				Operation string
				Detail    json.RawMessage
			}
		}
		if err := json.Unmarshal([]byte(s.out), &r); err != nil {
			t.Fatalf("exit code %d, %v\n%.1000s\n%s", s.code, err, s.out, s.err)
		}
		firewall = map[string]string{}
		for _, o := range r.Observations {
			if o.Operation != "host_firewall" && o.Operation != "host_services" {
				continue
			}
			var d detail
			if err := json.Unmarshal(o.Detail, &d); err != nil {
				t.Fatalf("%s: %v", o.Operation, err)
			}
			for _, s := range d.Services {
				if s.State == "running" && s.PID > 0 {
					services = append(services, s.Role)
				}
			}
			if d.Engine == "windows" {
				unknown = append(unknown, d.Unknown...)
				for p := d.First; p <= d.Last; p++ {
					firewall[fmt.Sprint(d.Transport, " ", p)] = d.Verdict
				}
			}
		}
		return firewall, services, unknown
	}
	ports, services, unknown := look("MpsSvc", "PCoIPAgent")
	if want := map[string]string{"tcp 4172": "accept", "udp 4172": "drop", "tcp 8200": "drop", "tcp 8250": "drop"}; len(ports) < 50 {
		t.Errorf("ports %v, unknown %q", ports, unknown)
	} else {
		for port, verdict := range want {
			if ports[port] != verdict {
				t.Errorf("%s: %q, want %s; unknown %q", port, ports[port], verdict, unknown)
			}
		}
	}
	if !slices.Equal(services, []string{"pcoip"}) {
		t.Errorf("services that run: %q", services)
	}
	// Nothing is judged by a policy that nobody carries out.
	ports, services, unknown = look()
	if ports["tcp 4172"] != "unknown" || ports["udp 4172"] != "unknown" || len(services) != 0 || !slices.ContainsFunc(unknown, func(u string) bool { return strings.Contains(u, "MpsSvc") }) {
		t.Errorf("without its service: %q %q, services %q, unknown %q", ports["tcp 4172"], ports["udp 4172"], services, unknown)
	}
}
