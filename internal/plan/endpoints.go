package plan

import (
	"strconv"
	"strings"

	"wsdoctor/internal/catalog"
	"wsdoctor/probe"
)

// trait is what sets an endpoint's steps apart from those of its kind. An
// endpoint without one is asked once, by the probe its transport and scheme
// call for.
type trait struct {
	egress  bool            // it only learns the public address: --no-egress leaves it out
	flows   int             // asked that often at the same time, each time anew
	sample  bool            // the first flow is a sample of loss and jitter
	hello   probe.HelloSize // of its TLS greeting
	proxied string          // scheme it is asked by through a proxy, if another one
}

var traits = map[string]trait{
	"stun": {egress: true, flows: egressFlows, sample: true},
	// The client's own HTTPS is what goes through a proxy.
	"address-echo": {egress: true, flows: egressFlows, proxied: "https"},
	// The sign-in page is shown by a browser inside the client, and browsers'
	// greetings are large.
	"login": {hello: probe.HelloLarge},
}

// endpoint lays out the steps of one catalog endpoint.
func (b *builder) endpoint(e catalog.Endpoint) {
	t := probe.Target{
		Endpoint: e.ID, Host: e.Host, Port: e.Port, Transport: e.Transport, Hello: traits[e.ID].hello,
		Scheme: e.Scheme, Path: e.Path, Expect: string(e.Expect), Spacing: probe.Millis(attemptSpacing),
	}
	if b.twin(e) && e.Expect == catalog.ExpectTLS {
		t.Expect = string(catalog.ExpectNothing)
	}
	if !e.AddressesDoubtful {
		t.Addresses = e.Addresses
	}
	after := b.resolve(e.Host, e.Family, nameExpect(e), len(t.Addresses) > 0)
	for _, s := range b.shapes(e, t) {
		s.ID, s.Why, s.After = e.ID+"/"+s.ID, purpose(e), after
		if s.Target.Proxy != "" {
			s.After, s.Target.Addresses = nil, nil // the proxy resolves the name
		}
		b.add(s)
	}
}

// twin: an IPv6 endpoint beside a working IPv4, which clients fall back to. It is
// looked at for comparison, with as few packets as that takes.
func (b *builder) twin(e catalog.Endpoint) bool { return e.Family == "ip6" && b.in.Facts.HasIPv4 }

// nameExpect: AWS's published names must resolve to public addresses. A gateway
// the user named may be a VPC endpoint, whose addresses are private; and a
// hotspot's name server leads plain web pages to its own private address, where
// a browser would follow and the sign-in page is found.
func nameExpect(e catalog.Endpoint) string {
	if strings.HasPrefix(e.ID, gatewayPrefix) || e.Scheme == "http" {
		return ""
	}
	return "public"
}

// shapes are the steps an endpoint needs: its probe, its variants, its limits.
func (b *builder) shapes(e catalog.Endpoint, t probe.Target) []Step {
	port := func(kind string) Step {
		return Step{ID: kind, Probe: kind, Target: t, Timeout: probe.Millis(portTimeout)}
	}
	switch {
	case e.Scheme != "":
		web := Step{ID: "https/direct", Probe: "https", Target: t, Timeout: probe.Millis(webTimeout)}
		steps := flows(web, traits[e.ID])
		if proxy := b.in.proxyFor(e); proxy != "" {
			web.ID, web.Target.Proxy = "https/proxy", proxy
			if scheme := traits[e.ID].proxied; scheme != "" {
				web.Target.Scheme, web.Target.Port = scheme, probe.HTTPSPort
			}
			steps = append(steps, web)
		}
		return steps
	case e.Transport == probe.TCP:
		return []Step{port("tcp")}
	case e.Expect == catalog.ExpectQUIC && b.twin(e):
		return []Step{port("quic")}
	case e.Expect == catalog.ExpectQUIC:
		second := port("stun")
		second.Target.Attempts = 1 // the second question of the same port: one datagram to each address is enough
		return []Step{port("quic"), second}
	}
	return flows(port("stun"), traits[e.ID])
}

// flows repeats a step as often as the endpoint's trait says.
func flows(s Step, of trait) []Step {
	if of.flows == 0 {
		return []Step{s}
	}
	list := make([]Step, of.flows)
	for i := range list {
		list[i] = s
		list[i].ID += "/" + strconv.Itoa(i+1)
	}
	if of.sample {
		t := &list[0].Target
		t.Attempts, t.Spacing, t.Extend = lossSamples, probe.Millis(lossSpacing), moreLossSamples
	}
	return list
}

// proxyFor gives the proxy the client would use for an endpoint. The IPv6 twin
// of a host is only a comparison, which the proxy could not add to.
func (in Input) proxyFor(e catalog.Endpoint) string {
	if in.ProxyFor == nil || e.Family == "ip6" {
		return ""
	}
	if scheme := traits[e.ID].proxied; scheme != "" {
		return in.ProxyFor(in.Facts.Proxy, scheme, e.Host, probe.HTTPSPort)
	}
	return in.ProxyFor(in.Facts.Proxy, e.Scheme, e.Host, e.Port)
}
