package policy

import (
	"bytes"

	"wsdoctor/internal/preferences"
)

// managedPlaces are where macOS puts what management hands out, and what an administrator
// lays down by hand; the key Policy holds one text of JSON.
var managedPlaces = []string{
	"/Library/Managed Preferences/com.wsdoctor.plist",
	"/Library/Preferences/com.wsdoctor.plist",
}

func managed() ([]byte, string, error) {
	for _, path := range managedPlaces {
		b, err := guarded(path)
		if err != nil {
			return nil, path, err
		}
		if text, has := preferences.Text(b, "Policy"); has {
			return bytes.TrimSpace([]byte(text)), path, nil
		}
	}
	return nil, "", nil
}
