package https

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/chain"
)

const (
	maxAuthSchemes = 8
	maxReasonRunes = 100
	// familyGrace is how long the addresses of the second family are awaited
	// once the first family has some (RFC 8305 section 3).
	familyGrace = 50 * time.Millisecond
)

// throughProxy connects to the proxy and, for an https target, asks it for a
// tunnel. A user name or password in the proxy's URL is never sent.
func (r *run) throughProxy(ctx context.Context) (net.Conn, bool) {
	o := probe.Observe(probe.ProxyConnect, r.target, time.Now())
	detail := probe.ProxyConnectDetail{Reached: "none"}
	host, port, err := proxyAddress(r.target.Proxy)
	if err != nil {
		detail.Error = err.Error()
		failure := probe.Failure("")
		if errors.Is(err, errProxyKind) {
			failure = probe.Unsupported
		}
		return nil, r.record(o, probe.Skipped, failure, detail)
	}
	r.via = probe.Clean(net.JoinHostPort(host, strconv.Itoa(int(port))), maxURLRunes)
	detail.Proxy = r.via
	to, outcome, failure := r.resolve(ctx, host)
	if outcome != probe.OK {
		detail.Error = "the name of the proxy did not resolve"
		return nil, r.record(o, outcome, failure, detail)
	}
	// The proxy's round trip is not learnt: it says nothing of the path that
	// the other probes wait on.
	d := r.connect(ctx, to, port)
	detail.ICMP, detail.Error, detail.Unclear = d.detail.ICMP, d.detail.Error, d.detail.Unclear
	if d.conn == nil {
		return nil, r.record(o, d.outcome, d.failure, detail)
	}
	detail.Reached, detail.Error = "proxy", ""
	if r.target.Scheme == "http" {
		return d.conn, r.record(o, probe.OK, "", detail)
	}
	tunnel, outcome, failure := r.tunnel(ctx, d.conn, &detail)
	if outcome != probe.OK {
		d.conn.Close()
	}
	return tunnel, r.record(o, outcome, failure, detail)
}

// tunnel sends CONNECT and reads the proxy's answer.
func (r *run) tunnel(
	ctx context.Context,
	conn net.Conn,
	detail *probe.ProxyConnectDetail,
) (net.Conn, probe.Outcome, probe.Failure) {
	ctx, cancel := context.WithTimeout(ctx, answerPatience+r.network.RTT().Silence())
	defer cancel()
	stop := stopAt(ctx, conn)
	fail := func(err error) (net.Conn, probe.Outcome, probe.Failure) {
		stop()
		outcome, failure := failureOf(ctx, err, readFailure(err))
		detail.Error = probe.Clean(err.Error(), maxErrorRunes)
		return nil, outcome, failure
	}
	to := net.JoinHostPort(strings.Trim(r.target.Host, "[]"), strconv.Itoa(int(r.target.Port)))
	bytes, err := request(http.MethodConnect, to, to)
	if err != nil {
		stop()
		detail.Error = err.Error()
		return nil, probe.Failed, probe.HTTPRequestFailed
	}
	if _, err := conn.Write(bytes); err != nil {
		return fail(err)
	}
	e := newExchange(http.MethodConnect, conn)
	a, err := e.head()
	if err != nil {
		return fail(err)
	}
	if !stop() {
		return fail(ctx.Err()) // the connection is unusable by now
	}
	failure := judgeProxy(detail, a)
	if failure != "" {
		return nil, probe.Failed, failure
	}
	return e.tunnel(conn), probe.OK, ""
}

// judgeProxy writes down the answer to CONNECT.
func judgeProxy(d *probe.ProxyConnectDetail, a answer) probe.Failure {
	d.Status = a.StatusCode
	_, reason, _ := strings.Cut(a.Status, " ")
	d.Reason = probe.Clean(reason, maxReasonRunes)
	d.AuthSchemes = authSchemes(a.Header.Values("Proxy-Authenticate"))
	switch {
	case a.StatusCode/100 == 2:
		d.Reached = "target"
		return ""
	case a.StatusCode == http.StatusProxyAuthRequired:
		return probe.ProxyAuthRequired
	}
	return probe.ProxyRefused
}

// authSchemes picks the scheme names out of Proxy-Authenticate headers, which
// may hold several challenges in one line (RFC 9110 section 11.6.1): a scheme
// is the word at the start of a list element that is not "name=value".
func authSchemes(headers []string) []string {
	var schemes []string
	for _, header := range headers {
		for element := range strings.SplitSeq(header, ",") {
			word, _, _ := strings.Cut(strings.TrimSpace(element), " ")
			if word == "" || strings.ContainsAny(word, `="`) {
				continue
			}
			word = probe.Clean(word, 40)
			if word != "" && len(schemes) < maxAuthSchemes {
				schemes = append(schemes, word)
			}
		}
	}
	return schemes
}

// errProxyKind is the error of a proxy that is spoken to in another way: over TLS,
// or by SOCKS.
var errProxyKind = errors.New("only proxies of scheme http are supported")

// proxyAddress reads "http://host:port"; the scheme may be left out.
func proxyAddress(proxy string) (host string, port uint16, err error) {
	if !strings.Contains(proxy, "://") {
		proxy = "http://" + proxy
	}
	u, err := url.Parse(proxy)
	if err != nil || u.Hostname() == "" {
		return "", 0, errors.New("the proxy setting is no URL") // not quoted: it may hold a password
	}
	if u.Scheme != "http" {
		return "", 0, fmt.Errorf("%w, not %s", errProxyKind, probe.Clean(u.Scheme, 20))
	}
	if u.Port() == "" {
		return u.Hostname(), 80, nil
	}
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil || n == 0 {
		return "", 0, errors.New("the proxy setting has no valid port")
	}
	return u.Hostname(), uint16(n), nil
}

// resolve gives the addresses of the proxy, both families asked at once.
func (r *run) resolve(ctx context.Context, host string) ([]netip.Addr, probe.Outcome, probe.Failure) {
	if literal, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{literal}, probe.OK, ""
	}
	type resolved struct {
		found []netip.Addr
		err   error
	}
	ctx, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	families := []string{"ip4", "ip6"}
	answers := make(chan resolved, len(families))
	for _, family := range families {
		r.pending.Go(func() {
			found, err := r.network.Resolve(ctx, family, host)
			answers <- resolved{found, err}
		})
	}
	var all []netip.Addr
	var firstErr error
	grace := (<-chan time.Time)(nil)
wait:
	for range families {
		select {
		case a := <-answers:
			all = append(all, a.found...)
			if firstErr == nil || isNotFound(firstErr) {
				firstErr = a.err
			}
			if len(a.found) > 0 {
				grace = time.After(familyGrace)
			}
		case <-grace:
			break wait
		}
	}
	if len(all) > 0 {
		return inTurn(all), probe.OK, ""
	}
	outcome, failure := resolveFailure(ctx, firstErr)
	return nil, outcome, failure
}

func isNotFound(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}

func resolveFailure(ctx context.Context, err error) (probe.Outcome, probe.Failure) {
	var dns *net.DNSError
	switch {
	case err == nil:
		return probe.Failed, probe.DNSNoAnswer
	case errors.Is(ctx.Err(), context.Canceled):
		return probe.NotRun, ""
	case ctx.Err() != nil, errors.As(err, &dns) && dns.IsTimeout:
		return probe.Silent, probe.Timeout
	case isNotFound(err):
		return probe.Failed, probe.DNSNXDomain
	}
	return chain.FailureOf(err, probe.DNSTemporary)
}
