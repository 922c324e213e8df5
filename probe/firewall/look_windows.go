package firewall

import (
	"context"
	"errors"
	"io"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"wsdoctor/probe"
)

func look(ctx context.Context, a Ask) ([]probe.Observation, []string) {
	return lookWindows(ctx, a, thisWindows{})
}

// thisWindows is the system that the program runs on. Its errors are system error
// numbers, which errors.Is knows as fs.ErrNotExist and fs.ErrPermission.
type thisWindows struct{}

func (thisWindows) key(path string) (winKey, error) {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE|registry.WOW64_64KEY)
	return openKey{k}, err
}

func (thisWindows) expand(path string) string {
	if out, err := registry.ExpandString(path); err == nil {
		return out
	}
	return path
}

// state asks with the right to query the state only, which everybody has.
func (thisWindows) state(service string) (uint32, error) {
	manager, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return 0, err
	}
	defer windows.CloseServiceHandle(manager)
	name, err := windows.UTF16PtrFromString(service)
	if err != nil {
		return 0, err
	}
	handle, err := windows.OpenService(manager, name, windows.SERVICE_QUERY_STATUS)
	if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
		return 0, windows.ERROR_FILE_NOT_FOUND
	}
	if err != nil {
		return 0, err
	}
	defer windows.CloseServiceHandle(handle)
	var status windows.SERVICE_STATUS
	err = windows.QueryServiceStatus(handle, &status)
	return status.CurrentState, err
}

type openKey struct{ k registry.Key }

func (o openKey) close() { o.k.Close() }

func (o openKey) number(value string) (uint32, error) {
	v, _, err := o.k.GetIntegerValue(value)
	return uint32(v), err
}

func (o openKey) text(value string) (string, error) {
	s, _, err := o.k.GetStringValue(value)
	return s, err
}

func (o openKey) values(most int) ([]string, error) {
	names, err := o.k.ReadValueNames(most + 1)
	if errors.Is(err, io.EOF) { // which says that there are no more
		err = nil
	}
	return names, err
}

// adapter finds the interface by its name.
func (thisWindows) adapter(device string) (guid, kind string) {
	size := uint32(16 << 10)
	for range 4 {
		b := make([]byte, size)
		first := (*windows.IpAdapterAddresses)(unsafe.Pointer(&b[0]))
		err := windows.GetAdaptersAddresses(
			windows.AF_UNSPEC,
			windows.GAA_FLAG_SKIP_ANYCAST|windows.GAA_FLAG_SKIP_MULTICAST|windows.GAA_FLAG_SKIP_DNS_SERVER,
			0,
			first,
			&size,
		)
		if errors.Is(err, windows.ERROR_BUFFER_OVERFLOW) && size < 16<<20 {
			continue
		}
		if err != nil {
			return "", ""
		}
		for at := first; at != nil; at = at.Next {
			if windows.UTF16PtrToString(at.FriendlyName) == device {
				kinds := map[uint32]string{6: "Lan", 71: "Wireless", 23: "RemoteAccess"}
				return strings.ToUpper(windows.BytePtrToString(at.AdapterName)), kinds[at.IfType]
			}
		}
		break
	}
	return "", ""
}
