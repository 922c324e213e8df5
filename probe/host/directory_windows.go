package host

import (
	"errors"

	"golang.org/x/sys/windows/registry"
)

// registryText reads one string of HKEY_LOCAL_MACHINE, from the 64-bit view.
// What is not there is fs.ErrNotExist.
func registryText(key, name string) (string, error) {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, key, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return "", err
	}
	defer k.Close()
	s, _, err := k.GetStringValue(name)
	if err == nil && len(s) > fileLimit {
		return "", errors.New("the value is too long")
	}
	return s, err
}
