package software

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

func sources() []source { return windowsSources(thisWindows{}) }

// thisWindows is the system that the program runs on. Whatever it asks every user may.
type thisWindows struct{}

func (thisWindows) processes() (names []string, err error) {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil, err
	}
	defer windows.CloseHandle(snapshot)
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err = windows.Process32First(snapshot, &entry); err == nil && len(names) < mostNames; err = windows.Process32Next(snapshot, &entry) {
		names = append(names, windows.UTF16ToString(entry.ExeFile[:]))
	}
	if err != nil && !errors.Is(err, windows.ERROR_NO_MORE_FILES) {
		return names, err
	}
	return names, nil
}

const (
	// Sizes of the service manager's answer: it takes at most 256 KiB at a time
	// (Microsoft, EnumServicesStatusExW), and says where to go on.
	serviceBuffer = 256 << 10
	serviceTries  = 16
)

func (thisWindows) services() (list []winService, err error) {
	manager, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT|windows.SC_MANAGER_ENUMERATE_SERVICE)
	if err != nil {
		return nil, err
	}
	defer windows.CloseServiceHandle(manager)
	buffer := make([]uint64, serviceBuffer/8) // aligned for the pointers in it
	var resume uint32
	for range serviceTries {
		var needed, count uint32
		err := windows.EnumServicesStatusEx(
			manager,
			windows.SC_ENUM_PROCESS_INFO,
			windows.SERVICE_WIN32|windows.SERVICE_DRIVER,
			windows.SERVICE_STATE_ALL,
			(*byte)(unsafe.Pointer(&buffer[0])),
			serviceBuffer,
			&needed,
			&count,
			&resume,
			nil,
		)
		if err != nil && !errors.Is(err, windows.ERROR_MORE_DATA) {
			return list, err
		}
		const row = unsafe.Sizeof(windows.ENUM_SERVICE_STATUS_PROCESS{})
		if uintptr(count)*row > serviceBuffer {
			return list, errors.New("the list of services is cut short")
		}
		for _, s := range unsafe.Slice((*windows.ENUM_SERVICE_STATUS_PROCESS)(unsafe.Pointer(&buffer[0])), count) {
			list = append(
				list,
				winService{
					windows.UTF16PtrToString(s.ServiceName),
					s.ServiceStatusProcess.CurrentState == windows.SERVICE_RUNNING,
				},
			)
		}
		if err == nil || len(list) >= mostNames {
			return list, nil
		}
	}
	return list, errors.New("the list of services does not end")
}

var roots = map[string]struct {
	key  registry.Key
	view uint32
}{
	"HKLM":   {registry.LOCAL_MACHINE, registry.WOW64_64KEY},
	"HKLM32": {registry.LOCAL_MACHINE, registry.WOW64_32KEY},
	"HKCU":   {registry.CURRENT_USER, 0},
}

func open(path string, access uint32) (registry.Key, error) {
	root, path, _ := strings.Cut(path, `\`)
	r, known := roots[root]
	if !known {
		return 0, fmt.Errorf("no root of the registry: %q", root)
	}
	return registry.OpenKey(r.key, path, access|r.view)
}

func (thisWindows) keys(path string) ([]string, error) {
	k, err := open(path, registry.ENUMERATE_SUB_KEYS)
	if err != nil {
		return nil, err
	}
	defer k.Close()
	names, err := k.ReadSubKeyNames(mostNames)
	if errors.Is(err, io.EOF) { // which says that there are no more
		err = nil
	}
	return names, err
}

func (thisWindows) text(path, value string) (string, error) {
	k, err := open(path, registry.QUERY_VALUE)
	if err != nil {
		return "", err
	}
	defer k.Close()
	s, _, err := k.GetStringValue(value)
	return s, err
}
