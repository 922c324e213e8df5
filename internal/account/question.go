package account

import (
	"slices"
	"strings"

	"wsdoctor/probe"
)

// Question is whom the administrator asks about, and how far.
type Question struct {
	probe.QuestionDetail
	Region       string
	Registration string // the code, which goes into no observation; empty: none was given
	Alias        bool   // the code is the name of a connection alias
	Symptom      string // what the client shows; empty: nothing was said
	All          bool   // ask everything, whatever it costs
}

// Most is how many calls are made; 0: as many as there are.
func (q Question) Most() int {
	switch {
	case q.All:
		return 0
	case q.Expect != "":
		return MostExpecting
	}
	return MostCalls
}

// detail is what of the question is written down.
func (q Question) detail() probe.QuestionDetail {
	d := q.QuestionDetail
	d.Code = q.Registration != ""
	return d
}

// launches are states of a WorkSpace that could not be made, or not be made anew.
var launches = []string{"ERROR", "PENDING", "REBUILDING", "RESTORING"}

// atRest are the states in which a WorkSpace is as it should be.
var atRest = []string{"AVAILABLE", "STOPPED"}

// knowledge is what was answered so far.
type knowledge struct {
	region      []Directory // that were listed
	listed      bool        // the list was answered
	aliases     []probe.ConnectionAlias
	workspaces  []probe.AccountWorkspace
	searched    map[string]bool // directories whose WorkSpaces were asked for
	connections []probe.WorkspaceConnection
	services    []probe.ServiceDirectory
	interfaces  []probe.ENI
	tables      []probe.RouteTable
	endpoints   []probe.VPCEndpoint
	subnets     []probe.Subnet
	spared      []probe.Operation // of the first calls, for want of calls
}

// matches says whether a directory has the code that was given.
func (k *knowledge) matches(q Question, d Directory) bool {
	if !q.Alias {
		return d.Code != "" && strings.EqualFold(d.Code, q.Registration)
	}
	for _, a := range k.aliases {
		if strings.EqualFold(a.Name, q.Registration) {
			for _, to := range a.Associations {
				if to.Directory == d.ID {
					return true
				}
			}
		}
	}
	return false
}

// withCode are the listed directories that have the code.
func (k *knowledge) withCode(q Question) (ids []string) {
	for _, d := range k.region {
		if k.matches(q, d) {
			ids = append(ids, d.ID)
		}
	}
	return ids
}

// directoriesOf are the directories that the WorkSpaces are of.
func (k *knowledge) directoriesOf() (ids []string) {
	for _, w := range k.workspaces {
		ids = add(ids, w.DirectoryID)
	}
	return ids
}

// chosen are the directories in question, as far as that is known.
func (k *knowledge) chosen(q Question) []string {
	if q.DirectoryID != "" {
		return []string{q.DirectoryID}
	}
	if ids := k.directoriesOf(); len(ids) > 0 {
		return ids
	}
	if q.Registration != "" {
		return k.withCode(q)
	}
	if q.WorkspaceID == "" && len(k.region) == 1 {
		return []string{k.region[0].ID}
	}
	return nil
}

// directories are those in question, with what is known of them.
func (k *knowledge) directories(q Question) (list []Directory) {
	ids := k.chosen(q)
	for _, d := range k.region {
		if slices.Contains(ids, d.ID) {
			list = append(list, d)
		}
	}
	return list
}

// service gives what the Directory Service says of a directory.
func (k *knowledge) service(id string) (probe.ServiceDirectory, bool) {
	for _, s := range k.services {
		if s.ID == id {
			return s, true
		}
	}
	return probe.ServiceDirectory{}, false
}

// hasAD says whether the Directory Service knows a directory: those of users that come
// from elsewhere have identifiers of their own (WorkSpaces API reference, DirectoryId).
func hasAD(id string) bool { return strings.HasPrefix(id, "d-") }

// vpc is the one in which the WorkSpaces are.
func (k *knowledge) vpc() string {
	for _, i := range k.interfaces {
		its := func(s probe.AccountWorkspace) bool {
			return s.Address == i.Address && (s.Subnet == "" || s.Subnet == i.Subnet)
		}
		if i.VPC != "" && slices.ContainsFunc(k.workspaces, its) { // a directory's may be in another
			return i.VPC
		}
	}
	for _, s := range k.subnets {
		if s.VPC != "" {
			return s.VPC
		}
	}
	for _, s := range k.services {
		if s.VPC != "" {
			return s.VPC
		}
	}
	return ""
}

// subnetsOf are the subnets of the WorkSpaces, of their directories, and of the
// controllers.
func (k *knowledge) subnetsOf(q Question) (ids []string) {
	for _, w := range k.workspaces {
		ids = add(ids, w.Subnet)
	}
	for _, d := range k.directories(q) {
		ids = add(ids, d.Subnets...)
	}
	for _, s := range k.services {
		ids = add(ids, s.Subnets...)
	}
	return ids
}

// groupsOf are the security groups that packets of the WorkSpaces meet.
func (k *knowledge) groupsOf(q Question) (ids []string) {
	for _, d := range k.directories(q) {
		ids = add(ids, d.MembersGroup, d.CustomGroup)
	}
	for _, s := range k.services {
		ids = add(ids, s.SecurityGroup)
	}
	subnets := k.subnetsOf(q)
	for _, i := range k.interfaces {
		if slices.Contains(subnets, i.Subnet) { // a private address may be in use in another VPC, too
			ids = add(ids, i.Groups...)
		}
	}
	for _, v := range k.endpoints {
		ids = add(ids, v.Groups...)
	}
	return ids
}

// targets are the routers of a kind to which routes of the tables lead.
func (k *knowledge) targets(prefix string) (ids []string) {
	for _, t := range k.tables {
		for _, r := range t.Routes {
			if strings.HasPrefix(r.Target, prefix) {
				ids = add(ids, r.Target)
			}
		}
	}
	return ids
}

// add adds what is new and not empty.
func add(list []string, more ...string) []string {
	for _, m := range more {
		if m != "" && !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	return list
}
