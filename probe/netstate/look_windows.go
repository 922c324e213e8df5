package netstate

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
	winregistry "golang.org/x/sys/windows/registry"

	"wsdoctor/probe"
)

func questions(names []string) []question {
	return []question{
		{
			"what Windows says of its networks",
			probe.HostNetworkState,
			func() (probe.Detail, error) { return networkList() },
		},
		{
			"the name resolution policy table",
			probe.HostNamePolicy,
			func() (probe.Detail, error) { return readPolicy(thisRegistry{}, names) },
		},
	}
}

// object is one of COM's, which begins with the address of its methods.
type object struct{ methods *[32]uintptr }

// call fails with the method's HRESULT. S_FALSE is no failure: false means that the
// method had less to give than was asked for.
func (o *object) call(method int, args ...uintptr) (whole bool, err error) {
	code, _, _ := syscall.SyscallN(o.methods[method], append([]uintptr{uintptr(unsafe.Pointer(o))}, args...)...)
	if int32(code) < 0 {
		return false, fmt.Errorf("HRESULT %#x", uint32(code))
	}
	return code == 0, nil
}

func (o *object) release() { syscall.SyscallN(o.methods[methodRelease], uintptr(unsafe.Pointer(o))) }

var (
	classListManager = windows.GUID{
		Data1: 0xdcb00c01,
		Data2: 0x570f,
		Data3: 0x4a9b,
		Data4: [8]byte{0x8d, 0x69, 0x19, 0x9f, 0xdb, 0xa5, 0x72, 0x3b},
	}
	listManager = windows.GUID{
		Data1: 0xdcb00000,
		Data2: 0x570f,
		Data3: 0x4a9b,
		Data4: [8]byte{0x8d, 0x69, 0x19, 0x9f, 0xdb, 0xa5, 0x72, 0x3b},
	}
	createInstance = windows.NewLazySystemDLL("ole32.dll").NewProc("CoCreateInstance")
)

// networkList asks the Network List Manager, which keeps what the system's own
// connectivity check (NCSI) found, and the profile of each network.
func networkList() (d probe.NetworkStateDetail, err error) {
	runtime.LockOSThread() // COM is prepared for each thread
	defer runtime.UnlockOSThread()
	// S_FALSE: it was prepared before.
	if err := windows.CoInitializeEx(
		0,
		windows.COINIT_MULTITHREADED,
	); err != nil &&
		!errors.Is(err, syscall.Errno(windows.S_FALSE)) {
		return d, fmt.Errorf("prepare COM: %w", err)
	}
	defer windows.CoUninitialize()
	if err := createInstance.Find(); err != nil {
		return d, err
	}
	const everywhere = 0x17 // CLSCTX_ALL
	var manager *object
	code, _, _ := createInstance.Call(
		uintptr(unsafe.Pointer(&classListManager)),
		0,
		everywhere,
		uintptr(unsafe.Pointer(&listManager)),
		uintptr(unsafe.Pointer(&manager)),
	)
	if int32(code) < 0 || manager == nil {
		return d, fmt.Errorf("open the network list manager: HRESULT %#x", uint32(code))
	}
	defer manager.release()
	var connectivity uint32
	if _, err := manager.call(managerGetConnectivity, uintptr(unsafe.Pointer(&connectivity))); err != nil {
		return d, fmt.Errorf("ask for connectivity: %w", err)
	}
	of, err := connectedCategories(manager)
	return stateOf(connectivity, of), err
}

func connectedCategories(manager *object) (of []uint32, err error) {
	var list *object
	if _, err := manager.call(
		managerGetNetworks,
		enumConnected,
		uintptr(unsafe.Pointer(&list)),
	); err != nil ||
		list == nil {
		return nil, fmt.Errorf("list networks: %w", err)
	}
	defer list.release()
	for range mostNetworks {
		var network *object
		var fetched uint32
		whole, err := list.call(enumNext, 1, uintptr(unsafe.Pointer(&network)), uintptr(unsafe.Pointer(&fetched)))
		if err != nil {
			return of, fmt.Errorf("list networks: %w", err)
		}
		if !whole || fetched == 0 || network == nil {
			return of, nil
		}
		var category uint32
		_, err = network.call(networkGetCategory, uintptr(unsafe.Pointer(&category)))
		network.release()
		if err != nil {
			return of, fmt.Errorf("ask for a network's category: %w", err)
		}
		of = append(of, category)
	}
	return of, nil
}

// thisRegistry is that of the system, as 64-bit programs see it.
type thisRegistry struct{}

func open(path string, access uint32) (winregistry.Key, error) {
	return winregistry.OpenKey(winregistry.LOCAL_MACHINE, path, access|winregistry.WOW64_64KEY)
}

func (thisRegistry) keys(path string) ([]string, error) {
	k, err := open(path, winregistry.ENUMERATE_SUB_KEYS)
	if err != nil {
		return nil, err
	}
	defer k.Close()
	names, err := k.ReadSubKeyNames(mostRules)
	if errors.Is(err, io.EOF) { // which says that there are no more
		err = nil
	}
	return names, err
}

// value reads one value of a key.
func value[T any](path, name string, read func(winregistry.Key, string) (T, uint32, error)) (v T, err error) {
	k, err := open(path, winregistry.QUERY_VALUE)
	if err != nil {
		return v, err
	}
	defer k.Close()
	v, _, err = read(k, name)
	return v, err
}

func (thisRegistry) texts(path, name string) ([]string, error) {
	return value(path, name, winregistry.Key.GetStringsValue)
}

func (thisRegistry) text(path, name string) (string, error) {
	return value(path, name, winregistry.Key.GetStringValue)
}

func (thisRegistry) number(path, name string) (uint32, error) {
	v, err := value(path, name, winregistry.Key.GetIntegerValue)
	return uint32(v), err
}
