package host

import (
	"context"
	"io/fs"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

// thisSystem opens one netlink socket for the links and one for the routes, in
// the network namespace of the calling thread, and keeps them until close.
func thisSystem(root fs.FS) system {
	s := system{
		portRules: true,
		answers:   true,
		resolvers: func(context.Context, []link) (probe.ResolversDetail, error) { return resolvConf(root) },
		proxy:     func(context.Context) (*proxySettings, error) { return nil, nil },
		agent:     func() []string { return agentFileSigns(root) },
		around:    func(routes []probe.RouteDetail) string { return enclosingSystem(root, routes) },
		directory: func(search []string) (probe.DirectoryDetail, []string) { return directoryFiles(root, search) },
	}
	var release []func()
	s.close = func() {
		for _, f := range release {
			f()
		}
	}

	handle, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		s.links = func(context.Context) ([]link, error) { return nil, err }
	} else {
		release = append(release, handle.Close)
		if err := handle.SetSocketTimeout(patience); err != nil {
			s.gaps = append(s.gaps, "network interfaces: no time limit could be set")
		}
		s.links = func(ctx context.Context) ([]link, error) { return readLinks(ctx, handle) }
		s.table = func(ctx context.Context, _ []link) ([]tableRoute, error) { return readTables(ctx, handle) }
	}

	socket, err := nl.Subscribe(unix.NETLINK_ROUTE) // no group: a plain socket
	if err != nil {
		s.route = func(context.Context, flow) (hop, error) { return hop{}, err }
		return s
	}
	release = append(release, socket.Close)
	limit := unix.NsecToTimeval(patience.Nanoseconds())
	if err := socket.SetReceiveTimeout(&limit); err != nil {
		s.gaps = append(s.gaps, "routes: no time limit could be set")
	}
	r := router{sockets: map[int]*nl.SocketHandle{unix.NETLINK_ROUTE: {Socket: socket}}}
	s.route = r.ask
	if !portLookups() {
		s.portRules = false
		s.gaps = append(s.gaps, "policy rules on ports: this kernel is older than Linux 4.18 and cannot be asked")
	}
	return s
}
