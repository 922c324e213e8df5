package host

import (
	"testing"
	"testing/fstest"

	"wsdoctor/probe"
)

func TestAround(t *testing.T) {
	const release = "proc/sys/kernel/osrelease"
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	for _, c := range []struct {
		name, link, want string
		root             fstest.MapFS
	}{
		{"an ordinary computer", "eth0", "", fstest.MapFS{release: file("6.18.0-1-amd64\n")}},
		{"WSL 2", "eth0", "WSL", fstest.MapFS{release: file("5.15.167.4-microsoft-standard-WSL2\n")}},
		{"Docker", "eth0", "a container", fstest.MapFS{release: file("6.18.0\n"), ".dockerenv": file("")}},
		{"Podman", "eth0", "a container", fstest.MapFS{"run/.containerenv": file("")}},
		{"a container on its computer's own network", "enp3s0", "", fstest.MapFS{".dockerenv": file("")}},
		{"nothing can be read", "eth0", "", fstest.MapFS{}},
	} {
		if got := enclosingSystem(c.root, []probe.RouteDetail{{Family: "ip4", Interface: c.link}}); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
