package desk

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/known"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// Causes that show in the certificates of web hosts.

// tlsResigned: AWS's hosts present certificates that somebody else signed for their
// names. Its rivals: a captive portal, a new Amazon root, which is named like
// Amazon's, and a wrong address, whose host shows its own name. Only port 443
// counts: AWS does not document who signs for the streaming ports. Where this
// computer trusts the signer the connection works; WorkSpaces does not support it,
// which is another thing than that it fails.
var tlsResigned = rule{
	Code: "tls_resigned", Layer: layer.TLSInspection, Needs: []probe.Operation{probe.TLSHandshake}, Explains: signed,
	Check: func(e evidence) (finding.Finding, bool) {
		list := e.resigned()
		if _, here := hostInspects.Check(e); len(list) == 0 || here {
			return finding.Finding{}, false
		}
		genuine := facts.Where(e.Of(probe.TLSHandshake), func(o probe.Observation) bool {
			r := facts.Detail[probe.TLSDetail](o).Root
			return r == probe.RootAmazon || r == probe.RootAmazonNamed
		})
		f := finding.Finding{Severity: finding.SeverityFault, Said: true, Supports: facts.IDs(list...), Contradicts: facts.IDs(genuine...), Blocks: e.webBlocks(list)}
		if len(f.Blocks) == 0 {
			f.Severity = finding.SeverityDegraded // it works, unsupported
		}
		e.namedSigner(&f, list)
		return f, true
	},
}

// namedSigner says who signs, as far as the name of the authority tells, and who
// can exempt hosts there.
func (e evidence) namedSigner(f *finding.Finding, list []probe.Observation) {
	signer, product := commonName(facts.Detail[probe.TLSDetail](list[0]).Issuer), facts.InspectorOf(list[0])
	f.Summary = words.Raw(fmt.Sprintf("A device or program inspects HTTPS to AWS, which WorkSpaces does not support. The certificate of %s is signed by \"%s\", not by Amazon.", someHosts(list), signer))
	f.Remedy = []words.Text{words.Raw(fmt.Sprintf("Ask the network team to exempt these hosts from HTTPS inspection: %s.", allHosts(list))), words.Raw("If security software on this computer inspects HTTPS, exempt them there.")}
	if product.Product == "" {
		return
	}
	f.Summary = words.Raw(fmt.Sprintf("%s inspects HTTPS to AWS, which WorkSpaces does not support. The certificate of %s is signed by \"%s\", not by Amazon.", product.Product, someHosts(list), signer))
	f.Remedy = []words.Text{words.Raw(fmt.Sprintf("Ask %s to exempt these hosts from inspection by %s: %s.", product.Owner, product.Product, allHosts(list)))}
	if product.Conf == known.Low {
		return // good for a sentence only
	}
	f.Owner = words.Raw(product.Owner)
	if product.Where == known.OnComputer {
		f.Layer = layer.LocalFirewall
	}
}

// resigned gives the handshakes on 443 whose chain somebody else signed in the
// host's own name.
func (e evidence) resigned() []probe.Observation {
	return facts.Where(e.Of(probe.TLSHandshake), func(o probe.Observation) bool {
		d := facts.Detail[probe.TLSDetail](o)
		inName := d.HostnameFits || o.Failure != probe.TLSInvalidHostname
		_, page := blockPage([]netip.Addr{o.Addr()})
		return e.primary(o) && facts.Sent(o) && o.Port() == 443 && d.Root == probe.RootOther && len(d.Chain) > 0 && inName && !page && e.clientPath(o)
	})
}

// commonName gives the CN of a distinguished name (RFC 4514), or all of it.
func commonName(name string) string {
	for _, part := range strings.Split(name, ",") {
		if cn, found := strings.CutPrefix(strings.TrimSpace(part), "CN="); found {
			return cn
		}
	}
	return name
}

// certificateExpired: the service's own certificate, signed by an authority
// this computer trusts and named Amazon's, is out of its dates, while other
// certificates are within theirs by the same clock. Its rivals: a wrong clock
// spoils all of them, and an interceptor cannot sign in Amazon's name.
var certificateExpired = rule{
	Code: "service_certificate_expired", Layer: layer.AuthGateway, Needs: []probe.Operation{probe.TLSHandshake},
	Check: func(e evidence) (finding.Finding, bool) {
		var list []probe.Observation
		for _, w := range e.ClientWebs() {
			d := facts.Detail[probe.TLSDetail](w.Last)
			if w.Last.Failure == probe.TLSExpired && d.SystemTrust && (d.Root == probe.RootAmazon || d.Root == probe.RootAmazonNamed) && slices.Contains(facts.RequiredWeb, w.Role.Endpoint) {
				list = append(list, w.Last)
			}
		}
		valid := facts.Where(e.Of(probe.TLSHandshake), facts.IsOK)
		if len(list) == 0 || len(valid) == 0 {
			return finding.Finding{}, false
		}
		return finding.Finding{Severity: finding.SeverityFault, Supports: facts.IDs(append(list, valid...)...), Blocks: e.effectOf(list).Blocks,
			Rivals: []finding.Rival{
				{Layer: layer.LocalDevice, Rare: true, Why: words.Raw("This computer's clock may be ahead, by too little for other certificates to expire."), By: words.Raw("other hosts tell the same time as this computer's clock"), Out: facts.IDs(e.sameTime()...),
					Next: words.Raw("Compare this computer's date and time with a phone's.")},
				{Layer: layer.TLSInspection, Why: words.Raw("A device that inspects HTTPS may show its own certificate."), By: words.Raw("this computer trusts the signer, which is Amazon's"), Out: facts.IDs(list...)},
			},
			Summary: words.Raw(fmt.Sprintf("Sign-in is refused: the certificate of the AWS service %s has expired.", list[0].Host()))}, true
	},
}

// sameTime gives the answers whose Date agrees with this computer's clock.
func (e evidence) sameTime() []probe.Observation {
	return facts.Where(e.Of(probe.HTTPGet), func(o probe.Observation) bool {
		ms := facts.Detail[probe.HTTPDetail](o).ClockMS
		return ms != nil && math.Abs(*ms) <= float64(clockTolerance.Milliseconds())
	})
}

// unknownAmazonRoot: named like Amazon's, with an unknown key, and not trusted
// here. New roots do appear; a forger may borrow the name. Cannot tell.
var unknownAmazonRoot = rule{
	Code: "amazon_root_unknown", Layer: layer.TLSInspection, Needs: []probe.Operation{probe.TLSHandshake},
	Check: func(e evidence) (finding.Finding, bool) {
		list := facts.Where(e.Of(probe.TLSHandshake), func(o probe.Observation) bool {
			return e.primary(o) && e.clientPath(o) && o.Failure == probe.TLSUnknownAuthority && facts.Detail[probe.TLSDetail](o).Root == probe.RootAmazonNamed
		})
		if len(list) == 0 || webWorks(e) {
			return finding.Finding{}, false
		}
		return finding.Finding{Severity: finding.SeverityFault, Supports: facts.IDs(list...),
			Summary: words.Raw("A certificate is named like Amazon's but cannot be verified. It is a new Amazon root, or a forgery."),
			Why:     words.Raw("A device that inspects HTTPS may use a borrowed name."),
			Rivals: []finding.Rival{{Layer: layer.LocalDevice, Why: words.Raw("This computer's list of authorities may be too old."),
				Next: words.Raw("Compare the certificate's fingerprint, shown by -v, with the list at amazontrust.com from another network.")}}}, true
	},
}
