package host

import (
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// neighbourStates are the kernel's NUD_ states, linux/neighbour.h.
var neighbourStates = map[int]string{
	unix.NUD_NONE:       "none",
	unix.NUD_INCOMPLETE: "incomplete",
	unix.NUD_REACHABLE:  "reachable",
	unix.NUD_STALE:      "stale",
	unix.NUD_DELAY:      "delay",
	unix.NUD_PROBE:      "probe",
	unix.NUD_FAILED:     "failed",
	unix.NUD_NOARP:      "noarp",
	unix.NUD_PERMANENT:  "permanent",
}

// lookupNeighbour finds the gateway's entry; false if there is none.
func lookupNeighbour(gateway netip.Addr, device string) (neighbour, bool) {
	link, err := netlink.LinkByName(device)
	if err != nil {
		return neighbour{}, false
	}
	family := unix.AF_INET
	if gateway.Is6() {
		family = unix.AF_INET6
	}
	entries, err := netlink.NeighList(link.Attrs().Index, family)
	if err != nil {
		return neighbour{}, false
	}
	for _, e := range entries {
		if a, ok := netip.AddrFromSlice(e.IP); ok && a.Unmap() == gateway.WithZone("").Unmap() {
			return neighbour{State: neighbourStates[e.State], Interface: device}, neighbourStates[e.State] != "none"
		}
	}
	return neighbour{}, false
}
