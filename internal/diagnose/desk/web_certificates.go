package desk

import (
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
	Where: atSigner,
	Check: func(e evidence) (finding.Finding, bool) {
		list := e.resigned()
		if _, here := hostInspects.Check(e); len(list) == 0 || here {
			return finding.Finding{}, false
		}
		genuine := facts.Where(e.Of(probe.TLSHandshake), func(o probe.Observation) bool {
			r := facts.Detail[probe.TLSDetail](o).Root
			return r == probe.RootAmazon || r == probe.RootAmazonNamed
		})
		f := finding.Finding{
			Severity:    finding.SeverityFault,
			Said:        true,
			Supports:    facts.IDs(list...),
			Contradicts: facts.IDs(genuine...),
			Blocks:      e.webBlocks(list),
		}
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
	args, product := signedBy(list), facts.InspectorOf(list[0])
	f.Summary = words.Say("cause.tls_resigned.summary", args)
	f.Remedy = []words.Text{words.Say("cause.tls_resigned.ask", args), words.Say("cause.tls_resigned.remedy.1")}
	if product.Product == "" {
		return
	}
	f.Summary = words.Say("cause.tls_resigned.product.summary", args)
	f.Remedy = []words.Text{words.Say("cause.tls_resigned.product.ask", args)}
	if product.Owner == ownProgram {
		f.Remedy = []words.Text{words.Say("cause.tls_resigned.product.own", args)}
	}
	if product.Conf == known.Low {
		return // good for a sentence only
	}
	f.Owner = words.Owner(product.Owner)
	if product.Where == known.OnComputer {
		f.Layer = layer.LocalFirewall
	}
}

// signedBy is what is told of certificates that somebody else signed: of which hosts,
// by whom, and which product that is, as far as it is known.
func signedBy(list []probe.Observation) words.Args {
	product := facts.InspectorOf(list[0])
	return words.Args{
		"some":    someHosts(list),
		"hosts":   strings.Join(hostList(list), ", "),
		"product": product.Product,
		"owner":   words.Owner(product.Owner),
		"signer":  commonName(facts.Detail[probe.TLSDetail](list[0]).Issuer),
	}
}

// resigned gives the handshakes on 443 whose chain somebody else signed in the
// host's own name.
func (e evidence) resigned() []probe.Observation {
	return facts.Where(e.Of(probe.TLSHandshake), func(o probe.Observation) bool {
		d := facts.Detail[probe.TLSDetail](o)
		inName := d.HostnameFits || o.Failure != probe.TLSInvalidHostname
		_, page := blockPage([]netip.Addr{o.Addr()})
		return e.primary(o) && facts.Sent(o) && o.Port() == probe.HTTPSPort && d.Root == probe.RootOther &&
			len(d.Chain) > 0 &&
			inName &&
			!page &&
			e.clientPath(o)
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
	Where: atHosts,
	Check: func(e evidence) (finding.Finding, bool) {
		var list []probe.Observation
		for _, w := range e.ClientWebs() {
			d := facts.Detail[probe.TLSDetail](w.Last)
			if w.Last.Failure == probe.TLSExpired && d.SystemTrust &&
				(d.Root == probe.RootAmazon || d.Root == probe.RootAmazonNamed) &&
				slices.Contains(facts.RequiredWeb, w.Role.Endpoint) {
				list = append(list, w.Last)
			}
		}
		valid := facts.Where(e.Of(probe.TLSHandshake), facts.IsOK)
		if len(list) == 0 || len(valid) == 0 {
			return finding.Finding{}, false
		}
		return finding.Finding{
			Severity: finding.SeverityFault,
			Supports: facts.IDs(append(list, valid...)...),
			Blocks:   e.effectOf(list).Blocks,
			Rivals: []finding.Rival{
				{
					Layer: layer.LocalDevice,
					Rare:  true,
					Why:   words.Say("cause.service_certificate_expired.clock.why"),
					By:    words.Say("cause.service_certificate_expired.clock.by"),
					Out:   facts.IDs(e.sameTime()...),
					Next:  words.Say("cause.service_certificate_expired.clock.next"),
				},
				{
					Layer: layer.TLSInspection,
					Why:   words.Say("cause.service_certificate_expired.inspection.why"),
					By:    words.Say("cause.service_certificate_expired.inspection.by"),
					Out:   facts.IDs(list...),
				},
			},
			Summary: words.Say("cause.service_certificate_expired.summary", words.Args{"host": list[0].Host()}),
		}, true
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
	Where: finding.NoPlace[evidence],
	Check: func(e evidence) (finding.Finding, bool) {
		list := facts.Where(e.Of(probe.TLSHandshake), func(o probe.Observation) bool {
			return e.primary(o) && e.clientPath(o) && o.Failure == probe.TLSUnknownAuthority &&
				facts.Detail[probe.TLSDetail](o).Root == probe.RootAmazonNamed
		})
		if len(list) == 0 || webWorks(e) {
			return finding.Finding{}, false
		}
		return finding.Finding{Severity: finding.SeverityFault, Supports: facts.IDs(list...),
			Summary: words.Say("cause.amazon_root_unknown.summary"),
			Why:     words.Say("cause.amazon_root_unknown.why"),
			Rivals: []finding.Rival{{Layer: layer.LocalDevice, Why: words.Say("cause.amazon_root_unknown.computer.why"),
				Next: words.Say("cause.amazon_root_unknown.computer.next")}}}, true
	},
}
