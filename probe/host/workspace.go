package host

import (
	"fmt"
	"io/fs"
	"net/netip"

	"wsdoctor/probe"
)

// agentFiles are made by the SkyLight agent of a Linux WorkSpace and by nothing
// else (AWS, "Required configuration and service components for WorkSpaces").
// The client that people install on their own computer lives elsewhere.
var agentFiles = []string{
	"usr/lib/skylight",
	"var/lib/skylight",
	"etc/systemd/system/skylight-agent.service",
	"usr/lib/systemd/system/skylight-agent.service",
	"lib/systemd/system/skylight-agent.service",
}

// agentKey is made by the agent of a Windows WorkSpace (same source), under
// HKEY_LOCAL_MACHINE.
const agentKey = `SOFTWARE\Amazon\SkyLight`

func agentFileSigns(root fs.FS) []string {
	var signs []string
	for _, name := range agentFiles {
		if _, err := fs.Stat(root, name); err == nil {
			signs = append(signs, "/"+name)
		}
	}
	return signs
}

func agentKeySigns(exists func(key string) bool) []string {
	if exists(agentKey) {
		return []string{`HKEY_LOCAL_MACHINE\` + agentKey}
	}
	return nil
}

// workspace needs both: the agent, and an interface in a management range.
// Either alone is nothing, because the ranges are private ones that homes and
// offices use as well, and files may be left over in an image. Agent is told
// apart, because a WorkSpace whose eth0 is gone or outside the range still has
// it.
func workspace(agent []string, list []probe.Interface, ranges []netip.Prefix) probe.WorkspaceDetail {
	d := probe.WorkspaceDetail{Agent: len(agent) > 0, Signs: append([]string{}, agent...)}
	managed := false
	for _, i := range list {
		if i.Loopback || !i.Up {
			continue
		}
		for _, p := range i.Addresses {
			if r, ok := within(p.Addr(), ranges); ok {
				managed = true
				d.Signs = append(d.Signs, fmt.Sprintf("%s has %s, inside the management range %s", i.Name, p.Addr(), r))
			}
		}
	}
	d.Inside = managed && d.Agent
	return d
}

func within(a netip.Addr, ranges []netip.Prefix) (netip.Prefix, bool) {
	for _, r := range ranges {
		if r.Contains(a.Unmap()) {
			return r, true
		}
	}
	return netip.Prefix{}, false
}
