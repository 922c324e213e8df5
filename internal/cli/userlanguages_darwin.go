package cli

import (
	"os"

	"wsdoctor/internal/preferences"
)

// userLanguages are the user's by the system's settings. Terminal sets LANG by them, and
// that goes first; what is started without a terminal, or over the network, has none.
func userLanguages() []string {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	return preferences.Languages(home)
}
