package architecture

import (
	"slices"
	"strings"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// vpc is the customer's network: subnets with what lies in them, the way out, and who may
// speak with whom.
func (p picture) vpc() *Box {
	b := &Box{ID: atVPC, Title: say("vpc"), Name: p.vpcID()}
	b.State, b.Why = p.look(probe.AccountVPCs, probe.AccountSubnets, probe.AccountInterfaces, probe.AccountDirectoryService)
	if v, is := find(p.vpcs(),
		func(v probe.VPC) bool { return v.ID == b.Name }); is {
		ranges := v.CIDRs
		if len(ranges) == 0 && v.CIDR.IsValid() {
			ranges = append(ranges, v.CIDR)
		}
		b.Facts = append(b.Facts, say("ranges", words.Args{"ranges": joined(ranges, mostNetworks)}))
	}
	for _, row := range [][]*Box{
		p.subnets(), p.tables(), p.gateways(p.routes()), p.egress(), p.entrance(), p.guards(),
	} {
		if len(row) > 0 {
			b.Rows = append(b.Rows, row)
		}
	}
	return b
}

// vpcID is the VPC of the WorkSpace, or of the directory.
func (p picture) vpcID() string {
	if p.wired && p.card.VPC != "" {
		return p.card.VPC
	}
	ids := p.subnetIDs()
	for i := len(ids) - 1; i >= 0; i-- {
		if s, is := p.subnet(ids[i]); is && s.VPC != "" {
			return s.VPC
		}
	}
	return p.service.VPC
}

func (p picture) subnet(id string) (probe.Subnet, bool) {
	return find(p.allSubnets(),
		func(s probe.Subnet) bool { return s.ID == id })
}

// subnetIDs are those of the directory, the WorkSpace's last.
func (p picture) subnetIDs() (ids []string) {
	last := p.mine.Subnet
	if last == "" {
		last = p.card.Subnet
	}
	for _, id := range slices.Concat(p.service.Subnets, p.directory.Subnets) {
		if id != "" && id != last && !slices.Contains(ids, id) && len(ids) < mostSubnets {
			ids = append(ids, id)
		}
	}
	if last != "" {
		ids = append(ids, last)
	}
	return ids
}

// subnets are drawn side by side. The WorkSpace's is the right one, below the WorkSpace.
func (p picture) subnets() (row []*Box) {
	ids := p.subnetIDs()
	if !p.real() || len(ids) == 0 {
		ids = append(ids, "")
	}
	for i, id := range ids {
		last := i == len(ids)-1
		b := &Box{ID: numbered(atSubnet, len(ids)-1-i), Title: say("subnet"), Name: id}
		b.State, b.Why = p.look(probe.AccountSubnets)
		if s, is := p.subnet(id); is {
			kind := s.Zone
			if s.VPC != p.vpcID() {
				kind = listed(kind, s.VPC)
			}
			b.Facts = append(b.Facts, words.Raw(kind))
			if s.CIDR.IsValid() {
				b.Facts = append(b.Facts, say("free", words.Args{"range": s.CIDR.String(), "n": s.Free}))
			}
		} else if b.State == Verified {
			b.State, b.Facts = Absent, []words.Text{say("missing")}
		}
		if last {
			b.Rows = append(b.Rows, []*Box{p.eth1()})
		}
		b.Rows = append(b.Rows, p.cards(id)...)
		row = append(row, b)
	}
	return row
}

// eth1 is the WorkSpace's interface in the customer's VPC.
func (p picture) eth1() *Box {
	b := &Box{ID: atEth1, Title: say("eth1"), Name: p.card.ID}
	b.State, b.Why = p.look(probe.AccountInterfaces)
	if !p.wired {
		if a := valid(p.mine.Address); a != "" {
			b.Facts = append(b.Facts, say("private", words.Args{"address": a}))
		} else {
			b.Facts = p.ownAddress()
		}
		if b.State == Verified {
			b.State = Absent
			b.Facts = append(b.Facts, say("none-found"))
		}
		return b
	}
	b.Facts = append(b.Facts, say("private", words.Args{"address": valid(p.card.Address)}))
	if a := valid(p.card.Public); a != "" {
		b.Facts = append(b.Facts, say("public", words.Args{"address": a}))
	} else {
		b.Facts = append(b.Facts, say("no-public"))
	}
	if p.card.Status != "" && p.card.Status != "in-use" {
		b.Facts = append(b.Facts, words.Raw(p.card.Status))
	}
	return b
}

// cards are the directory's interfaces in a subnet.
func (p picture) cards(subnet string) (rows [][]*Box) {
	if !p.known || subnet == "" {
		return nil
	}
	for _, i := range p.interfaces() {
		ours := strings.Contains(i.Description, p.directory.ID) && i.ID != p.card.ID
		if i.Subnet != subnet || !ours || len(rows) == mostCards {
			continue
		}
		rows = append(rows, []*Box{{
			ID: "card-" + i.ID, Title: say("directory-card"), Name: i.ID, State: Verified,
			Facts: []words.Text{words.Raw(listed(valid(i.Address), i.Status))},
		}})
	}
	return rows
}

// tables are the route tables of the subnets. The WorkSpace's is the right one, below its
// subnet.
func (p picture) tables() (row []*Box) {
	tables := p.routes()
	for i, t := range tables {
		b := &Box{ID: numbered(atTable, len(tables)-1-i), Title: say("table"), Name: t.ID, State: Verified}
		for _, r := range t.Routes {
			if r.Target == "local" {
				continue
			}
			if len(b.Facts) == mostRoutes {
				b.Facts = append(b.Facts, say("more", words.Args{"n": len(t.Routes) - mostRoutes}))
				break
			}
			to := r.List
			if r.Destination.IsValid() {
				to = r.Destination.String()
			}
			b.Facts = append(b.Facts, say("route", words.Args{"to": to, "by": by(r.Target), "state": r.State}))
		}
		if len(b.Facts) == 0 {
			b.Facts = append(b.Facts, say("only-local"))
		}
		row = append(row, b)
	}
	if len(tables) == 0 {
		b := &Box{ID: atTable, Title: say("table")}
		if b.State, b.Why = p.look(probe.AccountRouteTables); b.State == Verified {
			b.State, b.Facts = Absent, []words.Text{say("none-found")}
		}
		row = append(row, b)
	}
	return row
}

// entrance is the endpoint by which DCV comes in. It has a row of its own, so that the
// ways to it and from it pass beside everything else.
func (p picture) entrance() []*Box {
	if id, has := p.endpoint(); has {
		return []*Box{p.streamingEndpoint(id)}
	}
	return nil
}

// by names what a route leads to: in words what is drawn beside it.
func by(target string) words.Text {
	kind, _, _ := strings.Cut(target, "-")
	switch kind {
	case "igw", "nat":
		return say(kind)
	}
	return words.Raw(target)
}

// routes are the route tables of the subnets, that of the WorkSpace's last.
func (p picture) routes() (list []probe.RouteTable) {
	read := p.routeTables()
	vpc := p.vpcID()
	for _, id := range p.subnetIDs() {
		t, is := find(read, func(t probe.RouteTable) bool { return slices.Contains(t.Subnets, id) })
		if !is {
			t, is = find(read, func(t probe.RouteTable) bool { return t.Main && t.VPC == vpc })
		}
		list = slices.DeleteFunc(list, func(x probe.RouteTable) bool { return x.ID == t.ID })
		if is {
			list = append(list, t)
		}
	}
	return list
}

// gateways are those that the tables lead to.
func (p picture) gateways(tables []probe.RouteTable) (row []*Box) {
	internet := p.internetGateways()
	nat := p.natGateways()
	var targets []string
	for _, t := range tables {
		for _, r := range t.Routes {
			if !slices.Contains(targets, r.Target) && len(targets) < mostRoutes {
				targets = append(targets, r.Target)
			}
		}
	}
	if !p.real() {
		return []*Box{{ID: atGateway, Title: say("gateway")}}
	}
	for _, id := range targets {
		b := &Box{Name: id}
		switch kind, _, _ := strings.Cut(id, "-"); kind {
		case "igw":
			b.Title = say("igw-title")
			b.State, b.Why = p.look(probe.AccountInternetGateways)
			if g, is := find(internet, func(g probe.InternetGateway) bool { return g.ID == id }); is {
				b.Facts = append(b.Facts, words.Raw(g.State))
			} else if b.State == Verified {
				b.State, b.Facts = Absent, []words.Text{say("missing")}
			}
		case "nat":
			b.Title = say("nat-title")
			b.State, b.Why = p.look(probe.AccountNATGateways)
			if g, is := find(nat, func(g probe.NATGateway) bool { return g.ID == id }); is {
				b.Facts = append(b.Facts, words.Raw(listed(g.State, g.Connectivity)), words.Raw(g.Failure))
				b.Facts = append(b.Facts, some(texts(g.Public), mostNetworks)...)
			} else if b.State == Verified {
				b.State, b.Facts = Absent, []words.Text{say("missing")}
			}
		default:
			continue
		}
		row = append(row, b)
	}
	// The last stands below the WorkSpace's table, so that its way leads to it.
	for i, b := range row {
		b.ID = numbered(atGateway, len(row)-1-i)
	}
	return row
}

func (p picture) streamingEndpoint(id string) *Box {
	b := &Box{ID: atEndpoint, Title: say("endpoint"), Name: id}
	b.State, b.Why = p.look(probe.AccountVPCEndpoints)
	v, is := find(p.endpoints(),
		func(v probe.VPCEndpoint) bool { return v.ID == id })
	switch {
	case is:
		b.Facts = append(b.Facts, words.Raw(listed(v.State, v.Records)), say("endpoint-fact"))
		if v.VPC != "" && v.VPC != p.vpcID() {
			b.Facts = append(b.Facts, words.Raw(v.VPC))
		}
	case b.State == Verified:
		b.State, b.Facts = Absent, []words.Text{say("missing")}
	}
	return b
}

// guards are the security groups, and network ACLs that somebody made.
func (p picture) guards() (row []*Box) {
	read := p.groups()
	gone := all(p.account, probe.AccountSecurityGroups, func(d probe.SecurityGroupsDetail) []string { return d.Missing })
	v, _ := find(p.endpoints(),
		func(v probe.VPCEndpoint) bool { id, _ := p.endpoint(); return id != "" && v.ID == id })
	if !p.real() {
		return []*Box{{ID: "group", Title: say("group")}}
	}
	var ids []string
	for _, id := range slices.Concat(
		[]string{p.service.SecurityGroup}, v.Groups,
		[]string{p.directory.CustomGroup, p.directory.MembersGroup}, p.card.Groups) {
		if id != "" && !slices.Contains(ids, id) && len(ids) < mostGroups {
			ids = append(ids, id)
		}
	}
	for i, id := range ids {
		b := &Box{ID: numbered("group", i), Title: say("group"), Name: id}
		b.State, b.Why = p.look(probe.AccountSecurityGroups)
		for _, on := range []struct {
			says string
			is   bool
		}{
			{"on-eth1", slices.Contains(p.card.Groups, id)}, {"on-directory", id == p.service.SecurityGroup},
			{"on-endpoint", slices.Contains(v.Groups, id)},
			{"not-on-eth1", id == p.directory.MembersGroup && p.wired && !slices.Contains(p.card.Groups, id)},
		} {
			if on.is {
				b.Facts = append(b.Facts, say(on.says))
			}
		}
		if g, is := find(read, func(g probe.SecurityGroup) bool { return g.ID == id }); is {
			b.Facts = append(b.Facts, words.Raw(g.Name), inward.of(g.Ingress), outward.of(g.Egress))
		} else if slices.Contains(gone, id) {
			b.State, b.Facts = Absent, append(b.Facts, say("missing"))
		}
		row = append(row, b)
	}
	return append(row, p.acls()...)
}

// permits are the messages that say in short what rules let through.
type permits struct{ all, none, some string }

var (
	inward  = permits{"in-all", "in-none", "in-some"}
	outward = permits{"out-all", "out-none", "out-some"}
)

func (p permits) of(rules []probe.AccessRule) words.Text {
	var whom []string
	for _, r := range rules {
		for _, n := range r.Networks {
			if r.Protocol == "all" && n.Bits() == 0 {
				return say(p.all)
			}
			if !slices.Contains(whom, n.String()) {
				whom = append(whom, n.String())
			}
		}
		for _, other := range []struct {
			list []string
			says string
		}{{r.Groups, "groups"}, {r.Lists, "lists"}} {
			if len(other.list) > 0 && !slices.Contains(whom, other.says) {
				whom = append(whom, other.says)
			}
		}
	}
	if len(rules) == 0 {
		return say(p.none)
	}
	shown := words.List{}
	for _, w := range whom[:min(len(whom), mostNetworks)] {
		if w == "groups" || w == "lists" {
			shown = append(shown, say(w))
		} else {
			shown = append(shown, words.Raw(w))
		}
	}
	if left := len(whom) - mostNetworks; left > 0 {
		shown = append(shown, say("more", words.Args{"n": left}))
	}
	return say(p.some, words.Args{"n": len(rules), "whom": shown})
}

// acls are the network ACLs of the subnets that are not the VPC's own, which lets
// everything pass, or that a finding is about.
func (p picture) acls() (row []*Box) {
	ids := p.subnetIDs()
	for _, a := range p.networkACLs() {
		used := slices.ContainsFunc(a.Subnets, func(id string) bool { return slices.Contains(ids, id) })
		if !used || a.Default && !p.about(a.ID) || len(row) == mostRoutes {
			continue
		}
		row = append(row, &Box{
			ID: numbered("acl", len(row)), Title: say("acl"), Name: a.ID, State: Verified,
			Facts: []words.Text{say("entries", words.Args{"in": len(a.Ingress), "out": len(a.Egress)})},
		})
	}
	return row
}

// about: a finding names the resource.
func (p picture) about(id string) bool {
	if !p.real() {
		return false
	}
	for _, f := range p.report.Findings {
		if f.Where != nil && (f.Where.From == id || slices.Contains(f.Where.Also, id)) {
			return true
		}
	}
	return false
}
