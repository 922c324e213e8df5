package host

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"wsdoctor/probe"
)

// errnos are those of this system; see winrefusal.go.
var errnos = winRefusals

// thisSystem asks the IP Helper library and the registry.
func thisSystem(fs.FS) system {
	return system{
		links: readAdapters,
		route: askRoute,
		resolvers: func(ctx context.Context, links []link) (probe.ResolversDetail, error) {
			if links == nil {
				return probe.ResolversDetail{Servers: []netip.AddrPort{}}, nil
			}
			index, _ := bestInterface(afar[0])
			return adapterResolvers(links, index), nil
		},
		proxy:  func(context.Context) (*proxySettings, error) { return readInternetSettings() },
		script: openScript,
		agent: func() []string {
			return agentKeySigns(func(key string) bool {
				k, err := registry.OpenKey(registry.LOCAL_MACHINE, key, registry.QUERY_VALUE|registry.WOW64_64KEY)
				if err != nil {
					return errors.Is(err, windows.ERROR_ACCESS_DENIED) // it is there, closed to us
				}
				k.Close()
				return true
			})
		},
		table: func(_ context.Context, links []link) ([]tableRoute, error) {
			table, err := bothFamilies(readTable)
			return withLinkMetrics(table, links), err
		},
		directory: func([]string) (probe.DirectoryDetail, []string) { return directoryKeys(registryText) },
		gaps:      []string{"policy rules on ports: not read before sending on Windows"},
		close:     func() {},
	}
}

func bestInterface(to netip.Addr) (int, error) {
	var sa windows.Sockaddr = &windows.SockaddrInet6{Addr: to.As16()}
	if to.Is4() {
		sa = &windows.SockaddrInet4{Addr: to.As4()}
	}
	var index uint32
	err := windows.GetBestInterfaceEx(sa, &index)
	return int(index), err
}

func askRoute(ctx context.Context, f flow) (hop, error) {
	index, err := bestInterface(f.to.WithZone(""))
	if err != nil {
		return hop{}, refused(err)
	}
	source, err := sourceTowards(ctx, f)
	if err != nil {
		return hop{}, err
	}
	h := hop{index: index, source: source}
	table, err := readTable(f.to)
	if err != nil {
		return h, nil // the gateway stays unnamed
	}
	if best, found := longest(table, f.to.WithZone(""), index); found && !best.gateway.IsUnspecified() {
		h.gateway = best.gateway
	}
	return h, nil
}

func readTable(to netip.Addr) ([]tableRoute, error) {
	family := uint16(windows.AF_INET)
	if to.Is6() {
		family = windows.AF_INET6
	}
	var t *windows.MibIpForwardTable2
	if err := windows.GetIpForwardTable2(family, &t); err != nil {
		return nil, err
	}
	defer windows.FreeMibTable(unsafe.Pointer(t))
	// The system tells no size: it is that of as many rows as it says there are.
	return parseForwardTable(unsafe.Slice((*byte)(unsafe.Pointer(t)), forwardHead+uint64(t.NumEntries)*forwardSize))
}
