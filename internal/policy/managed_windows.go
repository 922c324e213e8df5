package policy

import (
	"errors"
	"strings"

	"golang.org/x/sys/windows/registry"
)

// Policies of computers, which only administrators may write; one text of JSON.
const (
	managedKey   = `SOFTWARE\Policies\wsdoctor`
	managedValue = "Policy"
)

func managed() ([]byte, string, error) {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, managedKey, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if errors.Is(err, registry.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	defer k.Close()
	text, kind, err := k.GetStringValue(managedValue)
	if errors.Is(err, registry.ErrUnexpectedType) && kind == registry.MULTI_SZ { // one for each line
		var lines []string
		lines, _, err = k.GetStringsValue(managedValue)
		text = strings.Join(lines, "\n")
	}
	if errors.Is(err, registry.ErrNotExist) {
		return nil, "", nil
	}
	return []byte(text), `HKLM\` + managedKey + `\` + managedValue, err
}
