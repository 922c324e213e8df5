package account

import (
	"net/netip"
	"slices"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// membersShut: the security groups of the WorkSpace's interface let nothing out to ports
// of the directory. Other name servers that somebody set inside stand against it, where
// WorkSpaces are told others than the directory has.
var membersShut = rule{
	Code: "members_shut", Layer: layer.PrimaryInterface, Part: cardGroupsPart,
	Needs: []probe.Operation{probe.AccountSecurityGroups}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		d, known := e.directory()
		if !known {
			return finding.Finding{}, false
		}
		cards := e.cardsOf(d)
		if len(cards) == 0 || !slices.Contains(cards[0].Groups, d.MembersGroup) {
			return finding.Finding{}, false
		}
		lost, _ := e.shutNeeds(d, cards[0])
		if len(lost) == 0 {
			return finding.Finding{}, false
		}
		supports := e.about(probe.AccountDirectories, probe.AccountSecurityGroups, probe.AccountInterfaces)
		f := found(finding.SeverityFault, supports,
			words.Say("cause.members_shut.summary",
				words.Args{"ports": spoken(lost), "groups": cards[0].Groups, "servers": texts(e.nameServers(d))}))
		f.Where = finding.At(finding.AtResource, cards[0].Groups...).For(texts(lost))
		others := finding.Rival{
			Layer: layer.PrimaryInterface, Harmless: true,
			Why: words.Say("cause.members_shut.others.why"), By: words.Say("cause.members_shut.others.by"),
			Next: words.Say("cause.members_shut.others.next"),
		}
		if s, known := e.service(d.ID); known && sameAddresses(e.nameServers(d), onlyIPv4(s.DNS)) {
			others.Out = e.about(probe.AccountDirectoryService)
		}
		f.Rivals = []finding.Rival{others}
		return e.unlessConnected(f), true
	},
}

// cardsOf are the interfaces of the WorkSpaces that are asked about, or, where nobody is,
// what a new WorkSpace of the directory gets.
func (e evidence) cardsOf(d probe.RegisteredDirectory) []probe.ENI {
	var list []probe.ENI
	for _, w := range e.asked() {
		if i, exists := e.eni(w); exists {
			list = append(list, i)
		}
	}
	if len(list) == 0 && len(e.asked()) == 0 && d.MembersGroup != "" {
		i := probe.ENI{Groups: []string{d.MembersGroup}}
		if d.CustomGroup != "" {
			i.Groups = append(i.Groups, d.CustomGroup)
		}
		list = append(list, i)
	}
	return list
}

// controllersShut: the group of AWS's domain controllers lets in nothing from the
// WorkSpaces' subnet on ports that they need. It is made for the VPC's first range of
// addresses and knows no later one. Further groups, which AWS's guide to tighter network
// security has people add, show on the controllers' interfaces.
var controllersShut = rule{
	Code: "controllers_shut", Layer: layer.DirectoryDNS, Part: directoryWayPart,
	Needs: []probe.Operation{probe.AccountSecurityGroups}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		d, _ := e.directory()
		s, known := e.service(d.ID)
		g, read := e.group(s.SecurityGroup)
		if !known || !read || !runByAWS(s) {
			return finding.Finding{}, false
		}
		groups, cards := []string{s.SecurityGroup}, e.directoryCards(d.ID)
		for _, i := range cards {
			groups = append(groups, i.Groups...)
		}
		for _, id := range e.places() {
			from := e.member(d, id)
			var lost []need
			for _, n := range directoryNeeds {
				if from.address.IsValid() && e.groupsLet(groups, n, from, false) == shut {
					lost = append(lost, n)
				}
			}
			if len(lost) == 0 {
				continue
			}
			supports := e.about(probe.AccountSecurityGroups, probe.AccountSubnets, probe.AccountDirectoryService)
			f := found(finding.SeverityFault, supports,
				words.Say("cause.controllers_shut.summary",
					words.Args{"group": g.ID, "ports": spoken(lost), "from": from.address.String(), "subnet": id}))
			f.Where = resource(g.ID).For(texts(lost))
			further := finding.Rival{
				Layer: layer.DirectoryDNS, Harmless: true,
				Why: words.Say("cause.controllers_shut.further.why"), By: words.Say("cause.controllers_shut.further.by"),
				Next: words.Say("cause.controllers_shut.further.next"),
			}
			if len(cards) > 0 {
				further.Out = e.about(probe.AccountInterfaces)
			}
			f.Rivals = []finding.Rival{further}
			return e.unlessConnected(f), true
		}
		return finding.Finding{}, false
	},
}

// member is a WorkSpace of a subnet as the directory's group sees it: the one that is
// asked about, or any that would be made there.
func (e evidence) member(d probe.RegisteredDirectory, subnet string) peer {
	for _, w := range e.asked() {
		if w.Subnet != subnet {
			continue
		}
		if i, exists := e.eni(w); exists {
			return peer{address: i.Address, groups: i.Groups, sure: true}
		}
		if w.Address.IsValid() { // which groups it is in was not read
			return peer{address: w.Address, groups: []string{d.MembersGroup}}
		}
	}
	p := peer{groups: []string{d.MembersGroup}, sure: true}
	if s, known := e.subnet(subnet); known && s.CIDR.IsValid() {
		p.address = s.CIDR.Addr().Next().Next().Next().Next() // the first that AWS gives away
	}
	return p
}

// controllersOpen: the group of the domain controllers lets in everybody. It is no fault,
// and nobody should learn of it by an attack.
var controllersOpen = rule{
	Code: "controllers_open", Layer: layer.Directory, Part: historyPart,
	Needs: []probe.Operation{probe.AccountSecurityGroups}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		d, _ := e.directory()
		s, known := e.service(d.ID)
		g, read := e.group(s.SecurityGroup)
		if !known || !read {
			return finding.Finding{}, false
		}
		wide := slices.ContainsFunc(g.Ingress, func(r probe.AccessRule) bool {
			return slices.ContainsFunc(r.Networks, func(p netip.Prefix) bool { return p.Bits() == 0 })
		})
		f := found(finding.SeverityInfo, e.about(probe.AccountSecurityGroups, probe.AccountDirectoryService),
			words.Say("cause.controllers_open.summary", words.Args{"group": g.ID}))
		f.Where = resource(g.ID)
		return check(f, wide)
	},
}

// launching says whether a WorkSpace is being made, or was to be: then what only launches
// need is what keeps the user out.
func (e evidence) launching() bool {
	asked := e.asked()
	return slices.ContainsFunc(asked, func(w probe.AccountWorkspace) bool {
		return w.State == "ERROR" || w.State == "PENDING" || w.State == "REBUILDING" || w.State == "RESTORING"
	})
}

// launchOnly: what was found keeps no WorkSpace from running that exists, and makes every
// launch and rebuild fail.
func (e evidence) launchOnly(f finding.Finding) finding.Finding {
	if e.launching() {
		f.Severity, f.Blocks = finding.SeverityFault, e.protocolsOf(e.asked()...)
		return f
	}
	f.Severity, f.Summary = finding.SeverityDegraded, f.Summary.Then(words.Say("account.launches"))
	return f
}

// groupGone: a group that WorkSpaces' interfaces get does not exist any more. AWS's own
// cannot be made again.
var groupGone = rule{
	Code: "security_group_gone", Layer: layer.PrimaryInterface, Part: launchPart,
	Needs: []probe.Operation{probe.AccountSecurityGroups}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		d, _ := e.directory()
		for _, id := range []string{d.MembersGroup, d.CustomGroup} {
			if !e.groupMissing(id) {
				continue
			}
			f := found("", e.about(probe.AccountDirectories, probe.AccountSecurityGroups),
				words.Say("cause.security_group_gone.summary", words.Args{"group": id, "directory": d.ID}))
			f.Where = resource(id)
			return e.launchOnly(f), true
		}
		return finding.Finding{}, false
	},
}

// subnetGone: a subnet in which the directory launches WorkSpaces does not exist any more.
var subnetGone = rule{
	Code: "subnet_gone", Layer: layer.PrimaryInterface, Part: launchPart,
	Needs: []probe.Operation{probe.AccountSubnets}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		d, _ := e.directory()
		missing := all(e, probe.AccountSubnets, func(s probe.SubnetsDetail) []string { return s.Missing })
		id, gone := find(d.Subnets, func(id string) bool { return slices.Contains(missing, id) })
		if !gone {
			return finding.Finding{}, false
		}
		f := found("", e.about(probe.AccountDirectories, probe.AccountSubnets),
			words.Say("cause.subnet_gone.summary", words.Args{"subnet": id, "directory": d.ID}))
		f.Where, f.Owner = resource(id), words.Owner(layer.VPCAdministrator)
		return e.launchOnly(f), true
	},
}

// subnetFull: no address is left for another WorkSpace, in every subnet of the directory.
var subnetFull = rule{
	Code: "subnet_full", Layer: layer.PrimaryInterface, Part: launchPart,
	Needs: []probe.Operation{probe.AccountSubnets}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		d, _ := e.directory()
		var full []string
		for _, id := range d.Subnets {
			if s, read := e.subnet(id); read && s.Free == 0 {
				full = append(full, id)
			}
		}
		if len(full) == 0 || len(full) < len(d.Subnets) {
			return finding.Finding{}, false
		}
		f := found("", e.about(probe.AccountSubnets), words.Say("cause.subnet_full.summary", words.Args{"subnets": full}))
		f.Where, f.Owner = finding.At(finding.AtResource, full...), words.Owner(layer.VPCAdministrator)
		if e.launching() { // one that fails may fail for something else
			f.Said, f.Rivals = false, []finding.Rival{{
				Layer: layer.PrimaryInterface, Harmless: true, Rare: true, Why: words.Say("cause.subnet_full.rebuild.why"),
			}}
		}
		return e.launchOnly(f), true
	},
}
