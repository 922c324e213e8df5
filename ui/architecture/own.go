package architecture

import (
	"slices"
	"strings"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// own is what lies in the customer's account.
func (p picture) own() *Box {
	id, _ := one[probe.IdentityDetail](p.account, probe.AccountIdentity)
	b := &Box{ID: atAccount, Title: say("account"), Name: id.Account}
	b.State, b.Why = p.look(probe.AccountIdentity)
	if p.real() && p.report.Target.Region != "" {
		b.Facts = append(b.Facts, words.Raw(p.report.Target.Region))
	}
	b.Rows = [][]*Box{{p.vpc()}, append(p.roles(), p.registered())}
	if names := p.nameServers(); names != nil {
		b.Rows[1] = append(b.Rows[1], names)
	}
	if others := p.others(); others != nil {
		b.Rows[1] = append(b.Rows[1], others)
	}
	return b
}

// registered is the directory, as WorkSpaces and as the Directory Service know it.
func (p picture) registered() *Box {
	d := p.directory
	b := &Box{ID: atDirectory, Title: say("directory"), Name: d.ID, share: 4}
	if b.State, b.Why = p.look(probe.AccountDirectories); !p.known {
		if b.State == Verified {
			b.State, b.Facts = Absent, []words.Text{say("none-found")}
		}
		return b
	}
	kind := d.Type
	if p.serves {
		kind = listed(p.service.Type, p.service.Stage)
	} else if s, why := p.look(probe.AccountDirectoryService); s == Unread {
		b.Why = why
	}
	if d.State == "REGISTERED" {
		b.Facts = append(b.Facts, words.Raw(listed(d.Name, kind)))
	} else {
		b.Facts = append(b.Facts, words.Raw(listed(d.Name, kind, d.State)))
	}
	if len(d.DNS) > 0 {
		b.Facts = append(b.Facts, say("dns", words.Args{"servers": joined(d.DNS, mostNetworks)}))
	}
	var denied []string
	for _, device := range d.Devices {
		if device.Access == "DENY" {
			denied = append(denied, device.Kind)
		}
	}
	if len(denied) > 0 {
		b.Facts = append(b.Facts, say("denied-devices", words.Args{"kinds": denied}))
	}
	return b
}

// roles are those by which WorkSpaces acts in the account.
func (p picture) roles() (list []*Box) {
	names := []string{"workspaces_DefaultRole"}
	if i := strings.LastIndexByte(p.directory.Role, '/'); i >= 0 && p.directory.Role[i+1:] != "" {
		names[0] = p.directory.Role[i+1:]
	}
	if p.directory.Certificates == "ENABLED" {
		names = append(names, "AmazonWorkSpacesPCAAccess")
	}
	for i, name := range names {
		b := &Box{ID: numbered(atRole, i), Title: say("role"), Name: name, share: 5}
		b.State, b.Why = p.lookAt(probe.AccountRole, func(d probe.Detail) bool {
			r, is := d.(probe.RoleDetail)
			return is && (r.Name == name || strings.HasSuffix(r.Name, "/"+name))
		})
		for _, o := range p.seen {
			d, is := o.Detail.(probe.RoleDetail)
			if !is || o.Operation != probe.AccountRole || d.Name != name && !strings.HasSuffix(d.Name, "/"+name) {
				continue
			}
			if o.Failure == probe.NotFound {
				b.State, b.Facts = Absent, append(b.Facts, say("missing"))
			}
			if o.Outcome != probe.OK {
				continue
			}
			for _, t := range d.Trusts {
				if t.Effect == "Allow" && len(t.Services) > 0 {
					b.Facts = append(b.Facts, say("trusts", words.Args{"services": t.Services[:min(2, len(t.Services))]}))
				}
			}
			if d.Boundary != "" {
				b.Facts = append(b.Facts, say("bounded"))
			}
		}
		for _, d := range p.policies() {
			if d.Name != name {
				continue
			}
			policies := slices.Clone(d.Attached)
			for _, inline := range d.Inline {
				policies = append(policies, inline.Name)
			}
			b.Facts = append(b.Facts, some(policies, mostNetworks)...)
		}
		list = append(list, b)
	}
	return list
}

// others are the directory's further WorkSpaces, of which those of the same user are
// named.
func (p picture) others() *Box {
	asked, list := p.asked(), p.workspaces()
	var same []string
	count := 0
	for _, w := range list {
		switch {
		case w.ID == p.mine.ID:
		case slices.ContainsFunc(asked, func(x probe.AccountWorkspace) bool { return x.ID == w.ID }):
			same = append(same, w.ID)
		case w.DirectoryID == p.directory.ID:
			count++
		}
	}
	if len(same)+count == 0 {
		return nil
	}
	b := &Box{ID: "others", Title: say("others"), State: Verified, about: same}
	if len(same) > 0 {
		b.Facts = append(append(b.Facts, say("same-user")), some(same, mostOthers)...)
	}
	if count > 0 {
		b.Facts = append(b.Facts, say("count", words.Args{"n": count}))
	}
	return b
}
