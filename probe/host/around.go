package host

import (
	"io/fs"
	"slices"
	"strings"

	"wsdoctor/probe"
)

// containerFiles are made by container engines in every container (Docker and
// Podman, sources).
var containerFiles = []string{".dockerenv", "run/.containerenv"}

// containerLink is the name that container engines give the interface towards
// the computer around. A container that shares that computer's network has none
// of its own.
const containerLink = "eth0"

// enclosingSystem says what a Linux system runs in, if that hides another computer's
// firewall behind its default gateway: Microsoft's kernel for WSL names itself
// (its release ends in "microsoft-standard-WSL2").
func enclosingSystem(root fs.FS, routes []probe.RouteDetail) string {
	release, err := fs.ReadFile(root, "proc/sys/kernel/osrelease")
	if err == nil && strings.Contains(strings.ToLower(string(release)), "microsoft") {
		return "WSL"
	}
	inside := slices.ContainsFunc(containerFiles, func(name string) bool {
		_, err := fs.Stat(root, name)
		return err == nil
	})
	if inside && slices.ContainsFunc(routes, func(r probe.RouteDetail) bool { return r.Interface == containerLink }) {
		return "a container"
	}
	return ""
}
