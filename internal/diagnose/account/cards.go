package account

import (
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// settled are states in which a WorkSpace has its network interface.
func settled(w probe.AccountWorkspace) bool {
	k, known := states[w.State]
	return known && (k == running || k == silent || k == resting)
}

// eniDeleted: EC2 knows no interface of WorkSpaces with the WorkSpace's address. One that
// is stopped may have given it back; a description may have been changed by hand.
var eniDeleted = rule{
	Code: "eni_deleted", Layer: layer.PrimaryInterface, Part: cardPart,
	Needs: []probe.Operation{probe.AccountInterfaces}, Where: ownPlace,
	All: func(e evidence) []finding.Finding {
		return eachAsked(e, func(w probe.AccountWorkspace) (finding.Finding, bool) {
			_, exists := e.eni(w)
			asked := e.askedInterface(w)
			if exists || len(asked) == 0 || !settled(w) {
				return finding.Finding{}, false
			}
			f := found(finding.SeverityFault, e.about(probe.AccountWorkspaces, probe.AccountInterfaces),
				words.Say("cause.eni_deleted.summary", words.Args{"workspace": w.ID, "address": w.Address.String()}))
			if states[w.State] == resting {
				f.Rivals = []finding.Rival{{
					Layer: layer.PrimaryInterface, Harmless: true,
					Why: words.Say("cause.eni_deleted.stopped.why"), Next: words.Say("cause.eni_deleted.stopped.next"),
				}}
			}
			if i, there := find(e.interfaces(), at(w)); there {
				f.Rivals = append(f.Rivals, finding.Rival{
					Layer: layer.PrimaryInterface, Harmless: true,
					Why:  words.Say("cause.eni_deleted.relabelled.why", words.Args{"interface": i.ID}),
					Next: words.Say("cause.eni_deleted.relabelled.next", words.Args{"interface": i.ID}),
				})
			}
			return f, true
		})
	},
}

// eniDetached: the interface exists and is attached to nothing.
var eniDetached = rule{
	Code: "eni_detached", Layer: layer.PrimaryInterface, Part: cardPart,
	Needs: []probe.Operation{probe.AccountInterfaces}, Where: ownPlace,
	All: func(e evidence) []finding.Finding {
		return eachAsked(e, func(w probe.AccountWorkspace) (finding.Finding, bool) {
			i, exists := e.eni(w)
			if !exists || i.Status == "" || i.Status == "in-use" || !settled(w) {
				return finding.Finding{}, false
			}
			f := found(finding.SeverityFault, e.about(probe.AccountInterfaces),
				words.Say("cause.eni_detached.summary", words.Args{"workspace": w.ID, "interface": i.ID, "status": i.Status}))
			f.Where = resource(i.ID)
			if states[w.State] == resting {
				f.Rivals = []finding.Rival{{
					Layer: layer.PrimaryInterface, Harmless: true,
					Why: words.Say("cause.eni_deleted.stopped.why"), Next: words.Say("cause.eni_deleted.stopped.next"),
				}}
			}
			return f, true
		})
	},
}

// eniGroupsReplaced: the members' group is not on the WorkSpace's interface. What is there
// in its place may let through all that the directory needs.
var eniGroupsReplaced = rule{
	Code: "eni_groups_replaced", Layer: layer.PrimaryInterface, Part: cardGroupsPart,
	Needs: []probe.Operation{probe.AccountInterfaces}, Where: ownPlace,
	All: func(e evidence) []finding.Finding {
		d, known := e.directory()
		if !known || d.MembersGroup == "" {
			return nil
		}
		return eachAsked(e, func(w probe.AccountWorkspace) (finding.Finding, bool) {
			i, exists := e.eni(w)
			if !exists || slices.Contains(i.Groups, d.MembersGroup) {
				return finding.Finding{}, false
			}
			args := words.Args{"interface": i.ID, "groups": i.Groups, "members": d.MembersGroup}
			supports := e.about(probe.AccountDirectories, probe.AccountInterfaces, probe.AccountSecurityGroups)
			f := found(finding.SeverityFault, supports, words.Say("cause.eni_groups_replaced.summary", args))
			f.Where = resource(i.ID)
			lost, all := e.shutNeeds(d, i)
			switch {
			case all && len(lost) == 0:
				f.Severity, f.Summary = finding.SeverityInfo, f.Summary.Then(words.Say("cause.eni_groups_replaced.harmless"))
			case len(lost) > 0:
				f.Summary = f.Summary.Then(words.Say("cause.eni_groups_replaced.shut", words.Args{"ports": spoken(lost)}))
				f.Where = f.Where.For(texts(lost))
			default:
				f.Rivals = []finding.Rival{{
					Layer: layer.PrimaryInterface, Harmless: true,
					Why: words.Say("cause.eni_groups_replaced.open.why"), Next: words.Say("cause.eni_groups_replaced.open.next"),
				}}
			}
			return f, true
		})
	},
}

// needs are the ports that WorkSpaces need of the directory's name servers: all, where they
// are its domain controllers.
func (e evidence) needs(d probe.RegisteredDirectory) []need {
	if s, known := e.service(d.ID); known && runByAWS(s) {
		return directoryNeeds
	}
	return nameNeeds
}

// shutNeeds are the ports of the directory that the security groups of an interface let
// nobody reach; whole says that every group was read.
func (e evidence) shutNeeds(d probe.RegisteredDirectory, i probe.ENI) (lost []need, whole bool) {
	servers := e.nameServers(d)
	if len(servers) == 0 || len(i.Groups) == 0 {
		return nil, false
	}
	whole = true
	s, _ := e.service(d.ID)
	for _, n := range e.needs(d) {
		var ways []reach
		for _, a := range servers {
			ways = append(ways, e.groupsLet(i.Groups, n, e.server(s, a), true))
		}
		switch better(ways...) { // one server is enough
		case shut:
			lost = append(lost, n)
		case unknown:
			whole = false
		}
	}
	return lost, whole
}

// server is a name server as security groups see it.
func (e evidence) server(s probe.ServiceDirectory, a netip.Addr) peer {
	p := peer{address: a, sure: runByAWS(s)}
	if p.sure && s.SecurityGroup != "" {
		p.groups = append(p.groups, s.SecurityGroup)
	}
	for _, i := range e.interfaces() {
		if i.Address == a {
			p.groups = append(p.groups, i.Groups...)
		}
	}
	return p
}

// eniNoPublicAddress: the subnet's way out is an internet gateway, which serves public
// addresses alone, and the WorkSpace has none.
var eniNoPublicAddress = rule{
	Code: "eni_no_public_address", Layer: layer.VPCEgress, Part: wayOutPart,
	Needs: []probe.Operation{probe.AccountInterfaces}, Where: ownPlace,
	All: func(e evidence) []finding.Finding {
		return eachAsked(e, func(w probe.AccountWorkspace) (finding.Finding, bool) {
			i, exists := e.eni(w)
			t, known := e.table(w.Subnet)
			r, leads := route(t, somewhere)
			public := known && leads && strings.HasPrefix(r.Target, "igw-") && r.State != blackhole
			if !exists || !public || i.Public.IsValid() {
				return finding.Finding{}, false
			}
			f := found(finding.SeverityDegraded, e.about(probe.AccountInterfaces, probe.AccountRouteTables),
				words.Say("cause.eni_no_public_address.summary",
					words.Args{"interface": i.ID, "gateway": r.Target, "table": t.ID}))
			f.Where = resource(i.ID)
			f.Rivals = []finding.Rival{ownWayOut}
			return f, true
		})
	},
}

// ownWayOut: the WorkSpaces may be meant to have no way of their own to the internet.
var ownWayOut = finding.Rival{
	Layer: layer.VPCEgress, Harmless: true, Rare: true, Why: words.Say("account.no-internet-meant.why"),
}
