package policy

import (
	"maps"
	"slices"

	"wsdoctor/internal/layer"
)

// Schema is the identifier of the form.
const Schema = "wsdoctor.policy/v1"

// Policy is what was laid down. The zero value, and nil, lay down nothing.
type Policy struct {
	From          string // the file, or what else it was read from
	Name, Version string // told in reports
	Region        string
	Registration  string
	Protocol      string
	DirectoryID   string
	DirectoryDNS  []string
	Domain        string
	AllowedCIDRs  []string
	Proxy         string
	NoEgress      bool
	Labels        map[string]string
	Owners        map[string]Owner // by the ID of an owner or of a layer
	Places        map[string]Place // where the value of a key begins
}

// Owner is who fixes something in this company.
type Owner struct {
	Name    string
	Contact string   // how they are reached: "call 4711, form X"
	Remedy  []string // the company's own first steps
}

// Place is one in the text, both from 1 on.
type Place struct{ Line, Column int }

// Given is a value that is laid down for a flag.
type Given struct {
	Key    string
	Flag   string
	Values []string
}

// Flags are the flags that values are laid down for.
func (p *Policy) Flags() (list []Given) {
	if p == nil {
		return nil
	}
	one := func(s string) []string {
		if s == "" {
			return nil
		}
		return []string{s}
	}
	var egress, labels []string
	if p.NoEgress {
		egress = []string{"true"}
	}
	for _, key := range slices.Sorted(maps.Keys(p.Labels)) {
		labels = append(labels, key+"="+p.Labels[key])
	}
	for _, g := range []Given{
		{"region", "region", one(p.Region)},
		{"registration", "registration", one(p.Registration)},
		{"protocol", "protocol", one(p.Protocol)},
		{"directory_id", "directory-id", one(p.DirectoryID)},
		{"directory_dns", "directory-dns", p.DirectoryDNS},
		{"domain", "domain", one(p.Domain)},
		{"allowed_cidrs", "allowed-cidr", p.AllowedCIDRs},
		{"proxy", "proxy", one(p.Proxy)},
		{"no_egress", "no-egress", egress},
		{"labels", "label", labels},
	} {
		if len(g.Values) > 0 {
			list = append(list, g)
		}
	}
	return list
}

// OwnerOf is who a company says fixes what is wrong at a layer: the layer's own, or that
// of everything of its owner.
func (p *Policy) OwnerOf(id layer.ID, owner layer.Owner) (Owner, bool) {
	if p == nil {
		return Owner{}, false
	}
	if l, known := layer.Get(id); known && l.Owner == owner {
		if o, has := p.Owners[string(id)]; has {
			return o, true
		}
	}
	o, has := p.Owners[string(owner)]
	return o, has
}

// ownerIDs are what owners may be laid down for.
func ownerIDs() (ids []string) {
	for _, o := range layer.Owners {
		ids = append(ids, string(o))
	}
	for _, l := range layer.All {
		ids = append(ids, string(l.ID))
	}
	return ids
}
