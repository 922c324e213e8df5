package https

import (
	"bytes"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"wsdoctor/probe"
)

// bodyMissing says that the body that would decide did not come whole; the
// error of reading it decides instead. It never leaves this package.
const bodyMissing probe.Failure = "body_missing"

// expectations are the right answers by Target.Expect. Each fills what it
// found and gives the failure, empty if the answer is right.
var expectations = map[string]func(*probe.HTTPDetail, answer) probe.Failure{
	"healthy": func(d *probe.HTTPDetail, a answer) probe.Failure {
		body := bytes.ToLower(a.body)
		d.Healthy = a.StatusCode == http.StatusOK && bytes.Contains(body, []byte("healthy")) &&
			!bytes.Contains(body, []byte("unhealthy"))
		return bodyFailure(d, a)
	},
	"ip": func(d *probe.HTTPDetail, a answer) probe.Failure {
		address, err := netip.ParseAddr(string(bytes.TrimSpace(a.body)))
		d.Healthy = a.StatusCode == http.StatusOK && err == nil && address.Zone() == "" && a.bodyErr == nil
		if d.Healthy {
			d.Egress = address.Unmap()
		}
		return bodyFailure(d, a)
	},
	"any-http": func(_ *probe.HTTPDetail, a answer) probe.Failure {
		if a.StatusCode >= 500 {
			return probe.HTTPUnexpectedStatus
		}
		return ""
	},
}

func bodyFailure(d *probe.HTTPDetail, a answer) probe.Failure {
	switch {
	case a.StatusCode != http.StatusOK:
		return probe.HTTPUnexpectedStatus
	case d.Healthy:
		return ""
	case a.bodyErr != nil:
		return bodyMissing
	}
	return probe.HTTPUnexpectedBody
}

// judge compares the answer with what was expected. Answers that only somebody
// in between gives come first, whatever was expected.
func judge(d *probe.HTTPDetail, a answer, asked *url.URL, expect string) probe.Failure {
	switch a.StatusCode {
	case http.StatusProxyAuthRequired:
		return probe.ProxyAuthRequired
	case http.StatusNetworkAuthenticationRequired: // RFC 6585: a network's sign-in
		return probe.HTTPUnexpectedStatus
	}
	if location := a.Header.Get("Location"); location != "" && a.StatusCode >= 300 && a.StatusCode < 400 {
		target, err := redirect(asked, location)
		if err != nil {
			bare, _, _ := strings.Cut(location, "?")
			d.Location = probe.Clean(bare, maxURLRunes)
			return probe.HTTPUnexpectedStatus
		}
		d.Location = shown(target)
		if !sameHost(target, asked) && !vendorHost(target.Hostname()) {
			return probe.HTTPRedirectedElsewhere
		}
	}
	if check, known := expectations[expect]; known {
		return check(d, a)
	}
	return ""
}

var errLocation = errors.New("no web address")

// redirect resolves a Location header. A backslash is refused because browsers
// read it as a slash and this parser does not.
func redirect(asked *url.URL, location string) (*url.URL, error) {
	if strings.Contains(location, `\`) {
		return nil, errLocation
	}
	target, err := asked.Parse(location)
	if err != nil {
		return nil, err
	}
	if target.Scheme != "http" && target.Scheme != "https" || target.Host == "" {
		return nil, errLocation
	}
	return target, nil
}

func sameHost(a, b *url.URL) bool { return bareHost(a.Hostname()) == bareHost(b.Hostname()) }

func bareHost(h string) string { return strings.TrimSuffix(strings.ToLower(h), ".") }

// vendorDomains are the domains a service of AWS may send a client on to: the
// registered domains of the hosts in AWS's port and address page for
// WorkSpaces and of its sign-in.
var vendorDomains = []string{
	"amazonworkspaces.com",
	"amazonaws.com",
	"aws",
	"signin.aws",
	"amazon.com",
	"cloudfront.net",
	"awsapps.com",
	"amazonaws-us-gov.com",
	"aws-us-gov.com",
	"aws.a2z.com",
}

// vendorHost reports whether host is one of the vendor's domains or below one,
// by whole labels.
func vendorHost(host string) bool {
	host = "." + bareHost(host)
	for _, domain := range vendorDomains {
		if strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}
