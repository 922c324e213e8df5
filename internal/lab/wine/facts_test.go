//go:build wine && linux

package wine

import (
	"encoding/json"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
)

// facts are what a report says of this computer.
type facts struct {
	Observations []struct {
		Operation, Outcome string
		Detail             struct {
			Interfaces []struct {
				Name      string
				Up        bool
				Addresses []string
			}
			Family, Destination, Interface, Gateway, Source string
			Servers                                         []string
			HTTPS, HTTP                                     string
		}
	}
}

// hostFacts runs a check in which nobody answers, for what it reads before.
func hostFacts(t *testing.T) (f facts) {
	t.Helper()
	s := windows(t, "check", "--region", "us-east-1", "--timeout", "2s", "-o", "json")
	if err := json.Unmarshal([]byte(s.out), &f); err != nil {
		t.Fatalf("exit code %d, %v\n%.500s\n%s", s.code, err, s.out, s.err)
	}
	return f
}

func TestAdaptersRoutesAndResolversAreRead(t *testing.T) {
	adapters, routes, resolvers := 0, 0, 0
	for _, o := range hostFacts(t).Observations {
		d := o.Detail
		switch o.Operation {
		case "host_links":
			for _, i := range d.Interfaces {
				if i.Name == adapter && i.Up && slices.Contains(i.Addresses, ownAddress) {
					adapters++
				}
			}
		case "host_route":
			if d.Destination == "0.0.0.0" {
				routes++
				if d.Gateway != gateway || d.Interface != adapter || d.Source+"/24" != ownAddress {
					t.Errorf("default route: %+v", d)
				}
			}
		case "host_resolvers":
			resolvers++
			if want := configured(t); !slices.Equal(d.Servers, want) {
				t.Errorf("name servers %q, want %q", d.Servers, want)
			}
		}
	}
	if adapters != 1 || routes != 1 || resolvers != 1 {
		t.Errorf("the adapter was seen %d times, a default route %d, name servers %d", adapters, routes, resolvers)
	}
}

// configured are the name servers of this computer, which are Wine's too.
func configured(t *testing.T) (servers []string) {
	t.Helper()
	b, err := os.ReadFile("/etc/resolv.conf")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "nameserver" {
			servers = append(servers, net.JoinHostPort(f[1], "53"))
		}
	}
	return servers
}

// tool runs one of Windows' own, which must succeed.
func tool(t *testing.T, command ...string) {
	t.Helper()
	if s := wine(t, "", command...); s.code != 0 {
		t.Fatalf("%q: exit code %d\n%s%s", command, s.code, s.out, s.err)
	}
}

// The proxy that people set in Windows' settings, which it keeps in the registry.
func TestTheProxyOfTheSettingsIsRead(t *testing.T) {
	const key = `HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings`
	proxy := func() string {
		t.Helper()
		for _, o := range hostFacts(t).Observations {
			if o.Operation == "host_proxy" {
				return o.Detail.HTTPS
			}
		}
		t.Fatal("nothing is said of a proxy")
		return ""
	}
	if got := proxy(); got != "" {
		t.Errorf("nothing is set, and the proxy is %q", got)
	}
	tool(t, "reg", "add", key, "/v", "ProxyServer", "/t", "REG_SZ", "/d", "10.9.8.7:3128", "/f")
	if got := proxy(); got != "" {
		t.Errorf("it is switched off, and the proxy is %q", got)
	}
	tool(t, "reg", "add", key, "/v", "ProxyEnable", "/t", "REG_DWORD", "/d", "1", "/f")
	t.Cleanup(func() { tool(t, "reg", "add", key, "/v", "ProxyEnable", "/t", "REG_DWORD", "/d", "0", "/f") })
	if got := proxy(); got != "http://10.9.8.7:3128" {
		t.Errorf("the proxy is %q", got)
	}
	if s := windows(t, "check", "--region", "us-east-1", "--plan"); !strings.Contains(s.out, "through http://10.9.8.7:3128") {
		t.Errorf("it is not in the plan:\n%.1500s", s.out)
	}
}
