package facts

import (
	"slices"

	"wsdoctor/probe"
)

// webRoles are the HTTPS hosts, those the client cannot work without first.
var webRoles = []Role{
	{"broker", ""},
	{"session-broker", probe.PCoIP},
	{"login", ""},
	{"directory-settings", ""},
	{"pre-login", ""},
	{"connectivity", ""},
}

// RequiredWeb are the ones without which nobody signs in.
var RequiredWeb = []string{"broker", "session-broker", "login"}

// Web is how far the conversation with one HTTPS host came.
type Web struct {
	Role  Role
	Last  probe.Observation // the furthest observation
	All   []probe.Observation
	Proxy bool
}

// OK: the host gave a page.
func (w Web) OK() bool { return w.Last.Operation == probe.HTTPGet && IsOK(w.Last) }

// WebOperations are the stages of a conversation with a web host.
var WebOperations = map[probe.Operation]bool{
	probe.TCPConnect: true, probe.ProxyConnect: true, probe.TLSHandshake: true, probe.HTTPGet: true,
}

// Webs gives the state of every HTTPS host that was tried, directly or through
// the proxy.
func (e Evidence) Webs(proxy bool) []Web {
	var list []Web
	for _, role := range webRoles {
		w := Web{Role: role, Proxy: proxy}
		endpoint := role.Endpoint
		if e.OnlyIPv6() && !slices.ContainsFunc(e.byEndpoint[endpoint], Sent) {
			endpoint += "-v6" // without DNS64 the IPv4 name has no address here
		}
		for _, o := range e.byEndpoint[endpoint] {
			if Detail[probe.TLSDetail](o).MSS > 0 {
				break // what follows went in small packets, which no client does
			}
			if Direct(o) != proxy && Sent(o) && WebOperations[o.Operation] {
				w.All = append(w.All, o)
			}
		}
		if len(w.All) > 0 {
			w.Last = w.All[len(w.All)-1]
			list = append(list, w)
		}
	}
	return list
}

// Proxied says whether the client's HTTPS goes through a configured proxy.
func (e Evidence) Proxied() bool { return len(e.Webs(true)) > 0 }

// ClientWebs gives the HTTPS hosts the way the client reaches them.
func (e Evidence) ClientWebs() []Web { return e.Webs(e.Proxied()) }

// Web gives one host's state the way the client reaches it.
func (e Evidence) Web(endpoint string) (Web, bool) {
	for _, w := range e.ClientWebs() {
		if w.Role.Endpoint == endpoint {
			return w, true
		}
	}
	return Web{}, false
}
