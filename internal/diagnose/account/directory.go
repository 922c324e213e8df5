package account

import (
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// directoryUnregistered: WorkSpaces knows no directory of that identifier. Its rival, the
// wrong Region or account, is contradicted where the Directory Service of the same ones
// knows it.
var directoryUnregistered = rule{
	Code: "directory_unregistered", Layer: layer.Directory, Part: registrationPart,
	Needs: []probe.Operation{probe.AccountDirectories}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		id := e.question().DirectoryID
		if _, known := e.directory(); id == "" || known || len(e.answered(probe.AccountDirectories)) == 0 {
			return finding.Finding{}, false
		}
		f := found(finding.SeverityFault, e.about(probe.AccountDirectories),
			words.Say("cause.directory_unregistered.summary", words.Args{"directory": id}))
		f.Where = resource(id)
		elsewhere := elsewhereRival("cause.directory_unregistered.elsewhere")
		if _, exists := e.service(id); exists {
			elsewhere.Out = e.about(probe.AccountDirectoryService)
		}
		f.Rivals = []finding.Rival{elsewhere}
		return f, true
	},
}

// elsewhereRival: what was asked for is in another Region or account than was asked.
func elsewhereRival(family string) finding.Rival {
	return finding.Rival{
		Layer: layer.Directory, Harmless: true,
		Why: words.Say("account.elsewhere.why"), By: words.Say(family + ".by"), Next: words.Say("account.elsewhere.next"),
	}
}

// registrationElsewhere: the code that the user typed is another directory's than that of
// the user's WorkSpace, or of no directory here.
var registrationElsewhere = rule{
	Code: "registration_elsewhere", Layer: layer.Directory, Part: registrationPart,
	Needs: []probe.Operation{probe.AccountDirectories}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		if !e.question().Code || len(e.directories()) == 0 {
			return finding.Finding{}, false
		}
		its, here := find(e.directories(), hasCode)
		supports := e.about(probe.AccountDirectories, probe.AccountWorkspaces)
		var ids []string
		for _, w := range e.asked() {
			ids = append(ids, w.DirectoryID)
		}
		if want := e.question().DirectoryID; want != "" {
			ids = append(ids, want)
		}
		compared := func(d probe.RegisteredDirectory) bool { return d.CodeMatches != nil }
		switch {
		case !here && !slices.ContainsFunc(e.directories(), compared):
			return finding.Finding{}, false
		case !here:
			if _, dead := e.deadAlias(); dead { // which says more
				return finding.Finding{}, false
			}
			f := found(finding.SeverityFault, supports, words.Say("cause.registration_elsewhere.nobodys"))
			f.Rivals = []finding.Rival{elsewhereRival("cause.registration_elsewhere.elsewhere")}
			if len(ids) > 0 { // the WorkSpace that the user is to reach is here, and the code is not its directory's
				f.Rivals[0].Out = supports
				f.Where = resource(ids[0])
			}
			return f, true
		case len(ids) == 0 || slices.Contains(ids, its.ID):
			return finding.Finding{}, false
		}
		f := found(finding.SeverityFault, supports,
			words.Say("cause.registration_elsewhere.summary", words.Args{"its": its.ID, "directory": ids[0]}))
		f.Where = resource(ids[0])
		return f, true
	},
}

// aliasLeadsNowhere: the name that stands in for a registration code is associated with no
// directory. A code that a directory has is no such name.
var aliasLeadsNowhere = rule{
	Code: "alias_leads_nowhere", Layer: layer.Directory, Part: registrationPart,
	Needs: []probe.Operation{probe.AccountAliases}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		a, typed := e.deadAlias()
		f := found(finding.SeverityFault, e.about(probe.AccountAliases),
			words.Say("cause.alias_leads_nowhere.summary", words.Args{"name": a.Name, "state": a.State}))
		f.Where = resource(a.ID)
		return check(f, typed)
	},
}

// deadAlias is the alias that the user typed, if it leads to no directory. Which of
// several that was is not known.
func (e evidence) deadAlias() (probe.ConnectionAlias, bool) {
	aliases := all(e, probe.AccountAliases, func(d probe.AliasesDetail) []probe.ConnectionAlias { return d.Aliases })
	if len(aliases) != 1 || !e.question().Code || slices.ContainsFunc(e.directories(), hasCode) {
		return probe.ConnectionAlias{}, false
	}
	leads := aliases[0].State == "CREATED" &&
		slices.ContainsFunc(aliases[0].Associations, func(s probe.AliasAssociation) bool {
			return strings.HasPrefix(s.Status, "ASSOCIATED")
		})
	return aliases[0], !leads
}

// directoryNotReady: WorkSpaces itself says that the directory is not registered to the end.
var directoryNotReady = rule{
	Code: "directory_not_ready", Layer: layer.Directory, Part: directoryPart,
	Needs: []probe.Operation{probe.AccountDirectories}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		d, known := e.directory()
		if !known || d.State == "REGISTERED" || d.State == "" {
			return finding.Finding{}, false
		}
		f := found(finding.SeverityFault, e.about(probe.AccountDirectories), words.Say("cause.directory_not_ready.summary",
			words.Args{"directory": d.ID, "state": d.State, "error": d.Error}))
		f.Where = resource(d.ID)
		return e.unlessConnected(f), true
	},
}

// unlessConnected: what a connected user shows not to keep them out is only worth knowing.
func (e evidence) unlessConnected(f finding.Finding) finding.Finding {
	if !e.anybodyConnected() {
		return f
	}
	f.Severity, f.Blocks, f.Degrades = finding.SeverityInfo, nil, nil
	f.Contradicts = e.about(probe.AccountConnections)
	f.Summary = f.Summary.Then(words.Say("account.connected"))
	return f
}

// directoryDeleted: WorkSpaces has the directory registered, and the Directory Service
// knows none of that identifier. It refuses to delete one that is registered, so that
// somebody may have been asked who may not see it.
var directoryDeleted = rule{
	Code: "directory_deleted", Layer: layer.Directory, Part: directoryPart,
	Needs: []probe.Operation{probe.AccountDirectoryService}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		d, known := e.directory()
		_, exists := e.service(d.ID)
		asked := e.answered(probe.AccountDirectoryService)
		// Of several that are asked for together the answer does not say which is missing.
		others := slices.ContainsFunc(e.directories(), func(o probe.RegisteredDirectory) bool { return o.ID != d.ID })
		if !known || !hasAD(d.ID) || exists || len(asked) == 0 || others {
			return finding.Finding{}, false
		}
		f := found(finding.SeverityFault, e.about(probe.AccountDirectories, probe.AccountDirectoryService),
			words.Say("cause.directory_deleted.summary", words.Args{"directory": d.ID}))
		f.Where, f.Owner = resource(d.ID), words.Owner(layer.DirectoryAdministrator)
		f.Rivals = []finding.Rival{{
			Layer: layer.Directory, Harmless: true,
			Why: words.Say("cause.directory_deleted.unseen.why"), Next: words.Say("cause.directory_deleted.unseen.next"),
		}}
		return e.unlessConnected(f), true
	},
}

// badStages are states of a directory in which nobody signs in, and those in which it is
// slow, or some do.
var badStages = map[string]finding.Severity{
	"Inoperable": finding.SeverityFault, "Failed": finding.SeverityFault, "RestoreFailed": finding.SeverityFault,
	"Deleting": finding.SeverityFault, "Deleted": finding.SeverityFault, "Requested": finding.SeverityFault,
	"Creating": finding.SeverityFault, "Created": finding.SeverityFault, "Restoring": finding.SeverityFault,
	"Impaired": finding.SeverityDegraded, "Updating": finding.SeverityInfo,
}

// directoryStage: the Directory Service says that the directory does not work. Of an
// impaired one some domain controllers may do, which is no fault by itself.
var directoryStage = rule{
	Code: "directory_stage", Layer: layer.Directory, Part: directoryPart,
	Needs: []probe.Operation{probe.AccountDirectoryService}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		d, _ := e.directory()
		s, known := e.service(d.ID)
		severity, bad := badStages[s.Stage]
		if !known || !bad {
			return finding.Finding{}, false
		}
		f := found(severity, e.about(probe.AccountDirectoryService), words.Say("cause.directory_stage.summary",
			words.Args{"directory": s.ID, "stage": s.Stage, "reason": s.Reason}))
		f.Where, f.Owner = resource(s.ID), words.Owner(layer.DirectoryAdministrator)
		if severity == finding.SeverityFault {
			return e.unlessConnected(f), true
		}
		return f, true
	},
}

// radiusFailed: the directory cannot ask its RADIUS servers, so that nobody who needs a
// second factor signs in.
var radiusFailed = rule{
	Code: "radius_failed", Layer: layer.Directory, Part: directoryPart,
	Needs: []probe.Operation{probe.AccountDirectoryService}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		d, _ := e.directory()
		s, known := e.service(d.ID)
		f := found(finding.SeverityFault, e.about(probe.AccountDirectoryService),
			words.Say("cause.radius_failed.summary", words.Args{"directory": s.ID}))
		f.Where, f.Owner = resource(s.ID), words.Owner(layer.DirectoryAdministrator)
		return check(e.unlessConnected(f), known && s.Radius == "Failed")
	},
}

// trustFailed: users of a trusted domain cannot sign in. Whether the user who is asked
// about is one of them, the account does not say.
var trustFailed = rule{
	Code: "trust_failed", Layer: layer.Directory, Part: directoryPart,
	Needs: []probe.Operation{probe.AccountTrusts}, Where: ownPlace,
	All: func(e evidence) []finding.Finding {
		var list []finding.Finding
		for _, t := range all(e, probe.AccountTrusts, func(d probe.TrustsDetail) []probe.Trust { return d.Trusts }) {
			if t.State != "VerifyFailed" && t.State != "Failed" {
				continue
			}
			f := found(finding.SeverityFault, e.about(probe.AccountTrusts),
				words.Say("cause.trust_failed.summary", words.Args{"domain": t.Domain, "reason": t.Reason}))
			f.Owner = words.Owner(layer.DirectoryAdministrator)
			f.Rivals = []finding.Rival{{
				Layer: layer.Directory, Harmless: true,
				Why: words.Say("cause.trust_failed.own.why"), Next: words.Say("cause.trust_failed.own.next"),
			}}
			list = append(list, e.unlessConnected(f))
		}
		return list
	},
}

// directoryDNSMoved: WorkSpaces are told other name servers than the directory has. That
// the old ones answer still is contradicted where the directory's interfaces are known and
// none has such an address; of a connector's servers, which are the company's own, nothing
// tells it.
var directoryDNSMoved = rule{
	Code: "directory_dns_moved", Layer: layer.DirectoryDNS, Part: namesPart,
	Needs: []probe.Operation{probe.AccountDirectoryService}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		d, _ := e.directory()
		s, known := e.service(d.ID)
		told, has := e.nameServers(d), onlyIPv4(s.DNS)
		if !known || len(told) == 0 || len(has) == 0 || sameAddresses(told, has) {
			return finding.Finding{}, false
		}
		gone := slices.DeleteFunc(slices.Clone(told), func(a netip.Addr) bool { return slices.Contains(has, a) })
		args := words.Args{"told": texts(told), "has": texts(has), "gone": texts(gone), "directory": d.ID}
		supports := e.about(probe.AccountDirectories, probe.AccountDirectoryService)
		f := found(finding.SeverityFault, supports, words.Say("cause.directory_dns_moved.summary", args))
		f.Said, f.Where = false, finding.At(finding.AtResolver, texts(gone)...)
		switch {
		case len(gone) == 0:
			f.Severity, f.Summary = finding.SeverityInfo, words.Say("cause.directory_dns_moved.more", args)
			return f, true
		case len(gone) < len(told): // one of them answers as before
			f.Severity, f.Summary = finding.SeverityDegraded, words.Say("cause.directory_dns_moved.some", args)
		}
		still := finding.Rival{
			Layer: layer.DirectoryDNS, Harmless: true,
			Why: words.Say("cause.directory_dns_moved.still.why"), By: words.Say("cause.directory_dns_moved.still.by"),
			Next: words.Say("cause.directory_dns_moved.still.next"),
		}
		if cards := e.directoryCards(d.ID); runByAWS(s) && len(cards) > 0 &&
			!slices.ContainsFunc(cards, func(i probe.ENI) bool { return slices.Contains(gone, i.Address) }) {
			still.Out = e.about(probe.AccountInterfaces)
		}
		f.Rivals = []finding.Rival{still}
		return e.unlessConnected(f), true
	},
}

// directoryCards are the interfaces by which a directory of AWS stands in the VPC.
func (e evidence) directoryCards(id string) []probe.ENI {
	var list []probe.ENI
	for _, i := range e.interfaces() {
		if id != "" && strings.Contains(strings.ToLower(i.Description), "directory "+strings.ToLower(id)) {
			list = append(list, i)
		}
	}
	return list
}

func onlyIPv4(list []netip.Addr) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(list), func(a netip.Addr) bool { return !a.Is4() })
}

func sameAddresses(a, b []netip.Addr) bool {
	return !slices.ContainsFunc(a, func(x netip.Addr) bool { return !slices.Contains(b, x) }) &&
		!slices.ContainsFunc(b, func(x netip.Addr) bool { return !slices.Contains(a, x) })
}

func texts[T interface{ String() string }](list []T) []string {
	var out []string
	for _, x := range list {
		out = append(out, x.String())
	}
	return out
}

// directoryAnswered: something of the directory itself was read.
func (e evidence) directoryAnswered() bool {
	return len(facts.IDs(e.answers(probe.AccountDirectories)...)) > 0 && len(e.directories()) > 0
}
