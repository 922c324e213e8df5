package wireless

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"

	"wsdoctor/probe"
)

var (
	wlanapi       = windows.NewLazySystemDLL("wlanapi.dll")
	openHandle    = wlanapi.NewProc("WlanOpenHandle")
	closeHandle   = wlanapi.NewProc("WlanCloseHandle")
	enumerate     = wlanapi.NewProc("WlanEnumInterfaces")
	query         = wlanapi.NewProc("WlanQueryInterface")
	free          = wlanapi.NewProc("WlanFreeMemory")
	serviceAbsent = []error{
		windows.ERROR_SERVICE_NOT_ACTIVE,
		windows.ERROR_SERVICE_DOES_NOT_EXIST,
		windows.ERROR_MOD_NOT_FOUND,
	}
)

// thisSystem asks the WLAN service. Computers without Wi-Fi do not run it.
//
// Since Windows 11 24H2 the connection and its channel are told only to programs that
// may know where the computer is ("location services").
func thisSystem(context.Context) ([]probe.WirelessLink, error) {
	for _, p := range []*windows.LazyProc{openHandle, closeHandle, enumerate, query, free} {
		if err := p.Find(); err != nil {
			return nil, absent(errors.Unwrap(err), err)
		}
	}
	const version = 2 // since Windows Vista
	var negotiated uint32
	var client windows.Handle
	if code, _, _ := openHandle.Call(
		version,
		0,
		uintptr(unsafe.Pointer(&negotiated)),
		uintptr(unsafe.Pointer(&client)),
	); code != 0 {
		return nil, absent(windows.Errno(code), fmt.Errorf("WlanOpenHandle: %w", windows.Errno(code)))
	}
	defer closeHandle.Call(uintptr(client), 0)
	var list *[1 << 20]byte
	if code, _, _ := enumerate.Call(uintptr(client), 0, uintptr(unsafe.Pointer(&list))); code != 0 {
		return nil, absent(windows.Errno(code), fmt.Errorf("WlanEnumInterfaces: %w", windows.Errno(code)))
	}
	if list == nil {
		return nil, nil
	}
	// The system tells no size: it is that of as many rows as it says there are.
	count := *(*uint32)(unsafe.Pointer(&list[listCount]))
	adapters, err := parseList(list[:listRows+int(min(count, 64))*rowSize])
	free.Call(uintptr(unsafe.Pointer(list)))
	if err != nil {
		return nil, err
	}
	var links []probe.WirelessLink
	var denied error
	for _, a := range adapters {
		link, err := a.asked(func(opcode uint32) ([]byte, error) { return ask(client, a.guid, opcode) })
		if err != nil {
			denied = err
		}
		links = append(links, link)
	}
	if errors.Is(denied, windows.ERROR_ACCESS_DENIED) {
		denied = errors.New("Windows tells them only to programs that may use location services")
	}
	return links, denied
}

// absent: where there is no service, there is no Wi-Fi to be told of.
func absent(code, err error) error {
	for _, a := range serviceAbsent {
		if errors.Is(code, a) {
			return nil
		}
	}
	return err
}

// ask gives a copy of one answer about an interface.
func ask(client windows.Handle, guid [16]byte, opcode uint32) ([]byte, error) {
	var size uint32
	var data *[1 << 16]byte
	code, _, _ := query.Call(
		uintptr(client),
		uintptr(unsafe.Pointer(&guid)),
		uintptr(opcode),
		0,
		uintptr(unsafe.Pointer(&size)),
		uintptr(unsafe.Pointer(&data)),
		0,
	)
	if code != 0 {
		return nil, windows.Errno(code)
	}
	if data == nil {
		return nil, nil
	}
	defer free.Call(uintptr(unsafe.Pointer(data)))
	return append([]byte{}, data[:min(size, uint32(len(data)))]...), nil
}
