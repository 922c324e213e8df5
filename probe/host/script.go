package host

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"wsdoctor/probe"
)

// How long the system may take to find proxies: a script that somebody set has to be
// fetched first. Discovery is switched on by default where there is nothing to be
// discovered, and nobody should wait for that; what the system knows already it tells
// at once.
const (
	scriptPatience    = 1500 * time.Millisecond
	discoveryPatience = 250 * time.Millisecond
	// mostScripted hosts are asked for.
	mostScripted = 64
)

// Sizes and offsets of WINHTTP_AUTOPROXY_OPTIONS and WINHTTP_PROXY_INFO on 64-bit
// Windows, which a test compares with winhttp.h.
const (
	autoOptionsSize  = 32
	autoOptionsURL   = 8
	autoOptionsLogon = 28
	proxyInfoSize    = 24
	proxyInfoProxy   = 8
)

// scriptAsker gives the system's answer for https requests to one host, in the form of
// its settings: "host:port;…", or empty for none.
type scriptAsker struct {
	ask   func(host string) (string, error)
	close func()
}

var errScriptLate = errors.New("it did not answer in time")

// errNothingFound: discovery ended, and there is no script.
var errNothingFound = errors.New("automatic discovery (WPAD) found no script")

// finds says whether the system looks for proxies by itself.
func (s proxySettings) finds() bool { return s.pac != "" || s.discovery }

// runScript asks the system for each name. gaps are those of the settings, of which the
// ones about the script are replaced by what became of it.
func runScript(
	ctx context.Context,
	s system,
	settings proxySettings,
	names []string,
	gaps []string,
) ([]probe.ScriptedProxy, []string) {
	limit := scriptPatience
	if settings.pac == "" {
		limit = discoveryPatience
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	hosts := scripted(names)
	type answer struct {
		proxy string
		err   error
	}
	said := make(chan answer, len(hosts)) // in their order
	s.asked.Go(func() {
		defer close(said)
		asker, err := s.script(settings)
		if err != nil {
			said <- answer{err: err}
			return
		}
		defer asker.close()
		for _, h := range hosts {
			proxy, err := asker.ask(h)
			if said <- (answer{proxy, err}); err != nil || ctx.Err() != nil {
				return
			}
		}
	})
	var list []probe.ScriptedProxy
	var failed error
	odd := 0
	for i := range hosts {
		var a answer
		select {
		case got, open := <-said:
			if a = got; !open {
				a.err = errScriptLate
			}
		case <-ctx.Done():
			a.err = errScriptLate
		}
		if a.err != nil {
			failed = a.err
			break
		}
		https, _, socks := proxyServer(a.proxy)
		clean, _, ok := cleanProxy(https)
		if !ok || https == "" && socks { // not directly, and by nothing that is tested
			odd++
			continue
		}
		list = append(list, probe.ScriptedProxy{Host: hosts[i], Proxy: clean})
	}
	gaps = slices.DeleteFunc(gaps, func(g string) bool { return g == gapScript || g == gapDiscovery })
	switch {
	case errors.Is(failed, errNothingFound) && settings.pac == "":
		return nil, gaps // as on most networks: the system goes without
	case failed != nil:
		gaps = append(
			gaps,
			fmt.Sprintf(
				"proxy: of %d names the system was asked for by its own script or discovery, it answered for %d: %s",
				len(hosts),
				len(list),
				probe.Clean(failed.Error(), 200),
			),
		)
	}
	if odd > 0 {
		gaps = append(gaps, fmt.Sprintf("proxy: for %d names the system's script gives no web proxy's address", odd))
	}
	return list, gaps
}

// scripted are the names that can be asked for.
func scripted(names []string) (hosts []string) {
	for _, n := range names {
		n = strings.ToLower(n)
		if _, err := netip.ParseAddr(n); err != nil && plainHost(n) && !slices.Contains(hosts, n) &&
			len(hosts) < mostScripted {
			hosts = append(hosts, n)
		}
	}
	return hosts
}
