package account

import (
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/probe"
)

// evidence is what the rules of the account are asked of.
type evidence struct{ facts.Evidence }

// answers are the observations of a call that AWS answered.
func (e evidence) answers(op probe.Operation) []probe.Observation {
	return facts.Where(e.Of(op), facts.IsOK)
}

// answered: AWS answered such a call, if only that there is no such thing.
func (e evidence) answered(op probe.Operation) []probe.Observation {
	return facts.Where(e.Of(op), func(o probe.Observation) bool { return facts.IsOK(o) || o.Failure == probe.NotFound })
}

// all joins a list out of every answer of a call.
func all[D probe.Detail, T any](e evidence, op probe.Operation, of func(D) []T) []T {
	var list []T
	for _, o := range e.answers(op) {
		list = append(list, of(facts.Detail[D](o))...)
	}
	return list
}

// find gives the first that fits.
func find[T any](list []T, fits func(T) bool) (T, bool) {
	if i := slices.IndexFunc(list, fits); i >= 0 {
		return list[i], true
	}
	var none T
	return none, false
}

// question is whom the administrator asks about.
func (e evidence) question() probe.QuestionDetail {
	for _, o := range e.Of(probe.AccountQuestion) {
		return facts.Detail[probe.QuestionDetail](o)
	}
	return probe.QuestionDetail{}
}

func (e evidence) directories() []probe.RegisteredDirectory {
	return all(e, probe.AccountDirectories,
		func(d probe.RegisteredDetail) []probe.RegisteredDirectory { return d.Directories })
}

// directory is the one that is asked about: by its identifier, by the registration code,
// by the WorkSpace, or because there is no other.
func (e evidence) directory() (probe.RegisteredDirectory, bool) {
	list, q := e.directories(), e.question()
	switch {
	case q.DirectoryID != "":
		return find(list, func(d probe.RegisteredDirectory) bool { return d.ID == q.DirectoryID })
	case q.Code && slices.ContainsFunc(list, hasCode):
		return find(list, hasCode)
	}
	if asked := e.asked(); len(asked) > 0 {
		return find(list, func(d probe.RegisteredDirectory) bool { return d.ID == asked[0].DirectoryID })
	}
	if len(list) == 1 {
		return list[0], true
	}
	return probe.RegisteredDirectory{}, false
}

func hasCode(d probe.RegisteredDirectory) bool { return d.CodeMatches != nil && *d.CodeMatches }

// about gives the answers that tell of a directory, or of what belongs to it.
func (e evidence) about(ops ...probe.Operation) []string {
	var list []probe.Observation
	for _, op := range ops {
		list = append(list, e.answered(op)...)
	}
	return facts.IDs(list...)
}

func (e evidence) workspaces() []probe.AccountWorkspace {
	return all(e, probe.AccountWorkspaces, func(d probe.WorkspacesDetail) []probe.AccountWorkspace { return d.Workspaces })
}

// asked are the WorkSpaces of the user who is asked about, or the one that was named.
// Nobody asks about all of a directory. The client asks the directory of the code and no
// other, so that those in it are the user's, if there are any.
func (e evidence) asked() []probe.AccountWorkspace {
	q := e.question()
	if q.User == "" && q.WorkspaceID == "" {
		return nil
	}
	coded, _ := find(e.directories(), hasCode)
	var list, inCoded []probe.AccountWorkspace
	for _, w := range e.workspaces() {
		if (q.WorkspaceID == "" || w.ID == q.WorkspaceID) && (q.User == "" || strings.EqualFold(w.User, q.User)) {
			list = append(list, w)
			if w.DirectoryID == coded.ID {
				inCoded = append(inCoded, w)
			}
		}
	}
	if len(inCoded) > 0 {
		return inCoded
	}
	return list
}

func (e evidence) connection(workspace string) (probe.WorkspaceConnection, bool) {
	return find(
		all(e, probe.AccountConnections,
			func(d probe.ConnectionsDetail) []probe.WorkspaceConnection { return d.Connections }),
		func(c probe.WorkspaceConnection) bool { return c.WorkspaceID == workspace },
	)
}

// connected: AWS says that the user is connected to it.
func (e evidence) connected(workspace string) bool {
	c, known := e.connection(workspace)
	return known && c.State == "CONNECTED"
}

// anybodyConnected: the user is connected to one of those that are asked about.
func (e evidence) anybodyConnected() bool {
	return slices.ContainsFunc(e.asked(), func(w probe.AccountWorkspace) bool { return e.connected(w.ID) })
}

// service is the directory as the Directory Service knows it.
func (e evidence) service(id string) (probe.ServiceDirectory, bool) {
	return find(e.services(), func(s probe.ServiceDirectory) bool { return s.ID == id })
}

func (e evidence) services() []probe.ServiceDirectory {
	return all(e, probe.AccountDirectoryService,
		func(d probe.DirectoryServiceDetail) []probe.ServiceDirectory { return d.Directories })
}

// hasAD: the Directory Service keeps the directory. Those of users that come from
// elsewhere have identifiers of another form (WorkSpaces API reference, DirectoryId).
func hasAD(id string) bool { return strings.HasPrefix(id, "d-") }

// runByAWS: the directory's domain controllers are AWS's, so that its name servers are
// they, and behind its own group.
func runByAWS(s probe.ServiceDirectory) bool { return s.Type == "MicrosoftAD" || s.Type == "SimpleAD" }

// nameServers are the addresses that the WorkSpaces of a directory are told to ask.
func (e evidence) nameServers(d probe.RegisteredDirectory) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(d.DNS), func(a netip.Addr) bool { return !a.Is4() })
}

// interfaces are those that were read, each once: several questions may give the same.
func (e evidence) interfaces() []probe.ENI {
	var list []probe.ENI
	for _, i := range all(e, probe.AccountInterfaces, func(d probe.ENIsDetail) []probe.ENI { return d.Interfaces }) {
		if !slices.ContainsFunc(list, func(has probe.ENI) bool { return has.ID == i.ID }) {
			list = append(list, i)
		}
	}
	return list
}

// ofWorkspaces begins the description of a WorkSpace's interface: "Created By Amazon
// Workspaces for AWS Account ID …". Public code writes it with a small and a capital s.
var ofWorkspaces = []string{"created", "by", "amazon", "workspaces"}

func madeByWorkspaces(i probe.ENI) bool {
	said := strings.Fields(strings.ToLower(i.Description))
	return len(said) == 0 || len(said) >= len(ofWorkspaces) && slices.Equal(said[:len(ofWorkspaces)], ofWorkspaces)
}

func (e evidence) eni(w probe.AccountWorkspace) (probe.ENI, bool) {
	return find(e.interfaces(), func(i probe.ENI) bool { return at(w)(i) && madeByWorkspaces(i) })
}

// at says whether an interface has the WorkSpace's address, in its subnet.
func at(w probe.AccountWorkspace) func(probe.ENI) bool {
	return func(i probe.ENI) bool {
		return w.Address.IsValid() && i.Address == w.Address && (w.Subnet == "" || i.Subnet == w.Subnet)
	}
}

// askedInterface gives the answers to the question for a WorkSpace's own interface.
func (e evidence) askedInterface(w probe.AccountWorkspace) []probe.Observation {
	return facts.Where(e.answered(probe.AccountInterfaces), func(o probe.Observation) bool {
		asked := strings.Fields(facts.Detail[probe.ENIsDetail](o).Asked)
		return w.Address.IsValid() && slices.Contains(asked, w.Address.String())
	})
}

func (e evidence) group(id string) (probe.SecurityGroup, bool) {
	return find(
		all(e, probe.AccountSecurityGroups, func(d probe.SecurityGroupsDetail) []probe.SecurityGroup { return d.Groups }),
		func(g probe.SecurityGroup) bool { return g.ID == id },
	)
}

// groupMissing: AWS answered that there is no such security group.
func (e evidence) groupMissing(id string) bool {
	return id != "" && slices.Contains(
		all(e, probe.AccountSecurityGroups, func(d probe.SecurityGroupsDetail) []string { return d.Missing }), id)
}

func (e evidence) subnets() []probe.Subnet {
	return all(e, probe.AccountSubnets, func(d probe.SubnetsDetail) []probe.Subnet { return d.Subnets })
}

func (e evidence) subnet(id string) (probe.Subnet, bool) {
	return find(e.subnets(), func(s probe.Subnet) bool { return s.ID == id })
}

// vpcOf is the VPC of a subnet, as far as anything tells it.
func (e evidence) vpcOf(subnet string) string {
	if s, known := e.subnet(subnet); known {
		return s.VPC
	}
	if i, known := find(e.interfaces(), func(i probe.ENI) bool { return i.Subnet == subnet }); known {
		return i.VPC
	}
	for _, s := range e.services() {
		if slices.Contains(s.Subnets, subnet) {
			return s.VPC
		}
	}
	return ""
}

// table is the route table of a subnet: its own, or the VPC's main one.
func (e evidence) table(subnet string) (probe.RouteTable, bool) {
	return e.tableIn(subnet, e.vpcOf(subnet))
}

// tableIn is the same where the VPC is known.
func (e evidence) tableIn(subnet, vpc string) (probe.RouteTable, bool) {
	tables := all(e, probe.AccountRouteTables, func(d probe.RouteTablesDetail) []probe.RouteTable { return d.Tables })
	if t, own := find(tables, func(t probe.RouteTable) bool { return slices.Contains(t.Subnets, subnet) }); own {
		return t, true
	}
	return find(tables, func(t probe.RouteTable) bool { return t.Main && vpc != "" && t.VPC == vpc })
}

func (e evidence) acl(subnet string) (probe.NetworkACL, bool) {
	return find(
		all(e, probe.AccountNetworkACLs, func(d probe.NetworkACLsDetail) []probe.NetworkACL { return d.ACLs }),
		func(a probe.NetworkACL) bool { return slices.Contains(a.Subnets, subnet) },
	)
}

// places are the subnets that matter: those of the WorkSpaces that are asked about, or of
// the directory where nobody is.
func (e evidence) places() []string {
	var list []string
	for _, w := range e.asked() {
		if w.Subnet != "" && !slices.Contains(list, w.Subnet) {
			list = append(list, w.Subnet)
		}
	}
	if d, known := e.directory(); known && len(list) == 0 {
		list = slices.Clone(d.Subnets)
	}
	return list
}
