package inside

import (
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// keptFromMetadata: this computer's own firewall stopped the questions to the
// metadata service: outright, or without a word.
func (e evidence) keptFromMetadata() (kept []probe.Observation, outright bool) {
	kept = facts.Where(e.Endpoint("metadata"), func(o probe.Observation) bool {
		is, refused := e.keptHere(o)
		outright = outright || refused
		return is
	})
	return kept, outright
}

// rulesUnread: the firewall's rules may not be read, so this is no run of the
// system's administrator.
func (e evidence) rulesUnread() bool {
	return slices.ContainsFunc(
		e.Of(probe.HostFirewall),
		func(o probe.Observation) bool { return o.Failure == probe.PermissionDenied },
	)
}

// metadataUnreachable: the metadata service, which answers every instance, does
// not. The pair that blames: this computer's own word (no route, a route by
// another card, a refusal, a packet that never left).
var metadataUnreachable = rule{
	Code:  "metadata_unreachable",
	Layer: layer.ManagementInterface,
	Part:  metadataPart,
	Needs: []probe.Operation{probe.TCPConnect, probe.HTTPGet},
	Where: hereOnEth0,
	Check: func(e evidence) (finding.Finding, bool) {
		tries := facts.Where(
			e.Endpoint("metadata"),
			func(o probe.Observation) bool { return facts.WebOperations[o.Operation] && facts.Sent(o) },
		)
		// An accept alone may be anybody's; what counts is that the service speaks.
		spoke := func(o probe.Observation) bool {
			return facts.IsOK(o) && o.Operation != probe.TCPConnect || facts.Detail[probe.HTTPDetail](o).Status > 0
		}
		asked := slices.ContainsFunc(tries, func(o probe.Observation) bool { return o.Operation != probe.TCPConnect })
		accepted := slices.ContainsFunc(tries, facts.IsOK)
		if len(tries) == 0 || slices.ContainsFunc(tries, spoke) || accepted && !asked {
			return finding.Finding{}, false
		}
		last := tries[len(tries)-1]
		d := facts.Detail[probe.ConnectDetail](last)
		f := finding.Finding{
			Severity: finding.SeverityFault,
			Supports: facts.IDs(tries...),
			Rivals:   []finding.Rival{e.noWorkspace(layer.StreamingHost)},
		}
		eth0, found := e.eth0()
		routes := facts.Where(
			e.Routes(),
			func(o probe.Observation) bool { return facts.Detail[probe.RouteDetail](o).Endpoint == "metadata" },
		)
		var by string
		for _, o := range routes {
			by = facts.Detail[probe.RouteDetail](o).Interface
		}
		kept, outright := e.keptFromMetadata()
		switch {
		case len(kept) > 0 && e.forbidden(kept[0]):
			f.Said, f.Summary = true, words.Say("cause.metadata_unreachable.own-routes")
			f.Remedy = words.Several("inside.forbidden")
		case len(kept) > 0:
			f.Layer, f.Said = layer.WorkspaceFirewall, outright
			f.Why = words.Say("cause.metadata_unreachable.why")
			f.Rivals = append(f.Rivals, e.onlyThisUser(), e.routeForbids(layer.ManagementInterface))
			switch {
			case e.rulesUnread():
				f.Summary = words.Say("cause.metadata_unreachable.this-user")
			case outright:
				f.Summary = words.Say("cause.metadata_unreachable.own-refuses")
			default:
				f.Summary = words.Say("cause.metadata_unreachable.own-drops")
			}
		case (last.Failure == probe.NetworkUnreachable || last.Failure == probe.NoRoute) && (d.ICMP == nil || d.ICMP.OwnHost):
			f.Said = true
			f.Supports = append(f.Supports, facts.IDs(routes...)...)
			f.Summary = words.Say("cause.metadata_unreachable.no-route")
		case found && by != "" && by != eth0.Name:
			f.Supports = append(f.Supports, facts.IDs(routes...)...)
			f.Rivals = append(f.Rivals, e.notSent(tries))
			f.Summary = words.Say("cause.metadata_unreachable.other-interface", words.Args{"by": by, "name": eth0.Name})
		default:
			f.Summary = words.Say("cause.metadata_unreachable.silent")
			if accepted {
				f.Summary = words.Say("cause.metadata_unreachable.mute")
			}
			f.Why = words.Say("cause.metadata_unreachable.why-2")
			f.Rivals = append(f.Rivals, finding.Rival{
				Layer: layer.WorkspaceFirewall, Why: words.Say("cause.metadata_unreachable.workspace-firewall.why"),
				Next: words.Say("cause.metadata_unreachable.workspace-firewall.next"),
			})
		}
		return f, true
	},
}

// onlyThisUser: rules that let only the system's own services ask the metadata service
// are usual (Amazon EC2 user guide, limit access to the metadata service), so that the
// agent asks it all the same. It is contradicted where the system's administrator asked,
// who is known by reading rules that nobody else may read; Windows shows its rules to
// everybody.
func (e evidence) onlyThisUser() finding.Rival {
	return finding.Rival{
		Layer: layer.ManagementInterface, Harmless: true, Rare: !e.rulesUnread(),
		Why:  words.Say("inside.only-this-user.why"),
		By:   words.Say("inside.only-this-user.by"),
		Next: words.Say("inside.only-this-user.next"),
		Out: facts.IDs(facts.Where(e.Of(probe.HostFirewall), func(o probe.Observation) bool {
			return o.Failure != probe.PermissionDenied && facts.Detail[probe.FirewallDetail](o).Engine != "windows" &&
				!e.rulesUnread()
		})...),
	}
}

// metadataProxied: the proxy settings would send metadata requests to a proxy.
// They are the settings of this user; those of the services may differ.
var metadataProxied = rule{
	Code:  "metadata_proxied",
	Layer: layer.ManagementInterface,
	Part:  exceptionsPart,
	Needs: []probe.Operation{probe.HostProxy},
	Where: here,
	Check: func(e evidence) (finding.Finding, bool) {
		for _, o := range e.Of(probe.HostProxy) {
			d := facts.Detail[probe.ProxyDetail](o)
			if d.Metadata == "" || d.Source == "flag" { // what --proxy names is no setting
				continue
			}
			f := finding.Finding{Severity: finding.SeverityDegraded, Supports: facts.IDs(o),
				Summary: words.Say("cause.metadata_proxied.summary", words.Args{"metadata": d.Metadata})}
			if d.Source == "environment" {
				f.Rivals = []finding.Rival{{
					Layer: layer.Proxy, Rare: true, Harmless: true, Why: words.Say("cause.metadata_proxied.proxy.why"),
					Next: words.Say("cause.metadata_proxied.proxy.next"),
				}}
			}
			return f, true
		}
		return finding.Finding{}, false
	},
}

// kmsUnreachable: AWS's activation servers give no answer while the metadata
// service, over the same interface, does. A company that brings its own licences
// does not use them, which cannot be seen from here, so it is only worth knowing.
var kmsUnreachable = rule{
	Code:  "kms_unreachable",
	Layer: layer.ManagementInterface,
	Part:  activationPart,
	Needs: []probe.Operation{probe.TCPConnect},
	Where: atHosts,
	Check: func(e evidence) (finding.Finding, bool) {
		tries := facts.Where(e.At("kms", probe.TCPConnect), facts.Sent)
		answered := facts.Where(e.At("metadata", probe.HTTPGet), facts.IsOK)
		if len(tries) == 0 || slices.ContainsFunc(tries, facts.IsOK) || len(answered) == 0 {
			return finding.Finding{}, false
		}
		return finding.Finding{Severity: finding.SeverityInfo, Supports: facts.IDs(append(tries, answered...)...),
			Summary: words.Say("cause.kms_unreachable.summary")}, true
	},
}
