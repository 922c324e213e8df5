package host

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	winhttp         = windows.NewLazySystemDLL("winhttp.dll")
	winhttpOpen     = winhttp.NewProc("WinHttpOpen")
	winhttpTimeouts = winhttp.NewProc("WinHttpSetTimeouts")
	winhttpClose    = winhttp.NewProc("WinHttpCloseHandle")
	proxyForURL     = winhttp.NewProc("WinHttpGetProxyForUrl")
	globalFree      = windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalFree")
)

// What x/sys/windows does not name (Microsoft, winhttp.h).
const (
	accessNoProxy    = 1
	accessNamedProxy = 3

	autoDetect    = 0x1
	autoConfigURL = 0x2
	detectDHCP    = 0x1
	detectDNS     = 0x2

	errorAutoDetection = 12180 // ERROR_WINHTTP_AUTODETECTION_FAILED
	errorNoScript      = 12167 // ERROR_WINHTTP_UNABLE_TO_DOWNLOAD_SCRIPT
	errorBadScript     = 12166 // ERROR_WINHTTP_BAD_AUTO_PROXY_SCRIPT
)

// autoProxyOptions is WINHTTP_AUTOPROXY_OPTIONS, and proxyInfo WINHTTP_PROXY_INFO.
type autoProxyOptions struct {
	flags, detect uint32
	configURL     *uint16
	reserved      uintptr
	reserved2     uint32
	autoLogon     int32
}

type proxyInfo struct {
	access        uint32
	proxy, bypass *uint16
}

// These lines compile only where the structures are laid out as those of winhttp.h.
var (
	_ = [1]struct{}{}[unsafe.Sizeof(autoProxyOptions{})-autoOptionsSize]
	_ = [1]struct{}{}[unsafe.Offsetof(autoProxyOptions{}.configURL)-autoOptionsURL]
	_ = [1]struct{}{}[unsafe.Offsetof(autoProxyOptions{}.autoLogon)-autoOptionsLogon]
	_ = [1]struct{}{}[unsafe.Sizeof(proxyInfo{})-proxyInfoSize]
	_ = [1]struct{}{}[unsafe.Offsetof(proxyInfo{}.proxy)-proxyInfoProxy]
)

// openScript has WinHTTP find proxies as it is set to find them, for programs such as
// the client: it fetches the script that the setting names, or discovers one where that
// is switched on, and runs it in a service of its own. No login is given to anybody.
func openScript(s proxySettings) (a scriptAsker, err error) {
	for _, p := range []*windows.LazyProc{winhttpOpen, winhttpTimeouts, winhttpClose, proxyForURL, globalFree} {
		if err := p.Find(); err != nil {
			return a, err
		}
	}
	agent, err := windows.UTF16PtrFromString("wsdoctor")
	if err != nil {
		return a, err
	}
	options := autoProxyOptions{}
	if s.discovery {
		options.flags, options.detect = autoDetect, detectDHCP|detectDNS
	}
	if s.pac != "" {
		options.flags |= autoConfigURL
		if options.configURL, err = windows.UTF16PtrFromString(s.pac); err != nil {
			return a, err
		}
	}
	session, _, err := winhttpOpen.Call(uintptr(unsafe.Pointer(agent)), accessNoProxy, 0, 0, 0)
	if session == 0 {
		return a, fmt.Errorf("WinHttpOpen: %w", err)
	}
	ms := uintptr(scriptPatience.Milliseconds())
	winhttpTimeouts.Call(session, ms, ms, ms, ms)
	return scriptAsker{
		ask: func(host string) (string, error) {
			url, err := windows.UTF16PtrFromString("https://" + host + "/")
			if err != nil {
				return "", err
			}
			var info proxyInfo
			ok, _, err := proxyForURL.Call(
				session,
				uintptr(unsafe.Pointer(url)),
				uintptr(unsafe.Pointer(&options)),
				uintptr(unsafe.Pointer(&info)),
			)
			if ok == 0 {
				return "", scriptError(err)
			}
			proxy := ""
			if info.access == accessNamedProxy && info.proxy != nil {
				proxy = windows.UTF16PtrToString(info.proxy)
			}
			globalFree.Call(uintptr(unsafe.Pointer(info.proxy)))
			globalFree.Call(uintptr(unsafe.Pointer(info.bypass)))
			return proxy, nil
		},
		close: func() { winhttpClose.Call(session) },
	}, nil
}

func scriptError(err error) error {
	switch {
	case errors.Is(err, windows.Errno(errorAutoDetection)):
		return errNothingFound
	case errors.Is(err, windows.Errno(errorNoScript)):
		return errors.New("the script could not be fetched")
	case errors.Is(err, windows.Errno(errorBadScript)):
		return errors.New("the script cannot be run")
	}
	return fmt.Errorf("WinHttpGetProxyForUrl: %w", err)
}
