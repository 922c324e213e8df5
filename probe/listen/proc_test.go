package listen

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/probe"
)

// tells answers as a kernel that knows of 112 that it takes IPv6 alone.
func tells(context.Context, probe.Transport) (map[uint64]bool, error) {
	return map[uint64]bool{111: false, 112: true, 131: false}, nil
}

func mute(context.Context, probe.Transport) (map[uint64]bool, error) {
	return nil, errors.New("operation not permitted")
}

func lookAt(t *testing.T, proc fs.FS, ask familyAsker) (probe.ListenersDetail, []string) {
	t.Helper()
	return look(t.Context(), func(ctx context.Context, keep watch) ([]socket, []string, error) {
		return readProc(ctx, proc, ask, keep)
	}, isWatched)
}

func TestHealthyWorkspace(t *testing.T) {
	got, gaps := lookAt(t, workspaceProc(), tells)
	want := probe.ListenersDetail{
		Listeners: []probe.Listener{
			{Transport: probe.TCP, Address: addr("0.0.0.0"), Port: 4172, PID: 800, Process: "pcoip-[31magent"},
			{Transport: probe.TCP, Address: addr("::1"), Port: 4172, PID: 800, Process: "pcoip-[31magent"},
			{Transport: probe.TCP, Address: addr("198.19.1.2"), Port: 8200, PID: 700, Process: "skylight-agent"},
			{Transport: probe.TCP, Address: addr("::"), Port: 8201, Both: true, PID: 900, Process: "dcvserver"},
			{Transport: probe.TCP, Address: addr("::"), Port: 8202, PID: 900, Process: "dcvserver"},
			{Transport: probe.UDP, Address: addr("0.0.0.0"), Port: 4172, PID: 800, Process: "pcoip-[31magent"},
			{Transport: probe.UDP, Address: addr("198.19.1.2"), Port: 4172, PID: 800, Process: "pcoip-[31magent"},
			{Transport: probe.UDP, Address: addr("::"), Port: 8220, Both: true, PID: 900, Process: "dcvserver"},
		},
		Connections: []probe.Connection{
			{Local: addrPort("198.19.1.2:4172"), Remote: addrPort("198.10.100.7:50000")},
			{Local: addrPort("198.19.1.2:8201"), Remote: addrPort("198.10.100.7:50004")},
		},
		Owners: true,
	}
	if diff := cmp.Diff(want, got, plainValues); diff != "" || len(gaps) != 0 {
		t.Errorf("gaps %q (-want +got):\n%s", gaps, diff)
	}
}

func TestProcessOneIsNamedOnlyIfThereIsNoOther(t *testing.T) {
	proc := workspaceProc()
	delete(proc, "700/fd/3")
	got, _ := lookAt(t, proc, tells)
	for _, l := range got.Listeners {
		if l.Port == 8200 && (l.PID != 1 || l.Process != "systemd") {
			t.Errorf("%+v", l)
		}
	}
}

func TestSilentKernelLeavesAnAssumptionAndAGap(t *testing.T) {
	proc := workspaceProc()
	proc["net/tcp"] = &fstest.MapFile{Data: []byte(rows("00000000:2009 " + none + " 0A 115"))}
	got, gaps := lookAt(t, proc, mute)
	both := map[uint16]bool{}
	for _, l := range got.Listeners {
		if l.Address == netip.IPv6Unspecified() && l.Transport == probe.TCP {
			both[l.Port] = l.Both
		}
	}
	// 8201 has a socket on 0.0.0.0 beside it.
	if diff := cmp.Diff(map[uint16]bool{8201: false, 8202: true}, both); diff != "" {
		t.Error(diff)
	}
	if len(gaps) == 0 || !strings.Contains(gaps[0], "assumed from the table") || !strings.Contains(gaps[0], "operation not permitted") {
		t.Errorf("gaps %q", gaps)
	}
}

func TestSocketTheKernelDoesNotNameLeavesAGap(t *testing.T) {
	_, gaps := lookAt(t, workspaceProc(), func(context.Context, probe.Transport) (map[uint64]bool, error) { return nil, nil })
	if len(gaps) != 1 || !strings.Contains(gaps[0], "assumed") {
		t.Errorf("gaps %q", gaps)
	}
}

// closed is a /proc whose processes are other users'.
type closed struct{ fstest.MapFS }

func (c closed) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, "/fd") && name != "700/fd" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return c.MapFS.Open(name)
}

func TestOrdinaryUserIsToldWhatPrivilegesWouldAdd(t *testing.T) {
	got, gaps := lookAt(t, closed{workspaceProc()}, tells)
	if got.Owners || len(got.Listeners) != 8 || len(got.Connections) != 2 {
		t.Errorf("%+v", got)
	}
	for _, l := range got.Listeners {
		if (l.PID == 700) != (l.Port == 8200) {
			t.Errorf("%+v", l)
		}
	}
	if len(gaps) != 1 || !strings.Contains(gaps[0], "4172/tcp") || !strings.Contains(gaps[0], "sudo wsdoctor inside") || strings.Contains(gaps[0], "8200") {
		t.Errorf("gaps %q", gaps)
	}
}

func TestSocketWithoutAVisibleProcess(t *testing.T) {
	proc := workspaceProc()
	for name := range proc {
		if strings.Contains(name, "/fd/") {
			delete(proc, name)
		}
	}
	got, gaps := lookAt(t, proc, tells)
	if got.Owners || len(gaps) != 1 || !strings.Contains(gaps[0], "no process") {
		t.Errorf("%+v, gaps %q", got, gaps)
	}
}

func TestAListThatIsNotWholeIsNoList(t *testing.T) {
	for name, spoil := range map[string]func(fstest.MapFS){
		"no table":           func(m fstest.MapFS) { delete(m, "net/udp") },
		"no header":          func(m fstest.MapFS) { m["net/udp"] = &fstest.MapFile{Data: []byte("hello\n")} },
		"empty":              func(m fstest.MapFS) { m["net/tcp"] = &fstest.MapFile{} },
		"strange row":        func(m fstest.MapFS) { m["net/tcp6"].Data = append(m["net/tcp6"].Data, "1: x\n"...) },
		"endless row":        func(m fstest.MapFS) { m["net/tcp"].Data = append(m["net/tcp"].Data, strings.Repeat("0", 2000)...) },
		"more than possible": func(m fstest.MapFS) { m["net/tcp"] = &fstest.MapFile{Data: []byte(crowd(listenerLimit + 1))} },
		"endless table":      func(m fstest.MapFS) { m["net/udp"] = &fstest.MapFile{Data: endless()} },
	} {
		proc := workspaceProc()
		spoil(proc)
		got, gaps := lookAt(t, proc, tells)
		o := Observation(got, time.Unix(0, 0))
		if got.Listeners != nil || len(gaps) == 0 || o.Outcome != probe.Skipped || o.Failure != probe.Unsupported {
			t.Errorf("%s: %+v, gaps %q, %s %s", name, got, gaps, o.Outcome, o.Failure)
		}
	}
}

// crowd is a table of listeners on port 8201 of n addresses.
func crowd(n int) string {
	var lines []string
	for i := range n {
		lines = append(lines, fmt.Sprintf("%08X:2009 %s 0A %d", i+1, none, i+1))
	}
	return rows(lines...)
}

func endless() []byte {
	row := strings.TrimPrefix(rows("00000000:0035 "+none+" 07 904"), tableHead)
	return []byte(tableHead + strings.Repeat(row, tableLimit/len(row)+1))
}

func TestWithoutIPv6(t *testing.T) {
	proc := workspaceProc()
	delete(proc, "net/tcp6")
	delete(proc, "net/udp6")
	got, gaps := lookAt(t, proc, mute)
	if len(got.Listeners) != 4 || len(gaps) != 0 {
		t.Errorf("%+v, gaps %q", got, gaps)
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	var lines []string
	for i := range 3 * connectionLimit {
		lines = append(lines, fmt.Sprintf("020113C6:104C 07640AC6:%04X 01 %d", 0xC000+i, 1000+i))
	}
	proc := workspaceProc()
	proc["net/tcp"] = &fstest.MapFile{Data: []byte(rows(lines...))}
	if got, _ := lookAt(t, proc, tells); len(got.Connections) != connectionLimit {
		t.Errorf("%d connections", len(got.Connections))
	}
}

// slow is a /proc in which each look into a process takes its time.
type slow struct{ fstest.MapFS }

func (s slow) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, "/fd") {
		time.Sleep(ownerPatience / 3)
	}
	return s.MapFS.Open(name)
}

func TestWalkThroughProcessesEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		proc := workspaceProc()
		for pid := 10; pid < 200; pid++ {
			proc[fmt.Sprintf("%d/fd/0", pid)] = &fstest.MapFile{Data: []byte("/dev/null"), Mode: fs.ModeSymlink}
		}
		start := time.Now()
		got, gaps := lookAt(t, slow{proc}, tells)
		if took := time.Since(start); took > 2*ownerPatience || len(got.Listeners) != 8 || got.Owners {
			t.Errorf("after %v: %+v", took, got)
		}
		if len(gaps) != 1 || !strings.Contains(gaps[0], "no time") {
			t.Errorf("gaps %q", gaps)
		}
	})
}

func TestCancelledLook(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got, gaps := look(ctx, func(ctx context.Context, keep watch) ([]socket, []string, error) {
		return readProc(ctx, workspaceProc(), tells, keep)
	}, isWatched)
	if got.Listeners != nil || len(gaps) != 1 {
		t.Errorf("%+v, gaps %q", got, gaps)
	}
}

func TestObservation(t *testing.T) {
	now := time.Unix(7, 0)
	o := Observation(probe.ListenersDetail{Listeners: []probe.Listener{}, Connections: []probe.Connection{}, Owners: true}, now)
	if o.Outcome != probe.OK || o.Failure != "" || o.Step != "host" || o.Operation != probe.HostListeners || o.Elapsed != 0 {
		t.Errorf("%+v", o)
	}
	if b, err := Observation(probe.ListenersDetail{}, now).MarshalJSON(); err != nil || strings.Contains(string(b), "\":null,\"connections") || !strings.Contains(string(b), `"listeners":[]`) {
		t.Errorf("%s, %v", b, err)
	}
}
