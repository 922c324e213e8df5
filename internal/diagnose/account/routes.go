package account

import (
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// blackhole is the state of a route whose target is gone.
const blackhole = "blackhole"

// eachPlace asks of every subnet that matters, and gives what was found in the first.
func eachPlace(e evidence, look func(subnet string) (finding.Finding, bool)) (finding.Finding, bool) {
	for _, id := range e.places() {
		if f, fires := look(id); fires {
			f.Owner = f.Owner.Or(words.Owner(layer.VPCAdministrator))
			return f, true
		}
	}
	return finding.Finding{}, false
}

// routeMissing: the subnet has no route to the internet. WorkSpaces may be meant to have
// none: then a proxy, or endpoints in the VPC, stand in its place.
var routeMissing = rule{
	Code: "route_missing", Layer: layer.VPCEgress, Part: wayOutPart,
	Needs: []probe.Operation{probe.AccountRouteTables}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		return eachPlace(e, func(subnet string) (finding.Finding, bool) {
			t, known := e.table(subnet)
			if _, leads := route(t, somewhere); !known || leads || byList(t) {
				return finding.Finding{}, false
			}
			f := found(finding.SeverityDegraded, e.about(probe.AccountRouteTables),
				words.Say("cause.route_missing.summary", words.Args{"subnet": subnet, "table": t.ID}))
			f.Where, f.Rivals = resource(t.ID), []finding.Rival{ownWayOut}
			return f, true
		})
	},
}

// routeBlackhole: a route that WorkSpaces need leads to something that is gone.
var routeBlackhole = rule{
	Code: "route_blackhole", Layer: layer.VPCEgress, Part: directoryWayPart,
	Needs: []probe.Operation{probe.AccountRouteTables}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		d, _ := e.directory()
		return eachPlace(e, func(subnet string) (finding.Finding, bool) {
			t, known := e.table(subnet)
			if !known {
				return finding.Finding{}, false
			}
			say := func(r probe.TableRoute, what string, severity finding.Severity) finding.Finding {
				f := found(severity, e.about(probe.AccountRouteTables), words.Say("cause.route_blackhole."+what,
					words.Args{"route": r.Destination.String(), "target": r.Target, "table": t.ID, "subnet": subnet}))
				f.Where = resource(t.ID)
				return f
			}
			var dead []probe.TableRoute
			for _, a := range e.nameServers(d) {
				if r, leads := route(t, a); leads && r.State == blackhole {
					dead = append(dead, r)
				}
			}
			if n := len(e.nameServers(d)); len(dead) > 0 && len(dead) == n {
				f := say(dead[0], "directory", finding.SeverityFault)
				f.Layer = layer.DirectoryDNS
				return e.unlessConnected(f), true
			}
			if r, leads := route(t, somewhere); leads && r.State == blackhole {
				return say(r, "summary", finding.SeverityDegraded), true
			}
			return finding.Finding{}, false
		})
	},
}

// managementOverlapped: a network of the VPC, or a route, holds addresses of the range in
// which eth0 of a WorkSpace on the company's own licence lies. Of the ranges that AWS
// publishes for everybody a Region has several, and in which of them eth0 lies is seen
// from inside alone.
var managementOverlapped = rule{
	Code: "management_overlapped", Layer: layer.ManagementInterface, Part: overlapPart,
	Needs: []probe.Operation{probe.AccountRouteTables, probe.AccountVPCs}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		d, _ := e.directory()
		for _, o := range e.answers(probe.AccountTenancy) {
			t, is := o.Detail.(probe.TenancyDetail)
			if !is || !t.Management.IsValid() || d.Tenancy != "DEDICATED" {
				continue
			}
			for _, id := range e.places() {
				table, _ := e.table(id)
				for _, r := range table.Routes {
					if !r.Destination.IsValid() || r.Destination.Bits() == 0 || !r.Destination.Overlaps(t.Management) {
						continue
					}
					f := found(finding.SeverityFault, e.about(probe.AccountTenancy, probe.AccountRouteTables),
						words.Say("cause.management_overlapped.summary",
							words.Args{"route": r.Destination.String(), "table": table.ID, "range": t.Management.String()}))
					f.Said, f.Where = false, resource(table.ID)
					f.Owner = words.Owner(layer.VPCAdministrator)
					f.Blocks = e.protocolsOf(e.asked()...)
					f.Rivals = []finding.Rival{{
						Layer: layer.ManagementInterface, Harmless: true, Rare: true,
						Why: words.Say("cause.management_overlapped.inside.why"),
					}}
					return e.unlessConnected(f), true
				}
			}
		}
		return finding.Finding{}, false
	},
}
