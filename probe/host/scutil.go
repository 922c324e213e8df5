package host

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"wsdoctor/probe"
)

// scutilLimit bounds what is read of scutil's output, in bytes.
const scutilLimit = 256 << 10

// parseScutilDNS reads `scutil --dns` (macOS). It gives the servers of the
// resolvers that serve every name: those of the first section without a
// "domain" line. Resolvers for one domain, and those of the section "for scoped
// queries", are not what applications use for AWS names.
func parseScutilDNS(b []byte) (servers []netip.AddrPort, search []string) {
	servers = []netip.AddrPort{}
	var block struct {
		servers []netip.AddrPort
		search  []string
		port    uint16
		skip    bool
	}
	flush := func() {
		if !block.skip {
			for _, s := range block.servers {
				if block.port != 0 {
					s = netip.AddrPortFrom(s.Addr(), block.port)
				}
				if len(servers) < stubServers && !slices.Contains(servers, s) {
					servers = append(servers, s)
				}
			}
			for _, s := range block.search {
				search = appendSearch(search, s)
			}
		}
		block.servers, block.search, block.port, block.skip = nil, nil, 0, false
	}
	for line := range strings.Lines(string(b[:min(len(b), scutilLimit)])) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "resolver #") {
			flush()
			continue
		}
		if strings.HasPrefix(line, "DNS configuration (for scoped") {
			break
		}
		key, value, found := strings.Cut(line, " : ")
		if !found {
			continue
		}
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch {
		case strings.HasPrefix(key, "nameserver["):
			if a, ok := resolverAddr(value); ok && len(block.servers) < stubServers {
				block.servers = append(block.servers, netip.AddrPortFrom(a, 53))
			}
		case strings.HasPrefix(key, "search domain["):
			block.search = appendSearch(block.search, value)
		case key == "port":
			n, _ := strconv.ParseUint(value, 10, 16)
			block.port = uint16(n)
		case key == "domain":
			block.skip = true
		}
	}
	flush()
	return servers, search
}

// parseScutilProxy reads `scutil --proxy` (macOS): the settings of the current
// network service. Nested dictionaries (one per interface) are passed over.
func parseScutilProxy(b []byte) *proxySettings {
	values := map[string]string{}
	var list []string
	depth, listDepth := 0, 0
	for line := range strings.Lines(string(b[:min(len(b), scutilLimit)])) {
		line = strings.TrimSpace(line)
		key, value, found := strings.Cut(line, " : ")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch {
		case strings.HasSuffix(line, "{"):
			depth++
			if found && key == "ExceptionsList" && depth == 2 {
				listDepth = depth
			}
		case line == "}":
			if depth == listDepth {
				listDepth = 0
			}
			depth = max(depth-1, 0)
		case !found:
		case listDepth != 0 && depth == listDepth:
			list = append(list, value)
		case depth == 1:
			values[key] = value
		}
	}
	on := func(key string) bool { return values[key] == "1" }
	address := func(kind string) string {
		host, port := values[kind+"Proxy"], values[kind+"Port"]
		if !on(kind+"Enable") || host == "" {
			return ""
		}
		if strings.Contains(host, ":") && !strings.Contains(host, "/") && !strings.HasPrefix(host, "[") {
			host = "[" + host + "]"
		}
		if values[kind+"User"] != "" {
			host = "user@" + host // only that there is one, never its name
		}
		if port != "" {
			host += ":" + port
		}
		return host
	}
	s := &proxySettings{
		https: address("HTTPS"), http: address("HTTP"), noProxy: exceptions(list),
		discovery: on("ProxyAutoDiscoveryEnable"), socks: on("SOCKSEnable"),
	}
	if on("ProxyAutoConfigEnable") {
		s.pac = probe.Clean(values["ProxyAutoConfigURLString"], 1000)
	}
	return s
}
