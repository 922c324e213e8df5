package diagnose

import (
	"fmt"
	"slices"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

var eth1Remedy = []string{
	"Let the interface be up and take its address by DHCP, as AWS set it; remove fixed settings.",
	"Restart the WorkSpace from the console. Never change its network cards in the VPC.",
}

// eth1Down: beside eth0 no card works. This system's own list of interfaces says
// so. Its rival, a card that works and carries no default route, is another rule.
var eth1Down = Rule{
	Code: "eth1_down", Layer: layer.PrimaryInterface, Inside: true, Needs: []probe.Operation{probe.HostLinks},
	Meaning: "The primary interface (eth1), which carries the domain, the company's network and the internet, is missing, switched off, or without an address.",
	Decided: "This system lists no other working network card than the management interface.",
	Remedy:  eth1Remedy,
	Check: func(e Evidence) (Finding, bool) {
		eth0, found := e.eth0()
		if !found || len(e.links()) == 0 || slices.ContainsFunc(e.others(), works) {
			return Finding{}, false
		}
		f := Finding{Severity: SeverityFault, Confidence: Proven, Supports: IDs(append(e.Of(probe.HostLinks), e.Of(probe.HostManagement)...)...)}
		others := e.others()
		switch {
		case len(others) == 0:
			f.Summary = fmt.Sprintf("Beside the management interface %s this WorkSpace has no network card: the primary interface (eth1) is missing.", eth0.Name)
		case !others[0].Up || !others[0].Carrier:
			f.Summary = fmt.Sprintf("The primary interface %s is %s.", called(others[0].Name, "eth1"), offWord(others[0]))
		default:
			f.Summary = fmt.Sprintf("The primary interface %s has no address.", called(others[0].Name, "eth1"))
		}
		return f, true
	},
}

// eth1NoDefault: a card besides eth0 works, and no default route leads anywhere.
var eth1NoDefault = Rule{
	Code: "eth1_no_default_route", Layer: layer.PrimaryInterface, Inside: true, Needs: []probe.Operation{probe.HostRoutes},
	DependsOn: []string{"eth1_down"},
	Meaning:   "No default route goes over the primary interface (eth1): the WorkSpace reaches only its own subnet.",
	Decided:   "This system's routing table holds no default route.",
	Remedy:    append([]string{"Renew the interface's lease (Linux: restart its connection; Windows: ipconfig /renew)."}, eth1Remedy...),
	Check: func(e Evidence) (Finding, bool) {
		routes, known := e.defaultRoutes()
		_, found := e.eth0()
		if _, _, leads := e.outwardBy(); !known || len(routes) > 0 || leads || !found || !slices.ContainsFunc(e.others(), works) {
			return Finding{}, false
		}
		return Finding{Severity: SeverityFault, Confidence: Proven, Supports: IDs(append(e.Of(probe.HostRoutes), e.Of(probe.HostLinks)...)...),
			Summary: fmt.Sprintf("The primary interface %s works, but no default route leads over it.", called(slices.DeleteFunc(e.others(), func(i probe.Interface) bool { return !works(i) })[0].Name, "eth1"))}, true
	},
}

// eth1GatewayDead: eth1's default gateway does not answer for its hardware
// address, which the router of a VPC always does.
var eth1GatewayDead = Rule{
	Code: "eth1_gateway_dead", Layer: layer.PrimaryInterface, Inside: true, Needs: []probe.Operation{probe.HostNeighbour},
	DependsOn: []string{"eth1_down", "eth1_no_default_route", "eth0_default_route"},
	Meaning:   "The router of the VPC does not answer on the primary interface's network, which it always does: the interface or its address is wrong.",
	Decided:   "This system could not find the hardware address of its default gateway.",
	Remedy:    append([]string{"Compare the interface's address with the one the WorkSpaces console shows."}, eth1Remedy...),
	Check: func(e Evidence) (Finding, bool) {
		dead := where(e.Of(probe.HostNeighbour), func(o probe.Observation) bool { return o.Outcome == probe.Failed })
		if len(dead) == 0 || len(e.answers()) > 0 {
			return Finding{}, false
		}
		d := detail[probe.NeighbourDetail](dead[0])
		return Finding{Severity: SeverityFault, Confidence: Likely, Supports: IDs(dead...),
			Summary: fmt.Sprintf("The default gateway %s does not answer on %s: the primary interface is not connected to its subnet.", d.Gateway, d.Interface)}, true
	},
}
