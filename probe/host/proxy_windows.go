package host

import (
	"errors"
	"fmt"

	"golang.org/x/sys/windows/registry"
)

const (
	settingsKey = `Software\Microsoft\Windows\CurrentVersion\Internet Settings`
	policyKey   = `Software\Policies\Microsoft\Windows\CurrentVersion\Internet Settings`
)

// readInternetSettings reads the user's settings, or the machine's where a
// policy says that they are the same for everybody (ProxySettingsPerUser 0).
func readInternetSettings() (*proxySettings, error) {
	root := registry.CURRENT_USER
	if p, err := registry.OpenKey(registry.LOCAL_MACHINE, policyKey, registry.QUERY_VALUE); err == nil {
		if v, _, err := p.GetIntegerValue("ProxySettingsPerUser"); err == nil && v == 0 {
			root = registry.LOCAL_MACHINE
		}
		p.Close()
	}
	k, err := registry.OpenKey(root, settingsKey, registry.QUERY_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return &proxySettings{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open Internet Settings: %w", err)
	}
	defer k.Close()
	// A value that is not there is an empty one.
	var w internetSettings
	w.enable, _, _ = k.GetIntegerValue("ProxyEnable")
	w.server, _, _ = k.GetStringValue("ProxyServer")
	w.override, _, _ = k.GetStringValue("ProxyOverride")
	w.autoConfigURL, _, _ = k.GetStringValue("AutoConfigURL")
	if c, err := registry.OpenKey(root, settingsKey+`\Connections`, registry.QUERY_VALUE); err == nil {
		blob, _, _ := c.GetBinaryValue("DefaultConnectionSettings")
		w.discovery = discoveryOn(blob)
		c.Close()
	}
	return w.settings(), nil
}
