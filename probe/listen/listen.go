package listen

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"wsdoctor/probe"
)

const (
	// step is the plan step that facts of this computer belong to.
	step = "host"
	// connectionLimit is how many connections are kept; one from the gateway is
	// enough to know that eth0 works.
	connectionLimit = 50
	// listenerLimit is far above what 53 ports of one WorkSpace can hold.
	listenerLimit = 400
	// patience bounds the reading, which takes some milliseconds.
	patience = 2 * time.Second
)

// watch says which ports are looked at.
type watch func(probe.Transport, uint16) bool

func isWatched(t probe.Transport, port uint16) bool {
	return slices.ContainsFunc(probe.Eth0Ports, func(r probe.PortRange) bool { return r.Holds(t, port) })
}

// socket is one row of the system's tables, on a watched port.
type socket struct {
	transport     probe.Transport
	local, remote netip.AddrPort
	connected     bool // an established TCP connection; else it takes what comes
	both          bool // on ::, and takes IPv4 too
	inode         uint64
	pid           int
	process       string
}

// source reads the sockets of one operating system. An error means that the
// list is not complete and must not be used.
type source func(context.Context, watch) (sockets []socket, gaps []string, err error)

// Look lists the sockets on the streaming ports of this computer. Where they
// cannot be read, Listeners is nil and a gap says why; a list that was read and
// is empty is not nil. Each gap is one plain sentence part, fit to be shown.
//
// A UDP socket that is connected to somebody counts as a listener: it is bound,
// and while a session runs it may be the only one on its port.
func Look(ctx context.Context) (probe.ListenersDetail, []string) {
	return look(ctx, thisSystem, isWatched)
}

// On lists those on other ports, to which a firewall sends packets for the streaming
// ports, and no connections. It is false where they cannot be read.
func On(ctx context.Context, ports map[probe.Transport][]uint16) ([]probe.Listener, bool) {
	d, _ := look(ctx, thisSystem, func(t probe.Transport, port uint16) bool { return slices.Contains(ports[t], port) })
	return d.Listeners, d.Listeners != nil
}

func look(ctx context.Context, read source, keep watch) (probe.ListenersDetail, []string) {
	sockets, gaps, err := inTime(ctx, read, keep)
	if err == nil {
		var d probe.ListenersDetail
		if d, err = fold(sockets, keep); err == nil {
			return d, gaps
		}
	}
	return probe.ListenersDetail{}, append(gaps, "listeners on the streaming ports: "+probe.Clean(err.Error(), 200))
}

// inTime gives up a system that does not answer: its calls cannot be broken off, and
// nobody waits for them any more.
func inTime(ctx context.Context, read source, keep watch) ([]socket, []string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	type answer struct {
		sockets []socket
		gaps    []string
		err     error
	}
	said := make(chan answer, 1)
	go func() {
		sockets, gaps, err := read(ctx, keep)
		said <- answer{sockets, gaps, err}
	}()
	select {
	case a := <-said:
		return a.sockets, a.gaps, a.err
	case <-ctx.Done():
		return nil, nil, errors.New("this computer did not list them in time")
	}
}

// Observation writes down what Look found: ok if the sockets were read, whatever
// they are; skipped with Unsupported if they were not.
func Observation(d probe.ListenersDetail, now time.Time) probe.Observation {
	outcome, failure := probe.OK, probe.Failure("")
	if d.Listeners == nil {
		outcome, failure = probe.Skipped, probe.Unsupported
		d.Listeners, d.Connections = []probe.Listener{}, []probe.Connection{} // the report has no nulls
	}
	o := probe.Observe(probe.HostListeners, probe.Target{}, now).Finish(now, outcome, failure, d)
	o.Step = step
	return o
}

// fold sorts sockets into listeners and connections, each once.
func fold(sockets []socket, keep watch) (probe.ListenersDetail, error) {
	d := probe.ListenersDetail{Listeners: []probe.Listener{}, Connections: []probe.Connection{}, Owners: true}
	for _, s := range sockets {
		if !keep(s.transport, s.local.Port()) {
			continue
		}
		if s.connected {
			// A connection of this computer to itself has one address at both ends.
			if r := s.remote.Addr(); !r.IsLoopback() && r != s.local.Addr() {
				d.Connections = append(d.Connections, probe.Connection{Local: s.local, Remote: s.remote})
			}
			continue
		}
		d.Owners = d.Owners && s.pid != 0 && s.process != ""
		d.Listeners = append(d.Listeners, probe.Listener{
			Transport: s.transport,
			Address:   s.local.Addr(),
			Port:      s.local.Port(),
			Both:      s.both,
			PID:       s.pid,
			Process:   s.process,
		})
	}
	slices.SortFunc(d.Listeners, func(a, b probe.Listener) int {
		return cmp.Or(
			cmp.Compare(a.Transport, b.Transport),
			cmp.Compare(a.Port, b.Port),
			a.Address.Compare(b.Address),
			cmp.Compare(a.PID, b.PID),
			cmp.Compare(a.Process, b.Process),
		)
	})
	d.Listeners = slices.Compact(d.Listeners) // workers share one port
	if len(d.Listeners) > listenerLimit {
		return d, errors.New("there are too many of them to be true")
	}
	slices.SortFunc(d.Connections, func(a, b probe.Connection) int {
		return cmp.Or(cmp.Compare(a.Local.Port(), b.Local.Port()), a.Remote.Compare(b.Remote), a.Local.Compare(b.Local))
	})
	d.Connections = slices.Compact(d.Connections)
	d.Connections = d.Connections[:min(len(d.Connections), connectionLimit)]
	return d, nil
}
