package account

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// first are the calls that answer most questions, those of them that can be made now.
func (w *walker) first() []ask {
	asks := []ask{asking(probe.AccountIdentity, w.api.Identity, nil)}
	if w.q.Alias {
		asks = append(asks, w.askAliases())
	}
	asks = append(asks, w.askDirectories()...)
	asks = append(asks, w.askWorkspaces()...)
	if w.settled() {
		asks = append(asks, w.askConnections()...)
		asks = append(asks, w.askIPGroups()...)
		asks = append(asks, w.askInterfaces()...)
	}
	if w.settled() || w.q.DirectoryID != "" {
		asks = append(asks, w.askServices()...)
	}
	return w.open(asks)
}

func (w *walker) askAliases() ask {
	return asking(probe.AccountAliases, w.api.Aliases, func(d probe.AliasesDetail) { w.known.aliases = d.Aliases })
}

// askDirectories asks for the one that was named, for those of a WorkSpace that was, or
// for all of the Region.
func (w *walker) askDirectories() []ask {
	var ids []string
	switch {
	case w.q.DirectoryID != "":
		ids = []string{w.q.DirectoryID}
	case w.q.Registration != "":
		// All of them: which one has the code shows only then.
	case w.q.WorkspaceID != "":
		if ids = w.known.directoriesOf(); len(ids) == 0 {
			return nil
		}
	}
	if w.q.Alias && !w.asked[w.askAliases().id()] {
		return nil
	}
	return []ask{asking(probe.AccountDirectories, func(ctx context.Context) (probe.RegisteredDetail, error) {
		list, err := w.api.Directories(ctx, ids)
		if err != nil {
			return probe.RegisteredDetail{}, err
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.known.region, w.known.listed = list, true
		return w.registered(), nil
	}, nil)}
}

// registered is what is written down of the directories that were listed: those in
// question, or all where it is not known yet which. The caller holds mu.
func (w *walker) registered() probe.RegisteredDetail {
	var d probe.RegisteredDetail
	ids := w.known.chosen(w.q)
	for _, listed := range w.known.region {
		if len(ids) > 0 && !slices.Contains(ids, listed.ID) {
			d.Others++
			continue
		}
		written := listed.RegisteredDirectory
		if w.q.Registration != "" {
			has := w.known.matches(w.q, listed)
			written.CodeMatches = &has
		}
		d.Directories = append(d.Directories, written)
	}
	return d
}

// askWorkspaces asks for the one that was named, or for the user's in each directory
// that it may be of, or for those of the directory.
func (w *walker) askWorkspaces() (asks []ask) {
	if w.q.WorkspaceID != "" {
		return []ask{w.workspaces(WorkspaceFilter{ID: w.q.WorkspaceID}, "")}
	}
	for _, id := range w.toSearch() {
		filter := WorkspaceFilter{Directory: id, User: w.q.User}
		if w.q.User == "" && !w.q.All {
			filter.Most = mostTogether
		}
		asks = append(asks, w.workspaces(filter, id))
	}
	return asks
}

func (w *walker) workspaces(filter WorkspaceFilter, directory string) ask {
	return asking(probe.AccountWorkspaces, func(ctx context.Context) (probe.WorkspacesDetail, error) {
		return w.api.Workspaces(ctx, filter)
	}, func(d probe.WorkspacesDetail) {
		w.known.workspaces = append(w.known.workspaces, d.Workspaces...)
		w.known.searched[directory] = true
	}).of(directory)
}

// toSearch are the directories in which WorkSpaces are asked for: those in question, and
// where the user has none there, the others of the Region.
func (w *walker) toSearch() []string {
	if w.q.DirectoryID != "" {
		return []string{w.q.DirectoryID}
	}
	if !w.known.listed {
		return nil
	}
	var all []string
	for _, d := range w.known.region {
		all = append(all, d.ID)
	}
	switch withCode := w.known.withCode(w.q); {
	case len(withCode) > 0 && !w.foundNone(withCode):
		return withCode
	case w.q.User != "":
		most := mostSearched
		if w.q.All {
			most = len(all)
		}
		all = slices.Concat(withCode, slices.DeleteFunc(all, func(id string) bool {
			return slices.Contains(withCode, id)
		}))
		if len(all) > most {
			w.note("account.gap.not-searched", words.Args{"n": len(all) - most})
			all = all[:most]
		}
		return all
	case len(withCode) > 0:
		return withCode
	case w.q.Registration == "" && len(all) == 1:
		return all
	}
	return nil
}

// foundNone: all of them were searched, and the user has no WorkSpace in any.
func (w *walker) foundNone(ids []string) bool {
	for _, id := range ids {
		if !w.known.searched[id] {
			return false
		}
	}
	return len(w.known.workspaces) == 0
}

// note adds a gap that was not said yet.
func (w *walker) note(id string, args words.Args) {
	if !w.failed[id] {
		w.failed[id] = true
		w.gaps = append(w.gaps, words.Say(id, args))
	}
}

// settled: the directories and the WorkSpaces in question are known, as far as they will be.
func (w *walker) settled() bool {
	return len(w.open(w.askDirectories())) == 0 && len(w.open(w.askWorkspaces())) == 0
}

// undecided are directories among which nothing chooses.
func (w *walker) undecided() (ids []string) {
	named := w.q.DirectoryID + w.q.Registration + w.q.User + w.q.WorkspaceID
	if named != "" || len(w.known.region) < 2 {
		return nil
	}
	for _, d := range w.known.region {
		ids = append(ids, d.ID)
	}
	return ids
}

// ofOneUser: the WorkSpaces are of one user, not all of a directory.
func (w *walker) ofOneUser() bool { return w.q.User != "" || w.q.WorkspaceID != "" }

func (w *walker) askConnections() []ask {
	var ids []string
	for _, s := range w.known.workspaces {
		if ids = append(ids, s.ID); len(ids) == mostTogether {
			break
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return []ask{asking(probe.AccountConnections, func(ctx context.Context) (probe.ConnectionsDetail, error) {
		return w.api.Connections(ctx, ids)
	}, func(d probe.ConnectionsDetail) { w.known.connections = d.Connections })}
}

// askIPGroups: a directory without groups lets everybody in, and that was answered.
func (w *walker) askIPGroups() []ask {
	var ids []string
	for _, d := range w.known.directories(w.q) {
		ids = add(ids, d.IPGroups...)
	}
	if len(ids) == 0 {
		return nil
	}
	return []ask{asking(probe.AccountIPGroups, func(ctx context.Context) (probe.IPGroupsDetail, error) {
		return w.api.IPGroups(ctx, ids)
	}, nil)}
}

func (w *walker) askServices() []ask {
	ids := slices.DeleteFunc(slices.Clone(w.known.chosen(w.q)), func(id string) bool { return !hasAD(id) })
	if len(ids) == 0 {
		return nil
	}
	return []ask{asking(probe.AccountDirectoryService, func(ctx context.Context) (probe.DirectoryServiceDetail, error) {
		return w.api.ServiceDirectories(ctx, ids)
	}, func(d probe.DirectoryServiceDetail) {
		w.known.services = append(w.known.services, d.Directories...)
	}).of(strings.Join(ids, " "))}
}

// askInterfaces asks for eth1 of a user's WorkSpaces, by its address, and together with it
// for what has the addresses of the directory's name servers: where AWS runs them, their
// security groups show there.
func (w *walker) askInterfaces() []ask {
	if !w.ofOneUser() {
		return nil
	}
	var addresses []netip.Addr
	keep := func(a netip.Addr) {
		if a.IsValid() && len(addresses) < mostTogether && !slices.Contains(addresses, a) &&
			(len(addresses) == 0 || a.Is4() == addresses[0].Is4()) { // one filter takes one family
			addresses = append(addresses, a)
		}
	}
	for _, s := range w.known.workspaces {
		keep(s.Address)
	}
	if len(addresses) == 0 {
		return nil
	}
	for _, d := range w.known.directories(w.q) {
		for _, a := range d.DNS {
			keep(a)
		}
	}
	return []ask{w.interfaces(InterfaceFilter{Addresses: addresses})}
}

func (w *walker) interfaces(filter InterfaceFilter) ask {
	return asking(probe.AccountInterfaces, func(ctx context.Context) (probe.ENIsDetail, error) {
		return w.api.Interfaces(ctx, filter)
	}, func(d probe.ENIsDetail) { w.known.interfaces = append(w.known.interfaces, d.Interfaces...) })
}
