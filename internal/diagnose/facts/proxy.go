package facts

import "wsdoctor/probe"

// UntriedProxy gives what says that this system may send the client's HTTPS through a
// proxy which the run did not try: a script or a discovery that nobody followed, or a
// proxy of a kind that is not tested. What was asked of web hosts went directly then,
// as the client's own requests may not.
func (e Evidence) UntriedProxy() []probe.Observation {
	if e.Proxied() {
		return nil
	}
	list := Where(e.Of(probe.HostProxy), func(o probe.Observation) bool {
		d := Detail[probe.ProxyDetail](o)
		return (d.PAC != "" || d.Undiscovered) && len(d.Script) == 0
	})
	return append(list, Where(e.Of(probe.ProxyConnect), func(o probe.Observation) bool {
		return o.Outcome == probe.Skipped && o.Failure == probe.Unsupported
	})...)
}
