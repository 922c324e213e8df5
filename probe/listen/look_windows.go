package listen

import (
	"context"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"

	"wsdoctor/probe"
)

const (
	mibBuffer = 64 << 10 // bytes to begin with; the call says how much it needs
	mibLimit  = 16 << 20
	mibTries  = 4 // the table may grow between two calls
)

// mibCalls are the calls of iphlpapi.dll and the class of table asked for.
var mibCalls = map[probe.Transport]struct {
	name  string
	class uintptr
}{
	probe.TCP: {"GetExtendedTcpTable", 5}, // TCP_TABLE_OWNER_PID_ALL
	probe.UDP: {"GetExtendedUdpTable", 1}, // UDP_TABLE_OWNER_PID
}

func thisSystem(ctx context.Context, keep watch) ([]socket, []string, error) {
	var all []socket
	for _, t := range mibTables {
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		table, err := readMIB(t)
		if t.v6 && (err == windows.ERROR_NOT_SUPPORTED || err == windows.ERROR_NO_DATA) {
			continue // IPv6 is not installed
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", mibCalls[t.transport].name, err)
		}
		sockets, err := parseMIB(table, t, keep)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", mibCalls[t.transport].name, err)
		}
		all = append(all, sockets...)
	}
	if err := nameProcesses(all); err != nil {
		return all, []string{"which process listens on the streaming ports: " + probe.Clean(err.Error(), 200)}, nil
	}
	return all, nil, nil
}

func readMIB(t mibTable) ([]byte, error) {
	call := mibCalls[t.transport]
	proc := windows.NewLazySystemDLL("iphlpapi.dll").NewProc(call.name)
	if err := proc.Find(); err != nil {
		return nil, err
	}
	family := uintptr(windows.AF_INET)
	if t.v6 {
		family = windows.AF_INET6
	}
	size := uint32(mibBuffer)
	for range mibTries {
		buffer := make([]uint32, size/4+1) // rows want an even address
		size = uint32(len(buffer) * 4)
		const unordered, reserved = 0, 0
		code, _, _ := proc.Call(
			uintptr(unsafe.Pointer(&buffer[0])),
			uintptr(unsafe.Pointer(&size)),
			unordered,
			family,
			call.class,
			reserved,
		)
		switch err := windows.Errno(code); {
		case code == 0:
			return unsafe.Slice((*byte)(unsafe.Pointer(&buffer[0])), len(buffer)*4), nil
		case err != windows.ERROR_INSUFFICIENT_BUFFER || size > mibLimit:
			return nil, err
		}
		size += size / 4
	}
	return nil, windows.ERROR_INSUFFICIENT_BUFFER
}

// nameProcesses takes the names from a snapshot of the process list, which every
// user may read whole; to open a service's process takes rights that an ordinary
// user does not have. A snapshot holds the name of the program's file without its
// path.
func nameProcesses(sockets []socket) error {
	wanted := map[uint32]string{}
	for _, s := range sockets {
		if !s.connected {
			wanted[uint32(s.pid)] = ""
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return fmt.Errorf("list processes: %w", err)
	}
	defer windows.CloseHandle(snapshot)
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err = windows.Process32First(snapshot, &entry); err == nil; err = windows.Process32Next(snapshot, &entry) {
		if _, found := wanted[entry.ProcessID]; found {
			wanted[entry.ProcessID] = probe.Clean(windows.UTF16ToString(entry.ExeFile[:]), 64)
		}
	}
	if err != windows.ERROR_NO_MORE_FILES {
		return fmt.Errorf("list processes: %w", err)
	}
	for i := range sockets {
		if s := &sockets[i]; !s.connected {
			s.process = wanted[uint32(s.pid)]
		}
	}
	return nil
}
